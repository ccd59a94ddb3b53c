"""Counting guests: minutes and spans, who came and went and from where, who stayed when the DJ changed."""

from collections.abc import Iterable, Mapping

from hypothesis import given
from hypothesis import strategies as st

from appliance.domain.presence import (
    GONE_AFTER_MINUTES,
    MINUTE_MS,
    SPAN_MINUTES,
    Attendance,
    Count,
    HandoverCount,
    SpanCount,
)

SPAN_MS = SPAN_MINUTES * MINUTE_MS
MAIN, CELLAR = "main", "cellar"


def play_out(attendance: Attendance, minutes: Iterable[Mapping[str, Iterable[str]]], *, start: int = 1) -> list[Count]:
    """One minute after the other, with the guests who look on in each."""
    counts: list[Count] = []
    for minute, present in enumerate(minutes, start=start):
        counts += attendance.turn(minute, present=present.items())
    return counts


def spans(counts: Iterable[Count], stage: str = MAIN) -> list[SpanCount]:
    return [one for one in counts if isinstance(one, SpanCount) and one.stage == stage]


def test_distinct_guests_are_counted_for_each_minute_and_for_the_span() -> None:
    attendance = Attendance()
    attendance.see(MAIN, "a")
    attendance.see(MAIN, "a")
    attendance.act(MAIN, "a")
    attendance.act(MAIN, "somebody who is not seen")
    counts = play_out(attendance, [{MAIN: ["a", "b"]}, {MAIN: ["b"]}, {}, {MAIN: ["c"]}, {}])
    (span,) = spans(counts)
    assert (span.minutes, span.guests, span.active) == ((1, 2, 1, 0, 1), 3, 1)
    assert (span.span_ms, span.at_ms) == (SPAN_MS, SPAN_MS)
    # The guest of the first minute was there before the box began to count.
    assert (span.arrived, span.left, span.came_from) == (2, 0, {})


def test_nobody_makes_no_row() -> None:
    assert play_out(Attendance(), [{}] * 20) == []


