"""The twin's part for the trail of privileged acts."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from appliance.domain.audit import DETAIL_MOST, NAME_MOST, Actor, ActorKind, Deed, Entry
from appliance.domain.models import Stamp
from appliance.store.looking import Looking


@dataclass
class AuditTables:
    """Rows are frozen, so a shallow copy saves them."""

    audit: list[tuple[Deed, Actor, Stamp]] = field(default_factory=list)


class MemoryAuditTransaction:
    """`ports.AuditTransaction` on a list."""

    _t: AuditTables

    def audit(self, deed: Deed, *, by: Actor, at: Stamp) -> None:
        self._t.audit.append((replace(deed, name=deed.name[:NAME_MOST], detail=deed.detail[:DETAIL_MOST]), by, at))


class MemoryAuditReader(Looking):
    """`ports.AuditReader` on a list."""

    _tables: AuditTables

    def _called(self, by: Actor) -> str:
        look = self._look()
        match by.kind:
            case ActorKind.ACCOUNT:
                found = look.account(by.id)
            case ActorKind.DJ:
                dj = look.dj(by.id)
                return dj.name if dj else ""
            case _:
                found = None
        return found.name if found else ""

    async def audit(self, *, before: int | None = None, limit: int) -> Sequence[Entry]:
        entries = []
        for number, (deed, by, at) in enumerate(self._tables.audit, start=1):
            on = self._look().account(deed.on)
            if before is None or number < before:
                entries.append(Entry(number, deed, by, self._called(by), on.name if on else deed.name, at))
        return entries[::-1][:limit]
