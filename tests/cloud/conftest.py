"""The cloud's databases and a running cloud, for every test of it."""

import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cloud.boxes import History
from tests.cloud.running import Box, Cloud, Organiser, running
from tests.cloud.stories import shared_postgres, swept_postgres
from tests.support.postgres import TEMPLATE, Postgres, cloud_postgres, empty_postgres, postgres

__all__ = ["cloud_postgres", "empty_postgres", "postgres", "shared_postgres", "swept_postgres"]


@pytest.fixture(scope="session")
def cloud(postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    """A cloud with PostgreSQL, for tests that mind their own organisations and boxes."""
    folder: Path = tmp_path_factory.mktemp("cloud")
    with running(postgres.new_database(template=TEMPLATE), folder) as process:
        yield process


@pytest.fixture(scope="session")
def organiser(cloud: Cloud) -> Organiser:
    """Somebody who is signed in."""
    return cloud.organisation().sign_in()


@pytest.fixture
def box(cloud: Cloud, organiser: Organiser) -> Box:
    """A box that was claimed."""
    found = Box(cloud.url, id=secrets.token_hex(8))
    assert organiser.claim(found).status_code == 303
    return found


@pytest.fixture
def history(box: Box) -> History:
    """The history of that box, empty."""
    return History(box=box.id)
