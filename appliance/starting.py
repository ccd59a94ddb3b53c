"""Starting a box: its folder, its ports, its files, supervisord; and what a box that serves is known by.

Part of the composition root: the commands that start a box share it.
"""

import asyncio
import contextlib
import fcntl
import os
import sys
from dataclasses import dataclass, replace

from appliance import config_text, network
from appliance.config import BrokerKind, Settings
from appliance.errors import Unavailable
from appliance.files import put_file
from appliance.firmware import boot_partition
from appliance.opening import mend_store, open_ports, prepare_folders
from appliance.supervision import logs, programs, self_test
from appliance.supervision.broker_files import BrokerFiles
from appliance.supervision.watch import Supervisor, wait_until_served
from appliance.usecases import people

_START_WITHIN_S = 30


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
        return f"http://{network.host_in_url(network.own_host(self.settings.http.host))}:{self.settings.http.port}"

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
                return network.own_host(mqtt.host), mqtt.port


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
    self_test.make_pulse_key(settings.pulse_key)
    log = settings.log_folder / "server.log"
    log_since = logs.size(log)
    supervisor = Supervisor(conf, socket_path=programs.socket_path(settings))
    # supervisord will not start without a folder for temporary files; ours is the only one sure to take any.
    supervisor.start({**config_text.environment_of(settings), "TMPDIR": str(settings.run_folder)}, lock=lock)
    running = Running(settings=settings, supervisor=supervisor, broker=broker, setup_code=setup_code)
    try:
        wait_until_served(running.local_url, supervisor, within_s=_START_WITHIN_S, log=log, log_since=log_since)
    except BaseException:
        # Whatever it was, a Ctrl-C too: nothing that was started stays behind.
        supervisor.stop()
        raise
    return running
