"""What is known of songs: which an organisation has, for which boxes, and what boxes say of them. Knows no bytes.

Everything runs as one organisation, whose rows are all there is to see.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from appliance.errors import NotKnown
from sync.cloud.store.ports import Row, Tx

#: what a box may say of a song
STATES = ("here", "refused", "coming", "gone")
#: songs in one answer to a box, which must stay below what it takes
PAGE = 400


@dataclass(frozen=True, slots=True)
class Song:
    """One song of an organisation."""

    id: str
    #: as boxes keep it
    name: str
    #: bytes
    size: int
    sha256: str
    #: its name in the store
    object: str
    is_for_all: bool
    added_ms: int


@dataclass(frozen=True, slots=True)
class Said:
    """What a box says of a song."""

    song: str
    #: one of STATES
    state: str
    #: why it refuses it, a stable word
    reason: str = ""
    #: bytes of one that is coming
    came: int = 0


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a box is to have."""

    #: stands for all of it
    mark: str
    songs: Sequence[Row]
    #: how many of them the box has, as it said
    here: int


def _unknown() -> NotKnown:
    return NotKnown("song_unknown", "There is no such song.", advice="Look at the list of songs again.")


async def song(tx: Tx, *, org: str, song_id: str) -> Song:
    """One song. Raises: NotKnown with the code `song_unknown`."""
    row = await tx.one("song", org=org, id=song_id)
    if row is None:
        raise _unknown()
    values = {name: row[name] for name in Song.__slots__}
    return Song(**{**values, "is_for_all": bool(row["is_for_all"])})


async def named(tx: Tx, *, org: str, words: str, after: int, limit: int) -> list[Row]:
    """Songs whose name has `words` in it, the latest first."""
    sought = words.strip().lower()
    for sign in "!%_":
        sought = sought.replace(sign, f"!{sign}")
    return await tx.all("songs_named", org=org, words=f"%{sought}%", limit=limit, after=after)


async def delete(tx: Tx, *, org: str, song_id: str, now_ms: int) -> str:
    """A song leaves the cloud, and every box as soon as that hears of it; its name. Raises: as `song`."""
    found = await song(tx, org=org, song_id=song_id)
    await tx.run("song_left", org=org, object=found.object, handle="", now_ms=now_ms)
    await tx.run("song_gone", org=org, id=song_id)
    return found.name


async def give_to(tx: Tx, *, org: str, song_id: str, boxes: Sequence[str] | None) -> None:
    """Says which boxes get a song: those, or all that there are and will be. Raises: as `song`."""
    if not await tx.run("song_for_all", org=org, id=song_id, is_for_all=boxes is None):
        raise _unknown()
    await tx.run("song_for_none", org=org, song=song_id)
    for box in boxes or ():
        await tx.run("song_for_box", org=org, song=song_id, box=box)


async def wanted(tx: Tx, *, org: str, box: str) -> Wanted:
    """Everything that a box is to have."""
    songs = await tx.all("songs_of_box", org=org, box=box)
    here = await tx.one("songs_at_box", org=org, box=box)
    digest = hashlib.sha256("\n".join(f"{row['id']} {row['sha256']}" for row in songs).encode())
    return Wanted(digest.hexdigest()[:32], songs, here["here"] if here is not None else 0)


async def for_box(tx: Tx, *, org: str, box: str, song_id: str) -> tuple[str, int]:
    """A song's name in the store and its size, if the box is to have it. Raises: as `song`."""
    row = await tx.one("song_of_box", org=org, box=box, id=song_id)
    if row is None:
        raise _unknown()
    return row["object"], row["size"]


async def hear(tx: Tx, said: Sequence[Said], *, pause: str, org: str, box: str, now_ms: int) -> None:
    """What a box says of songs, and why it fetches nothing at the moment."""
    for one in said:
        if one.state == "gone":
            await tx.run("song_state_over", org=org, box=box, song=one.song)
            continue
        told = {"state": one.state, "reason": one.reason, "came": one.came}
        await tx.run("song_state", org=org, box=box, song=one.song, now_ms=now_ms, **told)
    await tx.run("song_pause", org=org, box=box, reason=pause, now_ms=now_ms)
