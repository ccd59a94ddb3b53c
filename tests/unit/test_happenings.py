"""The rules of events and stages."""

from dataclasses import replace

import pytest

from appliance.domain import happenings
from appliance.domain.happenings import CAPACITY_MOST, EVENTS_MOST, STAGES_MOST, EventDraft, StageDraft
from appliance.domain.models import Doors, Event, Phase, Stage
from appliance.errors import Invalid, Refused

BLANK = Event(id="e", name="", guest_key=b"k" * 32, phase=Phase.DRAFT)
STAGE = Stage(id="main-floor", event_id="e", name="Main Floor")
HOUR = 3_600_000


def refused(code: str, **fields: object) -> None:
    with pytest.raises(Invalid) as error:
        happenings.described(BLANK, replace(EventDraft(name="Ball"), **fields))  # type: ignore[arg-type]
    assert error.value.code == code, error.value.detail
    assert error.value.detail


def test_an_event_is_described_in_the_time_of_its_place() -> None:
    draft = EventDraft("Ball", zone="Europe/Budapest", starts="2026-11-20T21:00", ends="2026-11-21T05:00", capacity=900)
    event = happenings.described(BLANK, draft)
    assert event.starts_ms is not None
    assert event.ends_ms is not None
    assert event.ends_ms - event.starts_ms == 8 * HOUR
    assert happenings.shown(event.starts_ms, zone=event.zone) == "2026-11-20T21:00"
    assert happenings.shown(event.starts_ms, zone="UTC") == "2026-11-20T20:00"
    assert (event.id, event.guest_key, event.phase, event.capacity) == ("e", BLANK.guest_key, Phase.DRAFT, 900)


def test_what_nobody_knows_may_be_left_out() -> None:
    event = happenings.described(BLANK, EventDraft(name=" Ball\n"))
    assert (event.name, event.zone, event.starts_ms, event.ends_ms, event.capacity, event.accent) == (
        "Ball", "UTC", None, None, None, None
    )  # fmt: skip
    assert happenings.shown(None, zone="UTC") == ""
    assert happenings.described(BLANK, EventDraft(name="b", starts="2026-11-20T21:00")).ends_ms is None


def test_a_night_in_which_the_clock_is_put_back_is_an_hour_longer() -> None:
    draft = EventDraft("Ball", zone="Europe/Budapest", starts="2026-10-24T21:00", ends="2026-10-25T05:00")
    event = happenings.described(BLANK, draft)
    assert event.starts_ms is not None
    assert event.ends_ms is not None
    assert event.ends_ms - event.starts_ms == 9 * HOUR


def test_what_can_not_be_is_refused_by_its_field() -> None:
    night = {"starts": "2026-11-20T21:00", "ends": "2026-11-21T05:00"}
    refused("name_empty", name="  ")
    refused("name_too_long", name="x" * 101)
    refused("time_zone_unknown", zone="Mars/Base")
    refused("time_zone_unknown", zone="../../etc/passwd")
    refused("time_zone_unknown", zone="")
    refused("starts_invalid", starts="tonight")
    refused("ends_invalid", ends="2026-13-40T99:00")
    refused("starts_skipped", zone="Europe/Budapest", starts="2026-03-29T02:30")
    refused("ends_before_starts", **night | {"ends": "2026-11-20T20:59"})
    refused("ends_before_starts", **night | {"ends": night["starts"]})
    refused("event_too_long", **night | {"ends": "2027-02-01T05:00"})
    for capacity in (0, -1, CAPACITY_MOST + 1):
        refused("capacity_out_of_range", capacity=capacity)
    refused("accent_unreadable", accent="#330000")
    refused("accent_invalid", accent="javascript:alert(1)")


