"""Safe mode, seen from `run`: a small server as a child, without supervisord, database and settings, kept alive.

Not under supervisord, because that writes files, and safe mode must also start on a full disk. The child gets what it
shows on its standard input, where no other process sees the code, and ends when that closes: it never outlives `run`.
"""

import contextlib
import json
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from enum import IntEnum
from pathlib import Path

from appliance import network
from appliance.errors import Unavailable
from appliance.supervision.attendant import say
from appliance.supervision.notify import Notifier
from appliance.supervision.watch import answers
from appliance.usecases import people

#: where safe mode listens when its own port can't be had
_OTHER_PLACES = (("0.0.0.0", 8080), ("0.0.0.0", 80))
_UP_WITHIN_S = 15.0
_PAGE_WITHIN_S = 2.0
_END_WITHIN_S = 2.5
_LOOK_EVERY_S = 0.25
_FEED_EVERY_S = 5.0
_CHILDREN_MOST = 5


class Outcome(IntEnum):
    """How safe mode ended; the child's exit status."""

    #: the box was told to stop
    STOPPED = 0
    #: safe mode itself does not work
    LOST = 1
    #: the normal start is to be tried
    AGAIN = 10
    #: the same without the broker
    WITHOUT_BROKER = 11


@dataclass(frozen=True, slots=True)
class Brief:
    """What the child needs to know."""

    data: str
    name: str
    host: str
    port: int
    #: further host names of the box
    names: tuple[str, ...]
    #: each failed start's part and words, oldest first
    reasons: tuple[tuple[str, str], ...]
    code: str = ""


class _Child:
    def __init__(self, brief: Brief) -> None:
        command = [sys.executable, "-m", "appliance", "safe"]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True)
        assert self._process.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            # Left open: its end tells the child that `run` has gone.
            self._process.stdin.write(json.dumps(asdict(brief)).encode() + b"\n")
            self._process.stdin.flush()

    def status(self) -> int | None:
        return self._process.poll()

    def end(self) -> None:
        self._process.terminate()
        try:
            self._process.wait(_END_WITHIN_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        assert self._process.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.close()


def serve(brief: Brief, *, stopped: Callable[[], bool], notifier: Notifier, for_s: float) -> Outcome:
    """Safe mode until somebody leaves it, or for `for_s` seconds; then the normal start is due again."""
    found = _place(brief)
    if found is None:
        say("safe mode finds no port to serve its page on.")
        return Outcome.LOST
    host, port = found
    code = people.new_setup_code()
    brief = Brief(**{**asdict(brief), "host": host, "port": port, "code": code})
    print(_banner(brief), flush=True)
    until = time.monotonic() + for_s
    for _ in range(_CHILDREN_MOST):
        child = _Child(brief)
        try:
            outcome = _attend(child, brief, stopped=stopped, notifier=notifier, until=until)
        finally:
            child.end()
        if outcome is not Outcome.LOST:
            return outcome
        say("safe mode's page ended or froze; it is started again.")
    return Outcome.LOST


def _place(brief: Brief) -> tuple[str, int] | None:
    for host, port in [(brief.host, brief.port), *_OTHER_PLACES]:
        with contextlib.suppress(Unavailable):
            if network.is_port_free(host, port):
                return host, port
    return None


def _banner(brief: Brief) -> str:
    lines = ["", f"  {brief.name} is in SAFE MODE: it could not start. Phones see a waiting page.", ""]
    lines += [f"  {part}: {words or 'ended without a word'}" for part, words in brief.reasons]
    lines += ["", f"  Staff       port {brief.port}, /staff", f"  Safe code   {brief.code}", ""]
    return "\n".join(lines)


def _attend(child: _Child, brief: Brief, *, stopped: Callable[[], bool], notifier: Notifier, until: float) -> Outcome:
    """One child, for as long as it answers."""
    url_host = network.own_host(brief.host)
    must_answer_by = time.monotonic() + _UP_WITHIN_S
    is_up = False
    next_look = 0.0
    while not stopped():
        status = child.status()
        if status is not None:
            return Outcome(status) if status in {Outcome.AGAIN, Outcome.WITHOUT_BROKER} else Outcome.LOST
        now = time.monotonic()
        if now >= until and is_up:
            say("safe mode has lasted its time; the normal start is tried.")
            return Outcome.AGAIN
        if now >= next_look:
            if answers(url_host, brief.port, within_s=_PAGE_WITHIN_S):
                if not is_up:
                    notifier.ready("Safe mode: phones see a waiting page, staff see why.")
                is_up, must_answer_by = True, now + _UP_WITHIN_S
                next_look = now + _FEED_EVERY_S
                notifier.feed()
            elif now >= must_answer_by:
                return Outcome.LOST
        time.sleep(_LOOK_EVERY_S if is_up else 0.05)
    return Outcome.STOPPED


def brief_of(line: str) -> Brief:
    """What the child was given. Raises: ValueError, KeyError or TypeError when it is nothing of ours."""
    given = json.loads(line)
    return Brief(
        data=str(given["data"]),
        name=str(given["name"]),
        host=str(given["host"]),
        port=int(given["port"]),
        names=tuple(map(str, given["names"])),
        reasons=tuple((str(part), str(words)) for part, words in given["reasons"]),
        code=str(given["code"]),
    )


def logs_in(data: Path) -> Sequence[Path]:
    """The programs' logs, those that may say why first."""
    return [data / "log" / f"{name}.log" for name in ("server", "broker", "supervisord")]
