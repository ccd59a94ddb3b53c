"""The clock set from a phone, on both stores: kept, journaled, and gone on with after a restart."""

import asyncio
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from appliance.domain.audit import STAFF
from appliance.domain.events import ClockSet
from appliance.domain.models import ClockTrust, Stamp
from appliance.domain.timekeeping import Anchor
from appliance.errors import Invalid, Refused
from appliance.usecases import clock, plays, sessions
from appliance.usecases.plays import ToldPlay
from tests.contract.conftest import Scene, sqlite_evening
from tests.support.evening import NOON_MS, Evening, track

PlayOut = Callable[[Scene], None]


def test_a_phone_s_time_is_kept_and_journaled_with_the_old_reading(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        evening.clock.wall_ms, evening.clock.trust = 90_000, ClockTrust.NONE
        before = evening.clock.now()
        after = await clock.set_from_phone(evening.ports, wall_ms=NOON_MS, by=STAFF)
        assert after == Stamp(before.boot, before.boot_ms, NOON_MS, ClockTrust.DEVICE)
        [told] = evening.told.commits[-1]
        assert isinstance(told, ClockSet)
        assert told.kind == "clock.set"
        assert told.body() == {
            "source": "staff",
            "boot": before.boot,
            "boot_ms": before.boot_ms,
            "wall_ms": NOON_MS,
            "old_wall_ms": 90_000,
            "old_trust": "none",
        }
        anchor = Anchor(before.boot, before.boot_ms, NOON_MS, ClockTrust.DEVICE)
        assert await clock.known(evening.ports) == (anchor, after)

    play_out(scene)


def test_a_refused_time_changes_nothing(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        known = await clock.known(evening.ports)
        with pytest.raises(Invalid):
            await clock.set_from_phone(evening.ports, wall_ms=0, by=STAFF)
        evening.clock.trust = ClockTrust.NTP
        with pytest.raises(Refused):
            await clock.set_from_phone(evening.ports, wall_ms=NOON_MS, by=STAFF)
        assert await clock.known(evening.ports) == known
        assert known[0] is None

    play_out(scene)


def test_the_newest_stamp_is_the_last_that_was_stored_and_not_the_latest_time(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        evening.clock.wall_ms = NOON_MS * 2
        dj = await evening.dj()
        await sessions.start_session(evening.ports, dj=dj, stage_id="main-floor")
        await plays.announce_play(evening.ports, dj=dj, told=ToldPlay(track=track()))
        assert (await evening.ports.reader.newest_stamp()) == evening.clock.now()
        # A clock that was far ahead and was put right must not be a floor for ever.
        evening.clock.wall_ms = NOON_MS
        await evening.dj("DJ Ben")
        assert (await evening.ports.reader.newest_stamp()) == evening.clock.now()

    play_out(scene)


def test_what_was_played_tells_the_time_once_the_journal_was_carried_away(tmp_path: Path) -> None:
    async def scene() -> None:
        async with sqlite_evening(tmp_path / "box.db") as evening:
            dj = await evening.dj()
            session = await sessions.start_session(evening.ports, dj=dj, stage_id="main-floor")
            evening.clock.pass_s(60)
            await plays.announce_play(evening.ports, dj=dj, told=ToldPlay(track=track(), session_id=session.session.id))
            heard = evening.clock.now()
            evening.clock.pass_s(60)
            await clock.set_from_phone(evening.ports, wall_ms=NOON_MS, by=STAFF)
            with sqlite3.connect(tmp_path / "box.db") as database:
                database.execute("DELETE FROM journal")
            assert await evening.ports.reader.newest_stamp() == heard

    asyncio.run(scene())
