"""A band that plays a style: notes from a style, a key and a tempo, each player with their own way and inexactness.

Deterministic: the same random generator gives the same notes.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from tests.bench.analysis.midi import DRUMS, Note
from tests.bench.analysis.vocabulary import Chord, Style

BASS, CHORDS, LEAD = 0, 1, 2
_QUALITIES = {
    "": (0, 4, 7),
    "m": (0, 3, 7),
    "7": (0, 4, 7, 10),
    "m7": (0, 3, 7, 10),
    "maj7": (0, 4, 7, 11),
    "6": (0, 4, 7, 9),
    "m6": (0, 3, 7, 9),
}
_MAJOR, _MINOR = (0, 2, 4, 5, 7, 9, 11), (0, 2, 3, 5, 7, 8, 10)
# Tunes dwell on the notes of the tonic's chord; by step of the scale.
_PULL = {0: 2.6, 2: 1.6, 4: 2.0}
_LOUD = {"X": 118, "x": 96, "o": 62}

#: when the bass plays in a bar of four (beat, length, which tone of the chord: 0 root, 2 fifth, 7 the octave)
_BASS_LINES: dict[str, tuple[tuple[float, float, int], ...]] = {
    "root": ((0, 1.8, 0), (2, 1.8, 2)),
    "two": ((0, 0.9, 0), (2, 0.9, 2)),
    "long": ((0, 3.8, 0),),
    "eighths": tuple((step / 2, 0.45, 0) for step in range(8)),
    "boogie": ((0, 0.9, 0), (1, 0.9, 1), (2, 0.9, 2), (2.5, 0.4, 3), (3, 0.9, 1)),
    "offbeat": tuple((beat + 0.5, 0.4, 0) for beat in range(4)),
    "octaves": tuple((step / 2, 0.4, 7 if step % 2 else 0) for step in range(8)),
    "sixteenth": tuple((beat + part, 0.2, 0) for beat in range(4) for part in (0.25, 0.5, 0.75)),
    "syncopated": ((0, 0.7, 0), (0.75, 0.4, 0), (1.5, 0.4, 0), (2.5, 0.4, 2), (3.25, 0.5, 7)),
    "tumbao": ((1.5, 1.3, 2), (3, 0.9, 0)),
    "bachata": ((0, 1.4, 0), (2, 0.9, 2), (3, 0.9, 0)),
    "marcato": tuple((beat, 0.6, 2 if beat % 2 else 0) for beat in range(4)),
    "habanera": tuple((half + at, 0.4, tone) for half in (0, 2) for at, tone in ((0, 0), (0.75, 2), (1, 7), (1.5, 2))),
    "bossa": ((0, 1.4, 0), (1.5, 0.4, 2), (2, 1.4, 2), (3.5, 0.4, 0)),
    "bolero": ((0, 1.8, 0), (2, 0.9, 2), (3, 0.9, 0)),
}
#: when the chords sound in a bar of four (beat, length)
_CHORD_LINES: dict[str, tuple[tuple[float, float], ...]] = {
    "pads": ((0, 3.9),),
    "freddie": tuple((beat, 0.5) for beat in range(4)),
    "charleston": ((0, 0.8), (1.5, 0.5)),
    "jabs": ((1.5, 0.3), (3.5, 0.3)),
    "stabs": ((0, 0.3), (0.75, 0.3), (2.5, 0.3)),
    "eighths": tuple((step / 2, 0.4) for step in range(8)),
    "triplets": tuple((step / 3, 0.3) for step in range(12)),
    "sixteenths": tuple((step / 4, 0.15) for step in (0, 2, 3, 4, 6, 7, 8, 10, 11, 12, 14, 15)),
    "montuno": tuple((at, 0.35) for at in (0, 1, 1.5, 2.5, 3.5)),
    "marcato": tuple((beat, 0.4) for beat in range(4)),
    "sincopa": ((0, 0.3), (0.5, 0.8), (1.5, 0.4), (2, 0.4), (3, 0.4)),
    "skank": tuple((beat + 0.5, 0.2) for beat in range(4)),
    "power": tuple((step / 2, 0.42) for step in range(8)),
    "bossa": ((0, 0.6), (1, 0.3), (1.5, 0.8), (2.5, 0.3), (3.5, 0.8)),
    "boom chick": tuple((beat, 0.4) for beat in (1, 3)),
}


@dataclass(frozen=True, slots=True)
class Plan:
    """What is played."""

    style: Style
    bpm: float
    #: the key's note, 0 for C, and whether it is minor
    tonic: int
    is_minor: bool
    chords: tuple[Chord, ...]
    #: long-to-short ratio of two eighths (or sixteenths)
    swing: float
    jitter_ms: float
    bars: int
    #: bars at the start with neither drums nor bass
    intro: int


class _Band:
    """Places notes: swing and inexactness are the same matter for every instrument."""

    def __init__(self, plan: Plan, random: Random) -> None:
        self.plan = plan
        self.random = random
        self.notes: list[Note] = []
        self._sigma = plan.jitter_ms / 1000 * plan.bpm / 60

    def swung(self, beat: float) -> float:
        """Where a written beat falls when it swings; triplets and the like stay."""
        part = 0.5 if self.plan.style.swings_sixteenths else 1.0
        whole, within = divmod(beat, part)
        if abs(within - part / 2) < 0.01 * part:
            within = part * self.plan.swing / (1 + self.plan.swing)
        return whole * part + within

    def play(self, beat: float, length: float, channel: int, pitch: int, velocity: float) -> None:
        late = max(-2.5, min(2.5, self.random.gauss(0, 1))) * self._sigma
        loud = max(1, min(127, round(velocity + self.random.gauss(0, 6))))
        self.notes.append(Note(max(0.0, self.swung(beat) + late), length, channel, pitch, loud))


def played(plan: Plan, random: Random) -> list[Note]:
    """Every note of the band."""
    band = _Band(plan, random)
    style = plan.style
    drums, bass, chords = random.choice(style.drums), random.choice(style.bass), random.choice(style.chords)
    has_lead = random.random() < style.lead_share
    motif = _motif(plan, random)
    low = 33 + (plan.tonic - 33 % 12) % 12
    for bar in range(plan.bars):
        root, quality = plan.chords[bar % len(plan.chords)]
        tones = _QUALITIES[quality]
        start = bar * style.metre
        following = plan.chords[(bar + 1) % len(plan.chords)][0]
        if bar >= plan.intro:
            _drum_bar(band, drums, start, bar)
            near = root if root <= 7 else root - 12
            if bass == "walk":
                _walk(band, start, low=low, root=near, tones=tones, following=following)
            else:
                _bass_bar(band, bass, start, low + near, tones)
        _chord_bar(band, chords, start, plan.tonic + root, tones)
        if has_lead and (bar < plan.intro or bar % 8 < 6):
            _lead_bar(band, motif[bar % len(motif)], start, tones, root)
    return band.notes


def _drum_bar(band: _Band, drums: dict[int, str], start: float, bar: int) -> None:
    metre = float(band.plan.style.metre)
    for drum, line in drums.items():
        for step, stroke in enumerate(line):
            if stroke in _LOUD:
                band.play(start + step * metre / len(line), 0.2, DRUMS, drum, _LOUD[stroke])
    if drums and bar % 8 == 7 and band.random.random() < 0.5:
        for step in range(4):
            band.play(start + metre - 1 + step / 4, 0.2, DRUMS, band.random.choice((38, 45, 47, 43)), 84)


def _walk(band: _Band, start: float, *, low: int, root: int, tones: tuple[int, ...], following: int) -> None:
    """A quarter note a beat: the chord's tones, then towards the next chord."""
    approach = band.random.choice((-1, 1, 2))
    for beat in range(band.plan.style.metre):
        if beat < 3:
            pitch = low + root + (0, *band.random.sample(tones[1:], k=2))[beat]
        else:
            pitch = low + following - 12 * (following > 7) + approach
        band.play(start + beat, 0.9, BASS, pitch, 92)


