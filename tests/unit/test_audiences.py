"""Who is told what of a set behind a PIN: the board and the hub together, with phones outside and inside."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import Any

from appliance.domain import topics
from appliance.domain.events import (
    Happened,
    LikeGiven,
    PlayAnnounced,
    PollOpened,
    SessionEnded,
    SessionLocked,
    SessionStarted,
    SessionUnlocked,
)
from appliance.domain.live_state import EventState, StageState, seen
from appliance.domain.models import EndReason, Event, Play, Session, Stage
from appliance.domain.polls import Poll
from appliance.limits import LimitsSection
from appliance.live.board import AnyLane, Board
from appliance.live.channel import SLICE, Subscriber
from appliance.live.hub import Hub
from tests.support.evening import TurnedClock, track
from tests.unit.wires import Phone, settle

NOW = TurnedClock().now()
STAGE = Stage(id="main-floor", event_id="e", name="Main Floor")
OPEN = Session(id="s1", stage_id="main-floor", dj_id="anna", dj_name="DJ Anna", started=NOW, seen=NOW)
LOCKED = replace(OPEN, lock="lock-1")
SECRET = Play(id="secret-1", session_id="s1", stage_id="main-floor", track=track("Secret"), heard=NOW)
POLL = Poll("poll-1", "main-floor", "s1", "Secret question?", ("Secret a", "Secret b"), (0, 0), NOW, None)


@dataclass
class Hall:
    """A board, a hub, a broker that keeps what it is told, and phones."""

    hub: Hub = field(default_factory=lambda: Hub(LimitsSection()))
    broker: list[tuple[str, bytes]] = field(default_factory=list)

    def __post_init__(self) -> None:
        def publish(topic: str, lane: AnyLane, data: bytes) -> None:
            del lane
            self.broker.append((topic, data))

        told, hub = [self.hub.tell, publish], self.hub
        self.board = Board(clock=TurnedClock(), tellers=told, insiders=[hub.tell], move=hub.move, forget=hub.forget)
        event = Event(id="e", name="Ball", guest_key=b"k" * 32, zone="UTC")
        self.board.load([StageState(stage=STAGE)], events=[EventState(event=event)])

    def phone(self, *inside: str, guest: str | None = None) -> tuple[Phone, Subscriber]:
        phone = Phone()
        topic = self.board.topic_for("main-floor", inside=inside)
        subscriber = Subscriber(wire=phone, topics=(topic, topics.of_event("e")), guest_id=guest, chunked=False)
        self.hub.join(subscriber)
        return phone, subscriber

    async def happens(self, *events: Happened) -> None:
        self.board.on_commit(events)
        await settle()


def run(scene: Callable[[], Awaitable[Any]]) -> None:
    async def body() -> None:
        await scene()

    asyncio.run(body())


def told(phone: Phone, name: str) -> list[dict[str, Any]]:
    """What a phone was told on one lane."""
    found = []
    for block in phone.received.decode().split("\n\n"):
        lines = dict(line.split(": ", 1) for line in block.split("\n") if ": " in line)
        if lines.get("event") == name:
            found.append(json.loads(lines["data"]))
    return found


def test_nothing_of_a_locked_set_but_that_somebody_plays_reaches_anybody_outside() -> None:
    async def scene() -> None:
        hall = Hall()
        outside, _ = hall.phone()
        await hall.happens(SessionStarted(LOCKED))
        inside, _ = hall.phone("lock-1")
        await hall.happens(PlayAnnounced(SECRET, current=True), PollOpened(POLL))
        await hall.happens(LikeGiven("secret-1", "main-floor", "g", likes=1))
        hall.board.set_listeners("stage/main-floor", 7)
        await settle()
        assert [one["now"]["title"] for one in told(inside, "now") if "now" in one] == ["Secret"]
        assert told(inside, "likes")[-1]["likes"] == 1
        assert told(inside, "poll")[-1]["poll"]["question"] == "Secret question?"
        assert told(inside, "listeners")[-1]["listeners"] == 7
        everything = outside.received + b"".join(data for _, data in hall.broker)
        assert b"ecret" not in everything
        assert told(outside, "session")[-1]["session"]["locked"] is True
        state = hall.board.state("main-floor")
        assert state is not None
        assert state.listeners == 7
        assert not [topic for topic, _ in hall.broker if "behind" in topic]
        hall.board.stop()

    run(scene)


def test_outside_it_can_not_even_be_seen_when_a_track_changes() -> None:
    async def scene() -> None:
        hall = Hall()
        await hall.happens(SessionStarted(LOCKED))
        outside, _ = hall.phone()
        await hall.happens(PlayAnnounced(SECRET, current=True))
        await hall.happens(PlayAnnounced(replace(SECRET, id="secret-2"), current=True))
        assert outside.received == b""
        hall.board.stop()

    run(scene)


def test_a_stage_that_comes_to_know_more_hides_it_until_somebody_says_otherwise() -> None:
    """Whatever fields a stage's state has or gets: behind a lock all but these are as on an empty stage."""
    full = StageState(STAGE, LOCKED, SECRET, listeners=3, poll=POLL, reactions={})
    outside = seen(full)
    shown = {name for name in StageState.__slots__ if getattr(outside, name) != getattr(StageState(STAGE), name)}
    assert shown == {"session", "listeners", "is_hidden"}
    assert seen(full, {"lock-1"}) == full
    assert seen(full, {"another"}) == outside


