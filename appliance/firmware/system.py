"""A Debian system that becomes a box: this machine, or a folder that holds one. Runs its programs and adds packages.

Owns no file of the box. In a folder nothing is started: its programs run there as in a machine that is switched off.
"""

import contextlib
import os
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

from appliance.errors import Refused, Unavailable

#: what a box needs of Debian, radio and uplink included: at the venue there is no internet to fetch the rest from
PACKAGES = (
    "ca-certificates",
    "chrony",
    "dnsmasq-base",
    "ffmpeg",
    "fonts-symbola",
    "fonts-wqy-microhei",
    "hostapd",
    "iproute2",
    "iw",
    "libchromaprint-tools",
    "mosquitto",
    "mpv",
    "nftables",
    "procps",
    "python3",
    "python3-venv",
    "rfkill",
    "systemd",
    "udev",
    "wireless-regdb",
)
_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
# Mounts of a namespace of its own: they end with the command, whatever becomes of it.
_INSIDE = 'mount -t proc proc "$0/proc" && mount --rbind /dev "$0/dev" && exec chroot "$0" "$@"'
_POLICY = "usr/sbin/policy-rc.d"
#: what keeps services from starting while packages are installed
POLICY_TEXT = "#!/bin/sh\n# Pika Box is installing packages: nothing is started meanwhile.\nexit 101\n"
_LAST_LINES = 6
_PASSED_ON = ("http_proxy", "https_proxy", "no_proxy", "pip_")


class System:
    """One Debian system."""

    def __init__(self, root: Path) -> None:
        """`root` is `/` for this machine.

        Raises: Refused with the code `not_debian` or `not_root`.
        """
        self.root = root.resolve()
        if not all((self.root / name).exists() for name in ("usr/bin/dpkg", "usr/bin/apt-get", "etc")):
            raise Refused("not_debian", f"{self.root} is no Debian system: dpkg and apt-get are not in it.")
        if os.geteuid() != 0:
            raise Refused("not_root", "Only root may change a system.", advice="Run it with sudo.")

    @property
    def is_here(self) -> bool:
        """Whether it is this very machine."""
        return self.root == Path("/")

    @property
    def runs(self) -> bool:
        """Whether its systemd runs, so that units can be started and stopped."""
        return self.is_here and Path("/run/systemd/system").is_dir()

    def below(self, path: Path) -> Path:
        """Where a path of the system is, seen from here."""
        return self.root / path.relative_to("/")

    def run(self, *command: str, failing: str, advice: str, environment: dict[str, str] | None = None) -> str:
        """Runs a program of the system; what it said.

        Raises: Unavailable with the code `failing`, with the end of what it said.
        """
        done = self._done(command, environment or {})
        if done.returncode:
            last = "\n".join(done.stdout.strip().splitlines()[-_LAST_LINES:])
            raise Unavailable(failing, f"{' '.join(command[:3])} failed:\n{last}\n", advice=advice)
        return done.stdout

    def works(self, *command: str) -> bool:
        """Whether a program of the system is there and ends well."""
        return self._done(command, {}).returncode == 0

    def said(self, *command: str) -> str:
        """What a program of the system says, however it ends."""
        return self._done(command, {}).stdout

    def _done(self, command: Sequence[str], environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
        # The way to the internet is passed on; whatever else is set names files that a folder does not have.
        own = {name: value for name, value in os.environ.items() if name.lower().startswith(_PASSED_ON)}
        own |= {"PATH": _PATH, "HOME": "/root", "LC_ALL": "C.UTF-8", "DEBIAN_FRONTEND": "noninteractive", **environment}
        inside = [] if self.is_here else ["unshare", "--mount", "sh", "-c", _INSIDE, str(self.root)]
        try:
            return subprocess.run(
                [*inside, *command],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                errors="replace",
                env=own,
                cwd="/",
                check=False,
            )
        except OSError as error:
            return subprocess.CompletedProcess(command, 127, f"{error.filename}: {error.strerror}")

    def missing_packages(self) -> list[str]:
        """Those of `PACKAGES` that are not installed."""
        said = self.said("dpkg-query", "--show", "--showformat", "${Package} ${db:Status-Status}\\n", *PACKAGES)
        there = {line.removesuffix(" installed") for line in said.splitlines() if line.endswith(" installed")}
        return [name for name in PACKAGES if name not in there]

    def add_packages(self, names: Sequence[str]) -> None:
        """Installs Debian packages. Goes on where an earlier try was interrupted.

        Raises: Unavailable with the code `packages_failed`.
        """
        advice = f"Connect the machine and try again, or install them yourself: apt install {' '.join(names)}"
        keep = ("--option", "Dpkg::Options::=--force-confold")
        with self._nothing_starts():
            self.run("dpkg", "--configure", "--pending", failing="packages_failed", advice=advice)
            self.run("apt-get", "update", failing="packages_failed", advice=advice)
            self.run(
                *("apt-get", "install", "--yes", "--no-install-recommends", *keep, *names),
                failing="packages_failed",
                advice=advice,
            )

    @contextlib.contextmanager
    def _nothing_starts(self) -> Iterator[None]:
        """While packages are installed none of their services starts: the box starts what it needs by itself."""
        policy = self.root / _POLICY
        own = not policy.exists() or policy.read_text(encoding="utf-8", errors="replace") == POLICY_TEXT
        if own:
            policy.write_text(POLICY_TEXT, encoding="utf-8")
            policy.chmod(0o755)
        try:
            yield
        finally:
            if own:
                policy.unlink(missing_ok=True)
