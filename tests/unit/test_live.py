"""The live hub and what it tells: people counted, streams limited, lanes in order."""

import asyncio
import json
import time
from dataclasses import replace
from typing import Any

import msgspec
import pytest

from appliance.domain.events import (
    EventChanged,
    EventOpened,
    LikeGiven,
    PlayAnnounced,
    SessionStarted,
    StageChanged,
    StageOpened,
)
from appliance.domain.live_state import EventLane, EventState, Lane, StageState
from appliance.domain.models import Doors, Event, Play, Session, Stage
from appliance.domain.topics import of_event, of_stage
from appliance.errors import Unavailable
from appliance.limits import LimitsSection
from appliance.live import board as board_module
from appliance.live.board import AnyLane, Board
from appliance.live.channel import BEHIND_MOST, Subscriber
from appliance.live.hub import Hub
from appliance.live.lanes import EVENT_LANES, STAGE_LANES
from tests.support.evening import TurnedClock, track
from tests.unit.wires import Phone, run, settle

STAGE = Stage(id="main-floor", event_id="e", name="Main Floor")
MAIN = of_stage("main-floor")
EVENT = EventState(event=Event(id="e", name="Tonight", guest_key=b""))


def watcher(guest_id: str | None, *, stage: str = "main-floor", address: str = "") -> Subscriber:
    topics = (of_stage(stage), of_event("e"))
    return Subscriber(wire=Phone(), topics=topics, guest_id=guest_id, chunked=True, address=address)


def test_people_are_counted_not_connections() -> None:
    async def scene() -> None:
        counts: list[tuple[str, int]] = []
        hub = Hub(LimitsSection(streams=10))
        hub.start(on_listeners=lambda topic, listeners: counts.append((topic, listeners)))
        first = watcher("g")
        for one in (first, watcher("g"), watcher(None)):
            hub.join(one)
        hub.leave(first)
        for topic in (MAIN, of_event("e")):
            assert [count for told, count in counts if told == topic] == [1, 1, 2, 2]
        hub.close()

    run(scene)


def test_streams_are_limited_in_all_and_per_guest() -> None:
    async def scene() -> None:
        hub = Hub(LimitsSection(streams=3, streams_per_guest=2))
        for stage in ("a", "b"):
            hub.join(watcher("g", stage=stage))
        with pytest.raises(Unavailable) as error:
            hub.check_room("g")
        assert error.value.code == "streams_per_guest"
        hub.check_room("h")
        hub.join(watcher("h"))
        with pytest.raises(Unavailable) as error:
            hub.check_room("i")
        assert error.value.code == "streams_full"

    run(scene)


def test_one_address_can_not_take_every_stream_and_a_hall_fits_behind_one() -> None:
    async def scene() -> None:
        hub = Hub(LimitsSection(streams=10, streams_per_address=2))
        flood = [watcher(None, address="10.42.0.66") for _ in range(2)]
        for one in flood:
            hub.join(one)
        with pytest.raises(Unavailable) as error:
            hub.check_room(None, address="10.42.0.66")
        assert error.value.code == "streams_per_address"
        hub.check_room(None, address="10.42.0.67")
        hub.leave(flood[0])
        hub.check_room(None, address="10.42.0.66")
        assert LimitsSection().streams_per_address > 1000

    run(scene)


def test_nothing_of_one_stage_reaches_another() -> None:
    async def scene() -> None:
        hub = Hub(LimitsSection())
        phones = {f"stage-{number}": Phone() for number in range(100)}
        for stage_id, phone in phones.items():
            hub.join(Subscriber(wire=phone, topics=(of_stage(stage_id),), guest_id=None, chunked=False))
        for stage_id in phones:
            hub.tell(of_stage(stage_id), Lane.NOW, f'"only {stage_id}."'.encode())
        await settle()
        for stage_id, phone in phones.items():
            assert phone.received.count(b"only") == 1
            assert f"only {stage_id}.".encode() in phone.received

    run(scene)


def test_what_is_said_of_an_event_reaches_all_of_its_stages_once_and_no_other_event() -> None:
    async def scene() -> None:
        hub = Hub(LimitsSection())
        phones = {f"{event}-{n}": Phone() for event in ("ball", "camp") for n in range(3)}
        for name, phone in phones.items():
            topics = (of_stage(name), of_event(name.partition("-")[0]))
            hub.join(Subscriber(wire=phone, topics=topics, guest_id=None, chunked=False))
        hub.tell(of_event("ball"), EventLane.EVENT, b'"only the ball"')
        await settle()
        for name, phone in phones.items():
            assert phone.received.count(b"only the ball") == name.startswith("ball")
            assert b"id: " not in phone.received
        assert hub.streams() == 6

    run(scene)


def test_a_phone_that_was_cut_is_told_nothing_more_by_its_event_either() -> None:
    async def scene() -> None:
        hub = Hub(LimitsSection())
        lazy = watcher("g")
        assert isinstance(lazy.wire, Phone)
        lazy.wire.reads, lazy.wire.waiting = False, BEHIND_MOST + 1
        hub.join(lazy)
        hub.tell(MAIN, Lane.NOW, b"{}")
        await settle()
        assert lazy.wire.aborted
        waiting = lazy.wire.waiting
        hub.tell(of_event("e"), EventLane.EVENT, b"{}")
        await settle()
        assert (lazy.wire.waiting, hub.cut()) == (waiting, 1)
        hub.leave(lazy)
        assert hub.streams() == 0

    run(scene)