def test_a_pin_in_the_middle_of_a_set_takes_what_is_on_off_every_phone() -> None:
    async def scene() -> None:
        hall = Hall()
        await hall.happens(SessionStarted(OPEN), PlayAnnounced(SECRET, current=True), PollOpened(POLL))
        phone, _ = hall.phone()
        before = len(hall.broker)
        await hall.happens(SessionLocked(OPEN, "lock-1"))
        assert told(phone, "session")[-1]["session"]["locked"] is True
        assert "now" not in told(phone, "now")[-1]
        assert "poll" not in told(phone, "poll")[-1]
        # The event is told who plays where, and nothing of what is on.
        assert {topic for topic, _ in hall.broker} == {"stage/main-floor", "event/e"}
        assert b"ecret" not in b"".join(data for _, data in hall.broker[before:])
        hall.board.stop()

    run(scene)


def test_who_is_inside_is_told_of_what_comes_next_like_everybody_once_the_lock_is_gone() -> None:
    async def scene() -> None:
        hall = Hall()
        await hall.happens(SessionStarted(LOCKED), PlayAnnounced(SECRET, current=True))
        outside, _ = hall.phone(guest="out")
        inside, subscriber = hall.phone("lock-1", guest="in")
        assert hall.hub.streams() == 2
        await hall.happens(SessionEnded(LOCKED, EndReason.ENDED))
        assert subscriber.topics == ("stage/main-floor", "event/e")
        assert "now" not in told(inside, "state")[-1]
        following = replace(OPEN, id="s2", dj_name="DJ Ben")
        public = replace(SECRET, id="p2", session_id="s2", track=track("Public"))
        await hall.happens(SessionStarted(following), PlayAnnounced(public, current=True))
        for phone in (outside, inside):
            assert told(phone, "now")[-1]["now"]["title"] == "Public"
        assert [sorted(guests) for _, guests in hall.hub.guests()] == [["in", "out"]]
        hall.hub.leave(subscriber)
        assert hall.hub.streams() == 1
        hall.board.stop()

    run(scene)


def test_another_pin_sends_those_with_the_old_one_out_and_nothing_follows_them() -> None:
    async def scene() -> None:
        hall = Hall()
        await hall.happens(SessionStarted(LOCKED), PlayAnnounced(SECRET, current=True))
        old, _ = hall.phone("lock-1")
        await hall.happens(SessionLocked(LOCKED, "lock-2"))
        assert told(old, "state")[-1]["session"]["locked"] is True
        assert "now" not in told(old, "state")[-1]
        before = len(old.received)
        await hall.happens(PlayAnnounced(replace(SECRET, id="secret-2"), current=True))
        assert len(old.received) == before
        new, _ = hall.phone("lock-2")
        await hall.happens(PlayAnnounced(replace(SECRET, id="secret-3"), current=True))
        assert told(new, "now")[-1]["now"]["play"] == "secret-3"
        hall.board.stop()

    run(scene)


def test_an_opened_set_is_on_every_phone_at_once() -> None:
    async def scene() -> None:
        hall = Hall()
        await hall.happens(SessionStarted(LOCKED), PlayAnnounced(SECRET, current=True))
        outside, _ = hall.phone()
        await hall.happens(SessionUnlocked(LOCKED))
        assert told(outside, "session")[-1]["session"]["locked"] is False
        assert told(outside, "now")[-1]["now"]["title"] == "Secret"
        hall.board.stop()

    run(scene)


def test_what_is_still_being_written_to_insiders_stops_when_they_are_sent_out() -> None:
    async def scene() -> None:
        hall = Hall()
        await hall.happens(SessionStarted(LOCKED))
        phones = [hall.phone("lock-1")[0] for _ in range(3 * SLICE)]
        # Both before the pump has had a turn, as in one busy moment.
        hall.board.on_commit([PlayAnnounced(SECRET, current=True)])
        await asyncio.sleep(0)
        hall.board.on_commit([SessionLocked(LOCKED, "lock-2")])
        await settle()
        for phone in phones:
            assert "now" not in told(phone, "state")[-1]
            text = phone.received.decode()
            assert text.rfind("Secret") < text.rfind("event: state")
        hall.board.stop()

    run(scene)


def test_an_id_of_what_insiders_were_told_resumes_nothing_outside() -> None:
    async def scene() -> None:
        hall = Hall()
        await hall.happens(SessionStarted(LOCKED))
        hall.phone("lock-1")
        await hall.happens(PlayAnnounced(SECRET, current=True))
        behind = hall.hub.last_id(topics.behind("main-floor", "lock-1"))
        assert hall.hub.missed_since(topics.of_stage("main-floor"), behind) is None
        outside = hall.hub.last_id(topics.of_stage("main-floor"))
        assert hall.hub.missed_since(topics.behind("main-floor", "lock-1"), outside) is None
        hall.board.stop()

    run(scene)


def test_a_handed_over_party_stays_among_itself_without_a_gap() -> None:
    async def scene() -> None:
        hall = Hall()
        await hall.happens(SessionStarted(LOCKED), PlayAnnounced(SECRET, current=True))
        outside, _ = hall.phone()
        inside, subscriber = hall.phone("lock-1")
        following = replace(LOCKED, id="s2", dj_id="ben", dj_name="DJ Ben", current_play_id="secret-1")
        await hall.happens(SessionEnded(LOCKED, EndReason.HANDED_OVER), SessionStarted(following))
        assert subscriber.topics[0] == topics.behind("main-floor", "lock-1")
        assert told(inside, "session")[-1]["session"]["dj"] == "DJ Ben"
        assert told(inside, "now")[-1]["now"]["title"] == "Secret"
        assert told(outside, "session")[-1]["session"] == {
            **told(inside, "session")[-1]["session"],
            "locked": True,
        }
        assert b"Secret" not in outside.received
        hall.board.stop()

    run(scene)
