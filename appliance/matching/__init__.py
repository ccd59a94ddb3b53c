"""Finds which known track a name means, among all that the box knows (rapidfuzz here only)."""
