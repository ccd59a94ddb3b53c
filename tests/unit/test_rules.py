"""The rules of the evening."""

import unicodedata
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.domain import rules
from appliance.domain.models import ClockTrust, Play, Session, Stamp, TrackInfo
from appliance.errors import Invalid, NotAllowed

NOW = Stamp(boot="b", boot_ms=10_000_000, wall_ms=1_800_000_000_000, trust=ClockTrust.SAVED)
SESSION = Session(id="s", stage_id="main-floor", dj_id="anna", dj_name="DJ Anna", started=NOW, seen=NOW)
MINUTE_MS = 60_000


def later(minutes: float) -> Stamp:
    return replace(NOW, boot_ms=NOW.boot_ms + int(minutes * MINUTE_MS))


@given(st.text())
def test_cleaning_again_changes_nothing(text: str) -> None:
    assert rules.clean_text(rules.clean_text(text)) == rules.clean_text(text)


@given(st.text())
def test_clean_text_is_nfc_on_one_line_without_control_or_direction_characters(text: str) -> None:
    cleaned = rules.clean_text(text)
    assert cleaned == unicodedata.normalize("NFC", cleaned).strip()
    assert not {unicodedata.category(char) for char in cleaned} & {"Cc", "Cs", "Zl", "Zp"}
    assert not set(cleaned) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c")


@given(st.text(alphabet=st.characters(whitelist_categories=("L", "N", "P", "S")), min_size=1, max_size=200))
def test_what_can_be_seen_is_never_stripped_to_nothing(text: str) -> None:
    assert rules.required_text(text, field="title")


@pytest.mark.parametrize("text", ["", "   ", "\u202e\u202d", "\x00\x1b", "\u200b\u200d", "\u00a0", "\ud800"])
def test_a_title_with_nothing_to_see_is_refused(text: str) -> None:
    with pytest.raises(Invalid) as error:
        rules.required_text(text, field="title")
    assert error.value.code == "title_empty"


@given(st.text(alphabet=st.characters(max_codepoint=0x7F)))
def test_plain_latin_text_is_cleaned_by_the_same_rule_as_any_other(text: str) -> None:
    assert rules.clean_text(text) == rules.clean_text(text + "\u00e9").removesuffix("\u00e9").strip()


def test_markup_stays_text_and_joiners_of_emoji_and_persian_stay() -> None:
    assert rules.clean_text("<img onerror=alert(1)>") == "<img onerror=alert(1)>"
    assert rules.clean_text("👩\u200d🎤 می\u200cخواهم") == "👩\u200d🎤 می\u200cخواهم"
    assert rules.clean_text(" a\u202eb\tc\r\nd ") == "ab c d"


@pytest.mark.parametrize(("length", "fits"), [(1, True), (500, True), (501, False), (10_000, False)])
def test_a_title_has_at_most_500_characters(length: int, fits: bool) -> None:
    track = TrackInfo(artist="a", title="x" * length)
    if fits:
        assert rules.clean_track(track).title == "x" * length
        return
    with pytest.raises(Invalid) as error:
        rules.clean_track(track)
    assert error.value.code == "title_too_long"


@pytest.mark.parametrize("bpm", [40, 128.5, 300])
def test_tempo_within_limits_is_kept(bpm: float) -> None:
    assert rules.clean_track(TrackInfo(artist="a", title="t", bpm=bpm)).bpm == bpm


@pytest.mark.parametrize("bpm", [0, 39.99, 300.01, -1, float("nan"), float("inf")])
def test_tempo_outside_limits_is_refused(bpm: float) -> None:
    with pytest.raises(Invalid) as error:
        rules.clean_track(TrackInfo(artist="a", title="t", bpm=bpm))
    assert error.value.code == "bpm_out_of_range"


@pytest.mark.parametrize("name", rules.SCORES)
def test_a_score_is_from_0_to_100_and_zero_is_a_value(name: str) -> None:
    def scored(value: float) -> TrackInfo:
        score: dict[str, Any] = {name: value}
        return TrackInfo(artist="a", title="t", **score)

    assert getattr(rules.clean_track(scored(0)), name) == 0
    for value in (-0.1, 100.1, float("nan")):
        with pytest.raises(Invalid):
            rules.clean_track(scored(value))


def test_a_key_has_at_most_ten_characters_and_an_empty_one_is_unknown() -> None:
    assert rules.clean_track(TrackInfo(artist="a", title="t", key=" ")).key is None
    with pytest.raises(Invalid):
        rules.clean_track(TrackInfo(artist="a", title="t", key="x" * 11))


@given(st.text(min_size=1))
def test_a_slug_is_safe_in_an_address_and_a_topic_or_refused(name: str) -> None:
    try:
        made = rules.slug(name)
    except Invalid:
        return
    assert made == made.lower()
    assert made.isascii()
    assert not set(made) & set("/+#_ $")
    assert 1 <= len(made) <= 48


@pytest.mark.parametrize("play_id", ["", "-a", "a" * 65, "a b", "a/b", "é", "a\n"])
def test_a_strange_play_id_is_refused(play_id: str) -> None:
    with pytest.raises(Invalid):
        rules.checked_play_id(play_id)


def test_another_djs_session_is_not_yours() -> None:
    with pytest.raises(NotAllowed):
        rules.owned(SESSION, dj_id="ben")


def test_a_late_play_never_becomes_now() -> None:
    current = Play(id="p", session_id="s", stage_id="m", track=TrackInfo(artist="a", title="t"), heard=NOW)
    assert not rules.is_late(age_ms=45_000, now=later(3), current=current)
    assert rules.is_late(age_ms=4 * MINUTE_MS, now=later(3), current=current)
    assert rules.is_late(age_ms=rules.LATE_AFTER_MS + 1, now=later(3), current=None)
    assert not rules.is_late(age_ms=rules.LATE_AFTER_MS, now=later(3), current=None)
    # Stamps in whole seconds, and a millisecond on the way: what came after it is not older than it.
    assert not rules.is_late(age_ms=3 * MINUTE_MS + 1000, now=later(3), current=current)
