"""The cloud's databases, for the tests of push."""

from tests.cloud.stories import shared_postgres, swept_postgres
from tests.support.postgres import cloud_postgres, empty_postgres, postgres

__all__ = ["cloud_postgres", "empty_postgres", "postgres", "shared_postgres", "swept_postgres"]
