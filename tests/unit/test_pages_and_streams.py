"""Between a page and its stream: whatever happens meanwhile is told, and what the page shows already is not."""

import asyncio
import json
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from appliance.domain import topics
from appliance.domain.announcements import Announcement, Ending
from appliance.domain.events import (
    AnnouncementEnded,
    AnnouncementMade,
    ClosingSaid,
    DjAway,
    DjBack,
    EventChanged,
    Happened,
    LikeGiven,
    PlayAnnounced,
    PlayRetracted,
    PollClosed,
    PollOpened,
    PollVoted,
    SessionEnded,
    SessionLocked,
    SessionStarted,
    SessionUnlocked,
    StageChanged,
    TempoVoted,
)
from appliance.domain.live_state import FOR_CREW, NUMBERED, EventLane, Lane
from appliance.domain.models import Doors, EndReason, Event, Play, Session
from appliance.domain.polls import Poll, PollEnd
from appliance.domain.schedule.closing import Closing
from appliance.domain.schedule.plan import Belief, StagePlan
from appliance.domain.voices import Tempo, TempoTally
from appliance.live import board as board_module
from appliance.live.board import EVENT_EVERY_S
from tests.support.evening import track
from tests.unit.test_announcing import said
from tests.unit.test_audiences import NOW, OPEN, STAGE, Hall, run

LOCK = "lock-1"
MAIN = topics.of_stage(STAGE.id)
STEPS = 60
#: happenings between a page's drawing and its stream, at most
APART = 5


@dataclass
class Page:
    """What a page knows, from when it was drawn."""

    inside: frozenset[str]
    last_id: str
    mark: int
    lanes: dict[str, Any]

    def take(self, frame: bytes) -> None:
        lines = dict(line.split(": ", 1) for line in frame.decode().strip().split("\n"))
        self.lanes[lines["event"]] = json.loads(lines["data"])

    def shows(self) -> dict[str, Any]:
        """As the page's script puts it together: the counts of a track count while that is on."""
        lanes = dict(self.lanes)
        now = dict(lanes["now"].get("now", {}))
        for lane in ("likes", "tempo"):
            counted = lanes.pop(lane)
            if now and counted.get("play") == now["play"]:
                now[lane] = counted[lane]
        if not any(now.get("tempo", {}).values()):
            now.pop("tempo", None)
        votes, poll = lanes.pop("poll_votes"), dict(lanes["poll"].get("poll", {}))
        if poll and votes.get("poll") == poll["id"]:
            poll["votes"] = votes["votes"]
        return lanes | {"now": now, "poll": poll}


def drawn(hall: Hall, *inside: str) -> Page:
    """A page of the stage as it is now."""
    opened = frozenset(inside)
    where = hall.board.topic_for(STAGE.id, inside=opened)
    lanes = {lane.value: json.loads(hall.board.encoded(where, lane)) for lane in Lane if lane not in FOR_CREW}
    for lane in EventLane:
        lanes[lane.value] = json.loads(hall.board.encoded(topics.of_event("e"), lane))
    return Page(opened, hall.hub.last_id(where), hall.board.mark(), lanes)


def open_stream(hall: Hall, page: Page) -> set[str] | None:
    """What the stream tells the page at first; None for the whole state, which is another test's business."""
    where = hall.board.topic_for(STAGE.id, inside=page.inside)
    missed = hall.hub.missed_since(where, page.last_id)
    if missed is None:
        return None
    told = {lane.value: data for lane, data in hall.board.unknown_since(STAGE.id, page.mark, inside=page.inside)}
    for frame in missed:
        page.take(frame)
    page.lanes |= {lane: json.loads(data) for lane, data in told.items() if lane not in {*FOR_CREW}}
    return {*told}


