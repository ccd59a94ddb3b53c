"""What is known of how a track sounds. Pure; who listens is elsewhere.

A thing that is not known is None, never 0: a page says nothing rather than something wrong. Every result says the
version of the rules it was made by, so that tracks are heard again when the rules change.
"""

from dataclasses import dataclass, field
from enum import StrEnum

#: raised when the same file would give other figures: everything older is analysed again
ANALYSIS_VERSION = 5
EMBEDDING_AXES = ("tempo", "energy", "brightness", "pulse", "swing")
#: parts of a track's shape at most
SHAPE_MOST = 400
#: no axis of the embedding reaches further from 0 than this
EMBEDDING_REACH = 2.5

_NOTES = ("C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")
_MINOR_NOTES = ("C", "C#", "D", "Eb", "E", "F", "F#", "G", "G#", "A", "Bb", "B")


class Gap(StrEnum):
    """Why something is not known of a track that could be read."""

    #: no sound louder than silence in the whole file
    SILENT = "silent"
    #: less than five seconds of sound: too little for tempo and key
    TOO_SHORT = "too_short"
    #: nothing recurs: speech, noise, rubato
    NO_BEAT = "no_beat"
    #: one tone, noise or drums alone: no key can be told
    NO_KEY = "no_key"
    #: the file ends or breaks before its end; what could be read was used
    DAMAGED = "damaged"
    #: neither ffmpeg nor fpcalc on this machine can make a fingerprint
    NO_FINGERPRINTER = "no_fingerprinter"


@dataclass(frozen=True, slots=True)
class Tempo:
    """How fast, in the beats that dancers step to."""

    #: beats a minute
    bpm: float
    #: how sure it is that this is the beat and not half or double of it, 0 to 1
    confidence: float
    #: how even the tempo is, 0 to 1; played to a click is 1
    steadiness: float
    #: where a beat falls, milliseconds from the start of the file: the first one that is heard
    first_beat_ms: int
    #: what else it might be, likeliest first
    others: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class TempoAt:
    """How fast it is at one moment."""

    #: milliseconds from the start of the file: the middle of the eight seconds that were listened to
    at_ms: int
    #: beats a minute
    bpm: float


@dataclass(frozen=True, slots=True)
class Key:
    """In which key."""

    #: the tonic as a pitch class: 0 is C, 11 is B
    tonic: int
    is_minor: bool
    #: how likely it is the right one of all, 0 to 1
    confidence: float
    #: how far the recording is from A = 440 Hz, in hundredths of a semitone
    tuning_cents: int

    @property
    def name(self) -> str:
        """As musicians write it: `Eb`, `F#m`."""
        return f"{_MINOR_NOTES[self.tonic]}m" if self.is_minor else _NOTES[self.tonic]

    @property
    def camelot(self) -> str:
        """As DJs write it, on the wheel of keys that mix: `8B` is C, `8A` is A minor."""
        fifths = (self.tonic + (3 if self.is_minor else 0)) * 7 % 12
        return f"{(fifths + 7) % 12 + 1}{'A' if self.is_minor else 'B'}"


@dataclass(frozen=True, slots=True)
class Loudness:
    """How loud, as broadcasters measure it (EBU R 128)."""

    #: over the whole track, gated, in LUFS; what plays in mono counts as played by both speakers
    lufs: float


@dataclass(frozen=True, slots=True)
class Character:
    """What it is like to dance to: scores from 0 to 100, made so that a mixed library fills the whole scale.

    What is about the beat is None where there is none.
    """

    #: how much happens and how hard: strokes, their weight, how loud it is
    energy: int | None
    #: how plain and steady the beat is
    danceability: int | None
    #: how much of the sound is high
    brightness: int | None
    #: how far it is from machines and distortion: plucked, bowed, blown, and breathing in loudness
    acousticness: int | None
    #: how much goes on between the beats in a pattern that repeats
    groove: int | None


