"""`python -m tests.bench`: measures a real server on this machine and prints one table.

Owns the command line and what is said about the machine. Takes about four minutes; `--quick` less than half of one.
"""

import argparse
import json
import os
import platform
import resource
import sqlite3
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil

from tests.bench import drain, far_drain, figures, plan
from tests.bench.mqtt_ws_load import mosquitto_version
from tests.bench.process import OPEN_FILES, Broken, Cpus, raise_open_files
from tests.bench.table import Figure, as_text
from tests.network.hall import NotHere

_QUICK_OPEN_FILES = 512
# With more of a CPU than this in other hands, half of what one measures is waiting for them.
_QUIET = 0.2


#: what is measured on its own: on the way to the cloud
_OTHERS: dict[str, Callable[[Sequence[str]], int]] = {"cloud": drain.main, "badlink": far_drain.main}


def _arguments(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./box bench", description="Measures the box on this machine.")
    parser.epilog = (
        "./box bench cloud and ./box bench badlink measure the way to the cloud, ./box bench analysis how right tempo, "
        "key and scores are, ./box bench taste who chooses best what comes next; each has its own --help."
    )
    parser.add_argument("--quick", action="store_true", help="100 phones, once: shows that it works, not how fast")
    parser.add_argument("--only", choices=list(figures.GROUPS), help="one group of figures")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the raw numbers there")
    return parser.parse_args(arguments)


class _OthersWork:
    """How much of the machine other programs took while the bench ran: with much of it, times say little."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self._busy = self._busy_s()
        self._own = self._own_s()

    @staticmethod
    def _busy_s() -> float:
        # user nice system idle iowait irq softirq steal, all CPUs together (proc(5))
        ticks = [int(word) for word in Path("/proc/stat").read_text(encoding="ascii").split("\n", 1)[0].split()[1:9]]
        return (sum(ticks) - ticks[3] - ticks[4]) / os.sysconf("SC_CLK_TCK")

    @staticmethod
    def _own_s() -> float:
        used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
        return sum(each.ru_utime + each.ru_stime for each in used)

    def cpus(self) -> float:
        """CPUs that others kept busy, on average."""
        others = (self._busy_s() - self._busy) - (self._own_s() - self._own)
        return max(0.0, others / (time.monotonic() - self._began))


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith(("model name", "Model")):
            return line.partition(":")[2].strip()
    return platform.machine()


def _file_system(folder: Path) -> str:
    """Durable is only as durable as the disk: on a RAM disk the likes' figures mean nothing."""
    above = [disk for disk in psutil.disk_partitions(all=True) if folder.is_relative_to(disk.mountpoint)]
    return max(above, key=lambda disk: len(disk.mountpoint)).fstype if above else "an unknown file system"


def _machine(cpus: Cpus, folder: Path) -> list[str]:
    hardware = f"{os.cpu_count()} x {_processor()}, Linux {platform.release()}"
    libraries = [f"{name} {version(name)}" for name in ("uvicorn", "uvloop", "starlette", "httptools")]
    programs = [f"Python {platform.python_version()}", *libraries, f"SQLite {sqlite3.sqlite_version}"]
    return [
        f"{hardware}; data on {_file_system(folder)}; {cpus.in_words()}.",
        f"{', '.join(programs)}, Mosquitto {mosquitto_version()}.",
    ]


def _open_files(*, needed: int) -> str | None:
    allowed = raise_open_files()
    if allowed >= needed:
        return None
    return f"Only {allowed} files may be open here, {needed} are needed: start it where `ulimit -Hn` says so or more."


def _measure(chosen: argparse.Namespace, folder: Path, cpus: Cpus) -> list[Figure]:
    the_plan = plan.quick(cpus, folder) if chosen.quick else plan.full(cpus, folder)
    found: list[Figure] = []
    wanted = [chosen.only] if chosen.only else list(figures.GROUPS)
    if not chosen.only and os.geteuid() != 0:
        # Asked for by name it fails instead.
        left_out = figures.NEED_ROOT.intersection(wanted)
        print(f"left out, because it needs root: {', '.join(sorted(left_out))}", file=sys.stderr, flush=True)
        wanted = [name for name in wanted if name not in left_out]
    for name in wanted:
        print(f"measuring {name} ...", file=sys.stderr, flush=True)
        found += figures.GROUPS[name](the_plan)
    # The targets are for 1,000 phones.
    return [replace(figure, goal=None) for figure in found] if chosen.quick else found


def _conditions(others: _OthersWork, *, quick: bool, took_s: float) -> str:
    """What to think of the figures."""
    if quick:
        # Servers that were killed are not in our children's CPU time, so others' work can't be told from theirs.
        return f"Took {took_s:.0f} s. The quick form only shows that it works; its figures compare with nothing."
    busy = others.cpus()
    advice = " That is much: run it again when the machine is quiet." if busy > _QUIET else ""
    return f"Took {took_s:.0f} s; other programs kept {busy:.2f} CPUs busy meanwhile.{advice}"


def main(arguments: list[str]) -> int:
    """Measures, prints, and returns 0; a missed target is a figure, not a failure. 1 when nothing could be measured."""
    if arguments[:1] == ["push"]:
        # Only there are the cloud's packages needed.
        from tests.push import speed as push_speed

        return push_speed.main(arguments[1:])
    if arguments[:1] == ["taste"]:
        # numpy takes a third of a second to load, and the other figures need none.
        from tests.bench import taste

        return taste.main(arguments[1:])
    if arguments[:1] == ["analysis"]:
        # Nor is what listens to music loaded for anything else.
        from tests.bench.analysis import program as analysis

        return analysis.main(arguments[1:])
    if arguments and arguments[0] in _OTHERS:
        return _OTHERS[arguments[0]](arguments[1:])
    chosen = _arguments(arguments)
    refusal = _open_files(needed=_QUICK_OPEN_FILES if chosen.quick else OPEN_FILES)
    if refusal:
        print(refusal, file=sys.stderr)
        return 1
    cpus, others, began = Cpus.here(), _OthersWork(), time.monotonic()
    with TemporaryDirectory(prefix="pika-bench-") as name:
        machine = _machine(cpus, Path(name))
        try:
            found = _measure(chosen, Path(name), cpus)
        except (Broken, NotHere, OSError) as error:
            print(f"The bench could not measure: {error}", file=sys.stderr)
            return 1
    machine.append(_conditions(others, quick=chosen.quick, took_s=time.monotonic() - began))
    print(as_text(found), "", *machine, sep="\n")
    if chosen.json:
        raw = {"quick": chosen.quick, "machine": machine, "figures": [figure.as_json() for figure in found]}
        chosen.json.write_text(json.dumps(raw, indent=2) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
