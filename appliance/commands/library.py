"""`./box library`: the box's own music from its terminal: list, search, what can't be heard, look again, and hear."""

import argparse
import asyncio
import contextlib
import os
import shutil
import sys
import time
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

from appliance import config, starting
from appliance.commands.library_hear import hear
from appliance.config import Settings
from appliance.domain.analysis import Fault
from appliance.domain.library import LibraryTrack, bare
from appliance.domain.scanning import Scan, ScanState
from appliance.errors import Refused, Unavailable
from appliance.library.collection import Collection
from appliance.library.slate import Slate
from appliance.opening import ensure_store, open_ports
from appliance.store.reader import SqliteReader

_LISTED = 10_000
_LOOK_EVERY_S = 0.2
#: a server that is there has looked by then, unless it has very many files on a slow stick
_ANSWERS_WITHIN_S = 120.0
_LOG_EVERY_S = 10.0
_BAR = 30


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="./box library", description="The box's own music.")
    parser.add_argument("--data", type=Path, help="the box's folder (default ./data)")
    acts = parser.add_subparsers(dest="act", required=True, metavar="{list,search,faults,scan,hear}")
    acts.add_parser("list", help="every song, by title")
    search = acts.add_parser("search", help="songs with all of these words in title, artist, album or genre")
    search.add_argument("words", nargs="+")
    acts.add_parser("faults", help="files that can't be heard, why, and what to do")
    acts.add_parser("scan", help="look through all folders and sticks now, and wait until everything is known")
    hear = acts.add_parser("hear", help="what the box hears in any files and folders")
    hear.add_argument("files", nargs="+", type=Path, metavar="FILE")
    hear.add_argument("--json", action="store_true", help="everything that is known, an object in each line")
    return parser


def table(tracks: Sequence[LibraryTrack]) -> str:
    """Songs as columns that line up. What is not known is a dash."""
    rows = [("BPM", "KEY", "ENERGY", "LENGTH", "TITLE", "ARTIST")]
    for track in tracks:
        sound = track.analysis
        seconds = round(sound.duration_ms / 1000)
        rows.append(
            (
                f"{sound.tempo.bpm:.1f}" if sound.tempo else "-",
                sound.key.camelot if sound.key else "-",
                str(sound.character.energy) if sound.character and sound.character.energy is not None else "-",
                f"{seconds // 60}:{seconds % 60:02}",
                track.labels.title,
                track.labels.artist,
            )
        )
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    lines = []
    for row in rows:
        figures = (cell.rjust(width) for cell, width in zip(row[:4], widths[:4], strict=True))
        lines.append("  ".join([*figures, row[4].ljust(widths[4]), row[5]]).rstrip())
    return "\n".join(lines)


@contextlib.asynccontextmanager
async def _reading(settings: Settings) -> AsyncIterator[SqliteReader]:
    """What the box keeps, whether it runs or not. Raises: Refused with the code `no_box`."""
    if not settings.database.is_file():
        raise Refused(
            "no_box",
            f"There is no box in {settings.data} yet.",
            advice="Start it once, or choose a folder with --data.",
        )
    reader = await SqliteReader.open(settings.database)
    try:
        yield reader
    finally:
        await reader.close()


async def _list(settings: Settings, words: Sequence[str]) -> int:
    async with _reading(settings) as reader:
        found = await reader.library_search(bare(" ".join(words)).split(), limit=_LISTED)
    if found:
        print(table(found))
        return 0
    print("Nothing has all these words." if words else "The box knows no music yet.", file=sys.stderr)
    return 1


async def _faults(settings: Settings) -> int:
    async with _reading(settings) as reader:
        found = await reader.library_faulty(limit=_LISTED)
    for file in found:
        assert file.fault is not None  # these have one
        fault = Fault(file.fault)
        print(f"{file.shown}\n    {fault.detail} {fault.advice}".rstrip())
    print(f"{len(found)} {'file' if len(found) == 1 else 'files'} can't be heard.", file=sys.stderr)
    return 0


