"""What is asked of SQLite for the house player: `ports.HouseReader`.

Rows of a whole library become tracks on a thread: on the event loop that would hold up the hall.
"""

import asyncio
import json
import sqlite3
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TypeVar

from appliance.domain.ballots import Ballot
from appliance.domain.house import CheckIn, HouseTrack
from appliance.ports.house import KeptChoice, KnownPlay, StageHouse, Word
from appliance.store.house import rows
from appliance.store.running import Asking
from appliance.store.statements import Parameters

T = TypeVar("T")


class HouseReading(Asking):
    """Each question raises Unavailable when the database can't be read."""

    async def house_tracks(self, *, after: str = "", limit: int = 1000) -> Sequence[HouseTrack]:
        found = await self._all("house_tracks", {"after": after, "limit": limit})
        return await asyncio.to_thread(_each, rows.track, found)

    async def house_tracks_like(self, track_ids: Collection[str]) -> Sequence[HouseTrack]:
        found = await self._all("house_tracks_like", {"ids": json.dumps(sorted(track_ids))})
        return await asyncio.to_thread(_each, rows.track, found)

    async def house_words(self, guest_ids: Collection[str]) -> Sequence[Word]:
        found = await self._all("house_words", {"guest_ids": json.dumps(sorted(guest_ids))})
        return await asyncio.to_thread(_each, rows.word, found)

    async def known_plays(self, play_ids: Collection[str]) -> Sequence[KnownPlay]:
        found = await self._all("known_plays", {"play_ids": json.dumps(sorted(play_ids))})
        return await asyncio.to_thread(_each, rows.known_play, found)

    async def stage_house(self, stage_id: str) -> StageHouse | None:
        row = await self._one("stage_house", {"stage_id": stage_id})
        return rows.stage_house(row) if row else None

    async def check_ins(self) -> Sequence[CheckIn]:
        return [rows.check_in(row) for row in await self._all("check_ins", {})]

    async def disliked_among(self, guest_id: str, play_ids: Sequence[str]) -> frozenset[str]:
        found = await self._all("disliked_among", {"guest_id": guest_id, "play_ids": json.dumps(list(play_ids))})
        return frozenset(row["play_id"] for row in found)

    async def dislikes_of_plays(self, play_ids: Sequence[str]) -> Mapping[str, int]:
        found = await self._all("dislikes_of_plays", {"play_ids": json.dumps(list(play_ids))})
        return {row["play_id"]: row["n"] for row in found}

    async def _ballots(self, name: str, parameters: Parameters) -> list[Ballot]:
        found = [await self._one("ballot", {"id": row["id"]}) for row in await self._all(name, parameters)]
        return [rows.ballot(row) for row in found if row is not None]

    async def newest_ballot(self, stage_id: str) -> Ballot | None:
        found = await self._ballots("newest_ballot", {"stage_id": stage_id})
        return found[0] if found else None

    async def newest_ballots(self) -> Sequence[Ballot]:
        return await self._ballots("newest_ballots", {})

    async def ballot_word(self, ballot_id: str, guest_id: str) -> int | None:
        row = await self._one("ballot_word", {"ballot_id": ballot_id, "guest_id": guest_id})
        return rows.ballot_word(row).place if row else None

    async def choices(self, stage_id: str, *, limit: int) -> Sequence[KeptChoice]:
        found = await self._all("house_choices", {"stage_id": stage_id, "limit": limit})
        return [rows.choice(row) for row in found]


def _each(make: Callable[[sqlite3.Row], T], found: Sequence[sqlite3.Row]) -> list[T]:
    return [make(row) for row in found]
