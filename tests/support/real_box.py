"""A real box on loopback: `./box run` with supervisord, broker and server, or the server alone."""

import http.client
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.support.ports import free_port
from tests.support.visitors import Box

ROOT = Path(__file__).parents[2]


@dataclass(kw_only=True)
class RealBox(Box):
    """A running box, with all its programs."""

    mqtt_port: int
    data: Path
    process: subprocess.Popen[str]
    printed: str = ""

    def server_pid(self) -> int:
        """The server process, as it is now."""
        for folder in Path("/proc").iterdir():
            try:
                words = (folder / "cmdline").read_bytes().split(b"\0")
                environment = (folder / "environ").read_bytes().split(b"\0")
            except OSError:
                continue
            if (
                words[1:4] == [b"-m", b"appliance", b"serve"]
                and f"PIKA_BOX_HTTP_PORT={self.port}".encode() in environment
            ):
                return int(folder.name)
        raise LookupError("no server runs")

    def wait_until_served(self, *, within_s: float = 15, not_pid: int | None = None) -> None:
        """Returns when the server answers (as another process than `not_pid`)."""
        deadline = time.monotonic() + within_s
        while time.monotonic() < deadline:
            try:
                if not_pid is None or self.server_pid() != not_pid:
                    self.visitor().get("/health")
                    return
            except (OSError, http.client.HTTPException, LookupError):
                pass
            time.sleep(0.03)
        raise TimeoutError("the server did not come back")

    def stop(self, number: int = signal.SIGTERM) -> float:
        """Ends the box; how long that took, in seconds."""
        started = time.monotonic()
        if self.process.poll() is None:
            self.process.send_signal(number)
        self.process.wait(20)
        return time.monotonic() - started


#: several boxes stand on one machine
QUIET = {"PIKA_BOX_MDNS_ENABLED": "no", "PIKA_BOX_LINKS_ENABLED": "no"}


@contextmanager
def running_box(
    data: Path,
    *,
    options: tuple[str, ...] = (),
    env: Mapping[str, str] | None = None,
    inside: tuple[str, ...] = (),
    command: str = "run",
) -> Iterator[RealBox]:
    """`./box run`, or `demo`, on loopback until the block ends; `inside` is a command that runs another one."""
    port, mqtt_port = free_port(), free_port()
    words = [*inside, sys.executable, "-m", "appliance", command, "--data", str(data), "--host", "127.0.0.1"]
    words += ["--port", str(port), "--mqtt-port", str(mqtt_port), *options]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **QUIET, **(env or {})}
    process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment)
    box = RealBox(port=port, mqtt_port=mqtt_port, data=data, process=process)
    try:
        assert process.stdout is not None
        for line in process.stdout:
            box.printed += line
            if found := re.search(r"Setup code +(\S+)", line):
                box.setup_code = found[1]
            if "Data  " in line:
                break
        else:
            raise AssertionError(f"the box did not start:\n{box.printed}")
        yield box
    finally:
        box.stop()
        if process.stdout is not None:
            process.stdout.close()
