"""The changes of tunes that bands really play, by their form: what harmony is like where nobody made it up for a test.

Written in C or in A minor, bars apart by `|`, several chords to a bar shared out evenly. A form is repeated as often as
there is time.
"""

import re
from dataclasses import dataclass
from functools import cache
from typing import Literal

Kind = Literal["blues", "swing", "pop", "latin"]
#: root as semitones above C, and the chord's tones above it
Chord = tuple[int, tuple[int, ...]]
Bar = tuple[Chord, ...]

CHORDS: dict[str, tuple[int, ...]] = {
    "": (0, 4, 7),
    "m": (0, 3, 7),
    "7": (0, 4, 7, 10),
    "m7": (0, 3, 7, 10),
    "maj7": (0, 4, 7, 11),
    "6": (0, 4, 7, 9),
    "m6": (0, 3, 7, 9),
    "dim": (0, 3, 6, 9),
    "m7b5": (0, 3, 6, 10),
    "9": (0, 4, 7, 10, 14),
}
_LETTERS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
_ACCIDENTALS = {"": 0, "b": -1, "#": 1}
_WRITTEN = re.compile(r"([A-G])([b#]?)(.*)")


@dataclass(frozen=True, slots=True)
class Tune:
    """One form."""

    kind: Kind
    #: whether it is in A minor instead of C
    is_minor: bool
    changes: str

    @property
    def tonic(self) -> int:
        return 9 if self.is_minor else 0

    @property
    def bars(self) -> tuple[Bar, ...]:
        return _bars(self.changes)


@cache
def _bars(changes: str) -> tuple[Bar, ...]:
    return tuple(tuple(chord(one) for one in bar.split()) for bar in changes.split("|"))


def chord(written: str) -> Chord:
    """A chord from its symbol.

    Raises: KeyError for a kind of chord that is not known here.
    """
    found = _WRITTEN.fullmatch(written)
    assert found is not None, written
    return (_LETTERS[found[1]] + _ACCIDENTALS[found[2]]) % 12, CHORDS[found[3]]


