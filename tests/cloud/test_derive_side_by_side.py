"""Several workers, a worker that is killed, and who sees what: on a real PostgreSQL."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import asyncpg
import httpx
import pytest

from sync.cloud.derive.projecting import VERSION, derive_next, enlist
from sync.cloud.derive.worker import Deriving
from sync.cloud.store.engine import open_database
from sync.journal.answers import Acked
from tests.cloud.boxes import BOX, ORG, History, enrolled
from tests.cloud.running import Box, Cloud
from tests.cloud.stories import TRUE_MS, Story, an_evening, derive, rows, tables
from tests.cloud.test_boxes import outcome

OTHER = "c" * 20
BOXES = [f"{number:016x}" for number in range(1, 13)]
_WORK = """
import asyncio, sys
from sync.cloud.derive.projecting import derive_next, enlist
from sync.cloud.store.engine import open_database

async def main():
    async with open_database(sys.argv[1]) as database:
        await enlist(database)
        for turn in range(1_000_000):
            print(await derive_next(database, turn=turn, page=20), flush=True)

asyncio.run(main())
"""


def a_night(box: str, *, likes: int) -> Story:
    """A box whose guests like a lot."""
    story = Story(box=box).opens().anchored(TRUE_MS).starts("s1")
    for number in range(likes):
        if number % 50 == 0:
            story.later(60_000).plays(f"p{number // 50}")
        story.likes(f"p{number // 50}", f"guest-{number % 50}")
    return story


def test_workers_side_by_side_derive_each_entry_once(swept_postgres: str) -> None:
    async def scene() -> None:
        async with open_database(swept_postgres) as database:
            stories = [a_night(box, likes=100) for box in BOXES]
            for story in stories:
                await story.send(database, await enrolled(database, box=story.box))
            workers = [Deriving(database) for _ in range(3)]
            done = await asyncio.gather(*(worker.catch_up() for worker in workers))
            # One that found every box taken stops, and whoever holds them goes on.
            assert sum(done) == sum(len(story.entries) for story in stories)
            assert sum(number > 0 for number in done) > 1
        [found] = await rows(swept_postgres, "SELECT sum(likes) AS likes, sum(plays) AS plays FROM report_nights")
        assert (found["likes"], found["plays"]) == (100 * len(BOXES), 2 * len(BOXES))

    asyncio.run(scene())


def test_nobody_waits_for_a_box_that_somebody_else_has_in_hand(swept_postgres: str) -> None:
    async def scene() -> None:
        async with open_database(swept_postgres) as database:
            for box in BOXES[:2]:
                await a_night(box, likes=10).send(database, await enrolled(database, box=box))
            await enlist(database)
            async with database.transaction(org=None) as tx, asyncio.timeout(5):
                held = await tx.one("derive_next", version=VERSION)
                assert held is not None
                assert await derive_next(database, turn=1)
                assert await derive_next(database, turn=2) is None
            found = await rows(swept_postgres, "SELECT box_id FROM derived_histories")
            assert {held["box_id"], found[0]["box_id"]} == set(BOXES[:2])
            assert await derive_next(database, turn=3)

    asyncio.run(scene())


def test_a_worker_that_is_killed_in_the_middle_leaves_nothing_half_done(swept_postgres: str) -> None:
    story = a_night(BOX, likes=800)

    async def send() -> None:
        async with open_database(swept_postgres) as database:
            await story.send(database, await enrolled(database))

    async def finish() -> int:
        async with open_database(swept_postgres) as database:
            return await derive(database)

    asyncio.run(send())
    command = [sys.executable, "-c", _WORK, swept_postgres]
    with subprocess.Popen(command, cwd=Path(__file__).parents[2], stdout=subprocess.PIPE) as worker:
        assert worker.stdout is not None
        for _ in range(7):
            worker.stdout.readline()
        os.kill(worker.pid, signal.SIGKILL)
    left = asyncio.run(finish())
    assert 0 < left < len(story.entries)
    killed = asyncio.run(tables(swept_postgres))
    assert len(killed["likes"]) == 800

    async def anew() -> None:
        async with open_database(swept_postgres) as database, database.transaction(org=None) as tx:
            await tx.run("derive_turned", turn=0, version=0, org=ORG, box=BOX)

    asyncio.run(anew())
    assert asyncio.run(finish()) == len(story.entries)
    assert asyncio.run(tables(swept_postgres)) == killed


def test_an_organisation_sees_its_own_nights_through_every_view_and_no_other_s(swept_postgres: str) -> None:
    async def scene() -> None:
        async with open_database(swept_postgres) as database:
            for org, box in ((ORG, BOX), (OTHER, "d" * 16)):
                story = an_evening()
                story.box = box
                await story.send(database, await enrolled(database, org=org, box=box))
            await derive(database)
        listed = "SELECT viewname AS name FROM pg_views WHERE schemaname = 'public'"
        views = [str(row["name"]) for row in await rows(swept_postgres, listed)]
        assert {"report_nights", "report_plays", "report_presence", "report_set_list", "report_boxes"} <= set(views)
        connection = await asyncpg.connect(swept_postgres)
        try:
            for view in views:
                said = await connection.fetchval("SELECT obj_description($1::regclass, 'pg_class')", view)
                assert said, f"{view} says nothing of itself"
                everybody = {row["org_id"] for row in await connection.fetch("SELECT org_id FROM " + view)}  # noqa: S608
                assert everybody == {ORG, OTHER}, view
                async with connection.transaction():
                    await connection.execute(f"SET LOCAL ROLE pika_tenant; SET LOCAL app.org = '{ORG}'")
                    found = {row["org_id"] for row in await connection.fetch("SELECT org_id FROM " + view)}  # noqa: S608
                assert found == {ORG}, view
            await connection.execute(f"SET ROLE pika_tenant; SET app.org = '{ORG}'")
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute("UPDATE plays SET title = 'mine'")
        finally:
            await connection.close()

    asyncio.run(scene())


def test_a_night_of_a_box_that_changed_hands_stays_with_whom_it_was(swept_postgres: str) -> None:
    async def scene() -> None:
        async with open_database(swept_postgres) as database:
            before, after = a_night(BOX, likes=60), a_night(BOX, likes=70)
            after.epoch = "e2"
            await before.send(database, await enrolled(database))
            await rows(swept_postgres, "UPDATE boxes SET released_ms = 1")
            await after.send(database, await enrolled(database, org=OTHER))
            await derive(database)
        found = await rows(swept_postgres, "SELECT org_id, likes FROM report_nights ORDER BY org_id")
        assert [tuple(row.values()) for row in found] == [(ORG, 60), (OTHER, 70)]

    asyncio.run(scene())


def test_a_cloud_that_runs_derives_what_boxes_send_it(cloud: Cloud, box: Box) -> None:
    story = a_night(box.id, likes=120)
    history = History(box=box.id, lines=[entry.line() for entry in story.entries])
    assert isinstance(outcome(box.batch(history)), Acked)
    night = f"SELECT likes FROM report_nights WHERE box_id = '{box.id}'"  # noqa: S608 - an id of this test's own
    until = time.monotonic() + 20
    while (found := asyncio.run(rows(cloud.database, night))) != [{"likes": 120}]:
        assert time.monotonic() < until, found
        time.sleep(0.05)
    assert httpx.get(f"{cloud.url}/health").status_code == 200


def test_a_worker_that_ended_by_a_fault_is_noticed(cloud_postgres: str) -> None:
    async def scene() -> None:
        async with open_database(cloud_postgres) as database:
            await enrolled(database)
            worker = Deriving(database)
            assert worker.problem() is None
            await rows(cloud_postgres, "DROP TABLE derivations CASCADE")
            worker.start()
            async with asyncio.timeout(10):
                while worker.problem() is None:
                    await asyncio.sleep(0.01)
            await worker.stop()

    asyncio.run(scene())
