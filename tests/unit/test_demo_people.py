"""The demo's people when something goes wrong: the evening goes on without whoever was unlucky."""

import asyncio
import random
from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import Any, ClassVar

import pytest

from appliance.demo import evening
from appliance.demo.commentary import Commentary
from appliance.demo.pace import Pace
from appliance.demo.people import Dancer, Dj
from appliance.demo.script import MAIN_FLOOR, DjSet, Evening, Slot, Tap, Visit
from appliance.demo.songs import Song
from appliance.demo.web_client import Event, WebClient
from appliance.errors import Refused, Unavailable
from tests.support.ports import free_port

FAST = 600.0
SONGS = [Song(f"Title {number}", "Artist", 60) for number in range(3)]
SET = DjSet(MAIN_FLOOR, "DJ", tuple(Slot(song, 60.0 * at, 60.0 * (at + 1)) for at, song in enumerate(SONGS)))


class TroubledDesk:
    """A desk whose requests fail as told."""

    def __init__(self, failures: dict[str, list[Exception]]) -> None:
        self.failures = failures
        self.done: list[str] = []

    async def _do(self, what: str) -> None:
        if self.failures.get(what):
            raise self.failures[what].pop(0)
        self.done.append(what)

    async def start(self, stage: str) -> None:
        await self._do(f"start {stage}")

    async def play(self, song: Song, *, play_id: str) -> None:
        await self._do(f"play {song.title} as {play_id}")

    async def stop(self) -> None:
        await self._do("stop")

    async def alive(self) -> None:
        await self._do("alive")

    async def end(self) -> None:
        await self._do("end")


def evening_of(desk: TroubledDesk) -> list[str]:
    """Plays one set; what was said of troubles."""
    said: list[str] = []
    numbers = iter(range(100))
    # Nobody is there to be asked how many listen: the commentary goes on, too.
    commentary = Commentary(WebClient("127.0.0.1", free_port()), say=said.append)
    dj = Dj(desk, commentary, new_id=lambda: f"id{next(numbers)}")
    asyncio.run(timely(dj.play(SET, Pace(FAST), before=None)))
    return [line.strip() for line in said if line.startswith("   ")]


async def timely(story: Awaitable[None]) -> None:
    async with asyncio.timeout(5):
        await story


def plays(desk: TroubledDesk) -> list[str]:
    return [what for what in desk.done if what.startswith("play")]


def test_a_play_that_could_not_be_saved_is_sent_again_with_the_same_id() -> None:
    desk = TroubledDesk({"play Title 0 as id0": [Unavailable("box_away", "Away.")]})
    desk.failures["play Title 0 as id0"].append(Unavailable("box_away", "Away."))
    slow = DjSet(MAIN_FLOOR, "DJ", (Slot(SONGS[0], 0.0, 1200.0),))
    said: list[str] = []
    dj = Dj(desk, Commentary(WebClient("127.0.0.1", free_port()), say=said.append), new_id=lambda: "id0")
    asyncio.run(timely(dj.play(slow, Pace(FAST), before=None)))
    assert plays(desk) == ["play Title 0 as id0"]
    assert desk.done[-1] == "end"
    assert [line.strip() for line in said if "Away." in line] == ["Main Floor: Away."], "said once, not at every try"


def test_a_play_that_is_refused_does_not_end_the_set() -> None:
    desk = TroubledDesk({"play Title 1 as id1": [Refused("no", "Not this one.")]})
    assert evening_of(desk) == ["Main Floor: Not this one."]
    assert plays(desk) == ["play Title 0 as id0", "play Title 2 as id2"]
    assert desk.done[-1] == "end"


def test_a_record_that_nobody_heard_during_an_outage_is_not_announced_afterwards() -> None:
    async def scenario() -> TroubledDesk:
        desk = TroubledDesk({})
        # Slow enough that a busy machine does not sleep through the second record, too.
        pace = Pace(FAST / 5)
        await asyncio.sleep(0.75)  # 90 evening seconds: the first record and half of the second
        commentary = Commentary(WebClient("127.0.0.1", free_port()), say=lambda _: None)
        await timely(Dj(desk, commentary, new_id=lambda: "id").play(SET, pace, before=None))
        return desk

    assert plays(asyncio.run(scenario())) == ["play Title 1 as id", "play Title 2 as id"]


def test_a_dancer_who_falls_over_is_named_and_stops_nobody() -> None:
    class Clumsy(Dancer):
        async def spend(self, visits: tuple[Visit, ...], pace: Pace) -> None:
            raise ZeroDivisionError("stumbled")

    said: list[str] = []
    nowhere = WebClient("127.0.0.1", free_port())
    visit = Visit(MAIN_FLOOR, 0.0, 60.0, watches=True, taps=(Tap(5.0, liked=True),))
    dancers = [kind(nowhere, random.Random(1)) for kind in (Clumsy, Dancer)]
    _run_dance(dancers, Evening(sets={}, dancers=((visit,), (visit,))), said.append)
    assert len(said) == 1
    assert "stumbled" in said[0]


class Phone(WebClient):
    """A phone at a box that answers everything; what it asked."""

    asked: ClassVar[list[str]] = []

    async def ask(self, method: str, path: str, *, body: object = None) -> Any:
        self.asked.append(f"{method} {path}")
        return {"now": {"play": "p1"}} if path.endswith("/now") else None

    async def events(self, path: str) -> AsyncGenerator[Event, None]:
        self.asked.append(f"EVENTS {path}")
        yield Event("state", {"now": {"play": "p1"}})
        yield Event("listeners", {"listeners": 3})
        yield Event("now", {"now": {"play": "p2"}})
        await asyncio.sleep(60)


TAPS = (Tap(20.0, liked=True), Tap(40.0, liked=False), Tap(45.0, liked=False))


@pytest.mark.parametrize(
    ("watches", "looks", "play"),
    [(True, ["EVENTS /api/v1/stages/main-floor/stream"], "p2"), (False, ["GET /api/v1/stages/main-floor/now"], "p1")],
)
def test_a_dancer_likes_what_the_phone_shows_and_takes_it_back_once(watches: bool, looks: list[str], play: str) -> None:
    phone = Phone("127.0.0.1", 1)
    phone.asked.clear()
    visit = Visit(MAIN_FLOOR, 0.0, 60.0, watches=watches, taps=TAPS)
    asyncio.run(timely(Dancer(phone, random.Random(1)).spend((visit,), Pace(FAST))))
    deeds = [what for what in phone.asked if what not in looks]
    assert deeds == ["GET /s/main-floor", f"PUT /api/v1/plays/{play}/like", f"DELETE /api/v1/plays/{play}/like"]
    assert set(looks) <= set(phone.asked)


def _run_dance(dancers: list[Dancer], story: Evening, say: Callable[[str], None]) -> None:
    asyncio.run(timely(evening._dance(story, dancers, Pace(FAST), say=say)))
