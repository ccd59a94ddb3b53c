"""Every notation of a key means the same key."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.link.keys import normalised

CAMELOT = {
    "1A": "G#m", "2A": "Ebm", "3A": "Bbm", "4A": "Fm", "5A": "Cm", "6A": "Gm", "7A": "Dm", "8A": "Am", "9A": "Em",
    "10A": "Bm", "11A": "F#m", "12A": "C#m", "1B": "B", "2B": "F#", "3B": "Db", "4B": "Ab", "5B": "Eb", "6B": "Bb",
    "7B": "F", "8B": "C", "9B": "G", "10B": "D", "11B": "A", "12B": "E",
}  # fmt: skip
OPEN_KEY = {
    "1m": "Am", "2m": "Em", "3m": "Bm", "4m": "F#m", "5m": "C#m", "6m": "G#m", "7m": "Ebm", "8m": "Bbm", "9m": "Fm",
    "10m": "Cm", "11m": "Gm", "12m": "Dm", "1d": "C", "2d": "G", "3d": "D", "4d": "A", "5d": "E", "6d": "B",
    "7d": "F#", "8d": "Db", "9d": "Ab", "10d": "Eb", "11d": "Bb", "12d": "F",
}  # fmt: skip


@pytest.mark.parametrize(("text", "key"), [*CAMELOT.items(), *OPEN_KEY.items()])
def test_wheels(text: str, key: str) -> None:
    assert normalised(text) == key
    assert normalised(f" 0{text}" if len(text) == 2 else text) == key


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("Bbm", "Bbm"), ("A#", "Bb"), ("A#m", "Bbm"), ("D#min", "Ebm"), ("Ebmaj", "Eb"), ("Cm", "Cm"), ("G", "G"),
        ("c", "C"), ("F sharp minor", "F#m"), ("B flat major", "Bb"), ("Cb", "B"), ("E#", "F"), ("AM", "A"),
        ("Am", "Am"), ("a minor", "Am"), ("Gbm", "F#m"), ("B♭", "Bb"), ("h", None), ("", None), ("0A", None),
        ("13A", None), ("N/A", None), ("Amazing", None), ("128", None),
    ],
)  # fmt: skip
def test_musical_text(text: str, key: str | None) -> None:
    assert normalised(text) == key


@given(st.text(max_size=12))
def test_a_key_normalises_to_itself_and_nothing_raises(text: str) -> None:
    found = normalised(text)
    assert found is None or normalised(found) == found
