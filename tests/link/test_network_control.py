"""VirtualDJ's Network Control over a real port: HTTP 1.0, errors with status 200, a sandbox, other servers."""

import http.server
import itertools
import logging
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit

import pytest

from sync.link.sources.source import Confidence, Sighting, SourceTrouble
from sync.link.sources.virtualdj import network_control
from sync.link.sources.virtualdj.network_control import ANEW_AFTER_MS, NetworkControl
from sync.link.truth import Deed, Trust, Truth
from tests.support.ports import free_port

NOON_MS = 1_795_000_000_000


@dataclass
class Deck:
    """What is loaded, and whether the mixer lets it through."""

    path: str = ""
    title: str = ""
    artist: str = ""
    audible: str = "no"


@dataclass
class VirtualDj:
    """A VirtualDJ with the effect switched on."""

    token: str = ""
    sandbox: str = "no"
    #: what is sent instead of an answer
    raw: bytes = b""
    #: seconds between the bytes of `raw`
    drip_s: float = 0.0
    slow_s: float = 0.0
    decks: dict[int, Deck] = field(default_factory=lambda: {number: Deck() for number in range(1, 5)})
    asked: list[tuple[float, str]] = field(default_factory=list)
    paths: set[str] = field(default_factory=set)

    def answer(self, script: str) -> str:
        self.asked.append((time.monotonic(), script))
        if script == "sandbox":
            return self.sandbox
        word, number, verb = script.split(" ", 2)
        assert word == "deck"
        deck = self.decks[int(number)]
        loaded = bool(deck.path or deck.title)
        if verb == "get_bpm absolute":
            return "136.02" if loaded else "0.00"
        answers = {
            "loaded": "yes" if loaded else "no", "is_audible": deck.audible, "get_filepath": deck.path,
            "get_title": deck.title, "get_artist": deck.artist, "get_key": "Dm", "get_songlength": "545.3",
        }  # fmt: skip
        return answers.get(verb, "error:unknown verb")

    def load(self, deck: int, title: str, *, path: str = "", audible: str = "no") -> None:
        self.decks[deck] = Deck(path or f"C:\\Music\\{title}.mp3", title, "Miles Davis", audible)


class Effect:
    """Its port."""

    def __init__(self) -> None:
        self.program = VirtualDj()
        program = self.program

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                program.paths.add(urlsplit(self.path).path)
                if program.raw:
                    for at in range(0, len(program.raw), 1 if program.drip_s else len(program.raw)):
                        time.sleep(program.drip_s)
                        self.wfile.write(program.raw[at : at + (1 if program.drip_s else len(program.raw))])
                        self.wfile.flush()
                    return
                time.sleep(program.slow_s)
                (script,) = parse_qs(urlsplit(self.path).query)["script"]
                said = program.answer(script)
                if program.token and self.headers.get("authorization") != f"Bearer {program.token}":
                    said = "error:unauthorized"
                self.send_response(200)
                self.send_header("content-type", "text/plain")
                self.end_headers()
                self.wfile.write(said.encode())

            def log_message(self, *args: object) -> None: ...

        class Server(http.server.ThreadingHTTPServer):
            def handle_error(self, *args: object) -> None: ...

        self.server = Server(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_address[1]}"
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01})
        self.thread.start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


@pytest.fixture
def effect() -> Iterator[Effect]:
    found = Effect()
    yield found
    found.close()


class Link:
    """The link beside it; its clock is the test's."""

    def __init__(self, effect: Effect, *, token: str = "") -> None:
        self.source = NetworkControl(effect.address, token=token, apart_s=0)
        self.cursor: str | None = None
        self.now_ms = NOON_MS
        assert self.source.probe().usable

    def poll(self, *, after_ms: int = 2000) -> list[Sighting]:
        self.now_ms += after_ms
        polled = self.source.poll(self.cursor, now_ms=self.now_ms)
        self.cursor = polled.cursor
        return list(polled.sightings)

    def titles(self, *, after_ms: int = 2000) -> list[str]:
        return [one.title for one in self.poll(after_ms=after_ms)]


