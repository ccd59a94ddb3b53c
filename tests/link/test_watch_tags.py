"""Tempo and key from the files, after the databases had their chance, and never in the way of a play."""

import asyncio
import contextlib
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

from appliance.domain.origins import FactOrigin
from sync.link import tags as tagging
from sync.link import watch as watching
from sync.link.store.database import LinkStore
from sync.link.tags import TagFacts, Tags
from tests.link.test_tags import mp3
from tests.link.watching import Program, be_quick, bodies, during, seen, titles, watch_over


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    be_quick(monkeypatch)


@pytest.fixture
def store(tmp_path: Path) -> LinkStore:
    return LinkStore(tmp_path / "link.db")


def audio_file(path: Path) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(mp3({"TBPM": "64", "TKEY": "Am"}))
    return str(path)


def test_a_files_tags_are_looked_at_after_a_while_and_told_about_the_same_play(
    store: LinkStore, tmp_path: Path
) -> None:
    program = Program("vdj")
    watch = watch_over(store, program)
    tagged = replace(seen("A", source="vdj"), path=audio_file(tmp_path / "a.mp3"))
    during(watch, lambda: program.history.append(tagged), lambda: len(bodies(store)) == 1)
    (told,) = bodies(store, "play.heard")
    (more,) = bodies(store)
    assert ("bpm" in told, more["play"]) == (False, told["play"])
    assert (more["bpm"], more["bpm_origin"], more["key"], more["key_origin"]) == (64.0, "tags", "Am", "tags")


def test_the_database_wins_over_tags_whichever_is_first(
    store: LinkStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = audio_file(tmp_path / "a.mp3")
    plain = replace(seen("A", source="vdj"), path=path)
    known = replace(plain, bpm=128.0, bpm_origin=FactOrigin.DATABASE)
    late = Program("vdj")
    watch = watch_over(store, late)
    during(watch, lambda: late.history.append(plain), lambda: len(bodies(store)) == 1)
    during(watch, lambda: late.history.append(known), lambda: len(bodies(store)) == 2)
    assert [(one["bpm"], one["key"]) for one in bodies(store)] == [(64.0, "Am"), (128.0, "Am")]
    monkeypatch.setattr(watching, "TAGS_AFTER_S", 0.5)
    early = Program("mixxx")
    watch = watch_over(store, early)
    again = [replace(one, source="mixxx", native_id="2", title="B") for one in (plain, known)]
    during(watch, lambda: early.history.extend(again), lambda: len(bodies(store)) == 4)
    assert [(one.get("bpm"), one.get("key")) for one in bodies(store)[2:]] == [(128.0, None), (128.0, "Am")]


def test_a_drive_that_does_not_answer_delays_no_play(
    store: LinkStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked_at, go_on = list[float](), threading.Event()

    def hang(path: str, *, until: float) -> TagFacts:
        asked_at.append(time.monotonic())
        go_on.wait(20)
        return TagFacts()

    monkeypatch.setattr(tagging, "read_tags", hang)
    program = Program("vdj")
    watch = watch_over(store, program)
    watch.tags = Tags(within_s=3)
    path = audio_file(tmp_path / "a.mp3")

    async def story() -> None:
        task = asyncio.create_task(watch.run())
        async with asyncio.timeout(10):
            while not store.cursor("vdj"):
                await asyncio.sleep(0.01)
            program.history.append(replace(seen("A", source="vdj"), path=path))
            while not asked_at:
                await asyncio.sleep(0.01)
            program.history.extend(replace(seen(title, source="vdj"), path=path) for title in "BCDE")
            while len(titles(store)) < 5:
                await asyncio.sleep(0.01)
        assert time.monotonic() - asked_at[0] < 2
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        go_on.set()

    try:
        asyncio.run(story())
    finally:
        go_on.set()
    assert len(asked_at) == 1
