"""Between rows and models of places: the one place that knows both their column names and field names."""

import sqlite3

from appliance.domain.models import Event, Stage


def event(row: sqlite3.Row) -> Event:
    return Event(id=row["id"], name=row["name"], guest_key=row["guest_key"])


def stage(row: sqlite3.Row) -> Stage:
    return Stage(id=row["id"], event_id=row["event_id"], name=row["name"])
