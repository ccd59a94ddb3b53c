"""The trail of privileged acts in the store."""
