"""Notes as a standard MIDI file of one track: just what the evaluation set needs."""

import struct
from collections.abc import Sequence
from dataclasses import dataclass, field

TICKS_PER_BEAT = 960
DRUMS = 9
_BEND_CENTRE = 8192
_BEND_RANGE_CENTS = 200


@dataclass(frozen=True, slots=True)
class Note:
    """One struck note."""

    #: when, in beats from the start, the player's inexactness included
    beat: float
    #: for how long, in beats
    length: float
    #: MIDI channel, from 0; 9 is the drums
    channel: int
    #: MIDI pitch, or which drum
    pitch: int
    #: how hard, 1 to 127
    velocity: int


@dataclass(frozen=True, slots=True)
class Song:
    """Everything that is played."""

    #: beats a minute
    bpm: float
    notes: Sequence[Note]
    #: which instrument each channel is, by General MIDI number
    instruments: dict[int, int]
    #: loudness over time: beat, and volume from 0 to 127 for all channels
    swells: Sequence[tuple[float, int]] = ()
    #: how far the whole band is out of tune
    cents: float = 0.0
    #: volume of single channels
    levels: dict[int, int] = field(default_factory=dict)


def written(song: Song) -> bytes:
    """The song as the content of a .mid file."""
    events: list[tuple[int, int, bytes]] = [(0, 0, b"\xff\x51\x03" + round(60e6 / song.bpm).to_bytes(3, "big"))]
    bend = round(_BEND_CENTRE + song.cents / _BEND_RANGE_CENTS * _BEND_CENTRE)
    for channel, program in song.instruments.items():
        events.append((0, 1, bytes((0xC0 | channel, program))))
        events.append((0, 1, bytes((0xB0 | channel, 7, song.levels.get(channel, 100)))))
        if channel != DRUMS:
            events.append((0, 1, bytes((0xE0 | channel, bend & 127, bend >> 7))))
    for beat, volume in song.swells:
        events += [(_tick(beat), 1, bytes((0xB0 | channel, 11, volume))) for channel in song.instruments]
    for note in song.notes:
        on, off = _tick(note.beat), _tick(note.beat + note.length)
        events.append((on, 3, bytes((0x90 | note.channel, note.pitch, note.velocity))))
        events.append((max(off, on + 1), 2, bytes((0x80 | note.channel, note.pitch, 0))))
    track = b""
    now = 0
    for tick, _, message in sorted(events):
        track += _variable(tick - now) + message
        now = tick
    track += b"\x00\xff\x2f\x00"
    header = struct.pack(">4sLHHH", b"MThd", 6, 0, 1, TICKS_PER_BEAT)
    return header + struct.pack(">4sL", b"MTrk", len(track)) + track


def _tick(beat: float) -> int:
    return max(0, round(beat * TICKS_PER_BEAT))


def _variable(number: int) -> bytes:
    """A number in the file's own form: seven bits a byte, the last without the high bit."""
    groups = [number & 127]
    while number := number >> 7:
        groups.append(number & 127 | 128)
    return bytes(reversed(groups))
