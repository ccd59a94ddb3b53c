"""Who a phone is at an event, for tests that look into the database: the same rule that the box goes by."""

import sqlite3
from contextlib import closing
from pathlib import Path

from appliance.domain.guests import guest_at


def key_in(database: Path, *, stage: str = "main-floor") -> bytes:
    """What makes guests of phones at a stage's event."""
    with closing(sqlite3.connect(database)) as connection:
        query = "SELECT guest_key FROM events AS e JOIN stages AS s ON s.event_id = e.id WHERE s.id = ?"
        key: bytes = connection.execute(query, (stage,)).fetchone()[0]
    return key


def guest_in(database: Path, cookie: str, *, stage: str = "main-floor") -> str:
    """The guest id at a stage's event of the phone with this cookie."""
    return guest_at(cookie.partition(".")[0], key=key_in(database, stage=stage))
