"""Linux players that say over D-Bus what they play (MPRIS): VLC, Rhythmbox, Audacious, Clementine, Spotify and more.

Asked and not listened to: players say the same again and in pieces, and what counts is what stands there for a moment.
Browsers are ignored: what the DJ looks up on the way is not for the hall. Needs the package `dbus-fast`.
"""

import asyncio
import hashlib
import importlib.util
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from sync.link.sources.asking import in_a_loop
from sync.link.sources.machine import Machine
from sync.link.sources.source import (
    CURSOR_FAULTS,
    FIRST_SIGHT_MS,
    Confidence,
    Polled,
    Probe,
    Sighting,
    SourceTrouble,
    Tried,
)

if TYPE_CHECKING:
    from dbus_fast.aio import MessageBus

NAME = "mpris"
_PREFIX = "org.mpris.MediaPlayer2."
#: browsers, and programs that only pass on what others play
_IGNORED = (
    "firefox", "chrom", "brave", "edge", "microsoft-edge", "opera", "vivaldi", "librewolf", "epiphany", "falkon",
    "konqueror", "plasma-browser-integration", "waterfox", "playerctld", "kdeconnect",
)  # fmt: skip
#: a player that was silent for so long plays anew, also when the track is the same
ANEW_AFTER_MS = 120_000
_PLAYERS_MOST = 16
#: between the look that sees something new and the one that believes it
STANDS_S = 0.4
_LOOK_WITHIN_S, _PLAYER_WITHIN_S, _POLL_WITHIN_S = 0.5, 0.3, 3.0


@dataclass(frozen=True, slots=True)
class Playing:
    """What a player says that it plays. Pure, as everything here that takes it."""

    player: str
    title: str
    artist: str
    path: str | None
    #: milliseconds since the track's start; None when the player does not know
    position_ms: int | None
    duration_s: float | None
    bpm: float | None

    @property
    def words(self) -> str:
        """Digest of what makes it another track: a radio's address stays while its titles change."""
        text = f"{self.title}\0{self.artist}\0{self.path or ''}"
        return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:12]


@dataclass(frozen=True, slots=True)
class _Play:
    """What a player played last."""

    words: str
    #: when it was first seen; names the play
    since_ms: int
    #: when it began
    started_ms: int
    told: bool
    #: since when nothing is played; None while it plays
    silent_ms: int | None = None


def _plays_in(cursor: str | None) -> dict[str, _Play] | None:
    try:
        return {
            str(player): _Play(
                str(words), int(since), int(started), bool(told), None if silent is None else int(silent)
            )
            for player, (words, since, started, told, silent) in json.loads(cursor or "")["players"].items()
        }
    except CURSOR_FAULTS:
        return None


def _text_of(plays: Mapping[str, _Play]) -> str:
    rows = {player: [one.words, one.since_ms, one.started_ms, one.told, one.silent_ms] for player, one in plays.items()}
    return json.dumps({"players": rows})


def playing(player: str, properties: Mapping[str, object]) -> Playing | None:
    """What the properties of a player say, or None when it plays nothing that is heard."""
    metadata = properties.get("Metadata")
    if properties.get("PlaybackStatus") != "Playing" or properties.get("Volume") == 0 or not isinstance(metadata, dict):
        return None
    artists = metadata.get("xesam:artist")
    # A list by the rules, and a text by some players.
    names = [artists] if isinstance(artists, str) else artists if isinstance(artists, list) else []
    found = Playing(
        player=player,
        title=_text(metadata.get("xesam:title")),
        artist=", ".join(name for name in names if isinstance(name, str) and name.strip()),
        path=_path(_text(metadata.get("xesam:url"))),
        position_ms=int(position / 1000) if (position := _positive(properties.get("Position"))) else None,
        duration_s=length / 1_000_000 if (length := _positive(metadata.get("mpris:length"))) else None,
        bpm=_positive(metadata.get("xesam:audioBPM")),
    )
    return found if found.title or found.artist or found.path else None


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _positive(value: object) -> float | None:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if is_number and isinstance(value, int | float) and 0 < value < 2**62 else None


def _path(address: str) -> str | None:
    try:
        return unquote(urlsplit(address).path) or None if address.startswith("file://") else None
    except ValueError:
        return None


def seen(found: list[Playing], cursor: str | None, *, now_ms: int) -> Polled:
    """What is new in what all players say now. It is told when it was there at two looks."""
    known = _plays_in(cursor)
    plays = dict(known or {})
    told: list[Sighting] = []
    for one in found:
        before = plays.get(one.player)
        if before is None or before.words != one.words or _is_over(before, now_ms):
            plays[one.player] = _begun(one, now_ms=now_ms, is_first_sight=known is None)
        else:
            if not before.told:
                told.append(_sighting(one, before))
            plays[one.player] = replace(before, told=True, silent_ms=None)
    for player in set(plays) - {one.player for one in found}:
        before = plays[player]
        plays[player] = before if before.silent_ms is not None else replace(before, silent_ms=now_ms)
        if _is_over(plays[player], now_ms):
            del plays[player]
    return Polled(told, _text_of(plays))


def _has_new(cursor: str) -> bool:
    return any(not one.told and one.silent_ms is None for one in (_plays_in(cursor) or {}).values())


def _is_over(play: _Play, now_ms: int) -> bool:
    return play.silent_ms is not None and now_ms - play.silent_ms >= ANEW_AFTER_MS


def _begun(one: Playing, *, now_ms: int, is_first_sight: bool) -> _Play:
    # Later on the moment of the change is the better one: a radio's position counts from when it was switched on.
    lasted = (one.position_ms or 0) if is_first_sight else 0
    return _Play(one.words, now_ms, now_ms - lasted, told=lasted >= FIRST_SIGHT_MS)


