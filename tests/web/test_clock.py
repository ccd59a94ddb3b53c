"""The clock of a box that has none: set from a phone, kept over restarts, and never a reason to be locked out."""

import shutil
import sqlite3
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from appliance.clock import Sources, SystemClock
from appliance.web.site import Site
from tests.support.visitors import Answer
from tests.web.served import Served, serving

NOW_MS = 1_795_200_000_000  # 2026-11-20T18:40:00Z
Y1970, Y2020, Y2099 = 90_000, 1_577_836_800_000, 4_070_908_800_000


@dataclass
class Turned:
    """The system's clock as a test wants it; boot time is this machine's own."""

    wall_ms: int
    from_network: bool = False

    def __call__(self, site: Site) -> Site:
        """The same site on a machine with this clock."""
        clock = site.ports.clock
        assert isinstance(clock, SystemClock)
        clock._hardware = False
        clock._network = False
        clock._trust_until_ms = 0
        clock._sources = replace(Sources(), wall=lambda: self.wall_ms / 1000, from_network=lambda: self.from_network)
        return site


def trust(box: Served) -> str:
    told: str = box.visitor().get("/health").json["clock"]
    return told


def tap(box: Served, wall_ms: int, **rest: str) -> Answer:
    return box.staff().post("/staff/clock", form={"wall_ms": str(wall_ms), **rest})


def light(box: Served) -> dict[str, Any]:
    told = box.staff().get("/api/v1/status?lang=en").json["lights"]
    return next(one for one in told if one["name"] == "clock")


@pytest.mark.parametrize("start", [Y1970, Y2020, Y2099])
def test_one_tap_puts_a_box_right_that_woke_up_in_another_year(tmp_path: Path, start: int) -> None:
    with serving(tmp_path, change=Turned(start)) as box:
        assert trust(box) == "none"
        assert light(box)["level"] == "attention"
        dj = box.dj()
        session = dj.post("/api/v1/stages/main-floor/sessions").json["session"]["id"]
        dj.post(f"/api/v1/sessions/{session}/plays", json_body={"title": "Before", "artist": "a"})
        answer = tap(box, NOW_MS)
        assert (answer.status, answer.headers["location"]) == (303, "/staff/status")
        assert trust(box) == "device"
        assert (light(box)["level"], light(box)["advice"]) == ("good", "")
        # Nobody has to log in again, and the session goes on.
        after = dj.post(f"/api/v1/sessions/{session}/plays", json_body={"title": "After", "artist": "a"}).json["play"]
        assert after["began_at"].startswith("2026-11-20T18:40:")
        history = box.visitor().get("/api/v1/stages/main-floor/history").json["plays"]
        assert [play["title"] for play in history] == ["After", "Before"]
        assert history[1]["age_ms"] < 60_000
    with closing(sqlite3.connect(tmp_path / "box.db")) as database:
        rows = database.execute("SELECT wall_ms, trust, body FROM journal WHERE kind = 'clock.set'").fetchall()
        order = database.execute("SELECT kind FROM journal ORDER BY seq").fetchall()
    [(wall_ms, kept, body)] = rows
    assert (wall_ms, kept) == (NOW_MS, "device")
    assert f'"old_wall_ms":{start}' in body
    assert [kind for (kind,) in order][-3:] == ["play.announced", "clock.set", "play.announced"]


def test_what_a_phone_said_holds_over_a_restart_of_the_program(tmp_path: Path) -> None:
    with serving(tmp_path, change=Turned(Y1970)) as box:
        assert tap(box, NOW_MS).status == 303
    shutil.rmtree(tmp_path / "run")
    with serving(tmp_path, change=Turned(Y1970)) as box:
        assert trust(box) == "device"
        now = box.site.ports.clock.now()
        assert NOW_MS <= now.wall_ms < NOW_MS + 60_000


