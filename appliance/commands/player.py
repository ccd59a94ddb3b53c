"""`./box player`: plays what a box chooses, or a folder's songs, and begins again by itself when it falls.

The keeper does nothing but start the player again; mpv plays on meanwhile.
"""

import argparse
import asyncio
import contextlib
import fcntl
import logging
import os
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TextIO

from appliance.bus.player_client import OrdersLine
from appliance.clock import SystemClock
from appliance.discovery.browse import find
from appliance.errors import BoxError, Invalid, Refused, Unavailable
from appliance.network import host_in_url, reachable_addresses
from appliance.player.deck import Deck
from appliance.player.guard import NOT_HERE, Guard
from appliance.player.jukebox import CROSSFADE_S, Jukebox
from appliance.player.kept import Kept
from appliance.player.line import Finder, Line, checked_address, knows
from appliance.player.mpv import Mpv
from appliance.player.songs import Songs
from appliance.player.station import BoxSongs, Station
from appliance.wire_players import BrokerOut

#: where a token is that is not to be seen in the list of programs; the box gives its own player the setting this way
ENV_TOKEN = "PIKA_BOX_PLAYER_TOKEN"  # noqa: S105 - a name
_LOOK_FOR_BOXES_S = 3.0
_CROSSFADE_MOST_S = 30
_WHAT = """Plays what a box chooses, or a folder's songs, on this machine: one into the next, whatever falls.
It needs mpv (sudo apt install mpv) and goes on from what it keeps while its box is away. Ctrl-C ends the music."""
_HOW = """examples:
  ./box player --token pk_player_...          a player made at /organiser/players; the box is found by itself
  ./box player --token pk_player_... --box http://192.168.1.20:8080
  ./box player ~/Music --crossfade 8          a folder's songs, without a box"""
#: Linux's: less is sooner
_PRIORITY = -10


def _crossfade(text: str) -> float:
    seconds = float(text)
    if not 0 <= seconds <= _CROSSFADE_MOST_S:
        raise argparse.ArgumentTypeError(f"{text} is not between 0 and {_CROSSFADE_MOST_S} seconds")
    return seconds


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="./box player", description=_WHAT, epilog=_HOW, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path, nargs="?", help="a folder with songs, to play those and ask no box")
    parser.add_argument(
        "--box", metavar="ADDRESS", help="the box, as http://192.168.1.20:8080 (default: found by mDNS)"
    )
    parser.add_argument("--token", help=f"the player's token (default: {ENV_TOKEN}, which other programs don't see)")
    parser.add_argument("--data", type=Path, default=Path("data/player"), help="what it keeps (data/player)")
    parser.add_argument(
        "--sink", help="the loudspeaker: alsa, pulse, or a name of `mpv --audio-device=help` (default: mpv chooses)"
    )
    parser.add_argument(
        "--crossfade", type=_crossfade, default=CROSSFADE_S, metavar="SECONDS", help="0 to 30 (5); below 0.8: none"
    )
    parser.add_argument("--seed", type=int, help="the same number plays a folder's songs in the same order")
    parser.add_argument("--no-keeper", action="store_true", help="fall and stay down: something else starts it again")
    parser.add_argument("--patient", action="store_true", help="wait for what is missing, for ever")
    return parser


@contextlib.contextmanager
def _alone(data: Path) -> Iterator[None]:
    """One player for each folder.

    Raises: Refused with the code `player_runs`; Unavailable with the code `player_folder`.
    """
    with _lock(data) as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise Refused(
                "player_runs", "A player runs here already.", advice="Give another one its --data."
            ) from error
        yield


def _lock(data: Path) -> TextIO:
    try:
        data.mkdir(parents=True, exist_ok=True)
        return (data / "lock").open("w", encoding="ascii")
    except OSError as error:
        raise Unavailable(
            "player_folder",
            f"The player can't keep anything in {data} ({error.strerror}), so it does not play.",
            advice="Give it a folder that it may write with --data.",
        ) from error


def _finder(token: str) -> Finder:
    """Looks for the box whose player this is. Others are not shown its token, whatever they call themselves."""

    async def look() -> str | None:
        found = await find(_LOOK_FOR_BOXES_S, addresses=[address.ip for address in reachable_addresses("")])
        places = [f"http://{host_in_url(address)}:{box.port}" for box in found for address in box.addresses]
        known = await asyncio.gather(*(knows(place, token=token) for place in places))
        if found and not any(known):
            raise Unavailable(
                "boxes_strange",
                f"The boxes on this network ({', '.join(box.name for box in found)}) don't know this player's token.",
                advice="Make a player at /organiser/players of the right one, or name another with --box.",
            )
        return next((place for place, is_known in zip(places, known, strict=True) if is_known), None)

    return look


