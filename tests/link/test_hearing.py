"""Files are listened to behind the plays: once each, never in the DJ's way, and never at a play's cost."""

import asyncio
import contextlib
import json
import math
import os
import struct
import sys
import wave
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from appliance.analysis import Analyst
from appliance.analysis import Unheard as CanNotHear
from appliance.analysis.worker import PROMPT
from appliance.clock import SystemClock
from appliance.domain.analysis import Analysis, FaultCode
from appliance.wire_sounds import read_sounds
from sync.link.desk import Choices, Desk
from sync.link.hearing import Hearing, unable
from sync.link.sparing import Sparing
from sync.link.store.database import KnownPlay, LinkStore
from sync.link.store.sounds import SoundsStore
from sync.link.truth import Decision, Deed
from tests.link.watching import Program, be_quick, bodies, during, seen, watch_over
from tests.support.library import KNOWN


@dataclass
class Ears:
    """Stands in for the worker: hears what it is told to hear."""

    fault: FaultCode | None = None
    asked: list[str] = field(default_factory=list)
    stopped: int = 0

    async def analyse(self, path: Path) -> Analysis:
        self.asked.append(path.name)
        if self.fault is not None:
            raise CanNotHear(self.fault)
        return replace(KNOWN, file_hash="ab" * 32, embedding=(1e-7, 0.0, 0.0, 0.0, 0.0))

    async def stop(self) -> None:
        self.stopped += 1


def idle() -> Sparing:
    return Sparing(processors=lambda: 0.0, free_bytes=lambda: 1 << 40, low_battery=lambda: False)


@dataclass
class Laptop:
    """A link's store and desk, and whoever listens."""

    store: LinkStore
    ears: Ears = field(default_factory=Ears)

    def __post_init__(self) -> None:
        self.clock = SystemClock()
        self.desk = Desk(self.store, clock=self.clock, choices=Choices())
        self.sounds = SoundsStore(self.store)
        self.woken = 0
        self.hearing = self.fresh()

    def fresh(self) -> Hearing:
        def woke() -> None:
            self.woken += 1

        return Hearing(self.desk, self.sounds, self.clock, self.ears, idle(), on_kept=woke, trouble="")

    def play(self, name: str, *, bpm: float | None = None, key: str | None = None) -> KnownPlay:
        sighting = replace(seen(name, source="vdj"), bpm=bpm, key=key)
        [kept] = self.desk.take([Decision(Deed.ANNOUNCE, sighting, ("vdj", name))], source="vdj", cursor=None)
        return kept

    def hear_all(self, until: Callable[[], bool] | None = None, *, within_s: float = 5) -> None:
        """Listens until nothing waits."""

        async def run() -> None:
            self.hearing._wake = asyncio.Event()
            task = asyncio.create_task(self.hearing.run())
            async with asyncio.timeout(within_s):
                while not (until or (lambda: self.sounds.waiting() == 0))():
                    await asyncio.sleep(0.005)
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

        asyncio.run(run())

    def told(self) -> list[str]:
        return [body["play"] for body in bodies(self.store, "track.sounds")]


@pytest.fixture
def laptop(tmp_path: Path) -> Laptop:
    return Laptop(LinkStore(tmp_path / "link.db"))


def file_in(folder: Path, name: str, content: bytes = b"sound") -> str:
    path = folder / name
    path.write_bytes(content)
    return str(path)


def test_what_a_file_sounds_like_is_told_of_its_play_as_the_box_reads_it(laptop: Laptop, tmp_path: Path) -> None:
    play = laptop.play("a")
    laptop.hearing.add(play, file_in(tmp_path, "a.mp3"))
    laptop.hear_all()
    [body] = bodies(laptop.store, "track.sounds")
    told = read_sounds(json.dumps(body).encode())
    assert (told.play_id, told.analysis.tempo, laptop.woken) == (play.id, KNOWN.tempo, 1)
    assert told.analysis.fingerprint == KNOWN.fingerprint
    # Nothing is kept in memory for files that are minutes away.
    assert laptop.ears.stopped > 0
    # A number of seven zeros is refused on the way.
    assert told.analysis.embedding == (0.0, 0.0, 0.0, 0.0, 0.0)


def test_no_file_is_listened_to_twice_wherever_it_lies_and_after_a_restart(laptop: Laptop, tmp_path: Path) -> None:
    one, copy = file_in(tmp_path, "a.mp3"), file_in(tmp_path, "copy.mp3")
    for name, path in (("a", one), ("b", one), ("c", copy)):
        laptop.hearing.add(laptop.play(name), path)
        laptop.hear_all()
        laptop.hearing = laptop.fresh()
    assert laptop.ears.asked == ["a.mp3"]
    assert len(laptop.told()) == 3
    # It was replaced meanwhile.
    file_in(tmp_path, "a.mp3", b"another sound")
    laptop.hearing.add(laptop.play("d"), one)
    laptop.hear_all()
    assert laptop.ears.asked == ["a.mp3", "a.mp3"]


def test_who_has_no_tempo_comes_first_and_waits_through_a_restart(laptop: Laptop, tmp_path: Path) -> None:
    for name, bpm in (("ghost", None), ("known", 120.0), ("newer", None)):
        play = laptop.play(name, bpm=bpm, key="Am" if bpm else None)
        laptop.hearing.add(play, file_in(tmp_path, f"{name}.mp3", name.encode()))
    assert laptop.hearing.words() == "3 files wait to be listened to"
    laptop.hearing = laptop.fresh()
    laptop.hear_all()
    assert laptop.ears.asked == ["newer.mp3", "ghost.mp3", "known.mp3"]
    assert laptop.hearing.words() == ""


