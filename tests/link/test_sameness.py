"""Two programs spell one track in two ways; another mix is another track."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.link.sameness import folded, is_same_track
from sync.link.sources.source import Confidence, Sighting


def spelled(text: str, *, remix: str = "") -> Sighting:
    """ "Artist | Title" in two fields, or all in the title."""
    artist, bar, title = text.partition(" | ")
    words = {"artist": artist, "title": title} if bar else {"title": text}
    return Sighting(source="x", native_id="1", confidence=Confidence.HEARD, remix=remix, **words)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Miles Davis | So What", "MILES DAVIS | so what"),
        ("Miles Davis | So What", "Miles Davis - So What"),
        ("Miles Davis | So What", "So What"),
        ("Miles Davis | So What", "Miles Davis - So What (Original Mix)"),
        ("Miles Davis | So What (Remastered 2009)", "Miles Davis | So What (Official Video)"),
        ("Miles Davis | So What [Album Version]", "Miles Davis | So What - Original Mix"),
        ("Beyoncé | Déjà Vu", "ＢＥＹＯＮＣE | Deja vu"),
        ("Beyoncé | Déjà Vu (feat. Jay-Z)", "Beyonce feat. Jay-Z | Deja Vu"),
        ("Beyoncé | Déjà Vu ft. Jay-Z", "Beyonce, Jay Z | Deja Vu"),
        ("Simon & Garfunkel | Cecilia", "Simon and Garfunkel | Cecilia"),
        ("B, A | Duet", "A & B | Duet"),
        ("A | Duet", "A & B | Duet"),
        ("Guns N' Roses | Don't Cry", "Guns N’ Roses | Don’t Cry"),
    ],
)
def test_one_track_in_two_spellings(one: str, other: str) -> None:
    assert is_same_track(spelled(one), spelled(other))
    assert is_same_track(spelled(other), spelled(one))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Miles Davis | So What", "Miles Davis | So What (Live)"),
        ("A | Song (X Remix)", "A | Song (Y Remix)"),
        ("A | Song (Extended Mix)", "A | Song"),
        ("A | Intro", "B | Intro"),
        ("A | Love", "A | Lovely Day"),
        ("Love", "A | Lovely Day"),
        ("?!", "..."),
        ("A | Part 1", "A | Part 2"),
    ],
)
def test_two_tracks(one: str, other: str) -> None:
    assert not is_same_track(spelled(one), spelled(other))
    assert not is_same_track(spelled(other), spelled(one))


def test_a_mix_in_a_field_of_its_own_is_as_good_as_one_in_the_title() -> None:
    assert is_same_track(spelled("A | Song", remix="X Remix"), spelled("A - Song (X Remix)"))
    assert is_same_track(spelled("A | Song", remix="Original Mix"), spelled("A - Song"))
    assert not is_same_track(spelled("A | Song", remix="X Remix"), spelled("A - Song"))


def test_comparing_sees_through_case_width_accents_and_punctuation() -> None:
    assert folded("ＢＥＹＯＮＣÉ: Déjà-Vu!") == folded("beyonce deja vu") == "beyoncedejavu"


@given(st.text(max_size=60), st.text(max_size=60))
def test_no_words_raise_and_each_track_with_a_letter_is_itself(artist: str, title: str) -> None:
    one = Sighting(source="x", native_id="1", confidence=Confidence.HEARD, artist=artist, title=f"{title} a")
    assert is_same_track(one, one)
