"""What happens to the box itself: its clock, its portal, its journal, its disk, and the notifications it asks for."""

from dataclasses import dataclass
from typing import ClassVar

from appliance.domain.events.base import Body
from appliance.domain.intents import Intent
from appliance.domain.models import Stamp
from appliance.domain.portal import Mode
from appliance.domain.timekeeping import Anchor, Hint


@dataclass(frozen=True, slots=True)
class ClockSet:
    """Somebody told the box what time it is."""

    kind: ClassVar[str] = "clock.set"
    #: what the clock goes by from now on
    anchor: Anchor
    #: the same moment as it was told before
    before: Stamp
    #: who said so, such as `staff`
    source: str

    def body(self) -> Body:
        before = self.before
        head: Body = {"source": self.source, "boot": self.anchor.boot, "boot_ms": self.anchor.boot_ms}
        return head | {"wall_ms": self.anchor.wall_ms, "old_wall_ms": before.wall_ms, "old_trust": before.trust.value}


@dataclass(frozen=True, slots=True)
class TimeAnchored:
    """Somebody who should know said what time it is. Nothing on the box goes by it; whoever reads the journal may."""

    kind: ClassVar[str] = "time.anchored"
    hint: Hint

    def body(self) -> Body:
        anchor = self.hint.anchor
        head: Body = {"source": self.hint.source, "boot": anchor.boot, "boot_ms": anchor.boot_ms}
        return head | {"wall_ms": anchor.wall_ms, "error_ms": self.hint.error_ms}


@dataclass(frozen=True, slots=True)
class IntentMade:
    """A notification should be sent."""

    kind: ClassVar[str] = "intent.made"
    intent: Intent

    def body(self) -> Body:
        intent = self.intent
        return {
            "intent": intent.id,
            "kind": intent.kind,
            "event": intent.event_id,
            "stage": intent.stage_id,
            "collapse": intent.collapse,
            "expires_after_s": intent.expires_after_s,
            "urgency": intent.urgency,
            "title": intent.title,
            "text": intent.text,
            "path": intent.path,
        }


@dataclass(frozen=True, slots=True)
class IntentRetracted:
    """A notification should not be sent any more: what it tells is not so."""

    kind: ClassVar[str] = "intent.retracted"
    intent_id: str

    def body(self) -> Body:
        return {"intent": self.intent_id}


@dataclass(frozen=True, slots=True)
class PortalModeSet:
    """Staff chose what the captive portal does."""

    kind: ClassVar[str] = "portal.mode_set"
    mode: Mode

    def body(self) -> Body:
        return {"mode": self.mode.value}


@dataclass(frozen=True, slots=True)
class JournalRestored:
    """The database is a copy, taken back after an accident: what came after `last_seq` is lost, and a new epoch begins.

    The first row of the new epoch. Sequences go on from the copy's, so some stand for other rows in the epoch before.
    """

    kind: ClassVar[str] = "journal.restored"
    #: the epoch that the copy was made in
    previous: str
    #: the epoch that begins
    epoch: str
    #: the copy's highest sequence
    last_seq: int

    def body(self) -> Body:
        return {"previous": self.previous, "epoch": self.epoch, "last_seq": self.last_seq}


@dataclass(frozen=True, slots=True)
class BoxShed:
    """Something was given up for want of room on the disk."""

    kind: ClassVar[str] = "box.shed"
    #: what, such as `presence_detail`
    what: str
    #: how many
    n: int

    def body(self) -> Body:
        return {"what": self.what, "n": self.n}
