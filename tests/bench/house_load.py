"""A real box with a library of 20,000 tracks and 300 dancers: how long its answer takes to "what comes next?".

Owns how such a box is furnished and asked. The library's rows are as long as real ones; nobody looks for its files.
"""

import random
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median, quantiles

from appliance.clock import SystemClock
from appliance.domain.analysis import TempoAt
from appliance.domain.house import CheckIn
from appliance.domain.uptime import UPTIME, read_uptime
from appliance.ports import Transaction
from appliance.store.transaction import SqliteTransaction
from appliance.usecases.identifying import MARKED
from tests.bench.process import cpu_ms, rss_bytes
from tests.bench.taste import library
from tests.support.house import STAGE
from tests.support.library import KNOWN, library_file, library_track
from tests.support.real_box import RealBox, running_box
from tests.support.visitors import Visitor

_ENVIRONMENT = {"PIKA_BOX_LIBRARY_ENABLED": "no"}
#: of the dancers so many vote meanwhile, each by a phone of its own; the others' votes were given before
_PHONES = 60
_PLAYED_BEFORE = 40
#: a player may ask ten times a second
_PAUSE_S = 0.25
_WORDS, _SHAPE, _COURSE = 948, 400, 40


@dataclass(frozen=True, slots=True)
class Answers:
    """How long answers took; milliseconds."""

    walls: list[float]
    #: of the server's process, all threads
    cpus: list[float]

    @property
    def p95_ms(self) -> float:
        """What one of twenty takes longer than."""
        return quantiles(self.walls, n=20)[18]

    def line(self) -> str:
        """In short."""
        cpu = quantiles(self.cpus, n=20)
        return f"median {median(self.walls):.1f}, p95 {self.p95_ms:.1f} ms (CPU {cpu[9]:.1f}, {cpu[18]:.1f})"


@dataclass(frozen=True, slots=True)
class Load:
    """What was measured."""

    #: answered by what dancers voted for
    voted: Answers
    #: answered by taste
    thought: Answers
    #: the longest that a page had to wait meanwhile, milliseconds; and while the library was read after a start
    held: float
    held_at_start: float
    #: MiB of the server after it was read, and after the last question
    idle_mib: float
    after_mib: float


def measured(folder: Path, *, tracks: int = 20_000, dancers: int = 300, songs: int = 40) -> Load:
    """A box in an empty folder, furnished, and then asked."""
    with _box(folder) as box:
        made = box.staff().post(f"/api/v1/stages/{STAGE}/players", json_body={"name": "Bar"})
        secret: str = made.json["secret"]
    _write(folder, lambda tx: _fill_library(tx, tracks))
    with _box(folder) as box:
        player = box.visitor(secret)
        before = [_play_next(player, number) for number in range(_PLAYED_BEFORE)]
    _write(folder, lambda tx: _fill_room(tx, [f"guest{number:03}" for number in range(dancers - _PHONES)], before))
    with _box(folder) as box:
        return _ask(box, box.visitor(secret), songs=songs)


@contextmanager
def _box(folder: Path) -> Iterator[RealBox]:
    with running_box(folder, env=_ENVIRONMENT) as box:
        yield box


def _write(folder: Path, change: Callable[[Transaction], None]) -> None:
    """Writes into the store of a box that is not running."""
    with closing(sqlite3.connect(folder / "box.db")) as connection:
        connection.row_factory = sqlite3.Row
        connection.execute("BEGIN")
        change(SqliteTransaction(connection))
        connection.commit()


def _fill_library(tx: Transaction, count: int) -> None:
    chance = random.Random(7)
    for track in library(count, 7):
        assert KNOWN.tempo is not None
        sound = replace(
            KNOWN,
            tempo=replace(KNOWN.tempo, bpm=track.bpm or 120),
            embedding=track.embedding,
            duration_ms=chance.randrange(150_000, 350_000),
            fingerprint=chance.randbytes(_WORDS * 4),
            shape=chance.randbytes(_SHAPE),
            course=tuple(TempoAt(4000 * at, 120.0) for at in range(_COURSE)),
        )
        tx.put_library_track(library_track(track.id, track.title, track.artist, sound=sound))
        tx.put_library_file(library_file(f"{track.artist}/{track.title}.mp3", track.id))
    # They have their marks: no work of an earlier version is left to be done behind the start.
    tx.set_meta(MARKED, "1")


def _fill_room(tx: Transaction, guests: Sequence[str], plays: Sequence[str]) -> None:
    now = SystemClock().now()
    up_ms = read_uptime(tx.meta(UPTIME)).at(now)
    tx.put_check_ins([CheckIn(guest, STAGE, up_ms) for guest in guests], valid_from_ms=0)
    chance = random.Random(8)
    for guest in guests:
        for play in chance.sample(plays, len(plays) // 4):
            if chance.random() < 0.6:
                tx.add_like(play, guest_id=guest, at_ms=now.wall_ms, counts=True)
            else:
                tx.add_dislike(play, guest_id=guest, at_ms=now.wall_ms, counts=True)


def _play_next(player: Visitor, number: int) -> str:
    """The player asks for a song and plays it; the play's id."""
    song = player.get("/api/player/next-song").json
    play = f"before{number}"
    told = player.post("/api/player/status", json_body={"on": {"play": play, "track": song["id"]}})
    assert told.status == 200, told.text
    time.sleep(_PAUSE_S)
    return play


class _Watch:
    """Asks for something small all the while: how long that waits is how long the event loop was held."""

    def __init__(self, box: RealBox) -> None:
        self._visitor, self._stop, self.worst_ms = box.visitor(), threading.Event(), 0.0
        self._thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> "_Watch":
        self._thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._stop.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._stop.wait(0.004):
            began = time.perf_counter()
            self._visitor.get(f"/api/v1/stages/{STAGE}/now")
            self.worst_ms = max(self.worst_ms, (time.perf_counter() - began) * 1000)


def _ask(box: RealBox, player: Visitor, *, songs: int) -> Load:
    pid, voted, thought = box.server_pid(), Answers([], []), Answers([], [])
    with _Watch(box) as watch:
        song = _timed(player, "", pid=pid, into=Answers([], []))
        held_at_start = watch.worst_ms
    phones = [box.guest() for _ in range(_PHONES)]
    idle = rss_bytes(pid) / 2**20
    with _Watch(box) as watch:
        for number in range(songs):
            play = f"now{number}"
            player.post("/api/player/status", json_body={"on": {"play": play, "track": song["id"]}})
            _vote(phones, play)
            song = _timed(player, "", pid=pid, into=voted)
            _timed(player, f"?after={song['id']}", pid=pid, into=thought)
        held = watch.worst_ms
    return Load(voted, thought, held, held_at_start, idle, rss_bytes(pid) / 2**20)


def _vote(phones: Sequence[Visitor], play: str) -> None:
    """A quarter says something; also gives the box the time to ask what shall come next."""
    for number, phone in enumerate(phones):
        if (number + sum(play.encode())) % 4 == 0:
            verb = "like" if number % 3 else "dislike"
            phone.ask("PUT", f"/api/v1/plays/{play}/{verb}")
    time.sleep(_PAUSE_S)


def _timed(player: Visitor, query: str, *, pid: int, into: Answers) -> dict[str, str]:
    cpu, began = cpu_ms(pid), time.perf_counter()
    answer = player.get(f"/api/player/next-song{query}")
    into.walls.append((time.perf_counter() - began) * 1000)
    into.cpus.append(cpu_ms(pid) - cpu)
    assert answer.status == 200, answer.text
    song: dict[str, str] = answer.json
    return song
