"""What a transaction on SQLite does with shadow bans: `ports.BansTransaction`."""

from appliance.domain.audit import Actor
from appliance.domain.bans import Ban
from appliance.domain.models import Stamp
from appliance.store.bans import rows
from appliance.store.running import Running
from appliance.store.stamps import stamp_parameters
from appliance.store.statements import Parameters


class BansWriting(Running):
    """Lives on the writer's thread."""

    def ban_of(self, guest_id: str) -> Ban | None:
        row = self._one("ban_of", {"guest_id": guest_id})
        return rows.ban(row) if row else None

    def add_ban(self, guest_id: str, *, event_id: str, why: str, by: Actor, at: Stamp) -> None:
        who: Parameters = {"guest_id": guest_id, "event_id": event_id, "by_kind": by.kind.value, "by_id": by.id}
        self._run("add_ban", who | {"why": why} | stamp_parameters(at))

    def lift_ban(self, guest_id: str, *, at: Stamp) -> None:
        self._run("lift_ban", {"guest_id": guest_id, **stamp_parameters(at)})

    def forget_bans(self, guest_id: str) -> None:
        self._run("forget_bans", {"guest_id": guest_id})
