"""What dancers said of plays, and which recordings those were, as the store has it: read once, then followed.

Owns both for those who are asked for, in memory. Nobody's words are summed up here: a word that is taken back is gone.
"""

import asyncio
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from appliance.domain.events import (
    DislikesCounted,
    GuestForgotten,
    Happened,
    LibraryChanged,
    LikeGiven,
    LikeRemoved,
    PlayEnriched,
    PlayIdentified,
    PlayRetracted,
)
from appliance.ports import Reader
from appliance.ports.house import KnownPlay

#: of so many guests and plays words are kept, whoever is there: a hall that comes and goes
_GUESTS_MOST, _PLAYS_MOST = 2000, 5000


@dataclass(frozen=True, slots=True)
class Spoken:
    """What was said up to a moment."""

    #: by guest and play: liked, or disliked
    said: Mapping[str, Mapping[str, bool]]
    #: by play; those that were taken back are missing
    plays: Mapping[str, KnownPlay]


@dataclass(frozen=True, slots=True)
class _Word:
    """What a guest says of a play; None for no more of that kind."""

    guest: str
    play: str
    is_like: bool
    is_said: bool


class Words:
    """Keeps up with what is said."""

    def __init__(self) -> None:
        # No mapping in here is ever changed: who got it may read it on any thread.
        self._said: dict[str, Mapping[str, bool]] = {}
        self._plays: dict[str, KnownPlay] = {}
        self._reading = asyncio.Lock()
        #: what came while something was read; None while nothing is
        self._meanwhile: list[Happened] | None = None

    def on_commit(self, events: Sequence[Happened]) -> None:
        """Notes what is said, once that is durable."""
        if self._meanwhile is not None:
            self._meanwhile += events
        for event in events:
            self._follow(event)

    async def of(self, reader: Reader, guests: Collection[str], *, plays: Collection[str] = ()) -> Spoken:
        """What these guests said, as far as it counts, with the plays that it was about and some others.

        Raises: Unavailable.
        """
        async with self._reading:
            self._make_room(guests)
            self._meanwhile = []
            try:
                await self._read_guests(reader, [guest for guest in guests if guest not in self._said])
                said = {guest: self._said[guest] for guest in guests if guest in self._said}
                wanted = {play for words in said.values() for play in words}.union(plays)
                await self._read_plays(reader, wanted - self._plays.keys())
                return Spoken(said, {play: self._plays[play] for play in wanted & self._plays.keys()})
            finally:
                self._meanwhile = None

    def _make_room(self, guests: Collection[str]) -> None:
        if len(self._said) > _GUESTS_MOST:
            self._said = {guest: said for guest, said in self._said.items() if guest in guests}
        if len(self._plays) > _PLAYS_MOST:
            self._plays = {}

    async def _read_guests(self, reader: Reader, guests: Sequence[str]) -> None:
        if not guests:
            return
        said: dict[str, dict[str, bool]] = defaultdict(dict)
        for word in await reader.house_words(guests):
            said[word.guest_id][word.play_id] = word.is_like
        self._said |= {guest: said[guest] for guest in guests}
        self._follow_meanwhile()

    async def _read_plays(self, reader: Reader, plays: Collection[str]) -> None:
        if plays:
            self._plays |= {one.play.id: one for one in await reader.known_plays(plays)}
            self._follow_meanwhile()

    def _follow_meanwhile(self) -> None:
        """What was read may be older than what came meanwhile; what it knew already changes nothing once more."""
        for event in self._meanwhile or ():
            self._follow(event)

    def _follow(self, event: Happened) -> None:
        match event:
            case LikeGiven() | LikeRemoved():
                self._say(_Word(event.guest_id, event.play_id, True, isinstance(event, LikeGiven)))
            case DislikesCounted():
                self._say(_Word(event.guest_id, event.play_id, False, event.disliked))
            case GuestForgotten(guest_id=guest_id):
                self._said.pop(guest_id, None)
            case PlayEnriched(play=play) | PlayRetracted(play=play):
                self._plays.pop(play.id, None)
            case PlayIdentified(identity=identity):
                self._plays.pop(identity.play_id, None)
            case LibraryChanged():
                # Recordings may be others now.
                self._plays = {}

    def _say(self, word: _Word) -> None:
        said = self._said.get(word.guest)
        if said is None:
            return
        if word.is_said:
            self._said[word.guest] = {**said, word.play: word.is_like}
        elif said.get(word.play) is word.is_like:
            self._said[word.guest] = {play: is_like for play, is_like in said.items() if play != word.play}
