"""Wire formats: JSON that comes in and goes out through any door (REST, MQTT, event stream).

Owns the field names. Unknown fields are ignored, absent ones mean unknown, and every message that leaves carries
`v`. Ranges and lengths are `domain.rules`' business, because texts are cleaned before they are measured; the limits
here are only what the OpenAPI document must say.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, TypeVar

import msgspec
from msgspec import UNSET, UnsetType

from appliance.domain import happenings, polls, rules
from appliance.domain.handover import Note, Offer
from appliance.domain.live_state import StageState
from appliance.domain.models import Doors, Event, Phase, Play, Session, Stage, Stamp, TrackInfo
from appliance.errors import Invalid
from appliance.ports import HeardBefore
from appliance.wire_house import BallotOut, ballot_out
from appliance.wire_voices import PollOut, TempoOut, poll_out, reactions_out, tempo_out

VERSION = 1

_In = TypeVar("_In")
_encoder = msgspec.json.Encoder()
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Bpm = Annotated[float, msgspec.Meta(ge=rules.BPM_MIN, le=rules.BPM_MAX, description="Beats per minute.")]
Score = Annotated[float, msgspec.Meta(ge=rules.SCORE_MIN, le=rules.SCORE_MAX)]
Text = Annotated[str, msgspec.Meta(min_length=1)]
Capacity = Annotated[int, msgspec.Meta(ge=1, le=happenings.CAPACITY_MOST, description="Guests there is room for.")]
SendersId = Annotated[str, msgspec.Meta(pattern=rules.SENDERS_ID)]


class PlayIn(msgspec.Struct, frozen=True, kw_only=True):
    """A DJ announces a track."""

    title: Text
    artist: Text
    #: the sender's own id: the same id again is the same play
    id: SendersId | None = None
    bpm: Bpm | None = None
    key: Annotated[str, msgspec.Meta(description="Musical key, at most 10 characters.")] | None = None
    energy: Score | None = None
    danceability: Score | None = None
    brightness: Score | None = None
    acousticness: Score | None = None
    groove: Score | None = None
    #: how long ago it began, in milliseconds; for plays that waited for a connection
    age_ms: Annotated[int, msgspec.Meta(ge=0, le=30 * 24 * 3600 * 1000)] = 0

    def track(self) -> TrackInfo:
        """The track as sent, not cleaned yet."""
        return TrackInfo(
            artist=self.artist,
            title=self.title,
            bpm=self.bpm,
            key=self.key,
            energy=self.energy,
            danceability=self.danceability,
            brightness=self.brightness,
            acousticness=self.acousticness,
            groove=self.groove,
        )


class StartIn(msgspec.Struct, frozen=True, kw_only=True):
    """A DJ starts, or goes on with, a session."""

    #: replace a DJ who has been silent for more than five minutes
    take_over: bool = False
    #: put the set behind these six digits: without them dancers see only that somebody plays
    pin: str | None = None


class HandoverIn(msgspec.Struct, frozen=True, kw_only=True):
    """A DJ lets another one go on."""

    #: the other one's name or id; without it, whoever comes next may
    to: Annotated[str, msgspec.Meta(min_length=1, max_length=500)] | None = None
    #: what the next DJ should know
    note: str | None = None


class NoteIn(msgspec.Struct, frozen=True, kw_only=True):
    """What the next DJ on the stage should know."""

    text: str


class MqttIn(msgspec.Struct, frozen=True, kw_only=True):
    """What every request through the broker may carry beside its own fields."""

    #: the stage meant; not needed while the DJ has one session
    stage: str | None = None
    #: the session meant; not needed while the DJ has one session
    session: str | None = None
    #: comes back in the reply
    ref: Annotated[str, msgspec.Meta(max_length=64)] | None = None


class TrackOut(msgspec.Struct, frozen=True, kw_only=True):
    """A play as phones see it."""

    play: str
    title: str
    artist: str
    #: UTC as the box believes
    began_at: str
    #: how long ago it began when this was written, milliseconds; phones count from this, not from `began_at`
    age_ms: int
    likes: int
    bpm: float | UnsetType = UNSET
    key: str | UnsetType = UNSET
    energy: float | UnsetType = UNSET
    danceability: float | UnsetType = UNSET
    brightness: float | UnsetType = UNSET
    acousticness: float | UnsetType = UNSET
    groove: float | UnsetType = UNSET
    #: absent while nobody has voted
    tempo: TempoOut | UnsetType = UNSET


class BeforeOut(msgspec.Struct, frozen=True, kw_only=True):
    """An earlier play of a track at the same event: who played it, on which stage, how long ago."""

    play: str
    title: str
    artist: str
    dj: str
    stage: str
    stage_name: str
    age_ms: int
    bpm: float | UnsetType = UNSET
    key: str | UnsetType = UNSET


class SessionOut(msgspec.Struct, frozen=True, kw_only=True):
    """A DJ's set as phones see it."""

    id: str
    stage: str
    dj: str
    started_at: str
    active: bool
    #: nothing was heard of the DJ for some minutes; the set goes on
    away: bool
    #: what is played is behind a PIN
    private: bool
    #: and whoever this is told to lacks it
    locked: bool


