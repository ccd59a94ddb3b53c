"""What is asked of the store about the box itself: facts, phones' releases at the portal, the journal."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from appliance.domain.events import Journaled
from appliance.domain.models import Stamp
from appliance.domain.portal import Release
from appliance.domain.space import Step


@dataclass(frozen=True, slots=True)
class JournalSpan:
    """How much the journal holds."""

    #: highest sequence ever written, 0 when empty
    last_seq: int
    #: rows that wait to be carried to the cloud
    waiting: int


class BoxTransaction(Protocol):
    """The box itself inside one write transaction."""

    def meta(self, name: str) -> str | None:
        """A fact about this box."""
        ...

    def set_meta(self, name: str, value: str | None) -> None:
        """Sets a fact, or forgets it."""
        ...

    def releases(self) -> Sequence[Release]:
        """Every phone's release at the portal, over or not, the oldest first."""
        ...

    def set_release(self, release: Release) -> None:
        """Stores a release in the place of the phone's earlier one."""
        ...

    def end_release(self, client: str) -> None:
        """Forgets a phone's release, if there is one."""
        ...

    def erase_in_journal(self, guest_ids: Sequence[str], *, after: int) -> int | None:
        """Takes what these guests said out of some journal rows behind `after`, if nobody else can know them yet.

        Gives the sequence to go on from, or None at the end. Each such row stays, and says nothing.
        """
        ...

    def shed(self, step: Step, *, at: Stamp) -> int:
        """Gives up journal rows that nobody else can know yet; how many. Each stays, and says less or nothing."""
        ...

    def withdraw_intent(self, intent_id: str, *, seq: int) -> bool:
        """Takes a notification out of its journal row, if nobody else can know it yet; whether that was done."""
        ...

    def record(self, event: Journaled, *, at: Stamp) -> int:
        """Journals what happened in this transaction and tells it once that is durable; the row's sequence."""
        ...


class BoxReader(Protocol):
    """Questions about the box itself."""

    async def meta(self, name: str) -> str | None:
        """A fact about this box."""
        ...

    async def release(self, client: str) -> Release | None:
        """A phone's release at the portal, over or not."""
        ...

    async def newest_stamp(self) -> Stamp | None:
        """When something was stored last, in the order of storing; None in an empty store."""
        ...

    async def journal_span(self) -> JournalSpan: ...
