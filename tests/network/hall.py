"""A hall's network out of Linux network namespaces: one switch, and machines plugged into it.

Nothing outside the namespaces is touched, and their names are unique, so several runs can share a machine. Needs root.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).parents[2]
_FIND = "import sys; from appliance.commands.find import main; sys.exit(main(sys.argv[1:]))"
_BOX = REPOSITORY / "tests" / "network" / "announcing_box.py"


class NotHere(RuntimeError):
    """This machine can't play a hall; the words say why."""


def require(*programs: str) -> None:
    """Sees that a hall can be played here.

    Raises: NotHere.
    """
    if os.geteuid() != 0:
        raise NotHere("Network namespaces need root: run the network tests as root.")
    missing = [program for program in programs if shutil.which(program) is None]
    if missing:
        raise NotHere(f"These tests need programs that are not installed: {', '.join(missing)}.")


def run(*command: str) -> None:
    """Runs a command that must succeed."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{' '.join(command)}: {done.stderr}"


def eventually(check: Callable[[], bool], *, within_s: float, what: str) -> None:
    """Waits until `check` holds."""
    end = time.monotonic() + within_s
    while not check():
        assert time.monotonic() < end, f"not within {within_s} s: {what}"
        time.sleep(0.05)


@dataclass(frozen=True)
class Found:
    """What `find` said."""

    status: int
    boxes: list[dict[str, Any]]
    words: str


class Search:
    """A `find` that is under way."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def result(self) -> Found:
        """Waits for its end."""
        out, words = self._process.communicate(timeout=20)
        return Found(status=self._process.returncode, boxes=json.loads(out or "[]"), words=words)


class Box:
    """An announcing box in a namespace of its own process."""

    def __init__(self, process: subprocess.Popen[str], status_file: Path) -> None:
        self._process = process
        self._status_file = status_file

    def status(self) -> dict[str, Any]:
        """What the box last wrote about itself: `name` and `problem`; empty before it wrote anything."""
        if not self._status_file.exists():
            return {}
        status: dict[str, Any] = json.loads(self._status_file.read_text(encoding="utf-8"))
        return status

    def runs(self) -> bool:
        """Whether the process is alive."""
        return self._process.poll() is None

    def stop(self) -> float:
        """Ends it politely, and returns how many seconds its goodbye took."""
        self._process.terminate()
        assert self._process.wait(timeout=10) == 0
        return float(self.status()["stop_s"])

    def kill(self) -> None:
        """Pulls the plug."""
        self._process.send_signal(signal.SIGKILL)
        self._process.wait(timeout=10)


class Machine:
    """Something plugged into the switch; its interface is `eth0`."""

    def __init__(self, namespace: str, folder: Path) -> None:
        self.namespace = namespace
        self._folder = folder
        self._started: list[subprocess.Popen[str]] = []

    def execute(self, *command: str) -> None:
        """Runs a command in the machine; it must succeed."""
        run("ip", "netns", "exec", self.namespace, *command)

    def give(self, address: str) -> None:
        """Adds an address with its prefix length."""
        # Without waiting for duplicate address detection, which only IPv6 has.
        self.execute("ip", "address", "add", address, "dev", "eth0", *(["nodad"] if ":" in address else []))

    def take(self, address: str) -> None:
        """Removes an address."""
        self.execute("ip", "address", "delete", address, "dev", "eth0")

    def spawn(self, *command: str) -> subprocess.Popen[str]:
        """Starts a program in the machine; it ends with the test."""
        process = subprocess.Popen(
            ["ip", "netns", "exec", self.namespace, *command],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=REPOSITORY,
            env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
        )
        self._started.append(process)
        return process

    def announce(self, name: str, *, box_id: str) -> Box:
        """Starts a box."""
        status_file = self._folder / f"{uuid.uuid4().hex}.json"
        return Box(self.spawn(sys.executable, str(_BOX), name, box_id, str(status_file)), status_file)

    def search(self, seconds: float) -> Search:
        """Starts to look for boxes."""
        return Search(self.spawn(sys.executable, "-c", _FIND, "--json", "--seconds", str(seconds)))

    def find(self, seconds: float) -> Found:
        """Looks for boxes."""
        return self.search(seconds).result()

    def close(self) -> None:
        """Ends what it started."""
        for process in self._started:
            if process.poll() is None:
                process.kill()
            process.communicate()


class Hall:
    """The switch and what is plugged in."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._mark = uuid.uuid4().hex[:6]
        self._switch = f"pika-{self._mark}-sw"
        self._machines: list[Machine] = []
        run("ip", "netns", "add", self._switch)
        run("ip", "-n", self._switch, "link", "add", "bridge0", "type", "bridge", "mcast_snooping", "0")
        run("ip", "-n", self._switch, "link", "set", "bridge0", "up")

    @property
    def switch(self) -> str:
        """The namespace of the switch; its bridge is `bridge0`."""
        return self._switch

    def plug_in(self, *addresses: str) -> Machine:
        """A new machine with these addresses, no default route and no name server."""
        number = len(self._machines)
        machine = Machine(f"pika-{self._mark}-{number}", self._folder)
        self._machines.append(machine)
        namespace, port = machine.namespace, f"port{number}"
        run("ip", "netns", "add", namespace)
        link = ("type", "veth", "peer", "name", "eth0", "netns", namespace)
        run("ip", "-n", self._switch, "link", "add", port, *link)
        run("ip", "-n", self._switch, "link", "set", port, "master", "bridge0", "up")
        run("ip", "-n", namespace, "link", "set", "lo", "up")
        run("ip", "-n", namespace, "link", "set", "eth0", "up")
        for address in addresses:
            machine.give(address)
        return machine

    def keep_apart(self, *machines: Machine, apart: bool) -> None:
        """Whether these machines hear the others only and not each other, as guests' Wi-Fi often has it."""
        for machine in machines:
            port = f"port{self._machines.index(machine)}"
            run("bridge", "-n", self._switch, "link", "set", "dev", port, "isolated", "on" if apart else "off")

    def close(self) -> None:
        """Takes everything down."""
        for machine in self._machines:
            machine.close()
        for namespace in [*(machine.namespace for machine in self._machines), self._switch]:
            run("ip", "netns", "delete", namespace)


@contextmanager
def hall(folder: Path) -> Iterator[Hall]:
    """An empty hall for one test."""
    require("ip")
    venue = Hall(folder)
    try:
        yield venue
    finally:
        venue.close()
