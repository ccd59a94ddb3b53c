"""Links to reports: they open one night for whoever has them, until they expire or are taken back."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from starlette.requests import Request

from appliance.errors import Invalid, NotKnown
from sync.cloud.report import shares
from sync.cloud.report.shares import DAY_MS, Share
from sync.cloud.settings import Settings
from sync.cloud.spreading import Busy, Turns
from sync.cloud.store.engine import Database, migrate, open_database
from sync.cloud.web.nights import shared_report
from sync.cloud.web.site import State, opened

ORG, OTHER = "a" * 20, "b" * 20
BOX, EVENT = "5f0c1b2a3d4e5f60", "e" * 20
KEY = b"k" * 32
Scene = Callable[[Database], Awaitable[Any]]


@pytest.fixture(params=["postgres", "sqlite"])
def play(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[Scene], None]:
    """Plays a scene on a database with two organisations."""
    sqlite = f"sqlite:///{tmp_path}/cloud.db"
    address = sqlite if request.param == "sqlite" else request.getfixturevalue("swept_postgres")

    async def run(scene: Scene) -> None:
        async with open_database(address) as database:
            await migrate(database)
            async with database.transaction(org=None) as tx:
                for org in (ORG, OTHER):
                    await tx.run("add_organisation", org=org, name="Hall", now_ms=1)
            await scene(database)

    return lambda scene: asyncio.run(run(scene))


async def made(database: Database, *, now_ms: int = 1000) -> Share:
    async with database.transaction(org=ORG) as tx:
        return await shares.add(tx, org=ORG, box=BOX, event=EVENT, days=7, now_ms=now_ms)


async def shown(database: Database, signed: str, *, now_ms: int) -> Share:
    async with database.transaction(org=None) as tx:
        return await shares.shown_by(tx, signed, key=KEY, now_ms=now_ms)


def test_a_link_shows_its_night_until_it_expires(play: Callable[[Scene], None]) -> None:
    async def scene(database: Database) -> None:
        share = await made(database)
        path = shares.address(share, key=KEY)
        assert path.startswith("/r/")
        signed = path.removeprefix("/r/")
        assert await shown(database, signed, now_ms=2000) == share
        assert (await shown(database, signed, now_ms=999 + 7 * DAY_MS)).event_id == EVENT
        with pytest.raises(NotKnown):
            await shown(database, signed, now_ms=1000 + 7 * DAY_MS)

    play(scene)


def test_no_link_is_guessed_from_an_id_alone(play: Callable[[Scene], None]) -> None:
    async def scene(database: Database) -> None:
        share = await made(database)
        good = shares.address(share, key=KEY).removeprefix("/r/")
        forged = shares.address(share, key=b"x" * 32).removeprefix("/r/")
        swapped = f"{share.id[:-1]}{'0' if share.id[-1] != '0' else '1'}{good[20:]}"
        for wrong in (share.id, f"{share.id}.", forged, swapped, good[:-1], f"{good}0", "", "../r", "\x00"):
            with pytest.raises(NotKnown):
                await shown(database, wrong, now_ms=2000)

    play(scene)


def test_a_link_is_taken_back_by_its_own_organisation_only(play: Callable[[Scene], None]) -> None:
    async def scene(database: Database) -> None:
        share = await made(database)
        signed = shares.address(share, key=KEY).removeprefix("/r/")
        async with database.transaction(org=OTHER) as tx:
            assert await shares.of_night(tx, org=OTHER, box=BOX, event=EVENT, now_ms=2000) == []
            await shares.revoke(tx, org=OTHER, share_id=share.id, now_ms=2000)
        assert await shown(database, signed, now_ms=2000) == share
        async with database.transaction(org=ORG) as tx:
            assert await shares.of_night(tx, org=ORG, box=BOX, event=EVENT, now_ms=2000) == [share]
            await shares.revoke(tx, org=ORG, share_id=share.id, now_ms=2000)
            assert await shares.of_night(tx, org=ORG, box=BOX, event=EVENT, now_ms=2000) == []
        with pytest.raises(NotKnown):
            await shown(database, signed, now_ms=2000)

    play(scene)


def test_a_box_stands_in_utc_until_somebody_says_where(play: Callable[[Scene], None]) -> None:
    async def scene(database: Database) -> None:
        async with database.transaction(org=ORG) as tx:
            assert (await shares.zone_of(tx, org=ORG, box=BOX)).key == "UTC"
            for zone in ("Europe/Berlin", "Asia/Kathmandu"):
                await shares.set_zone(tx, org=ORG, box=BOX, zone=zone)
                assert (await shares.zone_of(tx, org=ORG, box=BOX)).key == zone
            for wrong in ("Mars/Olympus", "../etc/passwd", "", "x" * 5000, "Europe", "a\x00b"):
                with pytest.raises(Invalid):
                    await shares.set_zone(tx, org=ORG, box=BOX, zone=wrong)
            with pytest.raises(Invalid):
                await shares.add(tx, org=ORG, box=BOX, event=EVENT, days=10_000, now_ms=1)

    play(scene)


def test_whoever_asks_for_reports_again_and_again_leaves_the_boxes_their_turns(tmp_path: Path) -> None:
    async def scene() -> None:
        async with opened(Settings(f"sqlite:///{tmp_path}/cloud.db")) as site:
            site.reports = Turns(1, draw=lambda low, _: low, patience_s=0.02)
            async with site.database.transaction(org=None) as tx:
                await tx.run("add_organisation", org=ORG, name="Hall", now_ms=1)
            share = await made(site.database, now_ms=site.now_ms())
            signed = shares.address(share, key=site.keys.cookie).removeprefix("/r/")
            scope = {"type": "http", "state": {"site": site}, "path_params": {"signed": signed}, "headers": []}
            async with site.reports.at_work():
                with pytest.raises(Busy):
                    await shared_report(Request[State](scope))
            with pytest.raises(NotKnown):
                await shared_report(Request[State](scope))

    asyncio.run(scene())
