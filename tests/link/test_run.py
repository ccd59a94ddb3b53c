"""The link as a DJ starts it, beside a real box: what DJ programs write is on dancers' phones a moment later."""

import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.link.programs import Laptop, dj_of, until
from tests.support.real_box import RealBox, running_box


@pytest.fixture(scope="module")
def box(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealBox]:
    with running_box(tmp_path_factory.mktemp("box")) as found:
        yield found


@pytest.fixture
def laptop(tmp_path: Path) -> Laptop:
    return Laptop(tmp_path / "laptop")


@pytest.fixture
def options(box: RealBox, tmp_path: Path) -> Iterator[tuple[str, ...]]:
    with dj_of(box, tmp_path) as token:
        yield "--box", f"http://127.0.0.1:{box.port}", "--token-file", str(token)


def now_on(box: RealBox) -> Any:
    return box.visitor().get("/api/v1/stages/main-floor/now").json.get("now") or {}


def shows(box: RealBox, title: str) -> bool:
    return bool(now_on(box).get("title") == title)


def titles(box: RealBox, *, starting: str) -> list[str]:
    """Plays whose titles begin so, oldest first."""
    plays = box.visitor().get("/api/v1/stages/main-floor/history?limit=200").json["plays"]
    return [play["title"] for play in reversed(plays) if play["title"].startswith(starting)]


def test_a_link_that_is_killed_in_between_loses_nothing_and_doubles_nothing(
    box: RealBox, laptop: Laptop, options: tuple[str, ...]
) -> None:
    with laptop.running(*options) as link:
        laptop.play("A", "Killed 1")
        until(lambda: shows(box, "Killed 1"), within_s=6, what="the first track shows")
        laptop.play("A", "Killed 2")
        link.send_signal(signal.SIGKILL)
        link.wait()
    laptop.play("A", "Killed 3")
    assert laptop.status(code=1)["running"] is False
    with laptop.running() as link:
        until(lambda: shows(box, "Killed 3"), within_s=6, what="what was played meanwhile shows")
        link.send_signal(signal.SIGKILL)
        link.wait()
        laptop.play("A", "Killed 4")
    with laptop.running():
        until(lambda: shows(box, "Killed 4"), within_s=6, what="the last track shows")
    assert titles(box, starting="Killed") == [f"Killed {number}" for number in range(1, 5)]


def test_two_sources_that_say_the_same_are_one_play(box: RealBox, laptop: Laptop, options: tuple[str, ...]) -> None:
    with laptop.running(*options):
        address = f"http://127.0.0.1:{laptop.now_port}/now"
        answer = httpx.get(address, params={"artist": "Miles Davis", "title": "Both say"}, trust_env=False)
        assert answer.status_code == 202
        laptop.play("MILES DAVIS", "Both Say")
        until(lambda: shows(box, "Both say"), within_s=6, what="the play shows")
        laptop.play("B", "Both done")
        until(lambda: shows(box, "Both done"), within_s=6, what="the one behind it shows")
    assert titles(box, starting="Both") == ["Both say", "Both done"]


def test_the_dj_speaks_takes_back_and_is_told_the_truth(box: RealBox, laptop: Laptop, options: tuple[str, ...]) -> None:
    with laptop.running(*options) as link:
        laptop.play("A", "Truth 1")
        until(lambda: shows(box, "Truth 1"), within_s=6, what="the track shows")
        laptop.ask("now", "Ella Fitzgerald - Truth 2")
        until(lambda: shows(box, "Truth 2"), within_s=6, what="what the DJ said shows")
        until(lambda: not laptop.status()["waiting"], within_s=6, what="nothing waits")
        assert "Truth 2" in laptop.ask("undo")
        until(lambda: "Truth 2" not in titles(box, starting="Truth"), within_s=6, what="it is gone")
        assert not shows(box, "Truth 2")
        until(lambda: not laptop.status()["waiting"], within_s=6, what="nothing waits")
        told = laptop.status()
        assert (told["running"], told["link"]["pid"], told["link"]["mood"]) == (True, link.pid, "done")
        assert [(play["title"], play["taken_back"]) for play in told["plays"]] == [
            ("Truth 2", True),
            ("Truth 1", False),
        ]
        sources = {source["name"]: source for source in told["link"]["sources"]}
        assert sources["virtualdj"]["last"] == "A - Truth 1"
        assert sources["now"]["usable"]
        assert not sources["mixxx"]["usable"]
        laptop.ask("private")
        laptop.play("A", "Truth private")
        laptop.play("A", "Truth 3")
        until(lambda: shows(box, "Truth 3"), within_s=6, what="the one behind the private one shows")
        said = laptop.ask("status")
        assert "Everything is at the box." in said
        assert "Truth 2 (taken back)" in said
        laptop.ask("end")
        until(lambda: not now_on(box), within_s=6, what="the set is over")
    assert titles(box, starting="Truth") == ["Truth 1", "Truth 3"]
    assert laptop.status(code=1)["link"] is None


