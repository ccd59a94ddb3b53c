"""The evening, pure: standard library only, no input or output, no clock, no async."""
