"""Loaded is not heard; one play from two programs is one; a replay is a second."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from appliance.domain.origins import FactOrigin
from sync.link.facts import Facts
from sync.link.sources.source import Confidence, Sighting
from sync.link.truth import Decision, Deed, Trust, Truth

HEARD, PLAYED, LOADED = Confidence.HEARD, Confidence.PLAYED, Confidence.LOADED


def seen(
    title: str, *, source: str = "serato", native_id: str = "", confidence: Confidence = HEARD, **rest: Any
) -> Sighting:
    rest.setdefault("artist", "Artist")
    return Sighting(source=source, native_id=native_id or title, confidence=confidence, title=title, **rest)


def titles(decisions: list[Decision], deed: Deed = Deed.ANNOUNCE) -> list[str]:
    return [one.sighting.title for one in decisions if one.deed is deed]


def test_what_is_heard_or_played_shows_by_itself_and_what_is_loaded_does_not() -> None:
    truth = Truth(Trust())
    assert titles(truth.see(seen("A", confidence=LOADED), now_ms=0)) == []
    assert titles(truth.tick(now_ms=10_000_000)) == []
    assert titles(truth.see(seen("A", confidence=PLAYED), now_ms=10_000_001)) == ["A"]
    assert titles(truth.see(seen("B", confidence=HEARD), now_ms=10_000_002)) == ["B"]


def test_the_same_sighting_again_is_nothing_new() -> None:
    truth = Truth(Trust())
    truth.see(seen("A"), now_ms=0)
    assert truth.see(seen("A"), now_ms=1000) == []
    assert truth.see(seen("A", confidence=LOADED), now_ms=2000) == []


def test_the_djs_word_makes_the_newest_load_heard() -> None:
    truth = Truth(Trust())
    assert truth.vouch(now_ms=0) == []
    truth.see(seen("A", confidence=LOADED), now_ms=0)
    truth.see(seen("B", confidence=LOADED), now_ms=1)
    assert titles(truth.vouch(now_ms=2)) == ["B"]
    assert titles(truth.vouch(now_ms=3)) == ["A"]
    assert truth.vouch(now_ms=4) == []


def test_a_believed_load_shows_after_its_dwell_time_unless_another_follows() -> None:
    truth = Truth(Trust(loads_of=frozenset({"djay"}), dwell_ms=45_000))
    truth.see(seen("A", source="djay", confidence=LOADED), now_ms=0)
    truth.see(seen("B", source="djay", confidence=LOADED), now_ms=30_000)
    assert truth.next_due_ms() == 75_000
    assert truth.tick(now_ms=74_999) == []
    assert titles(truth.tick(now_ms=75_000)) == ["B"]
    assert truth.next_due_ms() is None
    assert titles(truth.see(seen("A", source="djay", confidence=HEARD), now_ms=90_000)) == ["A"]


def test_a_believed_load_that_is_heard_shows_at_once_and_not_twice() -> None:
    truth = Truth(Trust(loads_of=frozenset({"djay"})))
    truth.see(seen("A", source="djay", confidence=LOADED), now_ms=0)
    assert titles(truth.see(seen("A", source="djay"), now_ms=5000)) == ["A"]
    assert truth.tick(now_ms=100_000) == []


def test_two_sources_that_say_the_same_within_two_minutes_are_one_play_with_the_best_of_both() -> None:
    truth = Truth(Trust())
    truth.see(seen("So What", source="icecast", artist="Miles Davis", started_ms=9000), now_ms=10_000)
    more = truth.see(
        seen("so what", source="virtualdj", artist="MILES DAVIS", native_id="77", bpm=136.0, started_ms=8000),
        now_ms=55_000,
    )
    assert [(one.deed, one.identity) for one in more] == [(Deed.ENRICH, ("icecast", "So What"))]
    assert (more[0].sighting.title, more[0].sighting.bpm, more[0].sighting.started_ms) == ("So What", 136.0, 8000)
    assert truth.see(seen("SO WHAT", source="mixxx", artist="miles davis"), now_ms=60_000) == []


def test_the_same_from_two_sources_later_is_a_second_play() -> None:
    truth = Truth(Trust())
    truth.see(seen("A", source="icecast"), now_ms=0)
    assert titles(truth.see(seen("A", source="virtualdj"), now_ms=120_001)) == ["A"]


def test_a_replay_is_a_second_play_however_soon() -> None:
    truth = Truth(Trust())
    assert titles(truth.see(seen("A", native_id="1"), now_ms=0)) == ["A"]
    assert titles(truth.see(seen("A", native_id="2"), now_ms=1)) == ["A"]


def test_one_file_is_one_track_whatever_two_programs_call_it() -> None:
    truth = Truth(Trust())
    truth.see(seen("01 - so what", source="text", artist="", path="/Music/So What.mp3"), now_ms=0)
    assert titles(truth.see(seen("So What", source="vdj", path="/music/so what.MP3"), now_ms=1), Deed.ENRICH)


def test_a_title_that_holds_the_artist_is_the_same_track() -> None:
    truth = Truth(Trust())
    truth.see(seen("Miles Davis - So What", source="icecast", artist=""), now_ms=0)
    more = truth.see(seen("So What", source="mixxx", artist="Miles Davis"), now_ms=1)
    assert [(one.deed, one.sighting.artist, one.sighting.title) for one in more] == [
        (Deed.ENRICH, "Miles Davis", "So What")
    ]


def test_two_unnamed_tracks_are_never_one() -> None:
    truth = Truth(Trust())
    truth.see(seen("?!", source="a", artist=""), now_ms=0)
    assert titles(truth.see(seen("...", source="b", artist=""), now_ms=1)) == ["..."]


def test_with_a_delay_what_is_changed_meanwhile_is_not_shown() -> None:
    truth = Truth(Trust(delay_ms=10_000))
    assert truth.see(seen("A", started_ms=0), now_ms=0) == []
    assert truth.see(seen("B", started_ms=5000), now_ms=5000) == []
    assert titles(truth.tick(now_ms=15_000)) == ["B"]


def test_with_a_delay_nothing_is_lost_of_what_comes_at_once_after_the_laptop_slept() -> None:
    truth = Truth(Trust(delay_ms=10_000))
    shown = []
    for number, title in enumerate("ABCD"):
        shown += titles(truth.see(seen(title, started_ms=number * 180_000), now_ms=10**9))
    assert shown == ["A", "B", "C"]
    assert titles(truth.tick(now_ms=10**9 + 10_000)) == ["D"]


def test_with_a_delay_two_sources_wait_once() -> None:
    truth = Truth(Trust(delay_ms=10_000))
    truth.see(seen("A", source="icecast"), now_ms=0)
    assert truth.see(seen("a", source="vdj", bpm=120.0), now_ms=3000) == []
    (decision,) = truth.tick(now_ms=10_000)
    assert (decision.deed, decision.sighting.bpm) == (Deed.ANNOUNCE, 120.0)


SIGHTINGS = st.builds(
    seen,
    st.sampled_from("ABC"),
    source=st.sampled_from(["a", "b"]),
    native_id=st.sampled_from("123456"),
    confidence=st.sampled_from(Confidence),
)


@given(st.lists(st.tuples(SIGHTINGS, st.integers(0, 200_000)), max_size=30))
def test_each_identity_is_announced_at_most_once_and_each_heard_one_is_told_of(
    story: list[tuple[Sighting, int]],
) -> None:
    truth, now, announced = Truth(Trust()), 0, []
    for sighting, pause in story:
        now += pause
        for decision in truth.see(sighting, now_ms=now):
            if decision.deed is Deed.ANNOUNCE:
                assert decision.sighting.confidence is not LOADED
                announced.append(decision.identity)
    assert len(announced) == len(set(announced))
    if any(sighting.confidence is not LOADED for sighting, _ in story):
        assert announced


def test_a_replay_that_two_programs_tell_of_is_two_plays_in_whatever_order_they_speak() -> None:
    first = {"vdj": seen("A", source="vdj", native_id="v1"), "ice": seen("a", source="ice", native_id="i1")}
    again = {"vdj": seen("A", source="vdj", native_id="v2"), "ice": seen("a", source="ice", native_id="i2")}
    for orders in (("vdj", "ice", "vdj", "ice"), ("vdj", "ice", "ice", "vdj"), ("ice", "vdj", "vdj", "ice")):
        truth, shown = Truth(Trust()), []
        for at, (rounds, name) in enumerate(zip((first, first, again, again), orders, strict=True)):
            shown += titles(truth.see(rounds[name], now_ms=at * 30_000))
        assert len(shown) == 2, orders


def test_evenings_that_are_told_afterwards_by_two_programs_are_not_one() -> None:
    truth = Truth(Trust())
    truth.see(seen("A", source="vdj", started_ms=0), now_ms=10**9)
    assert titles(truth.see(seen("A", source="serato", started_ms=3_600_000), now_ms=10**9)) == ["A"]
    assert titles(truth.see(seen("A", source="mixxx", started_ms=30_000), now_ms=10**9)) == []


def test_the_greater_word_wins_whichever_comes_first() -> None:
    def database(bpm: float) -> Sighting:
        return seen("A", path="/a.mp3", bpm=bpm, bpm_origin=FactOrigin.DATABASE)

    tags = Facts(bpm=64.0, key="Am", bpm_origin=FactOrigin.TAGS, key_origin=FactOrigin.TAGS)
    truth = Truth(Trust())
    truth.see(seen("A", path="/a.mp3", bpm=0.0), now_ms=0)
    (found,) = truth.learned(("serato", "A"), tags)
    assert (found.deed, found.sighting.bpm, found.identity) == (Deed.ENRICH, 64.0, ("serato", "A"))
    (found,) = truth.see(database(128.0), now_ms=1)
    assert (found.sighting.bpm, found.sighting.bpm_origin, found.sighting.key) == (128.0, FactOrigin.DATABASE, "Am")
    assert truth.learned(("serato", "A"), tags) == []
    assert truth.learned(("serato", "never seen"), tags) == []
    known = truth.known_of(("serato", "A"))
    assert known is not None
    assert known.bpm == 128.0


def test_what_an_earlier_run_told_is_known_for_two_minutes() -> None:
    truth = Truth(Trust())
    truth.remember(seen("A", source="icecast"), at_ms=-30_000)
    assert titles(truth.see(seen("A (Original Mix)", source="vdj"), now_ms=15_000)) == []
    assert titles(truth.see(seen("A", source="mixxx"), now_ms=90_001)) == ["A"]
