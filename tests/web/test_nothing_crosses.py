"""A hundred stages of ten events with ten phones and a wall each, on real streams of a real server: what is played,
said, asked, counted and planned somewhere reaches those who are there, and nobody else.
"""

import asyncio
import json
import re
import sqlite3
from collections import Counter, defaultdict
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from appliance.domain import guests, signing
from appliance.domain.announcements import AnnouncementLevel, Wanted
from appliance.domain.audit import STAFF, Actor, ActorKind
from appliance.domain.happenings import EventDraft
from appliance.domain.models import Dj, Event, Phase, TrackInfo
from appliance.domain.polls import PollDraft
from appliance.domain.voices import Reaction, Tempo
from appliance.ports import Ports
from appliance.usecases import (
    announcements,
    events,
    likes,
    lineup,
    people,
    plays,
    polls,
    reactions,
    sessions,
    stages,
    tempo,
)
from appliance.usecases.plays import ToldPlay
from appliance.usecases.reactions import Tap
from appliance.usecases.schedule import closing as endings
from appliance.usecases.schedule import slots
from appliance.usecases.schedule.slots import Wanted as WantedSlot
from tests.web.served import Served, serving

EVENTS, STAGES_EACH, PHONES_EACH = 10, 10, 10
STAGES = EVENTS * STAGES_EACH
#: what stands in texts of one stage, or of one event
MARK = re.compile(r"(Title|Question|Said|Slot|DJ|Hall|Stage)-(\d+)x")
#: of these a phone may read about the other stages of its event
OF_EVENT = {"DJ", "Stage"}
WITHIN_S = 8.0


def numbers(stage: int) -> dict[str, Any]:
    """What is counted on a stage in the end; no two neighbours have the same."""
    return {
        "likes": stage % 5 + 1,
        "tempo": {"slower": stage % 3, "perfect": stage % 4, "faster": stage % 2 + 1},
        "votes": [stage % 4, stage % 3 + 1],
        "thanks": stage % 6 + 1,
        "songs": stage % 4,
    }


@dataclass
class Where:
    """One stage with whoever plays there."""

    number: int
    event: Event
    id: str
    dj: Dj
    session: str = ""

    def guest(self, number: int) -> str:
        """Somebody who is there."""
        return guests.guest_at(f"phone{self.number}.{number}", key=self.event.guest_key)


async def event_with_stages(box: Served, number: int) -> list[Where]:
    ports = box.site.ports
    draft = EventDraft(name=f"Hall-{number}x")
    event = await events.add_event(ports, draft=draft, by=STAFF)
    found = []
    for n in range(number * STAGES_EACH, (number + 1) * STAGES_EACH):
        stage = await stages.add_stage(ports, name=f"Stage-{n}x", event_id=event.id)
        issued = await people.issue_token(ports, dj_name=f"DJ-{n}x", verifier=box.site.verifier, by=STAFF)
        await lineup.assign(ports, event_id=event.id, dj_id=issued.dj.id, by=STAFF)
        found.append(Where(n, event, stage.id, issued.dj))
    await events.set_phase(ports, event_id=event.id, phase=Phase.PUBLISHED, by=STAFF)
    return found


async def evening_of(ports: Ports, where: Where) -> None:
    """All that can be said on a stage, by its DJ and by its dancers."""
    n, wanted = where.number, numbers(where.number)
    where.session = (await sessions.start_session(ports, dj=where.dj, stage_id=where.id)).session.id
    track = ToldPlay(track=TrackInfo(artist="A", title=f"Title-{n}x"), session_id=where.session)
    play = (await plays.announce_play(ports, dj=where.dj, told=track)).play
    poll = PollDraft(question=f"Question-{n}x", options=("yes", "no"), lasts_s=None)
    asked = await polls.open_poll(ports, dj=where.dj, draft=poll, pause_s=1, session_id=where.session)
    felt = [vote for vote, count in wanted["tempo"].items() for _ in range(count)]
    chosen = [place for place, count in enumerate(wanted["votes"]) for _ in range(count)]
    said = Wanted(text=f"Said-{n}x", level=AnnouncementLevel.INFO, duration_s=600)
    slot = WantedSlot(where.id, "2026-11-20T20:00", "2026-11-20T21:00", title=f"Slot-{n}x")
    await asyncio.gather(
        *(likes.set_like(ports, guest_id=where.guest(g), play_id=play.id, liked=True) for g in range(wanted["likes"])),
        *(
            tempo.vote(ports, guest_id=where.guest(g), play_id=play.id, tempo=Tempo(vote), stage_id=where.id)
            for g, vote in enumerate(felt)
        ),
        *(
            polls.answer(ports, guest_id=where.guest(g), poll_id=asked.id, option=option, stage_id=where.id)
            for g, option in enumerate(chosen)
        ),
        *(
            reactions.react(ports, guest_id=where.guest(g), tap=Tap(f"r{g}", Reaction.THANK_YOU), stage_id=where.id)
            for g in range(wanted["thanks"])
        ),
        announcements.announce_to_stage(ports, dj=where.dj, wanted=said, session_id=where.session),
        endings.say(ports, dj=where.dj, session_id=where.session, songs=wanted["songs"]),
        slots.add_slot(ports, by=STAFF, event_id=where.event.id, wanted=slot),
    )


