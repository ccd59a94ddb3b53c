"""What is asked of the store about house players."""

from collections.abc import Sequence
from typing import Protocol

from appliance.domain.players import Player, Word


class PlayersTransaction(Protocol):
    """Players inside one write transaction."""

    def player(self, player_id: str) -> Player | None:
        """One player, taken away or not."""
        ...

    def player_with_handle(self, handle: str) -> Player | None:
        """A player by its name at the broker, taken away or not."""
        ...

    def player_of_dj(self, dj_id: str) -> Player | None:
        """The player whose sets a DJ's are; of several the one that works, or the last one. None for people."""
        ...

    def players(self) -> Sequence[Player]:
        """Every player that works, in the order they were made."""
        ...

    def put_player(self, player: Player) -> None:
        """Keeps a player in the place of what was known of it: all but what it said."""
        ...

    def put_player_word(self, player_id: str, word: Word) -> None:
        """Keeps what a player said last."""
        ...


class PlayersReader(Protocol):
    """Questions about players. What they played is `PastReader.plays_of_dj` of their `dj_id`."""

    async def player(self, player_id: str) -> Player | None:
        """One player, taken away or not."""
        ...

    async def players(self) -> Sequence[Player]:
        """Every player that works, in the order they were made."""
        ...

    async def player_by_digest(self, digest: str) -> Player | None:
        """The player that works with a token."""
        ...

    async def player_by_tag(self, tag_digest: str) -> Player | None:
        """The player that works with a tag."""
        ...

    async def player_with_handle(self, handle: str) -> Player | None:
        """A player by its name at the broker, taken away or not."""
        ...
