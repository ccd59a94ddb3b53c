"""The running link in a DJ's terminal: what is on, what was before, whether the box has it. Made for the dark.

Drawn anew only when something changed, on the terminal's second screen, so nothing flickers and nothing is left behind.
The letters' own colour for what counts, grey for the rest, yellow for what waits and red for what needs somebody.
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.table import Column, Table
from rich.text import Text

from appliance.errors import BoxError
from sync.link.asides import KeptAside
from sync.link.facts import Tempo
from sync.link.keyboard import keys_pressed
from sync.link.live import LinkNow
from sync.link.running import Running
from sync.link.store.database import KnownPlay
from sync.link.telling import (
    aside_words,
    box_words,
    clock_time,
    facts_words,
    offer_words,
    plain,
    play_words,
    source_words,
    tempo_words,
)
from sync.link.typed import typed

_LOOK_EVERY_S = 0.25
_PLAYS_MOST = 20
_KEYS = "u undo  p pause  x next private  h heard  t tempo  q quit"
_ASIDES_MOST = 2


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
    #: entries that are durable at the box
    at_the_box: int = 0
    #: another tempo that may be meant for the last play
    offer: tuple[KnownPlay, Tempo] | None = None
    #: what the box could not use
    asides: tuple[KeptAside, ...] = ()


def _line(label: str, text: str, style: str = "") -> Text:
    line = Text(f" {label:<8}", style="dim", no_wrap=True, overflow="ellipsis")
    return line.append(text, style=f"not dim {style}")


def _now_lines(shown: Shown) -> list[RenderableType]:
    on = next((play for play in shown.plays if not play.retracted), None)
    if on is None:
        return [_line("NOW", "nothing yet", "dim")]
    title = Text(f"   {plain(on.title)}", style="bold", no_wrap=True, overflow="ellipsis")
    return [
        _line("NOW", f"since {clock_time(on.at_ms)}", "dim"),
        Text(),
        title,
        Text(f"   {plain(on.artist)}", no_wrap=True, overflow="ellipsis"),
        *_tempo_lines(on, shown),
    ]


def _tempo_lines(on: KnownPlay, shown: Shown) -> list[RenderableType]:
    if shown.offer is not None:
        return [Text(f"   {offer_words(*shown.offer)}  t yes  T no", style="yellow")]
    words = facts_words(on)
    return [Text(f"   {words}", style="dim", no_wrap=True, overflow="ellipsis")] if words else []


def _folded(label: str, text: str, style: str = "") -> Table:
    """As `_line`, over as many lines as the words need."""
    row = Table.grid(Column(width=9, no_wrap=True), Column(overflow="fold"))
    row.add_row(Text(f" {label}", style="dim"), Text(text, style=style))
    return row


def _box_lines(shown: Shown) -> list[RenderableType]:
    queue = f"{shown.waiting or 'nothing'} waiting, {shown.at_the_box} at the box"
    lines: list[RenderableType] = [_line("BOX", plain(shown.now.box))] if shown.now.box else []
    # The name and an empty queue say it all.
    if shown.waiting or shown.now.mood == "refused" or not shown.now.box:
        style = "bold red" if shown.now.mood == "refused" else "yellow"
        lines.append(_folded("" if lines else "BOX", box_words(shown.now, waiting=shown.waiting), style))
    return [*lines, _line("QUEUE", queue, "yellow" if shown.waiting else "")]


def _aside_lines(shown: Shown, *, most: int) -> list[RenderableType]:
    told, more = shown.asides[:most], len(shown.asides) - most
    lines: list[RenderableType] = [
        _folded("" if number else "UNUSED", aside_words(one), "yellow") for number, one in enumerate(told)
    ]
    if more > 0:
        words = f"{more} {'more' if told else 'by the box'}: {typed('status')}"
        lines.append(_line("" if told else "UNUSED", words, "yellow"))
    return lines


def _source_lines(shown: Shown, *, brief: bool) -> list[RenderableType]:
    here = [source.name for source in shown.now.sources if source.usable and not source.trouble]
    troubles = [f"{one.name}: {source_words(one)}" for one in shown.now.sources if one.trouble]
    none = _folded("SEES", f"no DJ program: {typed('doctor')}", "yellow")
    files = plain(shown.now.hearing)
    return [
        _line("SEES", ", ".join(here)) if here else none,
        *(_line("", words, "yellow") if brief else _folded("", words, "yellow") for words in troubles),
        *([_line("FILES", files, "dim") if brief else _folded("FILES", files, "dim")] if files else []),
    ]


def _below(shown: Shown, *, brief: bool) -> list[RenderableType]:
    notes = [Text(f" {plain(shown.note)}", style="yellow")] if shown.note else []
    return [
        *_box_lines(shown),
        *_aside_lines(shown, most=0 if brief else _ASIDES_MOST),
        *_source_lines(shown, brief=brief),
        Text(),
        *notes,
        Text(f" {_KEYS}", style="dim", no_wrap=True, overflow="ellipsis"),
    ]


def drawn(shown: Shown, *, console: Console) -> Group:
    """The picture, as high as the terminal as long as what must be said fits; what was played before gives way."""
    head = Text(f" PIKA BOX LINK   {shown.clock}", style="dim")
    if shown.paused:
        head.append("   PAUSED: nothing is told", style="not dim bold yellow")
    elif shown.private_next:
        head.append("   the next one stays private", style="not dim yellow")
    on = next((play for play in shown.plays if not play.retracted), None)
    above = [head, Text(), *_now_lines(shown), Text()]

    def room_over(below: list[RenderableType]) -> int:
        return console.height - len(console.render_lines(Group(*above, *below))) - 1

    below = _below(shown, brief=False)
    if room_over(below) < -1:
        below = _below(shown, brief=True)
    room = room_over(below)
    before = [play for play in shown.plays if play is not on][: max(0, room)]
    lines = [_line(clock_time(play.at_ms), play_words(play), "dim" if play.retracted else "") for play in before]
    return Group(*above, *lines, *([Text()] if lines else []), *below)


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
                    live.update(drawn(looked[0], console=self.console), refresh=True)
                    seen = looked
                await asyncio.sleep(_LOOK_EVERY_S)

    def look(self) -> Shown:
        """What is to be seen."""
        store, history = self.running.at_hand.store, self.running.history()
        return Shown(
            clock=clock_time(int(time.time() * 1000)),
            now=self.running.now(),
            plays=tuple(store.last_plays(_PLAYS_MOST)),
            waiting=history.waiting,
            at_the_box=history.acked.seq,
            offer=self.running.at_hand.desk.offer(),
            asides=tuple(self.running.asides()),
            paused=store.meta("paused") == "yes",
            private_next=store.meta("private_next") == "yes",
            note=self._note,
        )

    def _key(self, key: str) -> None:
        try:
            self._note = self._done(key)
        except BoxError as error:
            self._note = str(error)
        self.running.connection.wake()

    def _done(self, key: str) -> str:
        """Does what a key is for, and says so. Raises: BoxError."""
        desk = self.running.at_hand.desk
        match key.lower():
            case "t":
                return self._tempo(key)
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

    def _tempo(self, key: str) -> str:
        """Takes the tempo that is offered, or with a capital letter the one that is known."""
        desk = self.running.at_hand.desk
        offer = desk.offer()
        if offer is None:
            return f"No other tempo is offered. To change it: {typed('tempo half')}, or double"
        return f"Told: {tempo_words(desk.tempo(Tempo.AS_IS if key.isupper() else offer[1]))}."
