"""The nouns of the evening, each a frozen value. What may happen to them is in `rules`; what happened, in `events`."""

from dataclasses import dataclass, field
from enum import StrEnum

from appliance.domain.origins import FactOrigin
from appliance.domain.voices import TempoTally


class ClockTrust(StrEnum):
    """How far the wall clock could be believed when a stamp was taken; lowest first. The names are stored."""

    #: nobody ever set it: dates are wrong, order is right
    NONE = "none"
    #: goes on from the last time that was known, and is late by as long as the box was off
    SAVED = "saved"
    #: agreed on by guests' phones
    GUESTS = "guests"
    #: set from the phone of staff or a DJ
    DEVICE = "device"
    #: read from a clock with a battery at the start
    RTC = "rtc"
    #: set from the network
    NTP = "ntp"

    @property
    def rung(self) -> int:
        """Its place on the ladder, for comparing: the names themselves sort by letter."""
        return list(ClockTrust).index(self)


@dataclass(frozen=True, slots=True)
class Stamp:
    """One moment. Order by the journal's sequence, never by `wall_ms`."""

    #: the kernel's boot id: `boot_ms` of different boots can't be compared
    boot: str
    #: milliseconds since that boot, suspended time included
    boot_ms: int
    #: milliseconds since 1970 UTC, as the box believed then
    wall_ms: int
    #: how far to believe `wall_ms`
    trust: ClockTrust


class Phase(StrEnum):
    """Where an event is between its idea and its memory. The names are stored."""

    #: only its organisers know
    DRAFT = "draft"
    #: dancers find it
    PUBLISHED = "published"
    #: nothing is played or said any more; what was can still be looked at
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Event:
    """A happening with dates: a collection of stages."""

    #: short random id
    id: str
    #: as organisers call it
    name: str
    #: makes this event's guest ids out of phones' secrets; 32 random bytes, never shown
    guest_key: bytes = field(repr=False)
    phase: Phase = Phase.PUBLISHED
    #: in which its times are told, as the IANA database names it
    zone: str = "UTC"
    #: when it is meant to begin and end, milliseconds since 1970 UTC; None when nobody said
    starts_ms: int | None = None
    ends_ms: int | None = None
    #: guests that it has room for; None when nobody said
    capacity: int | None = None
    #: the colour of its pages, `#rrggbb`; None for the box's own
    accent: str | None = None
    #: the name of its picture's file, which changes with the picture; None without one
    logo: str | None = None


@dataclass(frozen=True, slots=True)
class Logo:
    """An event's picture, as it is served."""

    #: such as `image/png`
    media_type: str
    content: bytes = field(repr=False)


class Doors(StrEnum):
    """Whether a stage takes part now. The names are stored."""

    OPEN = "open"
    #: a break: whoever plays keeps the session
    PAUSED = "paused"
    #: nobody plays there
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Stage:
    """A place with music. It outlives every DJ who plays there, and so does its QR code."""

    #: the slug in addresses and topics, such as `main-floor`
    id: str
    #: the event it belongs to
    event_id: str
    #: as people call it, such as "Main Floor"
    name: str
    doors: Doors = Doors.OPEN
    #: guests that it has room for; None when nobody said
    capacity: int | None = None


@dataclass(frozen=True, slots=True)
class Dj:
    """Someone who plays."""

    #: short random id
    id: str
    #: the name dancers see
    name: str


@dataclass(frozen=True, slots=True)
class DjToken:
    """A key for one of a DJ's devices. The token itself is shown once and never stored."""

    #: short random id
    id: str
    #: whose it is
    dj_id: str
    #: the name in `pika/v1/dj/<name>/...` and at the broker; unique, a slug
    name: str
    #: SHA-256 of the token, in hexadecimal
    digest: str = field(repr=False)
    #: what the broker compares the password with, in mosquitto's own format (PBKDF2-SHA512)
    verifier: str = field(repr=False)
    #: when it was made, milliseconds since 1970 UTC as believed
    created_ms: int
    #: when it was taken back, or None while it works
    revoked_ms: int | None = None
    #: what the DJ calls the device, such as "laptop"; may be empty
    device: str = ""
    #: the box's up-time when it was made or last noted to be used; None for one from before that was counted
    used_up_ms: int | None = None
    #: when it was last noted to be used, milliseconds since 1970 UTC as believed; None when it never was
    used_ms: int | None = None


class EndReason(StrEnum):
    """Why a session is over."""

    ENDED = "ended"
    TAKEN_OVER = "taken_over"
    #: the DJ let another one go on without a gap
    HANDED_OVER = "handed_over"
    LOST = "lost"
    #: the organisers closed the stage, or the event is over
    CLOSED = "closed"
    #: nobody saw it: a link told of it when it was over
    LATE = "late"


@dataclass(frozen=True, slots=True)
class Session:
    """One DJ's set on a stage."""

    #: short random id
    id: str
    #: where
    stage_id: str
    #: who plays
    dj_id: str
    #: the name dancers see, as it was when the session began
    dj_name: str
    #: when it began
    started: Stamp
    #: the DJ's last sign of life
    seen: Stamp
    #: the play that dancers see now, if any
    current_play_id: str | None = None
    #: why it is over, or None while it runs
    ended: EndReason | None = None
    #: when that was; None while it runs, and where an earlier version of the box saw the end
    ended_at: Stamp | None = None
    #: the DJ has been silent for longer than a short loss of connection lasts
    away: bool = False
    #: what its PIN opens; None when everybody may see it
    lock: str | None = None


@dataclass(frozen=True, slots=True)
class TrackInfo:
    """What a DJ's program says of a track. Absent means unknown; zero is a value."""

    #: who made it, at most 500 characters after cleaning; empty when a DJ's program does not know
    artist: str
    #: what it is called, 1 to 500 characters after cleaning
    title: str
    #: beats per minute, 40 to 300
    bpm: float | None = None
    #: musical key as the DJ's program writes it, at most 10 characters
    key: str | None = None
    #: scores from 0 to 100
    energy: float | None = None
    danceability: float | None = None
    brightness: float | None = None
    acousticness: float | None = None
    groove: float | None = None
    #: who says the tempo, and who the key; None where nobody said
    bpm_origin: FactOrigin | None = None
    key_origin: FactOrigin | None = None


@dataclass(frozen=True, slots=True)
class Play:
    """One track heard in one session."""

    #: the sender's own id, or one that the box made; the same id twice is one play
    id: str
    #: in which session
    session_id: str
    #: on which stage
    stage_id: str
    #: what was played
    track: TrackInfo
    #: when the box learned of it
    heard: Stamp
    #: how long before `heard` it began, milliseconds
    age_ms: int = 0
    #: likes now, as they count
    likes: int = 0
    #: tempo votes, as they count
    tempo: TempoTally = field(default_factory=TempoTally)

    def began_ms(self) -> int:
        """When it began, milliseconds since 1970 UTC as the box believed."""
        return self.heard.wall_ms - self.age_ms
