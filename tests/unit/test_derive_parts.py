"""What deriving is made of: reading bodies, choosing an anchor, putting boots one after the other."""

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.domain import events
from appliance.domain.presence import HandoverCount, SpanCount
from sync.cloud.derive.anchors import Anchor, best, drift_ms, staff_error_ms
from sync.cloud.derive.changes import COLUMNS, Changes, Raw
from sync.cloud.derive.placing import Boot, Timeline
from sync.cloud.derive.reading import read_body

TRUE_MS = 1_800_000_000_000
HOUR = 3_600_000


def anchor(source: str, *, error_ms: int = 2_000, off_ms: int = 0, place: int = 1) -> Anchor:
    return Anchor("b", 10_000, TRUE_MS + off_ms, error_ms, source, place)


@pytest.mark.parametrize(
    ("anchors", "chosen"),
    [
        ([], None),
        ([anchor("guests", error_ms=500)], "guests"),
        # Phones of guests only where nobody else said anything, however sure they are.
        ([anchor("guests", error_ms=500), anchor("staff", error_ms=60_000)], "staff"),
        # The most exact one; of equals, by the ladder.
        ([anchor("staff"), anchor("dj"), anchor("rtc"), anchor("ntp", error_ms=100)], "ntp"),
        ([anchor("ntp", error_ms=100), anchor("server", error_ms=40)], "server"),
        ([anchor("staff"), anchor("dj")], "dj"),
        ([anchor("dj", error_ms=60_000), anchor("staff")], "staff"),
        ([anchor("star"), anchor("staff")], "staff"),
        # Staff corrected a battery's clock: it is wrong, and nothing else is.
        ([anchor("rtc", error_ms=100, off_ms=HOUR), anchor("staff", error_ms=60_000)], "staff"),
        ([anchor("rtc", error_ms=100, off_ms=60_000), anchor("staff", error_ms=60_000)], "rtc"),
        ([anchor("ntp", error_ms=100, off_ms=HOUR), anchor("staff")], "ntp"),
    ],
)
def test_the_best_anchor_of_a_boot_is_believed(anchors: list[Anchor], chosen: str | None) -> None:
    for order in (anchors, anchors[::-1]):
        found = best(order)
        assert (found and found.source) == chosen


def test_of_two_that_are_equally_good_the_later_one_counts() -> None:
    found = best([anchor("ntp", place=1), anchor("ntp", off_ms=5, place=9)])
    assert found is not None
    assert found.place == 9


def test_a_typed_time_has_no_seconds_and_crystals_drift() -> None:
    assert (staff_error_ms(TRUE_MS), staff_error_ms(TRUE_MS + 1)) == (60_000, 2_000)
    assert drift_ms(-12 * HOUR) == drift_ms(12 * HOUR) == 2_160


def three_boots() -> Timeline:
    return Timeline(
        [
            Boot("c", first_place=30, first_ms=0, last_ms=HOUR, anchor_ms=0, utc_ms=TRUE_MS + 9 * HOUR, error_ms=7),
            Boot("a", first_place=1, first_ms=0, last_ms=HOUR, anchor_ms=0, utc_ms=TRUE_MS, error_ms=100),
            Boot("b", first_place=20, first_ms=0, last_ms=HOUR),
        ]
    )


def test_a_boot_without_an_anchor_has_no_time_and_is_told_as_such() -> None:
    timeline = three_boots()
    assert (timeline.utc("a", 5), timeline.utc("b", 5)) == (TRUE_MS + 5, None)
    assert timeline.among(["a", "b", "c", "a", "never heard of"]) == (1, 280)
    assert timeline.end_of("a") == HOUR
    assert timeline.end_of("c") is None


def test_what_was_before_a_boot_stands_before_it_and_where_it_was_if_that_is_known() -> None:
    timeline = three_boots()
    assert timeline.key("c", -HOUR, place=31)[:2] == (2, -HOUR)
    known = Timeline(
        Boot(name, first_place=place, first_ms=0, last_ms=HOUR, anchor_ms=0, utc_ms=TRUE_MS + off, error_ms=1)
        for name, place, off in (("a", 1, 0), ("b", 2, 2 * HOUR), ("c", 3, 4 * HOUR))
    )
    assert known.key("c", -90 * 60_000, place=4) == (1, HOUR // 2, 4)
    assert known.key("c", -HOUR // 2, place=4) == (2, -HOUR // 2, 4)
    assert known.key("c", -7 * HOUR // 2, place=4) == (0, HOUR // 2, 4)
    assert known.key("c", -99 * HOUR, place=4) == (0, -95 * HOUR, 4)


_json = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text()),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(), inner, max_size=3)),
    max_leaves=8,
)
_KINDS = ["play.announced", "like.given", "presence.counted", "poll.opened", "clock.set", "time.anchored", "star.born"]
_FIELDS = ["play", "guest", "event", "stage", "session", "span_ms", "minutes", "boot", "boot_ms", "wall_ms", "age_ms"]


@given(kind=st.sampled_from(_KINDS), body=st.dictionaries(st.sampled_from(_FIELDS), _json))
def test_whatever_a_body_holds_it_is_taken_or_counted(kind: str, body: dict[str, Any]) -> None:
    changes = Changes({})
    changes.add(Raw(1, kind, 1, "b", 0, json.dumps(body)))
    counted = changes.rows["derive_skipped"]
    found = read_body(kind, 1, json.dumps(body))
    assert isinstance(found, msgspec.Struct) or list(counted) == [(kind, found)]
    for table in COLUMNS:
        if changes.rows[table]:
            assert {len(column) for column in changes.columns(table).values()} == {len(changes.rows[table])}


def test_every_kind_that_the_box_journals_is_known_here() -> None:
    kinds = {event.kind for event in events.Journaled.__args__}
    assert {kind for kind in kinds if read_body(kind, 1, "{}") == "kind_unknown"} == set()


def test_the_box_s_counts_are_read_as_they_are_written() -> None:
    numbers = {"minutes": (1, 2), "guests": 2, "active": 1, "arrived": 2, "left": 0, "came_from": {"cellar": 1}}
    span = SpanCount("main", at_ms=5, span_ms=120_000, **numbers)  # type: ignore[arg-type]
    for event in (
        events.PresenceCounted("e", span),
        events.HandoverMeasured(HandoverCount("main", 5, "s1", "s2", before=3, stayed=2)),
    ):
        assert isinstance(read_body(event.kind, 1, json.dumps(event.body())), msgspec.Struct)