def _bass_bar(band: _Band, way: str, start: float, root: int, tones: tuple[int, ...]) -> None:
    metre = band.plan.style.metre
    steps = (*tones[:3], 9 if 9 in tones or 4 in tones else 10)
    for beat, length, tone in _BASS_LINES[way]:
        if beat < metre:
            band.play(start + beat, length, BASS, root + (12 if tone == 7 else steps[tone]), 96)


def _chord_bar(band: _Band, way: str, start: float, root: int, tones: tuple[int, ...]) -> None:
    metre = band.plan.style.metre
    pitches = sorted(52 + (root + tone - 52) % 12 for tone in tones)
    if way == "arpeggio":
        for step in range(metre * 2):
            band.play(start + step / 2, 0.6, CHORDS, pitches[(0, 2, 1, 2)[step % 4] % len(pitches)], 78)
    elif way in {"waltz", "stride"}:
        band.play(start, 0.8, CHORDS, 40 + (root - 40) % 12, 84)
        for after in range(1, metre):
            if way == "stride" and after == 2:
                band.play(start + after, 0.8, CHORDS, 40 + (root + 7 - 40) % 12, 84)
            else:
                _strike(band, start + after, 0.5, pitches)
    else:
        for beat, length in _CHORD_LINES[way]:
            if beat < metre:
                power = [pitches[0], pitches[0] + 7] if way == "power" else pitches
                _strike(band, start + beat, length, power)


