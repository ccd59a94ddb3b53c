"""`run`: starts the box and stays until Ctrl-C or SIGTERM; then everything has ended within three seconds."""

import argparse
import asyncio
import fcntl
import os
import signal
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from types import FrameType

from appliance import config, network, qr
from appliance.bus.client import BusSettings
from appliance.bus.probe import BrokerProbe
from appliance.config import BrokerKind, Settings
from appliance.errors import Unavailable
from appliance.opening import open_ports
from appliance.supervision import logs, notify, programs, self_test
from appliance.supervision.attendant import Attendant, Ending
from appliance.supervision.broker_files import BrokerFiles
from appliance.supervision.kept import Kept
from appliance.supervision.notify import Notifier
from appliance.supervision.self_test import BROKER_WITHIN_S, SelfTest
from appliance.supervision.starts import Record
from appliance.supervision.watch import Supervisor, wait_until_served
from appliance.usecases import people

_START_WITHIN_S = 30
_NOBODY_LISTENS = Notifier(None)


@dataclass(frozen=True, slots=True)
class Running:
    """A box that serves."""

    settings: Settings
    supervisor: Supervisor
    broker: BrokerKind
    #: works once, on the staff page or at `POST /api/v1/setup`
    setup_code: str

    @property
    def local_url(self) -> str:
        """The box's address on this machine."""
        return f"http://{network.host_in_url(_own(self.settings.http.host))}:{self.settings.http.port}"

    @property
    def broker_address(self) -> tuple[str, int] | None:
        """The broker's host and port on this machine; None when it is off."""
        mqtt = self.settings.mqtt
        match self.broker:
            case BrokerKind.OFF:
                return None
            case BrokerKind.EMBEDDED:
                return "127.0.0.1", mqtt.port
            case _:
                return _own(mqtt.host), mqtt.port


def _own(host: str) -> str:
    """Where a server that listens on `host` is found from here."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)


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


def take_folder(settings: Settings) -> int:
    """Takes the data folder for this run; the lock ends with the last process that holds it.

    Raises: Unavailable with the code `data_unwritable` or `already_running`.
    """
    try:
        settings.run_folder.mkdir(parents=True, exist_ok=True)
        settings.log_folder.mkdir(exist_ok=True)
        settings.run_folder.chmod(0o700)
        lock = os.open(settings.run_folder / "box.lock", os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise Unavailable(
            "data_unwritable",
            f"The folder {settings.data} can't be used ({error.strerror}), so nothing could be saved.",
            advice="Choose another with --data.",
        ) from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        holder = os.pread(lock, 20, 0).decode("ascii", "replace").strip() or "unknown"
        os.close(lock)
        raise Unavailable(
            "already_running",
            f"A box is running with the folder {settings.data} already (process {holder}).",
            advice="Stop it first, or choose another folder with --data.",
        ) from None
    os.truncate(lock, 0)
    os.pwrite(lock, f"{os.getpid()}\n".encode(), 0)
    return lock


def check_ports(settings: Settings, *, broker: BrokerKind) -> None:
    """Sees that nobody holds the ports.

    Raises: Unavailable with the code `port_taken`, naming who holds it and the option that changes it.
    """
    wanted = [(settings.http.host, settings.http.port, "the pages", "--port")]
    if broker is not BrokerKind.OFF:
        host = "127.0.0.1" if broker is BrokerKind.EMBEDDED else settings.mqtt.host
        wanted.append((host, settings.mqtt.port, "the broker", "--mqtt-port"))
    for host, port, what, option in wanted:
        if not network.is_port_free(host, port):
            holder = network.port_holder(port, host) or "another program"
            raise Unavailable(
                "port_taken",
                f"Port {port}, meant for {what}, is taken by {holder}.",
                advice=f"Choose another, for example {option} {port + 1}, or stop that program.",
            )


async def _new_setup_code(settings: Settings, files: BrokerFiles) -> str:
    """Opens the store for a moment, makes a setup code, and writes the broker's passwords."""
    code = people.new_setup_code()
    async with open_ports(settings, on_commit=lambda _: None, refresh=files.refresh) as (ports, _, reader):
        await people.set_setup_code(ports, code=code)
        await files.write_passwords(reader)
    return code


def with_new_setup_code(running: Running) -> Running:
    """The same running box with a fresh setup code; the one from before no longer works."""
    files = BrokerFiles(running.settings.run_folder)
    return replace(running, setup_code=asyncio.run(_new_setup_code(running.settings, files)))


def start(settings: Settings) -> Running:
    """Starts everything and returns when the server answers.

    Raises: Unavailable, BadConfig.
    """
    # What the box keeps is nobody else's on this machine.
    os.umask(0o077)
    broker = programs.chosen_broker(settings.mqtt.broker)
    lock = take_folder(settings)
    check_ports(settings, broker=broker)
    settings = replace(settings, mqtt=replace(settings.mqtt, broker=broker))
    files = BrokerFiles(settings.run_folder)
    setup_code = asyncio.run(_new_setup_code(settings, files))
    files.write_mosquitto(settings.mqtt)
    conf = settings.run_folder / "supervisord.conf"
    conf.write_text(programs.supervisord_conf(settings, broker=broker), encoding="utf-8")
    self_test.make_pulse_key(settings.pulse_key)
    log = settings.log_folder / "server.log"
    log_since = logs.size(log)
    supervisor = Supervisor(conf, socket_path=programs.socket_path(settings))
    supervisor.start(config.environment_of(settings), lock=lock)
    running = Running(settings=settings, supervisor=supervisor, broker=broker, setup_code=setup_code)
    try:
        wait_until_served(running.local_url, supervisor, within_s=_START_WITHIN_S, log=log, log_since=log_since)
    except BaseException:
        # Whatever it was, a Ctrl-C too: nothing that was started stays behind.
        supervisor.stop()
        raise
    return running


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
        f"  Setup code  {running.setup_code}   (works once, on the staff page)",
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
    server = self_test.Server(host=_own(settings.http.host), port=settings.http.port, pulse_key=settings.pulse_key)
    return Attendant(
        running.supervisor,
        self_test=SelfTest(server, broker=_broker_problem(running), every_s=settings.watchdog.round_s),
        section=settings.watchdog,
        notifier=notifier,
        record=record,
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


def _normal(settings: Settings, *, stopped: Callable[[], bool], notifier: Notifier, record: Record | None) -> Ending:
    """One start, and everything until it ends. Raises: as `start`."""
    running = start(settings)
    try:
        print(banner(running), flush=True)
        notifier.ready("Pages are served.")
        return _attendant(running, notifier=notifier, record=record).stay(stopped=stopped)
    finally:
        notifier.stopping()
        running.supervisor.stop()
        print("box: stopped.", flush=True)


def main(arguments: list[str]) -> int:
    """The command."""
    given = parser(program="./box run", description="Start the box.").parse_args(arguments)
    notifier = notify.taken_from(os.environ)
    stopped = StopSignals()
    if not notifier.is_heard:
        return _normal(settings_from(given), stopped=stopped, notifier=notifier, record=None).status
    kept = Kept(
        data=config.data_folder(given.data),
        settings=lambda: settings_from(given),
        normal=lambda settings, record: _normal(settings, stopped=stopped, notifier=notifier, record=record),
        stopped=stopped,
        notifier=notifier,
    )
    return kept.run()
