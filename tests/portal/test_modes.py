"""Three modes, one switch: on the staff page, in the API, and shown in `/health`."""

import os
import re
import signal
from pathlib import Path

from tests.portal.conftest import set_mode
from tests.portal.phone import Phone
from tests.support.real_box import RealBox, running_box
from tests.support.visitors import Visitor

APPLE = "http://captive.apple.com/hotspot-detect.html"


def stray(box: RealBox) -> int:
    return Phone(port=box.port, address="127.0.4.1").get(APPLE).status


def switch(staff: Visitor, mode: str) -> int:
    return staff.post("/staff/portal", form={"mode": mode}).status


def chosen(page: str) -> list[str]:
    return re.findall(r'name="mode" value="(\w+)" aria-pressed="true"', page)


def test_a_box_catches_nobody_until_staff_say_so(own_box: RealBox) -> None:
    phone = Phone(port=own_box.port, address="127.0.4.1")
    assert own_box.visitor().get("/health").json["portal"] == "quiet"
    refused = phone.get(APPLE)
    assert (refused.status, refused.json["code"]) == (421, "host_unknown")
    assert phone.get("http://neverssl.com/").status == 421
    here = f"http://127.0.0.1:{own_box.port}"
    for path in ("/welcome", "/welcome/done"):
        answer = phone.get(here + path)
        assert (answer.status, answer.headers["location"]) == (303, "/")
    assert phone.press("/welcome").headers["location"] == "/"
    assert own_box.staff().ask("PUT", "/api/v1/portal", json_body={"mode": "party"}).status == 200
    # The tap that came in quiet mode released nobody.
    assert phone.get(APPLE).status == 302


def test_the_staff_page_switches_and_shows_what_is_on(own_box: RealBox) -> None:
    staff = own_box.staff()
    for mode, status in (("party", 302), ("gateway", 421), ("quiet", 421), ("party", 302)):
        assert switch(staff, mode) == 303
        assert stray(own_box) == status
        assert chosen(staff.get("/staff", headers={"Accept": "text/html"}).text) == [mode]
        assert own_box.visitor().get("/health").json["portal"] == mode
        assert staff.get("/api/v1/portal").json == {"mode": mode}
    wrong = staff.post("/staff/portal", form={"mode": "disco"})
    assert (wrong.status, "mode must be party, quiet or gateway" in wrong.text) == (422, True)
    assert stray(own_box) == 302
    pid = own_box.server_pid()
    os.kill(pid, signal.SIGKILL)
    own_box.wait_until_served(not_pid=pid)
    assert stray(own_box) == 302


def test_only_staff_switch_and_only_to_what_there_is(box: RealBox) -> None:
    for who in (box.visitor(), box.guest(), box.dj()):
        assert who.get("/api/v1/portal").status == 401
        assert who.ask("PUT", "/api/v1/portal", json_body={"mode": "quiet"}).status == 401
        assert switch(who, "quiet") == 401
    wrong = box.staff().ask("PUT", "/api/v1/portal", json_body={"mode": "disco"})
    assert (wrong.status, wrong.json["code"]) == (422, "json_wrong_shape")
    assert stray(box) == 302


def test_the_api_s_description_tells_of_the_portal(box: RealBox) -> None:
    document = box.visitor().get("/api/v1/openapi.json").json
    assert set(document["paths"]["/api/v1/portal"]) == {"get", "put"}
    schema = document["components"]["schemas"]["Mode"]
    assert sorted(schema["enum"]) == ["gateway", "party", "quiet"]


def test_a_name_for_the_portal_is_where_phones_are_sent_and_it_is_answered(tmp_path: Path) -> None:
    with running_box(tmp_path, env={"PIKA_BOX_HTTP_PORTAL": "dance.example"}) as box:
        set_mode(box, "party")
        phone = Phone(port=box.port, address="127.0.4.2")
        assert phone.get(APPLE).headers["location"] == "http://dance.example/welcome"
        end, page = phone.follow(APPLE)
        assert (end, page.status) == ("http://dance.example/welcome", 200)
        assert "http://dance.example<" in page.text
        pressed = phone.ask("POST", end, headers={"Origin": "http://dance.example"})
        assert pressed.status == 303
        assert phone.get(APPLE).status == 200
        assert (tmp_path / "portal-mode").read_text(encoding="ascii") == "party\n"
