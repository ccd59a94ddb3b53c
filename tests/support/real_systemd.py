"""A real systemd that runs one unit: a user manager in namespaces of its own, which go with everything in them."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.support.fake_systemd import eventually

_CGROUPS = (Path("/sys/fs/cgroup/systemd"), Path("/sys/fs/cgroup"))
# systemd looks at /run/systemd/system to see whether it is at home, and would be the system's own as process 1.
_BOOT = """
mount -t tmpfs tmpfs /run && mkdir -p /run/systemd/system /run/user/0 && chmod 700 /run/user/0
echo $$ > "$CGROUP/cgroup.procs"
/lib/systemd/systemd --user --log-target=console --log-level=warning --unit=basic.target &
wait $!
"""


@dataclass
class RealSystemd:
    """One running manager."""

    #: its process 1, as this side of the namespaces sees it
    pid: int

    def ctl(self, *arguments: str) -> str:
        """What systemctl prints."""
        enter = ["nsenter", "--target", str(self.pid), "--mount", "--pid", "systemctl", "--user", "--no-pager"]
        environment = {**os.environ, "XDG_RUNTIME_DIR": "/run/user/0"}
        done = subprocess.run(
            [*enter, *arguments], env=environment, capture_output=True, text=True, timeout=60, check=False
        )
        return done.stdout.strip() + done.stderr.strip()

    def show(self, unit: str, name: str) -> str:
        """One property of a unit."""
        return self.ctl("show", "--value", "--property", name, unit)

    def main_pid(self, unit: str) -> int:
        """The unit's first process, as this side sees it."""
        inside = self.show(unit, "MainPID")
        for folder in Path("/proc").iterdir():
            try:
                status = (folder / "status").read_text()
            except OSError:
                continue
            names = next((line.split()[1:] for line in status.splitlines() if line.startswith("NSpid:")), [])
            if len(names) > 1 and names[-1] == inside and self._is_mine(folder):
                return int(folder.name)
        raise LookupError(f"{unit} has no process")

    def _is_mine(self, folder: Path) -> bool:
        try:
            return (folder / "ns" / "pid").readlink() == Path(f"/proc/{self.pid}/ns/pid").readlink()
        except OSError:
            return False


@contextmanager
def booted(folder: Path, units: dict[str, str]) -> Iterator[RealSystemd]:
    """A manager with these units, none of them started."""
    config = folder / "config"
    (config / "systemd" / "user").mkdir(parents=True)
    for name, text in units.items():
        (config / "systemd" / "user" / name).write_text(text)
    base = next(one for one in _CGROUPS if (one / "cgroup.procs").exists())
    cgroup = base / f"pika-test-{os.getpid()}-{folder.name}"
    cgroup.mkdir()
    environment = {**os.environ, "XDG_RUNTIME_DIR": "/run/user/0", "XDG_CONFIG_HOME": str(config)}
    command = ["unshare", "--mount", "--pid", "--fork", "--mount-proc", "--kill-child", "sh", "-c", _BOOT]
    with (folder / "systemd.log").open("w") as log:
        process = subprocess.Popen(command, env={**environment, "CGROUP": str(cgroup)}, stdout=log, stderr=log)
    try:
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
        eventually(lambda: bool(children.read_text().split()), within_s=5, what="the namespaces are there")
        systemd = RealSystemd(int(children.read_text().split()[0]))
        eventually(
            lambda: systemd.ctl("is-system-running") in {"running", "degraded"},
            within_s=15,
            what=f"systemd runs; {(folder / 'systemd.log').read_text()}",
            every_s=0.2,
        )
        yield systemd
    finally:
        process.kill()
        process.wait(10)
        eventually(lambda: _is_removed(cgroup), within_s=10, what="its control groups are removed")


def _is_removed(cgroup: Path) -> bool:
    """Takes a control group and those in it away, once their processes have ended."""
    for folder in sorted((found for found in cgroup.rglob("*") if found.is_dir()), reverse=True):
        if not _removed(folder):
            return False
    return _removed(cgroup)


def _removed(folder: Path) -> bool:
    try:
        folder.rmdir()
    except OSError:
        return not folder.exists()
    return True
