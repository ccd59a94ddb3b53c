"""What is asked of the store about the trail of privileged acts."""

from collections.abc import Sequence
from typing import Protocol

from appliance.domain.audit import Actor, Deed, Entry
from appliance.domain.models import Stamp


class AuditTransaction(Protocol):
    """The trail inside one write transaction."""

    def audit(self, deed: Deed, *, by: Actor, at: Stamp) -> None:
        """Records a privileged act in the transaction that does it."""
        ...


class AuditReader(Protocol):
    """Questions about the trail."""

    async def audit(self, *, before: int | None = None, limit: int) -> Sequence[Entry]:
        """The newest acts first, older than the number `before`."""
        ...
