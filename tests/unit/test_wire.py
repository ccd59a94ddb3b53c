"""Wire formats: what comes in is decoded or refused by name; what goes out is one line and says only what is known."""

import json
from dataclasses import replace
from typing import Any

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from appliance import wire
from appliance.domain import rules
from appliance.domain.live_state import StageState
from appliance.domain.models import Play, Session, Stage, TrackInfo
from appliance.errors import Invalid
from appliance.live.channel import sse
from tests.support.evening import TurnedClock

REFUSED = frozenset({"json_broken", "json_wrong_shape"})
KINDS: tuple[type[msgspec.Struct], ...] = (wire.PlayIn, wire.StartIn, wire.MqttIn)
CLOCK = TurnedClock()
NOW = CLOCK.now()
STAGE = Stage(id="main-floor", event_id="e", name="Main Floor")
SESSION = Session(id="s", stage_id="main-floor", dj_id="d", dj_name="DJ Anna", started=NOW, seen=NOW)

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=10,
)
#: values under the names that are looked at, so that the checks behind the names are reached
messages = st.fixed_dictionaries(
    {},
    optional=dict.fromkeys((*wire.PlayIn.__struct_fields__, *wire.MqttIn.__struct_fields__, "other"), json_values),
)


def decoded(data: bytes, kind: type[msgspec.Struct]) -> str:
    """The code of the refusal, or `taken`. Anything else that is raised fails the test."""
    try:
        assert isinstance(wire.decode(data, kind), kind)
    except Invalid as error:
        return error.code
    return "taken"


@given(st.binary(max_size=300), st.sampled_from(KINDS))
@example(b"", wire.StartIn)
@example(b"[" * 100_000, wire.StartIn)
@example(b'{"x":' * 50_000, wire.StartIn)
@example(b'{"take_over": \xff}', wire.StartIn)
@example(rb'{"stage": "\ud800"}', wire.MqttIn)
def test_bytes_are_decoded_or_refused_and_nothing_else(data: bytes, kind: type[msgspec.Struct]) -> None:
    assert decoded(data, kind) in {"taken", *REFUSED}


@given(json_values, st.sampled_from(KINDS))
def test_json_that_is_no_object_is_refused(value: object, kind: type[msgspec.Struct]) -> None:
    code = decoded(json.dumps(value).encode("utf-8", "replace"), kind)
    assert code in REFUSED or (code == "taken" and isinstance(value, dict))


@given(messages, st.sampled_from(KINDS))
def test_fields_of_any_kind_are_decoded_or_refused(message: dict[str, object], kind: type[msgspec.Struct]) -> None:
    assert decoded(json.dumps(message).encode(), kind) in {"taken", *REFUSED}


@given(st.binary(max_size=20), st.integers(0, 60))
def test_a_message_with_a_few_bytes_changed_is_decoded_or_refused(patch: bytes, at: int) -> None:
    good = '{"title":"Für Élise","artist":"猫","id":"a:1","bpm":124.5,"age_ms":10}'.encode()
    assert decoded(good[:at] + patch + good[at + len(patch) :], wire.PlayIn) in {
        "taken",
        "json_broken",
        "json_wrong_shape",
    }


def test_unknown_fields_are_passed_over_and_absent_ones_mean_unknown() -> None:
    track = wire.decode(b'{"title": "t", "artist": "a", "future": {"x": [1]}}', wire.PlayIn).track()
    assert track == TrackInfo(artist="a", title="t")
    zero = wire.decode(b'{"title": "t", "artist": "a", "energy": 0, "bpm": null}', wire.PlayIn).track()
    assert zero == TrackInfo(artist="a", title="t", energy=0)


@given(bpm=st.floats(), score=st.floats(), age_ms=st.integers())
def test_what_the_wire_takes_the_rules_take_too(bpm: float, score: float, age_ms: int) -> None:
    sent = {"title": "t", "artist": "a", "bpm": bpm, "groove": score, "age_ms": age_ms}
    fits = rules.BPM_MIN <= bpm <= rules.BPM_MAX and rules.SCORE_MIN <= score <= rules.SCORE_MAX
    fits = fits and 0 <= age_ms <= 30 * 24 * 3600 * 1000
    data = json.dumps(sent).encode()
    assert (decoded(data, wire.PlayIn) == "taken") is fits
    if fits:
        assert rules.clean_track(wire.decode(data, wire.PlayIn).track())


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_whatever_a_text_says_a_message_is_one_line_of_a_stream(text: str) -> None:
    play = Play(id="p", session_id="s", stage_id="main-floor", track=TrackInfo(artist=text, title=text), heard=NOW)
    data = wire.encode(wire.state_out(StageState(stage=STAGE, session=SESSION, now=play), NOW))
    frame = sse("state", data, event_id="r-1")
    assert frame.count(b"\n") == 4
    assert b"\r" not in frame
    assert json.loads(data)["now"]["title"] == text


@given(st.integers(-62_135_596_800_000, 253_402_300_799_999))
def test_a_moment_is_told_as_utc_with_milliseconds(wall_ms: int) -> None:
    text = wire.utc(wall_ms)
    assert len(text) == len("2026-11-20T21:14:03.120Z")
    assert text.endswith("Z")
    assert text[-4:-1] == f"{wall_ms % 1000:03d}"


def test_an_age_comes_from_the_boot_s_clock_and_over_a_reboot_from_the_wall_s() -> None:
    play = Play(id="p", session_id="s", stage_id="f", track=TrackInfo(artist="a", title="t"), heard=NOW, age_ms=500)
    assert rules.age_ms(play, NOW) == 500
    # The wall clock was set back by a year meanwhile: that is nobody's age.
    assert rules.age_ms(play, replace(NOW, boot_ms=NOW.boot_ms + 1000, wall_ms=NOW.wall_ms - 31_536_000_000)) == 1500
    rebooted = replace(NOW, boot="another", boot_ms=7, wall_ms=NOW.wall_ms + 60_000)
    assert rules.age_ms(play, rebooted) == 60_500
    assert rules.age_ms(play, replace(rebooted, wall_ms=NOW.wall_ms - 60_000)) == 500


def test_what_is_not_known_is_left_out_and_reads_as_none_on_pages() -> None:
    play = Play(id="p", session_id="s", stage_id="f", track=TrackInfo(artist="a", title="t", bpm=120), heard=NOW)
    out = wire.track_out(play, NOW)
    told: dict[str, Any] = json.loads(wire.encode(out))
    assert told.keys() == {"play", "title", "artist", "began_at", "age_ms", "likes", "bpm"}
    page = dict(wire.fields_of(out))
    assert page.keys() == set(wire.TrackOut.__struct_fields__)
    assert (page["bpm"], page["key"]) == (120, None)
    assert json.loads(wire.encode(wire.state_out(StageState(stage=STAGE), NOW))) == {
        "v": wire.VERSION,
        "stage": {"id": "main-floor", "name": "Main Floor", "event": "e", "doors": "open"},
        "listeners": 0,
    }


@pytest.mark.parametrize("kind", [wire.StateOut, wire.NowOut, wire.SessionLaneOut, wire.LikesOut, wire.ListenersOut])
def test_every_message_that_leaves_by_itself_carries_its_version(kind: type[msgspec.Struct]) -> None:
    assert kind.__struct_fields__[0] == "v"
