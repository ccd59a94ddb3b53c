"""A player that belongs to a box: plays what the box chooses, says what it really plays, does as it is told.

While the box is away it goes on with what it was told last, from what it keeps.
"""

import asyncio
import contextlib
import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import msgspec

from appliance.clock import Clock
from appliance.domain.models import Stamp
from appliance.domain.players import SAYS_EVERY_S, TOLD_MOST
from appliance.errors import BoxError, Unavailable
from appliance.player.jukebox import Jukebox
from appliance.player.kept import Begun
from appliance.player.line import Line
from appliance.player.songs import Song
from appliance.wire_players import BrokerOut, NextSongOut, OrdersOut

#: songs that the box may not have been told of yet when it is asked for the next
_AFTER = 4
_ASKED_BEFORE_S = 40.0
_AGE_MOST_MS = 7 * 24 * 3600 * 1000
_log = logging.getLogger(__name__)


class BoxSongs:
    """`Songs` that a box chooses, late enough that dancers can have a say in each."""

    ahead = 1
    asked_before_s: float | None = _ASKED_BEFORE_S

    def __init__(self, line: Line) -> None:
        self._line = line

    async def next_song(self, after: tuple[str, ...]) -> Song | None:
        """As `Songs` says."""
        ids = ",".join(quote(one) for one in after[-_AFTER:])
        said = await self._line.ask("GET", f"/api/v1/player/next-song?after={ids}")
        try:
            found = msgspec.json.decode(said, type=NextSongOut)
        except msgspec.DecodeError as error:
            raise Unavailable("box_away", "What the box says can't be understood.", advice="Update both.") from error
        lufs = found.lufs if isinstance(found.lufs, float | int) else None
        return Song(found.id, found.artist, found.title, Path(found.id), lufs, found.address)

    async def fetch(self, song: Song, target: Path) -> None:
        """As `Songs` says."""
        await self._line.fetch(song.address, target)


def nowhere(broker: BrokerOut) -> None:
    """Where nobody listens to a broker."""
    del broker


@dataclass(frozen=True, slots=True)
class _Said:
    """What was said in one message."""

    body: dict[str, object]
    plays: set[str]


class Station:
    """Keeps a jukebox and its box of one mind."""

    def __init__(
        self, jukebox: Jukebox, line: Line, *, clock: Clock, listen: Callable[[BrokerOut], None] = nowhere
    ) -> None:
        """`listen` is told where orders come at once; what comes there is for `orders`."""
        self._jukebox, self._line, self._clock, self._listen = jukebox, line, clock, listen
        self._away = ""

    async def run(self) -> None:
        """Says how it is every two seconds, for ever."""
        while True:
            try:
                await self.say()
                self._note(away="")
            except BoxError as error:
                self._note(away=str(error))
            # What begins now is told now: phones are to see what is heard.
            self._jukebox.changed.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(SAYS_EVERY_S):
                    await self._jukebox.changed.wait()

    async def say(self) -> None:
        """Once. Raises: BoxError."""
        said = self._word()
        orders = _orders(await self._line.ask("POST", "/api/v1/player/status", said.body))
        self._jukebox.told(said.plays)
        self._obey(orders)
        if isinstance(orders.broker, BrokerOut):
            self._listen(orders.broker)

    def orders(self, payload: bytes) -> None:
        """Orders that came through the broker. What can't be read is left: the box is asked again soon."""
        with contextlib.suppress(Unavailable):
            self._obey(_orders(payload))

    def _obey(self, orders: OrdersOut) -> None:
        skip = orders.skip if isinstance(orders.skip, str) else ""
        self._jukebox.obey(plays=orders.plays, volume=orders.volume, skip=skip)

    def _word(self) -> _Said:
        now, doing, on = self._clock.now(), self._jukebox.doing, self._jukebox.sounding
        # Of those from before this machine's last start nobody knows how long ago they were.
        before = [one for one in doing.untold if one.boot == now.boot and (on is None or one.play != on.play)]
        before = before[-TOLD_MOST:]
        # What is over is told with what is on: without it the box could not tell history from now.
        told = before if on is not None else []
        body: dict[str, object] = {"paused": not doing.plays, "volume": doing.volume, "error": self._jukebox.trouble}
        if on is not None:
            body |= {"on": _song(on, now), "before": [_song(one, now) for one in told]}
        lost = {one.play for one in doing.untold if one.boot != now.boot}
        plays = {one.play for one in told} | lost | ({on.play} if on is not None else set())
        return _Said(body, plays)

    def _note(self, *, away: str) -> None:
        if away and away != self._away:
            heard = self._jukebox.doing.heard
            _log.warning("%s %s", away, "The music goes on from what is kept." if heard else "There is no music yet.")
        if not away and self._away:
            _log.info("the box answers again")
        self._away = away


def _orders(payload: bytes) -> OrdersOut:
    try:
        return msgspec.json.decode(payload, type=OrdersOut)
    except msgspec.DecodeError as error:
        raise Unavailable("box_away", "What the box says can't be understood.", advice="Update both.") from error


def _song(begun: Begun, now: Stamp) -> dict[str, object]:
    age_ms, song = now.boot_ms - begun.boot_ms, begun.song
    return {
        "play": begun.play,
        "track": song.id if song.address else "",
        "artist": song.artist,
        "title": song.title,
        "age_ms": min(max(age_ms, 0), _AGE_MOST_MS),
    }
