"""The cloud's databases, for every test of it."""

from tests.support.postgres import cloud_postgres, empty_postgres, postgres

__all__ = ["cloud_postgres", "empty_postgres", "postgres"]
