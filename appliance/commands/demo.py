"""`demo`: the same box as `run`, living through a fictional evening that is driven through its own doors.

Owns the options, the temporary folder and how it all ends; who does what in the evening is `demo`'s business.
"""

import argparse
import asyncio
import io
import random
import shutil
import sys
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

from appliance import starting
from appliance.commands import demo_cloud, run
from appliance.demo import evening, script
from appliance.demo.evening import Doors, Wishes
from appliance.starting import Running

_SPEED_MOST = 600.0
_DANCERS, _DANCERS_MOST = 60, 500


def _number(most: float) -> Callable[[str], float]:
    def number(text: str) -> float:
        value = float(text)
        if not 0 < value <= most:
            raise argparse.ArgumentTypeError(f"must be more than 0 and at most {most:g}")
        return value

    return number


def _dancers(text: str) -> int:
    value = int(text)
    if not 0 <= value <= _DANCERS_MOST:
        raise argparse.ArgumentTypeError(f"must be from 0 to {_DANCERS_MOST}")
    return value


def _options() -> argparse.ArgumentParser:
    options = run.parser(
        program="./box demo",
        description="Start the box and let a fictional evening happen: two stages, four DJs, dancers who like.",
        default_data="a fresh one that is removed at the end",
    )
    options.add_argument(
        "--speed",
        type=_number(_SPEED_MOST),
        default=10.0,
        metavar="N",
        help="evening minutes that pass in a real minute (default 10: a record lasts about 20 seconds)",
    )
    options.add_argument(
        "--dancers", type=_dancers, metavar="N", help=f"how many come (default {_DANCERS}; 140 with the cloud)"
    )
    options.add_argument(
        "--minutes", type=_number(7 * 24 * 60), metavar="M", help="stop after so many real minutes (default: Ctrl-C)"
    )
    options.add_argument("--seed", type=int, metavar="N", help="the same number is the same story (default: any)")
    options.add_argument(
        "--link", action="store_true", help="Main Floor's DJs play with VirtualDJ's history and the real link"
    )
    options.add_argument(
        "--with-cloud",
        action="store_true",
        help="a whole night at once, the cloud beside the box, and the night's report at the end",
    )
    options.add_argument(
        "--once", action="store_true", help="with the cloud: save the report's page to a file here, and end"
    )
    options.add_argument("--database", help="with the cloud: postgresql://... (default: one file, for a trial)")
    options.add_argument("--quiet", action="store_true", help="no running commentary")
    return options


def _look(wishes: Wishes) -> str:
    """What a newcomer should look at."""
    seconds = script.write(seed=wishes.seed, number=1, dancers=0).first_hand_over_s / wishes.speed
    when = f"after about {seconds:.0f} seconds" if seconds < 90 else f"at about minute {seconds / 60:.0f}"
    return (
        "  Open the dancers' address on your phone, choose Main Floor and put a heart on what you hear.\n"
        f"  Watch the DJ change there {when}: the page follows without a touch.\n"
        f"  {wishes.speed:g} evening minutes pass in a real one (--speed); the same story again: --seed {wishes.seed}\n"
    )


def _doors(running: Running) -> Doors:
    """Where the evening comes in; its first act is to become staff, which uses the setup code up."""
    address = urlsplit(running.local_url)
    host, port = address.hostname, address.port
    assert host is not None
    assert port is not None
    staff_pass = asyncio.run(evening.become_staff(host, port, setup_code=running.setup_code))
    return Doors(host=host, port=port, broker=running.broker_address, staff_pass=staff_pass)


async def _live(
    running: starting.Running, doors: Doors, given: argparse.Namespace, *, stopped: Callable[[], bool]
) -> int:
    """The evening beside the box, until either ends or the time is up; the box's exit status."""
    wishes = Wishes(speed=given.speed, dancers=given.dancers, seed=given.seed, link=given.link)
    say: Callable[[str], None] = (lambda _: None) if given.quiet else (lambda line: print(line, flush=True))
    over = threading.Event()
    box = asyncio.create_task(asyncio.to_thread(run.watch, running, stopped=lambda: stopped() or over.is_set()))
    story = asyncio.create_task(evening.live(doors, wishes, say=say))
    try:
        await asyncio.wait(
            {box, story}, timeout=given.minutes and given.minutes * 60, return_when=asyncio.FIRST_COMPLETED
        )
    finally:
        over.set()
    if story.done():
        # It never ends by itself, so this raises what went wrong.
        story.result()
    story.cancel()
    return await box


def _in(folder: Path, given: argparse.Namespace) -> int:
    given.data = folder
    given.seed = random.randrange(10_000) if given.seed is None else given.seed  # noqa: S311 - no secret
    stopped = run.StopSignals()
    running = starting.start(run.settings_from(given))
    try:
        doors = _doors(running)
        # The demo used one up; whoever watches gets their own.
        running = starting.with_new_setup_code(running)
        print(run.banner(running), flush=True)
        print(_look(Wishes(speed=given.speed, dancers=given.dancers, seed=given.seed)), flush=True)
        return asyncio.run(_live(running, doors, given, stopped=stopped))
    finally:
        running.supervisor.stop()
        print("box: stopped.", flush=True)


def main(arguments: list[str]) -> int:
    """The command."""
    options = _options()
    given = options.parse_args(arguments)
    if (given.once or given.database) and not given.with_cloud:
        options.error("--once and --database are for --with-cloud")
    if isinstance(sys.stdout, io.TextIOWrapper):
        # Records have names in every script, and a terminal may know only one.
        sys.stdout.reconfigure(errors="replace")
    if given.with_cloud:
        return demo_cloud.main(given)
    given.dancers = _DANCERS if given.dancers is None else given.dancers
    if given.data is not None:
        return _in(given.data, given)
    folder = Path(tempfile.mkdtemp(prefix="pika-demo-"))
    status = 1
    try:
        status = _in(folder, given)
    finally:
        # A box that failed has said that its log is in there.
        if status == 0 or not (folder / "log" / "server.log").exists():
            shutil.rmtree(folder, ignore_errors=True)
    return status
