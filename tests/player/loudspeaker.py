"""A loudspeaker in a room that nobody hears, and a tape of every sample that comes out of it.

It is PulseAudio's null sink: it takes sound at the speed of the clock, mixes what both of a player's mpv send it, and
can be unplugged. So what is measured here was really heard, whatever mpv says of itself.
"""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

RATE = 8000
#: of a full swing; what is softer is silence, as the tests' tones are never
_HEARD = 0.004
_WINDOW = RATE // 50


@dataclass
class Loudspeaker:
    """One that is on from the beginning."""

    folder: Path
    _server: subprocess.Popen[bytes] | None = None
    _tape: subprocess.Popen[bytes] | None = None
    _tapes: list[Path] = field(default_factory=list)

    @property
    def environment(self) -> dict[str, str]:
        """What programs need to find it."""
        return {"PULSE_SERVER": f"unix:{self._socket}", "PULSE_COOKIE": str(self.folder / "cookie")}

    @property
    def _socket(self) -> Path:
        return self.folder / "pulse"

    def plug_in(self) -> None:
        """It is there, and what it plays is written down."""
        words = ["-n", "--daemonize=no", "--exit-idle-time=-1", "--use-pid-file=no", "--high-priority=yes"]
        modules = [
            f"module-null-sink sink_name=hall rate={RATE} channels=1",
            f"module-native-protocol-unix auth-anonymous=1 socket={self._socket}",
        ]
        self._socket.unlink(missing_ok=True)
        own = {"HOME": str(self.folder), "PULSE_RUNTIME_PATH": str(self.folder / "run")}
        self._server = subprocess.Popen(
            ["pulseaudio", *words, *(word for module in modules for word in ("-L", module))],
            env={**os.environ, **own},
            stderr=subprocess.DEVNULL,
        )
        _wait_for(self._socket.exists)
        form = ["--format=s16le", f"--rate={RATE}", "--channels=1"]
        self._tapes.append(self.folder / f"tape{len(self._tapes)}")
        with self._tapes[-1].open("wb") as tape:
            self._tape = subprocess.Popen(
                # Whoever listens closely makes the sink work in small steps; else it takes what begins only every 2 s.
                ["parec", "--device=hall.monitor", "--raw", "--latency-msec=20", *form],
                env={**os.environ, **self.environment},
                stdout=tape,
                stderr=subprocess.DEVNULL,
            )
        _wait_for(lambda: self.now_s() > 0)

    def unplug(self) -> None:
        """It is gone from one moment to the next."""
        for process in (self._tape, self._server):
            if process is not None:
                process.kill()
                process.wait()

    def hang(self, *, on: bool) -> None:
        """It takes no sound, and says nothing; or goes on."""
        assert self._server is not None
        self._server.send_signal(signal.SIGSTOP if on else signal.SIGCONT)

    def heard(self) -> NDArray[np.float64]:
        """Every sample since it was plugged in last, -1 to 1."""
        data = self._tapes[-1].read_bytes()
        return np.frombuffer(data[: len(data) // 2 * 2], dtype="<i2") / 32768

    def now_s(self) -> float:
        """How long its tape is by now, seconds."""
        return self._tapes[-1].stat().st_size / 2 / RATE


def _wait_for(holds: Callable[[], bool]) -> None:
    until = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < until, "no loudspeaker"
        time.sleep(0.02)


def silences(sound: NDArray[np.float64]) -> list[tuple[float, float]]:
    """Where nothing was heard, from the first sound to the end: since when and how long, seconds."""
    windows = sound[: len(sound) // _WINDOW * _WINDOW].reshape(-1, _WINDOW)
    heard = np.flatnonzero(np.sqrt((windows**2).mean(axis=1)) > _HEARD)
    gaps = np.diff(heard, append=len(windows)) - 1
    return [(float(heard[at] + 1) / 50, float(gaps[at]) / 50) for at in np.flatnonzero(gaps)]


def longest(sound: NDArray[np.float64]) -> float:
    """The longest silence in it, seconds."""
    return max((length for _, length in silences(sound)), default=0.0)


def strength(sound: NDArray[np.float64], *, hertz: float) -> NDArray[np.float64]:
    """The amplitude of one tone over time, in steps of a fiftieth of a second."""
    windows = sound[: len(sound) // _WINDOW * _WINDOW].reshape(-1, _WINDOW)
    times = np.arange(windows.size).reshape(windows.shape) / RATE
    found: NDArray[np.float64] = 2 * np.abs((windows * np.exp(-2j * np.pi * hertz * times)).mean(axis=1))
    return found


@contextmanager
def loudspeaker(folder: Path) -> Iterator[Loudspeaker]:
    """One that is plugged in until the block ends."""
    folder.mkdir(parents=True, exist_ok=True)
    one = Loudspeaker(folder)
    one.plug_in()
    try:
        yield one
    finally:
        one.unplug()
