"""`python -m tests.chaos.laptop run ...`: the real link on a laptop whose clocks are in a file and whose fuse is short.

The clock's file says how far this laptop's clocks are ahead of ours, and which boot it is; it is read at every look at
a clock. With a fuse of "n /part" the process kills itself, as `kill -9` does, before the n-th line of this part of the
link.
"""

import json
import os
import signal
import sys
import threading
import time
from pathlib import Path
from types import FrameType
from typing import Any

from appliance.clock import Clock, Sources, SystemClock
from sync.link import cli, opening
from tests.support.real_box import ROOT

CLOCK, FUSE = "PIKA_CHAOS_CLOCK", "PIKA_CHAOS_FUSE"
_OWN = str(ROOT / "sync" / "link")


def clock_in(path: Path) -> Clock:
    """A laptop's clock as the file says."""

    def said() -> Any:
        return json.loads(path.read_text(encoding="ascii"))

    return SystemClock(
        Sources(
            wall=lambda: time.time() + said()["ahead_s"],
            boottime=lambda: time.time() + said()["ahead_s"] - said()["booted_s"],
            boot=lambda: str(said()["boot"]),
            from_network=lambda: True,
        )
    )


def light(lines: int, part: str) -> None:
    """The fuse burns from here on, in all threads, by the lines of this part of the link."""
    left, own = lines, _OWN + part

    def burn(frame: FrameType, event: str, argument: object) -> Any:
        nonlocal left
        del argument
        if not frame.f_code.co_filename.startswith(own):
            return None
        if event == "line":
            left -= 1
            if left <= 0:
                os.kill(os.getpid(), signal.SIGKILL)
        return burn

    threading.settrace(burn)
    sys.settrace(burn)


def main() -> int:
    """The link's own menu."""
    opening.laptop_clock = lambda: clock_in(Path(os.environ[CLOCK]))
    if fuse := os.environ.get(FUSE):
        lines, _, part = fuse.partition(" ")
        light(int(lines), part)
    return cli.main()


if __name__ == "__main__":
    sys.exit(main())
