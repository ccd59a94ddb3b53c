"""Sets begin and end, and tracks are heard in them."""

from dataclasses import dataclass
from typing import ClassVar

from appliance.domain.events.base import Body, track_body
from appliance.domain.identity import Identity
from appliance.domain.library import LibraryTrack
from appliance.domain.models import EndReason, Play, Session


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
class PlayIdentified:
    """A play is taken for a known track, or its DJ said whether it is one."""

    kind: ClassVar[str] = "play.identified"
    identity: Identity
    #: None where nothing was found
    track: LibraryTrack | None
    #: whose word it is; None when the box found it
    dj_id: str | None = None

    def body(self) -> Body:
        one, track = self.identity, self.track
        found: Body = {"play": one.play_id, "confidence": one.confidence, "reason": one.reason.value}
        # The hash is the same on every box.
        known: Body = {"file_hash": track.analysis.file_hash, "artist": track.labels.artist} if track else {}
        title: Body = {"title": track.labels.title} if track else {}
        said: Body = {"dj": self.dj_id} if self.dj_id else {}
        return found | {"verdict": one.verdict.value} | known | title | said


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
