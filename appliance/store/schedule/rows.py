"""Between rows and models of plans: the one place that knows both their column names and field names."""

import sqlite3
from datetime import timedelta

from appliance.domain.models import Dj
from appliance.domain.schedule.closing import Closing
from appliance.domain.schedule.slots import Booking, Slot
from appliance.domain.wall_time import WallTime
from appliance.ports import HeardBefore
from appliance.store.sets import rows as set_rows
from appliance.store.stamps import stamp, stamp_parameters
from appliance.store.statements import Parameters

#: the longest slot, and as far as the clocks of two zones are ever apart
_NEAR = timedelta(days=3)


def slot(row: sqlite3.Row) -> Slot:
    return Slot(
        id=row["id"],
        event_id=row["event_id"],
        stage_id=row["stage_id"],
        begins=WallTime(row["begins"], again=bool(row["begins_again"])),
        ends=WallTime(row["ends"], again=bool(row["ends_again"])),
        dj=Dj(id=row["dj_id"], name=row["dj_name"]) if row["dj_id"] else None,
        title=row["title"],
        booking=Booking(row["booking"]),
        word=row["word"],
        version=row["version"],
    )


def slot_parameters(slot: Slot) -> Parameters:
    return {
        "id": slot.id,
        "event_id": slot.event_id,
        "stage_id": slot.stage_id,
        "begins": slot.begins.shown,
        "begins_again": int(slot.begins.again),
        "ends": slot.ends.shown,
        "ends_again": int(slot.ends.again),
        "dj_id": slot.dj_id,
        "title": slot.title,
        "booking": slot.booking.value,
        "word": slot.word,
        "version": slot.version,
    }


def near(slot: Slot) -> tuple[str, str]:
    """Between which beginnings another slot can meet this one, by whatever zone's clock."""
    return slot.begins.moved(-_NEAR).shown, slot.ends.moved(_NEAR).shown


def closing(row: sqlite3.Row) -> Closing:
    return Closing(
        session_id=row["session_id"],
        stage_id=row["stage_id"],
        said=stamp(row, "said"),
        songs=row["songs"],
        within_ms=row["within_ms"],
        counted=row["counted"],
        over=bool(row["over"]),
    )


def closing_parameters(closing: Closing) -> Parameters:
    said: Parameters = {
        "session_id": closing.session_id,
        "stage_id": closing.stage_id,
        "songs": closing.songs,
        "within_ms": closing.within_ms,
        "counted": closing.counted,
        "over": int(closing.over),
    }
    return said | stamp_parameters(closing.said)


def heard_before(row: sqlite3.Row) -> HeardBefore:
    return HeardBefore(play=set_rows.play(row), dj_name=row["dj_name"], stage_name=row["stage_name"])
