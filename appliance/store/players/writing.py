"""What a transaction on SQLite does with players: `ports.PlayersTransaction`."""

from collections.abc import Sequence

from appliance.domain.players import Player, Word
from appliance.store.players import rows
from appliance.store.running import Running


class PlayersWriting(Running):
    """Lives on the writer's thread."""

    def player(self, player_id: str) -> Player | None:
        row = self._one("player", {"id": player_id})
        return rows.player(row) if row else None

    def player_with_handle(self, handle: str) -> Player | None:
        row = self._one("player_with_handle", {"handle": handle})
        return rows.player(row) if row else None

    def player_of_dj(self, dj_id: str) -> Player | None:
        row = self._one("player_of_dj", {"dj_id": dj_id})
        return rows.player(row) if row else None

    def players(self) -> Sequence[Player]:
        return [rows.player(row) for row in self._run("working_players", {})]

    def put_player(self, player: Player) -> None:
        self._run("put_player", rows.player_parameters(player))

    def put_player_word(self, player_id: str, word: Word) -> None:
        self._run("put_player_word", {"id": player_id, **rows.word_parameters(word)})