class OfferOut(msgspec.Struct, frozen=True, kw_only=True):
    """Who may take a stage over."""

    session: str
    stage: str
    #: without it, whoever comes next
    to: str | UnsetType = UNSET


class NoteOut(msgspec.Struct, frozen=True, kw_only=True):
    """What a DJ left for the next one."""

    #: the set in which it was written
    session: str
    dj: str
    text: str
    left_at: str


class StageOut(msgspec.Struct, frozen=True, kw_only=True):
    """A stage by its address and name."""

    id: str
    name: str
    event: str
    doors: Doors


class StateOut(msgspec.Struct, frozen=True, kw_only=True):
    """Everything a phone needs to draw a stage."""

    v: int
    stage: StageOut
    listeners: int
    session: SessionOut | UnsetType = UNSET
    now: TrackOut | UnsetType = UNSET
    poll: PollOut | UnsetType = UNSET
    #: by kind, in this session
    reactions: dict[str, int] | UnsetType = UNSET
    #: what the house asks, while it plays
    ballot: BallotOut | UnsetType = UNSET
    #: what the stream tells beside this, by the name of its event; for where streams fail
    lanes: dict[str, msgspec.Raw] | UnsetType = UNSET


class StageLaneOut(msgspec.Struct, frozen=True, kw_only=True):
    """How a stage is called and whether it takes part."""

    v: int
    stage: str
    name: str
    doors: Doors


class StageInEventOut(msgspec.Struct, frozen=True, kw_only=True):
    """A stage as its event lists it."""

    id: str
    name: str
    doors: Doors
    #: who plays there now
    dj: str | UnsetType = UNSET


class EventOut(msgspec.Struct, frozen=True, kw_only=True):
    """An event with its stages in their order."""

    v: int
    event: str
    name: str
    phase: Phase
    stages: list[StageInEventOut]


class NowOut(msgspec.Struct, frozen=True, kw_only=True):
    """What is on; without `now` when nothing is."""

    v: int
    stage: str
    now: TrackOut | UnsetType = UNSET


class SessionLaneOut(msgspec.Struct, frozen=True, kw_only=True):
    """Whose set it is; without `session` between sets."""

    v: int
    stage: str
    session: SessionOut | UnsetType = UNSET


class LikesOut(msgspec.Struct, frozen=True, kw_only=True):
    """How often the current play is liked; without `play` when nothing is on."""

    v: int
    stage: str
    play: str | UnsetType = UNSET
    likes: int | UnsetType = UNSET


class ListenersOut(msgspec.Struct, frozen=True, kw_only=True):
    """How many phones watch the stage."""

    v: int
    stage: str
    listeners: int


def decode(data: bytes, kind: type[_In]) -> _In:
    """JSON as `kind`.

    Raises: Invalid with the code `json_broken` or `json_wrong_shape`.
    """
    try:
        return msgspec.json.decode(data, type=kind)
    except msgspec.ValidationError as error:
        raise Invalid(
            "json_wrong_shape", f"A field can't be used: {error}.", advice="See the API description."
        ) from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Invalid("json_broken", "The body is not valid JSON.", advice="Send one JSON object, as UTF-8.") from error


def encode(value: object) -> bytes:
    """A struct, or plain data, as compact JSON."""
    return _encoder.encode(value)


