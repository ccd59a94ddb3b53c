"""The event and its stages in the store."""