@dataclass
class Stream:
    """One phone's or wall's stream, as it came."""

    where: Where
    is_wall: bool
    text: str = ""
    #: bytes
    received: int = 0
    #: what each lane said last
    last: dict[str, dict[str, Any]] = field(default_factory=dict)
    #: how often each lane named which stage and event
    named: Counter[tuple[str, str]] = field(default_factory=Counter)
    _rest: bytes = b""
    _lane: str = ""

    def take(self, data: bytes) -> None:
        self.received += len(data)
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            if line.startswith(b"event: "):
                self._lane = line[7:].decode()
            elif line.startswith(b"data: "):
                self.text += line.decode()
                said = json.loads(line[6:])
                self._note(self._lane, said)

    def _note(self, lane: str, said: dict[str, Any]) -> None:
        self.last[lane] = said
        if "stage" in said and isinstance(said["stage"], str):
            self.named[lane, said["stage"]] += 1
        elif "event" in said and isinstance(said["event"], str):
            self.named[lane, said["event"]] += 1

    def lacks(self) -> dict[str, object]:
        """What it has not heard the end of yet, with what it heard last."""
        wanted, stage = numbers(self.where.number), self.where.number
        ends: dict[str, tuple[str, object]] = {
            "now": ("now.title", f"Title-{stage}x"),
            "likes": ("likes", wanted["likes"]),
            "poll_votes": ("votes", wanted["votes"]),
            "closing": ("songs", wanted["songs"]),
            "listeners": ("listeners", PHONES_EACH),
            **({"reactions": ("reactions.thank_you", wanted["thanks"])} if self.is_wall else {}),
        }
        found = {lane: self._said(lane, place) for lane, (place, end) in ends.items() if self._said(lane, place) != end}
        found |= {lane: self.last.get(lane) for lane in ("notices", "event_notices", "plan") if lane not in self.last}
        tempo_said = {name: self._said("tempo", f"tempo.{name}") for name in wanted["tempo"]}
        return found if tempo_said == wanted["tempo"] else found | {"tempo": self.last.get("tempo")}

    def _said(self, lane: str, place: str) -> object:
        found: Any = self.last.get(lane, {})
        for name in place.split("."):
            found = found.get(name) if isinstance(found, dict) else None
        return found


async def listen(box: Served, stream: Stream, number: int) -> None:
    """Reads one stream until it is cancelled."""
    phone = signing.sign(f"phone{stream.where.number}.{number}", key=box.site.keys.phone, purpose="guest")
    reader, writer = await asyncio.open_connection("127.0.0.1", box.port)
    query = "?as=wall" if stream.is_wall else ""
    head = f"GET /api/v1/stages/{stream.where.id}/stream{query} HTTP/1.1\r\nHost: 127.0.0.1:{box.port}\r\n"
    writer.write(f"{head}Cookie: pika_guest={phone}\r\n\r\n".encode())
    try:
        while data := await reader.read(65536):
            stream.take(data)
    finally:
        writer.close()


async def until_open(streams: list[Stream]) -> None:
    async with asyncio.timeout(WITHIN_S):
        while not all("state" in stream.last for stream in streams):
            await asyncio.sleep(0.05)


async def play_out(box: Served, streams: list[Stream], places: list[Where]) -> list[Stream]:
    listening = [
        asyncio.ensure_future(listen(box, stream, number % (PHONES_EACH + 1))) for number, stream in enumerate(streams)
    ]
    try:
        await until_open(streams)
        await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(happen(box.site.ports, places), box.loop))
        deadline = asyncio.get_running_loop().time() + WITHIN_S
        while (missing := [one for one in streams if one.lacks()]) and (asyncio.get_running_loop().time() < deadline):
            await asyncio.sleep(0.1)
        # What is told at a pace follows within this time, and would be on the wrong phones by then.
        await asyncio.sleep(0.5)
    finally:
        for task in listening:
            task.cancel()
        await asyncio.gather(*listening, return_exceptions=True)
    return missing