_MAJOR: dict[Kind, tuple[str, ...]] = {
    "blues": (
        "C7|C7|C7|C7|F7|F7|C7|C7|G7|F7|C7|C7",
        "C7|F7|C7|C7|F7|F7|C7|C7|G7|F7|C7|G7",
        "C7|F7|C7|C7|F7|F7|C7|A7|Dm7|G7|C7 A7|Dm7 G7",
        "C6|C6|C6|C7|F7|F7|C6|C6|G7|G7|C6|C6",
        "C|G7|F7|F7|C|G7|C F7|C G7",
        "C|C7|F|Fm|C A7|D7 G7|C F|C G7",
        "C|C|C|C|F|F|C|C|G|F|C|C",
        "C7|F7 F#dim|C7|C7|F7|F#dim|C7|A7|Dm7|G7|C7|C7",
        "C9|C9|C9|C9|F9|F9|C9|C9|G9|F9|C9|G9",
        "C7|C7|C7|C7|C7|C7|F7|F7|C7|C7|G7|F7|C7|C7",
    ),
    "swing": (
        "C6 A7|Dm7 G7|C6 A7|Dm7 G7|C6 C7|F6 Fm6|C6 G7|C6",
        "C6 Am7|Dm7 G7|C6 Am7|Dm7 G7|C7|F6 F#dim|C6 A7|Dm7 G7",
        "C|C|E7|E7|A7|A7|Dm|Dm|E7|E7|Am|Am|D7|D7|Dm7|G7|C|C|E7|E7|A7|A7|Dm|Dm|F|Fm|C|A7|Dm7|G7|C|G7",
        "A7|A7|A7|A7|D7|D7|D7|D7|G7|G7|G7|G7|C6|C6|C6|E7",
        "Dm7|G7|Dm7|G7|Dm7|G7|C6|C6|C7|C7|F6|F6|D7|D7|G7|G7|Dm7|G7|Dm7|G7|Dm7|G7|C6|C6",
        "C6|C6|D7|D7|Dm7|G7|C6|C6|C6|C6|D7|D7|Dm7|G7|C6|C7|F6|F6|F6|F6|D7|D7|Dm7|G7",
        "C6|E7|F6|G7|Am|D7|Dm7 G7|C6",
        "C6|C6|D7|D7|G7|G7|C6|G7|C6|C6|D7|D7|G7|G7|C6|C7",
        "C6 Am7|Dm7 G7|C6 E7|F6 Fm6|C6 A7|Dm7 G7|E7 A7|D7 G7",
        "Dm7 G7|Dm7 G7|Em7 A7|Em7 A7|D7|G7|C6|C6",
        "Dm7|G7|C6|A7|Dm7|G7|C6|C6|E7|E7|A7|A7|D7|D7|G7|G7",
        "C6|F7|C6|C6|Dm7|G7|C6|G7|C6|F7|C6|C6|Dm7|G7|C6|C7|F6|F#dim|C6|A7|D7|D7|G7|G7",
        "C|E7|A7|A7|D7|G7|C|G7",
        "C6 A7|D7 G7|C6 A7|D7 G7",
    ),
    "pop": (
        "C|G|Am|F",
        "C|Am|F|G",
        "C|F|G|F",
        "C|F|C|G",
        "C|G|Am|Em|F|C|F|G",
        "C|Bb|F|C",
        "C|Em|F|G",
        "C G|Am F|C G|F C",
        "C|C|F|C|G7|F|C|G7",
        "C|Dm|F|C",
        "Cmaj7|Fmaj7|Cmaj7|Fmaj7",
        "C|Am|Dm|G7",
    ),
    "latin": (
        "C|F|G7|F",
        "Cmaj7|Cmaj7|D7|D7|Dm7|G7|Cmaj7|G7",
        "C|C|G7|G7|G7|G7|C|C",
        "C6|A7|Dm7|G7|C6|A7|Dm7|G7",
    ),
}
_MINOR: dict[Kind, tuple[str, ...]] = {
    "blues": (
        "Am7|Am7|Am7|Am7|Dm7|Dm7|Am7|Am7|F7|E7|Am7|Am7",
        "Am|Dm|Am|Am|Dm|Dm|Am|Am|E7|Dm|Am|E7",
    ),
    "swing": (
        "Dm7|G7|Cmaj7|Fmaj7|Bm7b5|E7|Am6|Am6|Bm7b5|E7|Am6|Am6|Dm7|G7|Cmaj7|Cmaj7|Bm7b5|E7|Am7|D7|Bm7b5|E7|Am6|Am6",
        "Am6|Am6|Dm6|Dm6|E7|E7|Am6|Am6|Dm6|Dm6|Am6|Am6|F7|E7|Am6|Am6",
        "E7|E7|Am|Am|E7|E7|Am|Am|Dm|Dm|Am|Am|E7|E7|Am|Am",
        "Am|Am|Am|E7|E7|E7|E7|Am|Am|Am|Am|A7|Dm|Am|E7|Am",
        "Am|Am|Am|Am|Dm|Am|E7|Am|Am|Am|F7|E7|Am|Am",
        "Am6|E7|Am6|E7|Am6|Dm6|E7|E7|Am6|E7|Am6|D7|Cmaj7|Am7|Bm7b5 E7|Am6",
        "Am E7|Am|F7 E7|Am|Am E7|Am|F7|E7",
    ),
    "pop": (
        "Am|F|C|G",
        "Am|G|F|E7",
        "Am|Dm|E7|Am",
        "Am|G|F|G",
        "Am|E7|G|D|F|C|Dm|E7",
        "Am7|D7|Am7|D7",
        "Am|F|Dm|E",
        "Am|C|D|F|Am|E|Am|E",
        "Am|Em|F|G",
        "Am|Am|Dm|Dm|Am|E7|Am|E7",
        "Am7|Fmaj7|Am7|G",
    ),
    "latin": (
        "Am|E7|E7|Am|Am|Dm|E7|Am",
        "Am|Bm7b5 E7|Am|Bm7b5 E7|Am|Dm7 G7|C6 F6|Bm7b5 E7",
        "Am|G|F|E",
        "Am|Am|E7|E7|E7|E7|Am|A7|Dm|Dm|Am|Am|E7|E7|Am|Am",
    ),
}
TUNES: tuple[Tune, ...] = tuple(
    Tune(kind, is_minor, changes)
    for is_minor, forms in ((False, _MAJOR), (True, _MINOR))
    for kind, listed in forms.items()
    for changes in listed
)
