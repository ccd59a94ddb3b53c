"""The DJ's link: how soon dancers see what each DJ program says, and what that costs the laptop.

The real link, paired with a real box over TLS; every program's files and streams grow as the program grows them, and a
phone listens. The clock starts when the program has written, which is the moment from which the link could know.
"""

import os
import random
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil

from tests.bench.plan import Plan
from tests.bench.process import rss_bytes
from tests.bench.table import Figure, Goal
from tests.link.evening import Evening, Program, evening
from tests.link.listener import Listener
from tests.link.programs import Laptop, until
from tests.support.ports import free_port
from tests.support.real_box import ROOT, RealBox, running_box

_MB = 1_000_000
_WITHIN_S = 8.0
_SONGS = 100_000
_SONG = (
    '<Song FilePath="/music/Folder {folder}/A track with a long name {number}.mp3" FileSize="9123456">'
    '<Tags Author="An artist {folder}" Title="A track with a long name {number}" Genre="Swing" Bpm="0.5"/>'
    '<Infos SongLength="240.5" LastModified="1" FirstSeen="1" PlayCount="3"/><Scan Bpm="0.5" Key="Am"/></Song>\n'
)
_WORDS = {
    "virtualdj": "VirtualDJ, history",
    "virtualdj-control": "VirtualDJ, Network Control",
    "serato": "Serato 3, session",
    "serato4": "Serato 4, database",
    "mixxx": "Mixxx, database",
    "djay": "djay, library (its loads believed)",
    "icecast": "Traktor and others, broadcast",
    "mpris": "Linux players",
    "now": "scripts, /now",
    "pika": "Pika's desktop app",
}


@dataclass(frozen=True, slots=True)
class _Watched:
    """A link that runs beside a box."""

    box: RealBox
    process: psutil.Process
    phone: Listener

    def cpu_share(self, seconds: float) -> float:
        """Percent of one CPU, over so long."""
        before, began = self.process.cpu_times(), time.monotonic()
        time.sleep(seconds)
        after = self.process.cpu_times()
        busy = after.user + after.system - before.user - before.system
        return 100 * busy / (time.monotonic() - began)

    def memory_mb(self) -> float:
        return rss_bytes(self.process.pid) / _MB

    def most_memory_mb(self) -> float:
        """The most it ever had."""
        said = Path(f"/proc/{self.process.pid}/status").read_text(encoding="utf-8")
        found = re.search(r"VmHWM:\s+(\d+) kB", said)
        assert found
        return int(found[1]) * 1024 / _MB


@contextmanager
def watched(folder: Path, laptop: Laptop) -> Iterator[_Watched]:
    """The link on this laptop, paired with a box of its own."""
    links = {"PIKA_BOX_LINKS_ENABLED": "yes", "PIKA_BOX_LINKS_PORT": str(free_port())}
    with ExitStack() as stack:
        box = stack.enter_context(running_box(folder / "box", options=("--broker", "off"), env=links))
        command = [sys.executable, "-m", "appliance", "dj", "--data", str(box.data), "pair", "The Bench"]
        environment = {**os.environ, "PYTHONPATH": str(ROOT), **links}
        said = subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout
        code = re.search(r"^\s+([\d-]{9,})$", said, re.MULTILINE)
        assert code, said
        laptop.ask("pair", code[1], "--at", f"127.0.0.1:{links['PIKA_BOX_LINKS_PORT']}")
        process = stack.enter_context(laptop.running())
        yield _Watched(box, psutil.Process(process.pid), stack.enter_context(Listener(box.port)))


def _all_here(laptop: Laptop, evening_: Evening) -> bool:
    usable = {source["name"] for source in laptop.status()["link"]["sources"] if source["usable"]}
    return usable >= {program.source for program in evening_.programs}


def latency_s(link: _Watched, program: Program, *, plays: int, chance: random.Random) -> list[float]:
    """From the program's writing to the phone, for each of some plays that come at no special moment."""
    took = []
    for number in range(plays):
        title = f"{program.source} {number}"
        # A play that follows at once the one before would always meet the same moment between two looks.
        time.sleep(chance.random())
        program.play(title)
        began = time.monotonic()
        took.append(max(0.0, link.phone.wait_for(title, within_s=_WITHIN_S) - began))
    return took


