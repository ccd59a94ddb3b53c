"""Another band than `playing.py`'s: other lines, voicings and tunes, so that what was learned is tried on what is new.

Deterministic: the same random generator gives the same notes.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from tests.bench.analysis.midi import DRUMS, Note, Song
from tests.bench.analysis.phrases import phrases
from tests.bench.analysis.tunes import Bar, Chord, Kind, Tune

_BASS, _CHORDS, _LEAD = 0, 1, 2
_BPM: dict[Kind, tuple[float, float]] = {"blues": (64, 140), "swing": (120, 200), "pop": (70, 135), "latin": (90, 190)}
_BASSES: dict[Kind, tuple[str, ...]] = {
    "blues": ("walk", "walk", "boogie", "root", "shuffle"),
    "swing": ("walk", "walk", "two", "walk"),
    "pop": ("eighths", "root", "syncopated", "root"),
    "latin": ("tumbao", "bossa", "two"),
}
_COMPS: dict[Kind, tuple[str, ...]] = {
    "blues": ("shell", "rootless", "held", "shuffle", "held"),
    "swing": ("four", "shell", "rootless", "stride", "charleston"),
    "pop": ("held", "arpeggio", "eighths", "held", "power"),
    "latin": ("montuno", "arpeggio", "held", "bossa"),
}
#: when chords sound within a bar (beat, length)
_STROKES: dict[str, tuple[tuple[float, float], ...]] = {
    "held": ((0, 3.8),),
    "four": tuple((beat, 0.45) for beat in range(4)),
    "shell": ((0, 0.9), (1.5, 0.5)),
    "rootless": ((0, 0.9), (1.5, 0.5)),
    "charleston": ((0, 0.9), (1.5, 0.5)),
    "shuffle": tuple((half / 2, 0.4) for half in range(8)),
    "eighths": tuple((half / 2, 0.4) for half in range(8)),
    "power": tuple((half / 2, 0.4) for half in range(8)),
    "montuno": tuple((beat, 0.35) for beat in (0, 1, 1.5, 2.5, 3.5)),
    "bossa": tuple((beat, 0.5) for beat in (0, 1, 2.5, 3.5)),
}
#: when the bass plays within a bar (beat, length, semitones above the root)
_LINES: dict[str, tuple[tuple[float, float, int], ...]] = {
    "root": ((0, 3.8, 0),),
    "two": ((0, 1.8, 0), (2, 1.8, 7)),
    "shuffle": tuple((half / 2, 0.45, 0) for half in range(8)),
    "eighths": tuple((half / 2, 0.45, 0) for half in range(8)),
    "syncopated": ((0, 0.6, 0), (1.5, 0.6, 0), (2.5, 0.6, 7), (3.5, 0.6, 12)),
    "bossa": ((0, 1.4, 0), (1.5, 0.5, 7), (2, 1.4, 7), (3.5, 0.5, 0)),
}
_INSTRUMENTS: dict[Kind, tuple[tuple[int, ...], tuple[int, ...]]] = {
    "blues": ((32, 33, 34), (0, 16, 17, 26, 27, 4)),
    "swing": ((32,), (0, 0, 26, 25, 24)),
    "pop": ((33, 34, 35, 38), (0, 4, 24, 25, 27, 29, 48, 88, 89, 81)),
    "latin": ((32, 33, 35), (0, 1, 24, 25)),
}
_LEADS = (65, 66, 56, 57, 71, 27, 0, 22, 73, 80)
#: scales above the tonic that tunes are made of: in major, in minor
_SCALES: dict[str, tuple[tuple[int, ...], tuple[int, ...]]] = {
    "scale": ((0, 2, 4, 5, 7, 9, 11), (0, 2, 3, 5, 7, 8, 10)),
    "five": ((0, 2, 4, 7, 9), (0, 3, 5, 7, 10)),
    "blue": ((0, 3, 5, 6, 7, 10), (0, 3, 5, 6, 7, 10)),
    "mixed": ((0, 2, 3, 4, 5, 7, 9, 10), (0, 2, 3, 5, 7, 9, 10)),
}
_LOWEST, _MIDDLE = 28, 52


@dataclass(frozen=True, slots=True)
class Number:
    """One piece as it is played, and what is true of it."""

    kind: Kind
    tonic: int
    is_minor: bool
    seconds: float
    song: Song


class _Players:
    """Places notes: swing and inexactness are the same matter for every player."""

    def __init__(self, random: Random, *, swing: float) -> None:
        self.random = random
        self.notes: list[Note] = []
        self._swing = swing

    def play(self, beat: float, length: float, channel: int, pitch: int, velocity: float) -> None:
        whole, within = divmod(beat, 1)
        if abs(within - 0.5) < 0.01:
            within = self._swing / (1 + self._swing)
        at = max(0.0, whole + within + self.random.gauss(0, 0.012))
        loud = max(1, min(127, round(velocity + self.random.gauss(0, 7))))
        self.notes.append(Note(at, length, channel, pitch, loud))


def tune(one: Tune, random: Random) -> Number:
    """A tune in some key, as this band plays it."""
    return _number(one.kind, one.bars, random, tonic=one.tonic, is_minor=one.is_minor)


def invented(random: Random) -> Number:
    """A piece of the grammar's."""
    kind: Kind = random.choice(("blues", "swing", "pop", "pop", "latin"))
    bars, is_minor = phrases(kind, random)
    return _number(kind, bars, random, tonic=0, is_minor=is_minor)