def bar(scan: Scan) -> str:
    """How far it is, as one line."""
    if not scan.found:
        return "no music found yet"
    known = scan.found - scan.left
    filled = _BAR * known // scan.found
    line = f"[{'#' * filled}{'.' * (_BAR - filled)}] {known} of {scan.found}"
    if scan.state is ScanState.WAITING:
        return f"{line}, waits for the hall"
    left_s = scan.left_s
    return f"{line}, {left_s // 60}:{left_s % 60:02} left" if left_s else line


class _Line:
    """One line that is written over and over; in a log, a line now and then."""

    def __init__(self) -> None:
        self._is_live = sys.stderr.isatty()
        self._last = ""
        self._logged_at = float("-inf")

    def show(self, text: str) -> None:
        if not self._is_live and time.monotonic() - self._logged_at >= _LOG_EVERY_S:
            print(text, file=sys.stderr, flush=True)
            self._logged_at = time.monotonic()
        elif self._is_live and text != self._last:
            width = shutil.get_terminal_size().columns - 1
            print(f"\r{text[:width].ljust(min(width, len(self._last)))}", end="", file=sys.stderr, flush=True)
            self._last = text

    def end(self) -> None:
        if self._last:
            print(file=sys.stderr)


async def _asked(slate: Slate, line: _Line) -> Scan:
    """Asks the running server, and waits until everything is known."""
    slate.ask()
    deadline = time.monotonic() + _ANSWERS_WITHIN_S
    while slate.is_asked():
        line.show("looking through the folders")
        if time.monotonic() > deadline:
            slate.done()
            raise Unavailable(
                "library_silent",
                "The box does not answer.",
                advice="See ./box doctor, and whether library.enabled is on.",
            )
        await asyncio.sleep(_LOOK_EVERY_S)
    while True:
        scan = slate.told()
        if scan is None or scan.state in {ScanState.DONE, ScanState.OFF}:
            return scan or Scan(ScanState.DONE)
        line.show(bar(scan))
        await asyncio.sleep(_LOOK_EVERY_S)


async def _by_itself(settings: Settings, line: _Line) -> Scan:
    """Looks and listens in this program, while no box runs on the folder."""
    # What the box keeps is nobody else's on this machine.
    os.umask(0o077)
    ensure_store(settings)

    async def nobody(reader: SqliteReader) -> None:
        del reader

    async with open_ports(settings, on_commit=lambda _: None, refresh=nobody) as (ports, _, _):
        collection = Collection(settings, has_hall=False)
        collection.start(ports)
        slate = Slate(settings.run_folder)
        try:
            return await _asked(slate, line)
        finally:
            await collection.stop()


async def _scan(settings: Settings) -> int:
    if not settings.library.enabled:
        raise Refused(
            "library_off", "Nobody looks for music on this box.", advice="Set library.enabled in its settings."
        )
    line = _Line()
    try:
        lock = starting.take_folder(settings)
    except Unavailable as error:
        if error.code != "already_running":
            raise
        scan = await _asked(Slate(settings.run_folder), line)
    else:
        try:
            scan = await _by_itself(settings, line)
        finally:
            with contextlib.suppress(OSError):
                os.close(lock)
    line.end()
    for place in scan.places:
        print(f"{place.name}: {place.trouble or f'{place.found} files'}")
    print(f"Everything is known: {scan.found} files, {scan.heard} of them heard since the box started.")
    return 0


def main(arguments: list[str]) -> int:
    """Returns 0; 1 when there is nothing to show. Raises: Refused, Unavailable, BadConfig."""
    given = _parser().parse_args(arguments)
    if given.act == "hear":
        return hear(given.files, as_json=given.json)
    settings = config.load(data=given.data)
    match given.act:
        case "list":
            return asyncio.run(_list(settings, ()))
        case "search":
            return asyncio.run(_list(settings, given.words))
        case "faults":
            return asyncio.run(_faults(settings))
        case _:
            return asyncio.run(_scan(settings))
