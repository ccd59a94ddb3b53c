"""One page of one box's entries into tables, in one transaction: all of it or nothing, and never twice.

Whoever has the box's row in `derivations` has the box; others pass on to the next. A page that the database refuses is
halved until the entry is found that it can't hold; that one is counted and stays in the raw events.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sync.cloud.derive.anchors import Anchor, best
from sync.cloud.derive.changes import COLUMNS, HISTORY, Changes, Raw
from sync.cloud.store.ports import Clash, Database, Row, Tx, ValueRefused

#: of the rules that make tables from entries; another number makes them all anew from the raw events
VERSION = 2
#: entries at once: a tenth of a second in which the process does nothing else
PAGE = 2_000

_MADE = (
    *("derived_histories", "skipped", "boots", "anchors", "venue_events", "stages", "sets", "plays", "likes"),
    *("presence", "handovers", "tempo_votes", "reactions", "polls", "poll_votes", "house_players"),
)
_SAID_BY_GUESTS = ("likes", "tempo_votes", "reactions", "poll_votes")


@dataclass(frozen=True, slots=True)
class Box:
    """Whose entries these are."""

    org_id: str
    box_id: str

    @property
    def row(self) -> dict[str, object]:
        return {"org": self.org_id, "box": self.box_id}


@dataclass(frozen=True, slots=True)
class _Page:
    """Entries of one history, with where it is derived to after them."""

    epoch: str
    number: int
    seq: int
    entries: Sequence[Raw]


async def enlist(database: Database) -> None:
    """Gives every box that ever sent something its turns. Raises: Unavailable."""
    async with database.transaction(org=None) as tx:
        await tx.run("derive_enlist")


async def derive_next(database: Database, *, turn: int, page: int = PAGE) -> int | None:
    """Derives the next page of the box that waited longest; how many entries, or None when no box waits.

    `turn` is when, in any number that grows.
    Raises: Unavailable.
    """
    async with database.transaction(org=None) as tx:
        found = await tx.one("derive_next", version=VERSION)
        if found is None:
            return None
        box = Box(found["org_id"], found["box_id"])
        if found["version"] != VERSION:
            for table in _MADE:
                await tx.run(f"underive_{table}", **box.row)
        await tx.run("derive_turned", turn=turn, version=VERSION, **box.row)
        return await _derive(tx, box, page=page)


async def _derive(tx: Tx, box: Box, *, page: int) -> int:
    """The box's next page, or as much of it as the database can hold."""
    most = page
    while True:
        found = await _next_page(tx, box, most=most)
        if found is None:
            return 0
        try:
            async with tx.savepoint():
                await _apply(tx, box, found)
        except (ValueRefused, Clash):
            if len(found.entries) == 1:
                await _pass_by(tx, box, found)
                return 1
            most = max(1, len(found.entries) // 8)
        else:
            return len(found.entries)


async def _pass_by(tx: Tx, box: Box, page: _Page) -> None:
    """Counts an entry that the database can't hold, and goes on behind it."""
    changes = Changes({})
    for raw in page.entries:
        changes.skip(raw.kind, "value_refused")
    await tx.bulk("derive_skipped", changes.columns("derive_skipped"), **box.row)
    await tx.run("derive_moved", epoch=page.epoch, number=page.number, seq=page.seq, **box.row)


async def _next_page(tx: Tx, box: Box, *, most: int) -> _Page | None:
    """The next entries of the box, its histories one after the other; None when all are derived."""
    number = 0
    for history in await tx.all("derive_histories", **box.row):
        number = history["number"] or number + 1
        after = history["derived_seq"] or 0
        if history["seq"] > after:
            return await _page(tx, box, history, number=number, most=most)
    return None


async def _page(tx: Tx, box: Box, history: Row, *, number: int, most: int) -> _Page:
    epoch, until = str(history["epoch"]), int(history["seq"])
    after = history["derived_seq"] or 0
    rows = await tx.all("derive_page", epoch=epoch, after=after, until=until, most=most, **box.row)
    entries = [
        Raw(number * HISTORY + row["seq"], row["kind"], row["v"], row["boot"], row["boot_ms"], row["body"])
        for row in rows
    ]
    # Entries that were kept aside leave gaps, also at the end.
    return _Page(epoch, number, rows[-1]["seq"] if len(rows) == most else until, entries)


async def _apply(tx: Tx, box: Box, page: _Page) -> None:
    stages = {row["id"]: row["event_id"] for row in await tx.all("derive_known_stages", **box.row)}
    changes = Changes(stages)
    for raw in page.entries:
        changes.add(raw)
    known = {row["guest_id"]: row["place"] for row in await tx.all("derive_known_forgotten", **box.row)}
    changes.forget(known | changes.forgotten)
    for table in COLUMNS:
        if changes.rows[table]:
            await tx.bulk(table, changes.columns(table), **box.row)
    for stage, event in changes.opened.items():
        for adopt in ("derive_adopt_sets", "derive_adopt_plays"):
            await tx.run(adopt, stage=stage, event=event, **box.row)
    await _forget(tx, box, changes, known=known)
    await _believe(tx, box, changes.boots())
    touched = {"events": changes.events, "plays": changes.plays, "polls": changes.polls}
    await tx.run("derive_touch", **{name: json.dumps(sorted(ids)) for name, ids in touched.items()}, **box.row)
    await tx.run("derive_moved", epoch=page.epoch, number=page.number, seq=page.seq, **box.row)


async def _forget(tx: Tx, box: Box, changes: Changes, *, known: Mapping[str, int]) -> None:
    """Takes out what guests said who want to be forgotten; one from before who is told of again, as well."""
    for guest, place in changes.forgotten.items():
        await _take_out(tx, box, guest=guest, place=place)
    for guest in changes.forgotten.keys() | (changes.heard_again & known.keys()):
        await tx.run("forget_raw", guest=guest, **box.row)


async def _take_out(tx: Tx, box: Box, *, guest: str, place: int) -> None:
    await tx.run("forget_guest", guest=guest, place=place, **box.row)
    for table in _SAID_BY_GUESTS:
        await tx.run(f"forget_{table}", guest=guest, **box.row)
    await tx.run("forget_touches", **box.row)


async def forget(tx: Tx, box: Box, *, guest: str, event: str) -> None:
    """Forgets a guest who said so here and not at the box; what still comes of that guest is taken out then."""
    # Whoever derives this box just now ends first.
    await tx.run("derive_wait", **box.row)
    await _take_out(tx, box, guest=guest, place=0)
    await tx.run("forget_raw", guest=guest, **box.row)
    await tx.run("derive_touch", events=json.dumps([event]), plays="[]", polls="[]", **box.row)


async def _believe(tx: Tx, box: Box, boots: Sequence[str]) -> None:
    """Lets each of these boots go by its best anchor; what moves in time by that is noted at its events."""
    found: dict[str, list[Anchor]] = {}
    for row in await tx.all("derive_anchors_of", boots=json.dumps(boots), **box.row):
        found.setdefault(row["boot"], []).append(Anchor(**row))
    for boot, anchors in found.items():
        chosen = best(anchors)
        if chosen is None:
            continue
        told = {"anchor_ms": chosen.boot_ms, "utc_ms": chosen.utc_ms, "error_ms": chosen.error_ms}
        if await tx.run("derive_believe", boot=boot, source=chosen.source, **told, **box.row):
            await tx.run("derive_touch_boot", boot=boot, **box.row)
