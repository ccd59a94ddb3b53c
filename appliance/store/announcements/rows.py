"""Between rows and models of announcements: the one place that knows both their column names and field names."""

import sqlite3

from appliance.domain.announcements import Announcement, AnnouncementLevel, Ending
from appliance.store.stamps import stamp, stamp_parameters
from appliance.store.statements import Parameters


def announcement(row: sqlite3.Row) -> Announcement:
    return Announcement(
        id=row["id"],
        event_id=row["event_id"],
        stage_id=row["stage_id"],
        session_id=row["session_id"],
        author=row["author"],
        by=row["said_by"],
        text=row["text"],
        level=AnnouncementLevel(row["level"]),
        duration_s=row["duration_s"],
        made=stamp(row, "made"),
        number=row["number"],
        intent_seq=row["intent_seq"],
        phones=row["phones"],
        ended=Ending(row["ended"]) if row["ended"] else None,
    )


def announcement_parameters(said: Announcement) -> Parameters:
    return {
        "id": said.id,
        "event_id": said.event_id,
        "stage_id": said.stage_id,
        "session_id": said.session_id,
        "author": said.author,
        "said_by": said.by,
        "text": said.text,
        "level": said.level.value,
        "duration_s": said.duration_s,
        "intent_seq": said.intent_seq,
        **stamp_parameters(said.made),
    }
