"""What the hall is told: announcements, for how long they count, how often somebody may make one. Pure.

A DJ tells a stage, as long as the set lasts at most; an organiser tells a whole event, or one of its stages.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from appliance.domain import rules, timekeeping
from appliance.domain.models import Stamp
from appliance.errors import Invalid, Refused

TEXT_MAX = 500
DURATION_MIN_S, DURATION_MAX_S = 30, 12 * 3600
#: how long phones find what was said in their list of it
INBOX_MS = 6 * 3600 * 1000
#: what runs at once, of one set and of one event: more than anybody reads, and small enough for every phone
RUNNING_MOST_OF_SET, RUNNING_MOST_OF_EVENT = 5, 10


class AnnouncementLevel(StrEnum):
    """How much it matters, least first."""

    INFO = "info"
    IMPORTANT = "important"
    #: shown above all else, and read out at once by phones that read aloud
    URGENT = "urgent"

    @property
    def rung(self) -> int:
        """Its place on the ladder, for comparing: the names themselves sort by letter."""
        return list(AnnouncementLevel).index(self)


class Ending(StrEnum):
    """Why an announcement does not count any more."""

    EXPIRED = "expired"
    #: somebody took it back: it is gone from phones as if it had not been said
    CANCELLED = "cancelled"
    #: it was a DJ's, whose set is over
    SET_OVER = "set_over"
    EVENT_OVER = "event_over"
    #: an urgent one needed its place
    CROWDED_OUT = "crowded_out"
    #: the box went on from a copy of its database, and nobody knows whether it was taken back since
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody wants to say."""

    text: str
    level: AnnouncementLevel
    duration_s: int
    #: the sender's own id; without one, each is a new announcement
    announcement_id: str | None = None


@dataclass(frozen=True, slots=True)
class Announcement:
    """Something that is said to a stage or to an event."""

    #: the sender's own id, or one that the box made; the same id twice is one announcement
    id: str
    event_id: str
    #: None: every stage of the event
    stage_id: str | None
    #: the set it was made in; None: an organiser's
    session_id: str | None
    #: who made it, for limits and for whoever looks back: never shown to dancers
    author: str
    #: who says it, as dancers read it
    by: str
    #: 1 to 500 characters after cleaning
    text: str
    level: AnnouncementLevel
    #: 30 seconds to 12 hours
    duration_s: int
    made: Stamp
    #: grows with every announcement of the box; the store gives it
    number: int = 0
    #: the journal's row with its notification
    intent_seq: int = 0
    #: how many phones got it while it counted, as far as that was noted
    phones: int = 0
    #: why it counts no longer, or None while it does
    ended: Ending | None = None

    @property
    def is_djs(self) -> bool:
        """Whether a DJ says it, and not an organiser."""
        return self.session_id is not None


@dataclass(frozen=True, slots=True)
class Pace:
    """How many one author may make within so long, milliseconds."""

    most: int
    within_ms: int


#: a slip can be put right at once; a habit can't fill the phones of a hall
DJ_PACE = (Pace(3, 2 * 60_000), Pace(20, 3_600_000))
ORGANISER_PACE = (Pace(6, 60_000), Pace(60, 3_600_000))


def cleaned_text(text: str) -> str:
    """The words as they may be shown. Raises: Invalid with the code `text_empty` or `text_too_long`."""
    return rules.required_text(text, field="text", longest=TEXT_MAX)


def checked_duration(duration_s: int) -> int:
    """Raises: Invalid with the code `duration_out_of_range`."""
    if not DURATION_MIN_S <= duration_s <= DURATION_MAX_S:
        raise Invalid(
            "duration_out_of_range",
            f"An announcement can't last {duration_s} seconds: 30 seconds to 12 hours is what there is.",
            advice="Choose another duration.",
        )
    return duration_s


def left_ms(said: Announcement, now: Stamp) -> int:
    """How long it still counts; 0 when it is over.

    Within a boot only boot time decides. After a reboot the wall clock is asked, and unless it says plainly that less
    than the duration went by, it is over: what was true yesterday must not greet the guests of today.
    """
    gone = timekeeping.gone_ms(said.made, now)
    if said.ended is not None or gone is None:
        return 0
    return max(0, said.duration_s * 1000 - gone)


def is_running(said: Announcement, now: Stamp) -> bool:
    """Whether it counts."""
    return left_ms(said, now) > 0


def is_recent(said: Announcement, now: Stamp) -> bool:
    """Whether phones find it in their list: said a few hours ago, or running, and not taken back."""
    gone = timekeeping.gone_ms(said.made, now)
    if said.ended is Ending.CANCELLED or gone is None:
        return False
    return gone < INBOX_MS or is_running(said, now)


def in_order(said: Iterable[Announcement]) -> list[Announcement]:
    """The one that matters most first, and of those the newest: it is the one that stands on the phone's page."""
    return sorted(said, key=lambda one: (one.level.rung, one.number), reverse=True)


def concerns(said: Announcement, *, event_id: str, stage_id: str) -> bool:
    """Whether a stage's dancers are told."""
    return said.event_id == event_id and said.stage_id in {None, stage_id}


def check_pace(earlier: Sequence[Stamp], now: Stamp, *, paces: Sequence[Pace]) -> None:
    """Whether somebody who made some `earlier` (newest first) may make one more.

    Raises: Refused with the code `announcing_too_often`, saying how long to wait.
    """
    ages = [gone for stamp in earlier if (gone := timekeeping.gone_ms(stamp, now)) is not None]
    waits = [pace.within_ms - ages[pace.most - 1] for pace in paces if len(ages) >= pace.most]
    if (wait := max(waits, default=0)) > 0:
        raise Refused(
            "announcing_too_often",
            "So many announcements at once: dancers would read none of them.",
            advice="Wait a while, or take one back and say it all in one.",
            wait_s=-(-wait // 1000),
        )


def looked_at(paces: Sequence[Pace]) -> int:
    """How many earlier ones `check_pace` has to see."""
    return max(pace.most for pace in paces)


def making_room(running: Iterable[Announcement]) -> Announcement:
    """Of those that run, the one that an urgent one may take the place of: what matters least, and is oldest."""
    return in_order(running)[-1]
