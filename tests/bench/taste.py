"""`./box bench taste`: made-up crowds, and the house's choice beside others' in one table; and how long it takes.

The sums alone take what `choice_ms` says; what a player waits for on a real box, `house_load`.

The crowds' taste is known here and to no chooser: each hears votes only. In one world taste is a direction (more of
this, less of that), which flatters whoever learns directions; in the other each dancer likes what is near a place.
"""

import argparse
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import mean, median
from tempfile import TemporaryDirectory

import numpy as np
from numpy.typing import NDArray

from appliance.domain.analysis import EMBEDDING_AXES
from appliance.domain.house import Heard, HouseTrack
from appliance.house.choosing import Situation, choose
from appliance.house.shelf import Shelf, shelved
from appliance.house.taste import learned
from tests.support.tastes import Vote, tastes_of, votes_of

Floats = NDArray[np.float64]
#: how the crowd falls into clusters of one taste each
SHARES = (0.6, 0.25, 0.15)
SONG_H = 3.5 / 60
_VOTES = 0.25
_CHOICE_MS = 20.0


@dataclass(slots=True)
class Evening:
    """One crowd, one library, and what happened so far."""

    shelf: Shelf
    #: (dancers, tracks) how much each likes each, -1 to 1
    affinity: Floats
    #: cluster of each dancer
    cluster: NDArray[np.int64]
    seed: int
    played: list[int] = field(default_factory=list)
    #: dancer, song of the evening, liked
    votes: list[tuple[int, int, bool]] = field(default_factory=list)

    def heard(self) -> list[Heard]:
        """Youngest first."""
        ids = self.shelf.ids
        return [Heard(ids[row], (age + 1) * SONG_H) for age, row in enumerate(reversed(self.played))]

    def votes_now(self) -> list[Vote]:
        """As the house gets them."""
        now, ids = len(self.played), self.shelf.ids
        return [
            Vote(f"{who:03}", ids[self.played[song]], liked, (now - song) * SONG_H) for who, song, liked in self.votes
        ]


Chooser = Callable[[Evening], int]


