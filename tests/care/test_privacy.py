"""What a guest may see and ask, and that the box keeps nothing of a phone that it does not say."""

import json
import re
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from ipaddress import ip_address
from pathlib import Path

import pytest

from appliance.web.limits import Buckets
from tests.care.conftest import liked_play
from tests.network.hall import Machine, eventually, hall
from tests.portal.phone import Phone
from tests.support.guests import guest_in
from tests.support.real_box import RealBox, running_box
from tests.support.visitors import Visitor
from tests.web.answers import nothing_stored, problem
from tests.web.html import opened
from tests.web.phone import Phone as Listener
from tests.web.served import serving


def journal(data: Path) -> list[tuple[str, dict[str, str]]]:
    with closing(sqlite3.connect(data / "box.db")) as connection:
        rows = connection.execute("SELECT kind, body FROM journal ORDER BY seq").fetchall()
    return [(kind, json.loads(body)) for kind, body in rows]


def kinds(data: Path) -> list[str]:
    return [kind for kind, _ in journal(data)]


def test_a_phone_reads_what_is_known_of_it_and_is_forgotten_on_every_page(box: RealBox) -> None:
    play, phone, _ = liked_play(box, title="Forget Me")
    other = box.visitor()
    other.post("/api/v1/guests")
    other.watch("stage-forget-me").ask("PUT", f"/api/v1/plays/{play}/like")
    guest_id = guest_in(box.data / "box.db", phone.cookies["pika_guest"])
    erased_before = kinds(box.data).count("erased")
    page = opened(phone, "/privacy")
    assert "1 like, and when it was given" in page.text
    assert "the sets you starred" in page.text
    assert "which announcements you have read" in page.text
    assert 'href="/privacy"' in phone.get("/s/stage-forget-me", headers={"Accept": "text/html"}).text
    assert 'href="/privacy"' in phone.get("/likes", headers={"Accept": "text/html"}).text
    with Listener(box.port, "stage-forget-me") as listener:
        assert listener.next("state").data["now"]["likes"] == 2
        answer = page.form("/privacy/forget").send(phone)
        assert (answer.status, answer.headers["location"]) == (303, "/privacy?forgotten")
        assert listener.next("likes").data["likes"] == 1
    for cookie in ("pika_guest", "pika_read", "pika_pass", "pika_lang"):
        assert re.search(rf'{cookie}="";(?:(?!pika_).)*Max-Age=0', answer.headers["set-cookie"]), cookie
    told = [(kind, body) for kind, body in journal(box.data) if body.get("guest") == guest_id]
    # No cloud can know of the likes, so the journal keeps them no more than the box does.
    assert [kind for kind, _ in told] == ["guest.forgotten"]
    assert kinds(box.data).count("erased") - erased_before == 2
    with closing(sqlite3.connect(box.data / "box.db")) as connection:
        assert connection.execute("SELECT count(*) FROM likes WHERE guest_id = ?", (guest_id,)).fetchone() == (0,)
    assert other.get("/api/v1/me/likes").json["likes"][0]["play"] == play
    after = opened(box.visitor(), "/privacy?forgotten")
    assert "This phone is forgotten." in after.text
    assert "No number" in after.text


def test_asking_twice_or_unknown_changes_nothing_and_reading_makes_no_guest(box: RealBox) -> None:
    stranger = box.visitor()
    with nothing_stored(box.visitor()):
        page = opened(stranger, "/privacy")
        assert stranger.cookies == {}
        assert "0 likes" in page.text
        for _ in range(2):
            assert page.form("/privacy/forget").send(stranger).status == 303
        forged = box.visitor()
        forged.cookies["pika_guest"] = "0123456789abcdef01234567.00"
        assert forged.post("/privacy/forget", form={}).status == 303
        foreign = box.guest().post("/privacy/forget", form={}, headers={"Origin": "http://evil.com"})
        assert foreign.status == 403


def test_the_page_speaks_six_languages_and_counts_in_each(box: RealBox) -> None:
    for language, words in {
        "de": "0 Likes und wann",
        "fr": "0 like, et",
        "pl": "0 polubień",
        "hu": "0 kedvelés",
    }.items():
        answer = box.visitor().get("/privacy", headers={"Accept": "text/html", "Accept-Language": language})
        assert words in answer.text
        assert f'<html lang="{language}">' in answer.text


def test_a_phone_can_not_ask_without_end(tmp_path: Path) -> None:
    slow = Buckets(burst=3, per_s=1, monotonic=lambda: 1000.0)
    with serving(tmp_path, change=lambda site: replace(site, guest_writes=slow)) as box:
        answers = [box.visitor().post("/privacy/forget", form={}, headers={"Accept": "text/html"}) for _ in range(4)]
        assert [answer.status for answer in answers] == [303, 303, 303, 429]


def test_the_wi_fi_asks_a_forgotten_phone_again(tmp_path: Path) -> None:
    with running_box(tmp_path) as box:
        box.staff().ask("PUT", "/api/v1/portal", json_body={"mode": "party"})
        own = f"http://127.0.0.1:{box.port}"
        phone, other = Phone(port=box.port, address="127.0.0.50"), Phone(port=box.port, address="127.0.0.51")
        probe = "http://connectivitycheck.gstatic.com/generate_204"
        for one in (phone, other):
            assert one.press("/welcome").status == 303
            assert one.get(probe).status == 204
        assert "let through" in phone.get(f"{own}/privacy").text
        assert phone.press("/privacy/forget").status == 303
        assert phone.get(probe).status == 302
        assert "Nothing about this phone" in phone.get(f"{own}/privacy").text
        assert other.get(probe).status == 204
        problem(box.visitor().get("/api/v1/me/likes"), 401, "guest_missing")


