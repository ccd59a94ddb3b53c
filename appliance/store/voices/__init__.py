"""What guests say, in the store: likes' standing, tempo votes, reactions, polls."""
