"""`./box player`: plays a folder's songs on this machine, and begins again by itself when it falls.

The keeper does nothing but start the player again; mpv plays on meanwhile.
"""

import argparse
import asyncio
import contextlib
import fcntl
import logging
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from appliance.errors import Refused
from appliance.player.deck import Deck
from appliance.player.folder import Folder
from appliance.player.jukebox import CROSSFADE_S, Jukebox
from appliance.player.kept import Kept
from appliance.player.mpv import Mpv

_AGAIN_S = 0.2
_AT_ONCE_S = 3.0
#: after one that fell at once, so that a broken machine does not spin
_AGAIN_LATER_S = 2.0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="./box player", description="Plays songs one into the next.")
    parser.add_argument("folder", type=Path, help="where the songs are")
    parser.add_argument("--data", type=Path, default=Path("data/player"), help="what it keeps (data/player)")
    parser.add_argument("--sink", help="what mpv calls an audio output, such as alsa or null (default: mpv chooses)")
    parser.add_argument(
        "--crossfade", type=float, default=CROSSFADE_S, metavar="SECONDS", help="5 by default; up to 30"
    )
    parser.add_argument("--seed", type=int, help="the same number plays the same songs")
    parser.add_argument("--no-keeper", action="store_true", help="fall and stay down: something else starts it again")
    return parser


@contextlib.contextmanager
def _alone(data: Path) -> Iterator[None]:
    """One player for each folder. Raises: Refused with the code `player_runs`."""
    data.mkdir(parents=True, exist_ok=True)
    with (data / "lock").open("w", encoding="ascii") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise Refused(
                "player_runs", "A player runs here already.", advice="Give another one its --data."
            ) from error
        yield


async def _play(options: argparse.Namespace) -> None:
    first, second = (Deck(Mpv((options.data / f"mpv{one}").absolute(), sink=options.sink)) for one in (0, 1))
    crossfade_s = min(max(options.crossfade, 0.0), 30.0)
    songs = Folder(options.folder, seed=options.seed)
    jukebox = Jukebox((first, second), songs, Kept(options.data.absolute()), crossfade_s=crossfade_s)
    playing = asyncio.create_task(jukebox.run())
    for wanted in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(wanted, playing.cancel)
    try:
        await playing
    except asyncio.CancelledError:
        await jukebox.end()


def _keep(arguments: list[str]) -> int:
    """Starts the player again whenever it falls; ends with it when it was asked to end."""
    while True:
        began = time.monotonic()
        child = subprocess.Popen([sys.executable, "-m", "appliance", "player", "--no-keeper", *arguments])
        _pass_on_to(child)
        status, lasted_s = child.wait(), time.monotonic() - began
        # What refuses at once was asked for what can't be; what falls later is to go on.
        if status in {0, 2} or (status == 1 and lasted_s < _AT_ONCE_S):
            return status
        time.sleep(_AGAIN_S if lasted_s > _AT_ONCE_S else _AGAIN_LATER_S)


def _pass_on_to(child: "subprocess.Popen[bytes]") -> None:
    """Who asks the keeper to end asks the player."""

    def end(_number: int, _frame: object) -> None:
        child.terminate()

    for wanted in (signal.SIGTERM, signal.SIGINT):
        signal.signal(wanted, end)


def main(arguments: list[str]) -> int:
    """Returns 0 when it was asked to end. Raises: Refused, Unavailable."""
    options = _parser().parse_args(arguments)
    if not options.no_keeper:
        return _keep(arguments)
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(message)s")
    with _alone(options.data):
        asyncio.run(_play(options))
    return 0
