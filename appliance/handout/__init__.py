"""The DJ's link as one file: how it is made, how it starts, and where the box keeps the ones it hands out."""
