"""What pages ask of SQLite about players: `ports.PlayersReader`."""

from collections.abc import Sequence

from appliance.domain.players import Player
from appliance.store.players import rows
from appliance.store.running import Asking


class PlayersReading(Asking):
    """Each question raises Unavailable when the database can't be read."""

    async def player(self, player_id: str) -> Player | None:
        row = await self._one("player", {"id": player_id})
        return rows.player(row) if row else None

    async def players(self) -> Sequence[Player]:
        return [rows.player(row) for row in await self._all("working_players", {})]

    async def player_by_digest(self, digest: str) -> Player | None:
        row = await self._one("working_player_by_digest", {"digest": digest})
        return rows.player(row) if row else None

    async def player_by_tag(self, tag_digest: str) -> Player | None:
        row = await self._one("working_player_by_tag", {"tag_digest": tag_digest})
        return rows.player(row) if row else None

    async def player_with_handle(self, handle: str) -> Player | None:
        row = await self._one("player_with_handle", {"handle": handle})
        return rows.player(row) if row else None