def _with_every_program(plan: Plan, folder: Path) -> list[Figure]:
    chance, figures = random.Random(4), list[Figure]()
    with evening(folder / "laptop") as found, watched(folder, found.laptop) as link:
        until(lambda: _all_here(found.laptop, found), within_s=20, what="all programs are seen")
        idle = link.cpu_share(plan.link_idle_s)
        for program in found.programs[:: plan.link_every]:
            took = latency_s(link, program, plays=plan.link_plays, chance=chance)
            name = program.source.partition(":")[0]
            words = f"  {_WORDS.get(name, 'a text file')}"
            figures.append(Figure(f"link_{name}_s", words, "s", took, goal=Goal(1.5)))
        playing = link.cpu_share(plan.link_idle_s)
        return [
            *figures,
            Figure(
                "link_memory_mb", "the link's memory, all programs, after plays", "MB", [link.memory_mb()], Goal(60)
            ),
            Figure("link_idle_all", "  its CPU, all eleven sources here, nothing plays", "%", [idle]),
            Figure("link_playing_all", "  the same, and two of them play", "%", [playing]),
        ]


def _with_one_program(plan: Plan, folder: Path) -> list[Figure]:
    """As most laptops are: all sources are on, VirtualDJ is there."""
    laptop = Laptop(folder / "laptop")
    laptop.settings(f"[sources]\nicecast_port = {free_port()}\npika_port = {free_port()}\nnow_port = {free_port()}\n")
    with watched(folder, laptop) as link:
        link.cpu_share(min(3.0, plan.link_idle_s))
        idle = link.cpu_share(plan.link_idle_s)
        laptop.play("A", "Played")
        link.phone.wait_for("Played", within_s=_WITHIN_S)
        playing = link.cpu_share(plan.link_idle_s)
        return [
            Figure("link_idle", "the link's CPU, all sources on, VirtualDJ here", "%", [idle], goal=Goal(1)),
            Figure("link_playing", "  the same, a track is on", "%", [playing], goal=Goal(1)),
            Figure("link_memory_one_mb", "  its memory", "MB", [link.memory_mb()], goal=Goal(60)),
        ]


def _with_many_songs(plan: Plan, folder: Path) -> list[Figure]:
    """VirtualDJ's database with a hundred thousand songs, and a play while it is being read."""
    del plan
    laptop = Laptop(folder / "laptop")
    with (laptop.virtualdj / "database.xml").open("w", encoding="utf-8") as file:
        file.write("<VirtualDJ_Database>\n")
        file.writelines(_SONG.format(folder=number % 900, number=number) for number in range(_SONGS))
        file.write("</VirtualDJ_Database>\n")
    last = f"Folder {(_SONGS - 1) % 900}/A track with a long name {_SONGS - 1}"
    with watched(folder, laptop) as link:
        began = time.monotonic()
        laptop.play("An artist", last)
        shown = link.phone.wait_for(last, within_s=_WITHIN_S) - began

        def has_tempo() -> bool:
            now = link.box.visitor().get("/api/v1/stages/main-floor/now").json.get("now") or {}
            return bool(now.get("bpm"))

        until(has_tempo, within_s=30, what="the database is indexed")
        # The link began to index before it said that it is here.
        took, most = time.time() - link.process.create_time(), link.most_memory_mb()
    return [
        Figure("link_index_s", "100,000 songs of VirtualDJ known, from the link's start", "s", [took], goal=Goal(15)),
        Figure("link_index_mb", "  the most memory it had", "MB", [most], goal=Goal(300)),
        Figure("link_index_play_s", "  a play meanwhile, until the phone has it", "s", [shown], goal=Goal(1.5)),
    ]


def link(plan: Plan) -> list[Figure]:
    """Latency for each DJ program, then what the link takes."""
    figures: list[Figure] = []
    for part in (_with_every_program, _with_one_program, _with_many_songs):
        with TemporaryDirectory(dir=plan.folder) as name:
            figures += part(plan, Path(name))
    return figures
