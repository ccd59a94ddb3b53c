"""What pages ask of SQLite about DJs and their keys: `ports.PeopleReader`."""

from collections.abc import Sequence

from appliance.domain.models import Dj, DjToken
from appliance.domain.rules import identity_key
from appliance.store.people import rows
from appliance.store.running import Asking


class PeopleReading(Asking):
    """Each question raises Unavailable when the database can't be read."""

    async def dj(self, dj_id: str) -> Dj | None:
        row = await self._one("dj", {"id": dj_id})
        return rows.dj(row) if row else None

    async def djs(self) -> Sequence[Dj]:
        return [rows.dj(row) for row in await self._all("djs", {})]

    async def dj_named(self, name: str) -> Dj | None:
        row = await self._one("dj_named", {"name_key": identity_key(name)})
        return rows.dj(row) if row else None

    async def tokens_of(self, dj_id: str) -> Sequence[DjToken]:
        return [rows.token(row) for row in await self._all("tokens_of", {"dj_id": dj_id})]

    async def token_by_digest(self, digest: str) -> tuple[DjToken, Dj] | None:
        row = await self._one("working_token_by_digest", {"digest": digest})
        return rows.token_and_dj(row) if row else None

    async def token_by_name(self, name: str) -> tuple[DjToken, Dj] | None:
        row = await self._one("working_token_by_name", {"name": name})
        return rows.token_and_dj(row) if row else None

    async def tokens(self) -> Sequence[tuple[DjToken, Dj]]:
        return [rows.token_and_dj(row) for row in await self._all("working_tokens", {})]
