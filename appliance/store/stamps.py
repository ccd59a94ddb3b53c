"""Between columns and stamps: every topic's rows spell a moment alike."""

import sqlite3

from appliance.domain.models import ClockTrust, Stamp
from appliance.store.statements import Parameters


def stamp(row: sqlite3.Row, prefix: str) -> Stamp:
    """The stamp in the columns that begin with `prefix`."""
    return Stamp(
        boot=row[f"{prefix}_boot"],
        boot_ms=row[f"{prefix}_boot_ms"],
        wall_ms=row[f"{prefix}_wall_ms"],
        trust=ClockTrust(row[f"{prefix}_trust"]),
    )


def stamp_parameters(stamp: Stamp) -> Parameters:
    """A stamp as the parameters that every statement names alike."""
    return {"boot": stamp.boot, "boot_ms": stamp.boot_ms, "wall_ms": stamp.wall_ms, "trust": stamp.trust.value}
