"""What is said in the fictional hall beside the music: polls, announcements, last songs, hand-overs, taps. Pure.

Times are the evening's seconds, as in `script`.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

_POLL_LASTS_S = 60
#: into the second record, so that dancers have come
_ASKED_AFTER_S = 20.0
_GREETED_AFTER_S = 8.0
_QUESTIONS = (
    ("What shall the next half hour be?", ("Slower, please", "Just like this", "Faster!")),
    ("Which floor feeling tonight?", ("Swing", "Blues", "Balboa", "A bit of everything")),
    ("Shall there be a jam circle before midnight?", ("Yes!", "No, we dance")),
)


@dataclass(frozen=True, slots=True)
class Asks:
    """A DJ asks everybody on the stage."""

    at_s: float
    question: str
    options: tuple[str, ...]
    lasts_s: int = _POLL_LASTS_S


@dataclass(frozen=True, slots=True)
class Says:
    """A DJ tells the stage something."""

    at_s: float
    text: str
    duration_s: int = 120


@dataclass(frozen=True, slots=True)
class Closes:
    """A DJ says that this is the last song."""

    at_s: float


@dataclass(frozen=True, slots=True)
class HandsOver:
    """A DJ lets another one go on, with a word on the floor."""

    at_s: float
    to: str
    note: str


Moment = Asks | Says | Closes | HandsOver


@dataclass(frozen=True, slots=True)
class Feeling:
    """What a dancer says with one tap, beside likes."""

    at_s: float
    #: slower, perfect or faster; None for a thank-you to the DJ
    tempo: str | None


def moments_of(starts_s: Sequence[float], dice: random.Random, *, dj: str, following: str | None) -> list[Moment]:
    """What a DJ says in a set whose records begin at `starts_s`; `following` is who plays next on the stage."""
    question, options = dice.choice(_QUESTIONS)
    last_s = starts_s[-1]
    found: list[Moment] = [Says(starts_s[0] + _GREETED_AFTER_S, f"Good evening! {dj} is here for you.")]
    if len(starts_s) > 1:
        found.append(Asks(starts_s[1] + _ASKED_AFTER_S, question, options))
    found.append(Closes(last_s + 1.0))
    if following is not None:
        found.append(HandsOver(last_s + 2.0, to=following, note="The floor is warm and likes it lively. Have fun!"))
    return found


def feelings_on(starts_s: float, ends_s: float, bpm: float | None, dice: random.Random) -> Iterator[Feeling]:
    """How a record feels to one dancer, if they say so at all: fast ones are more often too fast."""
    room_s = ends_s - starts_s
    if room_s > 20 and dice.random() < 0.12:
        lean = 0.0 if bpm is None else (bpm - 150) / 200
        words = ("slower", "perfect", "faster")
        weights = (max(0.05, 0.2 + lean), 0.6, max(0.05, 0.2 - lean))
        yield Feeling(starts_s + dice.uniform(8, room_s - 8), dice.choices(words, weights)[0])
    if room_s > 20 and dice.random() < 0.03:
        yield Feeling(ends_s - dice.uniform(2, 8), None)
