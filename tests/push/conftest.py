"""The cloud's databases, and one night in a running cloud, for the tests of push."""

from collections.abc import Iterator

import pytest

from tests.cloud.stories import shared_postgres, swept_postgres
from tests.push.night import Night, night
from tests.support.postgres import TEMPLATE, Postgres, cloud_postgres, empty_postgres, postgres

__all__ = ["cloud_postgres", "empty_postgres", "postgres", "shared_postgres", "swept_postgres"]


@pytest.fixture(scope="package")
def tonight(postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Night]:
    """A night that a box told a cloud of; each test brings its own guests."""
    with night(postgres.new_database(template=TEMPLATE), tmp_path_factory.mktemp("night")) as found:
        yield found