@dataclass
class Evening:
    """Happenings as they can follow each other, by chance."""

    chance: random.Random
    session: Session | None = None
    plays: list[Play] = field(default_factory=list)
    poll: Poll | None = None
    said: list[Announcement] = field(default_factory=list)
    numbers: Iterator[int] = field(default_factory=lambda: iter(range(10**6)))

    def next(self, hall: Hall) -> list[Happened]:
        """What happens next; some of it happens to the board only, and nothing of it comes back."""
        if self.chance.random() < 0.2:
            self._around(hall)
            return []
        ways = [self._set, self._play, self._words, self._ask, self._say, self._elsewhere]
        return self.chance.choice(ways)()

    def _around(self, hall: Hall) -> None:
        number, belief = next(self.numbers), self.chance.choice([*Belief])
        ways: list[Callable[[], None]] = [
            lambda: hall.board.set_listeners(MAIN, number),
            lambda: hall.board.set_plan_version("e", number),
            lambda: hall.board.set_plan(STAGE.id, StagePlan(belief=belief)),
        ]
        self.chance.choice(ways)()

    def _set(self) -> list[Happened]:
        before = self.session
        if before is None:
            self.session = replace(OPEN, id=f"s{next(self.numbers)}", lock=self.chance.choice([None, LOCK]))
            return [SessionStarted(self.session)]
        way = self.chance.randrange(4)
        if way == 0:
            self.session, self.plays = None, []
            return [SessionEnded(before, EndReason.ENDED)]
        if way == 1:
            self.session = replace(before, lock=None if before.lock else LOCK)
            return [SessionUnlocked(self.session) if before.lock else SessionLocked(self.session, LOCK)]
        self.session = replace(before, away=not before.away)
        return [DjBack(self.session) if before.away else DjAway(self.session)]

    def _play(self) -> list[Happened]:
        if self.session is None:
            return []
        if self.plays and self.chance.random() < 0.2:
            return [PlayRetracted(self.plays.pop())]
        name = f"p{next(self.numbers)}"
        self.plays.append(Play(id=name, session_id=self.session.id, stage_id=STAGE.id, track=track(name), heard=NOW))
        return [PlayAnnounced(self.plays[-1], current=True)]

    def _words(self) -> list[Happened]:
        if not self.plays:
            return []
        play, number = self.plays[-1].id, next(self.numbers)
        tally = TempoTally(faster=number + 1)
        voted = TempoVoted(play_id=play, stage_id=STAGE.id, guest_id="g", vote=Tempo.FASTER, tally=tally)
        words: list[Happened] = [LikeGiven(play, STAGE.id, "g", likes=number + 1), voted]
        return [self.chance.choice(words)]

    def _ask(self) -> list[Happened]:
        if self.poll is None:
            self.poll = Poll(f"poll-{next(self.numbers)}", STAGE.id, None, "?", ("a", "b"), (0, 0), NOW)
            return [PollOpened(self.poll)]
        if self.chance.random() < 0.3:
            over, self.poll = replace(self.poll, end=PollEnd.ENDED, ended=NOW), None
            return [PollClosed(over)]
        self.poll = replace(self.poll, votes=(next(self.numbers), 0))
        return [PollVoted(poll=self.poll, guest_id="g", option=0)]

    def _say(self) -> list[Happened]:
        if self.said and self.chance.random() < 0.4:
            return [AnnouncementEnded(replace(self.said.pop(), ended=Ending.CANCELLED))]
        number = next(self.numbers)
        stage_id = self.chance.choice([STAGE.id, None])
        self.said.append(said(f"<{number}>", event="e", stage=stage_id, session_id=None))
        return [AnnouncementMade(self.said[-1])]

    def _elsewhere(self) -> list[Happened]:
        name = f"n{next(self.numbers)}"
        event = EventChanged(Event(id="e", name=name, guest_key=b"k" * 32, zone="UTC"))
        stage = StageChanged(replace(STAGE, name=name, doors=self.chance.choice([*Doors])))
        ending = Closing("s", STAGE.id, NOW, songs=next(self.numbers))
        closing = ClosingSaid(session_id="s", stage_id=STAGE.id, closing=self.chance.choice([ending, None]))
        happened: list[Happened] = [event, stage, closing]
        return [self.chance.choice(happened)]


@pytest.mark.parametrize("is_paced", [False, True])
@pytest.mark.parametrize("seed", range(4))
def test_a_page_knows_everything_however_much_happened_before_its_stream_opened(
    seed: int, is_paced: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Any of some hundred pages of evenings by chance, outside of locks and inside."""
    resumed: list[set[str]] = []
    if not is_paced:
        monkeypatch.setattr(board_module, "_pace_s", lambda _: 0.0)

    async def scene() -> None:
        hall, evening = Hall(), Evening(random.Random(seed))
        pages: list[Page] = []
        for _ in range(STEPS):
            pages += [drawn(hall), drawn(hall, LOCK)]
            hall.board.on_commit(evening.next(hall))
            await asyncio.sleep(0)
            for page in pages:
                told = open_stream(hall, later := replace(page, lanes=dict(page.lanes)))
                if told is not None:
                    resumed.append(told)
                    assert later.shows() == drawn(hall, *page.inside).shows()
            del pages[: -2 * APART]
        hall.board.stop()

    run(scene)
    assert len(resumed) > STEPS
    # No more was told than a few happenings can have changed; what is paced may be told once more.
    assert is_paced or sum(map(len, resumed)) < 3 * len(resumed)


def test_a_lane_that_changed_in_between_is_told_and_no_other() -> None:
    async def scene() -> None:
        hall = Hall()
        hall.board.on_commit([SessionStarted(OPEN)])
        await asyncio.sleep(EVENT_EVERY_S + 0.05)
        page = drawn(hall)
        assert open_stream(hall, page) == set()
        hall.board.on_commit([AnnouncementMade(said("new", event="e"))])
        assert open_stream(hall, page) == {"event_notices"}
        hall.board.set_listeners(MAIN, 5)
        hall.board.set_listeners(MAIN, 6)  # told later, because the first was told just now
        assert open_stream(hall, page) == {"event_notices", "listeners"}
        assert (page.lanes["event_notices"]["notices"][0]["text"], page.lanes["listeners"]["listeners"]) == ("new", 6)
        assert open_stream(hall, drawn(hall)) == {"listeners"}
        hall.board.stop()

    run(scene)


@pytest.mark.parametrize("mark", [None, 10**12])
def test_a_page_that_does_not_say_what_it_knows_is_told_every_lane(mark: int | None) -> None:
    async def scene() -> None:
        told = [lane for lane, _ in Hall().board.unknown_since(STAGE.id, mark)]
        assert told == [*(lane for lane in Lane if lane not in NUMBERED), *EventLane]

    run(scene)
