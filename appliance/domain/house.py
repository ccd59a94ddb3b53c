"""What the house player chooses from, by which rules, and why it chose. Pure; `appliance.house` does the sums.

Times are hours or minutes that somebody else has told: nothing here looks at a clock.
"""

import re
from dataclasses import dataclass, replace
from enum import StrEnum

from appliance.domain.rules import BPM_MAX, BPM_MIN, clean_text, identity_key, required_text
from appliance.errors import Invalid

#: how long a dancer counts as being in the room after checking in, milliseconds
CHECK_IN_MS = 60 * 60 * 1000
#: a manager's list of genres
GENRES_MOST, GENRE_MAX = 40, 60
_DAY_MIN = 24 * 60
_TIME = re.compile(r"(?:[01]\d|2[0-3]):[0-5]\d", re.ASCII)

#: artist and title as plays tell tracks apart
TrackKey = tuple[str, str]


def track_key(artist: str, title: str) -> TrackKey:
    """What a track is known by, whoever plays it."""
    return identity_key(clean_text(artist)), identity_key(clean_text(title))


@dataclass(frozen=True, slots=True)
class HouseTrack:
    """A track that the house could play."""

    #: the library's id
    id: str
    #: the id of the first track that is the same recording
    group: str
    #: empty when nobody said
    artist: str
    title: str
    #: five numbers around 0, by `analysis.EMBEDDING_AXES`; None when nobody has listened to it
    embedding: tuple[float, float, float, float, float] | None
    #: beats a minute; None when not known
    bpm: float | None
    #: as the file spells it; empty when nobody said
    genre: str = ""
    #: None when nobody said
    is_explicit: bool | None = None

    @property
    def key(self) -> TrackKey:
        """What plays of it are known by."""
        return track_key(self.artist, self.title)


@dataclass(frozen=True, slots=True)
class CheckIn:
    """A dancer is at a stage, by what their phone does or because they said so."""

    dancer: str
    stage_id: str
    #: when that was last seen: milliseconds of the box's up-time over all its boots
    at_ms: int

    def is_valid(self, *, now_ms: int) -> bool:
        """Whether they still count as being here at `now_ms` of the box's up-time."""
        return 0 <= now_ms - self.at_ms < CHECK_IN_MS


@dataclass(frozen=True, slots=True)
class Heard:
    """A track that was played here."""

    track_id: str
    #: how long ago it began, hours
    age_h: float


@dataclass(frozen=True, slots=True)
class HouseRules:
    """What the manager wants."""

    #: only these, spelled in any case; empty for all
    genres: frozenset[str] = frozenset()
    #: whether words that are not for everybody's ears may be heard; what is not known counts as harmless
    allows_explicit: bool = True
    #: beats a minute; None for no bound. A track of unknown tempo is played only where there is no bound
    bpm_from: float | None = None
    bpm_until: float | None = None
    #: minutes of the venue's day between which the house plays; equal for always, and they may span midnight
    opens_min: int = 0
    closes_min: int = 0

    def is_open(self, minute: int) -> bool:
        """Whether the house plays at a minute of the venue's day."""
        if self.opens_min == self.closes_min:
            return True
        since_opening = (minute - self.opens_min) % _DAY_MIN
        return since_opening < (self.closes_min - self.opens_min) % _DAY_MIN

    @property
    def text(self) -> str:
        """In short, for the trail."""
        said = [", ".join(sorted(self.genres)) or "every genre", "" if self.allows_explicit else "nothing explicit"]
        if self.bpm_from is not None or self.bpm_until is not None:
            bounds = [f"{bound:g}" if bound is not None else "any" for bound in (self.bpm_from, self.bpm_until)]
            said.append(" to ".join(bounds) + " BPM")
        if self.opens_min != self.closes_min:
            said.append(f"{time_text(self.opens_min)} to {time_text(self.closes_min)}")
        return "; ".join(filter(None, said))


def time_text(minute: int) -> str:
    """A minute of the day as a clock shows it, such as `23:30`."""
    return f"{minute // 60:02}:{minute % 60:02}"


def minute_of(text: str, *, field: str) -> int:
    """The minute of the day that a time such as `23:30` means.

    Raises: Invalid with the code `<field>_invalid`.
    """
    if not _TIME.fullmatch(text.strip()):
        raise Invalid(f"{field}_invalid", f"“{text.strip()[:20]}” is no time of day.", advice="Write it as 23:30.")
    hour, minute = text.strip().split(":")
    return int(hour) * 60 + int(minute)


def checked(rules: HouseRules) -> HouseRules:
    """The rules as they may be kept, with genres as people write them.

    Raises: Invalid, naming what can't be used.
    """
    genres = {required_text(genre, field="genre", longest=GENRE_MAX) for genre in rules.genres}
    if len(genres) > GENRES_MOST:
        raise Invalid("genres_many", f"{len(genres)} genres are too many; {GENRES_MOST} are the most.")
    bounds = [bound for bound in (rules.bpm_from, rules.bpm_until) if bound is not None]
    # Written so that NaN, which compares false with everything, is refused too.
    if not all(BPM_MIN <= bound <= BPM_MAX for bound in bounds):
        raise Invalid("bpm_out_of_range", f"A tempo lies between {BPM_MIN:g} and {BPM_MAX:g} beats a minute.")
    if bounds != sorted(bounds):
        raise Invalid("bpm_turned", "The slowest tempo is faster than the fastest.", advice="Change them round.")
    if not all(0 <= minute < _DAY_MIN for minute in (rules.opens_min, rules.closes_min)):
        raise Invalid("hours_out_of_range", "A day has no such minute.", advice="Count from midnight: 0 to 1439.")
    return replace(rules, genres=frozenset(genres))


class Why(StrEnum):
    """Why a track was chosen. Pages have a sentence for each."""

    #: the room voted for it
    VOTED = "voted"
    #: dancers in the room liked this very track
    LIKED = "liked"
    #: dancers in the room liked other tracks by the artist
    LIKED_ARTIST = "liked_artist"
    #: dancers in the room are thought to like it, from what they liked
    SOUNDS_LIKE = "sounds_like"
    #: it is the turn of those who had little of their own for a while
    TURN = "turn"
    #: nobody knows yet; the room will tell
    DISCOVERY = "discovery"


@dataclass(frozen=True, slots=True)
class Reason:
    """Why, with what a sentence needs."""

    why: Why
    #: how many dancers in the room it speaks of
    dancers: int = 0
    #: what they liked, for the sentence; empty where it names nothing
    about: str = ""

    @property
    def text(self) -> str:
        """As managers read it."""
        of = f"{self.dancers} of you"
        return {
            Why.VOTED: f"because {of} voted for it",
            Why.LIKED: f"because {of} liked it before",
            Why.LIKED_ARTIST: f"because {of} liked {self.about}",
            Why.SOUNDS_LIKE: f"because {of} liked what sounds like it",
            Why.TURN: f"because it is the turn of {of} who heard little of their own",
            Why.DISCOVERY: "because nobody here knows it yet: tell us",
        }[self.why]


@dataclass(frozen=True, slots=True)
class Choice:
    """One track that could come next."""

    track_id: str
    reason: Reason
    #: the higher, the better it fits; only to be compared within one question
    score: float
