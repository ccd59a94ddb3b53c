"""What may be asked, for how long, and what came of it."""

from dataclasses import replace

import pytest

from appliance.domain import polls
from appliance.domain.models import ClockTrust, Stamp
from appliance.domain.polls import Poll, PollEnd
from appliance.errors import BoxError, Invalid, Refused

OPENED = Stamp(boot="b", boot_ms=1_000_000, wall_ms=1, trust=ClockTrust.SAVED)
POLL = Poll(
    id="p",
    stage_id="main-floor",
    session_id="s",
    question="More Blues?",
    options=("Yes", "No", "Later"),
    votes=(0, 0, 0),
    opened=OPENED,
    lasts_s=60,
)


def later(seconds: float, *, boot: str = "b") -> Stamp:
    """So long after the opening; in another boot, so long after that began."""
    begun = OPENED.boot_ms if boot == OPENED.boot else 0
    # Somebody turns the wall clock back meanwhile: it decides nothing.
    return Stamp(boot=boot, boot_ms=begun + int(seconds * 1000), wall_ms=-5, trust=ClockTrust.NONE)


def code_of(error: BoxError) -> str:
    return error.code


@pytest.mark.parametrize("count", [2, 10])
def test_a_poll_has_two_to_ten_options_each_cleaned(count: int) -> None:
    drawn = polls.draft("  More \n Blues?\u202e ", [f" {number} " for number in range(count)], lasts_s=None)
    assert drawn.question == "More Blues?"
    assert drawn.options == tuple(str(number) for number in range(count))


@pytest.mark.parametrize(
    ("question", "options", "lasts_s", "code"),
    [
        ("", ["a", "b"], None, "question_empty"),
        (" \u200b\u0301", ["a", "b"], None, "question_empty"),
        ("q" * 201, ["a", "b"], None, "question_too_long"),
        ("q", [], None, "options_count"),
        ("q", ["a"], None, "options_count"),
        ("q", [str(number) for number in range(11)], None, "options_count"),
        ("q", ["a", ""], None, "option_empty"),
        ("q", ["a", " \u2063 "], None, "option_empty"),
        ("q", ["a", "b" * 81], None, "option_too_long"),
        ("q", ["Yes", "\uff39\uff25\uff33"], None, "options_alike"),
        ("q", ["a", "a "], None, "options_alike"),
        ("q", ["a", "b"], 29, "lasts_out_of_range"),
        ("q", ["a", "b"], 301, "lasts_out_of_range"),
        ("q", ["a", "b"], 0, "lasts_out_of_range"),
        ("q", ["a", "b"], -30, "lasts_out_of_range"),
    ],
)
def test_what_can_t_be_asked_is_named(question: str, options: list[str], lasts_s: int | None, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        polls.draft(question, options, lasts_s=lasts_s)
    assert code_of(refused.value) == code


@pytest.mark.parametrize(
    ("question", "option", "lasts_s"), [("q" * 200, "o" * 80, 30), ("\u00fc" * 200, "\u3042" * 80, 300)]
)
def test_what_is_just_within_the_limits_can_be_asked(question: str, option: str, lasts_s: int) -> None:
    assert polls.draft(question, [option, "other"], lasts_s=lasts_s).options[0] == option


def test_a_poll_is_over_by_boot_time_whatever_the_wall_clock_says() -> None:
    assert polls.left_ms(POLL, later(59.9)) == 100
    assert not polls.is_over(POLL, later(59.9))
    assert polls.is_over(POLL, later(60))
    assert not polls.is_over(replace(POLL, lasts_s=None), later(1_000_000))


def test_a_poll_from_before_a_reboot_counts_from_the_boot() -> None:
    assert not polls.is_over(POLL, later(59, boot="c"))
    assert polls.is_over(POLL, later(60, boot="c"))


@pytest.mark.parametrize("option", [-1, 3, 99, 10**30])
def test_an_option_that_is_not_there_can_t_be_chosen(option: int) -> None:
    with pytest.raises(Invalid) as refused:
        polls.check_vote(POLL, option, now=later(1))
    assert code_of(refused.value) == "option_unknown"


@pytest.mark.parametrize(
    ("poll", "at"), [(POLL, later(60)), (replace(POLL, end=PollEnd.ENDED, ended=later(5)), later(6))]
)
def test_a_vote_after_the_end_is_refused_in_words_and_not_counted(poll: Poll, at: Stamp) -> None:
    with pytest.raises(Refused) as refused:
        polls.check_vote(poll, 0, now=at)
    assert code_of(refused.value) == "poll_over"
    assert "not counted" in refused.value.detail


@pytest.mark.parametrize(
    ("votes", "places"), [((0, 0, 0), ()), ((1, 3, 2), (1,)), ((2, 1, 2), (0, 2)), ((1, 1, 1), (0, 1, 2))]
)
def test_ties_have_several_winners_and_silence_has_none(votes: tuple[int, ...], places: tuple[int, ...]) -> None:
    assert polls.winners(replace(POLL, votes=votes)) == places


def test_the_hall_is_not_asked_all_the_time() -> None:
    polls.check_pause(None, pause_s=900, now=later(0))
    with pytest.raises(Refused) as refused:
        polls.check_pause(POLL, pause_s=900, now=later(899.5))
    assert code_of(refused.value) == "poll_too_soon"
    assert refused.value.facts["wait_s"] == 1
    polls.check_pause(POLL, pause_s=900, now=later(900))


def test_a_poll_that_was_taken_back_before_an_answer_may_be_asked_again_at_once() -> None:
    mistaken = replace(POLL, end=PollEnd.CANCELLED, ended=later(2))
    polls.check_pause(mistaken, pause_s=900, now=later(3))
    with pytest.raises(Refused):
        polls.check_pause(replace(mistaken, votes=(0, 1, 0)), pause_s=900, now=later(3))


def test_a_result_stays_for_a_while_and_one_that_was_taken_back_is_never_shown() -> None:
    over = replace(POLL, end=PollEnd.TIME, ended=later(60))
    assert polls.is_shown(over, later(60 + 299))
    assert not polls.is_shown(over, later(60 + 300))
    assert not polls.is_shown(replace(over, end=PollEnd.CANCELLED), later(61))
