"""What is asked of SQLite for the house player: `ports.HouseReader`.

Rows of a whole library become tracks on a thread: on the event loop that would hold up the hall.
"""

import asyncio
import json
import sqlite3
from collections.abc import Callable, Collection, Sequence
from typing import TypeVar

from appliance.domain.house import HouseTrack
from appliance.ports.house import StageHouse, Word
from appliance.store.house import rows
from appliance.store.running import Asking

T = TypeVar("T")


class HouseReading(Asking):
    """Each question raises Unavailable when the database can't be read."""

    async def house_tracks(self) -> Sequence[HouseTrack]:
        return await asyncio.to_thread(_each, rows.track, await self._all("house_tracks", {}))

    async def house_words(self, guest_ids: Collection[str]) -> Sequence[Word]:
        found = await self._all("house_words", {"guest_ids": json.dumps(sorted(guest_ids))})
        return await asyncio.to_thread(_each, rows.word, found)

    async def stage_house(self, stage_id: str) -> StageHouse | None:
        row = await self._one("stage_house", {"stage_id": stage_id})
        return rows.stage_house(row) if row else None


def _each(make: Callable[[sqlite3.Row], T], found: Sequence[sqlite3.Row]) -> list[T]:
    return [make(row) for row in found]
