"""What systemd does for the box's unit: hears a real notification socket, counts feedings, starts anew, cleans up."""

import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.support.ports import free_port
from tests.support.real_box import ROOT, RealBox

#: everything that takes minutes in a hall, in seconds
QUICK = {"ROUND_S": "1", "ROUNDS": "2", "RESTARTS": "1", "SETTLED_S": "600", "STARTS": "2"}


def eventually(holds: Callable[[], bool], *, within_s: float, what: str, every_s: float = 0.03) -> None:
    """Returns once `holds`."""
    deadline = time.monotonic() + within_s
    while not holds():
        assert time.monotonic() < deadline, f"not within {within_s} s: {what}"
        time.sleep(every_s)


@dataclass
class Unit:
    """`pika-box.service`, as far as the box sees it."""

    data: Path
    port: int
    mqtt_port: int
    address: str
    environment: dict[str, str]
    options: tuple[str, ...]
    #: everything that was told, newest last
    told: list[str] = field(default_factory=list)
    #: everything that was printed
    printed: str = ""
    process: subprocess.Popen[str] | None = None
    _reader: threading.Thread | None = None

    @property
    def url_box(self) -> RealBox:
        """The box, to be asked things."""
        assert self.process is not None
        codes = re.findall(r"Setup code +(\S+)", self.printed)
        return RealBox(
            port=self.port,
            mqtt_port=self.mqtt_port,
            data=self.data,
            process=self.process,
            setup_code=codes[-1] if codes else "",
        )

    def start(self) -> None:
        """The process, with nothing left over from the last."""
        self.kill_all()
        command = [sys.executable, "-m", "appliance", "run", "--data", str(self.data), "--host", "127.0.0.1"]
        command += ["--port", str(self.port), "--mqtt-port", str(self.mqtt_port), *self.options]
        self.told.clear()
        self.process = subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={**self.environment, "NOTIFY_SOCKET": self.address, "WATCHDOG_USEC": "120000000"},
        )
        self._reader = threading.Thread(target=self._read, args=(self.process,), daemon=True)
        self._reader.start()

    def _read(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        with process.stdout:
            for line in process.stdout:
                self.printed += line

    def is_ready(self) -> bool:
        """Whether the start was told to be over."""
        return any("READY=1" in message for message in self.told)

    def fed(self) -> int:
        """How often the watchdog was fed in this start."""
        return sum(message == "WATCHDOG=1" for message in self.told)

    def wait_ready(self, *, within_s: float = 20) -> None:
        """Returns once it is ready."""
        eventually(lambda: self.is_ready() or self.has_ended(), within_s=within_s, what="the box is ready")
        assert self.is_ready(), self.printed

    def wait_fed(self, *, within_s: float = 15) -> None:
        """Returns once the watchdog was fed anew."""
        before = self.fed()
        eventually(lambda: self.fed() > before, within_s=within_s, what=f"the watchdog is fed; {self.printed}")

    def has_ended(self) -> bool:
        """Whether the process is gone."""
        assert self.process is not None
        return self.process.poll() is not None

    def wait_ended(self, *, within_s: float) -> int:
        """The exit status."""
        assert self.process is not None
        status = self.process.wait(within_s)
        if self._reader is not None:
            self._reader.join(5)
        return status

    def processes(self) -> list[int]:
        """Everything in the unit's control group."""
        mark = f"UNIT_OF_TEST={self.address}".encode()
        found = []
        for folder in Path("/proc").iterdir():
            try:
                if mark in (folder / "environ").read_bytes().split(b"\0"):
                    found.append(int(folder.name))
            except (OSError, ValueError):
                continue
        return found

    def kill_all(self) -> None:
        """As systemd does with what is left of a control group."""
        while found := self.processes():
            for pid in found:
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    continue
            time.sleep(0.01)
        if self.process is not None:
            self.process.wait(5)

    def stop(self) -> float:
        """`systemctl stop`; how long it took."""
        assert self.process is not None
        began = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        self.wait_ended(within_s=10)
        return time.monotonic() - began


@contextmanager
def unit_of(
    data: Path, *, options: tuple[str, ...] = (), watchdog: Mapping[str, str] | None = None, path: str = ""
) -> Iterator[Unit]:
    """A unit that was not started yet. `path` comes before the others on PATH."""
    data.mkdir(exist_ok=True)
    name = f"pika-box-test-{os.getpid()}-{free_port()}"
    settings = {f"PIKA_BOX_WATCHDOG_{key}": value for key, value in {**QUICK, **(watchdog or {})}.items()}
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "PIKA_BOX_MDNS_ENABLED": "no",
        "PIKA_BOX_LINKS_ENABLED": "no",
        **settings,
    }
    environment |= {"UNIT_OF_TEST": f"@{name}", "PATH": f"{path}:{os.environ['PATH']}"}
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(f"\0{name}")
        unit = Unit(data, free_port(), free_port(), f"@{name}", environment, options)

        def listen() -> None:
            while (message := listener.recv(4096).decode()) != "END":
                unit.told.append(message)

        ear = threading.Thread(target=listen, daemon=True)
        ear.start()
        try:
            yield unit
        finally:
            unit.kill_all()
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as end:
                end.sendto(b"END", f"\0{name}")
            ear.join(5)
