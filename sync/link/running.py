"""The running link: watches all sources, carries to the box, and tells the commands beside it how it goes.

Ties the parts together and owns none of their decisions.
"""

import asyncio
import os
import time
from dataclasses import dataclass, field

from appliance.analysis import Analyst
from sync.link.asides import KeptAside, lately
from sync.link.carrier import Mood
from sync.link.connection import Connection, chosen, words_for
from sync.link.hearing import Hearing
from sync.link.live import LinkNow, Live, SourceNow
from sync.link.opening import AtHand
from sync.link.sources.catalog import catalog
from sync.link.sources.machine import Machine
from sync.link.sources.source import Sighting
from sync.link.sparing import Sparing
from sync.link.store.database import History
from sync.link.store.sounds import SoundsStore
from sync.link.telling import OTHER_KEY
from sync.link.truth import Trust, Truth
from sync.link.watch import SourceState, Watch

_REPORT_EVERY_S = 0.5


@dataclass(slots=True)
class Running:
    """One run. Made by `prepare`."""

    at_hand: AtHand
    watch: Watch
    connection: Connection
    live: Live
    #: None where the DJ wants no files listened to
    hearing: Hearing | None = None
    started_ms: int = field(default_factory=lambda: int(time.time() * 1000))

    async def run(self) -> None:
        """Until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.watch.run(), name="watch")
            tasks.create_task(self.connection.run(), name="carry")
            tasks.create_task(self._report(), name="report")
            if self.hearing is not None:
                tasks.create_task(self.hearing.run(), name="hear")

    async def _report(self) -> None:
        while True:
            self.answer()
            self.live.tell(self.now())
            await asyncio.sleep(_REPORT_EVERY_S)

    def answer(self) -> None:
        """Does what a command asked for, once."""
        question = self.live.open_question()
        if question is not None:
            self.live.answer(question, self.heard())

    def heard(self) -> str:
        """The DJ says that the newest load is heard: its words, empty when nothing is loaded."""
        return " / ".join(f"{play.artist} - {play.title}" if play.artist else play.title for play in self.watch.vouch())

    def now(self) -> LinkNow:
        """How it goes."""
        progress = self.connection.progress
        return LinkNow(
            pid=os.getpid(),
            started_ms=self.started_ms,
            box=self.connection.box,
            # Between two batches it is neither; that is nobody's news.
            mood=(Mood.DONE if progress.mood is Mood.SENDING else progress.mood).value,
            reason=OTHER_KEY if progress.stranger else progress.reason,
            sources=[_source(name, state) for name, state in self.watch.states.items()],
            hearing=self.hearing.words() if self.hearing else "",
        )

    def waiting(self) -> int:
        """Entries that the chosen box does not have."""
        return self.history().waiting

    def history(self) -> History:
        """How far everything is at the chosen box."""
        return self.at_hand.store.history(self.at_hand.desk.box)

    def asides(self) -> list[KeptAside]:
        """What the box could not use lately."""
        return lately(self.at_hand.store, now_ms=self.at_hand.clock.now().wall_ms)


def _source(name: str, state: SourceState) -> SourceNow:
    last = state.last
    return SourceNow(
        name=name,
        usable=state.usable,
        trouble=state.trouble or ("" if state.usable else state.words),
        hint=state.words if state.usable else "",
        last=_words(last) if last else "",
        confidence=last.confidence.value if last else "",
    )


def _words(sighting: Sighting) -> str:
    return f"{sighting.artist} - {sighting.title}" if sighting.artist else sighting.title


def prepare(at_hand: AtHand, machine: Machine) -> Running:
    """Everything for a run; nothing happens yet."""
    plays = at_hand.settings.plays
    trust = Trust(frozenset(plays.trust_loads), dwell_ms=plays.dwell_s * 1000, delay_ms=plays.delay_s * 1000)
    sources = catalog(at_hand.settings, machine)
    box = chosen(at_hand.store)
    # Named from the first picture on, not from the first answer.
    connection = Connection(at_hand.store, at_hand.clock, box=words_for(box) if box else "")
    hearing = _hearing(at_hand, connection) if plays.listen else None
    watch = Watch(
        at_hand.store,
        at_hand.desk,
        Truth(trust),
        at_hand.clock,
        sources.polled,
        sources.listening,
        on_kept=lambda plays: connection.wake(),  # noqa: ARG005 - which ones is the store's to know
    )
    if hearing is not None:
        watch.on_file = hearing.add
    return Running(at_hand, watch, connection, Live(at_hand.store), hearing)


def _hearing(at_hand: AtHand, connection: Connection) -> Hearing:
    sparing = Sparing()
    analyst = Analyst(should_wait=sparing.should_wait)
    sounds = SoundsStore(at_hand.store)
    return Hearing(at_hand.desk, sounds, at_hand.clock, analyst, sparing, on_kept=connection.wake)
