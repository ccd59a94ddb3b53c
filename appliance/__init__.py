"""The box: everything that runs at the venue. It never needs the internet; what does lives in `sync`."""

__version__ = "0.1.0"