def _number(kind: Kind, bars: tuple[Bar, ...], random: Random, *, tonic: int, is_minor: bool) -> Number:
    up = random.randrange(12)
    form = [tuple(((root + up) % 12, tones) for root, tones in bar) for bar in bars]
    if random.random() < 0.35:
        # What is heard of a piece need not begin where its form does.
        first = random.randrange(len(form))
        form = form[first:] + form[:first]
    tonic = (tonic + up) % 12
    bpm, seconds = random.uniform(*_BPM[kind]), random.choice((24, 36, 48, 60))
    count = max(8, int(seconds * bpm / 240))
    is_swung = kind in {"blues", "swing"}
    players = _Players(random, swing=random.uniform(1.5, 2.1) if is_swung else 1.0)
    bass, comp = random.choice(_BASSES[kind]), random.choice(_COMPS[kind])
    lead = _Lead(players, tonic=tonic, is_minor=is_minor, kind=kind)
    has_drums = random.random() < 0.75
    for number in range(count):
        following = form[(number + 1) % len(form)][0][0]
        for start, beats, played, after in _halves(form[number % len(form)], following):
            _bass(players, bass, 4 * number + start, beats, chord=played, following=after)
            _comp(players, comp, 4 * number + start, beats, played)
            lead.bar(number, start, beats, played)
        if has_drums:
            _drums(players, 4 * number, is_swung=is_swung)
    lows, chords = _INSTRUMENTS[kind]
    instruments = {
        _BASS: random.choice(lows),
        _CHORDS: random.choice(chords),
        _LEAD: random.choice(_LEADS),
        DRUMS: 0,
    }
    levels = {channel: random.randint(70, 112) for channel in instruments}
    cents = random.choice((0.0, 0.0, 0.0, random.uniform(-30, 30)))
    song = Song(bpm, players.notes, instruments, (), cents, levels)
    return Number(kind, tonic, is_minor, min(seconds, count * 240 / bpm), song)


def _halves(bar: Bar, following: int) -> Iterator[tuple[float, float, Chord, int]]:
    """The chords of a bar: when, for how many beats, and which root comes after."""
    beats = 4 / len(bar)
    for number, one in enumerate(bar):
        yield number * beats, beats, one, bar[number + 1][0] if number + 1 < len(bar) else following


