"""What a transaction on SQLite does with DJs and their keys: `ports.PeopleTransaction`."""

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

    def token(self, token_id: str) -> DjToken | None:
        row = self._one("token", {"id": token_id})
        return rows.token(row) if row else None

    def token_named(self, name: str) -> DjToken | None:
        row = self._one("token_named", {"name": name})
        return rows.token(row) if row else None

    def add_token(self, token: DjToken) -> None:
        self._run("add_token", rows.token_parameters(token))

    def revoke_token(self, token_id: str, *, at_ms: int) -> None:
        self._run("revoke_token", {"id": token_id, "at_ms": at_ms})
