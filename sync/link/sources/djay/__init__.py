"""djay: its library's history, or the text file of the macOS version."""
