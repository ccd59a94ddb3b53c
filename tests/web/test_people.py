"""Who the box knows: guests, DJs with tokens, staff with the setup code; and how it stops knowing them."""

import json
import queue
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from paho.mqtt import client as paho
from paho.mqtt.enums import CallbackAPIVersion

from appliance.domain.topics import DjAction, dj_topic, reply_topic
from appliance.web.limits import Throttle
from appliance.web.site import Site
from tests.support.evening import TurnedClock
from tests.support.real_box import RealBox
from tests.support.visitors import Visitor
from tests.web.answers import nothing_stored, problem
from tests.web.conftest import Floor
from tests.web.html import opened
from tests.web.raw import SOON_S
from tests.web.served import SETUP_CODE, Served, serving


def test_a_phone_becomes_a_guest_once(box: RealBox) -> None:
    phone = box.visitor()
    first = phone.post("/api/v1/guests")
    cookie = first.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert "set-cookie" not in phone.post("/api/v1/guests").headers
    assert box.visitor().post("/api/v1/guests").cookies() != first.cookies()


@pytest.mark.parametrize("asked", ["PUT /plays/p/like", "DELETE /plays/p/like", "GET /me/likes"])
def test_a_phone_that_has_no_cookie_is_told_to_open_the_page(box: RealBox, asked: str) -> None:
    method, path = asked.split(" ")
    told = problem(box.visitor().ask(method, f"/api/v1{path}"), 401, "guest_missing")
    assert told["advice"]


def test_a_guest_who_likes_without_end_is_slowed_down(tmp_path: Path) -> None:
    with serving(tmp_path, options={"limits": {"guest_burst": 3, "guest_per_s": 1}}) as box:
        dj = box.dj()
        session = dj.post("/api/v1/stages/main-floor/sessions").json["session"]["id"]
        played = dj.post(f"/api/v1/sessions/{session}/plays", json_body={"title": "t", "artist": "a"})
        address = f"/api/v1/plays/{played.json['play']['play']}/like"
        eager, calm = box.visitor(), box.visitor()
        for phone in (eager, calm):
            phone.post("/api/v1/guests")
        for _ in range(3):
            assert eager.ask("PUT", address).status == 200
        with nothing_stored(box.visitor()):
            answer = eager.ask("DELETE", address)
            problem(answer, 429, "too_many_requests")
            assert answer.headers["retry-after"] == "1"
        assert calm.ask("PUT", address).json["likes"] == 2


Told = queue.SimpleQueue[Any]


@contextmanager
def at_the_broker(box: RealBox, *, name: str, secret: str | None) -> Iterator[tuple[paho.Client, Told]]:
    """A DJ's program at the broker, with all it is told: whether the login failed, then replies, then `gone`."""
    told: Told = queue.SimpleQueue()
    client = paho.Client(CallbackAPIVersion.VERSION2, reconnect_on_failure=False)
    client.username_pw_set(name, secret)
    client.on_connect = lambda _client, _data, _flags, code, _properties: told.put(code.is_failure)
    client.on_subscribe = lambda *_: told.put("listening")
    client.on_disconnect = lambda *_: told.put("gone")
    client.on_message = lambda _client, _data, message: told.put(json.loads(message.payload))
    client.connect("127.0.0.1", box.mqtt_port)
    client.loop_start()
    try:
        yield client, told
    finally:
        client.disconnect()
        client.loop_stop()


def broker_lets_in(box: RealBox, *, name: str, secret: str | None) -> bool:
    with at_the_broker(box, name=name, secret=secret) as (_, told):
        return not told.get(timeout=SOON_S)


