"""Serato: the session logs of versions up to 3, the database of version 4."""
