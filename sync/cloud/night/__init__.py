"""What the night was: figures from records, and nothing else. Pure."""
