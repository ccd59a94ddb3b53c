"""A real S3-compatible server for tests: OpenStack Swift, as Debian ships it."""
