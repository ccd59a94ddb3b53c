"""What is asked of the store about DJs and their keys."""

from collections.abc import Sequence
from typing import Protocol

from appliance.domain.models import Dj, DjToken


class PeopleTransaction(Protocol):
    """DJs and their keys inside one write transaction."""

    def dj(self, dj_id: str) -> Dj | None: ...
    def dj_named(self, name: str) -> Dj | None:
        """By name, letter case aside."""
        ...

    def add_dj(self, dj: Dj) -> None: ...
    def rename_dj(self, dj_id: str, *, name: str) -> None:
        """A DJ goes by another name from now on, which nobody has; sets keep the one they had."""
        ...

    def token_named(self, name: str) -> DjToken | None: ...
    def token(self, token_id: str) -> DjToken | None: ...
    def add_token(self, token: DjToken) -> None: ...
    def tokens_of(self, dj_id: str | None) -> Sequence[DjToken]:
        """The tokens of a DJ that work; of everybody for None."""
        ...

    def use_token(self, token_id: str, *, up_ms: int, at_ms: int | None) -> None:
        """Notes that a token is used, at an up-time and, unless None, at a wall time."""
        ...

    def revoke_token(self, token_id: str, *, at_ms: int) -> None: ...


class PeopleReader(Protocol):
    """Questions about DJs and their keys."""

    async def dj(self, dj_id: str) -> Dj | None: ...
    async def djs(self) -> Sequence[Dj]:
        """Everybody who plays, by name. A house player is nobody."""
        ...

    async def dj_named(self, name: str) -> Dj | None:
        """By name, letter case aside."""
        ...

    async def tokens_of(self, dj_id: str) -> Sequence[DjToken]:
        """The tokens of a DJ that work, in the order they were made."""
        ...

    async def token_by_digest(self, digest: str) -> tuple[DjToken, Dj] | None:
        """A token that still works, and whose it is."""
        ...

    async def token_by_name(self, name: str) -> tuple[DjToken, Dj] | None:
        """A token that still works, by its name at the broker."""
        ...

    async def tokens(self) -> Sequence[tuple[DjToken, Dj]]:
        """All that still work, in the order they were made."""
        ...
