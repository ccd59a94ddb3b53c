"""What a transaction on SQLite does with the trail of privileged acts: `ports.AuditTransaction`."""

from appliance.domain.audit import DETAIL_MOST, NAME_MOST, Actor, Deed
from appliance.domain.models import Stamp
from appliance.store.running import Running
from appliance.store.stamps import stamp_parameters
from appliance.store.statements import Parameters


class AuditWriting(Running):
    """Lives on the writer's thread."""

    def audit(self, deed: Deed, *, by: Actor, at: Stamp) -> None:
        what: Parameters = {
            "act": deed.act,
            "on_id": deed.on,
            "on_name": deed.name[:NAME_MOST],
            "event_id": deed.event_id,
            "detail": deed.detail[:DETAIL_MOST],
        }
        self._run("add_audit", what | {"by_kind": by.kind.value, "by_id": by.id} | stamp_parameters(at))