def test_what_is_audible_is_heard_and_what_is_loaded_is_nobodys_business(effect: Effect) -> None:
    link, program = Link(effect), effect.program
    program.load(1, "So What")
    program.load(2, "Cued")
    assert link.poll() == []
    program.decks[1].audible = "yes"
    (heard,) = link.poll()
    assert heard == Sighting(
        source="virtualdj-control", native_id=heard.native_id, confidence=Confidence.HEARD, title="So What",
        artist="Miles Davis", started_ms=link.now_ms, deck=1, path="C:\\Music\\So What.mp3", bpm=136.02, key="Dm",
        duration_s=545.3,
    )  # fmt: skip
    assert link.poll() == []
    program.decks[2].audible = "on"
    assert link.titles() == ["Cued"]
    assert program.paths == {"/query"}


@pytest.mark.parametrize("word", ["no", "off", "false", "0", "", "error:no deck", "maybe", "y", "\x00"])
def test_nothing_but_a_yes_is_audible(effect: Effect, word: str) -> None:
    link = Link(effect)
    effect.program.load(1, "A", audible=word)
    assert link.poll() == []


def test_what_plays_in_the_sandbox_is_held_until_it_is_on_the_floor(effect: Effect) -> None:
    link, program = Link(effect), effect.program
    program.load(1, "Floor", audible="yes")
    assert link.titles() == ["Floor"]
    program.sandbox = "yes"
    program.load(2, "Only in headphones", audible="yes")
    assert link.titles() == []
    program.decks[2].audible = "no"
    program.sandbox = "no"
    assert link.titles() == []
    program.decks[2].audible = "yes"
    assert link.titles() == ["Only in headphones"]


def test_a_fader_that_is_down_for_a_moment_ends_no_play_and_a_long_silence_does(effect: Effect) -> None:
    link, program = Link(effect), effect.program
    program.load(1, "A", audible="yes")
    (first,) = link.poll()
    program.decks[1].audible = "no"
    assert link.titles() == []
    program.decks[1].audible = "yes"
    assert link.titles(after_ms=ANEW_AFTER_MS - 1) == []
    program.decks[1].audible = "no"
    assert link.titles() == []
    program.decks[1].audible = "yes"
    (again,) = link.poll(after_ms=ANEW_AFTER_MS)
    assert (again.title, again.native_id != first.native_id) == ("A", True)


def test_the_next_track_on_the_same_deck_without_a_gap_is_a_play(effect: Effect) -> None:
    link, program = Link(effect), effect.program
    program.load(1, "A", audible="yes")
    assert link.titles() == ["A"]
    program.load(1, "B", audible="yes")
    assert link.titles() == ["B"]
    program.load(1, "A", audible="yes")
    assert link.titles() == ["A"]


def test_the_link_that_starts_again_tells_nothing_twice(effect: Effect) -> None:
    link = Link(effect)
    effect.program.load(1, "A", audible="yes")
    assert link.titles() == ["A"]
    cursor, link = link.cursor, Link(effect)
    link.cursor = cursor
    assert link.titles() == []
    # The next night, with the same track still on the deck.
    assert link.titles(after_ms=20 * 3600 * 1000) == ["A"]


def test_a_stream_has_a_name_and_text_without_a_path_is_enough(effect: Effect) -> None:
    link, program = Link(effect), effect.program
    program.load(1, "A", path="netsearch://dz123", audible="yes")
    program.decks[3] = Deck("", "Café Début", "", "1")
    # What is new ends a round, so that dancers see it at once.
    found = [(one.deck, one.path, one.stream_id, one.title) for _ in range(2) for one in link.poll()]
    assert found == [(1, None, "netsearch://dz123", "A"), (3, None, None, "Café Début")]
    program.decks[3].title = "Another"
    assert link.titles() == ["Another"]
    program.decks[4] = Deck("", "", "", "yes")
    assert link.titles() == []


def test_the_history_confirms_the_same_play(effect: Effect) -> None:
    link, truth = Link(effect), Truth(Trust())
    effect.program.load(1, "So What", audible="yes")
    (heard,) = link.poll()
    (announced,) = truth.see(heard, now_ms=0)
    written = Sighting(
        source="virtualdj", native_id="9", confidence=Confidence.PLAYED, title="So What", artist="Miles Davis",
        remix="Live", path="C:\\Music\\So What.mp3",
    )  # fmt: skip
    (more,) = truth.see(written, now_ms=45_000)
    assert (announced.deed, more.deed, more.identity) == (Deed.ANNOUNCE, Deed.ENRICH, announced.identity)


