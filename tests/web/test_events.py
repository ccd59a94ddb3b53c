"""Events and stages over the API: who may do what, and what is refused."""

import base64
import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from appliance.domain.happenings import STAGES_MOST
from tests.support.visitors import Answer, Visitor
from tests.web.answers import assert_safe, nothing_stored, problem
from tests.web.phone import Phone
from tests.web.raw import Raw
from tests.web.served import Served, serving


@pytest.fixture
def box(tmp_path: Path) -> Iterator[Served]:
    with serving(tmp_path) as served:
        yield served


def made(organiser: Visitor, name: str = "Ball", **fields: Any) -> str:
    """An event with a stage called Hall; its id."""
    answer = organiser.post("/api/v1/events", json_body={"name": name, **fields})
    assert answer.status == 201, answer.text
    event: str = answer.json["event"]
    stage = organiser.post(f"/api/v1/events/{event}/stages", json_body={"name": "Hall"})
    assert stage.status == 201, stage.text
    return event


def published(organiser: Visitor, name: str = "Ball", **fields: Any) -> str:
    event = made(organiser, name, **fields)
    assert organiser.post(f"/api/v1/events/{event}/publish").json["phase"] == "published"
    return event


def test_an_organiser_makes_describes_publishes_and_ends_an_event(box: Served) -> None:
    olga = box.organiser()
    event = made(olga, zone="Europe/Budapest", starts="2026-11-20T21:00", ends="2026-11-21T05:00", capacity=900)
    shown = olga.get(f"/api/v1/events/{event}").json
    assert (shown["phase"], shown["zone"], shown["starts"], shown["capacity"], shown["is_full"]) == (
        "draft", "Europe/Budapest", "2026-11-20T21:00", 900, False
    )  # fmt: skip
    assert event not in box.visitor().get("/api/v1/events").text
    edited = olga.ask("PUT", f"/api/v1/events/{event}", json_body={"name": "Great Ball", "accent": "#FFCC00"})
    assert (edited.json["name"], edited.json["accent"], edited.json["starts"]) == ("Great Ball", "#ffcc00", "")
    assert "capacity" not in edited.json
    olga.post(f"/api/v1/events/{event}/publish")
    [_, listed] = box.visitor().get("/api/v1/events").json["events"]
    assert listed == {
        "v": 1, "event": event, "name": "Great Ball", "phase": "published",
        "stages": [{"id": "hall", "name": "Hall", "doors": "open"}],
    }  # fmt: skip
    assert [one["event"] for one in olga.get("/api/v1/me/events").json["events"]] == [event]
    assert olga.post(f"/api/v1/events/{event}/end").json["phase"] == "ended"
    assert event not in box.visitor().get("/api/v1/events").text


EVERYTHING = [
    ("GET", "/events/{event}", None),
    ("PUT", "/events/{event}", {"name": "Mine"}),
    ("POST", "/events/{event}/publish", None),
    ("POST", "/events/{event}/end", None),
    ("PUT", "/events/{event}/logo", {"content": ""}),
    ("DELETE", "/events/{event}/logo", None),
    ("POST", "/events/{event}/stages", {"name": "Mine"}),
    ("PUT", "/events/{event}/stages", {"stages": ["hall"]}),
    ("PUT", "/stages/hall", {"name": "Mine"}),
    ("POST", "/stages/hall/open", None),
    ("POST", "/stages/hall/pause", None),
    ("POST", "/stages/hall/close", None),
    ("GET", "/events/{event}/djs", None),
    ("PUT", "/events/{event}/djs/{dj}", None),
    ("DELETE", "/events/{event}/djs/{dj}", None),
]


def test_another_organiser_s_event_is_not_theirs_to_run_and_staff_run_all(box: Served) -> None:
    olga, otto = box.organiser("Olga"), box.organiser("Otto")
    event = published(olga)
    anna = box.dj("DJ Anna")
    dj = olga.get("/api/v1/djs").json["djs"][0]["id"]
    phone = box.visitor()
    phone.post("/api/v1/guests")
    with nothing_stored(box.visitor()):
        for method, path, body in EVERYTHING:
            asked = f"/api/v1{path}".format(event=event, dj=dj)
            problem(otto.ask(method, asked, json_body=body), 403, "event_not_yours")
            problem(phone.ask(method, asked, json_body=body), 401, "login_missing")
            problem(anna.ask(method, asked, json_body=body), 401, "login_missing")
        assert otto.get("/api/v1/me/events").json["events"] == []
    assert len(box.staff().get("/api/v1/me/events").json["events"]) == 2
    assert box.staff().ask("PUT", f"/api/v1/events/{event}", json_body={"name": "By staff"}).status == 200


