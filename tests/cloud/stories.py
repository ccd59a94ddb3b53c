"""Nights as a box tells them: what happened, in the box's own words, sent to the cloud as the box sends it."""

import asyncio
import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field, replace
from typing import Any

import asyncpg
import pytest

from appliance.domain.events import (
    ClockSet,
    EventOpened,
    HandoverMeasured,
    Journaled,
    LikeGiven,
    LikeRemoved,
    PlayAnnounced,
    PlayEnriched,
    PlayRetracted,
    PlayStopped,
    PresenceCounted,
    SessionEnded,
    SessionStarted,
    StageOpened,
    TimeAnchored,
)
from appliance.domain.models import ClockTrust, EndReason, Event, Play, Session, Stage, Stamp, TrackInfo
from appliance.domain.presence import HandoverCount, SpanCount
from appliance.domain.timekeeping import Anchor, Hint
from sync.cloud.derive.projecting import derive_next, enlist
from sync.cloud.ingest import Sender, take
from sync.cloud.store.engine import Database
from sync.journal.batches import Sent, pack, read
from sync.journal.entries import Entry, Position, beginning
from tests.cloud.boxes import BOX, NOW_MS
from tests.support.postgres import TEMPLATE, Postgres

MINUTE = 60_000
HOUR = 60 * MINUTE
EVENT = "e" * 20
#: when the first boot of a story truly began
TRUE_MS = 1_800_000_000_000
MAIN = Stage("main-floor", EVENT, "Main Floor")


@dataclass
class Story:
    """One box's history under one epoch, told with a clock that says what it likes."""

    box: str = BOX
    epoch: str = "e1"
    boot: str = "boot-1"
    boot_ms: int = 10_000
    wall_ms: int = 86_400_000
    entries: list[Entry] = field(default_factory=list)
    _sent: Position | None = None

    def now(self) -> Stamp:
        return Stamp(self.boot, self.boot_ms, self.wall_ms, ClockTrust.NONE)

    def later(self, ms: int) -> "Story":
        """Time goes by."""
        self.boot_ms += ms
        self.wall_ms += ms
        return self

    def reboots(self, boot: str, *, boot_ms: int = 10_000) -> "Story":
        """The plug was pulled and put back."""
        self.boot, self.boot_ms = boot, boot_ms
        return self

    def tell(self, *events: Journaled) -> "Story":
        """Something happened."""
        for event in events:
            self.says(event.kind, event.body())
        return self

    def says(self, kind: str, body: object, *, v: int = 1) -> "Story":
        """The same for what the box has no words for yet, or should not have."""
        number, text = len(self.entries) + 1, json.dumps(body)
        self.entries.append(Entry(number, kind, v, self.boot, self.boot_ms, self.wall_ms, "none", text))
        return self

    def opens(self, *stages: Stage) -> "Story":
        """The doors open."""
        self.tell(EventOpened(Event(EVENT, "Summer Ball", b"key")))
        return self.tell(*(StageOpened(stage) for stage in stages or (MAIN,)))

    def starts(self, session: str, *, dj: str = "Anna", stage: str = MAIN.id) -> "Story":
        return self.tell(SessionStarted(self._session(session, dj=dj, stage=stage)))

    def ends(self, session: str, *, stage: str = MAIN.id) -> "Story":
        return self.tell(SessionEnded(self._session(session, dj="Anna", stage=stage), EndReason.ENDED))

    def _session(self, session: str, *, dj: str, stage: str) -> Session:
        return Session(session, stage, f"dj-{dj}", f"DJ {dj}", started=self.now(), seen=self.now())

    def play(self, play: str, *, session: str = "s1", stage: str = MAIN.id, age_ms: int = 0) -> Play:
        track = TrackInfo(artist="Miles Davis", title=f"Track {play}", bpm=120.5)
        return Play(play, session, stage, track, heard=self.now(), age_ms=age_ms)

    def plays(self, play: str, *, session: str = "s1", stage: str = MAIN.id, age_ms: int = 0) -> "Story":
        told = self.play(play, session=session, stage=stage, age_ms=age_ms)
        return self.tell(PlayAnnounced(told, current=age_ms == 0))

    def likes(self, play: str, *guests: str) -> "Story":
        return self.tell(*(LikeGiven(play, MAIN.id, guest, likes=1) for guest in guests))

    def unlikes(self, play: str, *guests: str) -> "Story":
        return self.tell(*(LikeRemoved(play, MAIN.id, guest, likes=0) for guest in guests))

    def anchored(self, utc_ms: int, *, source: str = "ntp", error_ms: int = 100) -> "Story":
        """Somebody says what time it is now."""
        return self.tell(TimeAnchored(Hint(Anchor(self.boot, self.boot_ms, utc_ms, ClockTrust.NTP), error_ms, source)))

    def set_by_staff(self, utc_ms: int) -> "Story":
        anchor = Anchor(self.boot, self.boot_ms, utc_ms, ClockTrust.DEVICE)
        return self.tell(ClockSet(anchor=anchor, before=self.now(), source="staff"))

    def under(self, epoch: str) -> "Story":
        """The same history, told again from its beginning under another epoch."""
        return replace(self, epoch=epoch, entries=list(self.entries), _sent=None)

    async def send(self, database: Database, sender: Sender, *, page: int = 1_000, most: int | None = None) -> None:
        """Sends what was not sent yet, or the first `most` of it."""
        start = self._sent or beginning(source=self.box, epoch=self.epoch)
        end = len(self.entries) if most is None else start.seq + most
        while start.seq < end:
            lines = [entry.line() for entry in self.entries[start.seq : min(end, start.seq + page)]]
            sent = Sent(self.boot, self.boot_ms, self.wall_ms, "none")
            body, start = pack(lines, source=self.box, epoch=self.epoch, start=start, sent=sent, program="t")
            await take(database, sender, batch=read(body, encoding="zstd"), now_ms=NOW_MS)
        self._sent = start


