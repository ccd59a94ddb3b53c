"""Songs from the real cloud to a box: resumed, bounded, checked, let go of; never before the journal."""

import contextlib
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import msgspec
import pytest

from appliance.domain.songs_coming import SongsComing, read
from tests.agent.box import QUICK, Box, carrying, eventually, make_box
from tests.agent.cloud import Reply, TestCloud, problem
from tests.cloud.running import Cloud, Organiser, running
from tests.cloud.test_songs import send, song_page
from tests.support.songs import mp3
from tests.support.wiretap import Wiretap, tapped

FAST: dict[str, Any] = {"songs_kbit": 1_000_000, "songs_reserve_mb": 200}


@dataclass
class World:
    """A cloud, the line to it, and whoever is signed in there."""

    cloud: Cloud
    line: Wiretap
    owner: Organiser
    folder: Path
    #: where the cloud keeps the bytes
    store: Path

    def box(self, name: str, **wishes: Any) -> Box:
        """A box of the organisation."""
        made = make_box(self.folder / name, url=f"http://127.0.0.1:{self.line.port}", roots=Path(), **FAST | wishes)
        with carrying(made):
            eventually(lambda: made.status().code != "")
            assert self.owner.post("/claim", code=made.status().code).status_code == 303
        return made

    def clear(self) -> None:
        """No song is left in the cloud."""
        for place in self.owner.page("/songs").text.split('href="')[1:]:
            if place.startswith("/songs/"):
                assert self.owner.post(f"{place.partition(chr(34))[0]}/delete").status_code == 303


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("songs")
    with running(f"sqlite:///{folder}/cloud.db", folder) as cloud, tapped(int(cloud.url.rpartition(":")[2])) as line:
        owner = cloud.organisation().sign_in()
        with contextlib.closing(owner.browser):
            yield World(cloud, line, owner, folder, folder / "data" / "cloud" / "songs")


@pytest.fixture
def world(whole: World) -> Iterator[World]:
    yield whole
    whole.clear()


def listing(said: object) -> Reply:
    return Reply(200, msgspec.json.encode(said), "application/json")


