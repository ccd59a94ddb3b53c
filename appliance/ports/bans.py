"""What is asked of the store about shadow bans, and about who says how much."""

from collections.abc import Sequence
from typing import Protocol

from appliance.domain.audit import Actor
from appliance.domain.bans import Ban, Weight
from appliance.domain.models import Stamp


class BansTransaction(Protocol):
    """Shadow bans inside one write transaction. A guest's id is of one event."""

    def ban_of(self, guest_id: str) -> Ban | None:
        """The guest's ban, if one is in force."""
        ...

    def add_ban(self, guest_id: str, *, event_id: str, why: str, by: Actor, at: Stamp) -> None:
        """A ban for a guest who has none in force."""
        ...

    def lift_ban(self, guest_id: str, *, at: Stamp) -> None:
        """The guest's ban is not in force any more."""
        ...

    def forget_bans(self, guest_id: str) -> None:
        """Takes out every ban of a guest: who is forgotten leaves none behind."""
        ...


class BansReader(Protocol):
    """Questions about shadow bans."""

    async def bans(self, event_id: str, *, before: int | None = None, limit: int) -> Sequence[Ban]:
        """An event's bans, in force or lifted, the newest first, older than the number `before`."""
        ...

    async def banned_among(self, guest_ids: Sequence[str]) -> frozenset[str]:
        """Whose ban is in force."""
        ...

    async def loudest(self, event_id: str, *, limit: int) -> Sequence[Weight]:
        """Who has said most lately at an event, the most first."""
        ...

    async def weight(self, guest_id: str) -> Weight:
        """All that a guest has said."""
        ...
