"""What dancers read of what a DJ's program says."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.link.sources.source import Confidence, Sighting
from sync.link.words import SkipRules, Words, displayed, raw


def seen(title: str, *, artist: str = "", remix: str = "", path: str | None = None) -> Sighting:
    return Sighting(
        source="x", native_id="1", confidence=Confidence.HEARD, title=title, artist=artist, remix=remix, path=path
    )


@pytest.mark.parametrize(
    ("sighting", "words"),
    [
        (seen("So What", artist="Miles Davis"), Words("Miles Davis", "So What")),
        (seen("Miles Davis - So What"), Words("Miles Davis", "So What")),
        (seen("Sing – Sing – Sing", artist="Benny Goodman"), Words("Benny Goodman", "Sing – Sing – Sing")),
        (seen("A-Tisket"), Words("", "A-Tisket")),
        (seen(" - So What"), Words("", "- So What")),
        (seen("One", artist="Swedish", remix="Congorock Remix"), Words("Swedish", "One (Congorock Remix)")),
        (seen("One (congorock remix)", artist="S", remix="Congorock Remix"), Words("S", "One (congorock remix)")),
        (seen("", path="C:\\Music\\03 - Miles Davis - So What.mp3"), Words("Miles Davis", "So What")),
        (seen("", path="/music/Miles_Davis_-_So_What.flac"), Words("Miles Davis", "So What")),
        (seen("", path="/music/1979.mp3"), Words("", "1979")),
        (seen("", path="/music/No. 5"), Words("", "No. 5")),
        (seen("\ufeff So\u200e What\r\n", artist="\tMiles "), Words("Miles", "So What")),
        (seen("Cafe\u0301", artist="A"), Words("A", "Caf\u00e9")),
    ],
)
def test_the_raw_words(sighting: Sighting, words: Words) -> None:
    assert raw(sighting) == words


@pytest.mark.parametrize(
    ("title", "shown"),
    [
        ("Halo (Official Video)", "Halo"),
        ("Halo (Official Music Video) [HD]", "Halo"),
        ("Halo [Official Lyric Video]", "Halo"),
        ("Halo (Lyrics)", "Halo"),
        ("Halo (2011 Remaster)", "Halo"),
        ("Halo - Remastered 2009", "Halo"),
        ("Halo (Explicit)", "Halo"),
        ("Halo [Clean]", "Halo"),
        ("Halo (4K) (Extended Mix)", "Halo (Extended Mix)"),
        ("Halo (Radio Edit)", "Halo (Radio Edit)"),
        ("Halo (Live)", "Halo (Live)"),
        ("Halo - Live", "Halo - Live"),
        ("Halo (Instrumental)", "Halo (Instrumental)"),
        ("(Clean)", "(Clean)"),
        ("Clean", "Clean"),
        ("Dirty Diana", "Dirty Diana"),
        ("HD", "HD"),
        ("Video Killed the Radio Star", "Video Killed the Radio Star"),
        ("Official Girl (feat. X)", "Official Girl (feat. X)"),
        ("Remastered", "Remastered"),
    ],
)
def test_what_says_nothing_about_the_music_goes_and_the_rest_stays(title: str, shown: str) -> None:
    words = Words("A", title)
    assert displayed(words) == Words("A", shown)
    assert displayed(words, tidy=False) == words


@given(st.text(max_size=60), st.text(max_size=30), st.text(max_size=30), st.none() | st.text(max_size=60))
def test_any_text_gives_one_line_and_tidying_never_empties_it(
    title: str, artist: str, remix: str, path: str | None
) -> None:
    words = raw(seen(title, artist=artist, remix=remix, path=path))
    assert "\n" not in words.title + words.artist
    assert bool(displayed(words).title) == bool(words.title)


def test_skip_rules_look_at_everything_and_an_empty_one_at_nothing() -> None:
    rules = SkipRules(("jingle", " ", "/private/"))
    assert rules.skips(seen("Station JINGLE"))
    assert rules.skips(seen("x", artist="Jingle Bells"))
    assert rules.skips(seen("x", path="/Music/Private/x.mp3"))
    assert not rules.skips(seen("So What"))
