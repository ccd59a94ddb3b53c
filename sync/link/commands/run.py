"""`run`: watches and carries until Ctrl-C; in a terminal with a view for the booth, else as lines."""

import argparse
import asyncio
import contextlib
import logging
import os
import signal
import sys
import threading
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from logging.handlers import RotatingFileHandler
from pathlib import Path

from appliance.errors import Invalid
from sync.link import connection, opening
from sync.link import folder as folders
from sync.link.choosing import choose_box
from sync.link.lines import Lines
from sync.link.running import Running, prepare
from sync.link.sources.machine import this_machine
from sync.link.telling import entries_words

_LOG = "link.log"
_LOG_MOST = 512 * 1024
_ENDS_WITHIN_S = 1.5


def _parser() -> argparse.ArgumentParser:
    options = opening.parser("run", "Watch all DJ programs and carry what they play to the box, until Ctrl-C.")
    options.add_argument("--plain", action="store_true", help="lines instead of the view for the booth")
    options.add_argument("--code", default="", help="the pairing code of the staff page, or its whole pika:// text")
    options.add_argument(
        "--box",
        metavar="ADDRESS",
        default="",
        help="the box's address, when it is not found by itself, or the name of one that was paired; "
        "with --token-file a box on this laptop, such as http://127.0.0.1:8080",
    )
    options.add_argument("--token-file", type=Path, metavar="FILE", help="the file with the DJ's token for --box")
    return options


def _log_to(folder: Path) -> None:
    """What went wrong in detail, for whoever helps; the lines and the booth say what a DJ needs."""
    handler = RotatingFileHandler(folder / _LOG, maxBytes=_LOG_MOST, backupCount=1, encoding="utf-8", delay=True)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    logging.getLogger("sync").setLevel(logging.INFO)


def on_signals(stopped: asyncio.Event) -> None:
    """Ctrl-C, a closed terminal and a polite kill all end the link in the same way, on every system."""
    loop = asyncio.get_running_loop()
    for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK"):
        number = getattr(signal, name, None)
        if number is None:
            continue
        try:
            loop.add_signal_handler(number, stopped.set)
        except NotImplementedError:
            # The loop of Windows has none; a handler of its own wakes that loop up.
            signal.signal(number, lambda *_: loop.call_soon_threadsafe(stopped.set))


def _say(words: str) -> None:
    print(words, flush=True)


def _ask(question: str) -> str:
    """The DJ's answer; empty for none."""
    try:
        return input(question)
    except EOFError:
        print()
        return ""


@contextmanager
def _ends_in_time() -> Iterator[threading.Timer]:
    """A timer that ends the process at once, unless the block ends before it rings; it is to be started.

    A folder on a dead network drive can hold a thread for minutes; what was kept is on the disk, so leaving is safe.
    """
    timer = threading.Timer(_ENDS_WITHIN_S, os._exit, [0])
    timer.daemon = True
    try:
        yield timer
    finally:
        timer.cancel()


def _booth(running: Running, stopped: asyncio.Event) -> Coroutine[None, None, None]:
    # What draws costs megabytes that a link without a terminal need not have.
    from rich.console import Console  # noqa: PLC0415

    from sync.link.booth import Booth  # noqa: PLC0415

    return Booth(running, Console(), quit=stopped.set).follow()


async def _live(running: Running, *, booth: bool, leave: threading.Timer) -> None:
    stopped = asyncio.Event()
    on_signals(stopped)
    view = _booth(running, stopped) if booth else Lines(running, say=lambda line: print(line, flush=True)).follow()
    parts = [asyncio.create_task(running.run()), asyncio.create_task(view)]
    end = asyncio.create_task(stopped.wait())
    done, _ = await asyncio.wait([*parts, end], return_when=asyncio.FIRST_COMPLETED)
    leave.start()
    for task in [*parts, end]:
        task.cancel()
    for task in [*parts, end]:
        with contextlib.suppress(asyncio.CancelledError):
            await task
    for task in done:
        task.result()


def main(arguments: list[str]) -> int:
    """The command."""
    given = _parser().parse_args(arguments)
    plain_box = given.box.startswith("http:") or given.token_file
    if plain_box and (not given.box or not given.token_file or given.code):
        raise Invalid(
            "options_incomplete",
            "A box by its http:// address needs --token-file, and no code.",
            advice="For a box of the venue, give --code alone, or --code and --box with its address.",
        )
    folder = folders.prepared(folders.chosen(given.folder))
    with folders.taken(folder), opening.at_hand(folder) as at_hand:
        _log_to(folder)
        terminal = sys.stdout.isatty() and sys.stdin.isatty()
        if plain_box:
            connection.choose(at_hand.store, connection.plain_box(given.box, given.token_file))
        else:
            choose_box(at_hand.store, code=given.code, box=given.box, ask=_ask if terminal else None, say=_say)
        booth = terminal and not given.plain
        running = prepare(at_hand, this_machine())
        if not booth:
            print(f"Watching; everything is kept in {folder}. Ctrl-C ends.", flush=True)
        with _ends_in_time() as leave:
            asyncio.run(_live(running, booth=booth, leave=leave))
        waiting = running.waiting()
        rest = f"{entries_words(waiting)} here for the box." if waiting else "Everything is at the box."
        print(f"Stopped. {rest}", flush=True)
    return 0
