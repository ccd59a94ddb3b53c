"""The link: runs on the DJ's laptop, sees what the DJ's programs play, and carries it to the box without losing any."""
