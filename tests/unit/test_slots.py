"""What may stand in a plan, as tables: times that make a slot, words, what is in whose way, and whose answer counts."""

from dataclasses import replace

import pytest

from appliance.domain.models import Dj
from appliance.domain.schedule import slots
from appliance.domain.schedule.slots import Booking, Placed, Slot
from appliance.domain.wall_time import WallTime
from appliance.domain.zones import zone
from appliance.errors import BoxError, Refused

VIENNA = zone("Europe/Vienna")
ANNA, BEN = Dj("a", "DJ Anna"), Dj("b", "DJ Ben")


def slot(begins: str, ends: str, *, on: str = "main-floor", dj: Dj | None = ANNA, **fields: object) -> Slot:
    """A slot of 20 November, or of the dates that are given."""
    begins, ends = (text if "T" in text else f"2026-11-20T{text}" for text in (begins, ends))
    booking = Booking.ASKED if dj else Booking.NOBODY
    made = Slot(f"{on}-{begins}", "event", on, WallTime(begins), WallTime(ends), dj, "", booking)
    return replace(made, **fields)  # type: ignore[arg-type]


def placed(*args: str, **fields: object) -> Placed:
    return slots.place(slot(*args, **fields), VIENNA)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("begins", "ends", "code"),
    [
        (WallTime("2026-11-20T22:00"), WallTime("2026-11-20T23:30"), None),
        (WallTime("2026-11-20T23:30"), WallTime("2026-11-21T01:00"), None),
        (WallTime("2026-11-20T22:00"), WallTime("2026-11-20T22:05"), None),
        (WallTime("2026-11-20T22:00"), WallTime("2026-11-20T22:04"), "slot_too_short"),
        (WallTime("2026-11-20T22:00"), WallTime("2026-11-20T22:00"), "slot_too_short"),
        (WallTime("2026-11-20T22:00"), WallTime("2026-11-20T21:00"), "slot_backwards"),
        (WallTime("2026-11-20T22:00"), WallTime("2026-11-19T23:00"), "slot_backwards"),
        (WallTime("2026-11-20T22:00"), WallTime("2026-11-21T22:00"), None),
        (WallTime("2026-11-20T22:00"), WallTime("2026-11-21T23:00"), "slot_too_long"),
        # Over the gap an hour of the clock is no time at all, and over the fold it is two.
        (WallTime("2026-03-29T01:58"), WallTime("2026-03-29T03:02"), "slot_too_short"),
        (WallTime("2026-03-29T01:55"), WallTime("2026-03-29T03:00"), None),
        (WallTime("2026-03-29T01:00"), WallTime("2026-03-29T02:30"), "ends_skipped"),
        (WallTime("2026-03-29T02:30"), WallTime("2026-03-29T04:00"), "begins_skipped"),
        (WallTime("2026-10-25T02:30"), WallTime("2026-10-25T02:30", again=True), None),
        (WallTime("2026-10-25T02:30", again=True), WallTime("2026-10-25T02:45"), "slot_backwards"),
        (WallTime("2026-10-25T02:30", again=True), WallTime("2026-10-25T02:45", again=True), None),
        # 24 hours by the clock of that day are 25.
        (WallTime("2026-10-24T22:00"), WallTime("2026-10-25T22:00"), "slot_too_long"),
        (WallTime("2026-10-24T22:00"), WallTime("2026-10-25T21:00"), None),
        (WallTime("2026-03-28T22:00"), WallTime("2026-03-29T23:00"), None),
    ],
)
def test_a_slot_takes_five_minutes_to_a_day_of_time_as_it_goes_by(
    begins: WallTime, ends: WallTime, code: str | None
) -> None:
    wanted = Slot("s", "event", "main-floor", begins, ends, title="Show")
    if code is None:
        length = slots.checked_length(wanted, VIENNA)
        assert slots.SHORTEST_MS <= length.ends_ms - length.begins_ms <= slots.LONGEST_MS
        return
    with pytest.raises(BoxError) as error:
        slots.checked_length(wanted, VIENNA)
    assert error.value.code == code


