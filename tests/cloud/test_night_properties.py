"""What holds of every night, whatever was in it."""

from datetime import UTC

from hypothesis import example, given, settings
from hypothesis import strategies as st

from sync.cloud.night import audience, liked, moments
from sync.cloud.night.audience import Listeners
from sync.cloud.night.crediting import likes_credited
from sync.cloud.night.figures import figures
from sync.cloud.night.intervals import gamma_quantile, gamma_share, rate, share
from sync.cloud.night.records import LikeRecord, Night, PlayRecord, PresenceRecord, SetRecord, StageRecord
from sync.cloud.report.hours import Hours
from sync.cloud.report.plain import document
from tests.support.synthetic_night import ZONE, Plan, make_night, without_hours

#: often the same few, so that tracks follow each other and taps come right after a change
MOMENT = st.none() | st.integers(0, 12).map(lambda n: n * 15_000) | st.integers(0, 4 * 3_600_000)


@st.composite
def spans(draw: st.DrawFn, stage: st.SearchStrategy[str], number: int) -> PresenceRecord:
    """Five minutes on any stage."""
    guests = draw(st.integers(0, 30))
    return PresenceRecord(
        stage=draw(stage),
        at_ms=draw(MOMENT),
        span_ms=300_000,
        order=number,
        minutes=draw(st.lists(st.integers(0, guests), max_size=5)),
        guests=guests,
        active=draw(st.integers(0, guests)),
        arrived=draw(st.integers(0, guests)),
        left=0,
        came_from={draw(stage): draw(st.integers(0, 9))},
    )


@st.composite
def nights(draw: st.DrawFn) -> Night:
    """Anything that tables may hold: holes, overlaps, times that run backwards."""
    stages = [StageRecord(id=f"s{n}", name=f"Stage {n}") for n in range(draw(st.integers(1, 3)))]
    stage = st.sampled_from([one.id for one in stages])
    sets = [
        SetRecord(
            id=f"set{n}",
            stage=draw(stage),
            dj=f"dj{n % 2}",
            dj_name="x",
            order=n,
            began_ms=draw(MOMENT),
            ended_ms=draw(MOMENT),
        )
        for n in range(draw(st.integers(0, 3)))
    ]
    plays = [
        PlayRecord(
            id=f"p{n}",
            session=f"set{n % 3}",
            stage=draw(stage),
            artist=draw(st.sampled_from(["a", "b"])),
            title="t",
            order=n,
            began_ms=draw(MOMENT),
            ended_ms=draw(MOMENT),
            bpm=draw(st.none() | st.floats(1, 400)),
        )
        for n in range(draw(st.integers(0, 6)))
    ]
    known = st.sampled_from([play.id for play in plays] or ["gone"])
    likes = [
        LikeRecord(play=draw(known), guest=f"g{n}", order=n, at_ms=draw(MOMENT)) for n in range(draw(st.integers(0, 8)))
    ]
    presence = [draw(spans(stage, n)) for n in range(draw(st.integers(0, 8)))]
    return Night(box="b", event="e", name="n", stages=stages, sets=sets, plays=plays, likes=likes, presence=presence)


@settings(max_examples=40, deadline=None)
@given(nights())
@example(make_night(Plan(hours=1)))
def test_no_like_is_lost_or_doubled(night: Night) -> None:
    known = {play.id for play in night.plays}
    credited = likes_credited(night)
    assert abs(sum(credited.values()) - sum(1 for one in night.likes if one.play in known)) < 1e-6
    assert all(amount > 0 for amount in credited.values())
    found = moments.hearts(night)
    assert sum(one.likes for one in found.stretches) + found.unknown == found.likes == len(night.likes)


@settings(max_examples=40, deadline=None)
@given(nights())
def test_every_night_has_figures_and_a_document(night: Night) -> None:
    found = figures(night, others=[night], zone=UTC)
    assert all(one.against_usual is None or one.against_usual > 0 for one in found.sets)
    assert sum(one.sets for one in found.djs) == len(found.sets)
    for track in found.liked:
        assert 0 < track.rate.low < track.rate.middle < track.rate.high
    assert document(found, venue="x", hours=Hours(UTC), zone_name="UTC")["totals"]["plays"] == len(night.plays)


