"""What systemd is to a box, for one test: runs the program at `current`, starts it again, and does as it is told.

manager.py run FOLDER PROGRAM DATA    until SIGTERM
manager.py FOLDER restart|stop        as the update calls it; returns when it is done
"""

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil

_WITHIN_S = 60.0
_REST_S = 0.3
_STOP_WITHIN_S = 4.0


def _start(program: Path, data: Path) -> "subprocess.Popen[bytes]":
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "PIKA_BOX_"))}
    environment |= {"PYTHONPATH": str(program), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [str(program / ".venv/bin/python"), "-P", "-m", "appliance", "run", "--data", str(data)]
    with (data.parent / "printed").open("ab") as printed:
        return subprocess.Popen(command, env=environment, stdout=printed, stderr=printed)


def _end(process: "subprocess.Popen[bytes]") -> None:
    """As systemd ends a unit: a word first, and after a time everything that it started."""
    if process.poll() is None:
        started = psutil.Process(process.pid).children(recursive=True)
        process.terminate()
        try:
            process.wait(_STOP_WITHIN_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        for one in started:
            with contextlib.suppress(psutil.NoSuchProcess):
                one.kill()


def run(folder: Path, program: Path, data: Path) -> None:
    """The manager itself."""
    stopped = False

    def stop(number: int, frame: object) -> None:
        nonlocal stopped
        stopped = True

    signal.signal(signal.SIGTERM, stop)
    process: subprocess.Popen[bytes] | None = _start(program, data)
    while not stopped:
        order = next(iter(sorted(folder.glob("*.order"))), None)
        if order is not None:
            wanted = order.read_text(encoding="ascii")
            if process is not None:
                _end(process)
            process = _start(program, data) if wanted == "restart" else None
            order.unlink()
        elif process is not None and process.poll() is not None:
            time.sleep(_REST_S)
            process = _start(program, data)
        time.sleep(0.02)
    if process is not None:
        _end(process)


def tell(folder: Path, word: str) -> None:
    """Gives an order, and waits until it is carried out."""
    draft = folder / f"{time.monotonic_ns()}.draft"
    draft.write_text(word, encoding="ascii")
    order = draft.rename(draft.with_suffix(".order"))
    deadline = time.monotonic() + _WITHIN_S
    while order.exists():
        if time.monotonic() > deadline:
            sys.exit("the manager does not answer")
        time.sleep(0.02)


if __name__ == "__main__":
    if sys.argv[1] == "run":
        run(*map(Path, sys.argv[2:]))
    else:
        tell(Path(sys.argv[1]), sys.argv[2])
