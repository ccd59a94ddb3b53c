"""House players: who may be one, what they are told, what they say, and what they play next."""
