"""Between rows and models of shadow bans: the one place that knows both their column names and field names."""

import sqlite3

from appliance.domain.audit import Actor, ActorKind
from appliance.domain.bans import Ban, Weight
from appliance.store.stamps import stamp


def ban(row: sqlite3.Row) -> Ban:
    return Ban(
        number=row["number"],
        guest_id=row["guest_id"],
        event_id=row["event_id"],
        why=row["why"],
        by=Actor(ActorKind(row["by_kind"]), row["by_id"]),
        since=stamp(row, "since"),
        lifted=stamp(row, "lifted") if row["lifted_boot"] is not None else None,
    )


def weight(row: sqlite3.Row) -> Weight:
    return Weight(
        guest_id=row["guest_id"],
        likes=row["likes"],
        tempo_votes=row["tempo_votes"],
        reactions=row["reactions"],
        answers=row["answers"],
        counted=row["counted"],
    )