def coming(box: Box) -> SongsComing:
    try:
        return read((box.settings.data / "sync" / "songs.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        return SongsComing()


def here(box: Box) -> dict[str, bytes]:
    folder = box.settings.data / "music" / "cloud"
    return {path.name: path.read_bytes() for path in folder.glob("*")} if folder.is_dir() else {}


def part_bytes(box: Box) -> int:
    return sum(path.stat().st_size for path in (box.settings.data / "music" / ".cloud").glob("*.part"))


def test_songs_come_one_after_the_other_under_their_names_and_the_cloud_hears_of_it(world: World) -> None:
    box = world.box("plain")
    contents = {f"Song {number}.mp3": mp3(number, size=200_000) for number in range(3)}
    for name, content in contents.items():
        assert send(world.owner, name, content).status_code == 303
    # A file of that name that somebody put there before is nobody's to take.
    folder = box.settings.data / "music" / "cloud"
    folder.mkdir(parents=True)
    (folder / "Song 0.mp3").write_bytes(b"somebody's own")
    with carrying(box):
        eventually(lambda: coming(box).here == 3)
        assert here(box) == {
            "Song 0.mp3": b"somebody's own",
            "Song 0 (2).mp3": contents["Song 0.mp3"],
            "Song 1.mp3": contents["Song 1.mp3"],
            "Song 2.mp3": contents["Song 2.mp3"],
        }
        eventually(lambda: "Has all 3" in world.owner.page("/songs").text)
    # A carrier that lost its memory fetches nothing twice.
    for path in [*(box.settings.data / "sync").glob("agent.db*"), box.settings.data / "sync" / "songs.json"]:
        path.unlink()
    before = world.line.came
    with carrying(box):
        eventually(lambda: coming(box).here == 3)
        assert world.line.came - before < 100_000
        # Deleted there, they leave here: those that came, as they came, and no others.
        (folder / "Song 1.mp3").write_bytes(b"somebody's new tags")
        playing = (folder / "Song 2.mp3").open("rb")
        world.clear()
        eventually(lambda: len(here(box)) == 2)
        assert here(box) == {"Song 0.mp3": b"somebody's own", "Song 1.mp3": b"somebody's new tags"}
        with playing:
            assert playing.read() == contents["Song 2.mp3"]
        eventually(lambda: coming(box).wanted == 0)


def test_a_song_that_was_cut_goes_on_where_it_stopped_also_after_a_pulled_plug(world: World) -> None:
    box, content = world.box("cut"), mp3(10, size=4_000_000)
    assert send(world.owner, "long.mp3", content).status_code == 303
    world.line.came, world.line.cut_at = 0, 2_000_000
    with carrying(box):
        eventually(lambda: coming(box).pause == "offline")
        had = part_bytes(box)
        assert 1_000_000 < had < 2_000_000
        assert here(box) == {}
        world.line.mend()
        eventually(lambda: part_bytes(box) > had)
    # The carrier was ended in the middle, or had just enough time; either way it goes on.
    with carrying(box):
        eventually(lambda: here(box) == {"long.mp3": content}, within_s=20)
        # Also what a plug that was pulled at the very end has left.
        eventually(lambda: part_bytes(box) == 0)
    # Nothing came twice but the pieces that were under way when the line was cut and when the plug was pulled.
    assert world.line.came < 4_000_000 + 2 * 128 * 1024 + 200_000


def test_wrong_bytes_are_not_played_and_both_sides_say_so(world: World) -> None:
    box, content = world.box("wrong"), mp3(20, size=300_000)
    assert send(world.owner, "spoilt.mp3", content).status_code == 303
    [stored] = [path for path in world.store.rglob("*") if path.is_file() and path.stat().st_size == 300_000]
    stored.write_bytes(content[:-1] + b"?")
    with carrying(box):
        eventually(lambda: coming(box).refused == 1)
        assert here(box) == {}
        assert part_bytes(box) == 0
        page = song_page(world.owner, "spoilt.mp3")
        eventually(lambda: "not what was stored" in world.owner.page(page).text)
    stored.unlink()
    assert send(world.owner, "good.mp3", mp3(21)).status_code == 303
    with carrying(box):
        # Others come all the same; what is gone from the store is told apart from what is wrong.
        eventually(lambda: list(here(box)) == ["good.mp3"])
        eventually(lambda: "does not have it any more" in world.owner.page(page).text)


def test_a_full_disk_stops_it_well_before_and_says_so(world: World) -> None:
    box = world.box("full", songs_reserve_mb=9_000_000)
    assert send(world.owner, "much.mp3", mp3(30)).status_code == 303
    with carrying(box):
        eventually(lambda: coming(box).pause == "no_room")
        assert "too full" in coming(box).words
        eventually(lambda: "disk is too full" in world.owner.page("/songs").text)
        assert (here(box), part_bytes(box)) == ({}, 0)


@pytest.mark.parametrize("wishes", [{"songs": False}, {"songs_mb_a_day": 1}])
def test_a_box_fetches_no_more_than_its_settings_allow(world: World, wishes: dict[str, object]) -> None:
    box = world.box("bound" + "-".join(wishes), **wishes)
    for number in range(3):
        assert send(world.owner, f"{number}.mp3", mp3(40 + number, size=700_000)).status_code == 303
    reason = "off" if "songs" in wishes else "day_share"
    for _ in range(2):
        with carrying(box):
            # A restart begins no new day.
            eventually(lambda: coming(box).pause == reason)
            came = sum(map(len, here(box).values())) + part_bytes(box)
            assert came == 0 if reason == "off" else 1_000_000 <= came < 1_000_000 + 128 * 1024


def test_songs_come_no_faster_than_the_settings_say(world: World) -> None:
    box = world.box("slow", songs_kbit=1600)
    assert send(world.owner, "a.mp3", mp3(50, size=300_000)).status_code == 303
    began = time.monotonic()
    with carrying(box):
        eventually(lambda: len(here(box)) == 1)
    # 300 kB at 200 kB a second, but for the rest that the last piece need not wait for.
    assert time.monotonic() - began > 0.8


def test_an_older_cloud_has_no_songs_and_nothing_is_lost_by_that(box: Box, cloud: TestCloud) -> None:
    folder = box.settings.data / "music" / "cloud"
    folder.mkdir(parents=True)
    (folder / "a.mp3").write_bytes(b"a")
    with carrying(box):
        eventually(lambda: ("GET", "/v1/songs") in cloud.asked)
        box.like(1, 50)
        eventually(lambda: box.status().acked_seq >= 50)
    assert here(box) == {"a.mp3": b"a"}


def test_a_new_box_at_a_cloud_with_its_hands_full_asks_again_soon(box: Box, cloud: TestCloud) -> None:
    refusals = [problem(503, "cloud_busy"), problem(500, "fault"), listing({"mark": "m", "next": "ab"}), listing([])]

    def answer(method: str, path: str, _body: bytes) -> Reply | None:
        if path != "/v1/songs":
            return None
        return refusals.pop() if refusals else listing({"mark": "m"}) if method == "GET" else Reply(204)

    cloud.before = answer
    with carrying(box):
        eventually(lambda: ("PUT", "/v1/songs") in cloud.asked)
    assert not refusals


def test_while_the_journal_waits_no_song_is_fetched(box: Box, cloud: TestCloud) -> None:
    """A cloud that lists a song and takes no batch: what happened comes first, however long that takes."""
    listed = {"mark": "m", "songs": [{"id": "ab", "name": "a.mp3", "size": 5000, "sha256": "0" * 64}]}
    is_closed = True

    def answer(method: str, path: str, _body: bytes) -> Reply | None:
        if path == "/v1/ingest" and is_closed:
            return problem(503, "busy", Retry_After="1")
        if path == "/v1/songs":
            return listing(listed) if method == "GET" else problem(404, "page_unknown")
        return problem(503, "songs_away") if path.startswith("/v1/songs/") else None

    cloud.before = answer
    box.like(1, 50)
    with carrying(box, pace=replace(QUICK, longest_wait_s=0.3)):
        eventually(lambda: coming(box).pause == "journal")
        asked = cloud.asked.count(("GET", "/v1/songs/ab"))
        time.sleep(0.7)
        assert cloud.asked.count(("GET", "/v1/songs/ab")) == asked
        is_closed = False
        eventually(lambda: cloud.asked.count(("GET", "/v1/songs/ab")) > asked)
        assert box.status().acked_seq >= 50


def test_whatever_a_cloud_calls_a_song_it_stays_in_its_folder(box: Box, cloud: TestCloud) -> None:
    names = ["../../../evil.mp3", "/etc/passwd", "a\x00b.mp3", ".mp3", "run.sh"]
    songs = [{"id": f"a{at}", "name": name, "size": 5, "sha256": "0" * 64} for at, name in enumerate(names)]
    asked: set[str] = set()

    def answer(method: str, path: str, _body: bytes) -> Reply | None:
        if path.startswith("/v1/songs/"):
            asked.add(path)
            return problem(404, "song_bytes_gone")
        if path == "/v1/songs" and method == "GET":
            return listing({"mark": "m", "songs": songs})
        return None

    cloud.before = answer
    with carrying(box):
        eventually(lambda: coming(box).refused == 5)
    assert asked == {"/v1/songs/a0", "/v1/songs/a2"}
    assert not [path for path in box.settings.data.parent.rglob("*evil*") if "music" not in path.parts]