def test_limits_are_reached_exactly() -> None:
    fits = EventDraft(name="x" * 100, capacity=CAPACITY_MOST, accent="#ffffff")
    assert happenings.described(BLANK, fits).capacity == CAPACITY_MOST
    full = [replace(BLANK, id=str(n)) for n in range(EVENTS_MOST)]
    happenings.room_for_event(full[:-1])
    happenings.room_for_event([replace(event, phase=Phase.ENDED) for event in full])
    with pytest.raises(Refused, match="100 events"):
        happenings.room_for_event(full)


def test_an_event_has_a_hundred_stages_at_most_and_each_name_once() -> None:
    stages = [replace(STAGE, id=f"s{n}", name=f"S {n}") for n in range(STAGES_MOST)]
    happenings.room_for_stage(BLANK, stages[:-1], name="One more")
    for code, event, name, there in (
        ("stages_many", BLANK, "One more", stages),
        ("stage_exists", BLANK, "s--5", stages[:-1]),
        ("event_over", replace(BLANK, phase=Phase.ENDED), "One more", []),
    ):
        with pytest.raises(Refused) as error:
            happenings.room_for_stage(event, there, name=name)
        assert error.value.code == code


def test_phases_follow_each_other_and_what_was_public_can_not_become_a_secret() -> None:
    def to(phase: Phase, wanted: Phase) -> Phase:
        return happenings.in_phase(replace(BLANK, phase=phase), wanted, stages=[STAGE]).phase

    assert to(Phase.DRAFT, Phase.PUBLISHED) is Phase.PUBLISHED
    assert to(Phase.PUBLISHED, Phase.ENDED) is Phase.ENDED
    assert to(Phase.ENDED, Phase.PUBLISHED) is Phase.PUBLISHED
    for phase in Phase:
        assert to(phase, phase) is phase
    for phase, wanted in ((Phase.DRAFT, Phase.ENDED), (Phase.PUBLISHED, Phase.DRAFT), (Phase.ENDED, Phase.DRAFT)):
        with pytest.raises(Refused) as error:
            to(phase, wanted)
        assert error.value.code == "phase_impossible"
    with pytest.raises(Refused, match="no stage"):
        happenings.in_phase(BLANK, Phase.PUBLISHED, stages=[])


def test_a_set_begins_on_an_open_or_paused_stage_of_a_published_event_only() -> None:
    on = replace(BLANK, phase=Phase.PUBLISHED)
    for doors in (Doors.OPEN, Doors.PAUSED):
        happenings.may_play(on, replace(STAGE, doors=doors))
    for code, event, doors in (
        ("stage_closed", on, Doors.CLOSED),
        ("event_draft", BLANK, Doors.OPEN),
        ("event_over", replace(BLANK, phase=Phase.ENDED), Doors.OPEN),
    ):
        with pytest.raises(Refused) as error:
            happenings.may_play(event, replace(STAGE, doors=doors))
        assert error.value.code == code


def test_stages_move_by_one_place_and_an_order_names_each_once() -> None:
    stages = [replace(STAGE, id=name) for name in "abc"]
    assert happenings.moved(stages, "b", by=-1) == ["b", "a", "c"]
    assert happenings.moved(stages, "a", by=-1) == ["a", "b", "c"]
    assert happenings.moved(stages, "c", by=1) == ["a", "b", "c"]
    assert happenings.ordered(stages, ["c", "a", "b"]) == ["c", "a", "b"]
    for wanted in ([], ["a", "b"], ["a", "b", "b"], ["a", "b", "c", "c"], ["a", "b", "d"]):
        with pytest.raises(Invalid) as error:
            happenings.ordered(stages, wanted)
        assert error.value.code == "order_incomplete"


def test_a_stage_keeps_its_address_when_it_is_named_anew() -> None:
    other = happenings.renamed(STAGE, StageDraft(name="Great Hall", capacity=5))
    assert (other.id, other.name, other.capacity) == ("main-floor", "Great Hall", 5)
    with pytest.raises(Invalid):
        happenings.renamed(STAGE, StageDraft(name="\u200b"))
    with pytest.raises(Invalid):
        happenings.renamed(STAGE, StageDraft(name="ok", capacity=0))
