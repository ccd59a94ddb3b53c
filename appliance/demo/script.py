"""What happens in the fictional evening, and when. Pure: the same seed writes the same evening.

Times are seconds of the evening, not of the clock on the wall: how fast it goes is not decided here.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from appliance.demo.moments import Feeling, Moment, feelings_on, moments_of
from appliance.demo.songs import SLOW, SWINGING, Song

MAIN_FLOOR, GARDEN = "main-floor", "garden"
STAGE_NAMES = {MAIN_FLOOR: "Main Floor", GARDEN: "Garden"}
MAIN_DJS = ("Ottilie Brassington", "Junius Pepperell", "Nell Okafor-Reyes")
GARDEN_DJ = "Rosa Tállay"

_DOORS_OPEN_MIN = 20 * 60
_MAIN_SONGS, _GARDEN_SONGS = 6, 8
_MAIN_BREAK_S, _GARDEN_BREAK_S = 8.0, 75.0
_GARDEN_BEGINS_S = 15.0
_SPEECH_S = 30.0
_HEART_FOUND_AFTER_S = 35.0
_CHANGED_THEIR_MIND_AFTER_S = 12.0


@dataclass(frozen=True, slots=True)
class Slot:
    """One record within a set."""

    song: Song
    starts_s: float
    ends_s: float
    #: how long nothing is heard after it: somebody speaks
    silence_s: float = 0.0


@dataclass(frozen=True, slots=True)
class DjSet:
    """What one DJ does on a stage without a break."""

    stage: str
    dj: str
    slots: tuple[Slot, ...]
    #: what the DJ says meanwhile, in the order of time
    moments: tuple[Moment, ...] = ()

    @property
    def starts_s(self) -> float:
        """When the DJ comes on."""
        return self.slots[0].starts_s

    @property
    def ends_s(self) -> float:
        """When the DJ goes."""
        return self.slots[-1].ends_s + self.slots[-1].silence_s


@dataclass(frozen=True, slots=True)
class Tap:
    """A finger on the heart."""

    at_s: float
    #: False takes the last like back
    liked: bool


@dataclass(frozen=True, slots=True)
class Visit:
    """One dancer on one stage."""

    stage: str
    arrives_s: float
    leaves_s: float
    #: the page stays open all the time; otherwise the phone comes out of the pocket for a tap only
    watches: bool
    #: in the order of time
    taps: tuple[Tap, ...] = ()
    #: what else is said with one tap, in the order of time
    feelings: tuple[Feeling, ...] = ()


@dataclass(frozen=True, slots=True)
class Evening:
    """All of it."""

    #: each stage's sets, one after the other
    sets: dict[str, tuple[DjSet, ...]]
    #: each dancer's visits, one after the other
    dancers: tuple[tuple[Visit, ...], ...]

    @property
    def ends_s(self) -> float:
        """When the last set is over."""
        return max(played.ends_s for stage in self.sets.values() for played in stage)

    @property
    def first_hand_over_s(self) -> float:
        """When the DJ changes on the Main Floor for the first time."""
        return self.sets[MAIN_FLOOR][1].starts_s


def time_of(evening_s: float) -> str:
    """The time on the fictional hall's wall: `20:07`."""
    hours, minutes = divmod(_DOORS_OPEN_MIN + int(evening_s // 60), 60)
    return f"{hours % 24:02}:{minutes:02}"


def write(*, seed: int, number: int, dancers: int) -> Evening:
    """The `number`th evening of a seed."""
    music = _dice(seed, number, "music")
    told = _dice(seed, number, "words")
    sets = {
        MAIN_FLOOR: _with_moments(tuple(_main_floor(music)), told),
        GARDEN: _with_moments(tuple(_garden(music)), told),
    }
    loved = {slot: music.uniform(0.3, 1.0) for slot in _slots(sets[MAIN_FLOOR] + sets[GARDEN])}
    people = tuple(_dancer(sets, loved, _dice(seed, number, f"dancer {who}")) for who in range(dancers))
    return Evening(sets=sets, dancers=people)


def _dice(seed: int, number: int, what: str) -> random.Random:
    # A text as the seed gives the same numbers on every machine.
    return random.Random(f"{seed}/{number}/{what}")  # noqa: S311 - a story, not a secret


def _slots(sets: Sequence[DjSet]) -> Iterator[Slot]:
    for played in sets:
        yield from played.slots


def set_of(stage: str, dj: str, songs: Sequence[Song], *, starts_s: float, speech_after: int | None = None) -> DjSet:
    """Records one after the other; after one of them somebody may speak."""
    slots, at = [], starts_s
    for position, song in enumerate(songs):
        silence = _SPEECH_S if position == speech_after else 0.0
        slots.append(Slot(song=song, starts_s=at, ends_s=at + song.length_s, silence_s=silence))
        at += song.length_s + silence
    return DjSet(stage=stage, dj=dj, slots=tuple(slots))


def _with_moments(sets: Sequence[DjSet], dice: random.Random) -> tuple[DjSet, ...]:
    """The sets with what their DJs say; each hands over to whoever comes next, unless that is the same one."""
    following = [*(played.dj for played in sets[1:]), None]
    return tuple(
        replace(
            played,
            moments=tuple(
                moments_of(
                    [slot.starts_s for slot in played.slots],
                    dice,
                    dj=played.dj,
                    following=after if after != played.dj else None,
                )
            ),
        )
        for played, after in zip(sets, following, strict=True)
    )


def _main_floor(music: random.Random) -> Iterator[DjSet]:
    songs, at = music.sample(SWINGING, len(MAIN_DJS) * _MAIN_SONGS), 0.0
    for position, dj in enumerate(MAIN_DJS):
        own = songs[position * _MAIN_SONGS : (position + 1) * _MAIN_SONGS]
        # The organiser says a few words in the second set.
        played = set_of(MAIN_FLOOR, dj, own, starts_s=at, speech_after=2 if position == 1 else None)
        yield played
        at = played.ends_s + _MAIN_BREAK_S


def _garden(music: random.Random) -> Iterator[DjSet]:
    songs = music.sample(SLOW, 2 * _GARDEN_SONGS)
    first = set_of(GARDEN, GARDEN_DJ, songs[:_GARDEN_SONGS], starts_s=_GARDEN_BEGINS_S)
    yield first
    yield set_of(GARDEN, GARDEN_DJ, songs[_GARDEN_SONGS:], starts_s=first.ends_s + _GARDEN_BREAK_S)


def _dancer(sets: dict[str, tuple[DjSet, ...]], loved: dict[Slot, float], dice: random.Random) -> tuple[Visit, ...]:
    generosity, watches = dice.uniform(0.15, 0.7), dice.random() < 0.75
    visits = []
    for stage, arrives_s, leaves_s in _whereabouts(dice, closes_s={name: sets[name][-1].ends_s for name in sets}):
        taps: list[Tap] = []
        feelings: list[Feeling] = []
        for slot in _slots(sets[stage]):
            if dice.random() < generosity * loved[slot]:
                taps += taps_on(slot, dice, from_s=arrives_s, until_s=leaves_s)
            if watches:
                heard_s = max(slot.starts_s, arrives_s), min(slot.ends_s, leaves_s)
                feelings += feelings_on(*heard_s, slot.song.bpm, dice)
        visit = Visit(stage=stage, arrives_s=arrives_s, leaves_s=leaves_s, watches=watches, taps=tuple(taps))
        visits.append(replace(visit, feelings=tuple(feelings)))
    return tuple(visits)


def _whereabouts(dice: random.Random, *, closes_s: dict[str, float]) -> Iterator[tuple[str, float, float]]:
    """Stage, arrival and departure: some stay to the end, some come late or leave early, some change rooms."""
    here, there = (MAIN_FLOOR, GARDEN) if dice.random() < 0.65 else (GARDEN, MAIN_FLOOR)
    kind, end_s = dice.random(), closes_s[here]
    if kind < 0.4:
        yield here, dice.uniform(0, 40), end_s - dice.uniform(0, 30)
    elif kind < 0.75:
        arrives_s = dice.uniform(60, end_s * 0.6)
        yield here, arrives_s, dice.uniform(arrives_s + 600, end_s)
    else:
        moves_s = dice.uniform(end_s * 0.3, end_s * 0.7)
        yield here, dice.uniform(0, 300), moves_s
        yield there, moves_s + 20, closes_s[there] - dice.uniform(0, 200)


def taps_on(slot: Slot, dice: random.Random, *, from_s: float, until_s: float) -> Iterator[Tap]:
    """A like some time into the record, and now and then its end; nothing when there is no time left for it."""
    last_s = min(slot.ends_s, until_s) - 5
    at = max(slot.starts_s, from_s) + 4 + dice.expovariate(1 / _HEART_FOUND_AFTER_S)
    if at < last_s:
        yield Tap(at, liked=True)
        regret = at + 3 + dice.expovariate(1 / _CHANGED_THEIR_MIND_AFTER_S)
        if dice.random() < 0.06 and regret < last_s:
            yield Tap(regret, liked=False)