@settings(max_examples=40, deadline=None)
@given(nights(), st.integers(0, 3_600_000), st.integers(1, 3_600_000), st.integers(1, 3_600_000))
def test_two_stretches_are_as_long_as_both_together(night: Night, began: int, first: int, second: int) -> None:
    listeners = Listeners(night.presence)
    middle, end = began + first, began + first + second
    parts = [listeners.between("s0", began_ms=a, ended_ms=b) for a, b in ((began, middle), (middle, end), (began, end))]
    most = max((n for row in night.presence for n in row.minutes), default=0)
    for heard, minutes in zip(parts, (first, second, first + second), strict=True):
        assert heard is None or -1e-9 <= heard <= most * minutes / 60_000 + 1e-6


@given(st.floats(0.5, 400), st.floats(0.01, 0.99))
def test_a_quantile_is_where_its_share_lies(shape: float, wanted: float) -> None:
    assert abs(gamma_share(shape, gamma_quantile(shape, wanted)) - wanted) < 1e-5


@given(st.integers(0, 500), st.floats(1, 10_000), st.floats(1, 10_000))
def test_more_listening_for_as_many_likes_is_less_and_surer(likes: int, minutes: float, more: float) -> None:
    one = rate(likes, minutes, prior_events=2, prior_exposure=100)
    two = rate(likes, minutes + more, prior_events=2, prior_exposure=100)
    assert two.middle < one.middle
    assert two.high - two.low < one.high - one.low


@given(st.integers(1, 400), st.data())
def test_a_share_lies_within_its_interval(whole: int, data: st.DataObject) -> None:
    found = share(data.draw(st.integers(0, whole)), whole)
    assert 0 <= found.low <= found.middle + 1e-12
    assert found.middle - 1e-12 <= found.high <= 1


def most_liked(night: Night) -> list[liked.LikedTrack]:
    return liked.Liking(night).tracks(night.plays)


def test_what_went_into_a_night_comes_out_of_its_figures() -> None:
    plan = Plan(hours=8, djs=3, stages=1, guests=400, pull=(1.0, 2.5, 0.5))
    from dataclasses import replace
    from datetime import timedelta

    usual = [
        make_night(replace(plan, seed=seed, pull=(1.0, 1.0, 1.0), began=plan.began - timedelta(days=7 * seed)))
        for seed in (2, 3, 4, 5)
    ]
    found = figures(make_night(plan), others=usual, zone=ZONE)
    first, second, third = (one.against_usual for one in found.sets)
    assert first is not None
    assert second is not None
    assert third is not None
    assert second > first > 0.7
    # Those who came for the second are there when the third begins, and leave.
    stays = [one.retention.share for one in found.sets if one.retention]
    assert [one.middle for one in stays if one] == sorted([one.middle for one in stays if one], reverse=True)


def test_unknown_hours_are_in_every_total_and_in_no_chart() -> None:
    plan = Plan()
    whole = make_night(plan)
    began = plan.began_ms + 2 * 3_600_000
    holed = without_hours(whole, from_ms=began, until_ms=began + 3_600_000)
    one, two = figures(whole, others=[], zone=ZONE), figures(holed, others=[], zone=ZONE)
    same = ("sets", "djs", "plays", "tracks", "likes", "listener_hours")
    assert [getattr(one.totals, name) for name in same] == [getattr(two.totals, name) for name in same]
    assert one.hearts.likes == two.hearts.likes
    assert one.tempo.total == two.tempo.total
    assert one.ways == two.ways
    for points in two.curves.values():
        assert not [point for point in points if began <= point.at_ms + point.span_ms < began + 3_600_000]
    assert len(audience.pieces(two.curves["stage-0"])) == 2
    assert most_liked(without_hours(whole, from_ms=0, until_ms=1 << 60)) == []
