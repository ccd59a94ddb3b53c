"""VirtualDJ's Network Control as a source: says within seconds what the mixer lets through; the history confirms it.

An effect that the DJ switches on (Pro licence). It answers scripts over HTTP 1.0; nothing is ever executed. Only a deck
that is audible counts: what is merely loaded is the DJ's business, and so is what plays in the sandbox, which counts as
audible there.
"""

import asyncio
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from urllib.parse import quote, urlsplit

from sync.link.calls import Caller, NotAnswered
from sync.link.sources.asking import in_a_loop
from sync.link.sources.source import CURSOR_FAULTS, Confidence, Polled, Probe, Sighting, SourceTrouble, Tried
from sync.link.sources.tailing import decoded

NAME = "virtualdj-control"
USUAL = ("http://127.0.0.1:80", "http://127.0.0.1:8080")
#: between two decks: VirtualDJ answers in its own time and must not stutter
APART_S = 0.3
#: a deck that was silent for so long plays anew, also when the track is the same
ANEW_AFTER_MS = 120_000
#: what was audible before the link stopped is the same play for so long
_PLAY_MOST_MS = 3 * 3600 * 1000
_DECKS = (1, 2, 3, 4)
_ANSWER_WITHIN_S = 1.0
#: for up to eight answers
_DECK_WITHIN_S = 3.0
_LOOK_WITHIN_S = 0.35
_ANSWER_MOST = 16 * 1024
_YES, _NO = frozenset({"yes", "on", "true", "1"}), frozenset({"no", "off", "false", "0"})


@dataclass(frozen=True, slots=True)
class _Play:
    """What was told of a deck last."""

    #: digest of the track
    track: str
    #: when it was first heard, milliseconds of Unix time; names the play
    since_ms: int
    #: since when it is not audible; None while it is
    silent_ms: int | None = None

    def goes_on(self, track: str, now_ms: int) -> bool:
        """Whether `track` on this deck is the same play: a fader that is down for a moment ends none."""
        is_recent = now_ms - self.since_ms < _PLAY_MOST_MS
        is_short = self.silent_ms is None or now_ms - self.silent_ms < ANEW_AFTER_MS
        return self.track == track and is_recent and is_short


def _plays_in(cursor: str | None) -> dict[int, _Play]:
    try:
        found = json.loads(cursor or "")
        return {
            int(deck): _Play(str(track), int(since), int(silent) if silent is not None else None)
            for deck, (track, since, silent) in found["decks"].items()
        }
    except CURSOR_FAULTS:
        return {}


def _text_of(plays: Mapping[int, _Play]) -> str:
    return json.dumps({"decks": {deck: [one.track, one.since_ms, one.silent_ms] for deck, one in plays.items()}})


def _number(text: str) -> float | None:
    try:
        value = float(text.replace(",", "."))
    except ValueError:
        return None
    return value if 0 < value < 10**6 else None


@dataclass(frozen=True, slots=True)
class _Control:
    """One Network Control."""

    client: Caller
    address: str
    token: str

    async def ask(self, script: str) -> str:
        """The answer to a script; empty for an error, which comes as a text. Raises: SourceTrouble."""
        text = await self.said(script)
        return "" if text.lower().startswith("error") else text

    async def said(self, script: str) -> str:
        """The answer as it is. Raises: SourceTrouble."""
        headers = {"authorization": f"Bearer {self.token}"} if self.token else {}
        url = f"{self.address}/query?script={quote(script)}"
        try:
            heard = await self.client.ask("GET", url, most=_ANSWER_MOST, within_s=_DECK_WITHIN_S, headers=headers)
        except NotAnswered as error:
            raise SourceTrouble(f"VirtualDJ's Network Control at {self.address} does not answer.") from error
        if heard.status in {401, 403}:
            words = "wants a password: set sources.virtualdj_token to the one in its window."
            raise SourceTrouble(f"VirtualDJ's Network Control at {self.address} {words}")
        if heard.status != 200 or len(heard.body) > _ANSWER_MOST:
            raise SourceTrouble(f"Something else than VirtualDJ answers at {self.address}.")
        return decoded(heard.body).strip()

    async def holds(self, script: str) -> bool:
        """Whether VirtualDJ says yes; nonsense is no."""
        return (await self.ask(script)).lower() in _YES

    async def track_on(self, deck: int, *, path: str) -> Sighting | None:
        """What is loaded there; the id is not known yet."""
        title, artist = await self.ask(f"deck {deck} get_title"), await self.ask(f"deck {deck} get_artist")
        if not (path or title or artist):
            return None
        is_stream = "://" in path
        return Sighting(
            source=NAME,
            native_id="",
            confidence=Confidence.HEARD,
            title=title,
            artist=artist,
            deck=deck,
            path=None if is_stream else path or None,
            stream_id=path if is_stream else None,
        )

    async def with_facts(self, sighting: Sighting) -> Sighting:
        """With what is only asked once for a play."""
        deck = sighting.deck
        return replace(
            sighting,
            bpm=_number(await self.ask(f"deck {deck} get_bpm absolute")),
            key=await self.ask(f"deck {deck} get_key") or None,
            duration_s=_number(await self.ask(f"deck {deck} get_songlength")),
        )


