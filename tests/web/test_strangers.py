"""Who the box does not listen to: other hosts' names, other sites' pages, forged cookies, other DJs."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.domain import signing
from appliance.web import care, console, dj_schedule, pages, planning, privacy, schedule, staff
from appliance.web.api import OPERATIONS, PREFIX
from tests.support.real_box import RealBox
from tests.support.visitors import Visitor
from tests.web.answers import assert_safe, nothing_stored, problem
from tests.web.conftest import Floor
from tests.web.raw import Raw
from tests.web.served import serving

FOREIGN_HOSTS = [
    "evil.com",
    "evil.com:8080",
    "127.0.0.1.evil.com",
    "pikabox.local.evil.com",
    "evillocal.com",
    "evil.notlocal",
    "user@127.0.0.1",
    "127.0.0.1@evil.com",
    "pika:pass@pikabox.local",
    "evil.com#.local",
    "evil.com/.local",
    "evil.com?.local",
    "evil.com\\.local",
    "evil.com\t.local",
    "evil.com, pikabox.local",
    "a b.local",
    "évil.local",
    "%65vil.local",
    "_evil.local",
    ".local",
    "a..local",
    "pikabox.local..",
    "",
    " ",
    ":8080",
    "127.1",
    "0x7f.0.0.1",
    "127.0.0.1.",
    "256.0.0.1",
    "127.0.0.1:",
    "127.0.0.1:port",
    "127.0.0.1:80:80",
    "127.0.0.1:123456",
    "::1",
    "[::1",
    "[::1]x",
    "[::1%25eth0]",
    "[evil.com]",
    "http://127.0.0.1",
    "a" * 64 + ".local",
]
OWN_HOSTS = [
    "127.0.0.1",
    "192.168.4.1:8080",
    "10.42.0.1",
    "203.0.113.9:80",
    "[::1]",
    "[::1]:8080",
    "[fe80::1]",
    "[2001:db8::1]:8080",
    "pikabox.local",
    "PikaBox.Local:8080",
    "pikabox.local.",
    "main.stage.internal",
    "box.lan",
    "box.home.arpa",
    "dance.localhost",
    "box.test",
    "pika",
    "localhost:8080",
]
WITH_FORMS = (pages, console, staff, care, privacy, schedule, planning, dj_schedule)
FORMS = [
    route.path
    for module in WITH_FORMS
    for route in module.ROUTES
    if route.methods is not None and "POST" in route.methods
]
UNSAFE = [f"{one.method} {PREFIX}{one.path}" for one in OPERATIONS if one.method != "GET"]
UNSAFE += [f"POST {path}" for path in FORMS]


@pytest.mark.parametrize("host", FOREIGN_HOSTS)
def test_a_name_that_is_not_the_box_s_is_refused(box: RealBox, host: str) -> None:
    with Raw(box.port) as connection:
        connection.send(f"GET /health HTTP/1.1\r\nHost: {host}\r\n\r\n".encode("latin-1"))
        answer = connection.answer()
        told = problem(answer, 421, "host_unknown")
        assert "poster" in told["advice"]
        assert answer.headers["connection"] == "close"


@pytest.mark.parametrize("host", OWN_HOSTS)
def test_an_address_or_a_private_name_needs_no_list(box: RealBox, host: str) -> None:
    visitor = box.visitor()
    visitor.host = host
    assert visitor.get("/health").status == 200


@pytest.mark.parametrize(
    "head",
    [
        b"GET /health HTTP/1.0\r\n\r\n",
        b"GET /health HTTP/1.1\r\n\r\n",
        b"GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\nHost: evil.com\r\n\r\n",
        b"GET /health HTTP/1.1\r\nHost: evil.com\r\nHost: 127.0.0.1\r\n\r\n",
        b"GET http://127.0.0.1/health HTTP/1.1\r\nHost: evil.com\r\n\r\n",
        b"GET /health HTTP/1.1\r\nX-Forwarded-Host: 127.0.0.1\r\nHost: evil.com\r\n\r\n",
    ],
    ids=["none", "none in 1.1", "own first", "own last", "own in the address", "own as forwarded"],
)
def test_one_host_is_named_and_it_is_the_box_s(box: RealBox, head: bytes) -> None:
    with Raw(box.port) as connection:
        connection.send(head)
        problem(connection.answer(), 421, "host_unknown")


def test_a_name_that_was_configured_is_answered_and_nothing_near_it(tmp_path: Path) -> None:
    with serving(tmp_path, options={"http": {"names": ["Dance.Example"]}}) as box:
        visitor = box.visitor()
        for host, status in (
            ("dance.example", 200),
            ("DANCE.example:8080", 200),
            ("dance.example.", 200),
            ("a.dance.example", 421),
            ("dance.example.com", 421),
            ("example", 200),
        ):
            visitor.host = host
            assert visitor.get("/health").status == status, host


@pytest.fixture(scope="module")
def trusted(box: RealBox, shared_floor: Floor) -> Visitor:
    """A browser with every cookie there is, so that nothing but where a request comes from speaks against it."""
    browser = box.visitor()
    browser.post("/api/v1/guests")
    browser.post("/dj/login", form={"token": shared_floor.dj.token or ""})
    browser.cookies["pika_staff"] = box.staff().token or ""
    assert browser.get("/api/v1/tokens").status == 200
    return browser


@pytest.mark.parametrize("asked", UNSAFE)
def test_no_other_site_s_page_can_do_anything(box: RealBox, trusted: Visitor, shared_floor: Floor, asked: str) -> None:
    known = {"stage": shared_floor.stage, "session": shared_floor.session}
    # What else an address names, nobody has: it is refused before that is looked up.
    parts = {name: known.get(name, "x") for name in re.findall(r"{(\w+)}", asked)}
    method, path = asked.format(**parts).split(" ")
    own = f"127.0.0.1:{box.port}"
    with nothing_stored(box.visitor()):
        for sent in (
            {"Origin": "http://evil.com"},
            {"Origin": "null"},
            {"Origin": ""},
            {"Origin": "http://127.0.0.1"},
            {"Origin": f"https://{own}"},
            {"Origin": f"http://{own}.evil.com"},
            {"Origin": f"http://evil.com/{own}"},
            {"Origin": f"http://user@{own}"},
            {"Origin": f"http://localhost:{box.port}"},
            {"Origin": "file://", "Sec-Fetch-Site": "same-origin"},
            {"Sec-Fetch-Site": "cross-site"},
            {"Sec-Fetch-Site": "same-site"},
        ):
            problem(trusted.ask(method, path, headers=sent, body=b"{}"), 403, "origin_foreign")
    assert shared_floor.act("alive").status == 204


def test_our_own_pages_and_programs_without_a_page_can(box: RealBox, floor: Floor, guest: Visitor) -> None:
    play = floor.play()
    own = f"http://127.0.0.1:{box.port}"
    ours = ({"Origin": own}, {"Origin": own.upper()}, {"Sec-Fetch-Site": "same-origin"}, {"Sec-Fetch-Site": "none"})
    for sent in ours:
        assert guest.ask("PUT", f"/api/v1/plays/{play}/like", headers=sent).status == 200


def test_other_sites_may_link_here_but_their_scripts_read_nothing(box: RealBox, floor: Floor) -> None:
    followed = box.visitor().get(f"/s/{floor.stage}", headers={"Sec-Fetch-Site": "cross-site"})
    assert followed.status == 200
    for path in (f"/s/{floor.stage}", f"/api/v1/stages/{floor.stage}/now", f"/api/v1/stages/{floor.stage}/stream"):
        answer = box.visitor().get(path, headers={"Origin": "http://evil.com"})
        problem(answer, 403, "origin_foreign")
        assert not [name for name in answer.headers if name.startswith("access-control")]


def forgeries(real: str, *, other_purpose: str) -> Iterator[str]:
    """Cookies near the real one, and far from it."""
    value, _, mac = real.partition(".")
    swapped = "0" if mac[-1] != "0" else "1"
    yield from (f"{value}.{mac[:-1]}{swapped}", f"{value}x.{mac}", f"{value[1:]}.{mac}", f"{value}.{mac.upper()}")
    yield from (f"{value}.", f".{mac}", value, mac, f"{value}.{mac}.{mac}", f"{value}.{mac[:16]}", f"{real}0")
    yield from ("", "x", "null", "undefined", '"', "a=b", "é", "%00", f"{value}%2e{mac}", "a" * 8000)
    yield signing.sign(value, key=b"\0" * 32, purpose="guest")
    yield other_purpose


def test_a_forged_guest_does_nothing_and_is_replaced_on_the_page(box: RealBox, floor: Floor, guest: Visitor) -> None:
    play = floor.play()
    dj = box.visitor()
    dj.post("/dj/login", form={"token": floor.dj.token or ""})
    real = guest.cookies["pika_guest"]
    for forged in forgeries(real, other_purpose=dj.cookies["pika_dj"]):
        assert forged != real
        sent = {"Cookie": f"pika_guest={forged}"}
        with nothing_stored(box.visitor()):
            for method in ("PUT", "DELETE"):
                answer = box.visitor().ask(method, f"/api/v1/plays/{play}/like", headers=sent)
                problem(answer, 401, "guest_forged")
                assert "set-cookie" not in answer.headers
            problem(box.visitor().get("/api/v1/me/likes", headers=sent), 401, "guest_forged")
        page = box.visitor().get(f"/s/{floor.stage}", headers=sent)
        assert page.status == 200
        assert page.cookies()["pika_guest"] not in {forged, real}
    assert "pika_guest" not in guest.get(f"/s/{floor.stage}").cookies()
    assert "set-cookie" not in guest.get(f"/s/{floor.stage}").headers


def test_a_forged_login_is_no_login(box: RealBox, shared_floor: Floor, trusted: Visitor) -> None:
    real_dj, real_staff = trusted.cookies["pika_dj"], trusted.cookies["pika_staff"]
    stop = f"/api/v1/sessions/{shared_floor.session}/stop"
    with nothing_stored(box.visitor()):
        for forged in forgeries(real_dj, other_purpose=real_staff):
            answer = box.visitor().post(stop, headers={"Cookie": f"pika_dj={forged}"})
            problem(answer, 401, "token_missing")
        for forged in forgeries(real_staff, other_purpose=real_dj):
            sent = {"Cookie": f"pika_staff={forged}"}
            problem(box.visitor().get("/api/v1/tokens", headers=sent), 401, "staff_missing")
            sent = {"Authorization": f"Bearer {forged}"}
            problem(box.visitor().get("/api/v1/tokens", headers=sent), 401, "staff_missing")


@pytest.mark.parametrize("what", ["plays", "stop", "end", "alive"])
def test_another_dj_s_session_is_not_theirs_to_touch(box: RealBox, floor: Floor, trusted: Visitor, what: str) -> None:
    floor.play("Untouched")
    track = {"title": "Mine now", "artist": "a"}
    with nothing_stored(box.visitor()):
        answer = trusted.post(f"/api/v1/sessions/{floor.session}/{what}", json_body=track)
        problem(answer, 403, "session_not_yours")
        if what != "alive":
            path = f"/dj/{what.removesuffix('s')}"
            by_form = trusted.post(path, form={"session": floor.session, **track})
            assert (by_form.status, "belongs to another DJ" in by_form.text) == (403, True)
            assert_safe(by_form)
    assert floor.now()["now"]["title"] == "Untouched"
