"""What is counted and what others know of the time, in the journal of both stores."""

from collections.abc import Callable, Iterable
from dataclasses import replace

from appliance.domain.events import (
    Body,
    BoxShed,
    EventOpened,
    GuestForgotten,
    HandoverMeasured,
    PresenceCounted,
    TimeAnchored,
)
from appliance.domain.models import ClockTrust, Stamp
from appliance.domain.space import Room
from appliance.domain.timekeeping import EARLIEST_MS, Hint, laptop_hint, own_hint
from appliance.domain.uplink import SHED
from appliance.live.counting import Counting
from appliance.ports import Ports
from appliance.usecases import anchors, likes, plays, sessions, stages
from appliance.usecases.plays import ToldPlay
from tests.contract.conftest import Scene
from tests.support.evening import NOON_MS, Evening, track

PlayOut = Callable[[Scene], None]


class Hall:
    """A hall whose phones come and go, counted."""

    def __init__(self, evening: Evening) -> None:
        self.evening = evening
        self.there: dict[str, list[str]] = {"main-floor": []}
        self.counting = Counting(clock=evening.clock, present=self.there.items)

    def open(self, ports: Ports | None = None) -> None:
        self.counting.start(ports or self.evening.ports, states=[])

    async def minutes(self, number: int) -> None:
        """Time goes by, and the hand with it."""
        for _ in range(number):
            self.evening.clock.pass_s(60)
            await self.counting.turn()

    def told(self, kind: type) -> list[Body]:
        return [event.body() for commit in self.evening.told.commits for event in commit if isinstance(event, kind)]