def _digest(named: str) -> str:
    """Of a path; without one, the words are all there is to tell one track on this deck from the next."""
    return hashlib.sha256(named.encode("utf-8", "surrogatepass")).hexdigest()[:12]


@dataclass(slots=True)
class _Round:
    """One look at all decks."""

    control: _Control
    plays: dict[int, _Play]
    now_ms: int
    told: list[Sighting] = field(default_factory=list)

    async def look(self, deck: int) -> None:
        known = self.plays.get(deck)
        is_audible = await self.control.holds(f"deck {deck} is_audible")
        path = await self.control.ask(f"deck {deck} get_filepath") if is_audible else ""
        if path and self._goes_on(known, _digest(path), deck=deck):
            # Most looks end here: VirtualDJ is asked no more than it takes.
            return
        track = await self.control.track_on(deck, path=path) if is_audible else None
        if track is None:
            if known is not None and known.silent_ms is None:
                self.plays[deck] = replace(known, silent_ms=self.now_ms)
            return
        digest = _digest(path or f"{track.artist}\0{track.title}")
        if not self._goes_on(known, digest, deck=deck) and not await self.control.holds("sandbox"):
            self.plays[deck] = _Play(digest, self.now_ms)
            identity = f"{deck}-{digest}-{self.now_ms}"
            heard = await self.control.with_facts(track)
            self.told.append(replace(heard, native_id=identity, started_ms=self.now_ms))

    def _goes_on(self, known: _Play | None, digest: str, *, deck: int) -> bool:
        if known is None or not known.goes_on(digest, self.now_ms):
            return False
        self.plays[deck] = replace(known, silent_ms=None)
        return True


class NetworkControl:
    """Asks the decks in turn."""

    name = NAME

    def __init__(self, address: str = "", *, token: str = "", apart_s: float = APART_S) -> None:
        """`address` such as http://127.0.0.1:8080; empty for the usual ones. `apart_s` lies between two decks."""
        self._places = [address.rstrip("/")] if address else list(USUAL)
        self._chosen = bool(address)
        self._token = token
        self._apart_s = apart_s
        self._address: str | None = None
        #: decks that were looked at so far
        self._turn = 0

    def probe(self) -> Probe:
        tried = in_a_loop(self._tried)
        self._address = next((one.place for one in tried if one.found), None)
        # What the DJ typed, or what VirtualDJ itself refuses, is worth a word; that it is not there is not.
        telling = [one.words for one in tried if self._chosen or "virtualdj_token" in one.words]
        return Probe(self._address is not None, tried, "" if self._address else next(iter(telling), ""))

    def poll(self, cursor: str | None, *, now_ms: int) -> Polled:
        address = self._address
        if address is None:
            raise SourceTrouble("VirtualDJ's Network Control is gone.")
        known = _plays_in(cursor)

        async def look() -> _Round:
            async with Caller(silence_s=_ANSWER_WITHIN_S) as client:
                found = _Round(_Control(client, address, self._token), known, now_ms)
                for number in range(len(_DECKS)):
                    await asyncio.sleep(self._apart_s if number else 0)
                    deck = _DECKS[self._turn % len(_DECKS)]
                    self._turn += 1
                    async with asyncio.timeout(_DECK_WITHIN_S):
                        await found.look(deck)
                    if found.told:
                        # Dancers hear it already; the other decks come first next time.
                        break
            return found

        try:
            found = in_a_loop(look)
        except TimeoutError as error:
            raise SourceTrouble(f"VirtualDJ's Network Control at {address} answers too slowly.") from error
        return Polled(found.told, _text_of(found.plays))

    async def _tried(self) -> Sequence[Tried]:
        async with Caller(silence_s=_LOOK_WITHIN_S) as client:
            return await asyncio.gather(*(self._try(client, address) for address in self._places))

    async def _try(self, client: Caller, address: str) -> Tried:
        if not _is_address(address):
            return Tried(address, False, "That is no address: sources.virtualdj_control is like http://127.0.0.1:8080")
        try:
            async with asyncio.timeout(_LOOK_WITHIN_S):
                said = await _Control(client, address, self._token).said("deck 1 loaded")
        except SourceTrouble as trouble:
            return Tried(address, False, f"{trouble} It is the effect Network Control of VirtualDJ Pro, switched on.")
        except TimeoutError:
            return Tried(address, False, "What is there answers too slowly.")
        if said.lower() in _YES | _NO:
            return Tried(address, True, "VirtualDJ says what is heard.")
        if said.lower().startswith("error"):
            words = "VirtualDJ refuses to answer: is sources.virtualdj_token the password in its window?"
            return Tried(address, False, words)
        return Tried(address, False, f"Something else than VirtualDJ answers at {address}.")


def _is_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
        return parts.scheme == "http" and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
