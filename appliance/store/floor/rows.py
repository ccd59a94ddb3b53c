"""Between rows and models of counted minutes."""

import sqlite3

from appliance.domain.floor import Minute
from appliance.ports.floor import CountedMinute
from appliance.store.statements import Parameters

_COUNTS = ("guests", "likes", "reactions", "perfect", "other")


def counted(row: sqlite3.Row) -> CountedMinute:
    return CountedMinute(row["session_id"], row["number"], Minute(**{name: row[name] for name in _COUNTS}))


def parameters(one: CountedMinute) -> Parameters:
    place: Parameters = {"session_id": one.session_id, "number": one.number}
    return place | {name: getattr(one.minute, name) for name in _COUNTS}
