"""Every DJ program on one laptop, writing as the real ones do: what each says is on a dancer's phone a moment later.

Each program's `play` does at once what the program does in the moment from which the link could know that dancers hear
the track; whatever comes before that moment (a load) is done by it too.
"""

import json
import socket
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote
from urllib.request import ProxyHandler, Request, build_opener

from websockets.sync.client import connect
from websockets.sync.connection import Connection

from tests.link import test_djay, test_mixxx, test_serato
from tests.link.djay_blobs import item
from tests.link.programs import Laptop
from tests.link.test_icecast import track
from tests.link.test_mpris import Desktop
from tests.link.test_network_control import Deck, Effect
from tests.support.ports import free_port

ARTIST = "Nina Simone"
#: djay counts seconds from 2001 on
_DJAY_EPOCH_S = 978_307_200


@dataclass(frozen=True)
class Program:
    """One of them."""

    #: what the link calls it
    source: str
    #: plays a track with this title
    play: Callable[[str], None]


@dataclass(frozen=True)
class Evening:
    """A laptop with all of them."""

    laptop: Laptop
    programs: Sequence[Program]

    def program(self, source: str) -> Program:
        return next(one for one in self.programs if one.source == source)


def _serato(home: Path) -> Program:
    program = test_serato.Serato3(home)
    rows: list[str] = []

    def play(title: str) -> None:
        rows.append(title)
        now = int(time.time())
        for played in (False, True):
            row = test_serato.record(len(rows), title, played=played, start_s=now, artist=ARTIST)
            with (program.sessions / "7.session").open("ab") as session:
                session.write(row)

    (program.sessions / "7.session").write_bytes(test_serato.HEAD)
    return Program("serato", play)


def _serato4(home: Path, stack: ExitStack) -> Program:
    program = test_serato.Serato4(home)
    stack.callback(program.database.close)
    rows: list[str] = []

    def play(title: str) -> None:
        rows.append(title)
        program.load(len(rows), title, start_s=int(time.time()))
        program.hear(len(rows))

    return Program("serato4", play)


def _mixxx(home: Path, stack: ExitStack) -> Program:
    program = test_mixxx.Running(home)
    stack.callback(program.database.close)
    first = 100

    def play(title: str) -> None:
        nonlocal first
        first += 1
        now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        program.database.execute("INSERT INTO library (id, artist, title) VALUES (?, ?, ?)", [first, ARTIST, title])
        program.add(first, added=now)

    return Program("mixxx", play)


def _djay(home: Path, stack: ExitStack) -> Program:
    program = test_djay.Running(home)
    stack.callback(program.database.close)

    def play(title: str) -> None:
        start = time.time() - _DJAY_EPOCH_S
        program.put("historySessionItems", f"K{title}", item(title, ARTIST, key=f"K{title}", start=start))

    return Program("djay", play)


def _network_control(effect: Effect) -> Program:
    def play(title: str) -> None:
        decks = effect.program.decks
        number = 2 if decks[1].audible == "yes" else 1
        decks[3 - number].audible = "no"
        decks[number] = Deck(f"C:\\Music\\{title}.mp3", title, ARTIST, "yes")

    return Program("virtualdj-control", play)


def _icecast(port: int, stack: ExitStack) -> Program:
    talks: list[socket.socket] = []

    def play(title: str) -> None:
        if not talks:
            talks.append(stack.enter_context(socket.create_connection(("127.0.0.1", port), 5)))
            talks[0].sendall(b"SOURCE /traktor HTTP/1.0\r\ncontent-type: application/ogg\r\n\r\n")
            assert talks[0].recv(100).startswith(b"HTTP/1.0 200")
        talks[0].sendall(track(ARTIST, title, serial=abs(hash(title)) % 2**31))

    return Program("icecast", play)


def _pika(port: int, stack: ExitStack) -> Program:
    apps: list[Connection] = []

    def play(title: str) -> None:
        if not apps:
            apps.append(stack.enter_context(connect(f"ws://localhost:{port}/ws", proxy=None)))
            apps[0].send(json.dumps({"type": "REGISTER_SESSION", "sessionId": "pika_1795000000000_a", "djName": "A"}))
            apps[0].recv(5)
        said = {"type": "BROADCAST_TRACK", "track": {"title": title, "artist": ARTIST}, "messageId": f"msg_{title}"}
        apps[0].send(json.dumps(said))

    return Program("pika", play)


def _now(port: int) -> Program:
    opener = build_opener(ProxyHandler({}))

    def play(title: str) -> None:
        address = f"http://127.0.0.1:{port}/now?artist={quote(ARTIST)}&title={quote(title)}"
        with opener.open(Request(address), timeout=5) as answer:
            assert answer.status == 202

    return Program("now", play)


def _text(path: Path) -> Program:
    path.write_text("")

    def play(title: str) -> None:
        path.write_text(f"{ARTIST} - {title}\n")

    return Program(f"text:{path.name}", play)


def _mpris(folder: Path, stack: ExitStack) -> tuple[Program, str]:
    folder.mkdir()
    desktop = Desktop(folder)
    stack.callback(desktop.close)
    player = desktop.player("audacious")
    return Program("mpris", lambda title: player.play(title, (ARTIST,))), desktop.address


@contextmanager
def evening(root: Path) -> Iterator[Evening]:
    """A laptop on which all of them run, until the block ends. rekordbox is not among them: it needs its package."""
    laptop, home = Laptop(root), root / "home"
    icecast_port, pika_port, text = free_port(), free_port(), home / "playing.txt"
    with ExitStack() as stack:
        effect = Effect()
        stack.callback(effect.close)
        mpris, bus = _mpris(root / "desktop", stack)
        laptop.variables["DBUS_SESSION_BUS_ADDRESS"] = bus
        laptop.settings(
            f"[sources]\nicecast_port = {icecast_port}\npika_port = {pika_port}\nnow_port = {laptop.now_port}\n"
            f'virtualdj_control = "{effect.address}"\ntext_files = ["{text}"]\n'
            '[plays]\ntrust_loads = ["djay"]\ndwell_s = 0\n'
        )
        programs = [
            Program("virtualdj", lambda title: laptop.play(ARTIST, title)),
            _network_control(effect),
            _serato(home),
            _serato4(home, stack),
            _mixxx(home, stack),
            _djay(home, stack),
            _icecast(icecast_port, stack),
            _text(text),
            mpris,
            _now(laptop.now_port),
            _pika(pika_port, stack),
        ]
        yield Evening(laptop, programs)
