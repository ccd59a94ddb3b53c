"""`./box bench analysis`: how right the analysis is and what it costs, beside other programs, on clips rendered here.

From some seeds the weights were learned (`--teach` learns them again), from another come the figures.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from statistics import median

from appliance.analysis import key, level
from appliance.analysis.pipeline import analyse
from appliance.domain.analysis import Analysis
from tests.bench.analysis import cost, report, teaching, teaching_keys, teaching_scales
from tests.bench.analysis.clips import CACHE, SOUNDFONTS, Clip, clips, told
from tests.bench.analysis.styles import STYLES
from tests.bench.analysis.truth import BLUES_AND_SWING, Guess, key_figures, tempo_figures
from tests.bench.analysis.tune_clips import tune_clips

_TAUGHT_BY, _ASKED_OF = 1, 2
# Keys are taught by another seed beside it: instruments differ more in what they make of a chord than of a beat. And by
# more of blues and swing, whose sevenths lead away from home.
_KEYS_TAUGHT_BY, _SWING_TAUGHT_BY = (1, 3), (5, 6)
_EACH, _SWING_EACH = 8, 16
_ROOT = Path(__file__).parents[3]
_PEERS_VENV = _ROOT / ".venv-peers"
_PEERS_PINS = _ROOT / ".pins" / "peers.txt"
_PROGRAMS = {
    "ffmpeg": "ffmpeg",
    "fluidsynth": "fluidsynth",
    "fpcalc": "libchromaprint-tools",
    "aubiotrack": "aubio-tools",
}
PEERS = ("aubio", "essentia", "librosa")


def _arguments(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./box bench analysis", description=__doc__)
    parser.add_argument("--seed", type=int, default=_ASKED_OF, help="of the clips the figures are from")
    parser.add_argument("--each", type=int, default=_EACH, help="clips of every style")
    parser.add_argument("--teach", action="store_true", help="learn the weights from clips of other seeds")
    parser.add_argument("--no-peers", action="store_true", help="without other programs")
    parser.add_argument(
        "--plot", type=Path, default=CACHE / "scores.png", metavar="FILE", help="where the scores' picture goes"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every answer there")
    return parser.parse_args(arguments)


def main(arguments: Sequence[str]) -> int:
    """Renders what is not there yet, measures, and prints; 1 when something it needs is missing."""
    chosen = _arguments(arguments)
    # Others work on this machine, too.
    os.nice(10)
    missing = install_programs()
    if missing:
        print(f"The bench needs {missing}: install it (apt install {missing}).", file=sys.stderr)
        return 1
    if chosen.teach:
        _teach()
    began = time.monotonic()
    asked = clips(seed=chosen.seed, each=chosen.each)
    print(f"{len(asked)} clips of seed {chosen.seed} rendered or found in {time.monotonic() - began:.0f} s.")
    found = [analyse(clip.path) for clip in asked]
    columns = {"ours": [guess(one) for one in found]}
    if not chosen.no_peers:
        columns |= _by_peers(asked)
    print(
        report.accuracy({name: tempo_figures(asked, said) + key_figures(asked, said) for name, said in columns.items()})
    )
    lessons, key_lessons = _lessons()
    print(report.unheard(*_unheard_styles(lessons, key_lessons)))
    print(_printed_and_unheard_keys(asked, key_lessons))
    print(report.particulars(asked, found))
    print(report.pairs(asked, found))
    print(report.costs([cost.measured(ending, path) for ending, path in cost.tracks().items()]))
    print(
        report.peers_cost({name: median(one.cpu_s for one in said) for name, said in columns.items() if name != "ours"})
    )
    if chosen.json:
        answers = {name: [asdict(one) for one in said] for name, said in columns.items()}
        chosen.json.write_text(json.dumps({"clips": json.loads(told(asked)), "answers": answers}), encoding="utf-8")
    if not chosen.no_peers:
        _plot(asked, found, chosen.plot)
    return 0


def install_programs() -> str:
    """Gets what renders and what compares, by Debian's names; what is still missing then, in one line."""
    packages = _missing()
    if packages and shutil.which("apt-get"):
        as_root = () if os.geteuid() == 0 else ("sudo", "-n")
        print(f"Installing {' '.join(packages)} (once).", file=sys.stderr)
        command = (*as_root, "apt-get", "install", "--yes", "--no-install-recommends", *packages)
        subprocess.run(
            command, capture_output=True, check=False, env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        )
    return " ".join(_missing())


def _missing() -> list[str]:
    programs = [package for program, package in _PROGRAMS.items() if shutil.which(program) is None]
    return programs + [package for package, font in SOUNDFONTS.items() if not font.exists()]


def guess(found: Analysis) -> Guess:
    """What the analysis said, as other programs say it."""
    return Guess(
        bpm=found.tempo.bpm if found.tempo else None, key=(found.key.tonic, found.key.is_minor) if found.key else None
    )


