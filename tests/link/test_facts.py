"""Whose word counts, and which other tempo is offered."""

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.domain.origins import FactOrigin, origin_in, outranks
from sync.link.facts import Facts, Tempo, TempoRange, as_the_dj_says, better, usable

FROM = {origin: Facts(100.0 + origin.rank, "Am", origin, origin) for origin in FactOrigin}


@pytest.mark.parametrize("order", list(permutations([FactOrigin.SOURCE, FactOrigin.DATABASE, FactOrigin.TAGS])))
def test_whoever_comes_first_the_greater_word_wins(order: tuple[FactOrigin, ...]) -> None:
    known = Facts()
    for origin in order:
        known = better(known, FROM[origin])
    assert known == FROM[FactOrigin.SOURCE]


def test_each_value_has_its_own_origin() -> None:
    known = better(Facts(120.0, None, FactOrigin.DATABASE), Facts(60.0, "Dm", FactOrigin.TAGS, FactOrigin.TAGS))
    assert known.on_the_wire() == {"bpm": 120.0, "key": "Dm", "bpm_origin": "database", "key_origin": "tags"}
    assert Facts().on_the_wire() == {"bpm": None, "key": None, "bpm_origin": None, "key_origin": None}


@pytest.mark.parametrize("bpm", [0.0, -1.0, 39.9, 400.0, float("nan"), float("inf")])
def test_nonsense_is_no_tempo_and_stands_in_nobodys_way(bpm: float) -> None:
    assert usable(Facts(bpm, " ")) == Facts()
    assert better(usable(Facts(bpm)), FROM[FactOrigin.TAGS]).bpm == FROM[FactOrigin.TAGS].bpm


@pytest.mark.parametrize(
    ("bpm", "expected"),
    [
        (None, None), (50.0, Tempo.DOUBLE), (69.9, Tempo.DOUBLE), (70.0, None), (140.0, None), (150.0, Tempo.HALF),
        (280.0, Tempo.HALF), (290.0, None), (34.0, None),
    ],
)  # fmt: skip
def test_only_what_is_unlikely_and_would_be_likely_is_offered(bpm: float | None, expected: Tempo | None) -> None:
    assert TempoRange(70, 140).offer(bpm) is expected


def test_the_djs_word_is_the_last_and_can_be_taken_back() -> None:
    known = FROM[FactOrigin.DATABASE]
    half = as_the_dj_says(known, Tempo.HALF)
    assert (half.bpm, half.bpm_origin, half.key_origin) == (51.0, FactOrigin.DJ, FactOrigin.DATABASE)
    assert as_the_dj_says(known, Tempo.AS_IS).bpm == known.bpm
    assert as_the_dj_says(known, None) == known
    assert as_the_dj_says(Facts(), Tempo.HALF) == Facts()
    assert as_the_dj_says(Facts(60.0), Tempo.HALF) == Facts(60.0)


@given(st.text(max_size=12), st.sampled_from(FactOrigin))
def test_an_unknown_word_for_an_origin_is_the_programs_own(text: str, known: FactOrigin) -> None:
    assert origin_in(text) in FactOrigin
    assert outranks(FactOrigin.DJ, known)
    assert outranks(FactOrigin.LIBRARY, known) == (known is FactOrigin.LIBRARY)
