"""The bench's tables, for people."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from statistics import median

import numpy as np

from appliance.domain.analysis import Analysis
from tests.bench.analysis.clips import Clip
from tests.bench.analysis.cost import Cost
from tests.bench.analysis.pairs import PAIRS
from tests.bench.analysis.plot import SCORES
from tests.bench.analysis.teaching_keys import KeyLesson
from tests.bench.analysis.truth import (
    BLUES_AND_SWING,
    Figure,
    Guess,
    is_right,
    key_figures,
    mirex,
    tempo_figures,
)

_SWUNG = {*BLUES_AND_SWING, "blues", "swing"}
_MOST_TIMES, _MOST_COLD_S, _MOST_BYTES, _MOST_STICK_S = 3.0, 1.2, 180 << 20, 120.0


def accuracy(columns: Mapping[str, Sequence[Figure]]) -> str:
    """A line a figure, a column a program."""
    names = list(columns)
    lines = ["", "".join([f"{'ACCURACY':26}{'n':>5}{'goal':>9}", *(f"{name:>12}" for name in names)])]
    for number, ours in enumerate(columns[names[0]]):
        values = [columns[name][number].value for name in names]
        goal = "" if ours.goal is None else f"{'<=' if ours.at_most else '>='} {ours.goal:g}"
        lines.append(
            f"{ours.name:26}{ours.count:5}{goal:>9}{_judged(ours)}" + "".join(f"{value:12.3f}" for value in values[1:])
        )
    return "\n".join(lines)


def _judged(figure: Figure) -> str:
    return f"{figure.value:9.3f}" + (" ok" if figure.is_met else " --")


def unheard(clips: Sequence[Clip], guesses: Sequence[Guess]) -> str:
    """The same for styles that what was learned has never heard."""
    lines = ["", "STYLES NEVER HEARD (each answered by weights learned from all others)"]
    figures = tempo_figures(clips, guesses) + key_figures(clips, guesses)
    lines += [f"{figure.name:26}{figure.count:5}{figure.value:9.3f}" for figure in figures]
    worst: dict[str, list[bool]] = defaultdict(list)
    for clip, guess in zip(clips, guesses, strict=True):
        worst[clip.style].append(is_right(clip, guess.bpm))
    shares = sorted((sum(right) / len(right), style) for style, right in worst.items())[:5]
    lines.append("hardest: " + ", ".join(f"{style} {share:.2f}" for share, style in shares))
    return "\n".join(lines)


def keys(rows: Mapping[str, tuple[Sequence[KeyLesson], Sequence[tuple[int, bool]]]]) -> str:
    """How right keys are of other pieces and by other means; blues and swing as the pieces' own kinds say."""
    lines = ["", f"{'KEYS':38}{'n':>5}{'exact':>9}{'MIREX':>9}{'blues and swing':>17}"]
    for name, (pieces, said) in rows.items():
        pairs = list(zip(pieces, said, strict=True))
        exact = [answer == (piece.tonic, piece.is_minor) for piece, answer in pairs]
        swung = [right for right, (piece, _) in zip(exact, pairs, strict=True) if piece.kind in _SWUNG]
        weighted = sum(mirex(*pair) for pair in pairs) / len(pairs)
        lines.append(
            f"{name:38}{len(pairs):5}{sum(exact) / len(exact):9.3f}{weighted:9.3f}{sum(swung) / len(swung):17.3f}"
        )
    return "\n".join(lines)