@pytest.mark.parametrize(
    ("other", "code"),
    [
        (slot("20:00", "22:00"), None),
        (slot("23:30", "2026-11-21T01:00"), None),
        (slot("21:00", "22:01"), "slot_overlaps"),
        (slot("23:29", "23:50"), "slot_overlaps"),
        (slot("22:30", "22:45"), "slot_overlaps"),
        (slot("21:00", "2026-11-21T02:00"), "slot_overlaps"),
        (slot("22:00", "23:30", dj=BEN), "slot_overlaps"),
        (slot("22:00", "23:30", dj=None, title="Show"), "slot_overlaps"),
        # A slot that its DJ declined still has its place; the DJ is free.
        (slot("22:00", "23:30", booking=Booking.DECLINED), "slot_overlaps"),
        (slot("22:00", "23:30", on="cellar"), "dj_elsewhere"),
        (slot("23:00", "23:59", on="cellar"), "dj_elsewhere"),
        (slot("20:00", "22:00", on="cellar"), None),
        (slot("22:00", "23:30", on="cellar", dj=BEN), None),
        (slot("22:00", "23:30", on="cellar", dj=None, title="Show"), None),
        (slot("22:00", "23:30", on="cellar", booking=Booking.DECLINED), None),
    ],
)
def test_one_slot_at_a_time_on_a_stage_and_one_stage_at_a_time_for_a_dj(other: Slot, code: str | None) -> None:
    mine = placed("22:00", "23:30", id="mine")
    if code is None:
        slots.check_free(mine, [slots.place(other, VIENNA)])
        return
    with pytest.raises(Refused) as error:
        slots.check_free(mine, [slots.place(other, VIENNA)])
    assert error.value.code == code
    assert error.value.facts["slot"] == other.id


def test_a_slot_is_not_in_its_own_way_and_a_declined_one_holds_no_dj() -> None:
    mine = placed("22:00", "23:30", id="mine")
    slots.check_free(mine, [placed("22:15", "23:45", id="mine")])
    declined = placed("22:00", "23:30", id="mine", booking=Booking.DECLINED)
    slots.check_free(declined, [placed("22:00", "23:30", on="cellar")])


def test_the_same_hour_elsewhere_is_another_time_and_another_events_slot_stays_secret() -> None:
    there = slot("22:00", "23:30", on="beach", event_id="other")
    slots.check_free(placed("22:00", "23:30", id="mine"), [slots.place(there, zone("Asia/Kolkata"))])
    meanwhile = slot("2026-11-21T02:30", "2026-11-21T04:00", on="beach", event_id="other", title="Secret party")
    with pytest.raises(Refused) as error:
        slots.check_free(placed("22:00", "23:30", id="mine"), [slots.place(meanwhile, zone("Asia/Kolkata"))])
    assert error.value.code == "dj_elsewhere"
    assert error.value.facts == {}
    assert "beach" not in str(error.value)
    assert "Secret" not in str(error.value)


@pytest.mark.parametrize(
    ("starts", "ends", "fits"),
    [
        (None, None, True),
        ("21:00", "2026-11-21T06:00", True),
        ("22:00", "23:30", True),
        ("22:01", "2026-11-21T06:00", False),
        ("21:00", "23:29", False),
        (None, "23:29", False),
        ("22:01", None, False),
    ],
)
def test_a_slot_lies_within_the_events_dates_as_far_as_there_are_any(
    starts: str | None, ends: str | None, fits: bool
) -> None:
    def ms(text: str | None) -> int | None:
        return placed(text, "2026-11-21T09:00").begins_ms if text else None

    mine = placed("22:00", "23:30")
    if fits:
        slots.check_within(mine, starts_ms=ms(starts), ends_ms=ms(ends))
        return
    with pytest.raises(BoxError) as error:
        slots.check_within(mine, starts_ms=ms(starts), ends_ms=ms(ends))
    assert error.value.code == "slot_outside_event"


@pytest.mark.parametrize(
    ("change", "booking"),
    [
        ({}, Booking.CONFIRMED),
        ({"title": "Warm-up"}, Booking.CONFIRMED),
        ({"begins": WallTime("2026-11-20T22:05")}, Booking.ASKED),
        ({"ends": WallTime("2026-11-20T23:00")}, Booking.ASKED),
        ({"stage_id": "cellar"}, Booking.ASKED),
        ({"dj": BEN}, Booking.ASKED),
        ({"dj": None, "title": "Show"}, Booking.NOBODY),
    ],
)
def test_an_answer_holds_for_the_time_the_place_and_the_dj_it_was_given_for(
    change: dict[str, object], booking: Booking
) -> None:
    before = slot("22:00", "23:30", booking=Booking.CONFIRMED)
    assert slots.answer_after(before, replace(before, **change)) is booking  # type: ignore[arg-type]


def test_a_slot_is_called_something() -> None:
    assert slots.checked_words("  Warm-\u202eup ", dj=ANNA) == "Warm-up"
    assert slots.checked_words("", dj=ANNA) == ""
    for title, code in (("", "slot_nameless"), (" \u200b\u202e ", "slot_nameless"), ("x" * 101, "title_too_long")):
        with pytest.raises(BoxError) as error:
            slots.checked_words(title, dj=None)
        assert error.value.code == code
    assert slots.checked_word("x" * 200) == "x" * 200
    with pytest.raises(BoxError):
        slots.checked_word("x" * 201)


def test_who_changes_what_they_have_not_seen_is_told() -> None:
    slots.check_version(slot("22:00", "23:30", version=7), 7)
    for stale in (6, 8, 0, -1):
        with pytest.raises(Refused) as error:
            slots.check_version(slot("22:00", "23:30", version=7), stale)
        assert error.value.code == "slot_changed"
        assert error.value.facts == {"version": 7}