def test_what_is_not_there_is_said_so(box: Served) -> None:
    staff = box.staff()
    with nothing_stored(box.visitor()):
        for method, path, body in EVERYTHING:
            asked = f"/api/v1{path}".format(event="nowhere", dj="nobody").replace("/stages/hall", "/stages/nowhere")
            code = "stage_unknown" if path.startswith("/stages") else "event_unknown"
            problem(staff.ask(method, asked, json_body=body), 404, code)
        event = staff.get("/api/v1/me/events").json["events"][0]["event"]
        problem(staff.ask("PUT", f"/api/v1/events/{event}/djs/nobody"), 404, "dj_unknown")


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"name": "\u200b"}, "name_empty"),
        ({"name": "x" * 101}, "name_too_long"),
        ({"zone": "Mars/Base"}, "time_zone_unknown"),
        ({"starts": "2026-11-20T21:00", "ends": "2026-11-20T20:00"}, "ends_before_starts"),
        ({"starts": "tonight"}, "starts_invalid"),
        ({"zone": "Europe/Budapest", "ends": "2026-03-29T02:30"}, "ends_skipped"),
        ({"capacity": 0}, "json_wrong_shape"),
        ({"capacity": 2.5}, "json_wrong_shape"),
        ({"capacity": 100_001}, "json_wrong_shape"),
        ({"name": 5}, "json_wrong_shape"),
        ({"accent": "red"}, "accent_invalid"),
        ({"accent": "#330000"}, "accent_unreadable"),
    ],
)
def test_an_event_that_can_not_be_is_refused_and_nothing_is_kept(
    box: Served, fields: dict[str, Any], code: str
) -> None:
    staff = box.staff()
    event = made(staff)
    with nothing_stored(box.visitor()):
        for method, path in (("POST", "/api/v1/events"), ("PUT", f"/api/v1/events/{event}")):
            told = problem(staff.ask(method, path, json_body={"name": "Ball", **fields}), 422, code)
    if code == "accent_unreadable":
        offered = told["facts"]["nearest"]
        answer = staff.ask("PUT", f"/api/v1/events/{event}", json_body={"name": "Ball", "accent": offered})
        assert answer.json["accent"] == offered


def test_a_closed_stage_refuses_sets_and_a_paused_one_does_not(box: Served) -> None:
    staff, anna = box.staff(), box.dj()
    session = anna.post("/api/v1/stages/main-floor/sessions").json["session"]["id"]
    with Phone(box.port, "main-floor") as phone:
        phone.next("state")
        assert staff.post("/api/v1/stages/main-floor/pause").json["doors"] == "paused"
        assert phone.next("stage").data["doors"] == "paused"
        assert box.visitor().get(f"/api/v1/sessions/{session}").json["active"] is True
        assert staff.post("/api/v1/stages/main-floor/close").json["doors"] == "closed"
        assert phone.next("session").data == {"v": 1, "stage": "main-floor"}
        assert phone.next("stage").data["doors"] == "closed"
        assert phone.next("event").data["stages"][0]["doors"] == "closed"
    with nothing_stored(box.visitor()):
        problem(anna.post("/api/v1/stages/main-floor/sessions"), 409, "stage_closed")
        problem(
            anna.post(f"/api/v1/sessions/{session}/plays", json_body={"title": "t", "artist": "a"}), 409, "session_over"
        )
    assert staff.post("/api/v1/stages/main-floor/open").json["doors"] == "open"
    assert anna.post("/api/v1/stages/main-floor/sessions").status == 201


def test_nobody_plays_at_a_draft_or_after_the_end(box: Served) -> None:
    staff, anna = box.staff(), box.dj()
    event = made(staff)
    problem(anna.post("/api/v1/stages/hall/sessions"), 409, "event_draft")
    problem(staff.post(f"/api/v1/events/{event}/end"), 409, "phase_impossible")
    staff.post(f"/api/v1/events/{event}/publish")
    staff.post(f"/api/v1/events/{event}/end")
    problem(anna.post("/api/v1/stages/hall/sessions"), 409, "event_over")
    problem(staff.post(f"/api/v1/events/{event}/stages", json_body={"name": "Late"}), 409, "event_over")


def test_an_event_without_a_stage_is_not_published(box: Served) -> None:
    staff = box.staff()
    event = staff.post("/api/v1/events", json_body={"name": "Bare"}).json["event"]
    problem(staff.post(f"/api/v1/events/{event}/publish"), 409, "event_without_stage")


