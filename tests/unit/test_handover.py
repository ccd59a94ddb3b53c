"""How a stage passes from DJ to DJ."""

from dataclasses import replace

import pytest

from appliance.domain import handover, rules
from appliance.domain.handover import NOTE_MAX, Note, Offer, Start, how_to_start
from appliance.domain.models import ClockTrust, Session, Stamp
from appliance.domain.nights import NIGHT_MS
from appliance.errors import Invalid, Refused

NOW = Stamp(boot="b", boot_ms=10_000_000, wall_ms=1_800_000_000_000, trust=ClockTrust.SAVED)
SESSION = Session(id="s", stage_id="main-floor", dj_id="anna", dj_name="DJ Anna", started=NOW, seen=NOW)
MINUTE_MS = 60_000
TO_BEN = Offer(session_id="s", stage_id="main-floor", to_dj_id="ben", to_name="DJ Ben", made=NOW)
TO_ANYBODY = replace(TO_BEN, to_dj_id=None, to_name="")


def later(minutes: float) -> Stamp:
    return replace(NOW, boot_ms=NOW.boot_ms + int(minutes * MINUTE_MS))


def start(dj: str, at: Stamp, *, offer: Offer | None = None, take_over: bool = False) -> Start:
    return how_to_start(SESSION, dj_id=dj, offer=offer, take_over=take_over, now=at)


@pytest.mark.parametrize("minutes", [0, 5, 6, 90, 480])
def test_a_lost_connection_ends_no_set_however_long_it_lasts_this_evening(minutes: float) -> None:
    assert start("anna", later(minutes)) is Start.RESUME


def test_a_dj_of_long_ago_begins_a_new_set() -> None:
    assert start("anna", later(480.1)) is Start.ANEW


def test_a_second_dj_is_refused_with_the_name_of_who_is_on() -> None:
    with pytest.raises(Refused) as error:
        start("ben", later(4), take_over=True)
    assert error.value.code == "stage_taken"
    assert error.value.facts == {"dj": "DJ Anna", "silent_s": 240, "can_take_over": False}


def test_a_silent_dj_is_replaced_only_on_purpose() -> None:
    with pytest.raises(Refused) as error:
        start("ben", later(6))
    assert error.value.facts["can_take_over"] is True
    assert start("ben", later(6), take_over=True) is Start.TAKE_OVER


def test_after_a_reboot_silence_counts_from_the_boot() -> None:
    just_up = Stamp(boot="other", boot_ms=20_000, wall_ms=0, trust=ClockTrust.NONE)
    assert rules.silent_ms(SESSION, just_up) == 20_000
    assert not handover.is_away(SESSION, just_up)
    assert start("anna", just_up) is Start.RESUME


def test_a_clock_that_jumps_neither_ends_a_set_nor_makes_its_dj_away() -> None:
    jumped = replace(later(1), wall_ms=0)
    assert start("anna", jumped) is Start.RESUME
    assert not handover.is_away(SESSION, jumped)


def test_a_dj_is_away_only_after_the_grace_period() -> None:
    assert not handover.is_away(SESSION, later(5))
    assert handover.is_away(SESSION, later(5.01))


@pytest.mark.parametrize("offer", [TO_BEN, TO_ANYBODY])
def test_who_was_offered_the_stage_starts_while_the_other_plays(offer: Offer) -> None:
    assert start("ben", later(0), offer=offer) is Start.HAND_OVER


def test_an_offer_is_for_nobody_else_and_says_for_whom() -> None:
    with pytest.raises(Refused) as error:
        start("carl", later(1), offer=TO_BEN)
    assert error.value.code == "stage_taken"
    assert "DJ Ben" in error.value.advice


def test_an_offer_does_not_end_the_own_set() -> None:
    assert start("anna", later(1), offer=TO_ANYBODY) is Start.RESUME


def test_what_is_on_stays_on_unless_nobody_knows_whether_it_is() -> None:
    on = replace(SESSION, current_play_id="p")
    after = replace(SESSION, id="s2", dj_id="ben")
    assert handover.following(on, after).current_play_id == "p"
    assert handover.following(replace(on, away=True), after).current_play_id is None


def note(*, left: Stamp = NOW) -> Note:
    return Note("s", "main-floor", dj_id="anna", dj_name="DJ Anna", text="The left deck hums.", left=left)


def test_a_note_is_for_the_next_dj_and_for_one_night() -> None:
    assert note().is_for("ben", now=later(60))
    assert not note().is_for("anna", now=later(60))
    assert not note().is_for("ben", now=replace(NOW, boot_ms=NOW.boot_ms + NIGHT_MS))
    rebooted = Stamp(boot="other", boot_ms=5_000, wall_ms=NOW.wall_ms + MINUTE_MS, trust=ClockTrust.SAVED)
    assert note().is_for("ben", now=rebooted)
    assert not note().is_for("ben", now=replace(rebooted, trust=ClockTrust.NONE))


@pytest.mark.parametrize(
    ("text", "code"), [("", "note_empty"), (" \u200b\n", "note_empty"), ("x" * (NOTE_MAX + 1), "note_too_long")]
)
def test_a_note_that_says_nothing_or_too_much_is_refused(text: str, code: str) -> None:
    with pytest.raises(Invalid) as error:
        handover.clean_note(text)
    assert error.value.code == code


def test_a_note_at_its_limit_is_kept_as_text_without_direction_tricks() -> None:
    assert handover.clean_note("é" * NOTE_MAX) == "é" * NOTE_MAX
    assert handover.clean_note(" Mind\n the \u202estairs ") == "Mind the stairs"