def fields_of(struct: msgspec.Struct) -> Iterator[tuple[str, object]]:
    """A struct's field names and values, for pages; absent optionals are None."""
    for name in struct.__struct_fields__:
        value = getattr(struct, name)
        yield name, None if value is UNSET else value


def utc(wall_ms: int) -> str:
    """Milliseconds since 1970 as RFC 3339, always with `Z`: `2026-11-20T21:14:03.120Z`."""
    moment = _EPOCH + timedelta(milliseconds=wall_ms)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def known(value: _In | None) -> _In | UnsetType:
    """A value for a field that is left out when there is none."""
    return UNSET if value is None else value


def track_out(play: Play, at: Stamp) -> TrackOut:
    """A play for phones, as seen at `at`."""
    track = play.track
    return TrackOut(
        play=play.id,
        title=track.title,
        artist=track.artist,
        began_at=utc(play.began_ms()),
        age_ms=rules.age_ms(play, at),
        likes=play.likes,
        bpm=known(track.bpm),
        key=known(track.key),
        energy=known(track.energy),
        danceability=known(track.danceability),
        brightness=known(track.brightness),
        acousticness=known(track.acousticness),
        groove=known(track.groove),
        tempo=tempo_out(play.tempo) if play.tempo.votes else UNSET,
    )


def before_out(before: HeardBefore, at: Stamp) -> BeforeOut:
    """An earlier play for DJs, as seen at `at`."""
    play = before.play
    return BeforeOut(
        play=play.id,
        title=play.track.title,
        artist=play.track.artist,
        dj=before.dj_name,
        stage=play.stage_id,
        stage_name=before.stage_name,
        age_ms=rules.age_ms(play, at),
        bpm=known(play.track.bpm),
        key=known(play.track.key),
    )


def session_out(session: Session, *, locked: bool = False) -> SessionOut:
    """A session for phones and DJs; `locked` for those who lack its PIN."""
    return SessionOut(
        id=session.id,
        stage=session.stage_id,
        dj=session.dj_name,
        started_at=utc(session.started.wall_ms),
        active=session.ended is None,
        away=session.away,
        private=session.lock is not None,
        locked=locked,
    )


def offer_out(offer: Offer) -> OfferOut:
    """An offer for DJs."""
    return OfferOut(session=offer.session_id, stage=offer.stage_id, to=offer.to_name or UNSET)


def note_out(note: Note) -> NoteOut:
    """A note for the DJ it is for."""
    return NoteOut(session=note.session_id, dj=note.dj_name, text=note.text, left_at=utc(note.left.wall_ms))


def stage_out(stage: Stage) -> StageOut:
    """A stage for phones."""
    return StageOut(id=stage.id, name=stage.name, event=stage.event_id, doors=stage.doors)


def shown_poll(state: StageState, at: Stamp) -> PollOut | UnsetType:
    """The poll that a stage's pages show at `at`, if any."""
    return poll_out(state.poll, at) if state.poll and polls.is_shown(state.poll, at) else UNSET


def _in_event(state: StageState) -> StageInEventOut:
    stage, dj = state.stage, known(state.session.dj_name if state.session else None)
    return StageInEventOut(id=stage.id, name=stage.name, doors=stage.doors, dj=dj)


def event_out(event: Event, stages: Sequence[StageState]) -> EventOut:
    """An event for phones, with its stages in their order."""
    return EventOut(v=VERSION, event=event.id, name=event.name, phase=event.phase, stages=list(map(_in_event, stages)))


def state_out(state: StageState, at: Stamp, *, lanes: Mapping[str, bytes] | None = None) -> StateOut:
    """A stage's whole state for phones, as seen at `at`; `lanes` are those that are told beside it, if they are asked.

    Each of them is JSON already, as the stream tells it.
    """
    return StateOut(
        v=VERSION,
        stage=stage_out(state.stage),
        listeners=state.listeners,
        session=session_out(state.session, locked=state.is_hidden) if state.session else UNSET,
        now=track_out(state.now, at) if state.now else UNSET,
        poll=shown_poll(state, at),
        reactions=reactions_out(state.reactions) if state.reactions else UNSET,
        ballot=ballot_out(state.ballot) if state.ballot else UNSET,
        lanes={name: msgspec.Raw(data) for name, data in lanes.items()} if lanes is not None else UNSET,
    )
