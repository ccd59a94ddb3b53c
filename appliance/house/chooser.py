"""The house's choice on a running box: `ports.house.Chooser`.

Owns the thread on which sums are done, and what of the store they need: the shelf, and what dancers said, both followed
in memory. What else the house goes by is read by the use case.
"""

import asyncio
import zlib
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

from appliance.domain.ballots import CANDIDATES, Candidate
from appliance.domain.events import Happened
from appliance.domain.house import Choice, Heard, HouseRules, track_key
from appliance.domain.rules import age_ms
from appliance.house.stock import Stock
from appliance.house.words import Spoken, Words
from appliance.ports import Ports
from appliance.ports.house import Chosen, Fitting, KeptChoice, KnownPlay
from appliance.usecases import ballots
from appliance.usecases.house import Background, gather, house_of

if TYPE_CHECKING:
    from appliance.house.shelf import Shelf
    from appliance.house.taste import Votes

#: so many are looked at in case the best have been taken away since
_SPARE = 5
_HOUR_MS = 3_600_000

#: guests who are at a stage
Present = Callable[[str], Collection[str]]


class HouseChooser:
    """Chooses by the tastes of who is there."""

    def __init__(self, *, present: Present) -> None:
        self._present = present
        self._stock = Stock()
        self._words = Words()
        self._given: Ports | None = None

    def start(self, ports: Ports) -> None:
        """May be asked from now on."""
        self._given = ports

    @property
    def _ports(self) -> Ports:
        assert self._given is not None  # nobody asks before the start
        return self._given

    def on_commit(self, events: Sequence[Happened]) -> None:
        """Follows what the choice depends on, once that is durable."""
        self._stock.on_commit(events)
        self._words.on_commit(events)

    async def next_track(self, stage: str, *, after: tuple[str, ...]) -> Chosen | None:
        """See `ports.house.Chooser`. What dancers are asked meanwhile is decided by this."""
        return await self._voted(stage, after=after) or await self._thought(stage, after=after)

    async def _voted(self, stage: str, *, after: Sequence[str]) -> Chosen | None:
        """What dancers chose, if they were asked, it may be played, and it is not what comes already."""
        ballot = await self._ports.reader.newest_ballot(stage)
        if ballot is None or not ballot.asks:
            return None
        house = await house_of(self._ports, stage)
        shelf = await self._stock.shelf(self._ports.reader)
        ids = [one.track_id for one in ballot.candidates if one.track_id not in after]
        playable = await asyncio.to_thread(_allowed_among, shelf, ids, house.rules)
        decided = await ballots.decide(self._ports, ballot_id=ballot.id, playable=playable)
        if decided is None or decided.won is None or decided.candidates[decided.won].track_id not in playable:
            return None
        found = await self._ports.reader.library_playable_track(decided.candidates[decided.won].track_id)
        return Chosen(found, ballots.reason_of(decided, decided.won)) if found else None

    async def _thought(self, stage: str, *, after: Sequence[str]) -> Chosen | None:
        for choice in await self.best(stage, after=after, count=_SPARE):
            playable = await self._ports.reader.library_playable_track(choice.track_id)
            if playable is not None:
                labels = playable.track.labels
                key = track_key(labels.artist, labels.title)
                await ballots.keep_choice(self._ports, KeptChoice(stage, playable.track.id, key, choice.reason))
                return Chosen(playable, choice.reason)
        return None

    async def fitting(self, stage: str) -> Fitting:
        """See `ports.house.Chooser`."""
        kept = await self._ports.reader.stage_house(stage)
        shelf = await self._stock.shelf(self._ports.reader)
        allowed = await asyncio.to_thread(shelf.allowed, kept.rules if kept else HouseRules())
        return Fitting(int(allowed.sum()), len(shelf.ids))

    async def candidates(self, stage: str) -> list[Candidate]:
        """See `ports.house.Chooser`: the best by different artists."""
        found = []
        for choice in await self.best(stage, after=(), count=CANDIDATES):
            playable = await self._ports.reader.library_playable_track(choice.track_id)
            if playable is not None:
                labels = playable.track.labels
                found.append(Candidate(choice.track_id, labels.artist, labels.title, choice.reason))
        return found if len(found) > 1 else []

    async def best(self, stage: str, *, after: Sequence[str], count: int) -> list[Choice]:
        """The `count` best to come next, best first and of different artists where there are so many.

        Raises: as `next_track`.
        """
        ports, present = self._ports, sorted(self._present(stage))
        behind = await gather(ports, stage_id=stage)
        shelf = await self._stock.shelf(ports.reader)
        spoken = await self._words.of(ports.reader, present, plays=[play.id for play in behind.plays])
        asked = _Asked(stage, present, tuple(after), count)
        return await asyncio.to_thread(_choose, shelf, behind, spoken, asked)


