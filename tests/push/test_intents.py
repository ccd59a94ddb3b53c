"""Intents: in time or not at all, the newest of a kind, nothing that leads elsewhere."""

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as some

from sync.cloud.push.intents import Due, Expired, Intent, Undated, Urgency, read, timing, topic

NOW = 1_790_000_000_000


def intent(**said: object) -> Intent:
    base = Intent("i1", "dj_live", "e1", "main", "live", 1200, Urgency.HIGH, "DJ B is live", "", "/e/1", NOW)
    return dataclasses.replace(base, **said)  # type: ignore[arg-type]


def test_what_was_made_three_hours_ago_for_twenty_minutes_is_not_sent() -> None:
    assert timing(intent(made_ms=NOW - 3 * 3600 * 1000), read_ms=NOW, now_ms=NOW) == Expired("too_late")


def test_a_service_may_keep_it_for_the_time_that_is_left() -> None:
    assert timing(intent(made_ms=NOW - 300_000), read_ms=NOW, now_ms=NOW) == Due(900)


def test_what_has_no_known_time_waits_for_one_as_long_as_it_may_be_worth_it() -> None:
    assert timing(intent(made_ms=None), read_ms=NOW, now_ms=NOW + 1_100_000) == Undated()
    assert timing(intent(made_ms=None), read_ms=NOW, now_ms=NOW + 1_200_000) == Expired("time_unknown")


def test_a_box_whose_clock_is_ahead_gets_no_more_than_the_whole_time() -> None:
    assert timing(intent(made_ms=NOW + 86_400_000), read_ms=NOW, now_ms=NOW) == Due(1200)


@given(age=some.integers(-(10**9), 10**9), lasts=some.integers(1, 10**7))
def test_it_is_never_kept_beyond_its_end(age: int, lasts: int) -> None:
    found = timing(intent(made_ms=NOW - age, expires_after_s=lasts), read_ms=NOW, now_ms=NOW)
    if isinstance(found, Due):
        assert 1 <= found.ttl_s <= lasts - max(0, age) / 1000


def test_the_same_word_on_another_stage_is_another_topic_of_letters_and_digits() -> None:
    topics = {topic(intent()), topic(intent(stage="bar")), topic(intent(stage=None)), topic(intent(event="e2"))}
    assert len(topics) == 4
    assert all(len(one) == 32 and one.isalnum() for one in topics)


BODY = {
    "intent": "i1",
    "kind": "dj_live",
    "event": "e1",
    "stage": None,
    "collapse": "live",
    "expires_after_s": 1200,
    "urgency": "high",
    "title": "DJ B is live",
    "text": "",
    "path": "/e/1",
}


def test_a_journal_body_is_read() -> None:
    assert read(BODY, made_ms=NOW) == intent(stage=None)


@pytest.mark.parametrize(
    "wrong",
    [
        {"path": "//evil.example"},
        {"path": "/\\evil.example"},
        {"path": "https://evil.example"},
        {"path": "/a\nb"},
        {"title": ""},
        {"title": 7},
        {"expires_after_s": 0},
        {"expires_after_s": True},
        {"stage": 5},
        {"intent": None},
    ],
)
def test_what_is_no_intent_is_none(wrong: dict[str, object]) -> None:
    assert read({**BODY, **wrong}, made_ms=NOW) is None


def test_long_words_are_cut_and_a_strange_urgency_is_the_usual_one() -> None:
    found = read({**BODY, "title": "x" * 5000, "text": "y" * 5000, "urgency": "extreme"}, made_ms=NOW)
    assert found is not None
    assert (len(found.title), len(found.text), found.urgency) == (120, 500, Urgency.NORMAL)
