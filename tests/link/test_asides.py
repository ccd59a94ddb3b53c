"""Entries that a box could not use: kept by name, few, told for an evening, each with what to do."""

from pathlib import Path

import pytest

from sync.journal.answers import Acked
from sync.journal.answers import KeptAside as Said
from sync.journal.entries import Entry, Position
from sync.link.asides import TOLD_FOR_MS, KeptAside, lately, meaning, words_of_line
from sync.link.carrier import Carrier, Door
from sync.link.store.database import ASIDES_MOST, KnownPlay, LinkStore
from tests.support.evening import NOON_MS, TurnedClock


def aside(seq: int, *, at_ms: int = NOON_MS, kind: str = "play.heard", code: str = "title_too_long") -> KeptAside:
    return KeptAside("box", "e", seq, code, kind, "A - B", at_ms)


@pytest.fixture
def store(tmp_path: Path) -> LinkStore:
    return LinkStore(tmp_path / "link.db")


def line(body: str, kind: str = "play.heard") -> bytes:
    return Entry(0, kind, 1, "b", 1, 1, "saved", body).line()


@pytest.mark.parametrize(
    ("body", "kind", "expected"),
    [
        ('{"play":"p1","artist":"A","title":"B"}', "play.heard", ("play.heard", "A - B")),
        ('{"play":"p1","title":"B"}', "play.heard", ("play.heard", "B")),
        ('{"play":"p1","bpm":120}', "play.known", ("play.known", "Nina Simone - Sinnerman")),
        ('{"play":"other"}', "play.taken_back", ("play.taken_back", "")),
        ('{"title":5}', "play.heard", ("play.heard", "")),
        ("[]", "set.over", ("", "")),
    ],
)
def test_an_entry_is_told_by_the_words_of_its_play(
    store: LinkStore, body: str, kind: str, expected: tuple[str, str]
) -> None:
    store.add_play(KnownPlay("p1", "box", "vdj", "1", "Nina Simone", "Sinnerman", NOON_MS))
    assert words_of_line(line(body, kind), seq=1, words_of_play=store.words_of_play) == expected


def test_a_line_that_is_none_has_no_words(store: LinkStore) -> None:
    assert words_of_line(b"\xff nonsense", seq=1, words_of_play=store.words_of_play) == ("", "")


def test_they_are_told_for_an_evening_and_only_once(store: LinkStore) -> None:
    store.keep_asides([aside(1, at_ms=NOON_MS - TOLD_FOR_MS - 1), aside(2), aside(3, at_ms=NOON_MS + 5)])
    store.keep_asides([aside(2)])
    store.keep_asides([aside(4, kind="play.known", code="play_unknown")])
    assert [one.seq for one in lately(store, now_ms=NOON_MS)] == [3, 2]


def test_a_box_that_speaks_nonsense_fills_nothing_and_means_nothing_else(store: LinkStore) -> None:
    for number in range(1, 201):
        with store.transaction():
            store.append("box", Entry(0, "play.heard", 1, "b", 1, 1, "saved", f'{{"title":"T{number}"}}'))
    history = store.history("box")
    carrier = Carrier(store, TurnedClock(), "t/1", None, Door("box", "https://box", "t"))  # type: ignore[arg-type]
    said = tuple(Said(seq, "code") for seq in (*range(200), *range(10**9, 10**9 + 500)))
    carrier._note_asides(Acked(Position(150, history.last.chain), 0, said), history=history, upto=150)
    kept = store.asides(since_ms=0)
    assert [one.seq for one in kept] == list(range(150, 150 - ASIDES_MOST, -1))
    assert kept[0].words == "T150"


def test_every_reason_comes_with_what_to_do() -> None:
    for code in ("stage_ambiguous", "title_too_long", "of a later version"):
        why, advice = meaning(code)
        assert why
        assert advice
    assert "pikabox-link resend" in meaning("stage_ambiguous")[1]
    assert "of a later version" in meaning("of a later version")[0]
