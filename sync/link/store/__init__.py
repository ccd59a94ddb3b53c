"""What the link keeps on the laptop, in one SQLite file: the only SQL of the link."""
