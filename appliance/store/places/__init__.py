"""Events and their stages in the store."""
