"""All sources: each is there, under a name of its own, and a laptop without any DJ program is no trouble."""

import importlib
import inspect
import pkgutil
import time
from pathlib import Path
from typing import Any

import pytest

import sync.link.sources
from appliance.errors import BadConfig
from sync.link.settings import LinkSettings, SourcesSection
from sync.link.sources.catalog import catalog
from sync.link.sources.text_files import TextFile
from tests.link.laptops import laptop
from tests.support.ports import free_port

NAMES = [
    "virtualdj", "virtualdj-control", "serato", "serato4", "mixxx", "djay", "rekordbox", "mpris",
    "now", "icecast", "pika",
]  # fmt: skip


def settings(folder: Path, **given: Any) -> LinkSettings:
    return LinkSettings(folder, sources=SourcesSection(**given))


def names(folder: Path, **given: Any) -> list[str]:
    found = catalog(settings(folder, **given), laptop(folder))
    return [one.name for one in found.every]


def test_every_source_is_there_in_a_fixed_order(tmp_path: Path) -> None:
    assert names(tmp_path) == NAMES
    assert names(tmp_path, text_files=("a.txt",)) == [*NAMES[:8], "text:a.txt", *NAMES[8:]]


def test_no_source_in_the_package_is_forgotten(tmp_path: Path) -> None:
    found = catalog(settings(tmp_path, text_files=("a.txt",)), laptop(tmp_path))
    built = {type(one) for one in found.every}
    package = sync.link.sources
    for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        for _, kind in inspect.getmembers(importlib.import_module(module.name), inspect.isclass):
            is_source = hasattr(kind, "probe") and (hasattr(kind, "poll") or hasattr(kind, "listen"))
            if is_source and not getattr(kind, "_is_protocol", False):
                assert kind in built, kind


def test_names_are_unique_also_of_text_files_that_are_called_the_same(tmp_path: Path) -> None:
    files = ("a/playing.txt", "b/playing.txt", "c/playing.txt", "a/playing.txt", str(tmp_path / "b" / "playing.txt"))
    found = names(tmp_path, text_files=files)
    assert len(found) == len(set(found)) == len(NAMES) + 3
    assert names(tmp_path, text_files=files) == found


def test_what_is_off_is_not_built(tmp_path: Path) -> None:
    assert names(tmp_path, off=tuple(NAMES)) == []
    assert "text:a.txt" not in names(tmp_path, text_files=("a.txt",), off=("text",))
    assert "text:a.txt" not in names(tmp_path, text_files=("a.txt", "b.txt"), off=("text:a.txt",))
    assert names(tmp_path, now_port=0, icecast_port=0, pika_port=0) == NAMES[:8]
    assert names(tmp_path, now_port=0, off=("now",)) == [name for name in NAMES if name != "now"]


def test_a_slip_in_off_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadConfig, match="virtualdjj") as raised:
        names(tmp_path, off=("virtualdjj",))
    assert "'virtualdj'" in str(raised.value.advice)


def test_places_the_dj_named_are_used(tmp_path: Path) -> None:
    absolute = tmp_path / "elsewhere"
    given = {
        "virtualdj_home": str(absolute), "serato_home": "~/D/_Serato_", "mixxx_database": "mixxx.sqlite",
        "djay_home": "~\\djay", "virtualdj_control": "http://127.0.0.1:1",
    }  # fmt: skip
    found = catalog(settings(tmp_path, **given, text_files=("~/now.txt",)), laptop(tmp_path))
    places = {one.name: [tried.place for tried in one.probe().tried] for one in found.polled}
    assert places["virtualdj"] == [str(absolute)]
    assert places["virtualdj-control"] == ["http://127.0.0.1:1"]
    assert places["serato"] == [str(tmp_path / "D" / "_Serato_" / "History" / "Sessions")]
    assert places["mixxx"] == [str(tmp_path / "mixxx.sqlite")]
    assert places["djay"] == [str(tmp_path / "djay" / "MediaLibrary.db")]
    assert places["text:now.txt"] == [str(tmp_path / "now.txt")]
    assert isinstance(found.polled[-1], TextFile)


@pytest.mark.parametrize("platform", ["linux", "darwin", "win32"])
def test_an_empty_laptop_is_probed_in_a_moment_and_every_word_is_said(tmp_path: Path, platform: str) -> None:
    ports = {"now_port": free_port(), "icecast_port": free_port(), "pika_port": free_port()}
    nobody = f"http://127.0.0.1:{free_port()}"
    given = settings(tmp_path, text_files=("a.txt",), virtualdj_control=nobody, **ports)
    found = catalog(given, laptop(tmp_path, platform=platform))
    begun = time.monotonic()
    probes = {one.name: one.probe() for one in found.every}
    assert time.monotonic() - begun < 1
    assert [name for name, probe in probes.items() if probe.usable] == ["now", "icecast", "pika"]
    for name, probe in probes.items():
        assert probe.tried, name
        assert all(tried.place and tried.words for tried in probe.tried), name