def span(stage: str = MAIN.id, **numbers: Any) -> PresenceCounted:
    told = {"minutes": (1, 2, 3, 3, 2), "guests": 4, "active": 1, "arrived": 4, "left": 0, "came_from": {}, **numbers}
    return PresenceCounted(EVENT, SpanCount(stage, at_ms=0, span_ms=300_000, **told))


def an_evening() -> Story:
    """Two DJs, one of them late to tell, with everything that can happen."""
    story = Story().opens(MAIN, Stage("cellar", EVENT, "Cellar")).anchored(TRUE_MS)
    story.later(MINUTE).starts("s1").plays("p1").likes("p1", "ann", "bob", "cyd").later(4 * MINUTE)
    story.tell(span()).plays("p2").unlikes("p1", "bob").likes("p2", "ann").later(3 * MINUTE)
    told = story.play("p2")
    story.tell(PlayEnriched(told)).plays("oops").likes("oops", "bob").tell(PlayRetracted(story.play("oops")))
    story.later(MINUTE).tell(PlayStopped(told)).later(MINUTE).ends("s1").starts("s2", dj="Bela")
    story.plays("p4", session="s2").plays("p3", age_ms=3 * MINUTE - 1_000).later(15 * MINUTE)
    story.tell(HandoverMeasured(HandoverCount(MAIN.id, 0, "s1", "s2", before=4, stayed=3)))
    story.tell(span("cellar", came_from={MAIN.id: 2}))
    story.says("tempo.voted", {"play": "p4", "guest": "ann", "vote": "slower"})
    story.says("tempo.voted", {"play": "p4", "guest": "ann", "vote": "perfect"})
    story.says("tempo.voted", {"play": "p4", "guest": "bob", "vote": "faster"})
    story.says("tempo.voted", {"play": "p4", "guest": "bob", "vote": "none"})
    story.says("reaction.sent", {"stage": MAIN.id, "play": None, "guest": "ann", "kind": "thanks", "n": 2})
    story.says("poll.opened", {"poll": "q1", "stage": MAIN.id, "question": "Encore?", "options": ["yes", "no"]})
    for guest, option in (("ann", 0), ("bob", 1), ("bob", 0), ("cyd", 1), ("cyd", None)):
        story.says("poll.voted", {"poll": "q1", "guest": guest, "option": option})
    story.says("poll.opened", {"poll": "q2", "stage": MAIN.id, "question": "More?", "options": ["yes", "no"]})
    story.says("player.changed", {"player": "bar", "name": "Bar", "stage": MAIN.id, "dj": "dj-Bela", "works": True})
    return story.says("poll.closed", {"poll": "q2", "counts": [5, 6]}).later(MINUTE).ends("s2")


async def derive(database: Database, *, page: int = 5_000) -> int:
    """Derives everything; how many entries that were."""
    await enlist(database)
    total = turn = 0
    while (done := await derive_next(database, turn=turn, page=page)) is not None:
        total, turn = total + done, turn + 1
    return total


_TABLES = (
    *("boots", "anchors", "venue_events", "stages", "sets", "plays", "likes", "presence", "handovers", "tempo_votes"),
    *("reactions", "polls", "poll_votes", "skipped"),
)


async def rows(address: str, query: str) -> list[dict[str, object]]:
    """What a query gives, asked past the program by whoever owns the database."""
    if not address.startswith("postgresql:"):
        with closing(sqlite3.connect(address.removeprefix("sqlite:///"))) as file:
            file.row_factory = sqlite3.Row
            return [dict(row) for row in file.execute(query)]
    connection = await asyncpg.connect(address)
    try:
        return [dict(row) for row in await connection.fetch(query)]
    finally:
        await connection.close()


async def tables(address: str) -> dict[str, list[str]]:
    """Every derived row; revisions, which count how often something came, aside."""
    found = {}
    for table in _TABLES:
        every = await rows(address, "SELECT * FROM " + table)  # noqa: S608 - one of the names above
        found[table] = sorted(str({**row, "revision": 0}) for row in every)
    return found


_SWEEP = """
SET session_replication_role = replica;
DO $$ DECLARE name text; BEGIN
    FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'schema_steps' LOOP
        EXECUTE format('DELETE FROM %I', name);
    END LOOP;
END $$;
"""


@pytest.fixture(scope="module")
def shared_postgres(postgres: Postgres) -> Iterator[str]:
    """The address of a database at today's schema, for a whole module: making one takes a second."""
    url = postgres.new_database(template=TEMPLATE)
    yield url
    postgres.drop(url)


@pytest.fixture
def swept_postgres(shared_postgres: str) -> str:
    """The module's database without a row."""

    async def sweep() -> None:
        connection = await asyncpg.connect(shared_postgres)
        try:
            await connection.execute(_SWEEP)
        finally:
            await connection.close()

    asyncio.run(sweep())
    return shared_postgres
