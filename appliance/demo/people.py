"""The people of the evening: DJs who play their sets and dancers who look, like and go home.

Each only knows their own part of the script and what the box tells them. Nobody's bad luck is anybody else's.
"""

import asyncio
import random
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from appliance.demo.commentary import Commentary
from appliance.demo.consoles import Console
from appliance.demo.desks import Desk
from appliance.demo.moments import Feeling, HandsOver
from appliance.demo.pace import Pace
from appliance.demo.script import DjSet, Slot, Tap, Visit
from appliance.demo.web_client import WebClient
from appliance.errors import BoxError, Unavailable

_AGAIN_AFTER_S = 0.5
#: of those who see a poll, so many answer
_ANSWERS = 0.6


@dataclass(frozen=True, slots=True)
class Dj:
    """Plays sets at a desk."""

    desk: Desk
    commentary: Commentary
    #: makes each play's id
    new_id: Callable[[], str]
    #: where the DJ says things beside the music; None: says nothing
    console: Console | None = None

    async def play(self, played: DjSet, pace: Pace, *, before: DjSet | None) -> None:
        """One set, to its end. What the box does not take is said, and the set goes on."""
        stage = played.stage
        await pace.until(played.starts_s)
        if await self._insist(lambda: self.desk.start(stage), stage=stage, pace=pace, until_s=played.ends_s):
            await self.commentary.set_began(pace, played, before=before)
        said = asyncio.create_task(self._speak(played, pace))
        try:
            for slot in played.slots:
                # After an outage the records of that time were heard already, by nobody's phone.
                if pace.now_s() < slot.ends_s:
                    await self._spin(played, slot, pace)
        finally:
            said.cancel()
        handed_over = said.done() and not said.cancelled() and said.result()
        if not handed_over:
            await self._insist(self.desk.end, stage=stage, pace=pace, until_s=pace.now_s())

    async def _speak(self, played: DjSet, pace: Pace) -> bool:
        """Says what there is to say in a set; whether the stage was offered to the next DJ. What fails stays unsaid."""
        handed_over = False
        for moment in played.moments if self.console is not None else ():
            await pace.until(moment.at_s)
            assert self.console is not None  # or there would be no moment
            try:
                await self.console.do(moment, stage=played.stage)
            except BoxError as error:
                # Two polls in a quarter of an hour, a fast evening: the next one says it again.
                self.commentary.trouble(played.stage, error)
                continue
            await self.commentary.said(pace, played, moment)
            handed_over = isinstance(moment, HandsOver)
        return handed_over

    async def _spin(self, played: DjSet, slot: Slot, pace: Pace) -> None:
        stage, play_id = played.stage, self.new_id()
        await pace.until(slot.starts_s)

        async def announce() -> None:
            await self.desk.play(slot.song, play_id=play_id)

        if await self._insist(announce, stage=stage, pace=pace, until_s=slot.ends_s):
            await self.commentary.track_began(pace, played, slot)
        await pace.until((slot.starts_s + slot.ends_s) / 2)
        await self._insist(self.desk.alive, stage=stage, pace=pace, until_s=pace.now_s())
        await pace.until(slot.ends_s)
        if slot.silence_s:
            await self._insist(self.desk.stop, stage=stage, pace=pace, until_s=slot.ends_s + slot.silence_s)
            await pace.until(slot.ends_s + slot.silence_s)

    async def _insist(self, request: Callable[[], Awaitable[None]], *, stage: str, pace: Pace, until_s: float) -> bool:
        """Whether the box did it; asks again while that may help and is not too late."""
        while True:
            try:
                await request()
            except BoxError as error:
                self.commentary.trouble(stage, error)
                if not isinstance(error, Unavailable) or pace.now_s() >= until_s:
                    return False
                await asyncio.sleep(_AGAIN_AFTER_S)
            else:
                self.commentary.all_well(stage)
                return True


