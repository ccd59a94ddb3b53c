"""Which programs the box is made of, and supervisord's configuration for them."""

import hashlib
import os
import shlex
import shutil
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from string import Template

from appliance import network
from appliance.config import BrokerKind, Settings
from appliance.errors import Unavailable
from appliance.supervision.broker_files import BrokerFiles

CHECKOUT = Path(__file__).parents[2]
_TEMPLATES = CHECKOUT / "firmware-config"
# Debian puts daemons where an ordinary user's PATH does not look.
_DAEMON_FOLDERS = ("/usr/sbin", "/usr/local/sbin", "/sbin")
# A Unix socket's path has 108 bytes, one of them the end; and supervisord makes it under a name with its process id.
_SOCKET_PATH_MOST = 107 - len(".4194304")


@dataclass(frozen=True, slots=True)
class Program:
    """One supervised program."""

    name: str
    command: tuple[str, ...]
    #: seconds from being told to stop until it is killed; mosquitto 2.0 now and then misses the signal
    stop_within_s: int = 1


def mosquitto_path() -> str | None:
    """Where mosquitto is installed, or None."""
    return shutil.which("mosquitto", path=os.pathsep.join([os.environ.get("PATH", ""), *_DAEMON_FOLDERS]))


def chosen_broker(wanted: BrokerKind) -> BrokerKind:
    """The broker that `auto` means on this machine.

    Raises: Unavailable with the code `mosquitto_missing`.
    """
    found = mosquitto_path()
    if wanted is BrokerKind.MOSQUITTO and found is None:
        raise Unavailable(
            "mosquitto_missing",
            "mqtt.broker is mosquitto, but mosquitto is not installed.",
            advice="Install it (apt install mosquitto), or set mqtt.broker to auto.",
        )
    if wanted is BrokerKind.AUTO:
        return BrokerKind.MOSQUITTO if found else BrokerKind.EMBEDDED
    return wanted


def programs(settings: Settings, *, broker: BrokerKind) -> list[Program]:
    """Everything that runs, for a broker that was chosen."""
    python = (sys.executable, "-m", "appliance")
    found = [Program("server", (*python, "serve"), stop_within_s=2)]
    if broker is BrokerKind.MOSQUITTO:
        conf = str(BrokerFiles(settings.run_folder).conf)
        found.insert(0, Program("broker", (mosquitto_path() or "mosquitto", "-c", conf)))
    elif broker is BrokerKind.EMBEDDED:
        found.insert(0, Program("broker", (*python, "broker")))
    if settings.player.token.reveal():
        found.append(Program("player", (*python, *_player(settings)), stop_within_s=3))
    if settings.cloud.url:
        found.append(Program("sync", (sys.executable, "-m", "sync")))
    return found


def _player(settings: Settings) -> tuple[str, ...]:
    """The box's own player. Its token is in its environment; it waits for what it lacks rather than failing."""
    http, player = settings.http, settings.player
    address = f"http://{network.host_in_url(network.own_host(http.host))}:{http.port}"
    sink = ("--sink", player.sink) if player.sink else ()
    kept = ("--data", str(settings.data / "player"), "--crossfade", str(player.crossfade_s))
    return ("player", "--patient", "--box", address, *kept, *sink)


def _escaped(text: str) -> str:
    """supervisord expands `%(...)s`, so a percent sign is doubled."""
    return text.replace("%", "%%")


def socket_path(settings: Settings) -> Path:
    """Where supervisord listens: in the run folder, or elsewhere when that path is too long for a socket."""
    path = settings.run_folder / "supervisor.sock"
    if _fits(path):
        return path
    short = f"pika-box-{os.getuid()}-{hashlib.sha256(os.fsencode(path)).hexdigest()[:16]}.sock"
    elsewhere = Path(tempfile.gettempdir()) / short
    return elsewhere if _fits(elsewhere) else Path("/tmp") / short  # noqa: S108 - the shortest there is


def _fits(path: Path) -> bool:
    return len(os.fsencode(path)) <= _SOCKET_PATH_MOST


def supervisord_conf(settings: Settings, *, broker: BrokerKind) -> str:
    """supervisord's configuration file."""
    found = programs(settings, broker=broker)
    head = Template((_TEMPLATES / "supervisord.conf").read_text(encoding="utf-8"))
    section = Template((_TEMPLATES / "supervisord.program.conf").read_text(encoding="utf-8"))
    log_folder = _escaped(str(settings.log_folder))
    text = head.substitute(
        log_folder=log_folder,
        run_folder=_escaped(str(settings.run_folder)),
        socket=_escaped(str(socket_path(settings))),
        programs=",".join(program.name for program in found),
    )
    for program in found:
        text += section.substitute(
            name=program.name,
            stop_within_s=program.stop_within_s,
            command=_escaped(shlex.join(program.command)),
            checkout=_escaped(str(CHECKOUT)),
            log_folder=log_folder,
        )
    return text
