"""Are answered likes really in the database file? Asked after the server was killed, so nothing is merely in memory.

Owns the questions to SQLite. Must not go through any code of the box: it would believe itself.
"""

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

_JOURNALED = """
    SELECT json_extract(body, '$.play'), json_extract(body, '$.guest') FROM journal WHERE kind = 'like.given'
"""


@dataclass(frozen=True, slots=True)
class Missing:
    """Answered likes that are not where they should be."""

    #: not in the table that pages read
    likes: int
    #: not in the journal that is carried to the cloud
    journal: int


def event_key(database: Path) -> bytes:
    """What makes guests' ids of phones' at the box's one event."""
    link = sqlite3.connect(database)
    try:
        key: bytes = link.execute("SELECT guest_key FROM events").fetchone()[0]
    finally:
        link.close()
    return key


def missing(database: Path, answered: Iterable[tuple[str, str]]) -> Missing:
    """Compares (play, guest) pairs that phones were told are stored with what the file holds."""
    promised = set(answered)
    # Not opened as immutable: what was committed shortly before the kill is still in the write-ahead log.
    link = sqlite3.connect(database)
    try:
        likes = set(link.execute("SELECT play_id, guest_id FROM likes"))
        journal = set(link.execute(_JOURNALED))
    finally:
        link.close()
    return Missing(likes=len(promised - likes), journal=len(promised - journal))
