"""A song's whole way: by web to the cloud, into a real S3-compatible store, by the carrier to the box, to the floor.

And an evening in which the store goes away, or somebody changes what is in it.
"""

import contextlib
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.agent.box import Box, carrying, eventually
from tests.analysis.files import by_ffmpeg
from tests.cloud.running import Cloud, Organiser, running
from tests.cloud.test_songs import send, song_page
from tests.support.songs import mp3
from tests.support.swift.running import Swift, swift
from tests.web.html import opened
from tests.web.served import Served, serving

#: carriers of tests may fetch as fast as they can
WISHES = {"songs_kbit": 1_000_000, "songs_reserve_mb": 200}


@dataclass
class World:
    """Everything that a song comes through."""

    store: Swift
    cloud: Cloud
    owner: Organiser
    box: Served
    #: the same box, as its carrier knows it
    carrier: Box

    def await_on_page(self, path: str, words: str) -> None:
        eventually(lambda: words in self.owner.page(path).text, within_s=20)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("world")
    with contextlib.ExitStack() as stack, pytest.MonkeyPatch.context() as patched:
        # Other tests beside this one are no hall that the library has to wait for.
        patched.setattr("os.getloadavg", lambda: (0.0, 0.0, 0.0))
        patched.setattr("appliance.library.pressure.LATE_S", 60.0)
        store = stack.enter_context(swift(folder / "swift"))
        store.make_bucket()
        cloud = stack.enter_context(running(f"sqlite:///{folder}/cloud.db", folder, given=store.environment))
        owner = cloud.organisation("Hall").sign_in()
        stack.callback(owner.browser.close)
        box = stack.enter_context(serving(folder / "box", options={"cloud": {"url": cloud.url, **WISHES}}))
        carrier = Box(box.site.settings)
        stack.enter_context(carrying(carrier))
        eventually(lambda: carrier.status().code != "", within_s=20)
        assert owner.post("/claim", code=carrier.status().code).status_code == 303
        yield World(store, cloud, owner, box, carrier)


def song(folder: Path, name: str) -> bytes:
    """Twelve seconds of a beat over a tone, as an MP3 file with its tags."""
    sound = "aevalsrc='0.4*sin(220*2*PI*t)+0.5*sin(880*2*PI*t)*lt(mod(t,0.5),0.05)':d=12"
    tags = ("-metadata", f"title={name}", "-metadata", "artist=The Tones")
    by_ffmpeg("-f", "lavfi", "-i", sound, "-b:a", "192k", *tags, folder / f"{name}.mp3")
    return (folder / f"{name}.mp3").read_bytes()


def asked_until(ask: Callable[[], Any], *, within_s: float) -> Any:
    """What is said, as soon as it is something."""
    until = time.monotonic() + within_s
    while not (said := ask()):
        assert time.monotonic() < until, "it never came"
        time.sleep(0.2)
    return said


def test_a_song_goes_from_the_web_through_s3_to_the_floor(world: World, tmp_path: Path) -> None:
    content, staff = song(tmp_path, "From Afar"), world.box.staff()
    assert send(world.owner, "From Afar.mp3", content).status_code == 303
    placed = world.box.site.settings.data / "music" / "cloud" / "From Afar.mp3"
    eventually(placed.is_file, within_s=20)
    assert placed.read_bytes() == content
    world.await_on_page("/songs", "Has all 1")
    # Nothing in the store says what it is.
    [name] = world.store.names()
    assert re.fullmatch(r"hall/[0-9a-f]{20}/[0-9a-f]{32}", name)
    assert "1 song came" in opened(staff, "/library").text
    assert staff.post("/library/scan", form={}).status == 303
    stage = staff.post("/api/v1/stages", json_body={"name": "Floor"}).json["id"]
    made = staff.post(f"/api/v1/stages/{stage}/players", json_body={"name": "Bar"})
    player = world.box.visitor(made.json["secret"])

    def chosen() -> Any:
        answer = player.get("/api/player/next-song")
        return answer.json if answer.status == 200 else None

    said = asked_until(chosen, within_s=100)
    assert (said["title"], said["artist"]) == ("From Afar", "The Tones")
    assert said["bpm"] is not None


def test_the_store_away_is_told_on_the_page_and_hurts_nobody(world: World) -> None:
    first, second = mp3(1), mp3(2)
    folder = world.box.site.settings.data / "music" / "cloud"
    assert send(world.owner, "Before.mp3", first).status_code == 303
    eventually((folder / "Before.mp3").is_file, within_s=20)
    before = song_page(world.owner, "Before.mp3")
    world.store.stop()
    world.await_on_page("/songs", "No song can be brought")
    refused = send(world.owner, "After.mp3", second)
    assert refused.status_code == 503
    assert "be reached" in refused.text
    # Deleting works, and is carried out where it can be.
    assert world.owner.post(f"{before}/delete").status_code == 303
    eventually(lambda: not (folder / "Before.mp3").exists(), within_s=20)
    world.store.start()
    asked_until(lambda: send(world.owner, "After.mp3", second).status_code == 303, within_s=20)
    eventually((folder / "After.mp3").is_file, within_s=20)


def test_bytes_that_somebody_changed_in_the_bucket_are_refused_with_a_reason(world: World) -> None:
    """The object is another one of the same length by now, as the store itself sees it."""
    content = mp3(3)
    folder = world.box.site.settings.data / "music" / "cloud"
    before = world.store.names()
    assert send(world.owner, "Honest.mp3", content).status_code == 303
    eventually((folder / "Honest.mp3").is_file, within_s=20)
    [name] = world.store.names() - before
    world.store.put(name, content[:-1] + b"?")
    # Gone from the box, it is fetched anew.
    (folder / "Honest.mp3").unlink()
    world.await_on_page(song_page(world.owner, "Honest.mp3"), "not what was stored")
    assert not (folder / "Honest.mp3").exists()
    assert "came wrong" in opened(world.box.staff(), "/library").text
