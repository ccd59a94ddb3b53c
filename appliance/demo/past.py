"""Puts a whole night into a box's store in seconds: the box's own rules, store and counting, under a clock of its own.

What would come over HTTP goes straight to the use cases here, because no server's clock can be hurried. Everything
after that, from the database on, is the box as it is.
"""

import heapq
import itertools
import time
import uuid
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from appliance.bus.credentials import make_verifier
from appliance.clock import Sources, SystemClock
from appliance.config import Settings
from appliance.demo.script import GARDEN, STAGE_NAMES, DjSet, Evening, Visit
from appliance.domain.audit import TERMINAL
from appliance.domain.events import Happened
from appliance.domain.models import Dj, TrackInfo
from appliance.live.counting import Counting
from appliance.opening import new_id, open_ports, prepare_folders
from appliance.ports import Ports
from appliance.store.reader import SqliteReader
from appliance.usecases import likes, people, plays, sessions, stages

#: where the fictional hall stands
ZONE = "Europe/Berlin"
_DOORS_OPEN_HOUR = 20
#: the box was plugged in before the doors opened
_UPTIME_S = 3600.0
#: the counting goes on until the last hand-over is measured and the last guest is gone
_AFTERWARDS_S = 20 * 60.0


@dataclass(frozen=True, slots=True)
class Played:
    """What the box's own database says of the night."""

    box: str
    event: str
    plays: int
    likes: int


_Act = Callable[[], Awaitable[object]]


@dataclass(slots=True)
class _Hand:
    """The night's clock, moved by whoever tells the night."""

    began_s: float
    now_s: float = 0.0
    boot: str = field(default_factory=lambda: str(uuid.uuid4()))

    def clock(self) -> SystemClock:
        """The box's clock, which reads this hand."""
        return SystemClock(
            Sources(
                wall=lambda: self.began_s + self.now_s,
                boottime=lambda: _UPTIME_S + self.now_s,
                boot=lambda: self.boot,
                from_network=lambda: True,
                from_hardware=lambda _: False,
            )
        )


@dataclass(slots=True)
class _Floor:
    """What is on, by stage, and who looks."""

    playing: dict[str, str] = field(default_factory=dict)
    watching: dict[str, set[str]] = field(default_factory=dict)
    #: each play's likes
    likes: dict[str, int] = field(default_factory=dict)

    def present(self) -> Iterator[tuple[str, Iterable[str]]]:
        """Guests with an open page, by stage."""
        yield from self.watching.items()


def last_evening(*, lasts_s: float) -> datetime:
    """When the doors opened for the last evening that is over by now."""
    zone = ZoneInfo(ZONE)
    now = datetime.fromtimestamp(time.time(), zone)
    opened = now.replace(hour=_DOORS_OPEN_HOUR, minute=0, second=0, microsecond=0)
    while opened + timedelta(seconds=lasts_s) > now:
        opened -= timedelta(days=1)
    return opened


async def play(settings: Settings, evening: Evening) -> Played:
    """The night happens in the data folder of a box that does not run. Raises: BoxError, OSError."""
    prepare_folders(settings)
    lasts_s = evening.ends_s + _AFTERWARDS_S
    hand = _Hand(last_evening(lasts_s=lasts_s).timestamp())
    clock, floor = hand.clock(), _Floor()
    counting = Counting(clock=clock, present=floor.present)

    def on_commit(events: Sequence[Happened]) -> None:
        clock.on_commit(events)
        counting.on_commit(events)

    async def refresh(_: SqliteReader) -> None:
        """Nobody asks the broker tonight."""

    async with open_ports(settings, on_commit=on_commit, refresh=refresh, clock=clock) as (ports, _writer, reader):
        counting.start(ports, states=())
        try:
            for at_s, act in await _story(ports, evening, floor=floor, counting=counting, lasts_s=lasts_s):
                hand.now_s = at_s
                await act()
        finally:
            await counting.stop()
        box, events = await reader.meta("box_id"), await reader.events()
        assert box is not None  # the database was made with one
        return Played(box, events[0].id, plays=len(floor.likes), likes=sum(floor.likes.values()))


async def _story(
    ports: Ports, evening: Evening, *, floor: _Floor, counting: Counting, lasts_s: float
) -> Iterator[tuple[float, _Act]]:
    """Everything that happens, in its order."""
    await stages.add_stage(ports, name=STAGE_NAMES[GARDEN])
    djs = {
        name: (await people.issue_token(ports, dj_name=name, verifier=make_verifier, by=TERMINAL)).dj
        for name in dict.fromkeys(one.dj for sets in evening.sets.values() for one in sets)
    }
    told = itertools.chain(
        *(_set(ports, one, djs[one.dj], floor=floor) for sets in evening.sets.values() for one in sets),
        *(_guest(ports, visits, floor=floor, counting=counting) for visits in evening.dancers),
        ((float(second), counting.turn) for second in range(60, int(lasts_s), 60)),
    )
    number = itertools.count()
    heap = [(at_s, next(number), act) for at_s, act in told]
    heapq.heapify(heap)
    return ((at_s, act) for at_s, _, act in (heapq.heappop(heap) for _ in range(len(heap))))


def _set(ports: Ports, played: DjSet, dj: Dj, *, floor: _Floor) -> Iterator[tuple[float, _Act]]:
    async def begin() -> None:
        await sessions.start_session(ports, dj=dj, stage_id=played.stage)

    async def end() -> None:
        await sessions.end_session(ports, dj=dj, stage_id=played.stage)
        floor.playing.pop(played.stage, None)

    async def stop() -> None:
        await plays.stop_play(ports, dj=dj, stage_id=played.stage)

    def announce(track: TrackInfo) -> _Act:
        async def act() -> None:
            wanted = plays.ToldPlay(track, play_id=new_id(), stage_id=played.stage)
            announced = await plays.announce_play(ports, dj=dj, told=wanted)
            floor.playing[played.stage] = announced.play.id
            floor.likes[announced.play.id] = 0

        return act

    yield played.starts_s, begin
    for slot in played.slots:
        song = slot.song
        yield slot.starts_s, announce(TrackInfo(artist=song.artist, title=song.title, bpm=song.bpm, key=song.key))
        if slot.silence_s:
            yield slot.ends_s, stop
    yield played.ends_s, end


def _guest(ports: Ports, visits: Sequence[Visit], *, floor: _Floor, counting: Counting) -> Iterator[tuple[float, _Act]]:
    guest = new_id()
    liked: list[str] = []

    async def say(play_id: str, heart: bool) -> None:
        floor.likes[play_id] = (await likes.set_like(ports, guest_id=guest, play_id=play_id, liked=heart)).likes

    def come(visit: Visit) -> _Act:
        async def act() -> None:
            counting.see(visit.stage, guest)
            if visit.watches:
                floor.watching.setdefault(visit.stage, set()).add(guest)

        return act

    def go(visit: Visit) -> _Act:
        async def act() -> None:
            floor.watching.get(visit.stage, set()).discard(guest)

        return act

    def tap(visit: Visit, *, heart: bool) -> _Act:
        async def act() -> None:
            counting.see(visit.stage, guest)
            if heart and visit.stage in floor.playing:
                liked.append(floor.playing[visit.stage])
                await say(liked[-1], heart)
            elif not heart and liked:
                await say(liked.pop(), heart)

        return act

    for visit in visits:
        yield visit.arrives_s, come(visit)
        for one in visit.taps:
            yield one.at_s, tap(visit, heart=one.liked)
        yield visit.leaves_s, go(visit)
