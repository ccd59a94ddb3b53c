"""Boxes as the cloud meets them: a history that grows, and batches of any part of it."""

import json
from dataclasses import dataclass, field

from sync.cloud.ingest import Sender
from sync.cloud.store.engine import Database
from sync.journal.batches import Batch, Sent, pack, read
from sync.journal.entries import Entry, Position, after_all, beginning

ORG, BOX = "a" * 20, "b" * 16
NOW_MS = 1_790_000_000_000


@dataclass
class History:
    """One box's history under one epoch."""

    box: str = BOX
    epoch: str = "e1"
    lines: list[bytes] = field(default_factory=list)

    def add(self, count: int = 1, *, kind: str = "like.given", **body: object) -> "History":
        """More things happen."""
        for _ in range(count):
            number = len(self.lines) + 1
            text = json.dumps({"n": number, **body}, separators=(",", ":"))
            self.lines.append(Entry(number, kind, 1, "boot-1", number * 1000, NOW_MS + number, "ntp", text).line())
        return self

    def at(self, seq: int) -> Position:
        """The place after an entry."""
        return after_all(beginning(source=self.box, epoch=self.epoch), self.lines[:seq])

    def body(self, first: int = 1, last: int | None = None, *, encoding: str = "zstd") -> bytes:
        """A packed batch of the entries from `first` to `last`."""
        sent = Sent("boot-1", 1, NOW_MS, "ntp")
        start = self.at(first - 1)
        lines = self.lines[first - 1 : last]
        return pack(lines, source=self.box, epoch=self.epoch, start=start, sent=sent, program="t", encoding=encoding)[0]

    def batch(self, first: int = 1, last: int | None = None) -> Batch:
        """As `body`, read."""
        return read(self.body(first, last), encoding="zstd")


async def enrolled(database: Database, *, org: str = ORG, box: str = BOX) -> Sender:
    """An organisation (made where it is new) and a box of it."""
    async with database.transaction(org=None) as tx:
        if org not in {row["org_id"] for row in await tx.all("organisations")}:
            await tx.run("add_organisation", org=org, name="Hall", now_ms=NOW_MS)
        await tx.run("add_box", org=org, box=box, name="Box", version="1", now_ms=NOW_MS)
    return Sender(org, box)


async def stored(database: Database, *, box: str = BOX, epoch: str = "e1") -> list[tuple[int, str]]:
    """What the cloud holds of a history: number, and kind or code."""
    async with database.transaction(org=None) as tx:
        events = await tx.all("events_of", box=box, epoch=epoch, after=0, limit=1_000_000)
        aside = await tx.all("quarantined_of", box=box, epoch=epoch)
    found = [(int(row["seq"]), str(row["kind"])) for row in events]
    return sorted(found + [(int(row["seq"]), str(row["code"])) for row in aside])
