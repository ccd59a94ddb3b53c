"""How to start the box as people do, and to put a DJ on the air.

Owns every detail of the command line, the settings and the setup. Must not measure, but for the start: from the
process's first moment until a phone has the page.
"""

import contextlib
import hmac
import os
import re
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import msgspec
import psutil

from tests.bench.process import Broken, Program, age_s
from tests.bench.sockets import HOST, ask, connect, connects, status_of
from tests.bench.target import Target
from tests.support.ports import free_port

_CHECKOUT = Path(__file__).resolve().parents[2]
# The box tells everybody how many listen, at most every 2 s.
_LISTENERS_TOLD_S = 2.2
_SETUP_CODE = re.compile(r"Setup code +(\S+)")


@dataclass(frozen=True, slots=True)
class Server:
    """A server that answers."""

    #: what was started; the server itself may be a child of it
    program: Program
    #: without a session yet
    target: Target
    #: from starting the program until the first page, seconds
    first_page_s: float
    #: the same from the start of supervisord; 0 where there is none
    supervised_page_s: float
    #: where likes are stored; nothing is there for a server that stores nothing
    database: Path

    def on_air(self) -> Target:
        """The same server, with a DJ's session running."""
        return replace(self.target, session=_posted(self.target, self.target.start())["session"]["id"])


def _posted(target: Target, request: bytes) -> dict[str, Any]:
    """The JSON that a request made: each is answered "created" or "ok"."""
    with contextlib.closing(connect(target.port)) as link:
        answer = ask(link, request)
    if status_of(answer) not in {200, 201}:
        raise Broken(f"{request.splitlines()[0].decode()!r} was answered with {answer[:600]!r}")
    made: dict[str, Any] = msgspec.json.decode(answer.partition(b"\r\n\r\n")[2])
    return made


def _has_page(target: Target) -> bool:
    if not connects(target.port):
        return False
    with contextlib.closing(connect(target.port)) as link:
        return status_of(ask(link, target.get(target.page))) == 200


@contextlib.contextmanager
def _started(
    command: list[str], folder: Path, *, cpus: frozenset[int], port: int, settings: dict[str, str]
) -> Iterator[Server]:
    path = os.pathsep.join([str(_CHECKOUT), *filter(None, [os.environ.get("PYTHONPATH")])])
    log = folder / "program.log"
    with Program(command, cpus=cpus, log=log, environment={"PYTHONPATH": path, **settings}) as program:
        target = Target(port=port, pid=program.pid)
        program.wait_until(lambda: _has_page(target))
        first_page_s = (time.monotonic_ns() - program.started_ns) / 1e9
        yield Server(
            program=program,
            target=target,
            first_page_s=first_page_s,
            supervised_page_s=_supervised_for_s(folder / "data"),
            database=folder / "data" / "box.db",
        )


def _supervised_for_s(data: Path) -> float:
    """How long supervisord has been running for the box with this folder; 0 without one."""
    noted = data / "run" / "supervisord.pid"
    return age_s(int(noted.read_text(encoding="ascii"))) if noted.exists() else 0.0


@contextlib.contextmanager
def trivial(folder: Path, *, cpus: frozenset[int]) -> Iterator[Server]:
    """The server that does nothing but answer: the generators' ceiling."""
    port = free_port()
    command = [sys.executable, "-m", "tests.bench.trivial", str(port)]
    with _started(command, folder, cpus=cpus, port=port, settings={}) as server:
        yield server


@contextlib.contextmanager
def pika_box(folder: Path, *, cpus: frozenset[int]) -> Iterator[Server]:
    """The whole box as `./box run` starts it, with its broker, on loopback. Not announced to the network."""
    port = free_port()
    command = [sys.executable, "-m", "appliance", "run", "--data", str(folder / "data")]
    command += ["--host", HOST, "--port", str(port), "--mqtt-port", str(free_port())]
    with _started(
        command,
        folder,
        cpus=cpus,
        port=port,
        settings={"PIKA_BOX_MDNS_ENABLED": "false", "PIKA_BOX_LINKS_ENABLED": "false"},
    ) as server:
        server.program.wait_until(lambda: _SETUP_CODE.search(server.program.said()) is not None)
        target = replace(
            server.target, pid=_server_pid(server.program), token=_dj_token(server), settles_s=_LISTENERS_TOLD_S
        )
        yield replace(server, target=target)


def _server_pid(program: Program) -> int:
    for child in psutil.Process(program.pid).children(recursive=True):
        if child.cmdline()[-1:] == ["serve"]:
            return child.pid
    raise Broken("The box runs, but none of its processes is the server.")


def _dj_token(server: Server) -> str:
    """A DJ's token, made as staff make it: with the setup code that the box printed."""
    target = server.target
    code = _SETUP_CODE.findall(server.program.said())[-1]
    staff = _posted(target, target.post("/api/v1/setup", {"code": code}))
    issued = _posted(target, target.post("/api/v1/djs", {"name": "The Bench"}, bearer=staff["staff_pass"]))
    return str(issued["secret"])


def guest_of(cookies: bytes, *, key: bytes) -> str:
    """The guest's id at an event: made of what stands before the signature in the cookie that the page set."""
    phone = cookies.partition(b"=")[2].rpartition(b".")[0]
    return hmac.new(key, b"guest\0" + phone, "sha256").hexdigest()[:24]
