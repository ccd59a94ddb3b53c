"""The evaluation set: which clips there are, and how each is rendered. Deterministic by seed; nothing is downloaded."""

import hashlib
import json
import subprocess
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from random import Random

from tests.bench.analysis.midi import DRUMS, Song, written
from tests.bench.analysis.playing import BASS, CHORDS, LEAD, Plan, played, swells
from tests.bench.analysis.styles import STYLES
from tests.bench.analysis.vocabulary import Style

#: raised when clips would sound different: what was rendered before is no longer used
_RENDERING = 1
CACHE = Path(__file__).parents[3] / ".artifacts" / "sound"
#: by package, as Debian names it
SOUNDFONTS = {
    "fluid-soundfont-gm": Path("/usr/share/sounds/sf2/FluidR3_GM.sf2"),
    "timgm6mb-soundfont": Path("/usr/share/sounds/sf2/TimGM6mb.sf2"),
    "musescore-general-soundfont-small": Path("/usr/share/sounds/sf3/MuseScore_General_Lite.sf3"),
}
#: how a file is encoded: ending, and what ffmpeg is told
_FORMATS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("mp3", ("-c:a", "libmp3lame", "-b:a", "128k")),
    ("mp3", ("-c:a", "libmp3lame", "-q:a", "2")),
    ("mp3", ("-c:a", "libmp3lame", "-b:a", "320k", "-ar", "48000")),
    ("flac", ("-c:a", "flac")),
    ("ogg", ("-c:a", "libvorbis", "-q:a", "4")),
    ("m4a", ("-c:a", "aac", "-b:a", "128k")),
    ("wav", ("-c:a", "pcm_s16le")),
    ("opus", ("-c:a", "libopus", "-b:a", "96k")),
)
_OLD_RECORD = "aformat=channel_layouts=mono,highpass=f=120,lowpass=f=5200,acompressor=ratio=4,volume=1.5"
_PRESSED = "volume=9dB,alimiter=limit=0.97:level=0"
# Reads only the samples that are played, a fifth of the time for a large soundfont.
_ONLY_USED = "synth.dynamic-sample-loading=1"
_SWINGS_FROM = 1.25


@dataclass(frozen=True, slots=True)
class Clip:
    """One piece of the set, and what is true of it."""

    name: str
    style: str
    bpm: float
    #: beats in a bar
    metre: int
    #: 0 for C; and whether it is minor
    tonic: int
    is_minor: bool
    #: long-to-short ratio of two eighths
    swing: float
    #: how far it is out of tune, in hundredths of a semitone
    cents: float
    #: how much of the band is of wood, strings and breath, 0 to 1
    acoustic: float
    seconds: float
    path: Path

    @property
    def is_swung(self) -> bool:
        return self.swing >= _SWINGS_FROM


def clips(
    *,
    seed: int,
    each: int,
    seconds: float = 36.0,
    fonts: Sequence[str] = tuple(SOUNDFONTS),
    styles: Sequence[Style] = STYLES,
) -> list[Clip]:
    """`each` clips of every style, rendered where they are not yet."""
    return [_clip(style, number, seed, seconds, fonts) for style in styles for number in range(each)]


def _clip(style: Style, number: int, seed: int, seconds: float, fonts: Sequence[str]) -> Clip:
    random = Random(f"{seed}/{style.name}/{number}")
    plan = _plan(style, random, seconds=seconds)
    font = random.choice(sorted(fonts))
    ending, encoding = _FORMATS[random.randrange(len(_FORMATS))]
    cents = random.choice((0.0, 0.0, random.uniform(-35, 35)))
    treatment = _treatment(style, random)
    key = f"{_RENDERING}/{seed}/{seconds}/{number}/{asdict(style)}/{font}"
    name = f"{style.name.replace(' ', '-')}-{number}-{hashlib.sha256(key.encode()).hexdigest()[:10]}"
    path = CACHE / f"seed-{seed}" / f"{name}.{ending}"
    song = _song(plan, random, cents=cents)
    if not path.exists():
        render(song, path, font=SOUNDFONTS[font], filters=treatment, encoding=encoding, seconds=seconds)
    return Clip(
        name=name,
        style=style.name,
        bpm=plan.bpm,
        metre=style.metre,
        tonic=plan.tonic,
        is_minor=plan.is_minor,
        swing=1.0 if style.swings_sixteenths else plan.swing,
        cents=cents,
        acoustic=acoustic_share(song),
        seconds=seconds,
        path=path,
    )


