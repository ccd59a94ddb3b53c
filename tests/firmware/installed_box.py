"""A Debian system made from nothing, `./box install` in it, and the same system started: systemd as its first process.

What this machine needs to reach Debian's and Python's packages is given to the system here; the product knows of none.
"""

import os
import shutil
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from appliance.firmware.plan import PROGRAMS
from appliance.firmware.system import System
from tests.firmware.guests_network import BOX, Phone
from tests.network.hall import REPOSITORY, Machine, eventually, run

_CERTIFICATES = "/etc/ssl/certs/ca-certificates.crt"
_CERTIFICATES_THERE = "/etc/test-certificates.crt"
_ASK = """
import sys, urllib.error, urllib.request
try:
    print(urllib.request.urlopen(sys.argv[1], timeout=2).read().decode())
except urllib.error.HTTPError as error:
    print(error.read().decode())
"""


def make_debian(root: Path) -> None:
    """The smallest Debian of this machine's own release."""
    lines = Path("/etc/os-release").read_text(encoding="utf-8").splitlines()
    release = next(line.partition("=")[2].strip('"') for line in lines if line.startswith("VERSION_CODENAME="))
    run("debootstrap", "--variant=minbase", release, str(root))
    for name in ("/etc/resolv.conf", "/etc/pip.conf"):
        if Path(name).exists():
            shutil.copy(name, root / name.lstrip("/"))
    for path in Path("/etc/apt/apt.conf.d").iterdir():
        if "proxy" in path.read_text(encoding="utf-8", errors="replace").lower():
            shutil.copy(path, root / "etc/apt/apt.conf.d")
    shutil.copy(os.environ.get("PIP_CERT", _CERTIFICATES), root / _CERTIFICATES_THERE.lstrip("/"))


def environment() -> dict[str, str]:
    """This machine's, with the certificates where they are in the system."""
    return {**os.environ, "PIP_CERT": _CERTIFICATES_THERE}


def box(*words: str, checkout: Path = REPOSITORY, offline: bool = False) -> str:
    """`./box` of a checkout; what it said. It must succeed."""
    alone = ["unshare", "--net"] if offline else []
    done = subprocess.run(
        [*alone, str(checkout / "box"), *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=environment(),
        check=False,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


def install_until(root: Path, *, reached: Path) -> str:
    """`./box install`, with the plug pulled when something begins to exist; what it had said."""
    command = [str(REPOSITORY / "box"), "install", "--root", str(root)]
    words = root.parent / "interrupted.txt"
    with words.open("w") as out:
        going = subprocess.Popen(command, stdout=out, stderr=out, env=environment(), start_new_session=True)
        try:
            within_s = 300
            eventually(lambda: reached.exists() or going.poll() is not None, within_s=within_s, what=f"{reached}")
        finally:
            with suppress(ProcessLookupError):
                os.killpg(going.pid, signal.SIGKILL)
            going.wait()
    return words.read_text(encoding="utf-8")


def files(root: Path) -> set[str]:
    """Every file and link of a system, without the program's own folder and what only lives while a machine runs."""
    found = set()
    for folder, inner, names in os.walk(root):
        here = Path(folder).relative_to(root)
        if Path("/", here) in {PROGRAMS, Path("/run")}:
            inner.clear()
            continue
        links = [name for name in inner if (Path(folder) / name).is_symlink()]
        found |= {str(here / name) for name in [*names, *links]}
    return found


@contextmanager
def copy_of(root: Path, *, folder: Path) -> Iterator[Path]:
    """The same system to change as one likes: the original stays."""
    merged, upper, work = folder / "system", folder / "upper", folder / "work"
    for one in (merged, upper, work):
        one.mkdir(parents=True)
    run("mount", "-t", "overlay", "none", "-o", f"lowerdir={root},upperdir={upper},workdir={work}", str(merged))
    try:
        yield merged
    finally:
        run("umount", str(merged))


@dataclass
class Container:
    """A system that runs, with a cable to a phone and to nothing else."""

    process: subprocess.Popen[bytes]
    phone: Phone
    log: Path
    _began: float = field(default_factory=time.monotonic)

    def _first_process(self) -> str:
        pid = self.process.pid
        with suppress(OSError):
            return Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").strip().partition(" ")[0]
        return ""

    def inside(self, *command: str) -> str:
        """What a program says in the running system, however it ends."""
        first = self._first_process()
        if not first:
            return ""
        whole = ["nsenter", "--target", first, "--all", *command]
        return subprocess.run(whole, capture_output=True, text=True, check=False, timeout=30).stdout.strip()

    def get(self, path: str) -> str:
        """What the box answers on the machine itself; empty while it does not."""
        whole = ["nsenter", "--target", self._first_process() or "0", "--net", sys.executable, "-c", _ASK]
        done = subprocess.run([*whole, f"http://127.0.0.1:8080{path}"], capture_output=True, text=True, check=False)
        return done.stdout

    def wait_until_served(self) -> float:
        """Seconds from the start of the machine to the first answer."""
        eventually(lambda: bool(self.get("/health")), within_s=40, what=f"the box answers; see {self.log}")
        return time.monotonic() - self._began

    def plug_in(self) -> None:
        """The cable comes up. In a container no udev tells systemd of it, so the unit's commands are given here."""
        first = self._first_process()
        for words in (("address", "replace", f"{BOX}/22", "dev", "eth0"), ("link", "set", "eth0", "up")):
            run("nsenter", "--target", first, "--net", "ip", *words)


@contextmanager
def booted(root: Path, *, folder: Path) -> Iterator[Container]:
    """Starts a system with its own systemd, in namespaces of its own; switches it off at the end."""
    mark = uuid.uuid4().hex[:6]
    cable, namespace = f"pk{mark}", f"pika-{mark}-phone"
    log = folder / f"boot-{mark}.txt"
    own = ["--quiet", "--boot", "--register=no", "--keep-unit", "--private-network", f"--machine=pika-{mark}"]
    run("ip", "netns", "add", namespace)
    try:
        with log.open("wb") as out:
            command = ["systemd-nspawn", *own, f"--network-veth-extra={cable}:eth0", f"--directory={root}"]
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=out)
        try:
            machine = Machine(namespace, folder)
            container = Container(process, Phone(machine, folder / f"phone-{mark}"), log)
            there = ["ip", "link", "show", cable]
            eventually(
                lambda: subprocess.run(there, capture_output=True, check=False).returncode == 0,
                within_s=10,
                what=f"the container's cable; see {log}",
            )
            run("ip", "link", "set", cable, "netns", namespace, "name", "eth0")
            for name in ("lo", "eth0"):
                machine.execute("ip", "link", "set", name, "up")
            yield container
        finally:
            # It asks the system to switch off, and ends with it.
            process.terminate()
            try:
                process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
    finally:
        run("ip", "netns", "delete", namespace)


def said_by(root: Path, *command: str) -> str:
    """What a program says in a system that is switched off."""
    return System(root).said(*command)
