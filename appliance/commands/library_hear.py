"""`./box library hear`: what the box hears in any files, as a table or as JSON. No box needs to be there."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import msgspec

from appliance.analysis import Analyst, Unheard
from appliance.domain.analysis import Analysis, Fault
from appliance.errors import Refused
from appliance.library.walking import walk

_COLUMNS = (
    *("BPM", "KEY", "CAMELOT", "LUFS", "LENGTH", "SWING"),
    *("ENERGY", "DANCE", "BRIGHT", "ACOUSTIC", "GROOVE", "FILE"),
)
_WIDTHS = tuple(max(len(name), least) for name, least in zip(_COLUMNS[:-1], (6, 3, 0, 5, *[0] * 7), strict=True))

Heard = tuple[Path, Analysis | Fault]


def _files(given: Sequence[Path]) -> list[Path]:
    """The files, and what is in the folders and below them. Raises: Refused with the code `folder_unreadable`."""
    files: list[Path] = []
    for one in given:
        if not one.is_dir():
            files.append(one)
            continue
        root = os.fsencode(one)
        try:
            walked = walk(root, should_stop=lambda: False)
        except OSError as error:
            advice = "Choose another, or give yourself the right to read it."
            raise Refused("folder_unreadable", f"{one} can't be read ({error.strerror}).", advice=advice) from error
        files += [Path(os.fsdecode(found.path)) for found in walked.found]
    return files


async def _hear(files: Sequence[Path], *, here: Path) -> AsyncIterator[Heard]:
    """One worker for each core; the answers come in the files' order, each as soon as it is its turn."""
    workers = [Analyst(should_wait=lambda: False) for _ in range(min(len(files), os.cpu_count() or 1))]
    idle: asyncio.Queue[Analyst] = asyncio.Queue()
    for worker in workers:
        idle.put_nowait(worker)

    # The workers stand in a folder of their own.
    async def one(file: Path) -> Analysis | Fault:
        worker = await idle.get()
        try:
            return await worker.analyse(here / file)
        except Unheard as trouble:
            return trouble.fault
        finally:
            idle.put_nowait(worker)

    tasks = [asyncio.create_task(one(file)) for file in files]
    try:
        for file, task in zip(files, tasks, strict=True):
            yield file, await task
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for worker in workers:
            await worker.stop()


def shown(file: Path) -> str:
    """A file's name for a terminal: what is no text in it is a question mark."""
    name = os.fsencode(file).decode("utf-8", "replace")
    return "".join(letter if letter.isprintable() else "?" for letter in name)


def _row(sound: Analysis) -> list[str]:
    seconds, scores = round(sound.duration_ms / 1000), sound.character
    known = [
        f"{sound.tempo.bpm:.2f}" if sound.tempo else None,
        sound.key.name if sound.key else None,
        sound.key.camelot if sound.key else None,
        f"{sound.loudness.lufs:.1f}" if sound.loudness else None,
        f"{seconds // 60}:{seconds % 60:02}",
        f"{sound.swing:.2f}" if sound.swing is not None else None,
        scores and scores.energy,
        scores and scores.danceability,
        scores and scores.brightness,
        scores and scores.acousticness,
        scores and scores.groove,
    ]
    return ["-" if one is None else str(one) for one in known]


def line(file: Path, heard: Analysis | Fault) -> str:
    """One file's line of the table."""
    if isinstance(heard, Fault):
        return f"{shown(file)}\n    {heard.detail} {heard.advice}".rstrip()
    cells = [cell.rjust(width) for cell, width in zip(_row(heard), _WIDTHS, strict=True)]
    gaps = f"  ({', '.join(heard.gaps)})" if heard.gaps else ""
    return "  ".join([*cells, shown(file)]) + gaps


def told(file: Path, heard: Analysis | Fault) -> bytes:
    """The same as one JSON object: everything that is known, and null for what is not."""
    if isinstance(heard, Fault):
        fault = {"code": heard.code.value, "detail": heard.detail, "advice": heard.advice}
        return msgspec.json.encode({"file": shown(file), "fault": fault})
    sound: dict[str, Any] = msgspec.to_builtins(heard)
    if heard.key:
        sound["key"] |= {"name": heard.key.name, "camelot": heard.key.camelot}
    return msgspec.json.encode({"file": shown(file), "fault": None, **sound})


async def _show(files: Sequence[Path], *, here: Path, as_json: bool) -> int:
    faults = 0
    if not as_json:
        print("  ".join([*(name.rjust(width) for name, width in zip(_COLUMNS, _WIDTHS, strict=False)), _COLUMNS[-1]]))
    async for file, heard in _hear(files, here=here):
        faults += isinstance(heard, Fault)
        print(told(file, heard).decode() if as_json else line(file, heard), flush=True)
    if faults and not as_json:
        print(f"{faults} of {len(files)} {'file' if len(files) == 1 else 'files'} can't be heard.", file=sys.stderr)
    return 1 if faults else 0


def hear(given: Sequence[Path], *, as_json: bool) -> int:
    """Returns 0, or 1 when something could not be heard. Raises: Refused."""
    files = _files(given)
    if not files:
        raise Refused("no_music", "There is no music in there.", advice="Name files, or a folder with some.")
    return asyncio.run(_show(files, here=Path.cwd(), as_json=as_json))
