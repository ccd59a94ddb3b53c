"""The running link as plain lines: one for each thing that changed. For logs, pipes and terminals without a booth."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from sync.link.live import LinkNow
from sync.link.running import Running
from sync.link.telling import OTHER_KEY, box_words, clock_time, play_words, source_words

_LOOK_EVERY_S = 0.5
_PLAYS_MOST = 50


@dataclass(slots=True)
class Lines:
    """Says what changed since it looked last."""

    running: Running
    say: Callable[[str], None]
    _box: str = ""
    _sources: dict[str, str] = field(default_factory=dict)
    #: by id, whether it was taken back
    _plays: dict[str, bool] | None = None

    async def follow(self) -> None:
        """Until cancelled."""
        while True:
            self.look()
            await asyncio.sleep(_LOOK_EVERY_S)

    def look(self) -> None:
        """Once."""
        now = self.running.now()
        for source in now.sources:
            words = "here" if source.usable and not source.trouble else source_words(source)
            # What is not there at the start is no news.
            if self._sources.get(source.name, "not here") != words:
                self._line(f"{source.name}: {words}")
            self._sources[source.name] = words
        self._look_at_plays()
        self._look_at_box(now)

    def _look_at_plays(self) -> None:
        plays = self.running.at_hand.store.last_plays(_PLAYS_MOST)
        for play in reversed(plays):
            if self._plays is not None and self._plays.get(play.id) != play.retracted:
                self._line(f"{play_words(play)}  [{play.source}]")
        self._plays = {play.id: play.retracted for play in plays}

    def _look_at_box(self, now: LinkNow) -> None:
        waiting = self.running.waiting()
        words = box_words(now, waiting=waiting)
        # The number alone is no news while nobody answers; nor is a play that takes a moment.
        reason = now.reason if now.mood == "refused" or now.reason == OTHER_KEY else ""
        state = f"{now.box} {now.mood} {reason} {bool(waiting)}"
        if state != self._box and not (now.mood == "done" and waiting):
            self._line(words)
            self._box = state

    def _line(self, words: str) -> None:
        self.say(f"{clock_time(int(time.time() * 1000))}  {words}")
