"""How alive the floor is, as its DJ sees it."""

import asyncio
from pathlib import Path

from tests.web.answers import problem
from tests.web.html import opened
from tests.web.served import Served, serving


def minutes(box: Served, *guests: int) -> None:
    """Minutes go by with so many phones there."""
    for number in guests:
        asyncio.run_coroutine_threadsafe(box.site.floor.turn({"main-floor": number}), box.loop).result(10)


def test_a_dj_sees_a_number_a_line_and_words_and_nobody_else_does(tmp_path: Path) -> None:
    with serving(tmp_path) as box:
        anna, ben = box.dj("DJ Anna"), box.dj("DJ Ben")
        session = anna.post("/api/v1/stages/main-floor/sessions").json["session"]["id"]
        address = f"/api/v1/sessions/{session}/floor"
        told = anna.get(address).json
        assert (told.get("energy"), told["curve"], told["line"]) == (None, [], "")
        minutes(box, 2, 3)
        told = anna.get(address).json
        assert ("energy" in told, told["curve"], told["line"]) == (False, [None, None], "")
        assert "fewer than 5" in told["words"]
        minutes(box, 20, 20)
        told = anna.get(address).json
        assert told["curve"] == [None, None, 15, 20]
        assert told["energy"] == 20
        assert told["line"].startswith("M280 85h0L290 80")
        desk = box.visitor()
        desk.post("/dj/login", form={"token": anna.token or ""})
        page = opened(desk, "/dj")
        assert page.says("energy") == "20"
        assert page.one("path", data_part="energy-line").attributes["d"] == told["line"]
        problem(ben.get(address), 403, "session_not_yours")
        problem(anna.get("/api/v1/sessions/nope/floor"), 404, "session_unknown")
        problem(box.visitor().get(address), 401, "token_missing")
