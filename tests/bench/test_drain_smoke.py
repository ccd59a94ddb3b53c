"""The way to the cloud can be measured: a short drain over a bad link, and what it costs. Not how fast that is."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.bench import far_drain
from tests.bench.bad_link import Conditions
from tests.support.postgres import Postgres, postgres

__all__ = ["postgres"]


@pytest.fixture
def folder() -> Iterator[Path]:
    with TemporaryDirectory(prefix="pika-bench-") as name:
        yield Path(name)


def test_a_backlog_drains_over_a_bad_link_and_the_present_with_it(folder: Path, postgres: Postgres) -> None:
    far = Conditions(bits_per_s=1e6, delay_s=0.05, loss=0.02)
    with far_drain.far_world(folder, far, postgres=postgres) as (here, link):
        found = far_drain.far_drain(here, link, rows=25_000)
    # 1 Mbit/s can't carry more, and a link that keeps nothing back would.
    assert 500 < found.rate < 15_000
    assert found.behind_s
    assert min(found.behind_s) > 0.05
