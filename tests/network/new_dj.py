"""A DJ who was never here: a laptop with an empty home and VirtualDJ on it, a terminal to type in, and a phone."""

import contextlib
import http.client
import json
import os
import pty
import re
import select
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.hall.inside import inside, opened
from tests.link.one_file import BARE_PYTHON
from tests.network.hall import Machine
from tests.support.real_box import RealBox, running_box

_ESCAPES = re.compile(r"\x1b(\[[0-9;?]*[A-Za-z]|[()][A-Z0-9]|[=>])")


@contextmanager
def in_network_of(machine: Machine) -> Iterator[None]:
    """What is connected meanwhile is connected from this machine."""
    namespace = opened(machine.namespace)
    try:
        with inside(namespace):
            yield
    finally:
        os.close(namespace)


@contextmanager
def real_box(machine: Machine, data: Path, *, name: str, env: Mapping[str, str] | None = None) -> Iterator[RealBox]:
    """`./box run` on this machine, reachable from the others, until the block ends."""
    own = {"PIKA_BOX_MDNS_ENABLED": "yes", "PIKA_BOX_LINKS_ENABLED": "yes", "PIKA_BOX_BOX_NAME": name}
    enter = ("ip", "netns", "exec", machine.namespace)
    with running_box(data, options=("--host", "0.0.0.0"), env={**own, **(env or {})}, inside=enter) as box:
        deadline = time.monotonic() + 10
        while True:
            try:
                with in_network_of(machine):
                    box.visitor().get("/health")
                break
            except OSError:
                assert time.monotonic() < deadline, "the box does not answer"
                time.sleep(0.05)
        yield box


def code_from_staff_page(machine: Machine, box: RealBox, dj: str = "DJ Anna") -> str:
    """Staff make a code with their page's form, and read it there."""
    with in_network_of(machine):
        staff = box.staff()
        page = staff.post("/staff/djs/pair", form={"name": dj}, headers={"Cookie": f"pika_staff={staff.token}"})
    assert page.status == 200, page.text
    assert "<svg" in page.text
    return page.text.partition('data-part="pairing-code">')[2].partition("<")[0]


@dataclass
class Phone:
    """A dancer's phone with the stage's page open."""

    machine: Machine
    address: str
    port: int
    titles: list[str] = field(default_factory=list)

    @contextmanager
    def watching(self) -> Iterator["Phone"]:
        """The stream, open until the block ends."""
        with in_network_of(self.machine):
            connection = http.client.HTTPConnection(self.address, self.port, timeout=30)
            connection.request("GET", "/api/v1/stages/main-floor/stream")
            self._response = connection.getresponse()
        assert self._response.status == 200
        try:
            yield self
        finally:
            self._response.close()
            connection.close()

    def until(self, title: str) -> None:
        """Reads until this track is on; the connection's own timeout ends that."""
        while title not in self.titles:
            line = self._response.readline()
            assert line, "the stream ended"
            if line.startswith(b"data: "):
                now = json.loads(line[6:]).get("now")
                if isinstance(now, dict):
                    self.titles.append(now["title"])


@dataclass
class Laptop:
    """The laptop, which has Python, VirtualDJ, and nothing of ours."""

    machine: Machine
    root: Path

    def __post_init__(self) -> None:
        self._history = self.root / "home" / "Documents" / "VirtualDJ" / "History"
        self._history.mkdir(parents=True)
        (self._history.parent / "settings.xml").write_text("<settings></settings>")
        self.play("Earlier", "Of another night", ago_s=86_400)

    def play(self, artist: str, title: str, *, ago_s: int = 0) -> None:
        """VirtualDJ writes a track down."""
        at = int(time.time()) - ago_s
        tags = f"<lastplaytime>{at}</lastplaytime><artist>{artist}</artist><title>{title}</title>"
        day = time.strftime("%Y-%m-%d", time.localtime(at))
        with (self._history / f"{day}.m3u").open("ab") as file:
            file.write(f"#EXTVDJ:{tags}\r\n/music/{title}.mp3\r\n".encode())

    def fetch(self, box: str, port: int) -> Path:
        """What the DJ's browser does at the box's page: follows the first download, and checks what came."""
        with in_network_of(self.machine):
            page = _get(box, port, "/dj").decode()
            found = re.search(r'href="(/dj/link/([^"]+))"', page)
            assert found, page
            content = _get(box, port, found[1])
        file = self.root / "home" / found[2]
        file.write_bytes(content)
        return file

    def command(self, file: Path, *words: str) -> list[str]:
        """What the DJ types, with nothing of the tests' environment around it."""
        home = self.root / "home"
        outside = ["ip", "netns", "exec", self.machine.namespace, "env", "-i", f"HOME={home}", "PATH=/usr/bin:/bin"]
        return [*outside, "TERM=xterm-256color", "LANG=C.UTF-8", str(BARE_PYTHON), "-I", str(file), *words]

    def ask(self, file: Path, *words: str, status: int = 0) -> str:
        """A command without a terminal; what it said."""
        done = subprocess.run(
            self.command(file, *words), capture_output=True, text=True, timeout=30, check=False, cwd="/"
        )
        assert done.returncode == status, (done.stdout, done.stderr)
        return done.stdout + done.stderr

    @contextmanager
    def terminal(self, file: Path, *words: str) -> Iterator["Terminal"]:
        """A command in a terminal, ended by its window being closed."""
        ours, theirs = pty.openpty()
        process = subprocess.Popen(
            self.command(file, *words), stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True, cwd="/"
        )
        os.close(theirs)
        try:
            yield Terminal(ours, process)
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
            # Whoever writes to a terminal that nobody reads waits.
            while process.poll() is None:
                with contextlib.suppress(OSError):
                    select.select([ours], [], [], 0.1)
                    os.read(ours, 65536)
            os.close(ours)


def _get(host: str, port: int, path: str) -> bytes:
    connection = http.client.HTTPConnection(host, port, timeout=10)
    try:
        connection.request("GET", path, headers={"Accept": "text/html"})
        answer = connection.getresponse()
        assert answer.status == 200, (path, answer.status)
        return answer.read()
    finally:
        connection.close()


@dataclass
class Terminal:
    """What is on the screen, and the keys."""

    handle: int
    process: subprocess.Popen[bytes]
    #: all that was printed, without colours and the like
    shown: str = ""

    def until(self, words: str, *, within_s: float = 20) -> None:
        """Reads until these words are there."""
        end = time.monotonic() + within_s
        while words not in self.shown:
            ready, _, _ = select.select([self.handle], [], [], max(0.0, end - time.monotonic()))
            assert ready, f"not within {within_s} s: {words!r}\n{self.shown}"
            try:
                self.shown += _ESCAPES.sub("", os.read(self.handle, 65536).decode(errors="replace"))
            except OSError:
                raise AssertionError(f"it ended before {words!r}\n{self.shown}") from None

    def say(self, words: str) -> None:
        """Types, and Enter."""
        os.write(self.handle, f"{words}\n".encode())
