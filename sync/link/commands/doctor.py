"""`doctor`: every place that was looked at, found or not, what that means and what to do."""

import asyncio
import platform
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from pathlib import Path

from appliance.errors import BadConfig, BoxError
from sync.link import connection, hearing, opening
from sync.link import folder as folders
from sync.link import settings as link_settings
from sync.link.asides import lately
from sync.link.live import Live
from sync.link.settings import FILE_NAME, LinkSettings
from sync.link.sources.catalog import catalog
from sync.link.sources.machine import this_machine
from sync.link.sources.source import ListeningSource, PolledSource, Probe, SourceTrouble, Tried
from sync.link.sources.virtualdj.history import VirtualDjHistory
from sync.link.store.database import LinkStore
from sync.link.telling import aside_words, entries_words
from sync.link.typed import SAY_NOW, typed

_CLOCKS_DIFFER_S = 120
_DATABASES_WITHIN_S = 15.0
_MARKS = {True: "ok  ", None: "note", False: "BAD "}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at."""

    #: True when all is well, False when somebody must act, None when it works with less
    fine: bool | None
    words: str


def _settings(folder: Path) -> tuple[LinkSettings, Finding]:
    """The settings, or the defaults when they can't be used."""
    path = folder / FILE_NAME
    try:
        found = link_settings.load(folder)
    except BadConfig as error:
        return LinkSettings(folder), Finding(False, f"{error} Until then `run` does not start.")
    words = f"The settings in {path} can be used." if path.exists() else f"There is no {path}: everything as usual."
    return found, Finding(True, words)


def _source(name: str, probe: Probe) -> Iterator[Finding]:
    for one in probe.tried:
        yield Finding(True if one.found else None, f"{name:<10} {one.place}: {one.words}")


def _look(source: PolledSource) -> tuple[Probe, str]:
    """How a source is, and what is wrong with its files when they are really read; nothing of it is kept or told."""
    trouble, probe = "", source.probe()
    if probe.usable:
        try:
            source.poll(None, now_ms=int(time.time() * 1000))
        except SourceTrouble as error:
            trouble = str(error)
    if isinstance(source, VirtualDjHistory):
        # Its databases are read beside; what is wrong may stand at their end.
        source.databases.wait(_DATABASES_WITHIN_S)
    return source.probe(), trouble


def _listener(source: ListeningSource, *, listens_already: bool) -> Probe:
    probe = source.probe()
    if listens_already and not probe.usable:
        return Probe(True, [Tried(one.place, True, "The running link listens here.") for one in probe.tried])
    return probe


def _sources(settings: LinkSettings, *, listening: Sequence[str]) -> Iterator[Finding]:
    sources = catalog(settings, this_machine())
    looked = [(source, *_look(source)) for source in sources.polled]
    for polled, probe, trouble in looked:
        yield from _source(polled.name, probe)
        if trouble:
            yield Finding(False, f"{polled.name:<10} {trouble}")
    for listener in sources.listening:
        yield from _source(listener.name, _listener(listener, listens_already=listener.name in listening))
    for name in settings.sources.off:
        yield Finding(None, f"{name:<10} is switched off in {FILE_NAME}.")
    if not any(probe.usable and not trouble for _, probe, trouble in looked):
        yield Finding(
            None,
            "No DJ program's history can be read here. Play one track in it, or name its folder in "
            f"{settings.folder / FILE_NAME}; until then: {typed(SAY_NOW)}",
        )


def _box(store: LinkStore) -> Iterator[Finding]:
    box = connection.chosen(store)
    if box is None:
        yield Finding(None, f"No box was chosen yet: plays are kept here. Choose one: {typed('pair CODE')}")
        return
    try:
        if isinstance(box, connection.PlainBox):
            connection.token_in(box)
        greeting = asyncio.run(connection.greet(box))
    except BoxError as error:
        yield Finding(False, str(error))
        return
    # A box that was paired has shown its key.
    known = not isinstance(box, connection.PlainBox) or box.box_id in {"", greeting.box_id}
    words = (
        f"The box answers: {connection.words_for(box)}."
        if known
        else f"Another box than before answers: {connection.words_for(box)}. Choose it: {typed('pair CODE')}"
    )
    yield Finding(known, words)
    yield _clocks(greeting.date)


def _asides(store: LinkStore) -> Iterator[Finding]:
    found = lately(store, now_ms=int(time.time() * 1000))
    for one in found:
        yield Finding(None, f"The box could not use this: {aside_words(one)}")


def _hearing(settings: LinkSettings) -> Iterator[Finding]:
    if not settings.plays.listen:
        yield Finding(None, f"Files are not listened to: plays.listen is off in {FILE_NAME}.")
        return
    # It loads what a link need not have.
    from appliance.analysis.decoding import can_fingerprint  # noqa: PLC0415

    trouble = hearing.unable()
    yield Finding(None if trouble else True, trouble or "Files that are played are listened to for tempo and key.")
    if not trouble and not can_fingerprint():
        words = "This ffmpeg makes no fingerprints, so other copies of a recording are not recognised by their sound."
        yield Finding(None, words)


def _clocks(date: str) -> Finding:
    try:
        box_s = parsedate_to_datetime(date).timestamp()
    except (ValueError, OverflowError, OSError):
        # A date without a zone, or before 1970, is too much for some systems.
        return Finding(None, "The box does not tell its time.")
    differ = abs(round(box_s - time.time()))
    if differ > _CLOCKS_DIFFER_S:
        return Finding(
            None, f"This laptop's clock and the box's differ by {differ} s. Order never depends on it; set this one."
        )
    return Finding(True, "This laptop's clock and the box's agree.")


def findings(folder: Path) -> Iterator[Finding]:
    """Everything looked at, in an order that makes sense to read. Raises: Unavailable."""
    yield Finding(True, f"Python {platform.python_version()}, {platform.platform()}.")
    yield Finding(True, f"The folder {folders.prepared(folder)} can be used.")
    runs = folders.is_taken(folder)
    yield Finding(True if runs else None, "The link runs." if runs else f"The link does not run: {typed('run')}")
    settings, finding = _settings(folder)
    yield finding
    store = LinkStore(settings.database)
    try:
        yield from _asides(store)
        waiting = store.history(store.meta("box") or "").waiting
        yield Finding(True, f"The journal {settings.database} is in order; {entries_words(waiting)}.")
        told = Live(store).told() if runs else None
        yield from _sources(settings, listening=[one.name for one in told.sources if one.usable] if told else [])
        yield from _hearing(settings)
        yield from _box(store)
    finally:
        store.close()


def main(arguments: list[str]) -> int:
    """The command. 0 when nobody must act, else 1."""
    given = opening.parser("doctor", "Look at everything that the link needs on this laptop.").parse_args(arguments)
    fine = True
    try:
        for finding in findings(folders.chosen(given.folder)):
            print(f"{_MARKS[finding.fine]}  {finding.words}")
            fine = fine and finding.fine is not False
    except BoxError as error:
        print(f"{_MARKS[False]}  {error}")
        fine = False
    return 0 if fine else 1