def test_five_hundred_stages_are_too_many_for_an_event(box: Served) -> None:
    staff = box.staff()
    event = made(staff)
    answers = [staff.post(f"/api/v1/events/{event}/stages", json_body={"name": f"Stage {n}"}) for n in range(500)]
    assert [answer.status for answer in answers].count(201) == STAGES_MOST - 1
    problem(answers[-1], 409, "stages_many")
    problem(box.visitor().get("/api/v1/stages/hall/now"), 404, "stage_unknown")
    staff.post(f"/api/v1/events/{event}/publish")
    assert len(box.visitor().get("/api/v1/stages/hall/now").body) < 20_000
    assert len(box.visitor().get("/").body) < 100_000


def test_stages_are_put_in_order_and_named_anew_under_the_address_that_is_printed(box: Served) -> None:
    staff = box.staff()
    event = published(staff)
    staff.post(f"/api/v1/events/{event}/stages", json_body={"name": "Garden", "capacity": 80})
    with Phone(box.port, "hall") as phone:
        phone.next("event")
        answer = staff.ask("PUT", f"/api/v1/events/{event}/stages", json_body={"stages": ["garden", "hall"]})
        assert [stage["id"] for stage in answer.json["stages"]] == ["garden", "hall"]
        assert [stage["id"] for stage in phone.next("event").data["stages"]] == ["garden", "hall"]
        named = staff.ask("PUT", "/api/v1/stages/hall", json_body={"name": "Great Hall"})
        assert (named.json["id"], named.json["name"]) == ("hall", "Great Hall")
        assert phone.next("stage").data["name"] == "Great Hall"
    with nothing_stored(box.visitor()):
        for wanted in ([], ["hall"], ["hall", "garden", "garden"], ["hall", "main-floor"]):
            answer = staff.ask("PUT", f"/api/v1/events/{event}/stages", json_body={"stages": wanted})
            problem(answer, 422, "order_incomplete")


def test_phones_are_counted_for_the_stage_and_for_the_event_and_full_is_said(box: Served) -> None:
    staff = box.staff()
    event = published(staff, capacity=2)
    staff.post(f"/api/v1/events/{event}/stages", json_body={"name": "Garden", "capacity": 1})
    with Phone(box.port, "hall") as hall, Phone(box.port, "garden") as garden:
        for phone in (hall, garden):
            phone.next("listeners")
        shown = staff.get(f"/api/v1/events/{event}").json
        assert (shown["listeners"], shown["is_full"]) == (2, True)
        assert [(one["listeners"], one["is_full"]) for one in shown["stages"]] == [(1, False), (1, True)]


def test_who_may_play_is_the_organiser_s_to_say(box: Served) -> None:
    olga = box.organiser()
    box.dj("DJ Anna")
    event = published(olga)
    assert olga.get(f"/api/v1/events/{event}/djs").json == {"djs": []}
    box.dj("DJ Ben")
    [ben] = olga.get(f"/api/v1/events/{event}/djs").json["djs"]
    [anna, same] = olga.get("/api/v1/djs").json["djs"]
    assert (anna["name"], same) == ("DJ Anna", ben)
    for _ in range(2):
        assert olga.ask("PUT", f"/api/v1/events/{event}/djs/{anna['id']}").json == anna
        assert olga.ask("DELETE", f"/api/v1/events/{event}/djs/{ben['id']}").status == 204
    assert olga.get(f"/api/v1/events/{event}/djs").json == {"djs": [anna]}


def picture(size: tuple[int, int] = (64, 48), kind: str = "PNG") -> bytes:
    written = io.BytesIO()
    Image.new("RGB", size, "orange").save(written, kind)
    return written.getvalue()


def sent(visitor: Visitor, event: str, content: bytes) -> Answer:
    body = {"content": base64.b64encode(content).decode()}
    return visitor.ask("PUT", f"/api/v1/events/{event}/logo", json_body=body)


def test_a_picture_is_kept_and_served_as_a_picture_and_nothing_else(box: Served) -> None:
    staff = box.staff()
    event = published(staff)
    address = sent(staff, event, picture() + b"<script>alert(1)</script>").json["logo"]
    shown = box.visitor().get(address)
    assert (shown.status, shown.headers["content-type"]) == (200, "image/png")
    assert shown.headers["x-content-type-options"] == "nosniff"
    assert shown.headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert "immutable" in shown.headers["cache-control"]
    assert b"script" not in shown.body
    other = sent(staff, event, picture((48, 64), "JPEG")).json["logo"]
    assert other != address
    problem(box.visitor().get(address), 404, "logo_unknown")
    assert staff.ask("DELETE", f"/api/v1/events/{event}/logo").status == 204
    problem(box.visitor().get(other), 404, "logo_unknown")
    assert "logo" not in staff.get(f"/api/v1/events/{event}").json


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [
        (b"", 422, "logo_empty"),
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", 422, "logo_kind"),
        (b"GIF89a" + b"\0" * 50, 422, "logo_kind"),
        (picture((1, 1)), 422, "logo_too_small"),
    ],
)
def test_a_hostile_picture_is_refused_and_the_one_before_stays(
    box: Served, content: bytes, status: int, code: str
) -> None:
    staff = box.staff()
    event = published(staff)
    before = sent(staff, event, picture()).json["logo"]
    with nothing_stored(box.visitor()):
        problem(sent(staff, event, content), status, code)
        answer = staff.ask("PUT", f"/api/v1/events/{event}/logo", json_body={"content": "no base64!"})
        problem(answer, 422, "json_wrong_shape")
    assert box.visitor().get(before).status == 200


