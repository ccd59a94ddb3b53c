"""What guests do, and how many are there.

The rows that name a guest call the id `guest`: by that they are found to be erased.
"""

from dataclasses import dataclass
from typing import ClassVar

from appliance.domain.events.base import Body
from appliance.domain.presence import HandoverCount, SpanCount


@dataclass(frozen=True, slots=True)
class LikeGiven:
    """A guest likes a play."""

    kind: ClassVar[str] = "like.given"
    play_id: str
    stage_id: str
    guest_id: str
    #: likes of the play after this one
    likes: int

    def body(self) -> Body:
        return {"play": self.play_id, "guest": self.guest_id}


@dataclass(frozen=True, slots=True)
class LikeRemoved:
    """A guest took a like back."""

    kind: ClassVar[str] = "like.removed"
    play_id: str
    stage_id: str
    guest_id: str
    #: likes of the play after this one
    likes: int

    def body(self) -> Body:
        return {"play": self.play_id, "guest": self.guest_id}


@dataclass(frozen=True, slots=True)
class PresenceCounted:
    """How many were on a stage in a span of time that ends with this row's stamp. Numbers only, no guest."""

    kind: ClassVar[str] = "presence.counted"
    event_id: str
    count: SpanCount

    def body(self) -> Body:
        count = self.count
        return {
            "event": self.event_id,
            "stage": count.stage,
            "span_ms": count.span_ms,
            "minutes": list(count.minutes),
            "guests": count.guests,
            "active": count.active,
            "arrived": count.arrived,
            "left": count.left,
            "came_from": dict(count.came_from),
        }


@dataclass(frozen=True, slots=True)
class HandoverMeasured:
    """How many stayed when one DJ followed another, a quarter of an hour later."""

    kind: ClassVar[str] = "handover.measured"
    count: HandoverCount

    def body(self) -> Body:
        count = self.count
        head: Body = {"stage": count.stage, "from_session": count.from_session, "to_session": count.to_session}
        return head | {"before": count.before, "stayed": count.stayed}


@dataclass(frozen=True, slots=True)
class GuestForgotten:
    """A guest asked to be forgotten; the likes were taken back before. Whoever has the guest's id forgets it too."""

    kind: ClassVar[str] = "guest.forgotten"
    guest_id: str

    def body(self) -> Body:
        return {"guest": self.guest_id}


@dataclass(frozen=True, slots=True)
class ClaimMade:
    """A guest asked for a link that ties this evening to a subscription at the cloud."""

    kind: ClassVar[str] = "claim.made"
    guest_id: str
    event_id: str
    #: where the guest was; None for the event
    stage_id: str | None
    #: SHA-256 of the link's secret, in hexadecimal
    digest: str

    def body(self) -> Body:
        return {"guest": self.guest_id, "event": self.event_id, "stage": self.stage_id, "digest": self.digest}