def library(count: int, seed: int) -> list[HouseTrack]:
    """Tracks of artists who have a style each: their embeddings scatter around it."""
    random = np.random.default_rng(seed)
    styles = random.normal(0, 1, (max(count // 8, 1), 5))
    whose = random.integers(0, len(styles), count)
    points = np.clip(styles[whose] + random.normal(0, 0.5, (count, 5)), -2.5, 2.5)
    return [
        HouseTrack(
            f"t{row:05}",
            f"t{row:05}",
            f"artist {whose[row]}",
            f"title {row}",
            tuple(points[row].tolist()),
            105 * 2 ** (points[row, 0] * 0.3),
        )
        for row in range(count)
    ]


def evening(seed: int, *, dancers: int, tracks: int, is_near: bool) -> Evening:
    """A crowd in three clusters; nobody is quite like the others of theirs."""
    shelf = shelved(library(tracks, seed))
    random = np.random.default_rng(seed + 1000)
    cluster = np.repeat(np.arange(3), [round(dancers * share) for share in SHARES])
    centres = random.normal(0, 1, (3, 5))
    wants = centres[cluster] + random.normal(0, 0.35, (len(cluster), 5))
    points = shelf.features[:, : len(EMBEDDING_AXES)]
    if is_near:
        apart = ((wants[:, None, :] - points[None, :, :]) ** 2).sum(axis=2)
        affinity = 2 * np.exp(-apart / 8) - 0.6
    else:
        affinity = np.tanh(wants @ points.T / 2.5)
    return Evening(shelf, affinity + random.normal(0, 0.15, affinity.shape), cluster, seed)


def by_house(now: Evening) -> int:
    """The house's own choice."""
    present = [f"{who:03}" for who in range(len(now.cluster))]
    tastes = tastes_of(now.votes_now(), now.shelf, present=present)
    best = choose(now.shelf, tastes, Situation(heard=now.heard(), seed=now.seed * 1000 + len(now.played)))
    return now.shelf.rows[best[0].track_id]


def by_chance(now: Evening) -> int:
    """Any track."""
    return int(np.random.default_rng(now.seed * 1000 + len(now.played)).integers(len(now.shelf.ids)))


def by_cosine(now: Evening) -> int:
    """The rule this grew from: the mean of unit vectors pulled by likes, cosine distance, and a fixed penalty.

    As for people who rated some sounds before: whoever only ever disliked has no vector. It is asked once for each
    song; asked every half minute, as its player does, it stays on one song for ever.
    """
    return _by_cosine(now, start=None)


def by_cosine_unasked(now: Evening) -> int:
    """The same for people whom nobody asked before: a first dislike makes somebody a lover of the first axis."""
    return _by_cosine(now, start=np.array([1.0, 0, 0, 0, 0]))


def _by_cosine(now: Evening, *, start: Floats | None) -> int:
    songs = _unit(_raw(now.shelf.features[:, : len(EMBEDDING_AXES)]))
    vectors = np.zeros((len(now.cluster), 5))
    for who, song, liked in now.votes:
        vectors[who] = _moved(vectors[who], songs[now.played[song]], liked, start=start)
    known = vectors[np.abs(vectors).sum(axis=1) > 0]
    crowd = _unit(known.mean(axis=0)[None, :])[0] if len(known) else np.zeros(5)
    ago = np.full(len(songs), 24.0)
    for age, row in enumerate(now.played[::-1]):
        ago[row] = min(ago[row], (age + 1) * SONG_H)
    return int(np.argmin(1 - songs @ crowd + 0.05 * np.exp(-ago / 6)))


def _raw(points: Floats) -> Floats:
    """Tracks as that rule saw them: scores from 0 to 1 of which three are nearly the same for all.

    35 % have all the energy there is, 93 % all the danceability, none less acousticness than .82: cosines of two tracks
    lie above .94. That is what lets a penalty of .05 keep songs away that were just on; with vectors that are spread
    out it plays a handful of songs all night.
    """
    tempo, energy, brightness, pulse, swing = points.T
    saturated = (np.minimum(1, 0.942 + 0.15 * energy), np.minimum(1, 1.22 + 0.15 * pulse))
    wood = np.clip(0.91 + 0.05 * swing, 0.82, 1)
    return np.column_stack([0.55 + 0.1 * tempo, *saturated, np.clip(0.4 + 0.1 * brightness, 0, 1), wood])


def _unit(rows: Floats) -> Floats:
    lengths: Floats = np.linalg.norm(rows, axis=1, keepdims=True)
    units: Floats = rows / np.maximum(lengths, 1e-9)
    return units


def _moved(vector: Floats, song: Floats, liked: bool, *, start: Floats | None) -> Floats:
    if not vector.any():
        if liked or start is None:
            return song if liked else vector
        vector = start
    moved = 0.88 * vector + 0.12 * song if liked else vector - 0.12 * 0.7 * (vector @ song) * song
    unit: Floats = _unit(moved[None, :])[0]
    return unit


def spend(now: Evening, chooser: Chooser, *, songs: int) -> dict[str, float]:
    """The whole evening; what it was like."""
    random = np.random.default_rng(now.seed + 2000)
    for song in range(songs):
        row = chooser(now)
        now.played.append(row)
        voters = np.flatnonzero(random.random(len(now.cluster)) < _VOTES)
        now.votes += [(int(who), song, bool(now.affinity[who, row] > 0)) for who in voters]
    return _figures(now)


def _figures(now: Evening) -> dict[str, float]:
    felt = now.affinity[:, now.played].mean(axis=1)
    by_cluster = np.array([now.affinity[now.cluster == one][:, now.played].mean(axis=0) for one in range(3)])
    artists, octaves = now.shelf.artists[now.played], now.shelf.octaves[now.played]
    again = [row in now.played[max(0, at - 51) : at] for at, row in enumerate(now.played)]
    close = [artists[at] in artists[max(0, at - 5) : at] for at in range(len(artists))]
    return {
        "satisfaction": float(felt.mean()),
        "worst tenth": float(np.sort(felt)[: max(len(felt) // 10, 1)].mean()),
        "minority": float(felt[now.cluster == 2].mean()),
        "minority's turns": float((by_cluster[2] > 0.2).mean()),
        "liked": mean(liked for _, _, liked in now.votes),
        "repeats in 3 h": mean(again),
        "coverage": len(set(now.played)) / len(now.played),
        "artist in 5": mean(close),
        "step > 15 %": float((np.abs(np.diff(octaves)) > np.log2(1.15)).mean()),
    }


CHOOSERS: dict[str, Chooser] = {
    "chance": by_chance,
    "cosine + penalty": by_cosine,
    "the same, unasked": by_cosine_unasked,
    "house": by_house,
}


def compared(*, evenings: int, songs: int, is_near: bool) -> dict[str, dict[str, float]]:
    """The figures of each chooser, as means over the same evenings."""
    result: dict[str, dict[str, float]] = {}
    for name, chooser in CHOOSERS.items():
        runs = [
            spend(evening(seed, dancers=40, tracks=400, is_near=is_near), chooser, songs=songs)
            for seed in range(evenings)
        ]
        result[name] = {key: mean(run[key] for run in runs) for key in runs[0]}
    return result


def choice_ms(
    *, tracks: int = 20_000, dancers: int = 300, times: int = 21, seconds: Callable[[], float] = time.perf_counter
) -> list[float]:
    """How long one choice takes, votes and all, milliseconds by `seconds`; the library stands on the shelf already."""
    shelf = shelved(library(tracks, 7))
    random = np.random.default_rng(8)
    present = [f"{who:03}" for who in range(dancers)]
    said = [
        Vote(present[random.integers(dancers)], f"t{random.integers(tracks):05}", bool(random.random() < 0.6), age / 60)
        for age in range(dancers * 10)
    ]
    votes = votes_of(said, shelf, present=present)
    heard = [Heard(f"t{row * 7:05}", (row + 1) * SONG_H) for row in range(60)]
    took = []
    for seed in range(times):
        began = seconds()
        choose(shelf, learned(votes, shelf, dancers=dancers), Situation(heard=heard, seed=seed), count=3)
        took.append((seconds() - began) * 1000)
    return took


def main(arguments: Sequence[str]) -> int:
    """Prints the table; 1 when a choice takes too long."""
    parser = argparse.ArgumentParser(prog="./box bench taste", description="Compares who chooses what comes next.")
    parser.add_argument("--evenings", type=int, default=20, help="made-up evenings for each line (20)")
    parser.add_argument("--no-box", action="store_true", help="leave out the real box with 20,000 tracks (a minute)")
    parser.add_argument("--songs", type=int, default=68, help="songs an evening (68: four hours)")
    asked = parser.parse_args(arguments)
    for is_near in (False, True):
        table = compared(evenings=asked.evenings, songs=asked.songs, is_near=is_near)
        heads = list(table["house"])
        world = "a place: near is liked" if is_near else "a direction"
        print(f"\n{asked.evenings} evenings, 40 dancers, 400 tracks; taste is {world}")
        print("| | " + " | ".join(heads) + " |\n|" + " --- |" * (len(heads) + 1))
        for name, row in table.items():
            print(f"| {name} | " + " | ".join(f"{row[head]:+.2f}" for head in heads) + " |")
    took = choice_ms(seconds=time.thread_time)
    cpu = f"median {median(took):.1f} ms of CPU, worst {max(took):.1f}"
    print(f"\none choice of 20,000 for 300 dancers, sums alone: {cpu}")
    return 0 if asked.no_box else _on_a_box()


def _on_a_box() -> int:
    # Imported here: it takes its tracks from this module.
    from tests.bench.house_load import Answers, measured

    with TemporaryDirectory(prefix="pika-bench-") as folder:
        load = measured(Path(folder) / "data")
    answers = Answers(load.voted.walls + load.thought.walls, load.voted.cpus + load.thought.cpus)
    verdict = "met" if answers.p95_ms <= _CHOICE_MS else "missed"
    print(f"\na real box, 20,000 tracks on disk, 300 dancers: what comes next? {answers.line()} (<= 20 ms: {verdict})")
    print(f"  what dancers voted for: {load.voted.line()}; by taste: {load.thought.line()}")
    print(f"  a page waited {load.held:.0f} ms at most meanwhile, {load.held_at_start:.0f} ms after a start")
    print(f"  the server holds {load.idle_mib:.0f} MiB, and {load.after_mib:.0f} at the end")
    return 0 if verdict == "met" else 1