def test_a_phone_in_a_pocket_has_not_left_and_one_that_is_gone_for_long_has() -> None:
    there: Mapping[str, Iterable[str]] = {MAIN: ["a"]}
    pocket = [{}, there, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, there, {}, {}]
    counts = spans(play_out(Attendance(), [*pocket, *[{}] * (GONE_AFTER_MINUTES + SPAN_MINUTES)]))
    assert sum(span.arrived for span in counts) == 1
    assert [(span.at_ms // SPAN_MS, span.guests) for span in counts if span.left] == [(6, 0)]


def test_who_changes_the_floor_left_one_and_came_to_the_other() -> None:
    attendance = Attendance()
    five = [{}, *[{CELLAR: ["a", "b"], MAIN: ["c"]}] * 4]
    counts = play_out(attendance, [*five, *[{MAIN: ["a", "c"], CELLAR: ["b"]}] * 5, {}])
    second = spans(counts)[1]
    assert (second.arrived, second.came_from) == (1, {CELLAR: 1})
    assert spans(counts, CELLAR)[1].left == 1


def test_a_short_look_at_another_floor_is_no_move() -> None:
    attendance = Attendance()
    looks = [{MAIN: ["a"]}] * 5 + [{MAIN: ["a"]}, {CELLAR: ["a"]}, {MAIN: ["a"]}, {MAIN: ["a"]}, {}, {}]
    counts = play_out(attendance, looks)
    assert sum(span.left for span in spans(counts)) == 0
    assert [(span.guests, span.arrived) for span in spans(counts, CELLAR)] == [(1, 0)]


_crowd = st.lists(
    st.fixed_dictionaries({MAIN: st.sets(st.sampled_from("abcdefgh")), CELLAR: st.sets(st.sampled_from("abcdefgh"))}),
    max_size=60,
)


@given(crowd=_crowd)
def test_everybody_who_came_and_has_not_left_is_somewhere(crowd: list[dict[str, set[str]]]) -> None:
    attendance = Attendance()
    counts = play_out(attendance, [*crowd, *[{}] * (GONE_AFTER_MINUTES + 2 * SPAN_MINUTES)])
    every = [one for one in counts if isinstance(one, SpanCount)]
    came = sum(one.arrived for one in every)
    assert came == sum(one.left for one in every)
    assert all(max(one.minutes) <= one.guests <= sum(one.minutes) for one in every)
    assert all(sum(one.came_from.values()) <= one.arrived for one in every)
    assert attendance.guests() == 0


def test_minutes_that_the_box_slept_through_have_nobody_in_them() -> None:
    attendance = Attendance()
    attendance.see(MAIN, "a")
    (span,) = spans(attendance.turn(63, present=[(MAIN, ["a"])]))
    assert (span.minutes, span.at_ms) == ((1, 0, 0, 0, 0), SPAN_MS)
    assert attendance.turn(2, present=[(MAIN, ["b"])]) == []


def test_the_end_of_a_run_keeps_the_span_that_was_begun() -> None:
    attendance = Attendance()
    play_out(attendance, [{MAIN: ["a"]}] * 7)
    (span,) = attendance.close(since_start_ms=7 * MINUTE_MS + 30_000)
    assert (span.span_ms, span.at_ms, span.minutes) == (2 * MINUTE_MS + 30_000, 7 * MINUTE_MS + 30_000, (1, 1, 1))
    assert Attendance().close(since_start_ms=0) == []


def test_a_handover_says_who_of_the_quarter_before_is_there_a_quarter_later() -> None:
    attendance = Attendance()
    attendance.started(MAIN, session="s1", dj="anna")
    play_out(attendance, [{MAIN: ["long ago"]}, {}, {}, {}, {MAIN: ["a", "b", "c"]}, *[{}] * 15])
    attendance.ended(MAIN, session="s1")
    attendance.started(MAIN, session="s2", dj="bela")
    later = [{MAIN: ["c", "new"]}, *[{}] * 10, {MAIN: ["a", "new"]}, {}, {}, {}]
    found = [one for one in play_out(attendance, later, start=21) if isinstance(one, HandoverCount)]
    assert found == [HandoverCount(MAIN, 35 * MINUTE_MS, "s1", "s2", before=3, stayed=1)]


def test_what_is_no_change_of_dj_is_not_measured() -> None:
    attendance = Attendance()
    attendance.goes_on(MAIN, session="s0", dj="anna")
    play_out(attendance, [{MAIN: ["a"]}] * 3)
    attendance.started(MAIN, session="s1", dj="anna")
    attendance.ended(MAIN, session="s1")
    attendance.started(CELLAR, session="s3", dj="bela")
    late = play_out(attendance, [{MAIN: ["a"], CELLAR: ["b"]}] * 20, start=4)
    attendance.started(MAIN, session="s4", dj="carl")
    late += play_out(attendance, [{MAIN: ["a"]}] * 20, start=24)
    assert not [one for one in late if isinstance(one, HandoverCount)]


def test_a_guest_who_is_forgotten_is_in_no_later_count() -> None:
    attendance = Attendance()
    attendance.started(MAIN, session="s1", dj="anna")
    play_out(attendance, [{MAIN: ["a", "b"]}] * 3)
    attendance.started(MAIN, session="s2", dj="bela")
    attendance.forget("a")
    counts = play_out(attendance, [{}] * 20, start=4)
    assert spans(counts)[0].minutes == (0, 1, 1, 1, 0)
    assert [one.before for one in counts if isinstance(one, HandoverCount)] == [1]


def test_made_up_guests_fill_no_memory() -> None:
    attendance = Attendance(most=100)
    for number in range(5_000):
        attendance.see(MAIN, f"made-up-{number}")
        attendance.act(MAIN, f"made-up-{number}")
    assert attendance.guests() == 100
    (span,) = spans(attendance.turn(5, present=[]))
    assert span.guests == 100
