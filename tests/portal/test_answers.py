"""What stray requests get in party mode: a way to the portal before the button, and every system's own bytes after."""

import pytest

from appliance.domain import probes
from tests.portal.phone import Phone
from tests.support.probes import KINDLE_MARK, ROWS, Row
from tests.support.real_box import RealBox

APPLE = "http://captive.apple.com/hotspot-detect.html"
PROBE_HEADERS = {"date", "cache-control", "connection"}
STRAY = [
    "http://neverssl.com/",
    "http://neverssl.com/generate_204",
    "http://example.com/hotspot-detect.html",
    "http://captive.apple.com/",
    "http://www.apple.com/hotspot-detect.html",
    "http://www.google.com/search?q=rumba",
    "http://connectivitycheck.gstatic.com/anything/else",
    "http://evil.com:8080/welcome",
    "http://evil.com/static/x/css/base.css",
    "http://evil.com/api/v1/stages",
]


@pytest.fixture(scope="module")
def released(box: RealBox) -> Phone:
    phone = Phone(port=box.port, address="127.0.2.1")
    assert phone.press("/welcome").status == 303
    return phone


def here(box: RealBox) -> str:
    return f"http://127.0.0.1:{box.port}"


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("row", ROWS, ids=str)
def test_a_new_phone_s_probe_leads_to_the_welcome_page(box: RealBox, phone: Phone, row: Row, method: str) -> None:
    answer = phone.ask(method, f"http://{row.host}{row.target}")
    assert (answer.status, answer.body) == (302, b"")
    assert answer.headers["location"] == f"{here(box)}/welcome"
    assert answer.headers["content-length"] == "0"
    assert (answer.headers["cache-control"], answer.headers["connection"]) == ("no-store", "close")


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_a_released_phone_s_probe_hears_online_to_the_byte(released: Phone, row: Row) -> None:
    answer = released.get(f"http://{row.host}{row.target}")
    assert answer.status == row.status
    if row.body is None:
        assert KINDLE_MARK in answer.body
    else:
        assert answer.body == row.body
    expected = PROBE_HEADERS | ({"content-type", "content-length"} if answer.body else set())
    if row.header:
        expected |= {row.header[0]}
        assert answer.headers[row.header[0]] == row.header[1]
    assert set(answer.headers) == expected
    if answer.body:
        assert answer.headers["content-type"] == row.media_type
        assert answer.headers["content-length"] == str(len(answer.body))
    assert (answer.headers["cache-control"], answer.headers["connection"]) == ("no-store", "close")


def test_asking_for_the_head_only_gives_the_same_head(released: Phone) -> None:
    answer = released.ask("HEAD", APPLE)
    assert (answer.status, answer.headers["content-length"], answer.body) == (200, "69", b"")


@pytest.mark.parametrize("url", STRAY)
def test_any_other_stray_request_leads_to_the_box_and_ends_there(
    box: RealBox, phone: Phone, released: Phone, url: str
) -> None:
    for one in (phone, released):
        answer = one.get(url)
        assert (answer.status, answer.headers["location"], answer.body) == (302, f"{here(box)}/", b"")
        end, page = one.follow(url)
        assert (end, page.status) == (f"{here(box)}/s/main-floor", 200)
        assert len(one.trail) == len(set(one.trail))


@pytest.mark.parametrize(("host", "path"), sorted(probes.DOORWAYS))
def test_what_a_system_opens_for_a_person_lands_on_the_portal_and_never_loops(
    box: RealBox, phone: Phone, released: Phone, host: str, path: str
) -> None:
    assert phone.follow(f"http://{host}{path}")[0] == f"{here(box)}/welcome"
    assert released.follow(f"http://{host}{path}")[0] == f"{here(box)}/s/main-floor"


@pytest.mark.parametrize("path", ["/redirect", "/generate_204", "/hotspot-detect.html", "/fwlink"])
def test_the_box_s_own_address_is_never_caught(box: RealBox, phone: Phone, path: str) -> None:
    assert phone.get(here(box) + path).status == 404
    assert phone.get(here(box) + "/welcome").status == 200


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "PATCH"])
def test_whatever_is_more_than_a_question_is_refused_as_ever(phone: Phone, method: str) -> None:
    for url in (APPLE, "http://evil.com/staff/setup"):
        answer = phone.ask(method, url)
        assert (answer.status, answer.json["code"]) == (421, "host_unknown")


@pytest.mark.parametrize("host", ["evil.com#.local", "a b.com", "%65vil.com", "_evil.com", "a@evil.com", "a..b"])
def test_what_is_no_name_is_refused_as_ever(phone: Phone, host: str) -> None:
    answer = phone.ask("GET", "http://127.0.0.1/", headers={"Host": host})
    assert (answer.status, answer.json["code"]) == (421, "host_unknown")


def test_who_says_they_ask_changes_nothing(phone: Phone, released: Phone) -> None:
    for agent in ("CaptiveNetworkSupport-443 wispr", "Mozilla/5.0 (X11; Linux x86_64)", "Microsoft NCSI", "\xff", ""):
        phone.agent = released.agent = agent
        assert phone.get(APPLE).status == 302
        assert len(released.get(APPLE).body) == 69
