"""The running link in a DJ's terminal: what is on, what was before, whether the box has it. Made for the dark.

Drawn anew only when something changed, on the terminal's second screen, so nothing flickers and nothing is left behind.
The letters' own colour for what counts, grey for the rest, yellow for what waits and red for what needs somebody.
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass

from rich.console import Console, Group
from rich.live import Live
from rich.text import Text

from appliance.errors import BoxError
from sync.link.keyboard import keys_pressed
from sync.link.live import LinkNow
from sync.link.running import Running
from sync.link.store.database import KnownPlay
from sync.link.telling import box_words, clock_time, plain, play_words, source_words

_LOOK_EVERY_S = 0.25
_PLAYS_MOST = 20
_KEYS = "u undo   p pause   x next one private   h heard   q quit"
#: lines that are there whatever is played
_FIXED_LINES = 16


@dataclass(frozen=True, slots=True)
class Shown:
    """Everything that can be seen; drawn again when it differs."""

    #: HH:MM
    clock: str
    now: LinkNow
    plays: tuple[KnownPlay, ...]
    waiting: int
    paused: bool
    private_next: bool
    #: what the last key did, in words
    note: str = ""


def _line(label: str, text: str, style: str = "") -> Text:
    line = Text(f" {label:<8}", style="dim", no_wrap=True, overflow="ellipsis")
    return line.append(text, style=f"not dim {style}")


def _now_lines(shown: Shown) -> list[Text]:
    on = next((play for play in shown.plays if not play.retracted), None)
    if on is None:
        return [_line("NOW", "nothing yet", "dim"), Text()]
    title = Text(f"   {plain(on.title)}", style="bold", no_wrap=True, overflow="ellipsis")
    return [
        _line("NOW", f"since {clock_time(on.at_ms)}", "dim"),
        Text(),
        title,
        Text(f"   {plain(on.artist)}", no_wrap=True, overflow="ellipsis"),
    ]


def _box_line(shown: Shown) -> Text:
    words = box_words(shown.now, waiting=shown.waiting)
    style = "bold red" if shown.now.mood == "refused" else "yellow" if shown.waiting or not shown.now.box else ""
    line = _line("BOX", words, style)
    line.no_wrap, line.overflow = False, "fold"
    return line


def _source_lines(shown: Shown) -> list[Text]:
    here = [source.name for source in shown.now.sources if source.usable and not source.trouble]
    troubles = [source for source in shown.now.sources if source.trouble]
    lines = [_line("SEES", ", ".join(here) or "no DJ program: pikabox-link doctor", "" if here else "yellow")]
    return [*lines, *(_line("", f"{one.name}: {source_words(one)}", "yellow") for one in troubles)]


def drawn(shown: Shown, *, height: int) -> Group:
    """The picture, at most `height` lines where the terminal is wide enough for its longest."""
    head = Text(f" PIKA BOX LINK   {shown.clock}", style="dim")
    if shown.paused:
        head.append("   PAUSED: nothing is told", style="not dim bold yellow")
    elif shown.private_next:
        head.append("   the next one stays private", style="not dim yellow")
    on = next((play for play in shown.plays if not play.retracted), None)
    before = [play for play in shown.plays if play is not on][: max(1, height - _FIXED_LINES)]
    lines = [_line(clock_time(play.at_ms), play_words(play), "dim" if play.retracted else "") for play in before]
    notes = [Text(f" {plain(shown.note)}", style="yellow")] if shown.note else []
    return Group(
        head,
        Text(),
        *_now_lines(shown),
        Text(),
        *lines,
        Text(),
        _box_line(shown),
        *_source_lines(shown),
        Text(),
        *notes,
        Text(f" {_KEYS}", style="dim", no_wrap=True, overflow="ellipsis"),
    )


@dataclass(slots=True)
class Booth:
    """The view and its keys."""

    running: Running
    console: Console
    #: ends the link
    quit: Callable[[], None]
    _note: str = ""

    async def follow(self) -> None:
        """Until cancelled."""
        with (
            keys_pressed(self._key),
            Live(console=self.console, screen=True, auto_refresh=False, redirect_stdout=False) as live,
        ):
            seen: tuple[Shown, object] | None = None
            while True:
                looked = (self.look(), self.console.size)
                if looked != seen:
                    live.update(drawn(looked[0], height=self.console.size.height), refresh=True)
                    seen = looked
                await asyncio.sleep(_LOOK_EVERY_S)

    def look(self) -> Shown:
        """What is to be seen."""
        store = self.running.at_hand.store
        return Shown(
            clock=clock_time(int(time.time() * 1000)),
            now=self.running.now(),
            plays=tuple(store.last_plays(_PLAYS_MOST)),
            waiting=self.running.waiting(),
            paused=store.meta("paused") == "yes",
            private_next=store.meta("private_next") == "yes",
            note=self._note,
        )

    def _key(self, key: str) -> None:
        try:
            self._note = self._done(key.lower())
        except BoxError as error:
            self._note = str(error)
        self.running.connection.wake()

    def _done(self, key: str) -> str:
        """Does what a key is for, and says so. Raises: BoxError."""
        desk = self.running.at_hand.desk
        match key:
            case "u":
                return f"Taken back: {desk.undo().title}"
            case "p":
                paused = self.running.at_hand.store.meta("paused") == "yes"
                desk.pause(paused=not paused)
                return "Told again." if paused else ""
            case "x":
                desk.next_private()
                return ""
            case "h":
                words = self.running.heard()
                return f"Heard: {words}" if words else "No program has said that something was loaded."
            case "q":
                self.quit()
        return ""