async def happen(ports: Ports, places: list[Where]) -> None:
    await asyncio.gather(*(evening_of(ports, where) for where in places))
    halls = {where.event.id: where.event for where in places}.values()
    for event in halls:
        said = Wanted(text=f"{event.name} says", level=AnnouncementLevel.INFO, duration_s=600)
        organiser = Actor(ActorKind.ACCOUNT, event.id)  # each event's own: one who says so much is slowed down
        await announcements.announce_to_event(ports, by=organiser, event_id=event.id, wanted=said)


@dataclass(frozen=True)
class Heard:
    """A whole evening, as it was heard."""

    streams: list[Stream]
    missing: list[Stream]
    #: notifications that should be sent
    intents: list[dict[str, Any]]


@pytest.fixture(scope="module")
def heard(tmp_path_factory: pytest.TempPathFactory) -> Heard:
    data = tmp_path_factory.mktemp("crossing")
    with serving(data) as box:

        async def prepared() -> list[Where]:
            found = await asyncio.gather(*(event_with_stages(box, number) for number in range(EVENTS)))
            return [where for stages_of in found for where in stages_of]

        places = asyncio.run_coroutine_threadsafe(prepared(), box.loop).result(20)
        streams = [Stream(where, is_wall=n == PHONES_EACH) for where in places for n in range(PHONES_EACH + 1)]
        missing = asyncio.run(play_out(box, streams, places))
    return Heard(streams, missing, intents_in(data))


def intents_in(data: Path) -> list[dict[str, Any]]:
    with closing(sqlite3.connect(next(data.glob("*.db")))) as database:
        rows = database.execute("SELECT body FROM journal WHERE kind = 'intent.made'").fetchall()
    return [json.loads(body) for (body,) in rows]


def test_everybody_hears_all_of_the_own_stage(heard: Heard) -> None:
    assert len(heard.streams) == STAGES * (PHONES_EACH + 1)
    assert not [(one.where.number, one.is_wall, one.lacks()) for one in heard.missing]


def test_no_text_of_another_stage_or_event_is_on_any_phone(heard: Heard) -> None:
    for stream in heard.streams:
        number, hall = stream.where.number, stream.where.number // STAGES_EACH
        for kind, found in MARK.findall(stream.text):
            of_hall = int(found) if kind == "Hall" else int(found) // STAGES_EACH
            assert of_hall == hall, (number, kind, found)
            assert kind in OF_EVENT or kind == "Hall" or int(found) == number, (number, kind, found)


def test_no_lane_of_another_stage_or_event_is_on_any_phone(heard: Heard) -> None:
    lanes: defaultdict[str, set[bool]] = defaultdict(set)
    for stream in heard.streams:
        for lane, name in stream.named:
            assert name in {stream.where.id, stream.where.event.id}, (stream.where.number, lane, name)
            lanes[lane].add(stream.is_wall)
    told = {"now", "session", "likes", "listeners", "tempo", "poll", "poll_votes", "closing", "notices"}
    assert told | {"event_notices", "plan", "event"} <= lanes.keys()
    # What is for those who play and for walls is on no dancer's phone.
    assert lanes["reactions"] == {True}


def test_every_notification_is_for_the_stage_or_the_event_it_is_of(heard: Heard) -> None:
    by_stage = {stream.where.id: stream.where for stream in heard.streams}
    for intent in heard.intents:
        marks = {(kind, int(number)) for kind, number in MARK.findall(f"{intent['text']} {intent['title']}")}
        if intent.get("stage") is not None:
            where = by_stage[intent["stage"]]
            assert {number for kind, number in marks if kind != "Hall"} == {where.number}, intent
            assert intent["event"] == where.event.id, intent
        else:
            [(kind, number)] = marks
            of_event = {one.event.id for one in by_stage.values() if one.number // STAGES_EACH == number}
            assert (kind, {intent["event"]}) == ("Hall", of_event), intent
    to_stages = [intent for intent in heard.intents if intent.get("stage") is not None]
    assert Counter(intent["stage"] for intent in to_stages) == dict.fromkeys(by_stage, 2)
    assert len(heard.intents) - len(to_stages) == EVENTS