def test_what_can_not_be_heard_costs_nothing_else(laptop: Laptop, tmp_path: Path) -> None:
    fifo = tmp_path / "pipe.mp3"
    os.mkfifo(fifo)
    (tmp_path / "folder.mp3").mkdir()
    for number, path in enumerate(
        [str(fifo), str(tmp_path / "folder.mp3"), str(tmp_path / "gone.mp3"), "/x/\udcff.mp3", "/bad\0name"]
    ):
        laptop.hearing.add(laptop.play(f"bad {number}"), path)
    laptop.hear_all()
    assert (laptop.told(), laptop.ears.asked) == ([], [])
    laptop.ears.fault = FaultCode.NOT_AUDIO
    text = file_in(tmp_path, "text.mp3")
    for name in ("a", "b"):
        laptop.hearing.add(laptop.play(name), text)
        laptop.hear_all()
    # What is no sound stays none.
    assert (laptop.told(), laptop.ears.asked) == ([], ["text.mp3"])
    laptop.ears.fault = None
    laptop.hearing.add(laptop.play("good"), file_in(tmp_path, "good.mp3", b"good"))
    laptop.hear_all()
    assert len(laptop.told()) == 1


def test_a_play_that_was_taken_back_is_not_told_of(laptop: Laptop, tmp_path: Path) -> None:
    laptop.hearing.add(laptop.play("a"), file_in(tmp_path, "a.mp3"))
    laptop.desk.undo()
    laptop.hear_all()
    assert laptop.told() == []


def test_where_nothing_can_listen_it_says_so_once_and_goes_on(
    laptop: Laptop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    laptop.ears.fault = FaultCode.CRASHED
    for number in range(5):
        laptop.hearing.add(laptop.play(f"{number}"), file_in(tmp_path, f"{number}.mp3", bytes([number])))
    laptop.hear_all(lambda: bool(laptop.hearing.trouble))
    assert len(laptop.ears.asked) == 3
    assert laptop.hearing.words() == (
        "Files are not listened to any more: The program that listens to tracks died on this file."
    )
    monkeypatch.setattr("sync.link.hearing.shutil.which", lambda _: None)
    assert "there is no program ffmpeg" in unable()
    monkeypatch.setattr("sync.link.hearing.importlib.util.find_spec", lambda _: None)
    assert "no numpy" in unable()


def test_it_waits_while_the_laptop_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    now, busy, free, low = [100.0], [0.0], [1 << 40], [False]
    monkeypatch.setattr("sync.link.sparing.time.monotonic", lambda: now[0])
    sparing = Sparing(processors=lambda: busy[0], free_bytes=lambda: free[0], low_battery=lambda: low[0])

    def after(seconds: float) -> bool:
        now[0] += seconds
        return sparing.should_wait()

    # How it was before says nothing of now.
    assert (after(0), after(1), after(100), after(1)) == (True, False, True, False)
    busy[0] = 61.0
    assert (after(1), sparing.why) == (True, "the laptop is busy")
    busy[0], free[0] = 10.0, 100
    assert (after(1), sparing.why) == (True, "the laptop has little memory left")
    free[0], low[0] = 1 << 40, True
    assert (after(1), sparing.why) == (True, "the battery is low")
    low[0] = False
    assert (after(1), sparing.why) == (False, "")
    # The real readings can be read here.
    real = Sparing()
    assert real.should_wait() is True
    now[0] += 1
    real.should_wait()


def test_a_program_that_names_its_file_is_enough(
    laptop: Laptop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    be_quick(monkeypatch)
    path = file_in(tmp_path, "a.mp3")
    program = Program("vdj")
    watch = watch_over(laptop.store, program)
    watch.on_file = laptop.hearing.add

    def story() -> None:
        program.history.append(replace(seen("a", source="vdj"), path=path))
        program.history.append(replace(seen("b", source="vdj"), path="relative.mp3"))
        program.history.append(seen("c", source="vdj"))

    during(watch, story, lambda: laptop.sounds.waiting() == 1)
    waiting = laptop.sounds.next_unheard()
    assert waiting is not None
    assert (waiting.play.title, waiting.path) == ("a", path)


def test_real_ears_hear_a_real_file(laptop: Laptop, tmp_path: Path) -> None:
    path = tmp_path / "clicks.wav"
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 22050, 0, "NONE", ""))
        samples = (
            math.sin(at * 0.2) * max(0.0, 1 - (at % 11025) / 1500) * 20000  # a stroke each half second: 120 a minute
            for at in range(22050 * 12)
        )
        file.writeframes(b"".join(struct.pack("<h", int(one)) for one in samples))
    laptop.hearing.analyst = Analyst(
        should_wait=lambda: False, command=[sys.executable, "-m", "appliance.analysis", PROMPT]
    )
    laptop.hearing.add(laptop.play("clicks"), str(path))

    laptop.hear_all(within_s=60)
    [body] = bodies(laptop.store, "track.sounds")
    told = read_sounds(json.dumps(body).encode())
    assert told.analysis.tempo is not None
    # Of bare strokes nobody can tell whether each is a beat or two are.
    assert min(abs(told.analysis.tempo.bpm - one) for one in (60, 120)) < 1
