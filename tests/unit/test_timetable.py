"""The plans of all events in memory: what is on turns into what comes by itself, and each change reaches its stage."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest

from appliance.domain.events import (
    BookingAnswered,
    ClockSet,
    EventChanged,
    EventOpened,
    Happened,
    SlotChanged,
    SlotDropped,
    SlotPlanned,
    StageOpened,
)
from appliance.domain.live_state import EventState, StageState
from appliance.domain.models import ClockTrust, Dj, Event, Stage
from appliance.domain.schedule import slots
from appliance.domain.schedule.slots import Booking, Placed, Slot
from appliance.domain.timekeeping import Anchor
from appliance.domain.wall_time import WallTime, moment_of
from appliance.domain.zones import zone
from appliance.live import board as board_module
from appliance.live import timetable as timetable_module
from appliance.live.board import AnyLane, Board
from appliance.live.timetable import Timetable
from appliance.ports import KeptPlan
from tests.support.evening import TurnedClock

VIENNA = zone("Europe/Vienna")
EVENT = Event(id="e", name="Tonight", guest_key=b"", zone="Europe/Vienna")
OTHER = Event(id="other", name="Elsewhere", guest_key=b"", zone="Europe/Vienna")
STAGES = [Stage("main", "e", "Main"), Stage("cellar", "e", "Cellar"), Stage("beach", "other", "Beach")]


def ms(shown: str) -> int:
    return moment_of(WallTime(f"2026-11-20T{shown}"), VIENNA)


def slot(slot_id: str, begins: str, ends: str, *, on: str = "main", event: Event = EVENT) -> Slot:
    first, last = (WallTime(f"2026-11-20T{shown}") for shown in (begins, ends))
    return Slot(slot_id, event.id, on, first, last, dj=Dj("a", "DJ Anna"), title=slot_id, booking=Booking.ASKED)


def placed(*args: str, **fields: Any) -> Placed:
    return slots.place(slot(*args, **fields), VIENNA)


class Hall:
    """A board with a timetable, and what was told."""

    def __init__(self) -> None:
        self.clock = TurnedClock(wall_ms=ms("21:00"), trust=ClockTrust.NTP)
        self.told: list[tuple[str, str, Any]] = []
        self.board = Board(clock=self.clock, tellers=[self._tell])
        self.board.load(
            [StageState(stage=stage) for stage in STAGES], events=[EventState(event) for event in (EVENT, OTHER)]
        )
        self.timetable = Timetable(clock=self.clock, board=self.board)

    def _tell(self, topic: str, lane: AnyLane, data: bytes) -> None:
        self.told.append((topic, lane.value, json.loads(data)))

    def commit(self, *events: Happened) -> list[tuple[str, str]]:
        """What is told of these, by topic and lane."""
        self.told.clear()
        self.board.on_commit(events)
        self.timetable.on_commit(events)
        return [(topic, lane) for topic, lane, _ in self.told]

    def said(self, stage: str = "main") -> Any:
        """What was told last of a stage's plan."""
        topic = f"stage/{stage}"
        return [data for at, lane, data in self.told if (at, lane) == (topic, "schedule")][-1]

    def at(self, shown: str) -> None:
        self.clock.wall_ms = ms(shown)

    def seen(self, stage: str = "main") -> tuple[str | None, str | None]:
        """What is on and what comes."""
        state = self.board.state(stage)
        assert state is not None
        now, following = (one.slot.title if one else None for one in (state.plan.now, state.plan.next))
        return now, following


def play_out(scene: Callable[[Hall], Awaitable[None]], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(board_module, "PLAN_EVERY_S", 0.0)

    async def body() -> None:
        hall = Hall()
        hall.timetable.start({"e": KeptPlan(3, [slot("A", "22:00", "23:00"), slot("B", "23:00", "23:30")])})
        await scene(hall)
        hall.timetable.stop()
        hall.board.stop()

    asyncio.run(body())


def test_what_is_on_turns_into_what_comes_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timetable_module, "LOOK_EVERY_S", 0.01)

    async def scene(hall: Hall) -> None:
        assert hall.seen() == (None, "A")
        for shown, seen in (("22:00", ("A", "B")), ("23:00", ("B", None)), ("23:30", (None, None))):
            hall.told.clear()
            hall.at(shown)
            await asyncio.sleep(0.12)
            assert hall.seen() == seen
            assert [(topic, lane) for topic, lane, _ in hall.told] == [("stage/main", "schedule")]
            assert hall.said().get("now", {}).get("title") == seen[0]

    play_out(scene, monkeypatch)


