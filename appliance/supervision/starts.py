"""How the last starts went, kept over restarts and reboots: what bounds restarts, safe mode and a release's rollback.

Written by `run` only. Time is the boot id with boot time, never the wall clock; a machine that was off passes no time.

What counts as unhealthy: a start that said why it failed; one that vanished before its first good self-test; one that
vanished later although the machine stayed up (killed by the watchdog, or for its memory). What does not: one that was
told to stop, and one that had passed a self-test when the machine went down with it. That is a pulled plug, and staff
who switch a box off and on three times must not end in safe mode.
"""

import contextlib
import json
import logging
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from pathlib import Path

from appliance.clock import Clock, SystemClock
from appliance.domain.models import Stamp
from appliance.files import replace_file

log = logging.getLogger(__name__)

FILE_NAME = "starts.json"
WITHIN_S = 600
_MOST = 10
_WORDS_MOST = 200
# Always the same size, so that a full disk can take it in the place of the old one.
_FILE_BYTES = 16_384


class StartState(StrEnum):
    """How far a start came."""

    STARTING = "starting"
    #: passed a whole self-test
    SERVING = "serving"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Start:
    """One start of the box."""

    boot: str
    #: boot time of its last sign of life, milliseconds
    at_ms: int
    #: the process, so that a running start is known from one that vanished
    process: str
    state: StartState = StartState.STARTING
    #: what it failed by: a program's name, or `start`
    part: str = ""
    #: why, for staff
    words: str = ""
    #: a try out of safe mode: when it fails, safe mode comes back at once
    is_trial: bool = False


@dataclass(frozen=True, slots=True)
class Book:
    """The file's content."""

    starts: tuple[Start, ...] = ()
    #: where the last start with readable settings listened
    host: str = ""
    port: int = 0


def read(data: Path) -> Book:
    """What is written down; nothing when it can't be read."""
    try:
        found = json.loads((data / FILE_NAME).read_text(encoding="utf-8"))
        starts = tuple(
            Start(
                boot=str(one["boot"]),
                at_ms=int(one["at_ms"]),
                process=str(one["process"]),
                state=StartState(one["state"]),
                part=str(one["part"]),
                words=str(one["words"]),
                is_trial=bool(one["is_trial"]),
            )
            for one in found["starts"]
        )
        return Book(starts, host=str(found["host"]), port=int(found["port"]))
    except FileNotFoundError:
        return Book()
    except (OSError, ValueError, KeyError, TypeError):
        log.warning("%s can't be read, so earlier starts are not known.", data / FILE_NAME)
        return Book()


def unhealthy(data: Path, *, within_s: int = WITHIN_S, now: Stamp | None = None) -> list[Start]:
    """The unhealthy starts of the last `within_s` seconds of boot time, oldest first, without one that still runs."""
    return recent(read(data).starts, within_s=within_s, now=now or SystemClock().now())


def recent(starts: Sequence[Start], *, within_s: int, now: Stamp) -> list[Start]:
    """As `unhealthy`, of starts that were read already."""
    found = []
    passed = 0
    at = (now.boot, now.boot_ms)
    for start in reversed(starts):
        boot, at_ms = at
        # Of a boot before that one it is only known that it was over: what has passed since is at least `at_ms`.
        passed += max(0, at_ms - start.at_ms) if start.boot == boot else at_ms
        at = (start.boot, start.at_ms)
        if passed > within_s * 1000:
            break
        if _is_unhealthy(start, now=now):
            found.append(start)
    return found[::-1]


def _is_unhealthy(start: Start, *, now: Stamp) -> bool:
    if start.state is StartState.FAILED:
        return True
    if start.boot != now.boot:
        return start.state is StartState.STARTING
    return start.process != _process(start.process.partition(":")[0])


def _process(pid: str = "self") -> str:
    """A process's number and when it began, so that a number used again is not taken for it; empty when it is gone."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
    except OSError:
        return ""
    return f"{os.getpid() if pid == 'self' else pid}:{fields[19]}"


def forget(data: Path) -> None:
    """Begins with a clean sheet, as after a new release. A start that runs is written down again when it settles."""
    _write(data, replace(read(data), starts=()))


def _write(data: Path, book: Book) -> None:
    content = json.dumps({"version": 1, **asdict(book)}, ensure_ascii=False).encode()
    padded = content.ljust(_FILE_BYTES)
    try:
        replace_file(data / FILE_NAME, padded)
    except OSError as error:
        log.warning("How the starts went can't be kept in %s: %s", data / FILE_NAME, error)
        # A full disk has no room for a second file, but this one has its room already.
        with contextlib.suppress(OSError), (data / FILE_NAME).open("r+b") as file:
            file.write(padded)
            file.flush()
            os.fsync(file.fileno())


class Record:
    """This start, as it goes on."""

    def __init__(self, data: Path, *, clock: Clock) -> None:
        self._data = data
        self._clock = clock

    def begin(self, *, is_trial: bool = False) -> None:
        """The start begins; it counts as unhealthy until it has served or was told to stop."""
        now = self._clock.now()
        own = Start(boot=now.boot, at_ms=now.boot_ms, process=_process(), is_trial=is_trial)
        self._put([*read(self._data).starts, own])

    def listens(self, *, host: str, port: int) -> None:
        """Where the pages are, for a safe mode that can't read the settings."""
        book = read(self._data)
        if (book.host, book.port) != (host, port):
            _write(self._data, replace(book, host=host, port=port))

    def serves(self) -> None:
        """A whole self-test was passed for the first time."""
        self._change(state=StartState.SERVING)

    def settled(self) -> None:
        """It has been well for a while: what was before is of no account any more."""
        now = self._clock.now()
        self._put([Start(boot=now.boot, at_ms=now.boot_ms, process=_process(), state=StartState.SERVING)])

    def failed(self, *, part: str, words: str) -> None:
        """It gives up."""
        self._change(state=StartState.FAILED, part=part, words=" ".join(words.split())[:_WORDS_MOST])

    def stopped(self) -> None:
        """It was told to stop, and counts for nothing."""
        self._put([one for one in read(self._data).starts if one.process != _process()])

    def _change(self, *, state: StartState, part: str = "", words: str = "") -> None:
        now = self._clock.now()
        starts = list(read(self._data).starts)
        own = starts.pop() if starts and starts[-1].process == _process() else None
        own = own or Start(boot=now.boot, at_ms=now.boot_ms, process=_process())
        self._put([*starts, replace(own, at_ms=now.boot_ms, state=state, part=part, words=words)])

    def _put(self, starts: Sequence[Start]) -> None:
        _write(self._data, replace(read(self._data), starts=tuple(starts)[-_MOST:]))