def planned(style: Style, random: Random, *, seconds: float) -> tuple[Plan, Song]:
    """A piece of a style that is not rendered."""
    plan = _plan(style, random, seconds=seconds)
    return plan, _song(plan, random, cents=0.0)


def _plan(style: Style, random: Random, *, seconds: float) -> Plan:
    low, high = style.bpm
    bpm = round(random.uniform(low, high), 2)
    is_minor = random.random() < style.minor_share
    bars = int(seconds * bpm / 60 / style.metre) + 1
    intro = random.choice((0, 0, 0, 4)) if bars >= 12 else random.choice((0, 0, 0, 2))
    return Plan(
        style=style,
        bpm=bpm,
        tonic=random.randrange(12),
        is_minor=is_minor,
        chords=random.choice(style.minor if is_minor else style.major),
        swing=round(random.uniform(*style.swing), 3),
        jitter_ms=random.uniform(*style.jitter_ms),
        bars=bars,
        intro=intro,
    )


def _song(plan: Plan, random: Random, *, cents: float) -> Song:
    style = plan.style
    instruments = {
        BASS: random.choice(style.bass_sounds),
        CHORDS: random.choice(style.chord_sounds),
        LEAD: random.choice(style.lead_sounds),
        DRUMS: random.choice((0, 0, 8, 16, 24, 25, 32, 40)),
    }
    levels = {channel: random.randint(72, 112) for channel in instruments}
    notes = played(plan, random)
    return Song(plan.bpm, notes, instruments, list(swells(plan, random)), cents, levels)


#: General MIDI instruments by how acoustic they are; what is not named is a synthesiser
_ACOUSTIC = {
    **dict.fromkeys(
        (0, 1, 3, 11, 21, 22, 23, 24, 25, 32, 40, 45, 46, 48, 49, 56, 57, 58, 61, 64, 65, 66, 71, 73, 105), 1.0
    ),
    **dict.fromkeys((4, 5, 16, 17, 18, 26, 27, 28, 33, 34, 53), 0.4),
    **dict.fromkeys((29, 30), 0.15),
}
_MACHINE_KITS = {24, 25}


def acoustic_share(song: Song) -> float:
    """How acoustic a band is, each player counted the same."""
    heard = {note.channel for note in song.notes}
    shares = [
        float(program not in _MACHINE_KITS) if channel == DRUMS else _ACOUSTIC.get(program, 0.0)
        for channel, program in song.instruments.items()
        if channel in heard
    ]
    return round(sum(shares) / len(shares), 3)


def _treatment(style: Style, random: Random) -> str:
    if style.is_old and random.random() < 0.4:
        return _OLD_RECORD
    return _PRESSED if random.random() < 0.3 else ""


def render(
    song: Song, path: Path, *, font: Path, filters: str = "", encoding: Sequence[str] = (), seconds: float
) -> None:
    """Plays a song into a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    notes, sound = path.with_suffix(".mid"), path.with_suffix(".rendering.wav")
    notes.write_bytes(written(song))
    fluidsynth = (
        "fluidsynth",
        "-ni",
        "-q",
        "-g",
        "0.5",
        "-r",
        "44100",
        "-o",
        _ONLY_USED,
        "-T",
        "wav",
        "-O",
        "s16",
        "-F",
        str(sound),
    )
    _run(*fluidsynth, str(font), str(notes))
    part = path.with_suffix(f".part{path.suffix}")
    _run(
        *("ffmpeg", "-nostdin", "-v", "error", "-y", "-threads", "1", "-i", str(sound), "-t", str(seconds)),
        *(("-af", filters) if filters else ()),
        *encoding,
        str(part),
    )
    sound.unlink()
    notes.unlink()
    part.rename(path)


def _run(*command: str) -> None:
    done = subprocess.run(("nice", "-n", "15", *command), capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{command[0]} gave {done.returncode}: {done.stderr[-500:]}")


def told(found: Sequence[Clip]) -> str:
    """What is true of the set, as JSON: for whoever wants to try another program on it."""
    return json.dumps([{**asdict(clip), "path": str(clip.path)} for clip in found], indent=1)