def test_the_network_is_believed_over_the_phone_and_a_phone_can_t_overrule_it(tmp_path: Path) -> None:
    turned = Turned(Y1970)
    with serving(tmp_path, change=turned) as box:
        assert tap(box, NOW_MS).status == 303
        turned.wall_ms, turned.from_network = NOW_MS + 3_600_000, True
        clock = box.site.ports.clock
        assert isinstance(clock, SystemClock)
        clock._trust_until_ms = 0
        assert trust(box) == "ntp"
        refused = box.staff().ask("PUT", "/api/v1/clock", json_body={"wall_ms": NOW_MS})
        assert (refused.status, refused.json["code"]) == (409, "clock_from_network")
        assert "data-clock" not in box.staff().get("/staff/status", headers={"Accept": "text/html"}).text
        assert clock.now().wall_ms == NOW_MS + 3_600_000


@pytest.mark.parametrize(
    ("fields", "status", "words"),
    [
        ({"wall_ms": str(Y1970)}, 422, "Diese Zeit liegt vor dem Bau der Box"),
        ({"wall_ms": str(Y2020)}, 422, "Diese Zeit liegt vor dem Bau der Box"),
        ({"wall_ms": str(Y2099)}, 422, "viele Jahre in der Zukunft"),
        ({"wall_ms": "9" * 15}, 422, "viele Jahre in der Zukunft"),
        ({"wall_ms": ""}, 422, "Es kam keine Zeit an"),
        ({"wall_ms": "-5"}, 422, "Es kam keine Zeit an"),
        ({"wall_ms": "9" * 400}, 422, "Es kam keine Zeit an"),
        ({"wall_ms": "", "typed": "2026-11-20T19:40", "offset": "61"}, 422, "Es kam keine Zeit an"),
        ({"wall_ms": "", "typed": "2026-11-20T19:40", "offset": "x"}, 422, "Es kam keine Zeit an"),
        ({"wall_ms": "", "typed": "2026-11-20T19:40+01:00", "offset": "60"}, 422, "Es kam keine Zeit an"),
        ({"wall_ms": "", "typed": "yesterday", "offset": "60"}, 422, "Es kam keine Zeit an"),
    ],
)
def test_a_time_that_can_t_be_right_is_refused_in_the_page_s_own_words(
    unset: Served, fields: dict[str, str], status: int, words: str
) -> None:
    answer = unset.staff().post("/staff/clock?lang=de", form=fields)
    assert answer.status == status
    assert words in answer.text
    assert trust(unset) == "none"


@pytest.fixture(scope="module")
def unset(tmp_path_factory: pytest.TempPathFactory) -> Any:
    with serving(tmp_path_factory.mktemp("unset"), change=Turned(Y1970)) as box:
        yield box


def test_a_phone_without_script_types_its_time_and_zone(tmp_path: Path) -> None:
    with serving(tmp_path, change=Turned(Y1970)) as box:
        typed = {"wall_ms": "", "typed": "2026-11-20T19:40", "offset": "60"}
        assert box.staff().post("/staff/clock?lang=hu", form=typed).headers["location"] == "/staff/status?lang=hu"
        believed = datetime.fromtimestamp(box.site.ports.clock.now().wall_ms / 1000, UTC)
        assert believed.isoformat().startswith("2026-11-20T18:40:")


@pytest.mark.parametrize("jump", [Y1970, Y2099])
def test_a_clock_that_jumps_locks_nobody_out(tmp_path: Path, jump: int) -> None:
    turned = Turned(NOW_MS)
    with serving(tmp_path, change=turned) as box:
        staff, dj, guest = box.staff(), box.dj(), box.visitor()
        assert guest.post("/api/v1/guests").status == 204
        session = dj.post("/api/v1/stages/main-floor/sessions").json["session"]["id"]
        play = dj.post(f"/api/v1/sessions/{session}/plays", json_body={"title": "t", "artist": "a"}).json["play"][
            "play"
        ]
        staff.ask("PUT", "/api/v1/portal", json_body={"mode": "party"})
        assert guest.post("/welcome", form={}).status == 303
        for wall_ms in (jump, NOW_MS):
            turned.wall_ms = wall_ms
            assert staff.get("/api/v1/status").status == 200
            assert dj.post(f"/api/v1/sessions/{session}/alive").status == 204
            assert guest.ask("PUT", f"/api/v1/plays/{play}/like").status == 200
            assert guest.get("/welcome/done", headers={"Accept": "text/html"}).status == 200
