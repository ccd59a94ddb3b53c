"""How a set comes to its end follows what happens in the set, on both stores."""

from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest

from appliance.domain.events import ClosingSaid
from appliance.domain.models import ClockTrust, Dj
from appliance.domain.wall_time import WallTime, moment_of
from appliance.domain.zones import zone
from appliance.errors import BoxError
from appliance.usecases import plays, sessions
from appliance.usecases.plays import ToldPlay
from appliance.usecases.schedule import closing
from tests.contract.conftest import Scene
from tests.support.evening import Evening, track

PlayOut = Callable[[Scene], None]


async def on_stage(evening: Evening) -> tuple[Dj, str]:
    dj = await evening.dj()
    return dj, (await sessions.start_session(evening.ports, dj=dj, stage_id="main-floor")).session.id


async def play(evening: Evening, dj: Dj, play_id: str, *, age_ms: int = 0) -> None:
    sent = ToldPlay(track=track(play_id), play_id=play_id, stage_id="main-floor", age_ms=age_ms)
    await plays.announce_play(evening.ports, dj=dj, told=sent)


async def left(evening: Evening) -> list[tuple[int | None, bool]]:
    """Songs that are left, and whether the DJ played on."""
    return [(one.songs, one.over) for one in await evening.ports.reader.closings()]


async def code_of(doing: Awaitable[object]) -> str:
    with pytest.raises(BoxError) as error:
        await doing
    return error.value.code


def test_songs_count_down_with_tracks_that_are_on_and_with_no_others(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        dj, session = await on_stage(evening)
        await play(evening, dj, "p1")
        await closing.say(evening.ports, dj=dj, session_id=session, songs=2)
        assert await left(evening) == [(2, False)]
        await play(evening, dj, "p2")
        # Sent again it is the same track, and one that comes late is history.
        await play(evening, dj, "p2")
        await play(evening, dj, "p0", age_ms=3_600_000)
        assert await left(evening) == [(1, False)]
        await play(evening, dj, "p3")
        assert await left(evening) == [(0, False)]
        await play(evening, dj, "p4")
        assert await left(evening) == [(0, True)]
        await closing.say(evening.ports, dj=dj, session_id=session, songs=0)
        assert await left(evening) == [(0, False)]
        told = [one for commit in evening.told.commits for one in commit if isinstance(one, ClosingSaid)]
        assert [one.closing and one.closing.songs for one in told] == [2, 1, 0, 0, 0]

    play_out(scene)


def test_between_two_tracks_the_last_song_is_the_one_that_comes(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        dj, session = await on_stage(evening)
        await closing.say(evening.ports, dj=dj, session_id=session, songs=0)
        await play(evening, dj, "p1")
        assert await left(evening) == [(0, False)]

    play_out(scene)


def test_with_the_set_goes_what_was_said_of_its_end(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        dj, session = await on_stage(evening)
        await closing.say(evening.ports, dj=dj, session_id=session, within_ms=60_000)
        await sessions.end_session(evening.ports, dj=dj, session_id=session)
        assert await left(evening) == []
        assert evening.told.kinds()[-2:] == ["session.ended", "closing.said"]
        assert await code_of(closing.say(evening.ports, dj=dj, session_id=session, songs=1)) == "session_over"

    play_out(scene)


def test_it_can_be_taken_back_by_the_djs_own_hand_only(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        dj, session = await on_stage(evening)
        ben = await evening.dj("DJ Ben")
        await closing.say(evening.ports, dj=dj, session_id=session, songs=1)
        for doing in (
            closing.say(evening.ports, dj=ben, session_id=session, songs=3),
            closing.unsay(evening.ports, dj=ben, session_id=session),
        ):
            assert await code_of(doing) == "session_not_yours"
        assert await left(evening) == [(1, False)]
        await closing.unsay(evening.ports, dj=dj, session_id=session)
        await closing.unsay(evening.ports, dj=dj, session_id=session)
        assert await left(evening) == []
        assert evening.told.kinds()[-2:] == ["closing.said", "closing.said"]

    play_out(scene)


@pytest.mark.parametrize(
    ("now", "said", "minutes"),
    [
        ("2026-11-20T23:00", "23:30", 30),
        ("2026-11-20T23:00", " 01:00 ", 120),
        ("2026-11-20T23:00", "23:00", None),
        ("2026-11-20T23:00", "22:30", None),
        # Where the clock is put back, the first of the two is meant while it is still to come.
        ("2026-10-25T01:30", "02:30", 60),
        ("2026-10-25T01:30", "03:00", 150),
        ("2026-03-29T01:30", "03:00", 30),
    ],
)
def test_a_time_of_day_means_the_next_time_that_the_clock_shows_it(
    play_out: PlayOut, now: str, said: str, minutes: int | None
) -> None:
    async def scene(evening: Evening) -> None:
        dj, session = await on_stage(evening)
        [event] = await evening.ports.reader.events()
        await evening.ports.store.write(lambda tx: tx.set_event(replace(event, zone="Europe/Vienna")))
        evening.clock.wall_ms = moment_of(WallTime(now), zone("Europe/Vienna"))
        saying = closing.say(evening.ports, dj=dj, session_id=session, ends_at=said)
        if minutes is None:
            assert await code_of(saying) == "ending_out_of_range"
            return
        assert (await saying).within_ms == minutes * 60_000

    play_out(scene)


def test_in_the_second_of_two_hours_the_second_is_meant(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        dj, session = await on_stage(evening)
        [event] = await evening.ports.reader.events()
        await evening.ports.store.write(lambda tx: tx.set_event(replace(event, zone="Europe/Vienna")))
        evening.clock.wall_ms = moment_of(WallTime("2026-10-25T02:10", again=True), zone("Europe/Vienna"))
        said = await closing.say(evening.ports, dj=dj, session_id=session, ends_at="02:30")
        assert said.within_ms == 20 * 60_000
        # And in the first one, a time that is past in it comes once more.
        evening.clock.wall_ms = moment_of(WallTime("2026-10-25T02:50"), zone("Europe/Vienna"))
        said = await closing.say(evening.ports, dj=dj, session_id=session, ends_at="02:30")
        assert said.within_ms == 40 * 60_000

    play_out(scene)


def test_nobody_knows_a_time_of_day_by_a_clock_that_was_never_set(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        dj, session = await on_stage(evening)
        evening.clock.trust = ClockTrust.NONE
        assert await code_of(closing.say(evening.ports, dj=dj, session_id=session, ends_at="23:30")) == "clock_unknown"
        await closing.say(evening.ports, dj=dj, session_id=session, within_ms=600_000)
        for text in ("", "tonight", "25:00", "23:30:30", "9 pm", "x" * 999):
            evening.clock.trust = ClockTrust.NTP
            assert await code_of(closing.say(evening.ports, dj=dj, session_id=session, ends_at=text)) == (
                "ends_at_invalid"
            )

    play_out(scene)
