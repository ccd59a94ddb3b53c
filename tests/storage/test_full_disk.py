"""A disk without room, for bytes or for names: the music goes on, staff are told, and all heals when there is room."""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from appliance.disk import RESERVE, RESERVE_USED
from appliance.domain.space import SCARCE_BYTES
from tests.network.hall import eventually
from tests.storage.loops import fill, fill_names, make_image, mounted, need_root
from tests.support.real_box import RealBox, running_box
from tests.support.visitors import Visitor


@pytest.fixture
def card(tmp_path: Path) -> Iterator[Path]:
    """A card of 300 MB with few names, for the data and nothing else."""
    need_root("mkfs.ext4")
    make = ("mkfs.ext4", "-q", "-F", "-m", "0", "-N", "3200")
    image = make_image(tmp_path / "card.img", size=300_000_000, make=make)
    with mounted(image, tmp_path / "card") as place:
        (place / "data").mkdir()
        yield place / "data"


def _on_stage(box: RealBox) -> tuple[Visitor, str]:
    dj = box.dj()
    session = dj.post("/api/v1/stages/main-floor/sessions").json["session"]["id"]
    assert _play(dj, session, 0) == 201
    return dj, session


def _play(dj: Visitor, session: str, number: int) -> int:
    body = {"id": f"p{number}", "title": f"Song {number}", "artist": "a" * 300}
    return dj.post(f"/api/v1/sessions/{session}/plays", json_body=body).status


def _now(box: RealBox) -> str:
    return str(box.visitor().get("/api/v1/stages/main-floor/now").json["now"]["play"])


def _like(box: RealBox, phone: Visitor) -> int:
    return phone.ask("PUT", f"/api/v1/plays/{_now(box)}/like").status


def _disk(box: RealBox) -> str:
    return str(box.visitor().get("/health").json["parts"]["disk"].get("problem", ""))


def _told(data: Path) -> str:
    notices = data / "notices.json"
    return notices.read_text(encoding="utf-8") if notices.exists() else ""


def test_a_full_disk_costs_hearts_but_not_the_music_and_heals_by_itself(card: Path) -> None:
    with running_box(card) as box:
        dj, session = _on_stage(box)
        phone = box.guest()
        assert _like(box, phone) == 200
        eventually((card / RESERVE / "bytes").exists, within_s=10, what="the reserve is made")
        film = fill(card.parent, leave=SCARCE_BYTES - 2_000_000)
        eventually(lambda: "the disk is full" in _disk(box), within_s=10, what="/health says it")
        refused = phone.ask("PUT", "/api/v1/plays/p0/like")
        assert (refused.status, refused.json["code"]) == (503, "disk_full")
        assert "the music goes on" in refused.json["detail"]
        metrics = box.visitor().get("/metrics").text
        free = re.search(r"^pika_box_disk_free_bytes (\S+)$", metrics, re.MULTILINE)
        assert free is not None
        assert 0 < float(free[1]) < SCARCE_BYTES
        assert "likes are refused" in box.staff().get("/staff/status", headers={"Accept": "text/html"}).text
        fill(card.parent, leave=0)
        played = 0
        while (card / RESERVE / "bytes").exists():
            played += 1
            assert played < 3000, "the disk never got full"
            assert _play(dj, session, played) == 201
        for number in range(played + 1, played + 20):
            assert _play(dj, session, number) == 201
            assert _now(box) == f"p{number}"
        eventually(lambda: RESERVE_USED in _told(card), within_s=10, what="staff are told of the reserve")
        assert box.visitor().get("/s/main-floor", headers={"Accept": "text/html"}).status == 200
        film.unlink()
        eventually(lambda: _like(box, phone) == 200, within_s=10, what="hearts are kept again")
        eventually((card / RESERVE / "bytes").exists, within_s=10, what="the reserve is back")
        eventually(lambda: RESERVE_USED not in _told(card), within_s=10, what="the notice is gone")
        assert box.visitor().get("/health").json["status"] == "ok"
    with closing(sqlite3.connect(card / "box.db")) as database:
        assert database.execute("SELECT count(*) FROM plays").fetchone()[0] == played + 20


def test_a_disk_full_to_the_last_byte_still_shows_pages_and_takes_plays_again_without_a_restart(card: Path) -> None:
    with running_box(card) as box:
        dj, session = _on_stage(box)
        eventually((card / RESERVE / "bytes").exists, within_s=10, what="the reserve is made")
        film = fill(card.parent, leave=0)
        played = 0
        while (status := _play(dj, session, played := played + 1)) == 201:
            # What the reserve gives up, somebody else takes at once.
            if not (card / RESERVE / "bytes").exists():
                fill(card.parent, leave=0)
        assert status == 503
        assert _now(box) == f"p{played - 1}"
        assert "Nothing can be saved" in box.visitor().get("/health").json["parts"]["store"]["problem"]
        assert box.visitor().get("/s/main-floor", headers={"Accept": "text/html"}).status == 200
        film.unlink()
        # Nobody has to ask for it: without a DJ or a dancer the box finds out by itself.
        eventually(lambda: box.visitor().get("/health").json["status"] == "ok", within_s=15, what="the store is well")
        assert _play(dj, session, played) == 201


@pytest.mark.parametrize("fully", ["bytes", "names"])
def test_a_start_on_a_full_disk_serves_pages_and_plays(card: Path, fully: str) -> None:
    with running_box(card) as box:
        dj, session = _on_stage(box)
        eventually((card / RESERVE / "bytes").exists, within_s=10, what="the reserve is made")
    if fully == "bytes":
        fill(card.parent, leave=0)
    else:
        fill_names(card.parent, leave=0)
    with running_box(card) as box:
        assert _now(box) == "p0"
        assert _play(box.visitor(dj.token), session, 1) == 201
        assert _now(box) == "p1"
        assert _like(box, box.guest()) == 503
        assert _disk(box)


def test_no_more_names_cost_hearts_but_not_the_music(card: Path) -> None:
    with running_box(card) as box:
        dj, session = _on_stage(box)
        phone = box.guest()
        eventually((card / RESERVE / "bytes").exists, within_s=10, what="the reserve is made")
        heap = fill_names(card.parent, leave=0)
        eventually(lambda: _like(box, phone) == 503, within_s=10, what="hearts are refused")
        assert "0 files" in _disk(box)
        for number in range(1, 10):
            assert _play(dj, session, number) == 201
        # A DJ who comes now: stored, and the broker hears of it at the latest when there is room.
        assert box.dj("DJ Ben").post("/api/v1/stages/main-floor/sessions?").status == 409
        for path in list(heap.iterdir())[:3000]:
            path.unlink()
        eventually(lambda: _like(box, phone) == 200, within_s=10, what="hearts are kept again")
        eventually(
            lambda: "dj-ben:" in (card / "run" / "broker.passwd").read_text(encoding="ascii"),
            within_s=10,
            what="the broker knows the new DJ",
        )
