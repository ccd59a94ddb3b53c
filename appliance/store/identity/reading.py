"""What pages ask of SQLite about what plays are taken for: `ports.IdentityReader`."""

import json
from collections.abc import Collection, Sequence

from appliance.domain.identity import Identity
from appliance.ports.identity import PlayIdentity, TrackName
from appliance.store.identity import rows
from appliance.store.library import rows as library_rows
from appliance.store.running import Asking
from appliance.store.sets import rows as sets_rows


class IdentityReading(Asking):
    """Each question raises Unavailable when the database can't be read."""

    async def identity(self, play_id: str) -> Identity | None:
        row = await self._one("identity", {"play_id": play_id})
        return rows.identity(row) if row else None

    async def track_names(self, *, after: int, limit: int) -> Sequence[TrackName]:
        return [rows.name(row) for row in await self._all("track_names", {"after": after, "limit": limit})]

    async def names_of_tracks(self, track_ids: Collection[str]) -> Sequence[TrackName]:
        found = await self._all("names_of_tracks", {"ids": json.dumps(sorted(track_ids))})
        return [rows.name(row) for row in found]

    async def identities_of_session(self, session_id: str) -> Sequence[PlayIdentity]:
        asked: dict[str, object] = {"session_id": session_id}
        plays = [sets_rows.play(row) for row in await self._all("plays_of_session_in_order", asked)]
        found = {row["play_id"]: rows.identity(row) for row in await self._all("identities_of_session", asked)}
        tracks = {row["id"]: library_rows.track(row) for row in await self._all("library_tracks_of_session", asked)}
        told = []
        for play in plays:
            one = found.get(play.id)
            told.append(PlayIdentity(play, one, tracks.get(one.track_id or "") if one else None))
        return told