def test_a_picture_of_ten_megabytes_is_refused_before_it_is_read(box: Served) -> None:
    staff = box.staff()
    event = published(staff)
    lines = (f"Authorization: Bearer {staff.token}", "Content-Type: application/json", "Content-Length: 10000000")
    with Raw(box.port) as raw:
        raw.ask("PUT", f"/api/v1/events/{event}/logo", *lines)
        problem(raw.answer(), 413, "body_too_large")


def test_each_further_stage_has_the_event_s_colour_turned(box: Served) -> None:
    staff = box.staff()
    event = published(staff, accent="#ffcc00")
    second = staff.ask("POST", f"/api/v1/events/{event}/stages", json_body={"name": "Second of the colours"}).json
    page = box.visitor().get(f"/s/{second['id']}", headers={"Accept": "text/html"}).text
    address = re.search(rf"/events/{event}/look/1-[0-9a-f]{{10}}\.css", page)
    assert address is not None
    sheet = box.visitor().get(address[0])
    assert (sheet.status, "immutable" in sheet.headers["cache-control"]) == (200, True)
    assert "--rose: #" in sheet.text
    assert "#ffcc00" not in sheet.text
    assert box.visitor().get(f"/events/{event}/look/1-0123456789.css").headers["cache-control"] == "no-cache"


def test_each_card_has_its_stage_s_colour_in_the_dark_and_in_the_light(box: Served) -> None:
    staff = box.staff()
    event = published(staff, accent="#ffcc00")
    stages = f"/api/v1/events/{event}/stages"
    first, second = (staff.ask("POST", stages, json_body={"name": f"Card {one}"}).json["id"] for one in "ab")
    page = box.visitor().get("/", headers={"Accept": "text/html"}).text
    assert f'data-of="{first}"' in page
    address = re.search(r"/events/cards/[0-9a-f]{10}\.css", page)
    assert address is not None
    sheet = box.visitor().get(address[0])
    assert (sheet.headers["content-type"], "immutable" in sheet.headers["cache-control"]) == (
        "text/css; charset=utf-8",
        True,
    )
    assert 'data-of="main-floor"' in page
    assert "main-floor" not in sheet.text  # the box's own colour, as the page has it
    for of in (first, second):
        shades = re.findall(rf'\[data-of="{of}"\] {{ --accent: (#\w+);', sheet.text)
        assert len(shades) == 3, of  # in the dark, where the phone prefers light, and where somebody chose it
        assert shades[1] == shades[2] != shades[0]
        own = re.search(r"/events/[^/]+/look/[\w-]+\.css", box.visitor().get(f"/s/{of}").text)
        assert own is not None
        assert f":root {{ --rose: {shades[0]};" in box.visitor().get(own[0]).text
    staff.ask("PUT", f"/api/v1/events/{event}", json_body={"name": "Ball", "accent": "#00ffcc"})
    assert box.visitor().get(address[0]).headers["cache-control"] == "no-cache"


def test_an_event_s_colours_are_a_style_sheet_of_its_own(box: Served) -> None:
    staff = box.staff()
    event = published(staff, accent="#ffcc00")
    problem(box.visitor().get("/events/nowhere/look/1.css"), 404, "event_unknown")
    sheet = box.visitor().get(f"/events/{event}/look/other.css")
    assert (sheet.status, sheet.headers["content-type"]) == (200, "text/css; charset=utf-8")
    assert sheet.headers["cache-control"] == "no-cache"
    assert_safe(sheet)
    assert ":root { --rose: #ffcc00; --rose-deep: #0b090f;" in sheet.text
    assert "url(" not in sheet.text
    staff.ask("PUT", f"/api/v1/events/{event}", json_body={"name": "Ball"})
    problem(box.visitor().get(f"/events/{event}/look/other.css"), 404, "look_unknown")
