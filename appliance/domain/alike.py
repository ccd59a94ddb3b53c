"""How surely two names mean one recording, and why. Pure: how near two texts are is measured by somebody else.

Two bounds matter (`identity`): above the upper one dancers are shown the track's tempo without anybody having looked,
so what is in doubt stays below it; between the two the DJ is asked.
"""

from collections.abc import Callable
from dataclasses import dataclass

from appliance.domain.identity import Reason
from appliance.domain.naming import Named

#: how near two texts are: 1 is the same, 0 has nothing in common
Nearness = Callable[[str, str], float]

_NOT = 0.0
#: a title this near may be a slip of the pen, if what differs is one long word
_SLIP = 0.9
_SLIP_WORD = 0.85
_SLIP_LONG, _SLIP_WORD_LONG = 10, 5
#: from this nearness on an artist may be spelled otherwise
_ARTIST_NEAR = 0.87
#: whoever has one of these behind the name is somebody else
_OTHERS = frozenset({
    "tribute", "revival", "cover", "covers", "karaoke", "experience", "legacy", "salute", "impersonators", "singers",
    "jr", "junior", "sr", "senior",
})  # fmt: skip
#: without an artist a title must be so long to mean something
_TELLING = 8


@dataclass(frozen=True, slots=True)
class Likeness:
    """The answer."""

    #: 0 to 1
    confidence: float
    reason: Reason


NOTHING = Likeness(_NOT, Reason.NOTHING)


def alike(said: Named, known: Named, *, near: Nearness) -> Likeness:
    """How surely a name that was said is that of a known track."""
    if said.is_generic or known.is_generic:
        return NOTHING
    straight = _straight(said, known, near=near)
    if said.beside and known.beside and said.beside.isdisjoint(known.beside):
        # Two numbers beside one title: of two movements, or of two programs that count the tempo.
        straight = Likeness(round(straight.confidence * 0.8, 3), straight.reason)
    if straight.confidence >= 0.9 or not said.artists or not known.artists:
        return straight
    turned = _turned(said, known)
    return max(straight, turned, key=lambda one: one.confidence)


def _straight(said: Named, known: Named, *, near: Nearness) -> Likeness:
    title, reason = _titles(said, known, near=near)
    if title == _NOT:
        return NOTHING
    if not said.artists or not known.artists:
        return _title_only(said, known, title=title)
    artist = _artists(said, known, near=near)
    sure = title * artist
    if artist < 0.97 and reason is Reason.SAME_WORDS:
        reason = Reason.ALIKE
    return _in_version(said, known, Likeness(round(sure, 3), reason), near=near)


def _title_only(said: Named, known: Named, *, title: float) -> Likeness:
    telling = len(said.title) >= _TELLING or " " in said.title
    if title < 1 or not telling or said.version != known.version or said.strong != known.strong:
        return NOTHING
    return Likeness(0.7, Reason.TITLE_ONLY)


def _in_version(said: Named, known: Named, like: Likeness, *, near: Nearness) -> Likeness:
    """The likeness, as far as the versions allow."""
    one, other = " ".join(sorted(said.version)), " ".join(sorted(known.version))
    if said.strong != known.strong:
        return NOTHING
    if one == other or (one and other and near(one, other) >= 0.92 and _numbers(one) == _numbers(other)):
        return like
    if said.is_soft and known.is_soft and like.confidence >= 0.9:
        return Likeness(round(like.confidence * 0.7, 3), Reason.OTHER_VERSION)
    return NOTHING


def _numbers(text: str) -> list[str]:
    return [word for word in text.split() if word.isdigit()]


def _titles(said: Named, known: Named, *, near: Nearness) -> tuple[float, Reason]:
    if said.numbers != known.numbers:
        return _NOT, Reason.NOTHING
    if (said.title, said.aside) == (known.title, known.aside):
        return 1.0, Reason.SAME_WORDS
    if _joined(said) & _joined(known):
        # What stands in brackets here stands before them there.
        return 0.98, Reason.SAME_WORDS
    if "".join(_all(said)) == "".join(_all(known)):
        return 0.97, Reason.ALIKE
    if said.title == known.title:
        return (0.8, Reason.ALIKE) if not said.aside or not known.aside else (_NOT, Reason.NOTHING)
    return _slip(" ".join(_all(said)), " ".join(_all(known)), near=near)


def _joined(name: Named) -> frozenset[str]:
    """The whole title, with what belongs to it before or behind."""
    both = (f"{name.title} {name.aside}", f"{name.aside} {name.title}")
    # A "The" in front of the title was left out; here it may stand in the middle.
    return frozenset(" ".join(word for word in one.split() if word != "the") for one in both)


def _all(name: Named) -> list[str]:
    return f"{name.title} {name.aside}".split()


def _slip(one: str, other: str, *, near: Nearness) -> tuple[float, Reason]:
    """Titles that differ in spelling. Another form of a word ("Love", "Loved") is another title more often than not."""
    likeness = near(one, other)
    if likeness < _SLIP:
        return _NOT, Reason.NOTHING
    ours, theirs = one.split(), other.split()
    differing = [(a, b) for a, b in zip(ours, theirs, strict=False) if a != b]
    is_slip = (
        len(ours) == len(theirs)
        and len(differing) == 1
        and min(len(one), len(other)) >= _SLIP_LONG
        and all(_is_slip(a, b, near=near) for a, b in differing)
    )
    return (likeness if is_slip else likeness * 0.8), Reason.ALIKE


def _is_slip(one: str, other: str, *, near: Nearness) -> bool:
    is_form = one.startswith(other) or other.startswith(one)
    return min(len(one), len(other)) >= _SLIP_WORD_LONG and not is_form and near(one, other) >= _SLIP_WORD


def _artists(said: Named, known: Named, *, near: Nearness) -> float:
    if said.artists == known.artists:
        return 1.0
    if said.artists | said.guests == known.artists | known.guests:
        return 0.99
    ours, theirs = sorted(" ".join(said.artists).split()), sorted(" ".join(known.artists).split())
    if ours == theirs or "".join(ours) == "".join(theirs):
        return 0.98
    if _OTHERS & set(" ".join(said.artists ^ known.artists).split()):
        return _NOT
    if said.artists <= known.artists | known.guests or known.artists <= said.artists | said.guests:
        return 0.93
    few, many = sorted((set(ours), set(theirs)), key=len)
    if few <= many:
        return 0.88 if len(few) > 1 else 0.65
    # Names are words of their own: one of several may be misspelled, but none may be another one.
    likeness = near(" ".join(ours), " ".join(theirs))
    if likeness >= _ARTIST_NEAR and min(len("".join(ours)), len("".join(theirs))) >= _SLIP_WORD_LONG:
        return likeness
    return _NOT


def _turned(said: Named, known: Named) -> Likeness:
    """Artist and title in each other's place."""
    ours, theirs = " ".join(sorted(said.artists)), " ".join(sorted(known.artists))
    if (ours, said.title) == (known.title, theirs) and ours != said.title and said.version == known.version:
        return Likeness(0.9, Reason.SWAPPED)
    return NOTHING
