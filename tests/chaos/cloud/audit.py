"""What the box has committed and what the cloud holds, compared as multisets, and each history without a hole.

Must not go through the cloud's or the carrier's own code for reading: they would believe themselves.
"""

import json
import sqlite3
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import asyncpg

#: kind, boot, boot_ms, wall_ms, body with its keys in order
Fact = tuple[str, str, int, int, str]

_ROWS = "SELECT kind, boot, boot_ms, wall_ms, body FROM journal"
_EVENTS = "SELECT epoch, seq, kind, boot, boot_ms, wall_ms, body FROM events WHERE box_id = $1"
_ASIDE = "SELECT epoch, seq, code, raw FROM quarantine WHERE box_id = $1"
_HISTORIES = "SELECT epoch, seq FROM histories WHERE box_id = $1"
_TENANT = "SET ROLE pika_service"


def _fact(kind: str, boot: str, boot_ms: int, wall_ms: int, body: str) -> Fact:
    try:
        body = json.dumps(json.loads(body), sort_keys=True)
    except ValueError:
        body = f"unreadable: {body}"
    return kind, boot, boot_ms, wall_ms, body


def committed(database: Path) -> "Counter[Fact]":
    """Everything in a box's journal."""
    with closing(sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True, timeout=10)) as connection:
        # Whatever the column holds: a row that is no text comes as bytes.
        connection.text_factory = lambda raw: raw.decode("utf-8", "backslashreplace")
        return Counter(_fact(*row) for row in connection.execute(_ROWS))


@dataclass
class Held:
    """What the cloud has of one box."""

    events: "Counter[Fact]" = field(default_factory=Counter)
    #: entries that are no events, by the code
    aside: list[tuple[str, bytes]] = field(default_factory=list)
    histories: int = 0
    alarms: list[str] = field(default_factory=list)
    #: every history that has a hole, in words
    holes: list[str] = field(default_factory=list)


async def held(url: str, box: str) -> Held:
    """What the cloud's database says."""
    connection = await asyncpg.connect(url, timeout=5)
    try:
        await connection.execute(_TENANT)
        events = await connection.fetch(_EVENTS, box)
        aside = await connection.fetch(_ASIDE, box)
        histories = await connection.fetch(_HISTORIES, box)
        alarms = await connection.fetch("SELECT kind FROM alarms WHERE box_id = $1", box)
    finally:
        await connection.close()
    found = Held(histories=len(histories), alarms=[row["kind"] for row in alarms])
    numbers: dict[str, list[int]] = {row["epoch"]: [] for row in histories}
    for row in events:
        found.events[_fact(row["kind"], row["boot"], row["boot_ms"], row["wall_ms"], row["body"])] += 1
        numbers[row["epoch"]].append(row["seq"])
    for row in aside:
        found.aside.append((row["code"], row["raw"]))
        numbers[row["epoch"]].append(row["seq"])
    for row in histories:
        have = sorted(numbers[row["epoch"]])
        if have != list(range(1, row["seq"] + 1)):
            found.holes.append(f"history {row['epoch']} says {row['seq']} and holds {len(have)} entries")
    return found


@dataclass(frozen=True, slots=True)
class Verdict:
    """How the two compare."""

    events: int
    lost: int
    doubled: int
    #: in words, what else is wrong
    wrong: tuple[str, ...] = ()
    forks: int = 0

    @property
    def is_well(self) -> bool:
        """0 lost, 0 doubled, and nothing else."""
        return not (self.lost or self.doubled or self.wrong)


def compare(now: "Counter[Fact]", ever: "Counter[Fact]", cloud: Held, *, aside: int = 0) -> Verdict:
    """`now`: what boxes have; `ever`: what they had at any time; `aside`: rows that are no events."""
    # A row over which the cloud broke down goes as a note.
    notes = [fact for fact in cloud.events.elements() if fact[0] == "box.kept_back"]
    lost = (now - cloud.events).total() - aside
    doubled = sum(times - max(1, ever[fact]) for fact, times in cloud.events.items() if times > max(1, ever[fact]))
    strange = [fact for fact in cloud.events if fact not in ever and fact not in notes]
    wrong = list(cloud.holes)
    if strange:
        wrong.append(f"{len(strange)} that no box ever wrote, such as {strange[0]}")
    if len(cloud.aside) + len(notes) != aside:
        wrong.append(f"{len(cloud.aside)} kept aside and {len(notes)} noted, {aside} expected")
    return Verdict(now.total(), max(0, lost), doubled, tuple(wrong), max(0, cloud.histories - 1))