@dataclass(frozen=True, slots=True)
class _Asked:
    """A question."""

    stage: str
    #: in their order
    present: Sequence[str]
    #: what comes before it, the latest last
    after: tuple[str, ...]
    count: int


def _allowed_among(shelf: "Shelf", track_ids: Sequence[str], rules: HouseRules) -> frozenset[str]:
    """Those of some tracks that are there and that a manager's rules let through."""
    allowed = shelf.allowed(rules)
    return frozenset(one for one in track_ids if one in shelf.rows and allowed[shelf.rows[one]])


def _choose(shelf: "Shelf", behind: Background, spoken: Spoken, asked: _Asked) -> list[Choice]:
    from appliance.house.choosing import Situation, choose  # noqa: PLC0415 - numpy, when somebody asks
    from appliance.house.taste import learned  # noqa: PLC0415

    last = behind.plays[0].id if behind.plays else ""
    situation = Situation(
        heard=_heard(shelf, behind, spoken, after=asked.after),
        rules=behind.rules,
        # What is not known is drawn anew for each song, and not for each question.
        seed=zlib.crc32("\0".join((asked.stage, last, *asked.after)).encode()),
    )
    tastes = learned(_votes(shelf, behind, spoken, asked.present), shelf, dancers=len(asked.present))
    return choose(shelf, tastes, situation, count=asked.count)


def _row_of(shelf: "Shelf", one: KnownPlay) -> int | None:
    return shelf.row_of(group=one.group, key=one.key)


def _heard(shelf: "Shelf", behind: Background, spoken: Spoken, *, after: Sequence[str]) -> list[Heard]:
    """Youngest first, each track once."""
    # What comes before it was not heard yet: younger than everything, and the last of it the youngest.
    found = [Heard(track_id, (place - len(after)) / 1000) for place, track_id in enumerate(reversed(after))]
    for play in behind.plays:
        row = _row_of(shelf, spoken.plays[play.id]) if play.id in spoken.plays else None
        if row is not None:
            found.append(Heard(shelf.ids[row], age_ms(play, behind.at) / _HOUR_MS))
    youngest: dict[str, Heard] = {}
    for one in found:
        youngest.setdefault(one.track_id, one)
    return list(youngest.values())


def _votes(shelf: "Shelf", behind: Background, spoken: Spoken, present: Sequence[str]) -> "Votes":
    """What was said, as numbers. A word is as old as its play: that goes by the box's own time, not by the wall's."""
    import numpy as np  # noqa: PLC0415 - numpy, when somebody asks

    from appliance.house.taste import Votes  # noqa: PLC0415

    # The last stands for plays that were taken back, or of tracks that the library has not.
    places = {play_id: place for place, play_id in enumerate(spoken.plays)}
    rows = [_row_of(shelf, one) for one in spoken.plays.values()]
    row_at = np.array([*(-1 if row is None else row for row in rows), -1])
    age_at = np.array([*(age_ms(one.play, behind.at) / _HOUR_MS for one in spoken.plays.values()), 0.0])
    said = [spoken.said.get(guest, {}) for guest in present]
    dancers = np.repeat(np.arange(len(said)), [len(words) for words in said])
    where = np.array([places.get(play_id, -1) for words in said for play_id in words], dtype=np.int64)
    likes = np.fromiter(chain.from_iterable(words.values() for words in said), dtype=bool)
    counts = row_at[where] >= 0
    where = where[counts]
    return Votes(dancers[counts], row_at[where], likes=likes[counts], ages_h=age_at[where])