def test_no_two_lanes_of_stages_and_events_have_one_name() -> None:
    assert len({*Lane, *EventLane}) == len(Lane) + len(EventLane)
    assert {*STAGE_LANES} == {*Lane}
    assert {*EVENT_LANES} == {*EventLane}


def test_an_event_that_changes_and_a_stage_that_opens_are_told_to_the_event(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(board_module, "EVENT_EVERY_S", 0)

    async def scene() -> None:
        told: list[tuple[str, AnyLane, dict[str, Any]]] = []
        board = Board(
            clock=TurnedClock(),
            tellers=[lambda topic, lane, data: told.append((topic, lane, json.loads(data)))],
        )
        board.load([StageState(stage=STAGE)], events=[EVENT])
        board.on_commit([EventChanged(replace(EVENT.event, name="Ball", guest_key=b"secret"))])
        garden = Stage(id="garden", event_id="e", name="Garden")
        board.on_commit([StageOpened(garden)])
        board.on_commit([StageChanged(replace(garden, doors=Doors.PAUSED))])
        board.on_commit([EventOpened(Event(id="camp", name="Camp", guest_key=b""))])
        assert [(topic, lane) for topic, lane, _ in told] == [
            (of_event("e"), EventLane.EVENT),
            (of_event("e"), EventLane.EVENT),
            (of_stage("garden"), Lane.STAGE),
            (of_event("e"), EventLane.EVENT),
        ]
        assert [data["name"] for _, _, data in told] == ["Ball", "Ball", "Garden", "Ball"]
        assert told[2][2] == {"v": 1, "stage": "garden", "name": "Garden", "doors": "paused"}
        assert [stage["doors"] for stage in told[3][2]["stages"]] == ["open", "paused"]
        assert "secret" not in str(told)
        assert [state.event.id for state in board.events()] == ["e", "camp"]

    run(scene)


def test_listeners_are_noted_for_the_event_and_told_to_the_stage_only() -> None:
    async def scene() -> None:
        told: list[str] = []
        board = Board(
            clock=TurnedClock(),
            tellers=[lambda topic, _lane, _data: told.append(topic)],
        )
        board.load([StageState(stage=STAGE)], events=[EVENT])
        board.set_listeners(of_event("e"), 7)
        board.set_listeners(MAIN, 3)
        board.set_listeners(of_stage("nowhere"), 3)
        event, stage = board.event("e"), board.state("main-floor")
        assert event is not None
        assert stage is not None
        assert (event.listeners, stage.listeners) == (7, 3)
        assert told == [MAIN]
        board.stop()

    run(scene)


def on_stage() -> tuple[Session, Play]:
    now = TurnedClock().now()
    session = Session(id="s1", stage_id="main-floor", dj_id="anna", dj_name="DJ Anna", started=now, seen=now)
    return session, Play(id="p1", session_id="s1", stage_id="main-floor", track=track(), heard=now)


def test_where_the_last_plays_were_heard_is_known_without_asking(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(board_module, "PLAYS_MOST", 3)

    async def scene() -> None:
        board = Board(clock=TurnedClock(), tellers=[])
        session, play = on_stage()
        board.load([StageState(stage=STAGE, session=session, now=play)], events=[EVENT])
        assert board.stage_of_play(play.id) == STAGE.id
        for number in range(3):
            board.on_commit([PlayAnnounced(replace(play, id=f"later-{number}"), current=False)])
        assert [board.stage_of_play(one) for one in (play.id, "later-0", "later-2")] == [None, STAGE.id, STAGE.id]
        board.stop()

    run(scene)


def test_a_burst_of_likes_is_told_at_once_and_then_at_most_four_times_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(board_module, "LIKES_EVERY_S", 0.05)

    async def scene() -> None:
        told: list[int] = []
        board = Board(
            clock=TurnedClock(),
            tellers=[
                lambda _, lane, data: told.append(msgspec.json.decode(data)["likes"]) if lane is Lane.LIKES else None
            ],
        )
        session, play = on_stage()
        board.load([StageState(stage=STAGE, session=session, now=play)], events=[EVENT])
        begun = time.monotonic()
        for likes in range(1, 101):
            board.on_commit([LikeGiven(play_id="p1", stage_id="main-floor", guest_id="g", likes=likes)])
            await asyncio.sleep(0.001)
        await asyncio.sleep(0.1)
        assert told[0] == 1
        assert told[-1] == 100
        # The first at once, then one for each time that went by, however slow this machine is.
        assert len(told) <= 2 + (time.monotonic() - begun) / 0.05
        board.stop()

    run(scene)


def test_a_commit_is_told_lane_by_lane_in_order_with_the_whole_state() -> None:
    async def scene() -> None:
        told: list[tuple[AnyLane, dict[str, Any]]] = []
        board = Board(
            clock=TurnedClock(),
            tellers=[lambda _, lane, data: told.append((lane, msgspec.json.decode(data)))],
        )
        session, play = on_stage()
        board.on_commit([StageOpened(STAGE), SessionStarted(session), PlayAnnounced(play, current=True)])
        assert [lane for lane, _ in told] == [Lane.SESSION, Lane.NOW]
        assert told[0][1]["session"]["dj"] == "DJ Anna"
        assert told[1][1]["now"]["title"] == "So What"
        board.on_commit([PlayAnnounced(replace(play, id="p0"), current=False)])
        assert len(told) == 2
        state = board.state("main-floor")
        assert state is not None
        assert state.now == play

    run(scene)
