"""Who is in the room: by what phones do, for an hour, over restarts and reboots. On both stores."""

from collections.abc import Callable, ItemsView

from appliance.domain.events import GuestForgotten
from appliance.domain.house import CHECK_IN_MS
from appliance.live.room import KEPT_FOR_MS, CheckedIn
from appliance.usecases import uptime
from tests.contract.conftest import Scene
from tests.support.evening import Evening
from tests.support.house import STAGE

PlayOut = Callable[[Scene], None]


class Room:
    """A room on an evening's clock."""

    def __init__(self, evening: Evening) -> None:
        self.evening = evening
        self.streams: dict[str, list[str]] = {}
        self.heard: set[str] = set()

    def _present(self) -> ItemsView[str, list[str]]:
        return self.streams.items()

    async def begin(self) -> CheckedIn:
        checked_in = CheckedIn(
            clock=self.evening.clock, present=self._present, is_heard=lambda guest: guest in self.heard
        )
        await checked_in.start(self.evening.ports)
        return checked_in


def test_whoever_looks_or_says_so_is_there_for_an_hour_and_at_one_stage(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        room = Room(evening)
        room.heard = {"a", "b", "c"}
        room.streams = {STAGE: ["a"], "elsewhere": ["b"]}
        here = await room.begin()
        here.come(STAGE, "c")
        here.come(STAGE, "fresh cookie")
        assert here.at(STAGE) == {"a", "c"}
        assert here.is_here(STAGE, "c")
        room.streams = {STAGE: ["b"]}
        evening.clock.pass_s(CHECK_IN_MS / 1000 - 1)
        assert here.at(STAGE) == {"a", "b", "c"}
        assert here.at("elsewhere") == frozenset()
        evening.clock.pass_s(2)
        assert here.at(STAGE) == {"b"}
        assert not here.is_here(STAGE, "c")
        await here.stop()

    play_out(scene)


def test_after_a_restart_and_a_reboot_they_are_still_there_until_their_hour_is_over(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        room = Room(evening)
        room.heard = {"a", "b"}
        before = await room.begin()
        before.come(STAGE, "a")
        before.come(STAGE, "nobody heard")
        evening.clock.pass_s(1800)
        before.come(STAGE, "b")
        await before.stop()
        await uptime.keep(evening.ports)
        evening.clock.reboot(up_s=60)
        evening.clock.wall_ms = 1_000  # it has no battery
        room.heard = set()
        after = await room.begin()
        assert after.at(STAGE) == {"a", "b"}
        evening.clock.pass_s(1800)
        assert after.at(STAGE) == {"b"}
        await after.stop()
        assert [one.dancer for one in await evening.ports.reader.check_ins()] in (["a", "b"], ["b"])

    play_out(scene)


def test_who_stays_is_written_down_now_and_then_only(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        room = Room(evening)
        room.heard, room.streams = {"a"}, {STAGE: ["a"]}
        here = await room.begin()
        kept = set()
        for _ in range(30):
            here.at(STAGE)
            await here.keep()
            kept |= {one.at_ms for one in await evening.ports.reader.check_ins()}
            evening.clock.pass_s(60)
        assert len(kept) == 30 * 60_000 // (KEPT_FOR_MS + 60_000) + 1
        await here.stop()

    play_out(scene)


def test_whoever_leaves_or_is_forgotten_is_nowhere(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        room = Room(evening)
        room.heard = {"a", "b"}
        here = await room.begin()
        here.come(STAGE, "a")
        here.come(STAGE, "b")
        await here.keep()
        await here.leave("a")
        assert [one.dancer for one in await evening.ports.reader.check_ins()] == ["b"]
        here.on_commit([GuestForgotten("b")])
        assert here.at(STAGE) == frozenset()
        await here.stop()

    play_out(scene)
