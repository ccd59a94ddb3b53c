"""Asking the supervisord of a running box: which parts there are, and restarting one of them.

A part is never told to be "stopped": it is ended, and supervisord starts it anew by itself. So whoever asks may vanish
in the middle, as the server does when it restarts itself, and the part comes back all the same.
"""

import http.client
import socket
import time
import xmlrpc.client
from pathlib import Path

from appliance.errors import NotKnown, Refused, Unavailable

_ANSWER_WITHIN_S = 2
#: a part that did not go by then is killed; mosquitto 2.0 now and then misses the signal
_GO_WITHIN_S = 3.0
_BACK_WITHIN_S = 10.0
#: supervisord's fault for a part that has no process just now
#: the player's keeper: for the music to go on until it is back. To the others it would be nothing or an end
_LEAVES = {"player": "HUP"}
_NOT_RUNNING = 70


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: str) -> None:
        super().__init__("localhost", timeout=_ANSWER_WITHIN_S)
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


def remote(socket_path: Path) -> xmlrpc.client.ServerProxy:
    """The supervisord behind a socket; each call has two seconds."""
    return xmlrpc.client.ServerProxy("http://localhost/RPC2", transport=_UnixTransport(socket_path))


class Control:
    """The supervisord behind one socket. Every call waits for it; none may be made on an event loop."""

    def __init__(self, socket_path: Path) -> None:
        self._socket_path = socket_path

    def _ask(self, method: str, *arguments: str | bool) -> object:
        try:
            answer: object = getattr(remote(self._socket_path).supervisor, method)(*arguments)
        except (OSError, http.client.HTTPException) as error:
            raise Refused(
                "not_supervised",
                "The box's programs are not watched over here, so none can be restarted by itself.",
                advice="Start the box with ./box run, or pull the plug and put it back.",
            ) from error
        return answer

    def _found(self) -> dict[str, tuple[str, int]]:
        """Each part's full name and process, 0 while it has none."""
        answer = self._ask("getAllProcessInfo")
        assert isinstance(answer, list)
        return {str(one["name"]): (f"{one['group']}:{one['name']}", int(one["pid"])) for one in answer}

    def parts(self) -> list[str]:
        """The names of the box's programs. Raises: Refused with the code `not_supervised`."""
        return sorted(self._found())

    def _part(self, name: str) -> tuple[str, int]:
        found = self._found().get(name)
        if found is None:
            raise NotKnown("part_unknown", "The box has no part of that name.", advice="Choose one from the list.")
        return found

    def check(self, name: str) -> None:
        """Raises: NotKnown with the code `part_unknown`; Refused with the code `not_supervised`."""
        self._part(name)

    def end(self, name: str, *, signal: str = "TERM") -> None:
        """Ends a part and returns at once; supervisord starts it anew.

        Raises: NotKnown with the code `part_unknown`; Refused with the code `not_supervised`.
        """
        full, pid = self._part(name)
        try:
            if pid:
                self._ask("signalProcess", full, signal)
            else:
                self._ask("startProcess", full, False)
        except xmlrpc.client.Fault as fault:
            # It went away between the two questions, or comes back already: either is what was asked for.
            if fault.faultCode != _NOT_RUNNING and pid:
                raise Unavailable("part_stuck", f"The {name} can't be restarted: {fault.faultString}.") from fault

    def restart(self, name: str) -> None:
        """Ends a part and returns when it has a new process; what does not go by itself is killed.

        Raises: as `end`; Unavailable with the code `part_stuck` when it does not come back.
        """
        _, before = self._part(name)
        self.end(name, signal=_LEAVES.get(name, "TERM"))
        if before and not self._replaced(name, before, within_s=_GO_WITHIN_S):
            self.end(name, signal="KILL")
        if not self._replaced(name, before, within_s=_BACK_WITHIN_S):
            raise Unavailable("part_stuck", f"The {name} did not come back.", advice="Look at its log.")

    def _replaced(self, name: str, before: int, *, within_s: float) -> bool:
        deadline = time.monotonic() + within_s
        while time.monotonic() < deadline:
            _, pid = self._part(name)
            if pid not in {0, before}:
                return True
            time.sleep(0.05)
        return False

    def shut_down(self) -> None:
        """Ends supervisord and with it every part; who watches it decides what comes next."""
        self._ask("shutdown")
