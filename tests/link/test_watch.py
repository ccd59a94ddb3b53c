"""All sources at once: what they say is told once, one that breaks stops nobody, and a crash loses nothing."""

from pathlib import Path

import pytest

from sync.link.sources.source import (
    Confidence,
)
from sync.link.store.database import LinkStore
from sync.link.truth import Trust
from tests.link.watching import Program, Radio, be_quick, during, seen, titles, watch_over


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    be_quick(monkeypatch)


@pytest.fixture
def store(tmp_path: Path) -> LinkStore:
    return LinkStore(tmp_path / "link.db")


def test_what_is_played_after_the_first_look_is_told_in_order(store: LinkStore) -> None:
    program = Program("vdj", [seen("Old", source="vdj")])
    watch = watch_over(store, program)
    during(
        watch,
        lambda: program.history.extend(seen(title, source="vdj") for title in "ABC"),
        lambda: len(titles(store)) == 3,
    )
    assert titles(store) == ["A", "B", "C"]


def test_a_source_that_breaks_says_so_and_the_others_go_on(store: LinkStore) -> None:
    broken, fine = Program("serato", trouble="The file is locked."), Program("vdj")
    watch = watch_over(store, broken, fine)
    during(watch, lambda: fine.history.append(seen("A", source="vdj")), lambda: titles(store) == ["A"])
    assert watch.states["serato"].trouble == "The file is locked."
    assert watch.states["vdj"].trouble == ""


def test_a_source_that_comes_later_is_found_and_one_that_goes_is_noticed(store: LinkStore) -> None:
    program = Program("vdj", usable=False)
    watch = watch_over(store, program)

    def come() -> None:
        program.usable = True

    during(watch, come, lambda: watch.states["vdj"].usable)
    program.usable = False
    during(watch, None, lambda: not watch.states["vdj"].usable)


def test_two_programs_and_a_listener_that_say_the_same_are_one_play(store: LinkStore) -> None:
    one, two = Program("vdj"), Program("mixxx")
    radio = Radio("icecast", [seen("Same", source="icecast")])
    watch = watch_over(store, one, two, radios=[radio])

    def play() -> None:
        one.history.append(seen("same", source="vdj"))
        two.history.append(seen("SAME", source="mixxx"))

    during(watch, play, lambda: {"1"} == {store.cursor("vdj"), store.cursor("mixxx")})
    assert titles(store) == ["Same"]


def test_what_was_played_while_the_link_was_off_is_told_when_it_is_on_again(store: LinkStore) -> None:
    program = Program("vdj", [seen("Old", source="vdj")])
    during(watch_over(store, program), None, lambda: store.cursor("vdj") == "1")
    program.history += [seen("A", source="vdj"), seen("B", source="vdj")]
    during(watch_over(store, program), None, lambda: len(titles(store)) == 2)
    assert titles(store) == ["A", "B"]


def test_a_crash_while_a_play_still_waits_loses_it_not(store: LinkStore) -> None:
    program = Program("vdj")
    slow = Trust(delay_ms=30_000)
    during(watch_over(store, program, trust=slow), None, lambda: store.cursor("vdj") == "0")
    watch = watch_over(store, program, trust=slow)
    during(watch, lambda: program.history.append(seen("A", source="vdj")), lambda: watch.truth.holds("vdj"))
    assert (titles(store), store.cursor("vdj")) == ([], "0")
    during(watch_over(store, program), None, lambda: titles(store) == ["A"])


def test_the_djs_word_makes_a_load_heard(store: LinkStore) -> None:
    program = Program("djay")
    watch = watch_over(store, program)
    loaded = seen("Loaded", source="djay", confidence=Confidence.LOADED)
    during(watch, lambda: program.history.append(loaded), lambda: watch.states["djay"].last == loaded)
    assert titles(store) == []
    watch.vouch()
    assert titles(store) == ["Loaded"]