def _teach() -> None:
    print(f"Learning from sketches and the clips of seeds {(*_KEYS_TAUGHT_BY, *_SWING_TAUGHT_BY)}; it takes minutes.")
    lessons, key_lessons = _lessons()
    teaching.kept(teaching.teach(lessons))
    teaching_keys.keep_weights(teaching_keys.teach_keys([*teaching_keys.sketched(), *key_lessons]))
    level.learned.cache_clear()
    key.learned.cache_clear()
    library = [teaching_scales.measures_of(one.clip) for one in lessons]
    teaching_scales.keep_scales(teaching_scales.scales_of(library))


def _lessons() -> tuple[list[teaching.Lesson], list[teaching_keys.KeyLesson]]:
    tempi, keys = [], []
    for seed in _KEYS_TAUGHT_BY:
        for clip in clips(seed=seed, each=_EACH):
            window = teaching.window_of(clip.path)
            keys.append(teaching_keys.key_lesson(clip, window))
            if seed == _TAUGHT_BY:
                tempi.append(teaching.lesson(clip, window))
    swing = [style for style in STYLES if style.name in BLUES_AND_SWING]
    for seed in _SWING_TAUGHT_BY:
        more = clips(seed=seed, each=_SWING_EACH, styles=swing)
        keys.extend(teaching_keys.key_lesson(clip, teaching.window_of(clip.path)) for clip in more)
    return tempi, keys


def _unheard_styles(
    lessons: Sequence[teaching.Lesson], key_lessons: Sequence[teaching_keys.KeyLesson]
) -> tuple[list[Clip], list[Guess]]:
    """Each style answered by weights that were learned without it."""
    by_tempo = {clip.name: bpm for clip, bpm in teaching.leave_one_style_out(lessons)}
    # The first of the key lessons are of the same clips as the lessons about tempo.
    keys = teaching_keys.unheard_styles(key_lessons)
    asked = [one.clip for one in lessons]
    return asked, [Guess(by_tempo[clip.name], said) for clip, said in zip(asked, keys, strict=False)]


def _printed_and_unheard_keys(asked: Sequence[Clip], key_lessons: Sequence[teaching_keys.KeyLesson]) -> str:
    """What printed profiles say of the same clips, and what both say of another band's tunes."""
    same = [teaching_keys.key_lesson(clip, teaching.window_of(clip.path)) for clip in asked]
    tunes = tune_clips(seed=_ASKED_OF)
    rows = {
        "the same clips, by printed profiles": (same, teaching_keys.printed_keys(same)),
        "tunes never heard, another band": (tunes, teaching_keys.unheard_tunes(key_lessons, tunes)),
        "the same tunes, by printed profiles": (tunes, teaching_keys.printed_keys(tunes)),
    }
    return report.keys(rows)


def _by_peers(asked: Sequence[Clip]) -> dict[str, list[Guess]]:
    python = _peers_python()
    found = {}
    for name in PEERS:
        said = _said_by(name, asked, python)
        if isinstance(said, str):
            print(f"{name} is not here: {said}", file=sys.stderr)
        else:
            found[name] = said
    return found


def _peers_python() -> str:
    """Python with the others' packages, apart from ours."""
    stamp = _PEERS_VENV / ".pins"
    if not stamp.exists() or stamp.read_bytes() != _PEERS_PINS.read_bytes():
        print("Installing other programs in .venv-peers (once; needs a network).", file=sys.stderr)
        subprocess.run((sys.executable, "-m", "venv", str(_PEERS_VENV)), check=True)
        pip = (
            str(_PEERS_VENV / "bin" / "python"),
            "-m",
            "pip",
            "install",
            "--quiet",
            "--requirement",
            str(_PEERS_PINS),
        )
        if subprocess.run(pip, check=False, capture_output=True).returncode == 0:
            stamp.write_bytes(_PEERS_PINS.read_bytes())
    return str(_PEERS_VENV / "bin" / "python")


def _said_by(name: str, asked: Sequence[Clip], python: str) -> list[Guess] | str:
    """What one program says of all clips, or why it says nothing."""
    paths = "".join(f"{clip.path}\n" for clip in asked)
    command = (python, "-m", "tests.bench.analysis.peers", name)
    environment = {**os.environ, "PYTHONPATH": str(_ROOT), "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    done = subprocess.run(command, input=paths, capture_output=True, text=True, check=False, cwd=_ROOT, env=environment)
    answers = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    if len(answers) != len(asked):
        return done.stderr.strip().splitlines()[-1] if done.stderr.strip() else "it gave up"
    return [Guess(one["bpm"], tuple(one["key"]) if one["key"] else None, one["cpu_s"]) for one in answers]


def _plot(asked: Sequence[Clip], found: Sequence[Analysis], path: Path) -> None:
    figures = [
        {"style": clip.style, **asdict(one.character)} for clip, one in zip(asked, found, strict=True) if one.character
    ]
    data = path.with_suffix(".json")
    data.write_text(json.dumps(figures), encoding="utf-8")
    command = (_peers_python(), "-m", "tests.bench.analysis.plot", str(data), str(path))
    done = subprocess.run(command, cwd=_ROOT, check=False)
    print(f"The scores' spread is drawn in {path}." if done.returncode == 0 else "The scores could not be drawn.")
