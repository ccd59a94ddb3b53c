"""What a transaction on SQLite does with DJs and their keys: `ports.PeopleTransaction`."""

from collections.abc import Sequence

from appliance.domain.models import Dj, DjToken
from appliance.domain.rules import identity_key
from appliance.store.people import rows
from appliance.store.running import Running


class PeopleWriting(Running):
    """Lives on the writer's thread."""

    def dj(self, dj_id: str) -> Dj | None:
        row = self._one("dj", {"id": dj_id})
        return rows.dj(row) if row else None

    def dj_named(self, name: str) -> Dj | None:
        row = self._one("dj_named", {"name_key": identity_key(name)})
        return rows.dj(row) if row else None

    def add_dj(self, dj: Dj) -> None:
        self._run("add_dj", {"id": dj.id, "name": dj.name, "name_key": identity_key(dj.name)})

    def rename_dj(self, dj_id: str, *, name: str) -> None:
        self._run("rename_dj", {"id": dj_id, "name": name, "name_key": identity_key(name)})

    def token(self, token_id: str) -> DjToken | None:
        row = self._one("token", {"id": token_id})
        return rows.token(row) if row else None

    def token_named(self, name: str) -> DjToken | None:
        row = self._one("token_named", {"name": name})
        return rows.token(row) if row else None

    def add_token(self, token: DjToken) -> None:
        self._run("add_token", rows.token_parameters(token))

    def tokens_of(self, dj_id: str | None) -> Sequence[DjToken]:
        found = self._run("tokens_of", {"dj_id": dj_id}) if dj_id else self._run("tokens_that_work", {})
        return [rows.token(row) for row in found]

    def use_token(self, token_id: str, *, up_ms: int, at_ms: int | None) -> None:
        self._run("use_token", {"id": token_id, "up_ms": up_ms, "at_ms": at_ms})

    def revoke_token(self, token_id: str, *, at_ms: int) -> None:
        self._run("revoke_token", {"id": token_id, "at_ms": at_ms})