def test_a_password_is_sent_and_its_absence_is_said(effect: Effect) -> None:
    effect.program.token = "open"
    probe = NetworkControl(effect.address).probe()
    assert not probe.usable
    assert "virtualdj_token" in probe.tried[0].words
    link = Link(effect, token="open")
    effect.program.load(1, "A", audible="yes")
    assert link.titles() == ["A"]


def test_decks_are_asked_in_turn_and_apart(effect: Effect) -> None:
    source = NetworkControl(effect.address)
    assert source.probe().usable
    effect.program.asked.clear()
    source.poll(None, now_ms=NOON_MS)
    assert [script for _, script in effect.program.asked] == [f"deck {deck} is_audible" for deck in range(1, 5)]
    moments = [moment for moment, _ in effect.program.asked]
    assert all(later - earlier >= 0.29 for earlier, later in itertools.pairwise(moments))


def test_the_questions_do_not_fill_the_log(effect: Effect, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    Link(effect).poll()
    assert caplog.records == []


NONSENSE = {
    "a page": b"HTTP/1.1 200 OK\r\ncontent-type: text/html\r\n\r\n<html>" + b"x" * 200,
    "another status": b"HTTP/1.0 404 Not Found\r\n\r\nyes",
    "a redirect": b"HTTP/1.0 302 Found\r\nlocation: http://127.0.0.1:1/\r\n\r\n",
    "no HTTP": b"\x00\xff\x16\x03 nonsense\r\n\r\n",
    "nothing": b"\r\n",
    "a flood": b"HTTP/1.0 200 OK\r\n\r\n" + b"yes" * 100_000,
    "a compressed lie": b"HTTP/1.0 200 OK\r\ncontent-encoding: gzip\r\n\r\nyes",
    "cut short": b"HTTP/1.0 200 OK\r\ncontent-length: 99\r\n\r\nyes",
}


@pytest.mark.parametrize("raw", NONSENSE.values(), ids=NONSENSE)
def test_something_else_at_the_port_is_no_virtualdj(effect: Effect, raw: bytes) -> None:
    link = Link(effect)
    effect.program.load(1, "A", audible="yes")
    effect.program.raw = raw
    probe = NetworkControl(effect.address).probe()
    assert not probe.usable
    assert probe.tried[0].words
    if raw != NONSENSE["a page"]:
        with pytest.raises(SourceTrouble, match="answer"):
            link.poll()
    else:
        assert link.poll() == []


def test_slow_answers_are_waited_for_and_dripping_ones_are_not(effect: Effect, monkeypatch: pytest.MonkeyPatch) -> None:
    link = Link(effect)
    effect.program.load(1, "A", audible="yes")
    effect.program.slow_s = 0.05
    assert link.titles() == ["A"]
    effect.program.raw, effect.program.drip_s = b"HTTP/1.0 200 OK\r\n\r\nyes", 0.1
    begun = time.monotonic()
    assert not NetworkControl(effect.address).probe().usable
    assert time.monotonic() - begun < 1
    monkeypatch.setattr(network_control, "_DECK_WITHIN_S", 0.3)
    with pytest.raises(SourceTrouble, match="slowly"):
        link.poll()


def test_an_effect_that_is_switched_off_is_said_and_found_again(effect: Effect) -> None:
    link = Link(effect)
    nobody = NetworkControl(f"http://127.0.0.1:{free_port()}")
    probe = nobody.probe()
    assert not probe.usable
    assert "Network Control" in probe.tried[0].words
    link.source._address = f"http://127.0.0.1:{free_port()}"
    with pytest.raises(SourceTrouble, match="does not answer"):
        link.poll()
    assert link.source.probe().usable
    assert link.titles() == []


@pytest.mark.parametrize(
    "address", ["nonsense", "http://", "http://127.0.0.1:99999", "ftp://x", "http://[::", "\x00", "http://127.0.0.1:0"]
)
def test_an_address_that_is_none_is_said(address: str) -> None:
    source = NetworkControl(address)
    assert not source.probe().usable
    with pytest.raises(SourceTrouble):
        source.poll(None, now_ms=NOON_MS)


def test_without_an_address_the_usual_ports_are_tried() -> None:
    assert [tried.place for tried in NetworkControl().probe().tried] == ["http://127.0.0.1:80", "http://127.0.0.1:8080"]
