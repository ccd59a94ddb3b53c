"""What happened: facts that are journaled in the transaction that made them true, and told only after it.

Each has a stable `kind` and a JSON-able `body()`; readers ignore unknown fields and keep unknown kinds.
"""

from dataclasses import dataclass
from typing import ClassVar

from appliance.domain.intents import Intent
from appliance.domain.models import Dj, DjToken, EndReason, Event, Play, Session, Stage, Stamp, TrackInfo
from appliance.domain.portal import Mode
from appliance.domain.presence import HandoverCount, SpanCount
from appliance.domain.timekeeping import Anchor, Hint

#: version of every journal body in this file
BODY_VERSION = 1

Body = dict[str, str | int | float | bool | list[int] | dict[str, int] | None]


def track_body(track: TrackInfo) -> Body:
    """The track's known fields."""
    fields: Body = {
        "artist": track.artist,
        "title": track.title,
        "bpm": track.bpm,
        "key": track.key,
        "energy": track.energy,
        "danceability": track.danceability,
        "brightness": track.brightness,
        "acousticness": track.acousticness,
        "groove": track.groove,
        "bpm_origin": track.bpm_origin.value if track.bpm_origin else None,
        "key_origin": track.key_origin.value if track.key_origin else None,
    }
    return {name: value for name, value in fields.items() if value is not None}


@dataclass(frozen=True, slots=True)
class EventOpened:
    """An event exists. Its guests' key stays on the box."""

    kind: ClassVar[str] = "event.opened"
    event: Event

    def body(self) -> Body:
        return {"event": self.event.id, "name": self.event.name}


@dataclass(frozen=True, slots=True)
class StageOpened:
    """A stage exists."""

    kind: ClassVar[str] = "stage.opened"
    stage: Stage

    def body(self) -> Body:
        return {"stage": self.stage.id, "event": self.stage.event_id, "name": self.stage.name}


@dataclass(frozen=True, slots=True)
class TokenIssued:
    """A DJ has a key for one more device."""

    kind: ClassVar[str] = "token.issued"
    token: DjToken
    dj: Dj

    def body(self) -> Body:
        return {"token": self.token.id, "name": self.token.name, "dj": self.dj.id, "dj_name": self.dj.name}


@dataclass(frozen=True, slots=True)
class TokenRevoked:
    """A DJ's key no longer works."""

    kind: ClassVar[str] = "token.revoked"
    token: DjToken

    def body(self) -> Body:
        return {"token": self.token.id, "dj": self.token.dj_id}


@dataclass(frozen=True, slots=True)
class SessionStarted:
    """A DJ's set began on a stage."""

    kind: ClassVar[str] = "session.started"
    session: Session

    def body(self) -> Body:
        session = self.session
        return {"session": session.id, "stage": session.stage_id, "dj": session.dj_id, "dj_name": session.dj_name}


@dataclass(frozen=True, slots=True)
class SessionEnded:
    """A DJ's set is over."""

    kind: ClassVar[str] = "session.ended"
    session: Session
    reason: EndReason

    def body(self) -> Body:
        return {"session": self.session.id, "stage": self.session.stage_id, "reason": self.reason.value}


@dataclass(frozen=True, slots=True)
class Origin:
    """How a DJ's link came to know of a play."""

    #: the DJ's program, such as `virtualdj`
    source: str
    #: heard, played or loaded
    confidence: str
    #: artist and title as the program says them, before they were tidied for dancers
    raw_artist: str
    raw_title: str

    def body(self) -> Body:
        return {
            "source": self.source,
            "confidence": self.confidence,
            "raw_artist": self.raw_artist,
            "raw_title": self.raw_title,
        }


@dataclass(frozen=True, slots=True)
class PlayAnnounced:
    """A track was heard. `current` says whether it is what dancers see now, or came late and is history."""

    kind: ClassVar[str] = "play.announced"
    play: Play
    current: bool
    #: when a link told of it
    origin: Origin | None = None

    def body(self) -> Body:
        play = self.play
        head: Body = {"play": play.id, "session": play.session_id, "stage": play.stage_id, "age_ms": play.age_ms}
        return head | {"current": self.current} | track_body(play.track) | (self.origin.body() if self.origin else {})


@dataclass(frozen=True, slots=True)
class PlayEnriched:
    """More is known of a play than when it was announced."""

    kind: ClassVar[str] = "play.enriched"
    play: Play
    #: artist and title as a DJ's program says them, when it says them otherwise now
    raw_artist: str | None = None
    raw_title: str | None = None

    def body(self) -> Body:
        said: Body = {"raw_artist": self.raw_artist, "raw_title": self.raw_title}
        raw = {name: value for name, value in said.items() if value is not None}
        return {"play": self.play.id, "stage": self.play.stage_id} | track_body(self.play.track) | raw


@dataclass(frozen=True, slots=True)
class PlayRetracted:
    """The DJ took a play back: it was never heard, or is nobody's business."""

    kind: ClassVar[str] = "play.retracted"
    play: Play

    def body(self) -> Body:
        return {"play": self.play.id, "session": self.play.session_id, "stage": self.play.stage_id}


@dataclass(frozen=True, slots=True)
class PlayStopped:
    """The current track was stopped and nothing follows yet."""

    kind: ClassVar[str] = "play.stopped"
    play: Play

    def body(self) -> Body:
        return {"play": self.play.id, "session": self.play.session_id, "stage": self.play.stage_id}


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


Happened = (
    EventOpened
    | StageOpened
    | TokenIssued
    | TokenRevoked
    | SessionStarted
    | SessionEnded
    | PlayAnnounced
    | PlayEnriched
    | PlayRetracted
    | PlayStopped
    | LikeGiven
    | LikeRemoved
    | ClockSet
    | TimeAnchored
    | PresenceCounted
    | HandoverMeasured
    | GuestForgotten
    | ClaimMade
    | IntentMade
    | PortalModeSet
    | JournalRestored
    | BoxShed
)