def test_while_the_box_is_away_plays_are_kept_and_another_that_is_chosen_gets_them(
    box: RealBox, laptop: Laptop, options: tuple[str, ...]
) -> None:
    with laptop.running("--box", "http://127.0.0.1:9", *options[2:]):
        laptop.play("A", "Kept")
        until(lambda: laptop.status()["waiting"], within_s=6, what="the play is kept")
        assert "1 entry waits here until it does" in laptop.ask("status")
        laptop.ask("pair", *options)
        until(lambda: shows(box, "Kept"), within_s=8, what="the kept play shows")


def test_a_box_that_refuses_is_said_and_nothing_shows_the_token(box: RealBox, laptop: Laptop, tmp_path: Path) -> None:
    token = tmp_path / "token"
    secret = "pk_dj_" + "x" * 43
    token.write_text(secret)
    with laptop.running("--box", f"http://127.0.0.1:{box.port}", "--token-file", str(token)) as link:
        laptop.play("A", "Refused")
        until(lambda: laptop.status()["link"]["mood"] == "refused", within_s=6, what="the refusal is told")
        said = laptop.ask("status") + laptop.ask("doctor")
        link.send_signal(signal.SIGINT)
        printed, _ = link.communicate(timeout=5)
    assert "does not know this DJ" in said
    kept = [path.read_bytes() for path in laptop.folder.iterdir()]
    assert secret not in said + printed
    assert not any(secret.encode() in content for content in kept)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_link_ends_within_two_seconds_and_well(laptop: Laptop, number: int) -> None:
    with laptop.running() as link:
        began = time.monotonic()
        link.send_signal(number)
        printed, _ = link.communicate(timeout=5)
        assert time.monotonic() - began < 2
    assert link.returncode == 0
    assert "Stopped." in printed


def test_a_second_link_in_the_same_folder_says_so_and_ends(laptop: Laptop) -> None:
    with laptop.running() as link:
        done = subprocess.run(
            laptop.command("run"), env=laptop.environment(), capture_output=True, text=True, timeout=20, check=False
        )
        assert link.poll() is None
    assert done.returncode == 1
    assert "is running with the folder" in done.stderr


def test_a_damaged_program_is_told_of_while_another_plays_on_and_what_the_box_knows_reaches_phones(
    box: RealBox, laptop: Laptop, options: tuple[str, ...]
) -> None:
    mixxx = laptop.root / "home" / ".mixxx" / "mixxxdb.sqlite"
    mixxx.parent.mkdir()
    mixxx.write_bytes(b"SQLite format 3\x00" + bytes(4000))
    song = '<Song FilePath="/music/Known.mp3"><Tags Bpm="0.5" Key="Dm"/></Song>'
    (laptop.virtualdj / "database.xml").write_text(f"<VirtualDJ_Database>{song}</VirtualDJ_Database>")
    with laptop.running(*options):
        laptop.play("A", "Known")
        until(lambda: now_on(box).get("bpm") == 120, within_s=6, what="the tempo of VirtualDJ's database shows")
        until(lambda: _trouble(laptop, "mixxx"), within_s=5, what="status tells of the damage")
        assert "is damaged" in _trouble(laptop, "mixxx")
        (laptop.virtualdj / "database.xml").write_text("<VirtualDJ_Database></VirtualDJ_Database>")
        laptop.play("A", "Between")
        until(lambda: shows(box, "Between"), within_s=6, what="the next track shows")
        assert laptop.ask("tempo", "half", status=1).startswith("pikabox-link: No tempo is known")
    plain = Laptop(laptop.root.parent / "another")
    with plain.running(*options):
        # Nobody here knows a tempo, but the box has heard this track before.
        plain.play("A", "Known")
        until(lambda: shows(box, "Known"), within_s=6, what="the track is on again")
        until(lambda: now_on(box).get("bpm") == 120, within_s=2, what="the tempo that the box knows shows")
        plain.ask("tempo", "double", status=1)


def _trouble(laptop: Laptop, name: str) -> str:
    link = laptop.status()["link"] or {"sources": []}
    return next((str(one["trouble"]) for one in link["sources"] if one["name"] == name), "")