@dataclass(frozen=True, slots=True)
class Analysis:
    """Everything one file's sound tells."""

    version: int
    #: SHA-256 of the file, hexadecimal: the same file elsewhere
    file_hash: str
    #: how long it plays, by its sound and not by what its header claims
    duration_ms: int
    #: where sound begins and ends; None when there is none
    sound_from_ms: int | None
    sound_until_ms: int | None
    tempo: Tempo | None
    key: Key | None
    loudness: Loudness | None
    character: Character | None
    #: how much longer the first of two eighths is than the second: 1 straight, 2 triplets; None when there are none
    swing: float | None
    #: Chromaprint's words of the first two minutes, 4 bytes each, least significant first: the same recording elsewhere
    fingerprint: bytes | None
    #: five numbers around 0, by EMBEDDING_AXES: tracks that feel alike are near each other
    embedding: tuple[float, float, float, float, float] | None
    #: why things are None
    gaps: tuple[Gap, ...] = ()
    #: how loud it is from the file's beginning to its end, in parts of one length: 255 is its own loudest tenth of a
    #: second. Half a kilobyte at most, and None where many tracks are read at once
    shape: bytes | None = field(default=None, repr=False)
    #: how fast it is along the way, as far as that was measured
    course: tuple[TempoAt, ...] = ()

    @property
    def sounding_ms(self) -> int | None:
        """How long it plays without the silence before and after."""
        if self.sound_from_ms is None or self.sound_until_ms is None:
            return None
        return self.sound_until_ms - self.sound_from_ms


class FaultCode(StrEnum):
    """Why nothing is known of a file."""

    MISSING = "file_missing"
    FORBIDDEN = "file_forbidden"
    NOT_A_FILE = "not_a_file"
    EMPTY = "file_empty"
    TOO_BIG = "file_too_big"
    NOT_AUDIO = "not_audio"
    BROKEN = "audio_broken"
    PROTECTED = "copy_protected"
    TOO_LONG = "too_long"
    TOO_SLOW = "took_too_long"
    UNREADABLE = "disk_trouble"
    CRASHED = "analysis_crashed"
    NO_DECODER = "no_decoder"
    OUTSIDE = "link_outside"
    FOLDER_FORBIDDEN = "folder_forbidden"
    FOLDER_UNREADABLE = "folder_unreadable"


#: what to say, and whether the same file may do later
_WORDS: dict[FaultCode, tuple[str, str, bool]] = {
    FaultCode.MISSING: ("The file is no longer there.", "Put the stick back in, or scan the folder again.", True),
    FaultCode.FORBIDDEN: ("The file may not be read.", "Give the box the right to read it.", True),
    FaultCode.NOT_A_FILE: ("This is not an ordinary file.", "", False),
    FaultCode.EMPTY: ("The file is empty.", "Copy it again from where it came.", False),
    FaultCode.TOO_BIG: ("The file is larger than a track can be.", "Cut it, or leave it out.", False),
    FaultCode.NOT_AUDIO: (
        "There is no sound in this file, whatever its name says.",
        "Remove it from the folder.",
        False,
    ),
    FaultCode.BROKEN: ("The file is damaged: nothing in it can be played.", "Copy it again from where it came.", False),
    FaultCode.PROTECTED: (
        "The file is copy-protected, so only the shop's own player can play it.",
        "Get it in a plain format from the shop.",
        False,
    ),
    FaultCode.TOO_LONG: (
        "It is longer than 20 minutes: a recorded set rather than a track.",
        "Cut it into tracks to have it analysed.",
        False,
    ),
    FaultCode.TOO_SLOW: ("Reading the file took too long.", "It is tried again later.", True),
    FaultCode.UNREADABLE: (
        "The disk or stick failed while the file was read.",
        "Copy it again from where it came.",
        True,
    ),
    FaultCode.CRASHED: ("The program that listens to tracks died on this file.", "Leave the file out.", False),
    FaultCode.NO_DECODER: (
        "The program ffmpeg is missing, so no file can be heard.",
        "Install it (apt install ffmpeg).",
        True,
    ),
    FaultCode.OUTSIDE: (
        "This is a link to a place outside of the folder, and such a place is not looked into.",
        "Name that place in the setting library.folders.",
        True,
    ),
    FaultCode.FOLDER_FORBIDDEN: (
        "The folder may not be looked into, so nothing in it can be played.",
        "Give the box the right to read it.",
        True,
    ),
    FaultCode.FOLDER_UNREADABLE: (
        "The disk or stick failed while the folder was read, so what is in it may be missing here.",
        "Check the stick on a computer, or copy the music to another one.",
        True,
    ),
}


@dataclass(frozen=True, slots=True)
class Fault:
    """Why one file was not analysed."""

    code: FaultCode

    @property
    def detail(self) -> str:
        """What is wrong, for the person who owns the file."""
        return _WORDS[self.code][0]

    @property
    def advice(self) -> str:
        """What to do about it; empty when there is nothing."""
        return _WORDS[self.code][1]

    @property
    def may_pass(self) -> bool:
        """Whether the same file may do later: it is tried again."""
        return _WORDS[self.code][2]