def _jukebox(options: argparse.Namespace, songs: Songs) -> Jukebox:
    first, second = (Deck(Mpv((options.data / f"mpv{one}").absolute(), sink=options.sink)) for one in (0, 1))
    kept = Kept(options.data.absolute())
    return Jukebox((first, second), songs, kept, clock=SystemClock(), crossfade_s=options.crossfade)


async def _until_told(jukebox: Jukebox, *beside: asyncio.Task[None]) -> None:
    """Plays until somebody asks it to end. Raises: what `Jukebox.run` raises."""
    playing = asyncio.create_task(jukebox.run())
    for wanted in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(wanted, playing.cancel)
    try:
        done, _ = await asyncio.wait({playing, *beside}, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            await task
    except asyncio.CancelledError:
        await jukebox.end()
    finally:
        for task in beside:
            task.cancel()


class _OrdersEar:
    """Listens for orders at the broker that the box names, and at another one when it names another."""

    def __init__(self, line: Line, *, token: str) -> None:
        self._line, self._token = line, token
        self._at: tuple[str, BrokerOut] | None = None
        self._open: OrdersLine | None = None
        self.on_orders: Callable[[bytes], None] = _nothing

    def listen(self, broker: BrokerOut) -> None:
        """Orders come from there from now on."""
        at = (self._line.host, broker)
        if at == self._at or not at[0]:
            return
        before, self._at = self._open, at
        self._open = OrdersLine(at[0], broker.port, name=broker.name, token=self._token, on_orders=self.on_orders)
        self._open.start()
        if before is not None:
            self._closing = asyncio.create_task(before.stop())

    async def stop(self) -> None:
        """Hangs up."""
        if self._open is not None:
            await self._open.stop()


def _nothing(payload: bytes) -> None:
    del payload


async def _play(options: argparse.Namespace, *, token: str) -> None:
    if options.folder is not None:
        # Numbers are for choosing, which a box does for its players: half of what a player would need of memory.
        from appliance.player.folder import Folder  # noqa: PLC0415

        await _until_told(_jukebox(options, Folder(options.folder, seed=options.seed)))
        return
    address = checked_address(options.box) if options.box else None
    line = Line(token=token, address=address, find=_finder(token))
    jukebox = _jukebox(options, BoxSongs(line))
    ear = _OrdersEar(line, token=token)
    station = Station(jukebox, line, clock=SystemClock(), listen=ear.listen)
    ear.on_orders = station.orders
    try:
        await _until_told(jukebox, asyncio.create_task(station.run()))
    finally:
        await ear.stop()


def _without_token(arguments: Sequence[str]) -> list[str]:
    """The arguments for a program that gets the token by its environment."""
    kept: list[str] = []
    rest = iter(arguments)
    for one in rest:
        if one == "--token":
            next(rest, None)
        elif not one.startswith("--token="):
            kept.append(one)
    return kept


def _hide(arguments: Sequence[str], *, token: str) -> None:
    """The same program again with the token where others on this machine don't see it."""
    program = [sys.executable, "-m", "appliance", "player", *_without_token(arguments)]
    os.execve(sys.executable, program, {**os.environ, ENV_TOKEN: token})  # noqa: S606 - itself


def _played(options: argparse.Namespace, *, token: str) -> int:
    """Plays until it is asked to end; the status."""
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(message)s")
    # Music goes before what can wait; mpv inherits it. Who may not, plays all the same.
    with contextlib.suppress(PermissionError):
        os.setpriority(os.PRIO_PROCESS, 0, _PRIORITY)
    try:
        with _alone(options.data):
            asyncio.run(_play(options, token=token))
    except BoxError as error:
        print(f"box: {error}", file=sys.stderr, flush=True)
        return NOT_HERE if error.code == "player_runs" else 1
    return 0


def main(arguments: list[str]) -> int:
    """Returns 0 when it was asked to end. Raises: Invalid."""
    options = _parser().parse_args(arguments)
    if options.token:
        _hide(arguments, token=options.token)
    token = os.environ.get(ENV_TOKEN, "")
    if options.folder is None and not token:
        raise Invalid(
            "token_missing",
            "A player needs a folder with songs, or a token of its box.",
            advice="Make a player at /organiser/players of the box, and give its token with --token.",
        )
    if options.box:
        checked_address(options.box)
    if options.folder is not None and not options.folder.is_dir() and not options.patient:
        raise Invalid("folder_missing", f"There is no folder {options.folder}.", advice="See how it is written.")
    if options.no_keeper:
        return _played(options, token=token)
    return Guard(lambda: _played(options, token=token), is_patient=options.patient).run()
