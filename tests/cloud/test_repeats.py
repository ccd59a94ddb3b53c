"""Whatever a link does to requests: what is stored is the history, once, in order, and each answer is true."""

import asyncio
import secrets

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sync.cloud import ingest
from sync.cloud.store.engine import Database, migrate, open_database
from sync.journal.receiving import Missing, Take
from tests.cloud.boxes import NOW_MS, History, enrolled, stored

LENGTH = 12
PIECES = st.tuples(st.integers(1, LENGTH), st.integers(0, LENGTH))


@settings(max_examples=40)
@given(pieces=st.lists(PIECES, max_size=12))
def any_batches_in_any_order(runner: asyncio.Runner, database: Database, pieces: list[tuple[int, int]]) -> None:
    async def scene() -> None:
        history = History(box=secrets.token_hex(8)).add(LENGTH)
        who = await enrolled(database, box=history.box)
        there = 0
        for first, last in pieces:
            batch = history.batch(first, max(last, first - 1))
            for _ in range(2):
                # Again is as once.
                taken = await ingest.take(database, who, batch=batch, now_ms=NOW_MS)
                expected = Missing if first - 1 > there else Take
                assert isinstance(taken.decision, expected)
                if expected is Take:
                    there = max(there, last)
                assert taken.cursor == history.at(there)
                assert await stored(database, box=history.box) == [(n, "like.given") for n in range(1, there + 1)]

    runner.run(scene())


@pytest.mark.parametrize("engine", ["postgres", "sqlite"])
def test_any_prefix_any_overlap_and_any_repetition_leave_the_history_as_it_is(
    engine: str, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("sqlite")
    url = request.getfixturevalue("swept_postgres") if engine == "postgres" else f"sqlite:///{folder}/cloud.db"
    with asyncio.Runner() as runner:
        opening = open_database(url)
        database = runner.run(opening.__aenter__())
        try:
            runner.run(migrate(database))
            any_batches_in_any_order(runner, database)
        finally:
            runner.run(opening.__aexit__(None, None, None))