def _sighting(one: Playing, play: _Play) -> Sighting:
    return Sighting(
        source=NAME,
        native_id=f"{one.player}-{play.words}-{play.since_ms}",
        confidence=Confidence.HEARD,
        title=one.title,
        artist=one.artist,
        started_ms=play.started_ms,
        path=one.path,
        bpm=one.bpm,
        duration_s=one.duration_s,
    )


class Mpris:
    """Asks every player on the session bus."""

    name = NAME

    def __init__(self, machine: Machine, *, stands_s: float = STANDS_S) -> None:
        """`stands_s` is waited in a poll for the look that believes what is new; with 0 that is the next poll's."""
        self._stands_s = stands_s
        self._platform = machine.platform
        runtime = machine.environment.get("XDG_RUNTIME_DIR")
        usual = f"unix:path={runtime}/bus" if runtime else ""
        self._address = machine.environment.get("DBUS_SESSION_BUS_ADDRESS") or usual

    def probe(self) -> Probe:
        place = self._address or "the session bus"
        if self._platform != "linux":
            return Probe(
                False, [Tried("the session bus", False, "Only Linux has players that say over D-Bus what they play.")]
            )
        if importlib.util.find_spec("dbus_fast") is None:
            words = "The Python package dbus-fast is not installed: with it, players on this laptop are seen."
            return Probe(False, [Tried(place, False, words)])
        if not self._address:
            return Probe(False, [Tried(place, False, "There is no session bus: the link runs outside of a desktop.")])
        try:
            names = in_a_loop(self._players)
        except (SourceTrouble, TimeoutError) as error:
            return Probe(False, [Tried(place, False, str(error) or "The session bus answers too slowly.")])
        words = f"Players here: {', '.join(names)}." if names else "No player runs now; one that starts is seen."
        return Probe(True, [Tried(place, True, words)])

    def poll(self, cursor: str | None, *, now_ms: int) -> Polled:
        try:
            return in_a_loop(lambda: self._looked(cursor, now_ms=now_ms))
        except TimeoutError as error:
            raise SourceTrouble("The session bus answers too slowly.") from error

    async def _players(self) -> list[str]:
        async with asyncio.timeout(_LOOK_WITHIN_S), _Bus(self._address) as bus:
            return [name.removeprefix(_PREFIX) for name in await bus.players()]

    async def _looked(self, cursor: str | None, *, now_ms: int) -> Polled:
        async with asyncio.timeout(_POLL_WITHIN_S), _Bus(self._address) as bus:
            polled = seen(await bus.playing(), cursor, now_ms=now_ms)
            if not self._stands_s or cursor is None or not _has_new(polled.cursor):
                return polled
            # So a new track need not wait for the next poll to be believed.
            await asyncio.sleep(self._stands_s)
            later_ms = now_ms + int(self._stands_s * 1000)
            again = seen(await bus.playing(), polled.cursor, now_ms=later_ms)
            return Polled([*polled.sightings, *again.sightings], again.cursor)


class _Bus:
    """A connection for one look. Its library is an extra, so it is imported here."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._bus: MessageBus | None = None

    async def __aenter__(self) -> "_Bus":
        from dbus_fast.aio import MessageBus  # noqa: PLC0415
        from dbus_fast.errors import DBusFastError  # noqa: PLC0415

        try:
            self._bus = MessageBus(bus_address=self._address)
            await self._bus.connect()
        except (OSError, EOFError, ValueError, DBusFastError) as error:
            self._close()
            raise SourceTrouble("The session bus can't be reached; players are not seen.") from error
        except asyncio.CancelledError:
            self._close()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        self._close()

    def _close(self) -> None:
        if self._bus is not None:
            self._bus.disconnect()

    async def players(self) -> list[str]:
        """The bus names of players that count. Raises: SourceTrouble."""
        names = await self._ask("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", "ListNames")
        found = names if isinstance(names, list) else []
        players = sorted(name for name in found if isinstance(name, str) and name.startswith(_PREFIX))
        return [name for name in players if not name.removeprefix(_PREFIX).lower().startswith(_IGNORED)][:_PLAYERS_MOST]

    async def playing(self) -> list[Playing]:
        """What all of them play. Raises: SourceTrouble."""
        found = [playing(name.removeprefix(_PREFIX), await self.properties(name)) for name in await self.players()]
        return [one for one in found if one is not None]

    async def properties(self, name: str) -> Mapping[str, object]:
        """What a player says; nothing when it says nothing in time. Raises: SourceTrouble."""
        interface, player = "org.freedesktop.DBus.Properties", "org.mpris.MediaPlayer2.Player"
        try:
            async with asyncio.timeout(_PLAYER_WITHIN_S):
                found = await self._ask(name, "/org/mpris/MediaPlayer2", interface, "GetAll", player)
        except TimeoutError:
            return {}
        return found if isinstance(found, dict) else {}

    async def _ask(self, name: str, path: str, interface: str, member: str, *said: str) -> object:
        """The first value of an answer, in Python's own types; None for an error. Raises: SourceTrouble."""
        from dbus_fast import Message, MessageType, unpack_variants  # noqa: PLC0415
        from dbus_fast.errors import DBusFastError  # noqa: PLC0415

        assert self._bus is not None
        question = Message(
            destination=name, path=path, interface=interface, member=member, signature="s" * len(said), body=list(said)
        )
        try:
            answer = await self._bus.call(question)
        except (OSError, EOFError, DBusFastError) as error:
            raise SourceTrouble("The session bus is gone; players are not seen.") from error
        if answer is None or answer.message_type is not MessageType.METHOD_RETURN or not answer.body:
            return None
        return unpack_variants(answer.body[0])