def _bass(players: _Players, way: str, start: float, beats: float, *, chord: Chord, following: int) -> None:
    root, tones = chord
    low, after = (_LOWEST + (one - _LOWEST) % 12 for one in (root, following))
    if way == "walk":
        between = [tone for tone in (*tones[1:], 2, 5) if tone < 12]
        for beat in range(int(beats)):
            pitch = low if beat == 0 else low + players.random.choice(between)
            if 0 < beat == int(beats) - 1:
                pitch = after + players.random.choice((-1, 1, 2, -2, 7, -5))
            players.play(start + beat, 0.9, _BASS, pitch, 95)
    elif way == "boogie":
        for half, tone in enumerate((0, 0, tones[1], tones[1], 7, 7, 9, 10)[: int(2 * beats)]):
            players.play(start + half / 2, 0.45, _BASS, low + tone, 92)
    elif way == "tumbao":
        # The fifth, and then the next chord's root, ahead of its time.
        is_whole = beats >= 4
        players.play(start + 1.5 * is_whole, 1.2, _BASS, low + (7 if low < 45 else -5), 92)
        players.play(start + beats - 1, 0.9, _BASS, after if is_whole else low, 95)
    else:
        for at, length, tone in _LINES[way]:
            if at < beats:
                players.play(start + at, min(length, beats - at), _BASS, low + tone, 92)


def _comp(players: _Players, way: str, start: float, beats: float, chord: Chord) -> None:
    root, tones = chord
    fourth = tones[3] if len(tones) > 3 else tones[2]
    heard = {"shell": (tones[1], fourth), "rootless": (tones[1], fourth, 2, 7), "power": (0, 7, 12)}.get(way, tones)
    if way == "power":
        pitches = [40 + (root - 40) % 12 + tone for tone in heard]
    else:
        pitches = sorted(_MIDDLE + (root + tone - _MIDDLE) % 12 for tone in heard)
    if way == "arpeggio":
        for half in range(int(2 * beats)):
            players.play(start + half / 2, 0.7, _CHORDS, pitches[half % len(pitches)], 76)
    elif way == "stride":
        for beat in range(int(beats)):
            low = [36 + (root + (7 if beat else 0)) % 12]
            for pitch in pitches if beat % 2 else low:
                players.play(start + beat, 0.6, _CHORDS, pitch, 78)
    else:
        for at, length in _STROKES[way]:
            if at < beats:
                for pitch in pitches:
                    players.play(start + at, min(length, beats - at), _CHORDS, pitch, 74)


class _Lead:
    """A tune above it, from one scale: the key's, five notes of it, a blue one, or each chord's own."""

    def __init__(self, players: _Players, *, tonic: int, is_minor: bool, kind: Kind) -> None:
        random = players.random
        blue = ("blue", "mixed") if kind in {"blues", "swing"} else ("five", "scale")
        self._way = random.choice(("none", "chords", "scale", "five", *blue))
        self._players = players
        scale = _SCALES.get(self._way, _SCALES["scale"])[is_minor]
        self._scale = {(tonic + step) % 12 for step in scale}
        self._last = 60 + tonic
        self._riff = [_riff(random) for _ in range(4)]

    def bar(self, number: int, start: float, beats: float, chord: Chord) -> None:
        """What falls on one chord of a bar."""
        if self._way == "none" or number % 8 >= 6:
            return
        tones = {(chord[0] + tone) % 12 for tone in chord[1]}
        scale = tones if self._way == "chords" else self._scale
        for beat, length in self._riff[number % 4]:
            if start <= beat < start + beats:
                near = [one for one in range(self._last - 5, self._last + 6) if one % 12 in scale and 58 <= one <= 84]
                weights = [2.0 if one % 12 in tones else 0.8 for one in near]
                self._last = self._players.random.choices(near, weights)[0] if near else 66
                self._players.play(4 * number + beat, length, _LEAD, self._last, 90)


def _riff(random: Random) -> list[tuple[float, float]]:
    """One bar of a tune: beat, length."""
    struck = [half for half in range(8) if random.random() < (0.3 if half % 2 else 0.5)]
    return [(half / 2, random.choice((0.4, 0.9, 0.5))) for half in struck]


def _drums(players: _Players, start: float, *, is_swung: bool) -> None:
    for beat in range(4):
        players.play(start + beat, 0.1, DRUMS, 51 if is_swung else 42, 80)
        players.play(start + beat, 0.1, DRUMS, 38 if beat % 2 else 36, 88)
        if beat % 2 or not is_swung:
            players.play(start + beat + 0.5, 0.1, DRUMS, 51 if is_swung else 42, 65)
