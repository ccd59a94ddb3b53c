"""How alive floors are: counted each minute from what is durable, and found again after a restart. On both stores."""

from collections.abc import Callable

from appliance.domain.events import GuestForgotten
from appliance.domain.floor import Minute, energy
from appliance.domain.space import Room
from appliance.domain.voices import Reaction, Tempo
from appliance.live.floor import REACTIONS_MOST, Floor
from appliance.usecases import floor, likes, plays, reactions, sessions, tempo
from appliance.usecases.plays import ToldPlay
from appliance.usecases.reactions import Tap
from tests.contract.conftest import Scene
from tests.support.evening import Evening, track

PlayOut = Callable[[Scene], None]
STAGE = "main-floor"


class Hall:
    """A floor with a DJ, and guests who say things."""

    def __init__(self, evening: Evening) -> None:
        self.evening = evening
        self.floor = Floor(clock=evening.clock)
        self._heard = 0

    async def open(self) -> "Hall":
        self.dj = await self.evening.dj()
        self.session = (await sessions.start_session(self.evening.ports, dj=self.dj, stage_id=STAGE)).session
        await plays.announce_play(self.evening.ports, dj=self.dj, told=ToldPlay(track=track(), play_id="p1"))
        await self.floor.start(self.evening.ports)
        return self

    def hear(self) -> None:
        for commit in self.evening.told.commits[self._heard :]:
            self.floor.on_commit(commit)
        self._heard = len(self.evening.told.commits)

    async def minute(self, guests: int) -> None:
        self.evening.clock.pass_s(60)
        self.hear()
        await self.floor.turn({STAGE: guests})

    async def like(self, guest: str, *, liked: bool = True) -> None:
        await likes.set_like(self.evening.ports, guest_id=guest, play_id="p1", liked=liked)

    async def vote(self, guest: str, vote: Tempo | None) -> None:
        await tempo.vote(self.evening.ports, guest_id=guest, stage_id=STAGE, play_id="p1", tempo=vote)


def test_a_minute_is_what_guests_said_in_it(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        hall = await Hall(evening).open()
        await hall.minute(20)
        for guest in ("a", "b", "c"):
            await hall.like(guest)
        await hall.vote("a", Tempo.PERFECT)
        await hall.vote("b", Tempo.FASTER)
        await reactions.react(evening.ports, guest_id="c", stage_id=STAGE, tap=Tap("r1", Reaction.FIRE))
        await hall.minute(21)
        await hall.minute(22)
        assert hall.floor.minutes(STAGE)[-3:] == (Minute(20), Minute(21, 3, 1, 1, 1), Minute(22))
        assert hall.floor.minutes("nowhere") == ()

    play_out(scene)


def test_nobody_makes_a_crowd_by_tapping_twice(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        hall = await Hall(evening).open()
        for number in range(30):
            await hall.like("a", liked=number % 2 == 0)
            await hall.vote("a", [Tempo.PERFECT, Tempo.FASTER, None][number % 3])
            tap = Tap(f"r{number}", Reaction.FIRE)
            await reactions.react(evening.ports, guest_id="a", stage_id=STAGE, tap=tap)
        await hall.minute(20)
        assert hall.floor.minutes(STAGE)[-1] == Minute(20, 0, REACTIONS_MOST, 0, 0)

    play_out(scene)


def test_a_forgotten_guest_has_said_nothing_in_the_minute_that_runs(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        hall = await Hall(evening).open()
        await hall.like("a")
        await hall.vote("a", Tempo.PERFECT)
        await hall.like("b")
        hall.hear()
        hall.floor.on_commit([GuestForgotten("a")])
        await hall.minute(20)
        assert hall.floor.minutes(STAGE)[-1] == Minute(20, 1)

    play_out(scene)


def test_after_a_restart_the_last_half_hour_is_there_with_a_gap_for_the_time_between(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        hall = await Hall(evening).open()
        for _ in range(8):
            await hall.like(f"g{evening.clock.boot_ms}")
            await hall.minute(20)
        before = hall.floor.minutes(STAGE)
        evening.clock.pass_s(120)
        again = Floor(clock=evening.clock)
        await again.start(evening.ports)
        minutes = again.minutes(STAGE)
        assert [one for one in minutes if one is not None] == [one for one in before if one is not None]
        assert minutes[-2:] == (None, None)
        assert energy(minutes) == energy(before)
        assert [one.minute for one in await evening.ports.reader.minutes_of(hall.session.id)] == list(before[-8:])

    play_out(scene)


def test_a_floor_without_a_set_and_a_disk_without_room_keep_nothing_and_stop_nobody(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        hall = await Hall(evening).open()
        await sessions.end_session(evening.ports, dj=hall.dj)
        await hall.minute(20)
        assert await evening.ports.reader.minutes_since(0) == {}
        assert hall.floor.minutes(STAGE)[-1] == Minute(20)
        full = type(evening.ports)(
            store=evening.ports.store,
            reader=evening.ports.reader,
            clock=evening.ports.clock,
            new_id=evening.ports.new_id,
            refresh_credentials=evening.ports.refresh_credentials,
            room=lambda: Room.SCARCE,
        )
        await sessions.start_session(evening.ports, dj=hall.dj, stage_id=STAGE)
        await floor.keep(full, {STAGE: Minute(20)}, at=evening.clock.now())
        assert await evening.ports.reader.minutes_since(0) == {}

    play_out(scene)
