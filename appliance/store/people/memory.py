"""The twin's part for DJs and their keys."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from appliance.domain.models import Dj, DjToken
from appliance.domain.players import Player
from appliance.domain.rules import identity_key


@dataclass
class PeopleTables:
    """Rows are frozen, so a shallow copy saves them."""

    djs: dict[str, Dj] = field(default_factory=dict)
    tokens: dict[str, DjToken] = field(default_factory=dict)


class _Seen(Protocol):
    """Its own tables, and who is no person."""

    djs: dict[str, Dj]
    tokens: dict[str, DjToken]
    players: dict[str, Player]


class MemoryPeopleTransaction:
    """`ports.PeopleTransaction` on dictionaries."""

    _t: PeopleTables

    def dj(self, dj_id: str) -> Dj | None:
        return self._t.djs.get(dj_id)

    def dj_named(self, name: str) -> Dj | None:
        return next((dj for dj in self._t.djs.values() if identity_key(dj.name) == identity_key(name)), None)

    def add_dj(self, dj: Dj) -> None:
        self._t.djs[dj.id] = dj

    def rename_dj(self, dj_id: str, *, name: str) -> None:
        self._t.djs[dj_id] = Dj(dj_id, name)

    def token(self, token_id: str) -> DjToken | None:
        return self._t.tokens.get(token_id)

    def token_named(self, name: str) -> DjToken | None:
        return next((token for token in self._t.tokens.values() if token.name == name), None)

    def add_token(self, token: DjToken) -> None:
        self._t.tokens[token.id] = token

    def tokens_of(self, dj_id: str | None) -> Sequence[DjToken]:
        return [one for one in self._t.tokens.values() if one.revoked_ms is None and dj_id in {None, one.dj_id}]

    def use_token(self, token_id: str, *, up_ms: int, at_ms: int | None) -> None:
        token = self._t.tokens[token_id]
        used_ms = token.used_ms if at_ms is None else at_ms
        self._t.tokens[token_id] = replace(token, used_up_ms=up_ms, used_ms=used_ms)

    def revoke_token(self, token_id: str, *, at_ms: int) -> None:
        token = self._t.tokens[token_id]
        if token.revoked_ms is None:
            self._t.tokens[token_id] = replace(token, revoked_ms=at_ms)


class MemoryPeopleReader:
    """`ports.PeopleReader` on dictionaries."""

    _tables: _Seen

    async def dj(self, dj_id: str) -> Dj | None:
        return self._tables.djs.get(dj_id)

    async def djs(self) -> Sequence[Dj]:
        house = {player.dj_id for player in self._tables.players.values()}
        people = [dj for dj in self._tables.djs.values() if dj.id not in house]
        return sorted(people, key=lambda dj: (identity_key(dj.name), dj.id))

    async def dj_named(self, name: str) -> Dj | None:
        every = self._tables.djs.values()
        return next((dj for dj in every if identity_key(dj.name) == identity_key(name)), None)

    async def tokens_of(self, dj_id: str) -> Sequence[DjToken]:
        return [token for token, dj in self._working() if dj.id == dj_id]

    def _working(self) -> list[tuple[DjToken, Dj]]:
        tokens = self._tables.tokens.values()
        return [(token, self._tables.djs[token.dj_id]) for token in tokens if token.revoked_ms is None]

    async def token_by_digest(self, digest: str) -> tuple[DjToken, Dj] | None:
        return next((found for found in self._working() if found[0].digest == digest), None)

    async def token_by_name(self, name: str) -> tuple[DjToken, Dj] | None:
        return next((found for found in self._working() if found[0].name == name), None)

    async def tokens(self) -> Sequence[tuple[DjToken, Dj]]:
        return self._working()