def test_a_token_that_was_taken_back_works_nowhere_from_then_on(box: RealBox, floor: Floor) -> None:
    listed = {one["dj"]: one for one in box.staff().get("/api/v1/tokens").json["tokens"]}
    name, token = listed[floor.dj_name]["name"], listed[floor.dj_name]["id"]
    desk = box.visitor()
    assert desk.post("/dj/login", form={"token": floor.dj.token or ""}).status == 303
    alive = f"/api/v1/sessions/{floor.session}/alive"
    with at_the_broker(box, name=name, secret=floor.dj.token) as (program, told):
        assert told.get(timeout=SOON_S) is False
        program.subscribe(reply_topic(name), qos=1)
        assert told.get(timeout=SOON_S) == "listening"
        program.publish(dj_topic(name, DjAction.ALIVE), b"{}", qos=1)
        assert told.get(timeout=SOON_S)["ok"] is True
        assert desk.post(alive).status == 204

        assert box.staff().ask("DELETE", f"/api/v1/tokens/{token}").status == 204
        with nothing_stored(box.visitor()):
            problem(floor.announce(), 401, "token_wrong")
            problem(desk.post(alive), 401, "token_wrong")
            program.publish(dj_topic(name, DjAction.PLAY), b'{"title": "t", "artist": "a"}', qos=1)
            # mosquitto shows its owner out as soon as it has read the new list; until then the box says no itself.
            if (reply := told.get(timeout=SOON_S)) != "gone":
                assert (reply["ok"], reply["code"]) == (False, "token_wrong")
            assert box.staff().ask("DELETE", f"/api/v1/tokens/{token}").status == 204
    assert f'"{name}"' not in box.staff().get("/api/v1/tokens").text
    deadline = time.monotonic() + SOON_S
    while broker_lets_in(box, name=name, secret=floor.dj.token):
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_fresh_token_works_at_the_broker_at_once(box: RealBox) -> None:
    issued = box.staff().post("/api/v1/djs", json_body={"name": "DJ Fresh"}).json
    deadline = time.monotonic() + SOON_S
    while not broker_lets_in(box, name=issued["token"]["name"], secret=issued["secret"]):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    assert not broker_lets_in(box, name=issued["token"]["name"], secret=f"{issued['secret']}x")


def test_a_token_is_shown_once(box: RealBox) -> None:
    issued = box.staff().post("/api/v1/djs", json_body={"name": "DJ Once"})
    assert issued.status == 201
    assert issued.json["secret"].startswith("pk_dj_")
    listed = box.staff().get("/api/v1/tokens")
    assert issued.json["token"] in listed.json["tokens"]
    assert issued.json["secret"] not in listed.text


@pytest.mark.parametrize("asked", ["GET /tokens", "POST /djs", "POST /stages", "DELETE /tokens/any"])
def test_staff_s_things_are_for_staff(box: RealBox, shared_floor: Floor, guest: Visitor, asked: str) -> None:
    method, path = asked.split(" ")
    with nothing_stored(box.visitor()):
        for visitor in (box.visitor(), shared_floor.dj, guest):
            answer = visitor.ask(method, f"/api/v1{path}", json_body={"name": "Mine"})
            problem(answer, 401, "staff_missing")
            assert answer.headers["www-authenticate"].startswith("Bearer")


@pytest.mark.parametrize(
    ("given", "code"),
    [
        (None, "token_missing"),
        ("", "token_missing"),
        ("Bearer", "token_missing"),
        ("Bearer  ", "token_missing"),
        ("Basic YTpi", "token_missing"),
        ("Bearer pk_dj_guess", "token_wrong"),
        ("bearer x y", "token_wrong"),
    ],
)
def test_without_a_token_nobody_is_a_dj(box: RealBox, shared_floor: Floor, given: str | None, code: str) -> None:
    headers = {} if given is None else {"Authorization": given}
    with nothing_stored(box.visitor()):
        answer = box.visitor().post(f"/api/v1/sessions/{shared_floor.session}/stop", headers=headers)
        problem(answer, 401, code)


def test_the_setup_code_works_once_however_it_is_typed(tmp_path: Path) -> None:
    with serving(tmp_path) as box:
        typed = f" {SETUP_CODE.lower().replace('-', ' ')} "
        first = box.visitor().post("/api/v1/setup", json_body={"code": typed})
        assert first.status == 200
        assert box.visitor(first.json["staff_pass"]).get("/api/v1/tokens").status == 200
        problem(box.visitor().post("/api/v1/setup", json_body={"code": SETUP_CODE}), 403, "setup_code_wrong")


