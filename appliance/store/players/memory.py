"""The twin's part for players."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from appliance.domain.players import Player, Word


@dataclass
class PlayersTables:
    """Rows are frozen, so a shallow copy saves them."""

    #: in the order they were made
    players: dict[str, Player] = field(default_factory=dict)


class MemoryPlayersTransaction:
    """`ports.PlayersTransaction` on dictionaries."""

    _t: PlayersTables

    def player(self, player_id: str) -> Player | None:
        return self._t.players.get(player_id)

    def player_with_handle(self, handle: str) -> Player | None:
        return next((one for one in self._t.players.values() if one.handle == handle), None)

    def player_of_dj(self, dj_id: str) -> Player | None:
        found = [one for one in self._t.players.values() if one.dj_id == dj_id]
        return next((one for one in found if one.revoked_ms is None), found[-1] if found else None)

    def players(self) -> Sequence[Player]:
        return [one for one in self._t.players.values() if one.revoked_ms is None]

    def put_player(self, player: Player) -> None:
        before = self._t.players.get(player.id)
        self._t.players[player.id] = replace(player, word=before.word if before else None)

    def put_player_word(self, player_id: str, word: Word) -> None:
        self._t.players[player_id] = replace(self._t.players[player_id], word=word)


class MemoryPlayersReader:
    """`ports.PlayersReader` on dictionaries."""

    _tables: PlayersTables

    async def player(self, player_id: str) -> Player | None:
        return self._tables.players.get(player_id)

    async def players(self) -> Sequence[Player]:
        return self._players_that_work()

    async def player_by_digest(self, digest: str) -> Player | None:
        return next((one for one in self._players_that_work() if one.digest == digest), None)

    async def player_by_tag(self, tag_digest: str) -> Player | None:
        return next((one for one in self._players_that_work() if one.tag_digest == tag_digest), None)

    async def player_with_handle(self, handle: str) -> Player | None:
        return next((one for one in self._tables.players.values() if one.handle == handle), None)

    def _players_that_work(self) -> list[Player]:
        return [one for one in self._tables.players.values() if one.revoked_ms is None]
