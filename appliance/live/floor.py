"""How alive each floor is, counted as things happen and told for each minute.

Owns the minute that runs and the last half hour, in memory. Guests' ids are in here for a minute, so that nobody makes
a crowd by tapping twice; what is kept are numbers.
"""

import logging
from collections import defaultdict, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from appliance.clock import Clock
from appliance.domain.events import GuestForgotten, Happened, LikeGiven, LikeRemoved, ReactionSent, TempoVoted
from appliance.domain.floor import Minute, Minutes
from appliance.domain.voices import Tempo
from appliance.errors import BoxError
from appliance.ports import Ports
from appliance.usecases import floor

log = logging.getLogger(__name__)

#: reactions of one guest that count in a minute
REACTIONS_MOST = 3


@dataclass
class _Running:
    """The minute that runs on one stage."""

    likes: set[tuple[str, str]] = field(default_factory=set)
    votes: dict[str, Tempo] = field(default_factory=dict)
    reactions: dict[str, int] = field(default_factory=dict)

    def forget(self, guest: str) -> None:
        self.likes = {(who, play) for who, play in self.likes if who != guest}
        self.votes.pop(guest, None)
        self.reactions.pop(guest, None)

    def minute(self, guests: int) -> Minute:
        perfect = sum(vote is Tempo.PERFECT for vote in self.votes.values())
        reactions = sum(min(count, REACTIONS_MOST) for count in self.reactions.values())
        return Minute(guests, len(self.likes), reactions, perfect, len(self.votes) - perfect)


class Floor:
    """The floors of this run."""

    def __init__(self, *, clock: Clock) -> None:
        self._clock = clock
        self._ports: Ports | None = None
        self._running: dict[str, _Running] = defaultdict(_Running)
        self._minutes: dict[str, deque[Minute | None]] = defaultdict(lambda: deque(maxlen=floor.LOOKED_AT))

    async def start(self, ports: Ports) -> None:
        """Goes on with what was counted before the start. Raises: Unavailable."""
        self._ports = ports
        for stage_id, minutes in (await floor.recent(ports)).items():
            self._minutes[stage_id].extend(minutes)

    def on_commit(self, events: Sequence[Happened]) -> None:
        """Notes what guests said, once it is durable."""
        for event in events:
            match event:
                case LikeGiven():
                    self._running[event.stage_id].likes.add((event.guest_id, event.play_id))
                case LikeRemoved():
                    self._running[event.stage_id].likes.discard((event.guest_id, event.play_id))
                case ReactionSent():
                    said = self._running[event.stage_id].reactions
                    said[event.guest_id] = said.get(event.guest_id, 0) + event.n
                case TempoVoted(vote=None):
                    self._running[event.stage_id].votes.pop(event.guest_id, None)
                case TempoVoted(vote=vote) if vote is not None:
                    self._running[event.stage_id].votes[event.guest_id] = vote
                case GuestForgotten(guest_id=guest_id):
                    for running in self._running.values():
                        running.forget(guest_id)
                case _:
                    pass

    async def turn(self, guests: Mapping[str, int]) -> None:
        """A minute is over; `guests` are the phones that were there in it, by stage."""
        ended = {
            stage_id: self._running[stage_id].minute(guests.get(stage_id, 0))
            for stage_id in {*guests, *self._running, *self._minutes}
        }
        self._running.clear()
        for stage_id, minute in ended.items():
            self._minutes[stage_id].append(minute)
        if self._ports is None:
            return
        try:
            await floor.keep(self._ports, ended, at=self._clock.now())
        except BoxError as error:
            log.warning("How alive the floors are could not be kept: %s", error.detail)

    def minutes(self, stage_id: str) -> Minutes:
        """The latest minutes on a stage, the oldest first."""
        return tuple(self._minutes.get(stage_id, ()))