PORT, AGENT = 8080, "PlantedPhone/7.7 (trace me)"
#: an evening of one phone: pages, likes, the portal, a stream, and much that is wrong
_LIVES = f"""
import http.client, sys
box, play = sys.argv[1:]
agent = {{"User-Agent": {AGENT!r}, "X-Forwarded-For": box.replace(".1", ".66"), "Forwarded": "for=" + box}}
cookie = ""
def ask(method, path, body=None, host=box, **headers):
    global cookie
    connection = http.client.HTTPConnection(box, {PORT}, timeout=8)
    sent = dict(agent, Host=host, Cookie=cookie) | {{k.replace("_", "-"): v for k, v in headers.items()}}
    connection.request(method, path, body=body, headers=sent)
    answer = connection.getresponse()
    if path.endswith("/stream"):
        answer.read(200)
    else:
        answer.read()
    if "pika_guest=" in (answer.getheader("set-cookie") or ""):
        cookie = answer.getheader("set-cookie").partition(";")[0]
    connection.close()
    return answer.status
form = "application/x-www-form-urlencoded"
assert ask("GET", "/s/main-floor") == 200
assert ask("PUT", "/api/v1/plays/" + play + "/like") == 200
assert ask("GET", "/generate_204", host="connectivitycheck.gstatic.com") == 302
assert ask("POST", "/welcome", body="", Content_Type=form) == 303
assert ask("GET", "/generate_204", host="connectivitycheck.gstatic.com") == 204
assert ask("GET", "/api/v1/stages/main-floor/stream") == 200
assert ask("GET", "/privacy") == 200
for wrong in ("/" + "x" * 300, "/s/none", "/staff/care", "/api/v1/tokens"):
    ask("GET", wrong)
ask("POST", "/staff/setup", body="code=WRONG", Content_Type=form)
ask("POST", "/api/v1/setup", body="{{", Content_Type="application/json")
ask("PUT", "/api/v1/plays/none/like")
ask("GET", "/", host="evil.com")
ask("POST", "/dj/login", body="token=pk_dj_wrong", Content_Type=form, Origin="http://evil.com")
print("done")
"""


@pytest.fixture
def busy_box(tmp_path: Path) -> Iterator[tuple[Path, list[Machine]]]:
    """A box on a network of its own, in party mode, through which phones have gone."""
    data = tmp_path / "data"
    with running_box(data) as box:
        box.staff().ask("PUT", "/api/v1/portal", json_body={"mode": "party"})
        dj = box.dj()
        session = dj.post("/api/v1/stages/main-floor/sessions").json["session"]["id"]
        dj.post(f"/api/v1/sessions/{session}/plays", json_body={"id": "p1", "title": "t", "artist": "a"})
    with hall(tmp_path) as built:
        machine = built.plug_in("10.77.0.1/24", "fd77::1/64")
        settings = {
            "DATA": data,
            "HTTP_HOST": "0.0.0.0",
            "HTTP_PORT": PORT,
            "MDNS_ENABLED": "no",
            "LINKS_ENABLED": "no",
            "LOG_LEVEL": "debug",
        }
        words = [f"PIKA_BOX_{name}={value}" for name, value in settings.items()]
        process = machine.spawn("env", *words, sys.executable, "-m", "appliance", "run")
        phones = [built.plug_in(f"10.77.0.{number}/24") for number in (201, 202, 203)]
        try:
            eventually(lambda: "Data  " in _read(process), within_s=30, what="the box runs")
            living = [phone.spawn(sys.executable, "-c", _LIVES, "10.77.0.1", "p1") for phone in phones]
            for phone in living:
                out, words_of = phone.communicate(timeout=60)
                assert out.strip() == "done", words_of
            yield data, phones
        finally:
            process.terminate()
            process.wait(timeout=15)


def _read(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline()


def card_of(machine: Machine) -> str:
    command = ["ip", "-n", machine.namespace, "-json", "link", "show", "eth0"]
    found = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return str(json.loads(found)[0]["address"])


def test_no_file_of_a_busy_box_holds_a_card_an_address_or_a_browser(busy_box: tuple[Path, list[Machine]]) -> None:
    data, phones = busy_box
    planted: list[bytes] = [AGENT.encode(), b"PlantedPhone", b"10.77.0.66"]
    for number, phone in zip((201, 202, 203), phones, strict=True):
        card = card_of(phone)
        plain = card.replace(":", "")
        planted += [card.encode(), card.upper().encode(), plain.encode(), bytes.fromhex(plain)]
        planted += [card.replace(":", "-").encode(), f"10.77.0.{number}".encode(), f"::ffff:10.77.0.{number}".encode()]
        planted.append(ip_address(f"::ffff:10.77.0.{number}").packed)
    files = [path for path in data.rglob("*") if path.is_file()]
    assert {"box.db", "server.log", "broker.log"} <= {path.name for path in files}
    for path in files:
        content = path.read_bytes()
        assert [what for what in planted if what in content] == [], path
    with closing(sqlite3.connect(data / "box.db")) as connection:
        assert connection.execute("SELECT count(*) FROM releases").fetchone() == (3,)
        assert connection.execute("SELECT count(*) FROM likes").fetchone() == (3,)


def test_a_visitor_keeps_no_cookie_after_being_forgotten(box: RealBox) -> None:
    phone = box.guest()
    assert phone.cookies["pika_guest"]
    phone.post("/privacy/forget", form={})
    fresh = Visitor(port=box.port)
    assert fresh.get("/privacy", headers={"Accept": "text/html"}).cookies() == {}