def test_every_five_minutes_one_row_tells_how_many_were_there_and_no_row_tells_who(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        hall = Hall(evening)
        hall.open()
        dj = await evening.dj()
        session = (await sessions.start_session(evening.ports, dj=dj, stage_id="main-floor")).session
        sent = ToldPlay(track=track(), play_id="p1", session_id=session.id)
        await plays.announce_play(evening.ports, dj=dj, told=sent)
        hall.there["main-floor"] = ["guest-1", "guest-2"]
        await hall.minutes(2)
        await likes.set_like(evening.ports, guest_id="guest-1", play_id="p1", liked=True)
        hall.counting.on_commit(evening.told.commits[-1])
        await hall.minutes(3)
        [event] = await evening.ports.reader.events()
        [row] = hall.told(PresenceCounted)
        assert row == {
            "event": event.id,
            "stage": "main-floor",
            "span_ms": 300_000,
            "minutes": [0, 2, 2, 2, 2],
            "guests": 2,
            "active": 1,
            "arrived": 2,
            "left": 0,
            "came_from": {},
        }
        assert "guest" not in str(row).replace("guests", "")
        assert await evening.ports.reader.newest_stamp() == evening.clock.now()
        await hall.counting.stop()

    play_out(scene)


def test_the_end_of_a_run_keeps_what_was_counted_and_a_full_disk_keeps_nothing(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        hall = Hall(evening)
        hall.open()
        hall.there["main-floor"] = ["guest-1"]
        await hall.minutes(2)
        await hall.counting.stop()
        assert [row["span_ms"] for row in hall.told(PresenceCounted)] == [120_000]
        full = Hall(evening)
        full.open(replace(evening.ports, room=lambda: Room.SCARCE))
        full.there["main-floor"] = ["guest-1"]
        await full.minutes(7)
        await full.counting.stop()
        assert len(hall.told(PresenceCounted)) == 1

    play_out(scene)


def test_what_there_was_no_room_for_is_counted_and_told_as_soon_as_there_is(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        hall, room = Hall(evening), [Room.SCARCE]
        hall.open(replace(evening.ports, room=lambda: room[0]))
        hall.there["main-floor"] = ["guest-1"]
        await hall.minutes(11)
        assert (hall.told(PresenceCounted), hall.told(BoxShed)) == ([], [])
        room[0] = Room.LOW
        await hall.minutes(10)
        await hall.counting.stop()
        assert hall.told(BoxShed) == [{"what": "presence", "n": 2}]
        assert await evening.ports.store.write(lambda tx: tx.meta(SHED)) == "2"

    play_out(scene)


def test_who_stays_when_a_dj_follows_another_is_told_a_quarter_of_an_hour_later(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        hall = Hall(evening)
        hall.open()
        hall.there["main-floor"] = ["a", "b", "c"]
        ids = []
        for name in ("DJ Anna", "DJ Bela"):
            dj = await evening.dj(name)
            started = await sessions.start_session(evening.ports, dj=dj, stage_id="main-floor")
            ids.append(started.session.id)
            hall.counting.on_commit(evening.told.commits[-1])
            await hall.minutes(6)
            await sessions.end_session(evening.ports, dj=dj)
            hall.counting.on_commit(evening.told.commits[-1])
        hall.there["main-floor"] = ["b"]
        hall.counting.on_commit([GuestForgotten("c")])
        await hall.minutes(9)
        await hall.counting.stop()
        [row] = hall.told(HandoverMeasured)
        first, second = ids
        assert row == {"stage": "main-floor", "from_session": first, "to_session": second, "before": 2, "stayed": 1}

    play_out(scene)


def test_phones_of_guests_agree_on_a_time_that_is_written_down_and_set_nowhere(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        hall = Hall(evening)
        hall.open()
        hall.there["main-floor"] = [f"g{number}" for number in range(10)]
        before = evening.clock.now()
        hall.counting.vote("who is gone", NOON_MS + 5_000_000)
        for number in range(10):
            hall.counting.vote(f"g{number}", NOON_MS + 3_600_000 + (number if number < 6 else 10**10))
        await hall.minutes(3)
        await hall.counting.stop()
        [row] = hall.told(TimeAnchored)
        assert row["source"] == "guests"
        assert abs(int(str(row["wall_ms"])) - (NOON_MS + 3_600_000 + 60_000)) < 10
        assert row["boot_ms"] == before.boot_ms + 60_000
        assert evening.clock.now().wall_ms == before.wall_ms + 180_000

    play_out(scene)


def test_the_network_s_time_is_written_down_once_when_it_comes(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        hall = Hall(evening)
        hall.open()
        await hall.minutes(2)
        assert hall.told(TimeAnchored) == []
        evening.clock.trust = ClockTrust.NTP
        await hall.minutes(20)
        await hall.counting.stop()
        again = Hall(evening)
        again.open()
        await again.minutes(2)
        assert [row["source"] for row in hall.told(TimeAnchored)] == ["ntp"]
        evening.clock.wall_ms += 60_000
        await again.minutes(12)
        evening.clock.reboot()
        await again.minutes(1)
        await again.counting.stop()
        boots = [row["boot"] for row in hall.told(TimeAnchored)]
        assert boots == ["boot-1", "boot-1", "boot-1+"]

    play_out(scene)


def test_each_laptop_is_heard_once_and_again_when_it_knows_better(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        async def says(who: str, wall_ms: int, trust: str) -> bool:
            now = evening.clock.now()
            hint = laptop_hint(wall_ms, trust=trust, now=now)
            assert hint is not None
            return await evening.ports.store.write(lambda tx: anchors.hear(tx, hint, who=who, now=now))

        assert await says("anna", NOON_MS, "saved")
        assert not await says("anna", NOON_MS + 50_000, "saved")
        assert await says("bela", NOON_MS, "saved")
        assert await says("anna", NOON_MS, "ntp")
        evening.clock.pass_s(601)
        assert not await says("anna", NOON_MS + 601_000, "ntp")
        assert await says("anna", NOON_MS + 701_000, "ntp")
        assert laptop_hint(EARLIEST_MS - 1, trust="ntp", now=evening.clock.now()) is None

    play_out(scene)


def test_an_event_from_before_events_were_journaled_is_told_once(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        [event] = await evening.ports.reader.events()
        await evening.ports.store.write(lambda tx: tx.set_meta("event_told", None))
        for _ in range(2):
            await stages.open_doors(evening.ports)
        told = [one for commit in evening.told.commits for one in commit if isinstance(one, EventOpened)]
        assert [one.body() for one in told] == [
            {"event": event.id, "name": event.name, "phase": "published", "zone": "UTC"}
        ] * 2
        assert "guest_key" not in str(told[0].body())

    play_out(scene)


def test_the_box_s_own_clock_is_an_anchor_where_it_is_more_than_a_memory() -> None:
    def worth(trust: ClockTrust, wall_ms: int = NOON_MS) -> Hint | None:
        return own_hint(Stamp("b", 5, wall_ms, trust))

    kinds: Iterable[Hint | None] = [worth(trust) for trust in ClockTrust]
    assert [hint and hint.source for hint in kinds] == [None, None, None, None, "rtc", "ntp"]
    assert worth(ClockTrust.RTC, wall_ms=0) is None
