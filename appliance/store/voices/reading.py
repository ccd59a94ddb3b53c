"""What pages ask of SQLite about what guests say: `ports.VoicesReader`."""

import json
from collections.abc import Mapping, Sequence

from appliance.domain.polls import Poll
from appliance.domain.voices import Reactions, Tempo, TempoTally
from appliance.ports.voices import PlayTally
from appliance.store.running import Asking
from appliance.store.sets import rows as set_rows
from appliance.store.statements import Parameters
from appliance.store.voices import rows


class VoicesReading(Asking):
    """Each question raises Unavailable when the database can't be read."""

    async def tempo_votes_among(self, guest_id: str, play_ids: Sequence[str]) -> Mapping[str, Tempo]:
        found = await self._all("tempo_votes_among", {"guest_id": guest_id, "play_ids": json.dumps(list(play_ids))})
        return {row["play_id"]: Tempo(row["vote"]) for row in found}

    async def poll(self, poll_id: str) -> Poll | None:
        row = await self._one("poll", {"id": poll_id})
        return rows.poll(row) if row else None

    async def poll_vote(self, poll_id: str, guest_id: str) -> int | None:
        row = await self._one("poll_vote", {"poll_id": poll_id, "guest_id": guest_id})
        return rows.poll_word(row).option if row else None

    async def _polls(self, name: str, parameters: Parameters) -> Sequence[Poll]:
        found = [await self.poll(row["id"]) for row in await self._all(name, parameters)]
        return [poll for poll in found if poll is not None]

    async def polls_of_stage(self, stage_id: str, *, limit: int) -> Sequence[Poll]:
        return await self._polls("polls_of_stage", {"stage_id": stage_id, "limit": limit})

    async def polls_of_session(self, session_id: str) -> Sequence[Poll]:
        return await self._polls("polls_of_session", {"session_id": session_id})

    async def running_polls(self) -> Sequence[Poll]:
        return await self._polls("running_polls", {})

    async def unheard(self, *, limit: int) -> Sequence[str]:
        return [row["guest_id"] for row in await self._all("unheard", {"limit": limit})]

    async def tallies(self, stage_id: str, *, limit: int) -> Sequence[PlayTally]:
        found = await self._all("plays_of_stage", {"stage_id": stage_id, "limit": limit, "inside": "[]"})
        plays = [set_rows.play(row) for row in found]
        asked = {"play_ids": json.dumps([play.id for play in plays])}
        likes = {row["play_id"]: row["n"] for row in await self._all("raw_likes", dict(asked))}
        tempo: dict[str, TempoTally] = {}
        for row in await self._all("raw_tempo", dict(asked)):
            tempo[row["play_id"]] = tempo.get(row["play_id"], TempoTally()).moved(Tempo(row["vote"]), row["n"])
        return [PlayTally(play, likes.get(play.id, 0), tempo.get(play.id, TempoTally())) for play in plays]

    async def raw_votes(self, poll_ids: Sequence[str]) -> Mapping[str, Mapping[int, int]]:
        raw: dict[str, dict[int, int]] = {}
        for row in await self._all("raw_votes", {"poll_ids": json.dumps(list(poll_ids))}):
            raw.setdefault(row["poll_id"], {})[row["place"]] = row["n"]
        return raw

    async def reactions_of(self, session_id: str) -> Reactions:
        return rows.reactions(await self._all("reactions_of", {"session_id": session_id}))
