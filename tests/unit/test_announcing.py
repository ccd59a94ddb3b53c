"""Announcements on their way: to exactly those whom they are meant for, counted once each, and gone in time."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from appliance import machines, wire_notices
from appliance.domain.announcements import Announcement, Ending, Wanted
from appliance.domain.announcements import AnnouncementLevel as Level
from appliance.domain.audit import STAFF
from appliance.domain.events import AnnouncementEnded, AnnouncementMade, GuestForgotten, Happened, Journaled
from appliance.domain.live_state import EventLane, EventState, Lane, StageState
from appliance.domain.models import Event, Stage
from appliance.domain.topics import of_event, of_stage
from appliance.errors import Unavailable
from appliance.limits import LimitsSection
from appliance.live import announcing as announcing_module
from appliance.live.announcing import Announcing
from appliance.live.board import NOTICES_EVERY_S, Board
from appliance.live.channel import Subscriber
from appliance.live.hub import Hub
from appliance.store.memory import MemoryStore
from appliance.usecases import announcements
from tests.support.evening import Evening, Told, TurnedClock, open_evening
from tests.unit.test_announcements import SAID
from tests.unit.wires import Phone, settle

PHONES = 10


def run(scene: Callable[[], Awaitable[None]]) -> None:
    async def body() -> None:
        await scene()

    asyncio.run(body())


def said(name: str, *, event: str, stage: str | None = None, **more: Any) -> Announcement:
    clock = TurnedClock()
    return replace(SAID, id=name, event_id=event, stage_id=stage, made=clock.now(), text=name, **more)


@dataclass
class Halls:
    """Twenty events with five stages each, and ten phones on every stage."""

    board: Board
    phones: dict[str, list[Phone]] = field(default_factory=dict)

    def heard(self, name: str) -> set[str]:
        """The stages on which anybody was told."""
        return {stage for stage, some in self.phones.items() if any(name.encode() in one.received for one in some)}

    def heard_by_all(self, name: str) -> set[str]:
        return {stage for stage, some in self.phones.items() if all(one.received.count(name.encode()) for one in some)}


def halls() -> Halls:
    hub = Hub(LimitsSection())
    board = Board(clock=TurnedClock(), tellers=[hub.tell])
    events = [EventState(Event(id=f"e{number}", name="E", guest_key=b"")) for number in range(20)]
    stages = [Stage(f"e{event}-s{stage}", f"e{event}", "S") for event in range(20) for stage in range(5)]
    board.load([StageState(stage) for stage in stages], events=events)
    found = Halls(board)
    for stage in stages:
        found.phones[stage.id] = [Phone() for _ in range(PHONES)]
        for phone in found.phones[stage.id]:
            topics = (of_stage(stage.id), of_event(stage.event_id))
            hub.join(Subscriber(wire=phone, topics=topics, guest_id=None, chunked=False))
    return found


def test_no_announcement_of_a_hundred_stages_reaches_a_phone_of_another_stage_or_event() -> None:
    """Weakness h3: an announcement reached every dancer and DJ of the server."""

    async def scene() -> None:
        hall = halls()
        for stage in hall.phones:
            hall.board.on_commit([AnnouncementMade(said(f"<{stage}>", event=stage.partition("-")[0], stage=stage))])
        for number in range(20):
            hall.board.on_commit([AnnouncementMade(said(f"<all of e{number}>", event=f"e{number}"))])
        await settle()
        for stage in hall.phones:
            assert hall.heard(f"<{stage}>") == hall.heard_by_all(f"<{stage}>") == {stage}
        for number in range(20):
            mine = {f"e{number}-s{stage}" for stage in range(5)}
            name = f"<all of e{number}>"
            assert hall.heard(name) == hall.heard_by_all(name) == mine
            # Once: a phone is at its stage and at its event, and is told by one of them.
            told = {phone.received.count(b"event: event_notices") for one in mine for phone in hall.phones[one]}
            assert told == {1}

    run(scene)


def test_ten_thousand_at_once_are_a_few_messages_to_each_phone() -> None:
    async def scene() -> None:
        hall = halls()
        for number in range(10_000):
            one = said(f"<{number}>", event="e0", level=Level.URGENT)
            hall.board.on_commit([AnnouncementMade(one), AnnouncementEnded(replace(one, ended=Ending.CROWDED_OUT))])
        await asyncio.sleep(NOTICES_EVERY_S + 0.2)
        received = hall.phones["e0-s0"][0].received
        assert 1 <= received.count(b"event: event_notices") <= 4
        assert len(received) < 10_000

    run(scene)


def test_what_is_over_is_told_to_nobody_who_comes_later() -> None:
    async def scene() -> None:
        clock = TurnedClock()
        board = Board(clock=clock, tellers=[])
        short, long = said("short", event="e", duration_s=60), said("long", event="e", stage="s", duration_s=600)
        event = EventState(Event(id="e", name="E", guest_key=b""))
        board.load([StageState(Stage("s", "e", "S"))], events=[event], said=[short, long])

        def told() -> list[list[str]]:
            messages = [dict(board.beside("s"))[lane] for lane in (Lane.NOTICES, EventLane.NOTICES)]
            return [[one["text"] for one in json.loads(message).get("notices", [])] for message in messages]

        assert told() == [["long"], ["short"]]
        clock.pass_s(1)
        clock.pass_s(59)
        assert told() == [["long"], []]
        assert [one.text for one in board.said_at("s")] == ["long"]

    run(scene)


def test_machines_find_all_that_counts_at_a_stage_under_one_topic() -> None:
    async def scene() -> None:
        published: list[tuple[str, bytes]] = []
        tellers: list[Any] = []
        board = Board(clock=TurnedClock(), tellers=tellers)
        tellers.append(machines.tell_machines(board, lambda topic, data: published.append((topic, data))))
        events = [EventState(Event(id=name, name="E", guest_key=b"")) for name in ("e1", "e2")]
        stages = [Stage("a", "e1", "A"), Stage("b", "e1", "B"), Stage("c", "e2", "C")]
        board.load([StageState(stage) for stage in stages], events=events)
        board.on_commit([AnnouncementMade(said("for a", event="e1", stage="a"))])
        board.on_commit([AnnouncementMade(said("for all", event="e1", level=Level.URGENT, number=2))])
        await settle()
        now = {topic: [one["text"] for one in json.loads(data)["notices"]] for topic, data in published}
        assert now == {"pika/v1/stage/a/notices": ["for all", "for a"], "pika/v1/stage/b/notices": ["for all"]}
        kept = dict(machines.retained(board))
        assert {topic for topic in kept if topic.endswith("/notices")} == {
            f"pika/v1/stage/{stage}/notices" for stage in "abc"
        }
        assert json.loads(kept["pika/v1/stage/c/notices"]) == {"v": 1, "stage": "c"}

    run(scene)


def test_phones_are_never_told_who_made_it() -> None:
    told = wire_notices.notices_out([replace(SAID, author="account:secret")], SAID.made)
    assert "secret" not in str(told)
    assert "author" not in str(told)


@dataclass
class Following:
    """An evening whose announcements are followed."""

    evening: Evening
    announcing: Announcing
    present: dict[str, list[str]]

    async def say(self, text: str = "Hello", *, stage: str | None = None, duration_s: int = 600) -> Announcement:
        event_id = (await self.evening.ports.reader.stages())[0].event_id
        wanted = Wanted(text=text, level=Level.INFO, duration_s=duration_s)
        made = await announcements.announce_to_event(
            self.evening.ports, by=STAFF, event_id=event_id, wanted=wanted, stage_id=stage
        )
        self.announcing.told(of_event(event_id), EventLane.NOTICES, b"")
        return made.said

    async def kept(self) -> list[Announcement]:
        return list(await self.evening.ports.reader.announcements_at("main-floor", limit=9))


async def following(*, earlier: Iterable[Announcement] = ()) -> Following:
    told = Told()
    followers: list[Any] = [told]

    def on_commit(events: Sequence[Happened]) -> None:
        for follow in followers:
            follow(events)

    store = MemoryStore(on_commit=on_commit)
    evening = await open_evening(store, store, told)
    present: dict[str, list[str]] = {}
    announcing = Announcing(clock=evening.clock, present=present.items, event_of=only_event)
    followers.append(announcing.on_commit)
    announcing.start(evening.ports, running=earlier)
    return Following(evening, announcing, present)


def only_event(stage_id: str) -> str | None:
    """The box has one stage, and its event has the first id."""
    return "id000000000000000001" if stage_id == "main-floor" else None


def test_a_phone_counts_once_however_often_it_was_told() -> None:
    async def scene() -> None:
        hall = await following()
        hall.present["main-floor"] = ["anna", "ben"]
        one = await hall.say()
        hall.announcing.got("main-floor", "anna")
        hall.announcing.got("main-floor", "carla")
        hall.announcing.got("elsewhere", "dora")
        assert hall.announcing.phones(one) == 3
        hall.announcing.on_commit([GuestForgotten("ben")])
        assert hall.announcing.phones(one) == 2
        await hall.announcing.stop()
        assert [kept.phones for kept in await hall.kept()] == [2]

    run(scene)


def test_who_comes_after_it_is_over_did_not_get_it() -> None:
    async def scene() -> None:
        hall = await following()
        one = await hall.say(duration_s=30)
        hall.evening.clock.pass_s(31)
        hall.announcing.got("main-floor", "late")
        assert hall.announcing.phones(one) == 0
        await hall.announcing.stop()

    run(scene)


def test_it_is_ended_by_itself_and_its_number_is_kept_and_journaled() -> None:
    async def scene() -> None:
        hall = await following()
        hall.present["main-floor"] = ["anna"]
        await hall.say(duration_s=30)
        hall.evening.clock.pass_s(30)
        # What is said next wakes it, as its own timer would.
        await hall.say("Next")
        async with asyncio.timeout(5):
            while hall.evening.told.kinds()[-1] != "announcement.reached":
                await asyncio.sleep(0.01)
        found = {kept.text: (kept.ended, kept.phones) for kept in await hall.kept()}
        assert found["Hello"] == (Ending.EXPIRED, 1)
        await hall.announcing.stop()

    run(scene)


def test_after_a_restart_the_number_goes_on_and_never_falls() -> None:
    async def scene() -> None:
        hall = await following()
        hall.present["main-floor"] = ["a", "b", "c"]
        one = await hall.say()
        await hall.announcing.stop()
        [kept] = await hall.kept()
        again = Announcing(clock=hall.evening.clock, present=hall.present.items, event_of=only_event)
        again.start(hall.evening.ports, running=[kept])
        again.got("main-floor", "a")
        assert again.phones(one) == 3
        for guest in ("b", "c", "d"):
            again.got("main-floor", guest)
        assert again.phones(kept) == 4
        await again.stop()

    run(scene)


def test_a_disk_that_takes_nothing_loses_no_number_and_ends_nothing_for_good(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scene() -> None:
        monkeypatch.setattr(announcing_module, "AGAIN_S", 0.02)
        hall = await following()
        hall.present["main-floor"] = ["anna"]
        await hall.say(duration_s=30)
        store, is_full = hall.evening.ports.store, True
        write = store.write

        async def refusing(job: Callable[[Any], Any]) -> Any:
            if is_full:
                raise Unavailable("store_unavailable", "The disk is full.")
            return await write(job)

        monkeypatch.setattr(store, "write", refusing)
        hall.evening.clock.pass_s(31)
        hall.announcing._woken.set()
        await asyncio.sleep(0.1)
        assert hall.announcing.problem() is None
        is_full = False
        async with asyncio.timeout(5):
            while [kept.phones for kept in await hall.kept() if kept.ended] != [1]:
                await asyncio.sleep(0.01)
        await hall.announcing.stop()

    run(scene)


def test_no_guest_is_in_what_is_journaled_of_it() -> None:
    happened: list[Journaled] = [AnnouncementMade(SAID), AnnouncementEnded(replace(SAID, ended=Ending.EXPIRED))]
    for one in happened:
        assert "guest" not in one.body()
