"""The view for the booth: fits narrow terminals, says what matters, and its keys do what they say."""

import os
import pty
import re
import select
import signal
import subprocess
import time
from dataclasses import replace
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from appliance.domain.origins import FactOrigin
from sync.link.asides import KeptAside
from sync.link.booth import Shown, drawn
from sync.link.facts import Facts, Tempo
from sync.link.live import LinkNow, SourceNow
from sync.link.store.database import KnownPlay, LinkStore
from tests.link.programs import Laptop

AT_MS = 1_795_000_000_000


def play(title: str, *, retracted: bool = False) -> KnownPlay:
    return KnownPlay(title, "", "virtualdj", title, "Clémence Duvallon et les Parapluies", title, AT_MS, retracted)


def picture(shown: Shown, *, width: int, height: int = 24) -> tuple[list[str], str]:
    """The lines as they are read, and what the terminal is sent."""
    console = Console(file=StringIO(), width=width, height=height, force_terminal=True, color_system="standard")
    console.print(drawn(shown, console=console))
    sent = console.file.getvalue()  # type: ignore[attr-defined]
    return re.sub(r"\x1b\[[\d;]*m", "", sent).splitlines(), sent


def shown(*plays: KnownPlay, mood: str = "done", waiting: int = 0, paused: bool = False) -> Shown:
    sources = (
        SourceNow(name="virtualdj", usable=True),
        SourceNow(name="serato", usable=True, trouble="The file is locked."),
        SourceNow(name="mixxx", usable=False),
    )
    now = LinkNow(pid=1, started_ms=AT_MS, box="http://127.0.0.1:8080", mood=mood, sources=sources)
    return Shown("21:04", now, plays, waiting, paused, private_next=False)


FACTS = Facts(55.0, "Dm", FactOrigin.DATABASE, FactOrigin.TAGS)
ASIDE = KeptAside("b", "e", 1, "stage_ambiguous", "play.heard", "Miles Davis - So What", AT_MS)


@pytest.mark.parametrize(("width", "height"), [(60, 20), (80, 24)])
def test_all_that_is_to_know_and_to_do_fits_small_terminals(width: int, height: int) -> None:
    songs = (replace(play("So What"), facts=FACTS), *(play(f"Song {number}") for number in range(20)))
    base = replace(shown(*songs, mood="waiting", waiting=3, paused=True), at_the_box=127, note="Taken back: X")
    for case in (
        base,
        replace(base, offer=(songs[0], Tempo.DOUBLE)),
        replace(base, offer=(songs[0], Tempo.DOUBLE), asides=(ASIDE,) * 4),
        replace(base, asides=(ASIDE,), waiting=0),
    ):
        lines, _ = picture(case, width=width, height=height)
        text = " ".join(" ".join(lines).split())
        assert len(lines) <= height
        assert all(len(line) <= width for line in lines)
        for words in (
            "NOW", "So What", "BOX", "http://127.0.0.1:8080", "QUEUE", "127 at the box", "SEES", "virtualdj",
            "serato: The file is locked.", "PAUSED", "Taken back: X", "t tempo", "q quit",
        ):  # fmt: skip
            assert words in text, words
        assert ("55 BPM is slow: is it 110? t yes T no" in text) == (case.offer is not None)
        assert ("55 BPM (its database) Dm (the file's tags)" in text) == (case.offer is None)
        assert ("UNUSED" in text) == bool(case.asides)


def test_what_the_box_could_not_use_is_told_with_what_to_do() -> None:
    lines, _ = picture(replace(shown(play("A")), asides=(ASIDE,)), width=80)
    text = " ".join(" ".join(lines).split())
    assert "Miles Davis - So What: the box has several stages. Set stage in [plays] of link.toml" in text


@pytest.mark.parametrize("width", [60, 80, 200])
def test_everything_that_matters_is_there_at_any_width(width: int) -> None:
    plays = (play("Wrong one", retracted=True), play("Dîner à minuit moins deux " * 5), play("Before"))
    lines, _ = picture(shown(*plays, mood="waiting", waiting=3), width=width)
    text = "\n".join(lines)
    assert all(len(line) <= width for line in lines)
    assert len(lines) <= 24
    assert any(line.startswith("   Dîner à minuit") for line in lines)
    for words in ("3 entries wait", "virtualdj", "serato: The file is locked.", "Clémence Duvallon"):
        assert words in text
    assert "mixxx" not in text


