"""An event to plan, for tests that play scenes on an evening."""

from collections.abc import Awaitable
from dataclasses import replace
from typing import Any

import pytest

from appliance.domain.audit import STAFF
from appliance.domain.models import Event
from appliance.domain.schedule.slots import Placed
from appliance.errors import BoxError
from appliance.usecases.schedule import slots
from appliance.usecases.schedule.slots import Wanted
from tests.support.evening import Evening


async def event_of(evening: Evening, zone: str = "Europe/Vienna") -> Event:
    """The evening's event, in a zone whose clocks are turned."""
    [event] = await evening.ports.reader.events()
    there = replace(event, zone=zone)
    await evening.ports.store.write(lambda tx: tx.set_event(there))
    return there


def wanted(begins: str = "22:00", ends: str = "23:30", *, title: str = "Show", **fields: object) -> Wanted:
    """A slot of 20 November, or of the dates that are given."""
    begins, ends = (text if "T" in text else f"2026-11-20T{text}" for text in (begins, ends))
    made = Wanted(stage_id="main-floor", begins=begins, ends=ends, title=title)
    return replace(made, **fields)  # type: ignore[arg-type]


def add(evening: Evening, event_id: str, *, wanted: Wanted) -> Awaitable[Placed]:
    return slots.add_slot(evening.ports, by=STAFF, event_id=event_id, wanted=wanted)


def change(evening: Evening, event_id: str, **fields: Any) -> Awaitable[Placed]:
    return slots.change_slot(evening.ports, by=STAFF, event_id=event_id, **fields)


def move(evening: Evening, event_id: str, **fields: Any) -> Awaitable[Placed]:
    return slots.move_slot(evening.ports, by=STAFF, event_id=event_id, **fields)


def drop(evening: Evening, event_id: str, **fields: Any) -> Awaitable[None]:
    return slots.drop_slot(evening.ports, by=STAFF, event_id=event_id, **fields)


async def code_of(doing: Awaitable[object]) -> str:
    """The code of what was refused."""
    with pytest.raises(BoxError) as error:
        await doing
    return error.value.code
