"""What happened when: hearts, comings and goings, ways between stages. Pure."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from sync.cloud.night.audience import HALF_HOUR_MS, MINUTE_MS
from sync.cloud.night.records import Night

#: hearts are counted in stretches of
HEARTS_MS = 10 * MINUTE_MS


@dataclass(frozen=True, slots=True)
class Hearts:
    """Taps in one stretch."""

    at_ms: int
    #: likes of tracks
    likes: int
    #: hearts and thanks to the stage
    reactions: int


@dataclass(frozen=True, slots=True)
class HeartsOverTime:
    """Taps over the night."""

    #: stretches of ten minutes without holes
    stretches: Sequence[Hearts]
    #: all, unknown hours too
    likes: int
    reactions: int
    #: taps whose hour nobody knows
    unknown: int


@dataclass(frozen=True, slots=True)
class Traffic:
    """Who came and went in one half hour, on all stages together."""

    at_ms: int
    arrived: int
    left: int


@dataclass(frozen=True, slots=True)
class Way:
    """Guests that changed from one stage to another, over the night."""

    from_stage: str
    to_stage: str
    guests: int


def hearts(night: Night) -> HeartsOverTime:
    """Likes and reactions by the time of the tap."""
    likes, reactions, unknown = Counter[int](), Counter[int](), 0
    for like in night.likes:
        if like.at_ms is None:
            unknown += 1
        else:
            likes[like.at_ms // HEARTS_MS] += 1
    for reaction in night.reactions:
        if reaction.at_ms is None:
            unknown += reaction.n
        else:
            reactions[reaction.at_ms // HEARTS_MS] += reaction.n
    known = likes.keys() | reactions.keys()
    stretches = range(min(known), max(known) + 1) if known else ()
    return HeartsOverTime(
        stretches=[Hearts(at_ms=n * HEARTS_MS, likes=likes[n], reactions=reactions[n]) for n in stretches],
        likes=len(night.likes),
        reactions=sum(reaction.n for reaction in night.reactions),
        unknown=unknown,
    )


def traffic(night: Night) -> list[Traffic]:
    """Comings and goings by half hour, without holes; a change of stage is neither."""
    arrived, left = Counter[int](), Counter[int]()
    for row in night.presence:
        if row.at_ms is not None:
            slot = (row.at_ms - row.span_ms) // HALF_HOUR_MS
            # A change of stage arrives on one and leaves the other; in the hall as a whole nobody moved.
            changed = sum(row.came_from.values())
            arrived[slot] += row.arrived - changed
            left[slot] += row.left - changed
    known = arrived.keys() | left.keys()
    slots = range(min(known), max(known) + 1) if known else ()
    return [
        Traffic(at_ms=slot * HALF_HOUR_MS, arrived=max(0, arrived[slot]), left=max(0, left[slot])) for slot in slots
    ]


def ways(night: Night) -> list[Way]:
    """Between which stages guests went, the most used first; unknown hours too."""
    found: Counter[tuple[str, str]] = Counter()
    for row in night.presence:
        for origin, guests in row.came_from.items():
            if guests > 0 and origin != row.stage:
                found[origin, row.stage] += guests
    return [Way(from_stage=a, to_stage=b, guests=n) for (a, b), n in found.most_common()]