def test_the_list_gives_way_on_a_low_terminal() -> None:
    plays = tuple(play(f"Song {number}") for number in range(20))
    lines, _ = picture(shown(*plays), width=60, height=20)
    assert len(lines) <= 20
    assert "Song 1" in "\n".join(lines)
    assert "u undo" in lines[-1]


def test_it_is_fit_for_the_dark() -> None:
    """No colour behind letters, and few before them."""
    for mood, waiting, paused in (("done", 0, False), ("refused", 2, True), ("waiting", 1, False)):
        _, sent = picture(shown(play("A"), mood=mood, waiting=waiting, paused=paused), width=80)
        codes = {code for found in re.findall(r"\x1b\[([\d;]*)m", sent) for code in found.split(";")}
        assert codes <= {"0", "1", "2", "22", "31", "33", ""}, codes


def test_words_of_songs_are_no_commands_to_the_terminal() -> None:
    _, sent = picture(shown(play("[bold]red[/bold] \x1b[2J\x07")), width=80)
    assert "[bold]red" in sent
    assert "\x1b[2J" not in sent


class Terminal:
    """The link in a terminal of its own."""

    def __init__(self, laptop: Laptop) -> None:
        self.ours, theirs = pty.openpty()
        environment = {**laptop.environment(), "TERM": "xterm-256color", "COLUMNS": "70", "LINES": "24"}
        self.process = subprocess.Popen(
            laptop.command("run"), env=environment, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True
        )
        os.close(theirs)
        self.text = ""

    def until(self, words: str, *, within_s: float = 10.0) -> None:
        """Reads until these words were drawn."""
        deadline = time.monotonic() + within_s
        while words not in self.text:
            assert time.monotonic() < deadline, f"{words!r} was not drawn: {self.text[-800:]!r}"
            if select.select([self.ours], [], [], 0.1)[0]:
                try:
                    self.text += os.read(self.ours, 65536).decode(errors="replace")
                except OSError:  # the other end has gone
                    assert words in self.text
        self.text = self.text.partition(words)[2]

    def press(self, key: str) -> None:
        os.write(self.ours, key.encode())


def test_in_a_terminal_what_is_played_shows_and_keys_do_what_they_say(tmp_path: Path) -> None:
    laptop = Laptop(tmp_path / "laptop")
    song = '<Song FilePath="/music/Slow.mp3"><Tags Bpm="1.2"/></Song>'
    (laptop.virtualdj / "database.xml").write_text(f"<VirtualDJ_Database>{song}</VirtualDJ_Database>")
    terminal = Terminal(laptop)
    try:
        # No box is here, and none was ever known: Enter goes on without one.
        terminal.until("Enter to go on without")
        terminal.press("\n")
        terminal.until("virtualdj")
        laptop.play("Nina Simone", "Sinnerman")
        terminal.until("Sinnerman")
        terminal.press("p")
        terminal.until("PAUSED")
        terminal.press("p")
        terminal.until("Told again.")
        terminal.press("h")
        terminal.until("No program has said that something was loaded.")
        terminal.press("\x1b[A")
        terminal.press("u")
        terminal.until("Taken back: Sinnerman")
        terminal.press("t")
        terminal.until("No other tempo is offered.")
        laptop.play("Nina Simone", "Slow")
        terminal.until("50 BPM is slow: is it 100?")
        terminal.press("t")
        terminal.until("100 BPM (your word)")
        terminal.press("u")
        terminal.until("Taken back: Slow")
        terminal.press("x")
        terminal.until("stays private")
        terminal.press("q")
        terminal.until("Stopped. 5 entries wait")
        assert terminal.process.wait(5) == 0
    finally:
        if terminal.process.poll() is None:
            terminal.process.send_signal(signal.SIGKILL)
            terminal.process.wait()
        os.close(terminal.ours)
    store = LinkStore(laptop.folder / "link.db")
    assert [(one.title, one.retracted) for one in store.last_plays(5)] == [("Slow", True), ("Sinnerman", True)]
    store.close()
