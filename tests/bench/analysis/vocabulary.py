"""What makes each style: tempo, metre, groove, harmony, instruments. Data only.

A drum line is one bar of steps: `x` a stroke, `o` a soft one, `X` an accent; the number of steps says how fine they
are. Chords are written as semitones above the key's note and a quality.
"""

from dataclasses import dataclass

KICK, STICK, SNARE, CLAP, CLOSED, PEDAL, OPEN, TOM, RIDE, CRASH = 36, 37, 38, 39, 42, 44, 46, 45, 51, 49
TAMBOURINE, COWBELL, BONGO_HIGH, BONGO_LOW, CONGA_MUTE, CONGA, CONGA_LOW = 54, 56, 60, 61, 62, 63, 64
TIMBALE, AGOGO, CABASA, MARACAS, GUIRO, GUIRO_LONG, CLAVE, BRUSH = 65, 67, 69, 70, 73, 74, 75, 40

Drums = dict[int, str]
Chord = tuple[int, str]

BLUES = (
    (0, "7"),
    (5, "7"),
    (0, "7"),
    (0, "7"),
    (5, "7"),
    (5, "7"),
    (0, "7"),
    (0, "7"),
    (7, "7"),
    (5, "7"),
    (0, "7"),
    (7, "7"),
)
MINOR_BLUES = ((0, "m7"),) * 4 + ((5, "m7"),) * 2 + ((0, "m7"),) * 2 + ((8, "7"), (7, "7"), (0, "m7"), (7, "7"))
RHYTHM = ((0, "6"), (9, "m7"), (2, "m7"), (7, "7"))
TURN = ((2, "m7"), (7, "7"), (0, "maj7"), (0, "6"))
CIRCLE = ((0, "6"), (9, "7"), (2, "7"), (7, "7"), (0, "6"), (9, "7"), (7, "7"), (0, "6"))
MINOR_TURN = ((0, "m6"), (0, "m6"), (5, "m7"), (7, "7"))
POP = ((0, ""), (7, ""), (9, "m"), (5, ""))
FIFTIES = ((0, ""), (9, "m"), (5, ""), (7, ""))
THREE = ((0, ""), (5, ""), (7, "7"), (0, ""))
FOLK = ((0, ""), (5, ""), (0, ""), (7, "7"))
AEOLIAN = ((0, "m"), (8, ""), (3, ""), (10, ""))
ANDALUSIAN = ((0, "m"), (10, ""), (8, ""), (7, "7"))
DARK = ((0, "m"), (0, "m"), (8, ""), (7, "7"))
MINOR_THREE = ((0, "m"), (5, "m"), (7, "7"), (0, "m"))
DORIAN = ((0, "m7"), (5, "7"), (0, "m7"), (0, "m"))
VAMP = ((0, "m"), (0, "m7"), (10, ""), (0, "m"))

JAZZ_MAJOR, JAZZ_MINOR = (RHYTHM, TURN, CIRCLE, BLUES), (MINOR_TURN, MINOR_BLUES)
POP_MAJOR, POP_MINOR = (POP, FIFTIES, THREE, FOLK), (AEOLIAN, ANDALUSIAN, DARK, MINOR_THREE)

PIANOS, EPIANOS, ORGANS, GUITARS, CLEAN, DRIVE = (0, 1), (4, 5), (16, 17), (24, 25), (26, 27, 28), (29, 30)
STRINGS, BRASS, REEDS, SYNTHS, PADS, PLUCKS = (
    (48, 49, 40),
    (56, 57, 61),
    (64, 65, 66, 71),
    (80, 81, 90),
    (88, 89, 95),
    (45, 46, 11),
)
UPRIGHT, EBASS, SYNTHBASS = (32,), (33, 34), (38, 39)


@dataclass(frozen=True, slots=True)
class Style:
    """One way of playing."""

    name: str
    #: slowest and fastest, in beats a minute as dancers count them
    bpm: tuple[int, int]
    #: the drum bars one of which is taken
    drums: tuple[Drums, ...]
    #: ways of playing the bass and the chords: see `playing.py`
    bass: tuple[str, ...]
    chords: tuple[str, ...]
    #: instruments, one of each taken
    bass_sounds: tuple[int, ...] = EBASS
    chord_sounds: tuple[int, ...] = PIANOS + EPIANOS
    lead_sounds: tuple[int, ...] = REEDS + BRASS
    #: harmonies in major and in minor
    major: tuple[tuple[Chord, ...], ...] = POP_MAJOR
    minor: tuple[tuple[Chord, ...], ...] = POP_MINOR
    #: how often it is minor
    minor_share: float = 0.5
    #: beats in a bar
    metre: int = 4
    #: least and most long-to-short ratio of two eighths; 1 is straight
    swing: tuple[float, float] = (1.0, 1.0)
    #: whether it is sixteenths that swing
    swings_sixteenths: bool = False
    #: how inexact the players are, milliseconds (one sigma)
    jitter_ms: tuple[float, float] = (2.0, 9.0)
    #: how often there is a tune above it
    lead_share: float = 0.7
    #: how busy the tune is, strokes an eighth
    lead_density: float = 0.45
    #: whether some sound like an old record
    is_old: bool = False


SWUNG = (1.6, 2.1)
SWING_RIDE = {RIDE: "x.xxx.xx", PEDAL: "..x...x."}
LIGHT = {CLOSED: "x.xox.xo", PEDAL: "..x...x.", KICK: "o.o.o.o."}
SHUFFLE = {CLOSED: "xoxoxoxo", SNARE: "..x...x.", KICK: "x...x..o"}
BACKBEAT = {CLOSED: "xoxoxoxo", SNARE: "..X...X.", KICK: "X...X..."}
ROCK = {CLOSED: "xoxoxoxo", SNARE: "..X...X.", KICK: "X..xX..."}
FOUR = {KICK: "X.X.X.X.", CLAP: "..x...x.", OPEN: ".x.x.x.x"}
