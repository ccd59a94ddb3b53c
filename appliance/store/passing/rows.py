"""Between rows and models of offers and notes."""

import sqlite3

from appliance.domain.handover import Note, Offer
from appliance.store.stamps import stamp


def offer(row: sqlite3.Row) -> Offer:
    return Offer(
        session_id=row["session_id"],
        stage_id=row["stage_id"],
        to_dj_id=row["to_dj_id"],
        to_name=row["to_name"],
        made=stamp(row, "made"),
    )


def note(row: sqlite3.Row) -> Note:
    return Note(
        session_id=row["session_id"],
        stage_id=row["stage_id"],
        dj_id=row["dj_id"],
        dj_name=row["dj_name"],
        text=row["text"],
        left=stamp(row, "left"),
    )
