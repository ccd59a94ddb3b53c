"""What the house player goes by: managers' rules, and what dancers said of tracks."""
