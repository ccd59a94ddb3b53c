"""Pages that everybody shares who comes at one moment: drawn seldom, and never older than they may be."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import pytest

from appliance.errors import NotKnown
from appliance.web.shared import FOR_MS, SharedPages
from tests.support.evening import TurnedClock


@dataclass
class Hall:
    """What happens, and pages that say how much of it they have seen."""

    clock: TurnedClock = field(default_factory=TurnedClock)
    happened: int = 0
    drawings: int = 0
    #: what a drawing waits for, as for the database
    reading: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.pages = SharedPages(clock=self.clock, happened=lambda: self.happened)
        self.reading.set()

    async def draw(self) -> bytes:
        self.drawings += 1
        seen = self.happened
        await asyncio.sleep(0)
        await self.reading.wait()
        return b"saw %d" % seen

    async def ask(self, *name: str) -> bytes:
        return (await self.pages.page(name or ("main-floor", "en"), self.draw)).body


def run(scene: Callable[[], Awaitable[None]]) -> None:
    async def body() -> None:
        await scene()

    asyncio.run(body())


def test_a_thousand_who_come_at_once_share_few_drawings() -> None:
    async def scene() -> None:
        hall = Hall()
        assert {*await asyncio.gather(*(hall.ask() for _ in range(1000)))} == {b"saw 0"}
        assert hall.drawings == 1

    run(scene)


def test_whatever_happens_and_whatever_second_comes_there_is_a_new_drawing() -> None:
    async def scene() -> None:
        hall = Hall()
        await hall.ask()
        hall.happened += 1
        assert await hall.ask() == b"saw 1"
        hall.clock.pass_s(FOR_MS / 1000 - 0.001)
        await hall.ask()
        assert hall.drawings == 2
        hall.clock.pass_s(0.001)
        await hall.ask()
        assert hall.drawings == 3
        hall.clock.reboot()  # a clock that goes back keeps nothing alive
        await hall.ask()
        assert hall.drawings == 4

    run(scene)


def test_nobody_gets_a_page_that_is_older_than_what_happened_before_they_came() -> None:
    async def scene() -> None:
        hall = Hall()
        hall.reading.clear()
        early = asyncio.create_task(hall.ask())
        await asyncio.sleep(0.01)
        hall.happened += 1  # while the first is being drawn
        late = [asyncio.create_task(hall.ask()) for _ in range(100)]
        await asyncio.sleep(0.01)
        hall.reading.set()
        assert await early == b"saw 0"
        assert {*await asyncio.gather(*late)} == {b"saw 1"}
        assert hall.drawings == 2

    run(scene)


def test_while_something_happens_all_the_time_those_who_wait_still_share() -> None:
    async def scene() -> None:
        hall = Hall()

        async def busy() -> None:
            while True:
                hall.happened += 1
                await asyncio.sleep(0)

        storm = asyncio.create_task(busy())
        await asyncio.gather(*(hall.ask() for _ in range(1000)))
        storm.cancel()
        assert hall.drawings <= 3

    run(scene)


def test_stages_and_languages_have_their_own_and_few_are_kept() -> None:
    async def scene() -> None:
        hall = Hall()
        for number in range(100):
            await hall.ask(f"stage-{number}", "de")
            await hall.ask(f"stage-{number}", "pl")
        assert hall.drawings == 200
        await hall.ask("stage-99", "de")
        assert hall.drawings == 200
        await hall.ask("stage-0", "de")
        assert hall.drawings == 201

    run(scene)


def test_a_drawing_that_fails_or_is_given_up_is_in_nobody_s_way() -> None:
    async def scene() -> None:
        hall = Hall()

        async def fail() -> bytes:
            raise NotKnown("stage_unknown", "There is no such stage here.")

        with pytest.raises(NotKnown):
            await hall.pages.page(("main-floor", "en"), fail)
        hall.reading.clear()
        gone = asyncio.create_task(hall.ask())
        waits = asyncio.create_task(hall.ask())
        await asyncio.sleep(0.01)
        gone.cancel()
        hall.reading.set()
        assert await waits == b"saw 0"

    run(scene)