class Hourglass:
    """Monotonic seconds that tests turn."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_guessing_the_setup_code_is_slowed_down_and_the_right_one_works_after_the_wait(tmp_path: Path) -> None:
    glass = Hourglass()

    def slowly(site: Site) -> Site:
        return replace(site, setup_tries=Throttle(monotonic=glass))

    with serving(tmp_path, change=slowly) as box:

        def guess(code: str = "WRONG") -> Any:
            return box.visitor().post("/api/v1/setup", json_body={"code": code})

        for _ in range(5):
            problem(guess(), 403, "setup_code_wrong")
        waits = []
        for _ in range(10):
            refused = guess(SETUP_CODE)
            problem(refused, 429, "too_many_tries")
            waits.append(int(refused.headers["retry-after"]))
            glass.now += waits[-1]
            problem(guess(), 403, "setup_code_wrong")
        assert waits == [1, 2, 4, 8, 10, 10, 10, 10, 10, 10]
        by_form = box.visitor().post("/staff/setup", form={"code": SETUP_CODE})
        assert (by_form.status, by_form.headers["retry-after"]) == (429, "10")
        glass.now += 11
        assert guess(SETUP_CODE).status == 200


def turned(clock: TurnedClock) -> Any:
    return lambda site: replace(site, ports=replace(site.ports, clock=clock))


def test_a_staff_pass_ends_after_twelve_hours_or_with_a_restart_of_the_machine(tmp_path: Path) -> None:
    clock = TurnedClock()
    with serving(tmp_path, change=turned(clock)) as box:
        staff = box.staff()
        clock.wall_ms += 400 * 24 * 3600 * 1000
        clock.pass_s(12 * 3600)
        assert staff.get("/api/v1/tokens").status == 200
        clock.pass_s(1)
        problem(staff.get("/api/v1/tokens"), 401, "staff_missing")
        clock.pass_s(-3600)
        assert staff.get("/api/v1/tokens").status == 200
        clock.reboot()
        problem(staff.get("/api/v1/tokens"), 401, "staff_missing")


@pytest.fixture
def silent_stage(tmp_path: Path) -> Iterator[tuple[Served, TurnedClock, Visitor, str]]:
    """A stage whose DJ has said nothing for five minutes and a second."""
    clock = TurnedClock()
    with serving(tmp_path, change=turned(clock)) as box:
        anna = box.dj("DJ Anna")
        session = anna.post("/api/v1/stages/main-floor/sessions").json["session"]["id"]
        clock.pass_s(301)
        yield box, clock, anna, session


Silent = tuple[Served, TurnedClock, Visitor, str]


def test_a_silent_dj_is_replaced_only_by_who_says_so(silent_stage: Silent) -> None:
    box, _, anna, session = silent_stage
    ben = box.dj("DJ Ben")
    told = problem(ben.post("/api/v1/stages/main-floor/sessions"), 409, "stage_taken")
    assert (told["facts"]["can_take_over"], told["facts"]["silent_s"]) == (True, 301)
    taken = ben.post("/api/v1/stages/main-floor/sessions", json_body={"take_over": True})
    assert (taken.status, taken.json["resumed"], taken.json["session"]["dj"]) == (201, False, "DJ Ben")
    problem(anna.post(f"/api/v1/sessions/{session}/alive"), 409, "session_over")
    problem(anna.post("/api/v1/stages/main-floor/sessions", json_body={"take_over": True}), 409, "stage_taken")


def test_the_console_offers_a_silent_dj_s_stage_to_others(silent_stage: Silent) -> None:
    box, _, _, session = silent_stage
    browser = box.visitor()
    browser.post("/dj/login", form={"token": box.dj("DJ Ben").token or ""})
    page = opened(browser, "/dj")
    assert "DJ Anna is on, but has been silent for a while." in page.text
    assert page.form("/dj/start", take_over="yes").send(browser).status == 303
    assert box.visitor().get(f"/api/v1/sessions/{session}").json["active"] is False
    assert "Logged in as DJ Ben" in opened(browser, "/dj").text


def test_a_dj_who_gives_signs_of_life_is_not_replaced(silent_stage: Silent) -> None:
    box, clock, anna, session = silent_stage
    assert anna.post(f"/api/v1/sessions/{session}/alive").status == 204
    clock.pass_s(299)
    ben = box.dj("DJ Ben")
    problem(ben.post("/api/v1/stages/main-floor/sessions", json_body={"take_over": True}), 409, "stage_taken")


def test_a_dj_who_was_silent_for_a_while_goes_on_with_the_same_set(silent_stage: Silent) -> None:
    _, clock, anna, session = silent_stage
    clock.pass_s(3600)
    again = anna.post("/api/v1/stages/main-floor/sessions").json
    assert again["resumed"] is True
    assert again["session"]["id"] == session
    assert anna.post(f"/api/v1/sessions/{session}/stop").status == 200


def test_a_dj_of_long_ago_begins_a_new_set(silent_stage: Silent) -> None:
    _, clock, anna, session = silent_stage
    clock.pass_s(8 * 3600)
    again = anna.post("/api/v1/stages/main-floor/sessions").json
    assert again["resumed"] is False
    assert again["session"]["id"] != session
    problem(anna.post(f"/api/v1/sessions/{session}/stop"), 409, "session_over")
