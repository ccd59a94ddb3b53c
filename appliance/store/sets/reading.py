"""What pages ask of SQLite about sets, plays and likes: `ports.SetsReader`."""

import json
from collections.abc import Sequence

from appliance.domain.locks import OUTSIDE, Inside
from appliance.domain.models import Play, Session
from appliance.ports import LikedPlay
from appliance.store.running import Asking
from appliance.store.sets import rows


class SetsReading(Asking):
    """Each question raises Unavailable when the database can't be read."""

    async def session(self, session_id: str) -> Session | None:
        row = await self._one("session", {"id": session_id})
        return rows.session(row) if row else None

    async def active_sessions_of(self, dj_id: str) -> Sequence[Session]:
        return [rows.session(row) for row in await self._all("active_sessions_of", {"dj_id": dj_id})]

    async def play(self, play_id: str) -> Play | None:
        row = await self._one("play", {"id": play_id})
        return rows.play(row) if row else None

    async def plays_of_session(self, session_id: str, *, limit: int, inside: Inside = OUTSIDE) -> Sequence[Play]:
        asked = {"session_id": session_id, "limit": limit, "inside": json.dumps(list(inside))}
        return [rows.play(row) for row in await self._all("plays_of_session", asked)]

    async def plays_of_stage(self, stage_id: str, *, limit: int, inside: Inside = OUTSIDE) -> Sequence[Play]:
        asked = {"stage_id": stage_id, "limit": limit, "inside": json.dumps(list(inside))}
        return [rows.play(row) for row in await self._all("plays_of_stage", asked)]

    async def liked_among(self, guest_id: str, play_ids: Sequence[str]) -> frozenset[str]:
        found = await self._all("liked_among", {"guest_id": guest_id, "play_ids": json.dumps(list(play_ids))})
        return frozenset(row["play_id"] for row in found)

    async def liked_by(self, guest_ids: Sequence[str], *, limit: int) -> Sequence[LikedPlay]:
        found = await self._all("liked_by", {"guest_ids": json.dumps(list(guest_ids)), "limit": limit})
        return [LikedPlay(play=rows.play(row), dj_name=row["dj_name"], stage_name=row["stage_name"]) for row in found]
