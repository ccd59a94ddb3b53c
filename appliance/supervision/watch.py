"""supervisord as a child of `./box run`: start it, hear how its programs are, end everything in time."""

import contextlib
import http.client
import os
import signal
import subprocess
import sys
import time
import xmlrpc.client
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import psutil

from appliance.errors import Unavailable
from appliance.supervision import logs
from appliance.supervision.control import remote

# As in firmware-config/supervisord.conf.
_GROUP = "box"

#: everything has ended by then
STOP_WITHIN_S = 2.7
_REASON_LINES = 3


@dataclass(frozen=True, slots=True)
class Process:
    """One program as supervisord sees it."""

    #: 0 while it has none
    pid: int
    #: in supervisord's words: RUNNING, STARTING, BACKOFF, FATAL, ...
    state: str

    @property
    def is_given_up(self) -> bool:
        """Whether supervisord does not start it any more."""
        return self.state == "FATAL"


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

    @property
    def pid(self) -> int:
        """supervisord's process, once it was started."""
        assert self._process is not None
        return self._process.pid

    def ended(self) -> int | None:
        """supervisord's exit status, or None while it runs."""
        assert self._process is not None
        return self._process.poll()

    def processes(self) -> dict[str, Process]:
        """Each program by its name; empty while supervisord does not answer."""
        try:
            found = remote(self._socket_path).supervisor.getAllProcessInfo()
        except (OSError, http.client.HTTPException, xmlrpc.client.Error):
            return {}
        assert isinstance(found, list)
        return {str(one["name"]): Process(pid=int(one["pid"]), state=str(one["statename"])) for one in found}

    def restart(self, name: str) -> None:
        """Has a program killed, if it lives, and started anew. Does nothing while supervisord does not answer.

        Killed and not told: a frozen one hears nothing, and whoever has failed its tests has had its time.
        """
        supervisord, full_name = remote(self._socket_path).supervisor, f"{_GROUP}:{name}"
        process = self.processes().get(name)
        try:
            if process is not None and process.pid:
                supervisord.signalProcess(full_name, "KILL")
            else:
                supervisord.startProcess(full_name, False)
        except (OSError, http.client.HTTPException, xmlrpc.client.Error):
            # It ended or was started in this very moment, or supervisord is away: the next look shows what is so.
            return

    def stop(self) -> None:
        """Ends everything within `STOP_WITHIN_S`; what does not go by itself is killed."""
        assert self._process is not None
        deadline = time.monotonic() + STOP_WITHIN_S
        self._process.send_signal(signal.SIGTERM)
        while self._process.poll() is None and time.monotonic() < deadline:
            # supervisord looks up from its one-second sleep whenever somebody calls, and only then sees who has ended.
            self.processes()
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


def wait_until_served(url: str, supervisor: Supervisor, *, within_s: float, log: Path, log_since: int = 0) -> None:
    """Returns when the server answers at all. What `log` held before `log_since` is of an earlier start.

    Raises: Unavailable with the code `start_failed`, with the log's last words, as soon as it can't succeed any more.
    """
    host, _, port = url.removeprefix("http://").rpartition(":")
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        if answers(host.strip("[]"), int(port), within_s=1):
            return
        server = supervisor.processes().get("server")
        if supervisor.ended() is not None or (server is not None and server.is_given_up):
            break
        time.sleep(0.05)
    said = " / ".join(logs.last_lines(log, count=_REASON_LINES, since=log_since)) or "it said nothing"
    raise Unavailable("start_failed", f"The box did not start: {said}", advice=f"The log says more: {log}")


def answers(host: str, port: int, *, within_s: float) -> bool:
    """Whether somebody at this port answers as a box does, well or not."""
    connection = http.client.HTTPConnection(host, port, timeout=within_s)
    try:
        connection.request("GET", "/health", headers={"Host": "127.0.0.1"})
        connection.getresponse().read()
    except (OSError, http.client.HTTPException):
        return False
    else:
        return True
    finally:
        connection.close()
