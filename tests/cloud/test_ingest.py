"""What becomes of batches, on both engines: once, in order, and never two histories in one."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from sync.cloud import ingest
from sync.cloud.store.engine import Database, migrate, open_database
from sync.journal.entries import beginning
from sync.journal.receiving import Fork, Missing, Take
from tests.cloud.boxes import BOX, NOW_MS, History, enrolled, stored
from tests.support.postgres import Postgres

Scene = Callable[[Database], Awaitable[Any]]
PlayOut = Callable[[Scene], None]


@pytest.fixture(params=["postgres", "sqlite"])
def play_out(request: pytest.FixtureRequest, tmp_path: Path) -> PlayOut:
    """Plays a scene on a fresh database at today's schema."""
    sqlite = request.param == "sqlite"
    url = f"sqlite:///{tmp_path}/cloud.db" if sqlite else request.getfixturevalue("swept_postgres")

    def play(scene: Scene) -> None:
        async def run() -> None:
            async with open_database(url) as database:
                await migrate(database)
                await scene(database)

        asyncio.run(run())

    return play


async def take(database: Database, history: History, first: int = 1, last: int | None = None) -> ingest.Taken:
    who = ingest.Sender("a" * 20, history.box)
    return await ingest.take(database, who, batch=history.batch(first, last), now_ms=NOW_MS)


async def alarms(database: Database, org: str) -> dict[str, str]:
    async with database.transaction(org=None) as tx:
        return {row["kind"]: row["subject"] for row in await tx.all("alarms", org=org)}


def test_what_is_taken_is_there_whole_and_the_cursor_says_so(play_out: PlayOut) -> None:
    async def scene(database: Database) -> None:
        who = await enrolled(database)
        history = History().add(100)
        taken = await take(database, history)
        assert (taken.cursor, taken.new, taken.aside) == (history.at(100), 100, [])
        assert await stored(database) == [(n, "like.given") for n in range(1, 101)]
        assert await ingest.cursor_of(database, who, epoch="e1", now_ms=NOW_MS) == history.at(100)
        assert await ingest.cursor_of(database, who, epoch="e2", now_ms=NOW_MS) == beginning(source=BOX, epoch="e2")

    play_out(scene)


def test_a_batch_twice_and_any_overlap_changes_nothing(play_out: PlayOut) -> None:
    async def scene(database: Database) -> None:
        await enrolled(database)
        history = History().add(20)
        for first, last in ((1, 10), (1, 10), (3, 7), (6, 15), (1, 20), (1, 20)):
            assert isinstance((await take(database, history, first, last)).decision, Take)
        assert await stored(database) == [(n, "like.given") for n in range(1, 21)]

    play_out(scene)


def test_a_gap_is_asked_for(play_out: PlayOut) -> None:
    async def scene(database: Database) -> None:
        await enrolled(database)
        history = History().add(20)
        await take(database, history, 1, 5)
        missed = await take(database, history, 8, 10)
        assert (missed.decision, missed.cursor) == (Missing(history.at(5)), history.at(5))

    play_out(scene)


def test_another_past_is_a_fork_and_an_alarm_wherever_it_differs(play_out: PlayOut) -> None:
    async def scene(database: Database) -> None:
        who = await enrolled(database)
        history, other = History().add(30), History().add(3).add(1, else_where=True).add(26)
        await take(database, history, 1, 10)
        await take(database, history, 11, 20)
        # at the cursor; past it; before it, at a kept place; before it, around one; at the very beginning of one
        for first, last in ((11, 20), (5, 30), (4, 10), (4, 14), (11, 15)):
            assert (await take(database, other, first, last)).decision == Fork(history.at(20)), (first, last)
        async with database.transaction(org=None) as tx:
            (alarm,) = await tx.all("alarms", org=who.org_id)
        assert (alarm["kind"], alarm["subject"], alarm["times"]) == ("history_forked", "e1", 5)
        assert len(await stored(database)) == 20

    play_out(scene)


def test_a_copied_box_that_goes_on_beside_the_first_is_an_alarm_and_loses_nothing(play_out: PlayOut) -> None:
    async def scene(database: Database) -> None:
        who = await enrolled(database)
        first, copy = History().add(10), History().add(10).add(5, copy=True)
        await take(database, first, 1, 10)
        await take(database, first.add(5), 11, 15)
        assert isinstance((await take(database, copy, 11, 15)).decision, Fork)
        own = History(epoch="e2").add(5, copy=True)
        await take(database, own)
        assert "two_histories" not in await alarms(database, who.org_id)
        await take(database, first.add(5), 16, 20)
        assert await alarms(database, who.org_id) == {"history_forked": "e1", "two_histories": "e1"}
        assert len(await stored(database)) == 20
        assert len(await stored(database, epoch="e2")) == 5

    play_out(scene)


def test_two_senders_of_one_history_at_once_take_turns(play_out: PlayOut) -> None:
    async def scene(database: Database) -> None:
        await enrolled(database)
        history = History().add(60)
        pieces = [(first, first + 19) for first in (1, 1, 1, 21, 21, 41, 1, 41)]
        for _ in range(3):
            await asyncio.gather(*(take(database, history, first, last) for first, last in pieces))
        assert await stored(database) == [(n, "like.given") for n in range(1, 61)]

    play_out(scene)


def test_an_older_copy_of_the_cloud_is_filled_again(postgres: Postgres, cloud_postgres: str) -> None:
    history = History().add(30)

    async def before() -> None:
        async with open_database(cloud_postgres) as database:
            await enrolled(database)
            await take(database, history, 1, 10)

    async def after(older: str) -> None:
        async with open_database(cloud_postgres) as database:
            assert (await take(database, history, 11, 25)).cursor == history.at(25)
        async with open_database(older) as database:
            assert (await take(database, history, 26, 30)).decision == Missing(history.at(10))
            await take(database, history, 11, 30)
            assert await stored(database) == [(n, "like.given") for n in range(1, 31)]

    asyncio.run(before())
    older = postgres.new_database(template=cloud_postgres.rpartition("/")[2])
    asyncio.run(after(older))
    postgres.drop(older)
