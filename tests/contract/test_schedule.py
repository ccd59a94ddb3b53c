"""What becomes of an event's plan, on both stores."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from appliance.domain.models import Dj, Doors, Phase
from appliance.domain.schedule import slots as rules
from appliance.domain.schedule.slots import Booking, Placed, Slot
from appliance.domain.wall_time import WallTime
from appliance.ports import Transaction
from appliance.usecases import stages
from appliance.usecases.schedule import bookings, stars
from appliance.usecases.schedule.slots import Wanted
from tests.contract.conftest import Scene
from tests.support.evening import Evening
from tests.support.places import draft_of
from tests.support.planning import add, change, code_of, drop, event_of, move, wanted

PlayOut = Callable[[Scene], None]


def test_slots_come_in_order_with_who_plays_and_each_change_counts(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        event, anna = await event_of(evening), await evening.dj()
        wishes = [wanted("2026-11-21T00:30", "2026-11-21T02:00"), wanted(dj_id=anna.id, title="")]
        late, early = [await add(evening, event.id, wanted=one) for one in wishes]
        assert (early.slot.dj, early.slot.booking) == (anna, Booking.ASKED)
        assert (late.slot.dj, late.slot.booking) == (None, Booking.NOBODY)
        kept = await evening.ports.reader.plan(event.id)
        assert kept.version == 2
        assert list(kept.slots) == [early.slot, late.slot]
        assert await evening.ports.reader.slot(early.slot.id) == early.slot
        assert await evening.ports.reader.slot("nobody") is None
        await drop(evening, event.id, slot_id=late.slot.id, version=1)
        kept = await evening.ports.reader.plan(event.id)
        assert (kept.version, list(kept.slots)) == (3, [early.slot])
        assert evening.told.kinds()[-3:] == ["slot.planned", "slot.planned", "slot.dropped"]
        assert (await evening.ports.reader.plan("elsewhere")).version == 0

    play_out(scene)


def test_whoever_is_planned_for_an_event_may_play_there(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        other, anna = await draft_of(evening), await evening.dj()
        stage = await stages.add_stage(evening.ports, name="Garden", event_id=other.id)
        assert await evening.ports.reader.assigned_djs(other.id) == []
        await add(evening, other.id, wanted=wanted(stage_id=stage.id, dj_id=anna.id))
        assert await evening.ports.reader.assigned_djs(other.id) == [anna]
        assert evening.told.kinds()[-2:] == ["dj.assigned", "slot.planned"]
        await add(evening, other.id, wanted=wanted("20:00", "21:00", stage_id=stage.id, dj_id=anna.id))
        assert evening.told.kinds()[-2:] == ["slot.planned", "slot.planned"]

    play_out(scene)


def test_two_slots_can_not_share_a_stage_nor_a_dj_two_stages(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        event, anna = await event_of(evening), await evening.dj()
        await stages.add_stage(evening.ports, name="Cellar")

        def planned(one: Wanted) -> Awaitable[Placed]:
            return add(evening, event.id, wanted=one)

        await planned(wanted(dj_id=anna.id))
        assert await code_of(planned(wanted("23:00", "23:59"))) == "slot_overlaps"
        assert await code_of(planned(wanted("21:00", "22:01", stage_id="cellar", dj_id=anna.id))) == "dj_elsewhere"
        await planned(wanted("21:00", "22:00", stage_id="cellar", dj_id=anna.id))
        moved = await planned(wanted("23:30", "2026-11-21T01:00", stage_id="cellar", dj_id=anna.id))
        before = await evening.ports.reader.plan(event.id)
        moving = move(evening, event.id, slot_id=moved.slot.id, version=1, by_min=-5)
        assert await code_of(moving) == "dj_elsewhere"
        assert await evening.ports.reader.plan(event.id) == before

    play_out(scene)


def test_of_two_who_move_the_same_slot_the_second_is_told(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        event = await event_of(evening)
        slot = (await add(evening, event.id, wanted=wanted())).slot

        def moved(by_min: int, version: int) -> Awaitable[Placed]:
            return move(evening, event.id, slot_id=slot.id, version=version, by_min=by_min)

        first = await moved(5, 1)
        assert (first.slot.begins, first.slot.version) == (WallTime("2026-11-20T22:05"), 2)
        assert await code_of(moved(-5, 1)) == "slot_changed"
        dropping = drop(evening, event.id, slot_id=slot.id, version=1)
        assert await code_of(dropping) == "slot_changed"
        changing = change(evening, event.id, slot_id=slot.id, version=1, wanted=wanted())
        assert await code_of(changing) == "slot_changed"
        assert await evening.ports.reader.slot(slot.id) == first.slot
        # Moved nowhere, it is as it was, and nobody is told.
        told = len(evening.told.commits)
        assert (await moved(0, 2)).slot == first.slot
        assert len(evening.told.commits) == told

    play_out(scene)


@pytest.mark.parametrize(
    ("begins", "by_min", "moved"),
    [
        # A quarter of an hour goes by, whatever the clock does meanwhile.
        ("2026-03-29T01:50", 15, WallTime("2026-03-29T03:05")),
        ("2026-03-29T03:05", -15, WallTime("2026-03-29T01:50")),
        ("2026-10-25T02:50", 15, WallTime("2026-10-25T02:05", again=True)),
        ("2026-11-20T23:50", 15, WallTime("2026-11-21T00:05")),
    ],
)
def test_a_slot_moves_by_time_as_it_goes_by(play_out: PlayOut, begins: str, by_min: int, moved: WallTime) -> None:
    async def scene(evening: Evening) -> None:
        event = await event_of(evening)
        ends = WallTime(begins).moved(timedelta(hours=4)).shown
        placed = await add(evening, event.id, wanted=wanted(begins, ends))
        after = await move(evening, event.id, slot_id=placed.slot.id, version=1, by_min=by_min)
        assert after.slot.begins == moved
        assert after.begins_ms - placed.begins_ms == by_min * 60_000
        assert after.ends_ms - after.begins_ms == placed.ends_ms - placed.begins_ms
        assert await evening.ports.reader.slot(placed.slot.id) == after.slot

    play_out(scene)


def test_what_is_no_slot_is_refused_by_name_and_leaves_no_trace(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        event = await event_of(evening)
        other = await draft_of(evening)
        garden = await stages.add_stage(evening.ports, name="Garden", event_id=other.id)
        closed = await stages.add_stage(evening.ports, name="Closed", event_id=event.id)
        await evening.ports.store.write(lambda tx: tx.set_stage(replace(closed, doors=Doors.CLOSED)))
        table = {
            "begins_invalid": wanted("tonight", "23:30"),
            "ends_invalid": wanted("22:00", "2026-11-20T25:00"),
            "slot_backwards": wanted("22:00", "21:00"),
            "slot_too_short": wanted("22:00", "22:00"),
            "slot_too_long": wanted("22:00", "2026-11-21T23:00"),
            "begins_skipped": wanted("2026-03-29T02:30", "2026-03-29T04:00"),
            "ends_skipped": wanted("2026-03-29T01:00", "2026-03-29T02:30"),
            "begins_out_of_range": wanted("1970-01-01T00:00", "1970-01-01T01:00"),
            "stage_unknown": wanted(stage_id="nowhere"),
            "stage_closed": wanted(stage_id=closed.id),
            "dj_unknown": wanted(dj_id="nobody"),
            "slot_nameless": wanted(title=" "),
            "title_too_long": wanted(title="x" * 101),
        }
        for code, one in table.items():
            assert await code_of(add(evening, event.id, wanted=one)) == code
        theirs = add(evening, event.id, wanted=wanted(stage_id=garden.id))
        assert await code_of(theirs) == "stage_unknown"
        nowhere = add(evening, "nowhere", wanted=wanted())
        assert await code_of(nowhere) == "event_unknown"
        assert (await evening.ports.reader.plan(event.id)).version == 0

    play_out(scene)


def test_a_slot_of_another_event_is_none(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        event = await event_of(evening)
        slot = (await add(evening, event.id, wanted=wanted())).slot
        other = (await draft_of(evening)).id
        ports = evening.ports
        for doing in (
            move(evening, other, slot_id=slot.id, version=1, by_min=5),
            change(evening, other, slot_id=slot.id, version=1, wanted=wanted()),
            drop(evening, other, slot_id=slot.id, version=1),
            stars.set_star(ports, guest_id="g", event_id=other, slot_id=slot.id, starred=True),
        ):
            assert await code_of(doing) == "slot_unknown"
        assert await evening.ports.reader.slot(slot.id) == slot

    play_out(scene)


def test_slots_lie_within_the_events_dates_and_not_after_its_end(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        event = await event_of(evening)
        first = await add(evening, event.id, wanted=wanted())
        dated = replace(event, starts_ms=first.begins_ms, ends_ms=first.ends_ms)
        await evening.ports.store.write(lambda tx: tx.set_event(dated))
        early = add(evening, event.id, wanted=wanted("21:00", "22:00"))
        assert await code_of(early) == "slot_outside_event"
        moved = move(evening, event.id, slot_id=first.slot.id, version=1, by_min=5)
        assert await code_of(moved) == "slot_outside_event"
        await evening.ports.store.write(lambda tx: tx.set_event(replace(dated, phase=Phase.ENDED)))
        late = add(evening, event.id, wanted=wanted("22:00", "22:30", stage_id="main-floor"))
        assert await code_of(late) == "event_over"

    play_out(scene)


def test_a_dj_confirms_and_is_asked_again_when_the_slot_is_another(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        event, anna = await event_of(evening), await evening.dj()
        ben = await evening.dj("DJ Ben")
        slot = (await add(evening, event.id, wanted=wanted(dj_id=anna.id))).slot

        async def answer(dj: Dj, version: int, *, yes: bool, word: str = "") -> Slot:
            placed = await bookings.answer(
                evening.ports,
                dj=dj,
                slot_id=slot.id,
                version=version,
                confirmed=yes,
                word=word,
            )
            return placed.slot

        assert await code_of(answer(ben, 1, yes=True)) == "slot_unknown"
        said = await answer(anna, 1, yes=True, word=" I bring  vinyl ")
        assert (said.booking, said.word, said.version) == (Booking.CONFIRMED, "I bring vinyl", 2)
        # A tap that was sent twice is one answer, whichever version it names.
        assert await answer(anna, 1, yes=True, word="I bring vinyl") == said
        assert await code_of(answer(anna, 1, yes=False)) == "slot_changed"
        assert await code_of(answer(anna, 2, yes=True, word="x" * 201)) == "word_too_long"
        titled = wanted(dj_id=anna.id, title="Warm-up")
        same = await change(evening, event.id, slot_id=slot.id, version=2, wanted=titled)
        assert (same.slot.booking, same.slot.word) == (Booking.CONFIRMED, "I bring vinyl")
        moved = await move(evening, event.id, slot_id=slot.id, version=3, by_min=60)
        assert (moved.slot.booking, moved.slot.word) == (Booking.ASKED, "")
        assert list(await evening.ports.reader.bookings_of(anna.id, limit=9)) == [moved.slot]
        assert await evening.ports.reader.bookings_of(ben.id, limit=9) == []
        given = wanted(dj_id=ben.id)
        await change(evening, event.id, slot_id=slot.id, version=4, wanted=given)
        assert await evening.ports.reader.bookings_of(anna.id, limit=9) == []
        assert await code_of(answer(anna, 5, yes=True)) == "slot_unknown"

    play_out(scene)


def test_a_dj_who_declined_is_free_and_can_say_yes_only_to_what_is_still_free(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        event, anna = await event_of(evening), await evening.dj()
        await stages.add_stage(evening.ports, name="Cellar")
        slot = (await add(evening, event.id, wanted=wanted(dj_id=anna.id))).slot

        async def answer(version: int, *, yes: bool) -> Booking:
            placed = await bookings.answer(evening.ports, dj=anna, slot_id=slot.id, version=version, confirmed=yes)
            return placed.slot.booking

        assert await answer(1, yes=False) is Booking.DECLINED
        elsewhere = wanted("23:00", "23:59", stage_id="cellar", dj_id=anna.id)
        other = await add(evening, event.id, wanted=elsewhere)
        assert await code_of(answer(2, yes=True)) == "dj_elsewhere"
        await drop(evening, event.id, slot_id=other.slot.id, version=1)
        assert await answer(2, yes=True) is Booking.CONFIRMED

    play_out(scene)


def test_a_dj_booked_at_another_event_is_elsewhere_by_the_clock_of_that_event(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        event, anna = await event_of(evening), await evening.dj()
        other = await draft_of(evening)
        await evening.ports.store.write(lambda tx: tx.set_event(replace(other, zone="Asia/Kolkata")))
        beach = (await stages.add_stage(evening.ports, name="Beach", event_id=other.id)).id
        there = wanted("2026-11-21T02:30", "2026-11-21T04:00", stage_id=beach, dj_id=anna.id)
        await add(evening, other.id, wanted=there)
        here = add(evening, event.id, wanted=wanted(dj_id=anna.id))
        assert await code_of(here) == "dj_elsewhere"
        await add(evening, event.id, wanted=wanted("23:30", "23:55", dj_id=anna.id))

    play_out(scene)


def test_a_plan_takes_two_thousand_slots_and_no_more(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        event = await event_of(evening, zone="UTC")

        def fill(tx: Transaction) -> None:
            begins = WallTime("2026-12-01T00:00")
            for number in range(rules.SLOTS_MOST - 1):
                ends = begins.moved(timedelta(minutes=30))
                tx.add_slot(Slot(f"s{number}", event.id, "main-floor", begins, ends, title="Show"))
                begins = ends

        await evening.ports.store.write(fill)
        await add(evening, event.id, wanted=wanted())
        full = add(evening, event.id, wanted=wanted("20:00", "21:00"))
        assert await code_of(full) == "slots_full"
        assert len((await evening.ports.reader.plan(event.id)).slots) == rules.SLOTS_MOST

    play_out(scene)
