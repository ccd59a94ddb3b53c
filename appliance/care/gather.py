"""What the support bundle says of this machine: each function is one page's lines, and changes nothing."""

import http.client
import importlib.metadata
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from appliance import __version__, config_text, network
from appliance.clock import SystemClock
from appliance.config import Settings
from appliance.files import space_at
from appliance.notices import FILE_NAME, Notices
from appliance.store.figures import Figures

_OS_RELEASE = Path("/etc/os-release")
_SYSTEMD = Path("/run/systemd/system")
#: as firmware-config/dnsmasq.conf says
LEASES = Path("/run/pika-box-dhcp/leases")
_WITHIN_S = 5


def _said_by(*command: str) -> list[str]:
    """What a program prints, or why it does not."""
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_WITHIN_S,
            check=False,
            env={**os.environ, "LC_ALL": "C"},
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return [f"{command[0]}: {error}"]
    return (done.stdout or done.stderr).splitlines()


def versions(mosquitto: str | None) -> Iterator[str]:
    """The box, what it is written in, and what it stands on. `mosquitto` is where it is installed."""
    yield f"Pika Box {__version__}"
    yield f"Python {platform.python_version()} at {sys.executable}"
    yield f"Kernel {platform.platform()}"
    yield from (_said_by(mosquitto, "-h")[:1] if mosquitto else ["mosquitto is not installed"])
    yield ""
    if _OS_RELEASE.is_file():
        yield from _OS_RELEASE.read_text(encoding="utf-8", errors="replace").splitlines()
    yield ""
    found = {one.metadata["Name"]: one.version for one in importlib.metadata.distributions()}
    yield from (f"{name}=={version}" for name, version in sorted(found.items()))


def units() -> Iterator[str]:
    """The operating system's services of the box, where systemd runs."""
    if not _SYSTEMD.is_dir() or shutil.which("systemctl") is None:
        yield "systemd does not run here."
        return
    wanted = "--property=Id,ActiveState,SubState,Result,NRestarts,ExecMainStatus"
    yield from _said_by("systemctl", "show", "--no-pager", wanted, "pika-box*")


def networks(settings: Settings) -> Iterator[str]:
    """The box's own side of the network."""
    for one in network.interfaces():
        yield f"{one.name}: {'up' if one.is_up else 'down'} {' '.join(one.addresses)}".strip()
    reachable = network.reachable_addresses(settings.http.host)
    yield "Phones can reach: " + (", ".join(one.ip for one in reachable) or "nothing")
    try:
        leases = LEASES.read_text(encoding="utf-8", errors="replace").splitlines()
        yield f"Phones with an address of this box: {sum(1 for line in leases if len(line.split()) >= 4)}"
    except OSError:
        yield "This box gives out no addresses, or its list can't be read."


def own_addresses(settings: Settings) -> set[str]:
    """Every address that is the box's own and may stand in the bundle."""
    found = {address.partition("%")[0] for one in network.interfaces() for address in one.addresses}
    return found | {settings.http.host, settings.mqtt.host, settings.network.address.partition("/")[0]}


def state(settings: Settings) -> Iterator[str]:
    """When this was made, how full the disk is, and what staff should know."""
    now = SystemClock().now()
    yield f"Made at {_utc(now.wall_ms)}, clock: {now.trust.value}, up for {now.boot_ms // 60_000} min"
    space = space_at(settings.data)
    yield f"Disk: {space.free_bytes // 1_000_000} of {space.total_bytes // 1_000_000} MB free"
    yield f"Files that can still be made: {'any number' if space.free_files is None else space.free_files}"
    for notice in Notices(settings.data / FILE_NAME, clock=SystemClock()).all():
        yield f"{_utc(notice.wall_ms)}  {notice.code}: {notice.words}"


def _utc(wall_ms: int) -> str:
    try:
        return datetime.fromtimestamp(wall_ms / 1000, UTC).isoformat(timespec="seconds")
    except (OverflowError, ValueError, OSError):
        # A notice of a box whose clock said year 60000.
        return f"{wall_ms} ms"


def holdings(look: Callable[[], Figures]) -> Iterator[str]:
    """How much the database holds."""
    found = look()
    yield f"box {found.box_id}, epoch {found.epoch}, schema {found.schema}"
    yield f"journal: up to {found.last_seq}, {found.waiting} waiting"
    yield from (f"{name}: {count}" for name, count in found.rows.items())


def health(settings: Settings) -> Iterator[str]:
    """What the running box says of itself. Raises: OSError when it does not answer."""
    connection = http.client.HTTPConnection(network.own_host(settings.http.host), settings.http.port, timeout=_WITHIN_S)
    try:
        connection.request("GET", "/health", headers={"Host": "127.0.0.1"})
        yield connection.getresponse().read(64 * 1024).decode("utf-8", "replace")
    except http.client.HTTPException as error:
        yield f"The box answered strangely: {error!r}"
    finally:
        connection.close()


def settings_lines(settings: Settings, problem: str) -> Iterator[str]:
    """The settings in force, secrets masked; before them what is wrong with the file, if it can't be used."""
    if problem:
        yield f"# {problem}"
        yield "# So these are the settings of a box without a file:"
    yield from config_text.as_toml(settings).splitlines()


def file_time(wall_ms: int) -> str:
    """A minute as part of a file's name, UTC: `20261120-1631`."""
    return datetime.fromtimestamp(wall_ms / 1000, UTC).strftime("%Y%m%d-%H%M")
