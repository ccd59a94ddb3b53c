"""The house's choice on a running box: `ports.house.Chooser`.

Owns the shelf of this run and the thread on which sums are done; numpy is loaded by the first question, so that a box
without a house player never pays for it. What the house goes by is read by the use case.
"""

import asyncio
import zlib
from collections.abc import Callable, Collection, Sequence
from typing import TYPE_CHECKING

from appliance.domain.ballots import CANDIDATES, Candidate
from appliance.domain.house import Choice, Heard, HouseRules, HouseTrack, TrackKey, Vote, track_key
from appliance.domain.library import LibraryCounts
from appliance.domain.models import Play
from appliance.domain.rules import age_ms, identity_key
from appliance.ports import Ports
from appliance.ports.house import Chosen, KeptChoice
from appliance.usecases import ballots
from appliance.usecases.house import Background, gather, house_of

if TYPE_CHECKING:
    from appliance.house.shelf import Shelf

#: while a library grows, it is not shelved anew more often than this
SHELVED_AT_MOST_MS = 20_000
#: and always after so long: what was heard again sounds otherwise, and nothing is counted by that
SHELVED_AT_LEAST_MS = 10 * 60_000
#: so many are looked at in case the best have been taken away since
_SPARE = 5
_HOUR_MS = 3_600_000

#: guests who are at a stage
Present = Callable[[str], Collection[str]]


class HouseChooser:
    """Chooses by the tastes of who is there."""

    def __init__(self, ports: Ports, *, present: Present) -> None:
        self._ports = ports
        self._present = present
        self._shelving = asyncio.Lock()
        self._kept: _Kept | None = None

    async def next_track(self, stage: str, *, after: tuple[str, ...]) -> Chosen | None:
        """See `ports.house.Chooser`. What dancers are asked meanwhile is decided by this."""
        chosen = await self._voted(stage, after=after) or await self._thought(stage, after=after)
        if chosen is not None:
            track = chosen.playable.track
            key = track_key(track.labels.artist, track.labels.title)
            await ballots.keep_choice(self._ports, KeptChoice(stage, track.id, key, chosen.why))
        return chosen

    async def _voted(self, stage: str, *, after: Sequence[str]) -> Chosen | None:
        """What dancers chose, if they were asked, it may be played, and it is not what comes already."""
        ballot = await self._ports.reader.newest_ballot(stage)
        if ballot is None or not ballot.asks:
            return None
        house = await house_of(self._ports, stage)
        kept = await self._shelved()
        ids = [one.track_id for one in ballot.candidates if one.track_id not in after]
        playable = await asyncio.to_thread(kept.allowed_among, ids, house.rules)
        decided = await ballots.decide(self._ports, ballot_id=ballot.id, playable=playable)
        if decided is None or decided.won is None or decided.candidates[decided.won].track_id not in playable:
            return None
        found = await self._ports.reader.library_playable_track(decided.candidates[decided.won].track_id)
        return Chosen(found, ballots.reason_of(decided, decided.won)) if found else None

    async def _thought(self, stage: str, *, after: Sequence[str]) -> Chosen | None:
        for choice in await self.best(stage, after=after, count=_SPARE):
            playable = await self._ports.reader.library_playable_track(choice.track_id)
            if playable is not None:
                return Chosen(playable, choice.reason)
        return None

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
        present = self._present(stage)
        behind = await gather(self._ports, stage_id=stage, present=present)
        kept = await self._shelved()
        return await asyncio.to_thread(_choose, kept, behind, stage=stage, present=present, after=after, count=count)

    async def _shelved(self) -> "_Kept":
        async with self._shelving:
            counts, now_ms = await self._ports.reader.library_counts(), self._ports.clock.now().boot_ms
            if self._kept is None or self._kept.is_old(counts, now_ms=now_ms):
                tracks = await self._ports.reader.house_tracks()
                self._kept = await asyncio.to_thread(_Kept, tracks, counts, now_ms=now_ms)
            return self._kept


class _Kept:
    """The library as the sums want it, and how plays find their tracks in it. Made on a thread."""

    def __init__(self, tracks: Sequence[HouseTrack], counts: LibraryCounts, *, now_ms: int) -> None:
        from appliance.house.shelf import shelved  # noqa: PLC0415 - see the module

        self.shelf: Shelf = shelved(tracks)
        self.ids: dict[TrackKey, str] = {track.key: track.id for track in tracks}
        self._counts = counts
        self._made_ms = now_ms

    def is_old(self, counts: LibraryCounts, *, now_ms: int) -> bool:
        """Whether the library has to be looked at again."""
        age = now_ms - self._made_ms
        return age > SHELVED_AT_LEAST_MS or (counts != self._counts and (age > SHELVED_AT_MOST_MS or not self.ids))

    def allowed_among(self, track_ids: Sequence[str], rules: HouseRules) -> frozenset[str]:
        """Those of some tracks that are there and that a manager's rules let through."""
        allowed, rows = self.shelf.allowed(rules), self.shelf.rows
        return frozenset(one for one in track_ids if one in rows and allowed[rows[one]])

    def id_of(self, play: Play) -> str | None:
        """The library's id of what was played, if the library has it."""
        return self.ids.get((identity_key(play.track.artist), identity_key(play.track.title)))


def _choose(
    kept: _Kept, behind: Background, *, stage: str, present: Collection[str], after: Sequence[str], count: int
) -> list[Choice]:
    from appliance.house.choosing import Situation, choose  # noqa: PLC0415 - see the module
    from appliance.house.taste import learned  # noqa: PLC0415 - see the module

    last = behind.plays[0].id if behind.plays else ""
    situation = Situation(
        heard=_heard(kept, behind, after=after),
        rules=behind.rules,
        # What is not known is drawn anew for each song, and not for each question.
        seed=zlib.crc32("\0".join((stage, last, *after)).encode()),
    )
    tastes = learned(_votes(kept, behind), kept.shelf, present=list(present))
    return choose(kept.shelf, tastes, situation, count=count)


def _heard(kept: _Kept, behind: Background, *, after: Sequence[str]) -> list[Heard]:
    """Youngest first, each track once."""
    found = [Heard(track_id, 0.0) for track_id in reversed(after)]
    for play in behind.plays:
        track_id = kept.id_of(play)
        if track_id is not None:
            found.append(Heard(track_id, age_ms(play, behind.at) / _HOUR_MS))
    youngest: dict[str, Heard] = {}
    for one in found:
        youngest.setdefault(one.track_id, one)
    return list(youngest.values())


def _votes(kept: _Kept, behind: Background) -> list[Vote]:
    votes = []
    for word in behind.words:
        track_id = kept.ids.get(word.key)
        if track_id is not None:
            # By the wall: half of a word's weight goes in months, so that a clock put right takes little from it.
            age_h = max(0, behind.at.wall_ms - word.at_ms) / _HOUR_MS
            votes.append(Vote(word.guest_id, track_id, word.is_like, age_h))
    return votes
