"""`doctor`: what this machine has, what is missing, what that means and what to do. Changes nothing."""

import argparse
import os
import platform
import resource
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from appliance import config, network
from appliance.clock import SystemClock
from appliance.config import BrokerKind, Settings
from appliance.discovery.echo import hears_itself
from appliance.domain.models import ClockTrust
from appliance.errors import BoxError, Unavailable
from appliance.firmware.render import UNIT_FOLDER
from appliance.starting import take_folder
from appliance.supervision import programs

_FREE_LEAST_MB = 200
_FILES_LEAST = 4096
_UNIT = Path("/", UNIT_FOLDER, "pika-box.service")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at."""

    #: True when all is well, False when the box can't run so, None when it can with less
    fine: bool | None
    words: str


def _folder(settings: Settings) -> Finding:
    try:
        os.close(take_folder(settings))
    except Unavailable as error:
        return Finding(error.code == "already_running", str(error))
    return Finding(True, f"The data folder {settings.data} can be written.")


def _disk(settings: Settings) -> Finding:
    free_mb = shutil.disk_usage(settings.data).free // 1_000_000
    if free_mb < _FREE_LEAST_MB:
        return Finding(False, f"Only {free_mb} MB are free; likes are refused when the disk is full. Free some space.")
    return Finding(True, f"{free_mb} MB are free.")


def _broker(settings: Settings) -> Finding:
    broker = programs.chosen_broker(settings.mqtt.broker)
    if broker is BrokerKind.EMBEDDED:
        words = "mosquitto is not installed: the embedded broker serves this machine only. apt install mosquitto"
        return Finding(None, words)
    return Finding(True, f"Broker: {programs.mosquitto_path() if broker is BrokerKind.MOSQUITTO else 'off'}.")


def _ports(settings: Settings) -> Finding:
    for port, option in ((settings.http.port, "--port"), (settings.mqtt.port, "--mqtt-port")):
        if not network.is_port_free(settings.http.host, port):
            holder = network.port_holder(port, settings.http.host) or "another program"
            return Finding(None, f"Port {port} is taken by {holder}. If that is not the box: {option} {port + 1}")
    return Finding(True, f"Ports {settings.http.port} and {settings.mqtt.port} are free.")


def _addresses(settings: Settings) -> Finding:
    found = network.reachable_addresses(settings.http.host)
    if not found:
        return Finding(None, "No phone can reach this machine: it is on no network. Plug the cable in.")
    return Finding(True, "Phones can reach " + ", ".join(f"{one.ip} ({one.interface})" for one in found) + ".")


def _multicast(settings: Settings) -> Finding:
    found = network.reachable_addresses(settings.http.host)
    if found and not any(hears_itself(one.ip) for one in found):
        return Finding(None, "Multicast does not work here: DJs' laptops must be given the address.")
    return Finding(True if found else None, "Multicast works." if found else "Multicast was not tried: no network.")


def _clock(settings: Settings) -> Finding:
    del settings
    match SystemClock().now().trust:
        case ClockTrust.NTP:
            return Finding(True, "The clock was set from the network.")
        case ClockTrust.RTC | ClockTrust.DEVICE | ClockTrust.GUESTS:
            return Finding(True, "The clock was set from one with a battery.")
        case ClockTrust.SAVED:
            return Finding(None, "The clock was not set since the start and may be late. Order never depends on it.")
        case ClockTrust.NONE:
            return Finding(None, "The clock was never set. Order never depends on it; dates will be wrong.")


def _files(settings: Settings) -> Finding:
    del settings
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard < _FILES_LEAST:
        return Finding(None, f"Only {hard} open files are allowed, so about {hard - 100} phones. Raise LimitNOFILE.")
    return Finding(True, f"{hard} open files are allowed.")


def _music(settings: Settings) -> Finding:
    """Without what decodes them, songs of its own can neither be found out nor played by the house."""
    if not settings.library.enabled:
        return Finding(True, "The box looks for no music of its own.")
    if shutil.which("ffmpeg") is None:
        return Finding(None, "ffmpeg is missing, so the box's own music stays unknown. apt install ffmpeg")
    lost = [str(folder) for folder in settings.library.places(settings.data)[1:] if not folder.is_dir()]
    if lost:
        return Finding(None, f"No such folder with music: {', '.join(lost)}. See library.folders in the settings.")
    return Finding(True, "The box's own music can be listened to.")


def _player(settings: Settings) -> Finding:
    """What the house player that the box runs itself needs."""
    if not settings.player.token.reveal():
        return Finding(True, "The box plays no music itself.")
    if shutil.which("mpv") is None:
        return Finding(None, "mpv is missing, so the box's own player is silent. apt install mpv")
    if _UNIT.is_file() and "char-alsa" not in _UNIT.read_text(encoding="utf-8"):
        words = "The box was installed without a player and may not use a loudspeaker, so nobody hears it."
        return Finding(None, f"{words} sudo ./box firmware install, then start the box anew.")
    return Finding(True, "The box's own player can play.")


_LOOKS: tuple[Callable[[Settings], Finding], ...] = (
    _folder,
    _disk,
    _broker,
    _ports,
    _addresses,
    _multicast,
    _clock,
    _files,
    _music,
    _player,
)


def findings(settings: Settings) -> Iterator[Finding]:
    """Everything looked at, in an order that makes sense to read."""
    yield Finding(True, f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, {platform.platform()}.")
    for look in _LOOKS:
        try:
            yield look(settings)
        except BoxError as error:
            yield Finding(False, str(error))


def main(arguments: list[str]) -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="./box doctor", description="Look at this machine.")
    parser.add_argument("--data", type=Path, help="the box's folder (default ./data)")
    settings = config.load(data=parser.parse_args(arguments).data)
    marks = {True: "ok  ", None: "note", False: "BAD "}
    worst = True
    for finding in findings(settings):
        print(f"{marks[finding.fine]}  {finding.words}")
        worst = worst and finding.fine is not False
    return 0 if worst else 1