def particulars(clips: Sequence[Clip], found: Sequence[Analysis]) -> str:
    """What only we say: beat, swing, tuning, and how scores are spread."""
    pairs = list(zip(clips, found, strict=True))
    beats = [_off_beat_ms(clip, one) for clip, one in pairs if one.tempo and is_right(clip, one.tempo.bpm)]
    swings = [(clip.swing, one.swing) for clip, one in pairs if one.swing is not None]
    tunings = [abs(one.key.tuning_cents - clip.cents) for clip, one in pairs if one.key]
    acoustic = [(clip.acoustic, one.character.acousticness) for clip, one in pairs if one.character]
    lines = ["", "WHAT ELSE IS SAID"]
    lines.append(
        f"first beat: {median(abs(beat) for beat in beats):.0f} ms off; on the beat (a tenth) in {_on_beat(pairs):.2f}"
    )
    lines.append(
        f"swing: known of {len(swings)}, {median(abs(a - b) for a, b in swings):.2f} off; swung or straight right in "
        f"{sum((a >= 1.25) == (b >= 1.25) for a, b in swings) / max(1, len(swings)):.2f}"
    )
    lines.append(
        f"tuning: {median(tunings):.1f} cents off; acousticness against the band's instruments: correlation "
        f"{np.corrcoef(np.array(acoustic, dtype=float).T)[0, 1]:.2f}"
    )
    for score in SCORES:
        values = [
            getattr(one.character, score)
            for one in found
            if one.character and getattr(one.character, score) is not None
        ]
        shares = np.percentile(values, (5, 25, 50, 75, 95)).round().astype(int).tolist()
        ends = sum(value in {0, 100} for value in values) / len(values)
        lines.append(f"{score:14} 5, 25, 50, 75, 95 % of clips below {shares}; at an end of the scale {ends:.2f}")
    vectors = np.array([one.embedding for one in found if one.embedding])
    between = np.corrcoef(vectors.T)[np.triu_indices(5, 1)]
    lines.append(f"embedding: axes correlate by {np.abs(between).max():.2f} at most")
    return "\n".join(lines)


def _off_beat_ms(clip: Clip, found: Analysis) -> float:
    """How far the beat that is told is from the nearest true one."""
    assert found.tempo is not None
    beats = found.tempo.first_beat_ms / 1000 * clip.bpm / 60
    return ((beats + 0.5) % 1 - 0.5) * 60_000 / clip.bpm


def _on_beat(pairs: Sequence[tuple[Clip, Analysis]]) -> float:
    known = [(clip, one) for clip, one in pairs if one.tempo and is_right(clip, one.tempo.bpm)]
    near = [abs(_off_beat_ms(clip, one)) < 6000 / clip.bpm for clip, one in known]
    return sum(near) / max(1, len(near))


def costs(found: Sequence[Cost]) -> str:
    """What a four-minute track costs."""
    head = (
        f"COST of four minutes{'ffmpeg alone':>18}{'ours, warm':>12}{'times':>8}{'cold':>9}{'by the clock':>14}"
        f"{'worker':>9}{'decoder':>9}"
    )
    lines = ["", head]
    for one in found:
        times = one.warm_s / one.decode_s
        lines.append(
            f"{one.ending:24}{one.decode_s:12.2f} s{one.warm_s:10.2f} s{times:7.1f}{_sign(times <= _MOST_TIMES)}"
            f"{one.cold_s:6.2f} s{_sign(one.cold_s <= _MOST_COLD_S)}{one.cold_wall_s:8.2f} s"
            f"{one.worker_bytes >> 20:5} MB{_sign(one.worker_bytes <= _MOST_BYTES)}{one.decoder_bytes >> 20:5} MB"
        )
    stick = max(one.warm_s for one in found) * 500 / 4
    lines.append(f"500 such tracks on four such cores: {stick:.0f} s{_sign(stick <= _MOST_STICK_S)}")
    return "\n".join(lines)


def peers_cost(found: Mapping[str, float]) -> str:
    """What others cost for one clip of the set."""
    return "others, one clip of the set: " + ", ".join(f"{name} {cpu:.2f} s" for name, cpu in found.items())


def _sign(is_met: bool) -> str:
    return " ok " if is_met else " -- "


def pairs(clips: Sequence[Clip], found: Sequence[Analysis]) -> str:
    """Which listed pairs each score tells apart, by the means of styles."""
    lines = [""]
    for score, listed in PAIRS.items():
        means = {
            style: np.mean(
                [
                    getattr(one.character, score)
                    for clip, one in zip(clips, found, strict=True)
                    if clip.style == style and one.character and getattr(one.character, score) is not None
                ]
            )
            for style in {style for pair in listed for style in pair}
        }
        told = [f"{more} {means[more]:.0f} > {less} {means[less]:.0f}" for more, less in listed]
        held = sum(bool(means[more] > means[less]) for more, less in listed)
        lines.append(f"{score} tells {held} of {len(listed)} pairs: " + ", ".join(told))
    return "\n".join(lines)
