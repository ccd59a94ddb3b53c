"""Dark or light on request, without a script: kept by the box's cookie, and said in a page before any style arrives."""

import re

import pytest

from appliance.web.assets import asset
from appliance.web.scheme import SCHEME_COOKIE
from tests.support.real_box import RealBox
from tests.web.conftest import Floor

LIGHT = '<html data-scheme="light" lang="en">'


@pytest.mark.parametrize("path", ["/", "/login", "/nothing-here", "/s/{stage}"])
def test_what_was_chosen_is_in_every_page_s_head(box: RealBox, floor: Floor, path: str) -> None:
    person, address = box.guest(), path.format(stage=floor.stage)
    accept = {"Accept": "text/html"}
    assert "data-scheme" not in person.get(address, headers=accept).text
    came_from = f"http://127.0.0.1:{box.port}{address}?lang=en"
    chosen = person.post("/scheme", form={"scheme": "light"}, headers={"Referer": came_from})
    assert (chosen.status, chosen.headers["location"]) == (303, f"{address}?lang=en")
    assert chosen.cookies() == {SCHEME_COOKIE: "light"}
    page = person.get(address, headers=accept)
    assert LIGHT in page.text
    assert '<meta name="color-scheme" content="light">' in page.text
    assert re.findall(r'name="theme-color" content="(#\w+)" media="(.*?)"', page.text) == [
        ("#0b090f", "not all"),
        ("#faf7f4", "all"),
    ]
    assert re.findall(r'name="scheme" value="(\w*)" aria-pressed="true"', page.text) == ["light"]
    assert int(page.headers["content-length"]) == len(page.body)
    back = person.post("/scheme", form={"scheme": ""})
    assert (back.status, back.headers["location"], back.cookies()) == (303, "/", {SCHEME_COOKIE: '""'})
    person.cookies.pop(SCHEME_COOKIE)
    assert person.get(address, headers=accept).text.count('content="dark light"') == 1


def test_a_wall_stays_dark_and_programs_get_what_they_always_get(box: RealBox, floor: Floor) -> None:
    person, plain = box.visitor(), box.visitor()
    person.cookies[SCHEME_COOKIE] = "light"
    assert '<html lang="en" data-scheme="dark">' in person.get(f"/screen/{floor.stage}").text
    for path in ("/api/v1/openapi.json", "/health"):
        assert "data-scheme" not in person.get(path).text
    assert person.get("/api/v1/openapi.json").body == plain.get("/api/v1/openapi.json").body


@pytest.mark.parametrize("cookie", ["Light", "light dark", '"><script>', "", "auto"])
def test_a_cookie_that_says_something_else_says_nothing(box: RealBox, cookie: str) -> None:
    person = box.visitor()
    person.cookies[SCHEME_COOKIE] = cookie
    assert "data-scheme" not in person.get("/").text


@pytest.mark.parametrize(
    "referer", ["https://example.org/s/x", "", "//example.org/", "http://127.0.0.1:{port}//example.org"]
)
def test_nobody_is_led_elsewhere_by_the_switch(box: RealBox, referer: str) -> None:
    answer = box.visitor().post("/scheme", form={"scheme": "dark"}, headers={"Referer": referer.format(port=box.port)})
    assert (answer.status, answer.headers["location"]) == (303, "/")


def test_a_scheme_that_there_is_not_is_refused(box: RealBox) -> None:
    answer = box.visitor().post("/scheme", form={"scheme": "sepia"})
    assert (answer.status, answer.cookies()) == (422, {})
    assert "scheme_invalid" in answer.text


def test_light_is_written_once_and_served_for_phones_and_for_people_who_want_it(box: RealBox, floor: Floor) -> None:
    tokens = asset("css", "tokens.css")
    assert tokens is not None
    both = re.findall(r"(:root[^{}]*)\{(--night:#faf7f4;[^{}]*)\}", tokens.body.decode())
    assert [selector.strip() for selector, _ in both] == [
        ':root:not([data-scheme="dark"])',
        ':root[data-scheme="light"]',
    ]
    assert both[0][1] == both[1][1]
    staff = box.staff()
    event = staff.get("/api/v1/events").json["events"][0]["event"]
    staff.ask("PATCH", f"/api/v1/events/{event}", json_body={"accent": "#ffc56b"})
    found = re.search(r'href="(/events/[^"]+\.css)"', staff.get(f"/s/{floor.stage}").text)
    assert found
    rules = re.findall(r"(:root\S*) \{ --rose: (#\w+);", box.visitor().get(found[1]).text)
    assert [selector for selector, _ in rules] == [":root", *(selector.strip() for selector, _ in both)]
    assert rules[1][1] == rules[2][1] != rules[0][1]
