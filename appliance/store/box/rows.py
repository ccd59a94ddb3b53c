"""Between rows and models of the box itself: the one place that knows both their column names and field names."""

import sqlite3

from appliance.domain.models import Stamp
from appliance.domain.portal import Release
from appliance.store.stamps import stamp


def newest_stamp(row: sqlite3.Row) -> Stamp:
    return stamp(row, "at")


def release(row: sqlite3.Row) -> Release:
    return Release(client=row["client"], granted=stamp(row, "granted"))