def _strike(band: _Band, beat: float, length: float, pitches: list[int]) -> None:
    for pitch in pitches:
        band.play(beat, length, CHORDS, pitch, 76)


def _motif(plan: Plan, random: Random) -> list[list[tuple[float, float, int]]]:
    """Four bars of a tune: beat, length, and the step of the scale."""
    bars = []
    step = random.choice((0, 2, 4))
    for _ in range(4):
        bar = []
        for eighth in range(plan.style.metre * 2):
            weight = plan.style.lead_density * (1.3 if eighth % 2 == 0 else 0.7)
            if random.random() < weight:
                near = [one for one in range(step - 2, step + 3) if -4 <= one <= 9]
                step = random.choices(near, weights=[_PULL.get(one % 7, 1.0) for one in near])[0]
                bar.append((eighth / 2, random.choice((0.4, 0.5, 0.9)), step))
        bars.append(bar)
    return bars


def _lead_bar(
    band: _Band, tune: list[tuple[float, float, int]], start: float, tones: tuple[int, ...], root: int
) -> None:
    scale = _MINOR if band.plan.is_minor else _MAJOR
    for number, (beat, length, step) in enumerate(tune):
        octave, degree = divmod(step, 7)
        pitch = scale[degree] + 12 * octave
        if number == 0:
            # A bar's first note belongs to its chord.
            pitch = min(
                (root + tone + shift for tone in tones for shift in (-12, 0, 12)), key=lambda one: abs(one - pitch)
            )
        band.play(start + beat, length, LEAD, 66 + (band.plan.tonic - 66) % 12 + pitch, 90)


def swells(plan: Plan, random: Random) -> Iterator[tuple[float, int]]:
    """How loud it is over time: some pieces keep level, some grow, some drop for a few bars."""
    kind = random.choice(("level", "level", "growing", "breaks"))
    yield 0.0, 70 if kind == "growing" else 110
    for bar in range(1, plan.bars):
        if kind == "growing":
            yield float(bar * plan.style.metre), 70 + round(50 * bar / plan.bars)
        elif kind == "breaks":
            yield float(bar * plan.style.metre), 64 if bar % 8 in {6, 7} else 112
