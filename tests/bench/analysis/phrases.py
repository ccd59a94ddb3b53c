"""Harmony as a grammar makes it: phrases that leave home, go away, and come back; and blues in all their forms.

More ways than anybody would write down, so that what keys sound like is not learned from a few favourite turns.
"""

from random import Random

from tests.bench.analysis.tunes import CHORDS, Bar, Chord, Kind

#: root above the tonic, and what it is: major, minor, dominant, half diminished
_Step = tuple[int, str]
_SHAPES = ("T", "TS", "TSD", "TSD", "TD", "TT", "SD", "TDT")


def phrases(kind: Kind, random: Random) -> tuple[tuple[Bar, ...], bool]:
    """Bars above a tonic of C, and whether it is minor."""
    if random.random() < {"blues": 0.85, "swing": 0.2}.get(kind, 0.0):
        return _blues(random)
    is_minor = random.random() < 0.45
    steps = _minor_steps(random) if is_minor else _major_steps(random)
    phrase = _phrase(steps, random)
    sevenths, borrowed = random.random(), random.choice((0, 0, 0.15, 0.35))
    bars: list[Bar] = []
    for number, step in enumerate(phrase):
        following = phrase[(number + 1) % len(phrase)]
        bar: Bar = (_played(step, sevenths, random),)
        if random.random() < borrowed and following != step:
            # The next chord's own dominant, with this chord before it or instead of it.
            dominant: Chord = ((following[0] + 7) % 12, CHORDS["7"])
            bar = (*bar, dominant) if random.random() < 0.6 else (dominant,)
        elif random.random() < 0.15:
            bar = (*bar, _played(random.choice([one for many in steps.values() for one in many]), sevenths, random))
        bars.append(bar)
    return tuple(bars), is_minor


def _major_steps(random: Random) -> dict[str, list[_Step]]:
    is_bluesy = random.random() < 0.15
    home, away = ((0, "D"), (5, "D")) if is_bluesy else ((0, "M"), (5, "M"))
    return {
        "T": [home] * 5 + [(9, "m")] * 2 + [(4, "m")],
        "S": [away] * 3
        + [(2, "m")] * 3
        + [(5, "m")] * (random.random() < 0.3)
        + [(10, "M")] * (random.random() < 0.25),
        "D": [(7, "D")] * 6 + [(7, "M")] + [(1, "D")] * (random.random() < 0.1),
    }


def _minor_steps(random: Random) -> dict[str, list[_Step]]:
    return {
        "T": [(0, "m")] * 5 + [(8, "M"), (3, "M")],
        "S": [(5, "m")] * 4 + [(8, "M")] * 2 + [(2, "h")] * 2 + [(10, "M")] * 2 + [(5, "D")] * (random.random() < 0.3),
        "D": [(7, "D")] * 5 + [(10, "D")] + [(7, "m")] * (2 if random.random() < 0.4 else 0),
    }


def _phrase(steps: dict[str, list[_Step]], random: Random) -> list[_Step]:
    # Grooves on one chord are music, too.
    length = random.choice((1, 2, 4, 4, 8, 8, 16))
    found: list[_Step] = []
    while len(found) < length:
        found += [random.choice(steps[function]) for function in random.choice(_SHAPES)]
    found, home = found[:length], steps["T"][0]
    if random.random() < 0.75:
        found[0] = home
    if length >= 8 and random.random() < 0.7:
        found[-1] = home if random.random() < 0.7 else (7, "D")
    if length >= 8 and random.random() < 0.7:
        found[-2] = random.choice(steps["D"])
    if home not in found:
        found[random.randrange(length)] = home
    return found


def _played(step: _Step, sevenths: float, random: Random) -> Chord:
    """A step as a chord, the more often with a seventh or sixth the more of them are wanted."""
    root, function = step
    if function == "D":
        return root, CHORDS["7" if random.random() < 0.4 + 0.6 * sevenths else ""]
    if function == "h":
        return root, CHORDS["m7b5" if random.random() < 0.7 else "m7"]
    plain, coloured = ("", ("6", "maj7", "")) if function == "M" else ("m", ("m7", "m7", "m"))
    return root, CHORDS[random.choice(coloured) if random.random() < sevenths else plain]


def _blues(random: Random) -> tuple[tuple[Bar, ...], bool]:
    is_minor = random.random() < 0.4
    return (_minor_blues(random) if is_minor else _major_blues(random)), is_minor


def _minor_blues(random: Random) -> tuple[Bar, ...]:
    home = (0, CHORDS[random.choice(("m7", "m", "m6"))])
    away = (5, CHORDS[random.choice(("m7", "m"))])
    back = (7, CHORDS[random.choice(("7", "7", "m7"))])
    return (
        (home,),
        (random.choice((home, away)),),
        (home,),
        (random.choice((home, home, (0, CHORDS["7"]))),),
        (away,),
        (away,),
        (home,),
        (home,),
        (random.choice(((8, CHORDS["7"]), back, (2, CHORDS["m7b5"]))),),
        (random.choice((back, away, (7, CHORDS["7"]))),),
        (home,),
        random.choice(((home,), (back,), (home, back))),
    )


def _major_blues(random: Random) -> tuple[Bar, ...]:
    sevenths = 0.3 if random.random() < 0.25 else 0.9
    one, four, five = (
        (root, CHORDS["7" if random.random() < sevenths else random.choice(("9", "6", ""))]) for root in (0, 5, 7)
    )
    two, two_seven, six = (2, CHORDS["m7"]), (2, CHORDS["7"]), (9, CHORDS["7"])
    if random.random() < 0.2:
        return random.choice(
            (
                ((one,), (five,), (four,), (four,), (one,), (five,), (one, four), (one, five)),
                ((one,), (one,), (four,), ((5, CHORDS["m"]),), (one, six), (two, five), (one, four), (one, five)),
                ((one,), (one,), (four,), (four,), (one,), (five,), (one,), (five,)),
            )
        )
    bars: tuple[Bar, ...] = (
        (one,),
        (random.choice((one, one, four)),),
        (one,),
        random.choice(((one,), (one,), ((7, CHORDS["m7"]), (0, CHORDS["7"])))),
        (four,),
        (random.choice((four, four, (6, CHORDS["dim"]), (5, CHORDS["m7"]))),),
        (one,),
        random.choice(((one,), (one,), (six,), ((4, CHORDS["m7"]), six))),
        (random.choice((five, five, two, two_seven)),),
        (random.choice((four, four, five)),),
        random.choice(((one,), (one,), (one, six), (one, four))),
        random.choice(((five,), (one,), (two, five), (one, five))),
    )
    return ((one,),) * 4 + bars if random.random() < 0.15 else bars
