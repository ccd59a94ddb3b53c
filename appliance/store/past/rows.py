"""Between rows and models of what was played."""

import sqlite3

from appliance.ports.past import PastSet
from appliance.store.sets import rows as set_rows


def past_set(row: sqlite3.Row) -> PastSet:
    return PastSet(set_rows.session(row), row["stage_name"], row["event_id"], row["tracks"])
