"""What guests star, on both stores."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest

from appliance.domain.models import Phase
from appliance.domain.space import Room
from appliance.errors import Unavailable
from appliance.usecases import privacy
from appliance.usecases.schedule import stars
from tests.contract.conftest import Scene
from tests.support.evening import Evening
from tests.support.planning import add, code_of, drop, event_of, wanted

PlayOut = Callable[[Scene], None]


def test_a_star_is_kept_once_and_goes_with_its_slot(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        event = await event_of(evening)
        first = (await add(evening, event.id, wanted=wanted())).slot.id
        second = (await add(evening, event.id, wanted=wanted("20:00", "21:00"))).slot.id

        async def star(guest: str, slot_id: str, *, starred: bool = True) -> None:
            await stars.set_star(evening.ports, guest_id=guest, event_id=event.id, slot_id=slot_id, starred=starred)

        for slot_id in (first, first, second):
            await star("a", slot_id)
        await star("b", first)
        assert await evening.ports.reader.starred_by("a") == {first, second}
        await star("a", second, starred=False)
        await star("a", second, starred=False)
        assert await evening.ports.reader.starred_by("a") == {first}
        kinds = ["slot.starred", "slot.starred", "slot.starred", "slot.unstarred"]
        assert evening.told.kinds()[-4:] == kinds
        await drop(evening, event.id, slot_id=first, version=1)
        assert await evening.ports.reader.starred_by("a") == frozenset()
        assert await evening.ports.reader.starred_by("b") == frozenset()
        assert await code_of(star("a", first)) == "slot_unknown"

    play_out(scene)


def test_stars_end_at_a_limit_and_one_that_is_there_may_stay(
    play_out: PlayOut, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stars, "STARS_MOST", 2)

    async def scene(evening: Evening) -> None:
        event = await event_of(evening)
        times = (("20:00", "20:30"), ("20:30", "21:00"), ("21:00", "21:30"))
        ids = [(await add(evening, event.id, wanted=wanted(*time))).slot.id for time in times]

        def star(slot_id: str, *, starred: bool = True) -> Awaitable[None]:
            return stars.set_star(evening.ports, guest_id="a", event_id=event.id, slot_id=slot_id, starred=starred)

        await star(ids[0])
        await star(ids[1])
        assert await code_of(star(ids[2])) == "stars_full"
        await star(ids[1])
        await star(ids[1], starred=False)
        await star(ids[2])
        assert await evening.ports.reader.starred_by("a") == {ids[0], ids[2]}

    play_out(scene)


def test_a_full_disk_keeps_no_stars(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        event = await event_of(evening)
        slot = (await add(evening, event.id, wanted=wanted())).slot
        full = replace(evening.ports, room=lambda: Room.SCARCE)
        with pytest.raises(Unavailable):
            await stars.set_star(full, guest_id="a", event_id=event.id, slot_id=slot.id, starred=True)

    play_out(scene)


def test_nobody_but_organisers_knows_the_plan_of_a_draft(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        event = await event_of(evening)
        slot = (await add(evening, event.id, wanted=wanted())).slot
        await evening.ports.store.write(lambda tx: tx.set_event(replace(event, phase=Phase.DRAFT)))
        star = stars.set_star(evening.ports, guest_id="a", event_id=event.id, slot_id=slot.id, starred=True)
        assert await code_of(star) == "slot_unknown"

    play_out(scene)


def test_a_guest_who_is_forgotten_starred_nothing(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        event = await event_of(evening)
        slot = (await add(evening, event.id, wanted=wanted())).slot
        for guest in ("a", "b"):
            await stars.set_star(evening.ports, guest_id=guest, event_id=event.id, slot_id=slot.id, starred=True)
        await privacy.forget_guest(evening.ports, guest_id="a")
        assert await evening.ports.reader.starred_by("a") == frozenset()
        assert await evening.ports.reader.starred_by("b") == {slot.id}
        assert evening.told.kinds()[-2:] == ["slot.unstarred", "guest.forgotten"]
        assert await privacy.forget_guest(evening.ports, guest_id="a") == 0
        assert evening.told.kinds()[-2:] == ["slot.unstarred", "guest.forgotten"]

    play_out(scene)


def test_ten_thousand_stars_stand_side_by_side_and_one_guest_has_no_more_than_fit(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        event = await event_of(evening)
        slot = (await add(evening, event.id, wanted=wanted())).slot
        reader = evening.ports.reader

        def star(guest: str, *, starred: bool = True) -> Awaitable[None]:
            return stars.set_star(evening.ports, guest_id=guest, event_id=event.id, slot_id=slot.id, starred=starred)

        await asyncio.gather(*(star(f"g{number}") for number in range(10_000)))
        # The same phone again and again is one star, and takes nobody else's along.
        for _ in range(100):
            await star("g7", starred=False)
            await star("g7")
        await privacy.forget_guest(evening.ports, guest_id="g8")
        kept = [await reader.starred_by(f"g{number}") for number in (0, 7, 8, 9_999)]
        assert kept == [{slot.id}, {slot.id}, frozenset(), {slot.id}]
        # Nor do they keep an organiser from taking the slot away.
        await drop(evening, event.id, slot_id=slot.id, version=1)
        assert await reader.starred_by("g9999") == frozenset()

    play_out(scene)
