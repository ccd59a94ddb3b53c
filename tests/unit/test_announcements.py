"""What the hall is told: what may be said, for how long it counts, what stands first, how often somebody may."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as some

from appliance.domain import announcements
from appliance.domain.announcements import (
    DJ_PACE,
    DURATION_MAX_S,
    INBOX_MS,
    ORGANISER_PACE,
    Announcement,
    Ending,
    Pace,
)
from appliance.domain.announcements import (
    AnnouncementLevel as Level,
)
from appliance.domain.intents import announced
from appliance.domain.models import ClockTrust, Stamp
from appliance.errors import Invalid, Refused
from sync.cloud.push import intents as cloud_intents

HOUR_MS = 3_600_000
MADE = Stamp("b1", HOUR_MS, 1_800_000_000_000, ClockTrust.SAVED)
SAID = Announcement(
    id="a1",
    event_id="e1",
    stage_id=None,
    session_id=None,
    author="staff",
    by="Sommerfest",
    text="The bar closes at two",
    level=Level.INFO,
    duration_s=600,
    made=MADE,
    number=1,
)


def after(ms: int, *, jump_ms: int = 0) -> Stamp:
    return replace(MADE, boot_ms=MADE.boot_ms + ms, wall_ms=MADE.wall_ms + ms + jump_ms)


def rebooted(*, off_ms: int, up_ms: int = 60_000, trust: ClockTrust = ClockTrust.SAVED) -> Stamp:
    return Stamp("b2", up_ms, MADE.wall_ms + off_ms + up_ms, trust)


@given(gone=some.integers(0, 3 * 600_000), jump=some.integers(-(10**12), 10**12))
def test_within_a_boot_it_counts_for_its_duration_whatever_the_wall_clock_says(gone: int, jump: int) -> None:
    assert announcements.left_ms(SAID, after(gone, jump_ms=jump)) == max(0, 600_000 - gone)


def test_a_short_power_cut_takes_its_time_off_and_a_long_one_all_of_it() -> None:
    assert announcements.left_ms(SAID, rebooted(off_ms=120_000)) == 600_000 - 180_000
    assert not announcements.is_running(SAID, rebooted(off_ms=600_000))


@pytest.mark.parametrize(
    "now",
    [
        rebooted(off_ms=1_000, trust=ClockTrust.NONE),
        rebooted(off_ms=-300_000),
        # The clock says that hardly any time went by, but the box has been up for longer than that.
        rebooted(off_ms=-590_000, up_ms=601_000),
    ],
)
def test_after_a_reboot_yesterday_s_words_never_greet_today_s_guests(now: Stamp) -> None:
    assert not announcements.is_running(SAID, now)


def test_what_somebody_ended_is_over_whatever_time_is_left() -> None:
    assert all(not announcements.is_running(replace(SAID, ended=ending), MADE) for ending in Ending)


def test_the_most_urgent_stands_first_and_of_those_the_newest() -> None:
    said = [
        replace(SAID, id=name, number=number, level=level)
        for number, (name, level) in enumerate(
            [
                ("old info", Level.INFO),
                ("urgent", Level.URGENT),
                ("important", Level.IMPORTANT),
                ("info", Level.INFO),
            ]
        )
    ]
    assert [one.id for one in announcements.in_order(said)] == ["urgent", "important", "info", "old info"]
    assert announcements.making_room(said).id == "old info"


def test_the_inbox_has_the_last_hours_and_what_still_counts_but_nothing_that_was_taken_back() -> None:
    assert announcements.is_recent(SAID, after(INBOX_MS - 1))
    assert not announcements.is_recent(SAID, after(INBOX_MS))
    assert announcements.is_recent(replace(SAID, duration_s=DURATION_MAX_S), after(INBOX_MS))
    assert announcements.is_recent(replace(SAID, ended=Ending.SET_OVER), after(60_000))
    assert not announcements.is_recent(replace(SAID, ended=Ending.CANCELLED), after(60_000))
    assert not announcements.is_recent(SAID, rebooted(off_ms=0, trust=ClockTrust.NONE))


@pytest.mark.parametrize(
    ("stage", "event", "is_told"), [(None, "e1", True), ("main", "e1", True), ("bar", "e1", False), (None, "e2", False)]
)
def test_it_concerns_its_stage_or_every_stage_of_its_event(stage: str | None, event: str, is_told: bool) -> None:
    said = replace(SAID, stage_id=stage, event_id=event)
    assert announcements.concerns(said, event_id="e1", stage_id="main") is is_told


@pytest.mark.parametrize("text", ["", "   ", "\u200b\u200d", "\u202e", "\n\t\0", "\u00ad\ufe0f", "\ufeff"])
def test_what_nobody_could_see_is_refused(text: str) -> None:
    with pytest.raises(Invalid) as error:
        announcements.cleaned_text(text)
    assert error.value.code == "text_empty"


def test_words_are_cleaned_before_they_are_measured() -> None:
    assert announcements.cleaned_text(" Last\n\nbus \u202eat\u202c 2\0 ") == "Last bus at 2"
    assert announcements.cleaned_text("x" * 500 + "  \u202e") == "x" * 500
    with pytest.raises(Invalid) as error:
        announcements.cleaned_text("x" * 501)
    assert error.value.code == "text_too_long"


@pytest.mark.parametrize("duration_s", [-1, 0, 29, 12 * 3600 + 1, 13 * 3600, 10**30])
def test_a_duration_out_of_reach_is_refused(duration_s: int) -> None:
    with pytest.raises(Invalid) as error:
        announcements.checked_duration(duration_s)
    assert error.value.code == "duration_out_of_range"


def test_a_duration_at_its_limits_is_taken() -> None:
    assert [announcements.checked_duration(one) for one in (30, 12 * 3600)] == [30, 12 * 3600]


def test_a_slip_can_be_put_right_at_once_and_a_flood_is_told_how_long_to_wait() -> None:
    paces = (Pace(2, 60_000), Pace(3, HOUR_MS))
    announcements.check_pace([], MADE, paces=paces)
    announcements.check_pace([MADE], after(1), paces=paces)
    with pytest.raises(Refused) as error:
        announcements.check_pace([after(10_000), MADE], after(20_500), paces=paces)
    assert (error.value.code, error.value.facts["wait_s"]) == ("announcing_too_often", 40)
    announcements.check_pace([after(10_000), MADE], after(60_000), paces=paces)
    with pytest.raises(Refused) as error:
        announcements.check_pace([after(70_000), after(10_000), MADE], after(200_000), paces=paces)
    assert error.value.facts["wait_s"] == (HOUR_MS - 200_000) // 1000


def test_what_was_said_before_a_reboot_without_a_clock_keeps_nobody_from_speaking() -> None:
    now = rebooted(off_ms=0, trust=ClockTrust.NONE)
    announcements.check_pace([MADE] * 60, now, paces=ORGANISER_PACE)


def test_as_many_are_looked_at_as_the_slowest_pace_counts() -> None:
    assert announcements.looked_at(DJ_PACE) == 20
    assert announcements.looked_at(ORGANISER_PACE) == 60


@pytest.mark.parametrize(
    ("level", "urgency"),
    [(Level.INFO, "low"), (Level.IMPORTANT, "normal"), (Level.URGENT, "high")],
)
def test_its_notification_lasts_as_long_as_it_does_and_is_as_urgent(level: Level, urgency: str) -> None:
    intent = announced(replace(SAID, level=level, stage_id="main"))
    assert (intent.event_id, intent.stage_id) == ("e1", "main")
    assert (intent.expires_after_s, intent.urgency) == (600, urgency)
    assert (intent.title, intent.text) == ("Sommerfest", "The bar closes at two")
    assert intent.collapse != announced(replace(SAID, id="a2")).collapse


def test_the_cloud_can_send_the_longest_one() -> None:
    from appliance.domain.events import IntentMade

    longest = replace(SAID, id="x" * 64, text="漢" * 500, by="n" * 100, duration_s=DURATION_MAX_S)
    read = cloud_intents.read(IntentMade(announced(longest)).body(), made_ms=0)
    assert read is not None
    assert (read.text, read.expires_after_s) == (longest.text, DURATION_MAX_S)
