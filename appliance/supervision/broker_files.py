"""The broker's files in the run folder: passwords, access rules, configuration, pid.

Written before the broker starts and whenever a token is made or taken back.
"""

import asyncio
import getpass
import logging
import os
import secrets
import signal
from pathlib import Path

from appliance.bus import credentials
from appliance.config import MqttSection
from appliance.domain.topics import SERVER_USER
from appliance.ports import Reader

log = logging.getLogger(__name__)


class BrokerFiles:
    """Names and content of the broker's files."""

    def __init__(self, run_folder: Path) -> None:
        self._folder = run_folder
        self.passwords = run_folder / "broker.passwd"
        self.acl = run_folder / "broker.acl"
        self.conf = run_folder / "mosquitto.conf"
        self.pid = run_folder / "mosquitto.pid"
        self._server_password = run_folder / "broker.key"
        # One at a time, or the older of two lists could be written last.
        self._writing = asyncio.Lock()

    def server_password(self) -> str:
        """The server's own password at the broker, made when first asked for."""
        self._folder.mkdir(parents=True, exist_ok=True)
        try:
            descriptor = os.open(self._server_password, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            return self._server_password.read_text(encoding="ascii")
        password = secrets.token_urlsafe(24)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(password)
        return password

    async def write_passwords(self, reader: Reader) -> None:
        """The password file, from the tokens that work."""
        async with self._writing:
            entries = [(SERVER_USER, credentials.make_verifier(self.server_password()))]
            entries += [(token.name, token.verifier) for token, _ in await reader.tokens()]
            await asyncio.to_thread(credentials.write_password_file, self.passwords, entries)

    async def refresh(self, reader: Reader) -> None:
        """Writes the passwords anew and has mosquitto read them. The embedded broker looks by itself."""
        await self.write_passwords(reader)
        pid = self._mosquitto_pid()
        if pid is None:
            return  # no mosquitto here, or not up yet: it reads the file when it starts
        try:
            os.kill(pid, signal.SIGHUP)
        except ProcessLookupError:
            return
        except PermissionError:
            log.warning("The broker runs as another user and can't be told of the new token. Restart the box.")

    def _mosquitto_pid(self) -> int | None:
        """Our mosquitto, or None. After a crash the file may name a process that is somebody else by now."""
        try:
            pid = int(self.pid.read_text(encoding="ascii"))
            command = Path(f"/proc/{pid}/cmdline").read_bytes()
        except (FileNotFoundError, ProcessLookupError, ValueError):
            return None
        return pid if os.fsencode(self.conf) in command.split(b"\0") else None

    def write_mosquitto(self, mqtt: MqttSection) -> None:
        """mosquitto's configuration and access rules."""
        self.acl.touch(mode=0o600)
        self.acl.write_text(credentials.acl_file_text(), encoding="utf-8")
        self.conf.write_text(
            credentials.mosquitto_conf(
                host=mqtt.host,
                port=mqtt.port,
                password_file=self.passwords,
                acl_file=self.acl,
                pid_file=self.pid,
                user=getpass.getuser(),
            ),
            encoding="utf-8",
        )
