"""Between rows and models of places: the one place that knows both their column names and field names."""

import sqlite3

from appliance.domain.models import Doors, Event, Phase, Stage
from appliance.store.statements import Parameters


def event(row: sqlite3.Row) -> Event:
    return Event(
        id=row["id"],
        name=row["name"],
        guest_key=row["guest_key"],
        phase=Phase(row["phase"]),
        zone=row["zone"],
        starts_ms=row["starts_ms"],
        ends_ms=row["ends_ms"],
        capacity=row["capacity"],
        accent=row["accent"],
        logo=row["logo"],
    )


def event_parameters(event: Event) -> Parameters:
    return {
        "id": event.id,
        "name": event.name,
        "phase": event.phase.value,
        "zone": event.zone,
        "starts_ms": event.starts_ms,
        "ends_ms": event.ends_ms,
        "capacity": event.capacity,
        "accent": event.accent,
        "logo": event.logo,
    }


def stage(row: sqlite3.Row) -> Stage:
    return Stage(
        id=row["id"],
        event_id=row["event_id"],
        name=row["name"],
        doors=Doors(row["doors"]),
        capacity=row["capacity"],
    )


def stage_parameters(stage: Stage) -> Parameters:
    return {"id": stage.id, "name": stage.name, "doors": stage.doors.value, "capacity": stage.capacity}
