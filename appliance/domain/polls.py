"""Polls: what may be asked, for how long, and what came of it. Pure.

A poll runs by boot time and is over by itself when its time is up, whoever notices that first. One that was open when
the power went counts from the boot: how long the box was away is nobody's to know.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from appliance.domain.models import Stamp
from appliance.domain.rules import identity_key, required_text, since_ms
from appliance.errors import Invalid, Refused

QUESTION_MAX = 200
OPTION_MAX = 80
OPTIONS_LEAST, OPTIONS_MOST = 2, 10
LASTS_LEAST_S, LASTS_MOST_S = 30, 300
#: so long a result stays on pages
SHOWN_MS = 5 * 60 * 1000


class PollEnd(StrEnum):
    """Why a poll is over."""

    #: whoever asked has heard enough
    ENDED = "ended"
    #: its time was up
    TIME = "time"
    #: the set in which it was asked is over
    SESSION = "session"
    #: taken back: its result is nobody's business
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class PollDraft:
    """A poll as somebody wants to ask it, cleaned."""

    #: 1 to 200 characters
    question: str
    #: 2 to 10, each of 1 to 80 characters, no two alike
    options: tuple[str, ...]
    #: 30 to 300 seconds; None for one that somebody ends by hand
    lasts_s: int | None


@dataclass(frozen=True, slots=True)
class Poll:
    """A question to everybody on a stage."""

    #: short random id
    id: str
    stage_id: str
    #: the set in which a DJ asked; None for the organisers' own
    session_id: str | None
    question: str
    options: tuple[str, ...]
    #: votes for each option, as they count
    votes: tuple[int, ...]
    opened: Stamp
    #: how long it runs, seconds; None until somebody ends it
    lasts_s: int | None = None
    #: why it is over; None while it runs
    end: PollEnd | None = None
    #: when it was over
    ended: Stamp | None = None


def draft(question: str, options: Sequence[str], *, lasts_s: int | None = None) -> PollDraft:
    """A poll as it may be asked.

    Raises: Invalid, naming what can't be used.
    """
    asked = required_text(question, field="question", longest=QUESTION_MAX)
    if not OPTIONS_LEAST <= len(options) <= OPTIONS_MOST:
        raise Invalid(
            "options_count",
            f"A poll has {OPTIONS_LEAST} to {OPTIONS_MOST} options; this one has {len(options)}.",
            advice="Add or remove some.",
        )
    cleaned = tuple(required_text(option, field="option", longest=OPTION_MAX) for option in options)
    if len({identity_key(option) for option in cleaned}) < len(cleaned):
        raise Invalid("options_alike", "Two options are the same.", advice="Change one of them.")
    if lasts_s is not None and not LASTS_LEAST_S <= lasts_s <= LASTS_MOST_S:
        raise Invalid(
            "lasts_out_of_range",
            f"A poll lasts {LASTS_LEAST_S} to {LASTS_MOST_S} seconds, or until you end it.",
            advice="Choose another time.",
        )
    return PollDraft(question=asked, options=cleaned, lasts_s=lasts_s)


def left_ms(poll: Poll, now: Stamp) -> int | None:
    """How long a running poll goes on, milliseconds; None for one that somebody ends by hand."""
    if poll.lasts_s is None:
        return None
    return max(0, poll.lasts_s * 1000 - since_ms(poll.opened, now))


def is_over(poll: Poll, now: Stamp) -> bool:
    """Whether a poll is over, also before somebody has noticed."""
    return poll.end is not None or left_ms(poll, now) == 0


def is_shown(poll: Poll, now: Stamp) -> bool:
    """Whether pages show a poll: while it runs, and for a while its result. Nothing of one that was taken back."""
    if poll.end is None or poll.ended is None:
        return True
    return poll.end is not PollEnd.CANCELLED and since_ms(poll.ended, now) < SHOWN_MS


def winners(poll: Poll) -> tuple[int, ...]:
    """The places of the options with the most votes: several when they tie, none when nobody voted."""
    most = max(poll.votes)
    return tuple(place for place, votes in enumerate(poll.votes) if votes == most) if most else ()


def check_vote(poll: Poll, option: int, *, now: Stamp) -> None:
    """Raises: Refused with the code `poll_over`; Invalid with the code `option_unknown`."""
    if is_over(poll, now):
        raise Refused("poll_over", "This poll is over, so the vote is not counted.")
    if not 0 <= option < len(poll.options):
        raise Invalid(
            "option_unknown",
            f"This poll has no option {option}; they are 0 to {len(poll.options) - 1}.",
            advice="Choose one of them.",
        )


def check_pause(last: Poll | None, *, pause_s: int, now: Stamp) -> None:
    """Whether it is time for another poll: a hall that is asked all the time answers no more.

    One that was taken back before anybody had answered does not count.
    Raises: Refused with the code `poll_too_soon`.
    """
    if last is None or (last.end is PollEnd.CANCELLED and not any(last.votes)):
        return
    wait_ms = pause_s * 1000 - since_ms(last.opened, now)
    if wait_ms > 0:
        wait_s = -(-wait_ms // 1000)
        raise Refused(
            "poll_too_soon",
            f"The next poll can begin in {_span(wait_s)}.",
            advice="Dancers answer gladly when they are asked seldom.",
            wait_s=wait_s,
        )


def _span(seconds: int) -> str:
    return f"{seconds} s" if seconds < 90 else f"{round(seconds / 60)} minutes"
