"""House players, what is wanted of them and what they say, in the store."""
