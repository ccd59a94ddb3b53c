"""The broker's files in the run folder: passwords, access rules, configuration, pid.

Written before the broker starts and whenever a token is made or taken back.
"""

import asyncio
import getpass
import logging
import os
import re
import secrets
import signal
from pathlib import Path

from appliance.bus import credentials
from appliance.config import MqttSection
from appliance.domain.topics import SERVER_USER
from appliance.errors import Invalid
from appliance.files import put_file, replace_file
from appliance.ports import Reader

log = logging.getLogger(__name__)

_PASSWORD_BYTES = 24
_PASSWORD = re.compile(r"[A-Za-z0-9_-]{32}")


class BrokerFiles:
    """Names and content of the broker's files."""

    def __init__(self, run_folder: Path) -> None:
        self._folder = run_folder
        self.passwords = run_folder / "broker.passwd"
        self.acl = run_folder / "broker.acl"
        self.conf = run_folder / "mosquitto.conf"
        self.pid = run_folder / "mosquitto.pid"
        self._server_password = run_folder / "broker.key"
        self._is_behind = False
        # One at a time, or the older of two lists could be written last.
        self._writing = asyncio.Lock()

    def server_password(self) -> str:
        """The server's own password at the broker, made when first asked for, and anew when the file is damaged."""
        self._folder.mkdir(parents=True, exist_ok=True)
        try:
            password = self._server_password.read_bytes().decode("ascii")
            if _PASSWORD.fullmatch(password):
                return password
            log.warning("%s is damaged; the server gets a new password at the broker.", self._server_password)
        except FileNotFoundError:
            pass
        except UnicodeDecodeError:
            log.warning("%s is damaged; the server gets a new password at the broker.", self._server_password)
        password = secrets.token_urlsafe(_PASSWORD_BYTES)
        replace_file(self._server_password, password.encode("ascii"))
        return password

    async def write_passwords(self, reader: Reader) -> None:
        """The password file, from the tokens that work."""
        async with self._writing:
            entries = [(SERVER_USER, credentials.make_verifier(self.server_password()))]
            logins = [(token.name, token.verifier) for token, _ in await reader.tokens()]
            logins += [(player.handle, player.verifier) for player in await reader.players()]
            for login in logins:
                try:
                    credentials.password_file_text([login])
                except Invalid as error:
                    # A card's worn-out spot in one row must not close the broker to everybody.
                    log.warning("%s The DJ or player needs a new token.", error)
                else:
                    entries.append(login)
            await asyncio.to_thread(credentials.write_password_file, self.passwords, entries)

    async def refresh(self, reader: Reader) -> None:
        """Writes the passwords anew and has mosquitto read them. The embedded broker looks by itself.

        On a full disk they stay as they were until `catch_up`: the token itself is stored already.
        """
        try:
            await self.write_passwords(reader)
        except OSError as error:
            log.warning("The broker can't be told of the new tokens: %s", error)
            self._is_behind = True
            return
        self._is_behind = False
        pid = self._mosquitto_pid()
        if pid is None:
            return  # no mosquitto here, or not up yet: it reads the file when it starts
        try:
            os.kill(pid, signal.SIGHUP)
        except ProcessLookupError:
            return
        except PermissionError:
            log.warning("The broker runs as another user and can't be told of the new token. Restart the box.")

    async def catch_up(self, reader: Reader) -> None:
        """As `refresh`, if that failed before."""
        if self._is_behind:
            await self.refresh(reader)

    def _mosquitto_pid(self) -> int | None:
        """Our mosquitto, or None. After a crash the file may name a process that is somebody else by now."""
        try:
            pid = int(self.pid.read_text(encoding="ascii"))
            command = Path(f"/proc/{pid}/cmdline").read_bytes()
        except (FileNotFoundError, ProcessLookupError, ValueError, OverflowError):
            return None
        return pid if os.fsencode(self.conf) in command.split(b"\0") else None

    def write_mosquitto(self, mqtt: MqttSection) -> None:
        """mosquitto's configuration and access rules."""
        put_file(self.acl, credentials.acl_file_text().encode())
        conf = credentials.mosquitto_conf(
            host=mqtt.host,
            port=mqtt.port,
            password_file=self.passwords,
            acl_file=self.acl,
            pid_file=self.pid,
            user=getpass.getuser(),
        )
        put_file(self.conf, conf.encode())
