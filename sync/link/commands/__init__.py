"""One module for each command of the link: its options and its words; what it does is done elsewhere."""
