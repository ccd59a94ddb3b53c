"""Asks dancers what shall come next, each time a song of the house is on.

Owns nothing but the tasks that do so: what may be chosen from is the house's business, and what is asked and said is in
the store. A song that nobody could be asked in is played all the same.
"""

import asyncio
import logging
from collections.abc import Sequence

from appliance.domain.ballots import Candidate
from appliance.domain.events import Happened, PlayAnnounced
from appliance.domain.models import Play
from appliance.errors import BoxError
from appliance.ports import Ports
from appliance.ports.house import Chooser
from appliance.usecases import ballots

log = logging.getLogger(__name__)


class NextUp:
    """The asking of this run."""

    def __init__(self) -> None:
        self._ports: Ports | None = None
        self._house: Chooser | None = None
        self._asking: set[asyncio.Task[None]] = set()

    def start(self, ports: Ports, house: Chooser, *, now_on: Sequence[Play]) -> None:
        """Begins; `now_on` is what plays already, on each stage."""
        self._ports, self._house = ports, house
        for play in now_on:
            self._later(play)

    def stop(self) -> None:
        """Asks nothing more."""
        for task in self._asking:
            task.cancel()

    def on_commit(self, events: Sequence[Happened]) -> None:
        """Notes what is on, once that is durable."""
        for event in events:
            if isinstance(event, PlayAnnounced) and event.current:
                self._later(event.play)

    def _later(self, play: Play) -> None:
        task = asyncio.get_running_loop().create_task(self._ask(play), name="next-up")
        self._asking.add(task)
        task.add_done_callback(self._asking.discard)

    async def _ask(self, play: Play) -> None:
        assert self._ports is not None  # nothing is on before the start
        try:
            if await self._is_houses(play):
                await ballots.open_ballot(self._ports, play_id=play.id, candidates=await self._candidates(play))
        except BoxError as error:
            log.warning("Nobody could be asked what shall come after %s: %s", play.id, error.detail)

    async def _is_houses(self, play: Play) -> bool:
        """A DJ's songs cost the house nothing."""
        assert self._ports is not None
        players = await self._ports.reader.players()
        session = await self._ports.reader.session(play.session_id) if players else None
        return session is not None and session.dj_id in {player.dj_id for player in players}

    async def _candidates(self, play: Play) -> list[Candidate]:
        assert self._house is not None
        try:
            return await self._house.candidates(play.stage_id)
        except BoxError as error:
            # Outside of its hours the house lets the song end; its page still says that the house plays.
            log.info("There is nothing to choose from on %s: %s", play.stage_id, error.detail)
            return []
