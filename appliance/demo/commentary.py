"""The demo's running commentary: one calm line for each record and each change at the desk.

What it tells it has asked the box, as a phone would. It must not steer anything.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from appliance.demo import script
from appliance.demo.moments import Asks, Closes, HandsOver, Moment, Says
from appliance.demo.pace import Pace
from appliance.demo.script import DjSet, Slot
from appliance.demo.web_client import WebClient
from appliance.errors import BoxError

_HISTORY_MOST = 30


@dataclass(slots=True)
class Commentary:
    """Speaks for all stages."""

    web: WebClient
    #: takes each line
    say: Callable[[str], None]
    #: what was said last of each stage's trouble, so that it is said once
    _troubles: dict[str, str] = field(default_factory=dict)

    async def set_began(self, pace: Pace, played: DjSet, *, before: DjSet | None) -> None:
        """Another DJ is on, or the same again."""
        if before is None:
            words = f"{played.dj} opens."
        elif before.dj == played.dj:
            words = f"{played.dj} is back."
        else:
            plays = await self._history(played.stage, limit=len(before.slots))
            likes = sum(play["likes"] for play in plays)
            words = f"{before.dj} hands over to {played.dj} after {len(plays)} tracks with {_likes(likes)}."
        await self._line(pace, played.stage, words)

    async def track_began(self, pace: Pace, played: DjSet, slot: Slot) -> None:
        """A record is on."""
        plays = await self._history(played.stage, limit=2)
        last = f" (the one before: {_likes(plays[1]['likes'])})" if len(plays) > 1 else ""
        tempo = f", {slot.song.bpm:g} bpm" if slot.song.bpm else ""
        await self._line(pace, played.stage, f"“{slot.song.title}” by {slot.song.artist}{tempo}{last}")

    async def said(self, pace: Pace, played: DjSet, moment: Moment) -> None:
        """A DJ said something beside the music."""
        match moment:
            case Asks():
                words = f"{played.dj} asks: {moment.question}"
            case Says():
                words = f"{played.dj} says: {moment.text}"
            case Closes():
                words = f"{played.dj} says that this is the last song."
            case HandsOver():
                words = f"{played.dj} offers the stage to {moment.to}: “{moment.note}”"
        await self._line(pace, played.stage, words)

    def trouble(self, stage: str, error: BoxError) -> None:
        """Something the DJ asked for was not done."""
        if self._troubles.get(stage) != error.code:
            self._troubles[stage] = error.code
            self.say(f"         {script.STAGE_NAMES[stage]}: {error}")

    def all_well(self, stage: str) -> None:
        """The trouble is over."""
        self._troubles.pop(stage, None)

    async def _line(self, pace: Pace, stage: str, words: str) -> None:
        listeners = await self._listeners(stage)
        name = script.STAGE_NAMES[stage]
        self.say(f"  {script.time_of(pace.now_s())}  {name:<10}  {listeners:>3} listening  {words}")

    async def _listeners(self, stage: str) -> int:
        try:
            return int((await self.web.ask("GET", f"/api/v1/stages/{stage}/now"))["listeners"])
        except BoxError:
            return 0  # the box is away for a moment, and so is everybody

    async def _history(self, stage: str, *, limit: int) -> list[dict[str, Any]]:
        try:
            answer = await self.web.ask("GET", f"/api/v1/stages/{stage}/history?limit={min(limit, _HISTORY_MOST)}")
        except BoxError:
            return []
        plays: list[dict[str, Any]] = answer["plays"]
        return plays


def _likes(count: int) -> str:
    return "1 like" if count == 1 else f"{count} likes"
