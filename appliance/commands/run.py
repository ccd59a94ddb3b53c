"""`run`: starts the box and stays until Ctrl-C or SIGTERM; then everything has ended within three seconds."""

import argparse
import asyncio
import contextlib
import fcntl
import os
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from types import FrameType
from typing import NoReturn

from appliance import config, network, qr, settings_care
from appliance.care import pending
from appliance.config import BrokerKind, Settings
from appliance.errors import Unavailable
from appliance.files import put_file
from appliance.firmware import boot_partition
from appliance.opening import mend_store, open_ports, prepare_folders
from appliance.supervision import programs
from appliance.supervision.broker_files import BrokerFiles
from appliance.supervision.watch import Supervisor, wait_until_served
from appliance.usecases import people

_START_WITHIN_S = 30
_WORDS = {
    "server": "phones wait and come back by themselves",
    "broker": "lights and displays wait, phones go on",
    "sync": "the cloud waits, the evening goes on",
}


@dataclass(frozen=True, slots=True)
class Running:
    """A box that serves."""

    settings: Settings
    supervisor: Supervisor
    broker: BrokerKind
    #: works once, on the staff page or at `POST /api/v1/setup`
    setup_code: str

    @property
    def shown_code(self) -> str:
        """The setup code for the terminal, which a box without a screen keeps as its log."""
        given = self.settings.box.setup_code.reveal()
        if given and self.setup_code == given:
            return "the one in the settings"
        return self.setup_code or "none: nothing can be saved"

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
        prepare_folders(settings)
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
    with contextlib.suppress(OSError):  # a full disk; the lock itself needs no room
        os.pwrite(lock, f"{os.getpid()}\n".encode(), 0)
    return lock


def do_what_waits(given: argparse.Namespace) -> None:
    """Carries out a reset or a restore, before anything is opened or read: it may change the settings too.

    Raises: Unavailable.
    """
    bare = Settings(data=config.data_folder(given.data))
    if pending.is_wanted(bare.data):
        os.umask(0o077)
        lock = take_folder(bare)
        pending.carry_out(bare)
        os.close(lock)


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
    """Opens the store for a moment, sees to the setup code, and writes the broker's passwords.

    On a disk that takes no write there is no new code, and the box runs all the same.
    """
    async with open_ports(settings, on_commit=lambda _: None, refresh=files.refresh) as (ports, _, reader):
        try:
            code = await people.offer_setup_code(ports, given=settings.box.setup_code.reveal())
        except Unavailable as error:
            print(f"box: {error} There is no new setup code.", file=sys.stderr)
            code = ""
        await files.refresh(reader)
    if code:
        boot_partition.leave_code(settings, code=code)
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
    mend_store(settings)
    settings = replace(settings, mqtt=replace(settings.mqtt, broker=broker))
    files = BrokerFiles(settings.run_folder)
    setup_code = asyncio.run(_new_setup_code(settings, files))
    files.write_mosquitto(settings.mqtt)
    conf = settings.run_folder / "supervisord.conf"
    put_file(conf, programs.supervisord_conf(settings, broker=broker).encode())
    supervisor = Supervisor(conf, socket_path=programs.socket_path(settings))
    # supervisord will not start without a folder for temporary files; ours is the only one sure to take any.
    supervisor.start({**config.environment_of(settings), "TMPDIR": str(settings.run_folder)}, lock=lock)
    running = Running(settings=settings, supervisor=supervisor, broker=broker, setup_code=setup_code)
    try:
        log = settings.log_folder / "server.log"
        wait_until_served(running.local_url, supervisor, within_s=_START_WITHIN_S, log=log)
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
    """Tells what happens to the box's programs until `stopped`; the exit status."""
    known: dict[str, int] = {}
    away: set[str] = set()
    while not stopped():
        status = running.supervisor.ended()
        if status is not None and pending.is_wanted(running.settings.data):
            return 0
        if status is not None:
            print("box: supervisord ended by itself; the box is down. Start it again.", file=sys.stderr)
            return status or 1
        for name, pid in running.supervisor.pids().items():
            if name not in away and known.get(name) and pid != known[name]:
                print(f"box: the {name} stopped and is started again; {_WORDS[name]}.", file=sys.stderr)
                away.add(name)
            if pid and name in away:
                print(f"box: the {name} is back.", file=sys.stderr)
                away.discard(name)
            known[name] = pid
        deadline = time.monotonic() + 1.0
        while not stopped() and time.monotonic() < deadline:
            time.sleep(0.05)
    return 0


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


def main(arguments: list[str]) -> int:
    """The command."""
    options = parser(program="./box run", description="Start the box.")
    options.add_argument(
        "--unattended", action="store_true", help="go on without a settings file that can't be used, and tell staff"
    )
    given = options.parse_args(arguments)
    do_what_waits(given)
    if given.unattended:
        settings_care.replace_unusable(given.data)
    settings = settings_from(given)
    stopped = StopSignals()
    running = start(settings)
    settings_care.keep_good(settings)
    try:
        print(banner(running), flush=True)
        status = watch(running, stopped=stopped)
    finally:
        running.supervisor.stop()
        print("box: stopped.", flush=True)
    if not stopped() and pending.is_wanted(settings.data):
        begin_anew(arguments)
    return status
