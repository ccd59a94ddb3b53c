"""A whole night of the fictional hall, as a report needs one. Pure: the same seed writes the same night.

The hall fills, some DJs hold their floor and others don't, people change rooms and go home. Times are seconds of the
night.
"""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from appliance.demo import script
from appliance.demo.script import GARDEN, GARDEN_DJ, MAIN_DJS, MAIN_FLOOR, DjSet, Evening, Slot, Tap, Visit
from appliance.demo.songs import SLOW, SWINGING

_MAIN_SONGS, _GARDEN_SONGS = 22, 17
_MAIN_BREAK_S = 40.0
_GARDEN_BEGINS_S, _GARDEN_BREAK_S = 35 * 60.0, 15 * 60.0
#: people come around then, give or take
_COME_AT_S, _COME_WITHIN_S = 50 * 60.0, 30 * 60.0
#: this long before the end people go home, on average
_GO_BEFORE_S = 20 * 60.0
_STAY_LEAST_S = 25 * 60.0
_WAY_S = 45.0
#: how many of their own floor a DJ keeps at the change; dealt out anew each night
_HOLDS = (0.95, 0.82, 0.62)
#: of those who do not stay, so many go to the other room, and the others home
_CHANGES_ROOMS = 0.7
#: chance for each record that somebody looks into the other room, without any reason
_WANDERS = 0.015


@dataclass(frozen=True, slots=True)
class _Moment:
    """When somebody thinks of going elsewhere."""

    at_s: float
    stage: str
    #: the chance to stay
    stays: float


def write(*, seed: int, dancers: int) -> Evening:
    """The night of a seed."""
    music = random.Random(f"{seed}/night")  # noqa: S311 - a story, not a secret
    sets = {MAIN_FLOOR: tuple(_main_floor(music)), GARDEN: tuple(_garden(music))}
    moments = _moments(sets, holds=dict(zip(MAIN_DJS, music.sample(_HOLDS, len(_HOLDS)), strict=True)))
    slots = {stage: [slot for played in sets[stage] for slot in played.slots] for stage in sets}
    loved = {id(slot): music.betavariate(2, 3) for every in slots.values() for slot in every}
    people = []
    for who in range(dancers):
        dice = random.Random(f"{seed}/night/dancer {who}")  # noqa: S311 - as above
        people.append(tuple(_visits(dice, sets=sets, moments=moments, slots=slots, loved=loved)))
    return Evening(sets=sets, dancers=tuple(people))


def _main_floor(music: random.Random) -> Iterator[DjSet]:
    at = 0.0
    for position, dj in enumerate(MAIN_DJS):
        songs = music.sample(SWINGING, min(_MAIN_SONGS, len(SWINGING)))
        # The organiser says a few words in the second set.
        yield (played := script.set_of(MAIN_FLOOR, dj, songs, starts_s=at, speech_after=4 if position == 1 else None))
        at = played.ends_s + _MAIN_BREAK_S


def _garden(music: random.Random) -> Iterator[DjSet]:
    at = _GARDEN_BEGINS_S
    for _ in range(2):
        songs = music.sample(SLOW, min(_GARDEN_SONGS, len(SLOW)))
        yield (played := script.set_of(GARDEN, GARDEN_DJ, songs, starts_s=at))
        at = played.ends_s + _GARDEN_BREAK_S


def _moments(sets: Mapping[str, Sequence[DjSet]], *, holds: Mapping[str, float]) -> list[_Moment]:
    found = [
        _Moment(slot.ends_s, stage, 1 - _WANDERS) for stage, own in sets.items() for one in own for slot in one.slots
    ]
    # Somewhat after the DJ has begun: people give everybody a record or two.
    found += [
        _Moment(one.starts_s + wait * 60, MAIN_FLOOR, holds[one.dj] ** 0.5)
        for one in sets[MAIN_FLOOR][1:]
        for wait in (4, 9)
    ]
    found += [_Moment(one.ends_s, GARDEN, 0.1) for one in sets[GARDEN]]
    return sorted(found, key=lambda moment: moment.at_s)


def _whereabouts(
    dice: random.Random, *, sets: Mapping[str, Sequence[DjSet]], moments: Sequence[_Moment]
) -> Iterator[tuple[str, float, float]]:
    """Stage, arrival and departure, one after the other."""
    closes_s = max(one[-1].ends_s for one in sets.values())
    at = min(max(dice.gauss(_COME_AT_S, _COME_WITHIN_S), dice.uniform(0, 600)), closes_s - 2 * _STAY_LEAST_S)
    home_s = max(closes_s - dice.expovariate(1 / _GO_BEFORE_S), at + _STAY_LEAST_S)
    here = GARDEN if dice.random() < 0.25 and _is_open(GARDEN, sets, at_s=at) else MAIN_FLOOR
    for moment in moments:
        if moment.stage != here or not at + 60 < moment.at_s < home_s or dice.random() < moment.stays:
            continue
        there = GARDEN if here == MAIN_FLOOR else MAIN_FLOOR
        leaves_s = moment.at_s + dice.uniform(0, 90)
        yield here, at, leaves_s
        if dice.random() > _CHANGES_ROOMS or not _is_open(there, sets, at_s=leaves_s):
            return
        here, at = there, leaves_s + _WAY_S
    leaves_s = min(home_s, sets[here][-1].ends_s)
    if leaves_s > at:
        yield here, at, leaves_s


def _is_open(stage: str, sets: Mapping[str, Sequence[DjSet]], *, at_s: float) -> bool:
    return any(one.starts_s <= at_s < one.ends_s - 300 for one in sets[stage])


def _visits(
    dice: random.Random,
    *,
    sets: Mapping[str, Sequence[DjSet]],
    moments: Sequence[_Moment],
    slots: Mapping[str, Sequence[Slot]],
    loved: Mapping[int, float],
) -> Iterator[Visit]:
    generosity, watches = dice.uniform(0.15, 0.75), dice.random() < 0.8
    for stage, arrives_s, leaves_s in _whereabouts(dice, sets=sets, moments=moments):
        taps: list[Tap] = []
        for slot in slots[stage]:
            if dice.random() < generosity * loved[id(slot)]:
                taps += script.taps_on(slot, dice, from_s=arrives_s, until_s=leaves_s)
        yield Visit(stage=stage, arrives_s=arrives_s, leaves_s=leaves_s, watches=watches, taps=tuple(taps))
