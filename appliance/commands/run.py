"""`run`: starts the box and stays until Ctrl-C or SIGTERM; then everything has ended within three seconds."""

import argparse
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import NoReturn

from appliance import config, network, qr, settings_care, starting
from appliance.bus.client import BusSettings
from appliance.bus.probe import BrokerProbe
from appliance.care import pending
from appliance.config import BrokerKind, Settings
from appliance.errors import BadConfig
from appliance.starting import Running
from appliance.supervision import notify, self_test
from appliance.supervision.attendant import Attendant, Ending
from appliance.supervision.broker_files import BrokerFiles
from appliance.supervision.kept import Kept
from appliance.supervision.notify import Notifier
from appliance.supervision.self_test import BROKER_WITHIN_S, SelfTest
from appliance.supervision.starts import Record

_NOBODY_LISTENS = Notifier(None)


def parser(*, program: str, description: str, default_data: str = "./data") -> argparse.ArgumentParser:
    """The options that every command that starts a box has."""
    options = argparse.ArgumentParser(prog=program, description=description)
    options.add_argument("--data", type=Path, help=f"folder for everything the box keeps (default {default_data})")
    options.add_argument("--config", type=Path, help="settings file (default box.toml in the data folder)")
    options.add_argument("--host", help="address to listen on (default 0.0.0.0, all)")
    options.add_argument("--port", type=int, help="port of the pages (default 8080)")
    options.add_argument("--mqtt-port", type=int, help="port of the broker (default 1883)")
    options.add_argument("--broker", choices=[*BrokerKind], help="which broker (default auto)")
    return options


def settings_from(given: argparse.Namespace) -> Settings:
    """The settings with the command line on top.

    Raises: BadConfig.
    """
    wanted = {
        "http": {"host": given.host, "port": given.port},
        "mqtt": {"host": given.host, "port": given.mqtt_port, "broker": given.broker},
    }
    options = {
        name: {key: value for key, value in section.items() if value is not None} for name, section in wanted.items()
    }
    return config.load(data=given.data, file=given.config, options=options)


def do_what_waits(given: argparse.Namespace) -> None:
    """Carries out a reset or a restore, before anything is opened or read: it may change the settings too.

    Raises: Unavailable.
    """
    bare = Settings(data=config.data_folder(given.data))
    if pending.is_wanted(bare.data):
        os.umask(0o077)
        lock = starting.take_folder(bare)
        pending.carry_out(_readable_settings(given) or bare)
        os.close(lock)


def _readable_settings(given: argparse.Namespace) -> Settings | None:
    """The settings, for where backups are; a reset may be what somebody wants because they can't be read."""
    try:
        return settings_from(given)
    except BadConfig:
        return None


def banner(running: Running) -> str:
    """What whoever started the box needs to know."""
    settings = running.settings
    found = network.reachable_addresses(settings.http.host)
    base = settings.http.public_url or (network.origin(found[0].ip, port=settings.http.port) if found else None)
    lines = ["", f"  {settings.box.name} is running. Ctrl-C stops it.", ""]
    if base is None:
        lines += ["  No phone can reach this box: it listens only to this machine, or is on no network.", ""]
        base = running.local_url
    else:
        lines += [qr.terminal(f"{base}/"), ""]
    lines += [
        f"  Dancers     {base}/",
        f"  DJs         {base}/dj",
        f"  Staff       {base}/staff",
        f"  Setup code  {running.shown_code}   (works once, on the staff page)",
        f"  Broker      {_broker_words(running)}",
        f"  Data        {settings.data}",
        "",
    ]
    return "\n".join(lines)


def _broker_words(running: Running) -> str:
    port = running.settings.mqtt.port
    match running.broker:
        case BrokerKind.OFF:
            return "off"
        case BrokerKind.EMBEDDED:
            return f"embedded, port {port}, this machine only (install mosquitto to open it to DJs' programs)"
        case _:
            return f"mosquitto, port {port}"


def watch(running: Running, *, stopped: Callable[[], bool]) -> int:
    """Stays beside the box's programs until `stopped`; the exit status."""
    return _attendant(running).stay(stopped=stopped).status


def _attendant(running: Running, *, notifier: Notifier = _NOBODY_LISTENS, record: Record | None = None) -> Attendant:
    settings = running.settings
    server = self_test.Server(
        host=network.own_host(settings.http.host), port=settings.http.port, pulse_key=settings.pulse_key
    )
    return Attendant(
        running.supervisor,
        self_test=SelfTest(server, broker=_broker_problem(running), every_s=settings.watchdog.round_s),
        section=settings.watchdog,
        notifier=notifier,
        record=record,
        starts_anew=lambda: pending.is_wanted(settings.data),
    )


def _broker_problem(running: Running) -> Callable[[], str | None] | None:
    if running.broker_address is None:
        return None
    host, port = running.broker_address
    password = BrokerFiles(running.settings.run_folder).server_password()
    probe = BrokerProbe(BusSettings(host=host, port=port, password=password))
    return lambda: probe.problem(within_s=BROKER_WITHIN_S)


class StopSignals:
    """Ctrl-C and SIGTERM as one flag."""

    def __init__(self) -> None:
        self._stopped = False
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._stop)

    def _stop(self, number: int, frame: FrameType | None) -> None:
        del number, frame
        self._stopped = True

    def __call__(self) -> bool:
        return self._stopped


def begin_anew(arguments: list[str]) -> NoReturn:
    """The same process as a new start, for what was asked for on the care page: its settings may be others by then."""
    os.execv(sys.executable, [sys.executable, "-m", "appliance", "run", *arguments])  # noqa: S606


def _normal(settings: Settings, *, stopped: Callable[[], bool], notifier: Notifier, record: Record | None) -> Ending:
    """One start, and everything until it ends. Raises: as `start`."""
    running = starting.start(settings)
    settings_care.keep_good(settings)
    try:
        print(banner(running), flush=True)
        notifier.ready("Pages are served.")
        return _attendant(running, notifier=notifier, record=record).stay(stopped=stopped)
    finally:
        notifier.stopping()
        running.supervisor.stop()
        print("box: stopped.", flush=True)


def _settings(given: argparse.Namespace) -> Settings:
    """Raises: BadConfig, unless the box goes on without a settings file that can't be used."""
    if given.unattended:
        settings_care.replace_unusable(given.data)
    return settings_from(given)


def main(arguments: list[str]) -> int:
    """The command."""
    options = parser(program="./box run", description="Start the box.")
    options.add_argument(
        "--unattended", action="store_true", help="go on without a settings file that can't be used, and tell staff"
    )
    given = options.parse_args(arguments)
    notifier = notify.taken_from(os.environ)
    stopped = StopSignals()
    do_what_waits(given)
    if notifier.is_heard:
        kept = Kept(
            data=config.data_folder(given.data),
            settings=lambda: _settings(given),
            normal=lambda settings, record: _normal(settings, stopped=stopped, notifier=notifier, record=record),
            stopped=stopped,
            notifier=notifier,
        )
        status = kept.run()
    else:
        status = _normal(_settings(given), stopped=stopped, notifier=notifier, record=None).status
    if not stopped() and pending.is_wanted(config.data_folder(given.data)):
        begin_anew(arguments)
    return status
