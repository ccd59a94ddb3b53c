"""supervisord as a child of `./box run`: start it, hear how its programs are, end everything in time."""

import contextlib
import http.client
import os
import signal
import socket
import subprocess
import sys
import time
import xmlrpc.client
from collections.abc import Mapping
from pathlib import Path

import psutil

from appliance.errors import Unavailable

#: everything has ended by then
STOP_WITHIN_S = 2.7


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: str) -> None:
        super().__init__("localhost", timeout=2)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


class _UnixTransport(xmlrpc.client.Transport):
    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path

    def make_connection(self, host: object) -> http.client.HTTPConnection:
        del host
        return _UnixConnection(str(self._path))


class Supervisor:
    """One running supervisord and its programs."""

    def __init__(self, conf: Path, *, socket_path: Path) -> None:
        self._conf = conf
        self._socket_path = socket_path
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, environment: Mapping[str, str], *, lock: int) -> None:
        """Starts supervisord; it inherits `lock`, so that the folder stays taken while any of them lives."""
        command = [sys.executable, "-m", "supervisor.supervisord", "--configuration", str(self._conf)]
        self._process = subprocess.Popen(
            command,
            env={**os.environ, **environment},
            pass_fds=(lock,),
            stdin=subprocess.DEVNULL,
            # A Ctrl-C in the terminal is for us: we end them in order.
            start_new_session=True,
        )

    def ended(self) -> int | None:
        """supervisord's exit status, or None while it runs."""
        assert self._process is not None
        return self._process.poll()

    def pids(self) -> dict[str, int]:
        """Each program's process, 0 while it has none; empty while supervisord does not answer."""
        server = xmlrpc.client.ServerProxy("http://localhost/RPC2", transport=_UnixTransport(self._socket_path))
        try:
            found = server.supervisor.getAllProcessInfo()
        except (OSError, http.client.HTTPException, xmlrpc.client.Error):
            return {}
        assert isinstance(found, list)
        return {str(info["name"]): int(info["pid"]) for info in found}

    def stop(self) -> None:
        """Ends everything within `STOP_WITHIN_S`; what does not go by itself is killed."""
        assert self._process is not None
        deadline = time.monotonic() + STOP_WITHIN_S
        self._process.send_signal(signal.SIGTERM)
        while self._process.poll() is None and time.monotonic() < deadline:
            # supervisord looks up from its one-second sleep whenever somebody calls, and only then sees who has ended.
            self.pids()
            time.sleep(0.05)
        if self._process.poll() is None:
            self._kill_all()

    def _kill_all(self) -> None:
        """The last resort. supervisord is frozen first, so that it starts nobody while its children are counted."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)
        doomed = psutil.Process(self._process.pid).children(recursive=True)
        self._process.kill()
        for program in doomed:
            with contextlib.suppress(psutil.NoSuchProcess):
                program.kill()
        self._process.wait()


def wait_until_served(url: str, supervisor: Supervisor, *, within_s: float, log: Path) -> None:
    """Returns when the server answers at all.

    Raises: Unavailable with the code `start_failed`, saying where the log is.
    """
    host, _, port = url.removeprefix("http://").rpartition(":")
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        if supervisor.ended() is not None:
            break
        connection = http.client.HTTPConnection(host.strip("[]"), int(port), timeout=1)
        try:
            connection.request("GET", "/health", headers={"Host": "127.0.0.1"})
            connection.getresponse().read()
        except (OSError, http.client.HTTPException):
            time.sleep(0.05)
        else:
            return
        finally:
            connection.close()
    raise Unavailable("start_failed", "The box did not start.", advice=f"The log says why: {log}")