def test_it_wakes_at_the_very_moment_at_which_something_begins(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scene(hall: Hall) -> None:
        hall.clock.wall_ms = ms("22:00") - 150
        hall.commit(StageOpened(STAGES[0]))
        await asyncio.sleep(0.05)
        hall.at("22:00")
        await asyncio.sleep(0.3)
        assert hall.seen() == ("A", "B")

    play_out(scene, monkeypatch)


def test_each_change_is_told_where_it_is_seen_and_nowhere_else(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scene(hall: Hall) -> None:
        version = [("event/e", "plan")]
        early = placed("C", "21:30", "21:45")
        assert hall.commit(SlotPlanned(early, 4)) == [("stage/main", "schedule"), *version]
        assert hall.seen() == (None, "C")
        # Far behind what the stage's page shows, only the plan's version is told.
        assert hall.commit(SlotPlanned(placed("D", "23:50", "23:55"), 5)) == [("stage/main", "schedule"), *version]
        assert hall.commit(SlotPlanned(placed("E", "23:56", "23:59"), 6)) == version
        moved = placed("C", "21:30", "21:45", on="cellar")
        told = hall.commit(SlotChanged(moved, 7))
        assert sorted(told) == sorted([("stage/main", "schedule"), ("stage/cellar", "schedule"), *version])
        assert (hall.seen(), hall.seen("cellar"), hall.seen("beach")) == ((None, "A"), (None, "C"), (None, None))
        assert hall.commit(SlotDropped(moved.slot, 8)) == [("stage/cellar", "schedule"), *version]
        assert hall.timetable.version("e") == 8
        assert [one.slot.id for one in hall.timetable.slots("e")] == ["A", "B", "D", "E"]
        assert hall.timetable.version("other") == hall.timetable.version("nowhere") == 0
        assert hall.timetable.slots("nowhere") == ()

    play_out(scene, monkeypatch)


def test_a_dj_who_declined_is_not_named(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scene(hall: Hall) -> None:
        said = slots.place(replace(slot("A", "22:00", "23:00"), booking=Booking.DECLINED), VIENNA)
        hall.commit(BookingAnswered(said, 4))
        following = hall.said()["next"]
        assert "dj" not in following
        assert following["title"] == "A"
        assert following["begins_in_ms"] == 3_600_000
        assert (following["from_time"], following["to_time"]) == ("22:00", "23:00")

    play_out(scene, monkeypatch)


def test_a_clock_that_nobody_set_shows_no_now_until_somebody_does(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scene(hall: Hall) -> None:
        hall.at("22:30")
        hall.clock.trust = ClockTrust.NONE
        hall.commit(StageOpened(STAGES[0]))
        assert hall.seen() == (None, None)
        assert hall.said()["clock"] == "none"
        before, hall.clock.trust = hall.clock.now(), ClockTrust.DEVICE
        anchor = Anchor(before.boot, before.boot_ms, before.wall_ms, ClockTrust.DEVICE)
        assert ("stage/main", "schedule") in hall.commit(ClockSet(anchor=anchor, before=before, source="staff"))
        assert hall.seen() == ("A", "B")
        assert hall.said()["clock"] == "sure"
        hall.clock.trust = ClockTrust.SAVED
        hall.commit(StageOpened(STAGES[0]))
        assert hall.said()["clock"] == "maybe"
        assert hall.said()["now_ms"] == ms("22:30")

    play_out(scene, monkeypatch)


def test_another_zone_makes_other_moments_of_the_same_times(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scene(hall: Hall) -> None:
        hall.commit(EventChanged(replace(EVENT, zone="Europe/London")))
        [first, _] = hall.timetable.slots("e")
        assert first.begins_ms == ms("23:00")
        assert first.slot.begins == WallTime("2026-11-20T22:00")

    play_out(scene, monkeypatch)


def test_an_event_that_is_made_tonight_has_a_plan(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scene(hall: Hall) -> None:
        fresh = Event(id="new", name="New", guest_key=b"")
        hall.commit(EventOpened(fresh), StageOpened(Stage("roof", "new", "Roof")))
        told = hall.commit(SlotPlanned(placed("N", "22:00", "23:00", on="roof", event=fresh), 1))
        assert told == [("stage/roof", "schedule"), ("event/new", "plan")]

    play_out(scene, monkeypatch)
