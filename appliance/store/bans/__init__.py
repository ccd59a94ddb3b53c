"""Shadow bans in the store."""