@dataclass(slots=True)
class Dancer:
    """A guest with a phone."""

    web: WebClient
    dice: random.Random
    _seen: str | None = field(default=None, init=False)
    _liked: str | None = field(default=None, init=False)
    _polls: set[str] = field(default_factory=set, init=False)

    async def spend(self, visits: tuple[Visit, ...], pace: Pace) -> None:
        """An evening."""
        for visit in visits:
            await pace.until(visit.arrives_s)
            if await self._open_page(visit, pace):
                await self._stay(visit, pace)

    async def _open_page(self, visit: Visit, pace: Pace) -> bool:
        """Makes the phone a guest of the box; tries until it is time to go."""
        while pace.now_s() < visit.leaves_s:
            try:
                await self.web.ask("GET", f"/s/{visit.stage}")
            except BoxError:
                await self._wait_a_little()
            else:
                return True
        return False

    async def _stay(self, visit: Visit, pace: Pace) -> None:
        async with asyncio.TaskGroup() as phone:
            page = phone.create_task(self._watch(visit.stage)) if visit.watches else None
            phone.create_task(self._feel(visit, pace))
            for tap in visit.taps:
                await pace.until(tap.at_s)
                await self._tap(tap, visit)
            await pace.until(visit.leaves_s)
            if page is not None:
                page.cancel()

    async def _watch(self, stage: str) -> None:
        """Keeps the page open; it comes back by itself, as pages do."""
        while True:
            try:
                async for event in self.web.events(f"/api/v1/stages/{stage}/stream"):
                    if event.name in {"state", "now"}:
                        self._seen = event.data.get("now", {}).get("play")
                    if event.name in {"state", "poll"}:
                        await self._answer(stage, event.data.get("poll"))
            except BoxError:
                self._seen = None
            await self._wait_a_little()

    async def _tap(self, tap: Tap, visit: Visit) -> None:
        try:
            if not visit.watches:
                state = await self.web.ask("GET", f"/api/v1/stages/{visit.stage}/now")
                self._seen = state.get("now", {}).get("play")
            if tap.liked and self._seen:
                await self.web.ask("PUT", f"/api/v1/plays/{self._seen}/like")
                self._liked = self._seen
            elif not tap.liked and self._liked:
                await self.web.ask("DELETE", f"/api/v1/plays/{self._liked}/like")
                self._liked = None
        except BoxError:
            return  # the heart stays as it was

    async def _answer(self, stage: str, poll: dict[str, Any] | None) -> None:
        """Looks at a poll once, and mostly answers it."""
        if poll is None or not poll["open"] or poll["id"] in self._polls:
            return
        self._polls.add(poll["id"])
        if self.dice.random() < _ANSWERS:
            option = self.dice.randrange(len(poll["options"]))
            await self._say("PUT", f"/api/v1/stages/{stage}/polls/{poll['id']}/vote", {"option": option})

    async def _feel(self, visit: Visit, pace: Pace) -> None:
        """Says how the tempo feels, and thanks."""
        for feeling in visit.feelings:
            await pace.until(feeling.at_s)
            await self._say_feeling(feeling, visit.stage)

    async def _say_feeling(self, feeling: Feeling, stage: str) -> None:
        if feeling.tempo is None:
            thanks = {"id": secrets.token_hex(8), "kind": "thank_you"}
            await self._say("POST", f"/api/v1/stages/{stage}/reactions", thanks)
        elif self._seen:
            await self._say("PUT", f"/api/v1/stages/{stage}/plays/{self._seen}/tempo", {"vote": feeling.tempo})

    async def _say(self, method: str, path: str, body: object) -> None:
        try:
            await self.web.ask(method, path, body=body)
        except BoxError:
            return  # too late, or the box is away: a phone would say so, and that is all

    async def _wait_a_little(self) -> None:
        await asyncio.sleep(self.dice.uniform(1.0, 3.0))
