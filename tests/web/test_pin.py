"""Sets behind a PIN, at every door of a real box."""

import json
import re
from collections.abc import Iterator

import pytest
from paho.mqtt import client as paho

from tests.support.real_box import RealBox
from tests.support.visitors import Visitor
from tests.web.answers import problem, until
from tests.web.conftest import Floor
from tests.web.html import opened
from tests.web.phone import Phone
from tests.web.raw import SOON_S
from tests.web.test_openapi import routes
from tests.web.test_people import at_the_broker

PIN = "042042"
#: of letters that stand nowhere else, so that it is found in whatever form it leaks
SECRET = "Qwzx Vjkq"
PLAY = "qwzx-play"


@pytest.fixture
def party(floor: Floor) -> Floor:
    """A set behind a PIN from its first moment, with a track on."""
    floor.act("end")
    started = floor.dj.post(f"/api/v1/stages/{floor.stage}/sessions", json_body={"pin": PIN})
    assert started.status == 201, started.text
    assert (started.json["session"]["private"], started.json["session"]["locked"]) == (True, False)
    floor.session = started.json["session"]["id"]
    floor.play(SECRET, id=f"{PLAY}-{floor.session}", artist=f"{SECRET} Band")
    return floor


@pytest.fixture
def insider(party: Floor) -> Visitor:
    """A phone that has typed the PIN."""
    phone = newcomer(party)
    assert phone.post(f"/api/v1/stages/{party.stage}/pin", json_body={"pin": PIN}).status == 204
    return phone


def newcomer(floor: Floor) -> Visitor:
    """A phone that has opened the stage's page."""
    phone = floor.box.visitor()
    assert phone.get(f"/s/{floor.stage}", headers={"Accept": "text/html"}).status == 200
    return phone


def doors(floor: Floor) -> Iterator[str]:
    """Every address of the box that can be read, as it would be asked for this set."""
    event = floor.box.staff().get("/api/v1/events").json["events"][0]["event"]
    known = {"stage": floor.stage, "session": floor.session, "play": f"{PLAY}-{floor.session}", "event": event}
    for route in routes():
        if "GET" in (route.methods or ()) and not route.path.endswith("/stream"):
            yield re.sub(r"{(\w+)(:\w+)?}", lambda found: known.get(found[1], "x"), route.path)


def leaks(text: str) -> bool:
    return any(mark in text.lower() for mark in ("qwzx", "vjkq"))


def test_no_door_tells_anybody_outside_what_is_played_behind_a_pin(party: Floor) -> None:
    outside, ben, desk = newcomer(party), party.box.dj("DJ Nosy"), party.box.visitor()
    assert desk.post("/dj/login", form={"token": ben.token or ""}).status == 303
    asked = list(doors(party))
    assert len(asked) > 40
    for over in (False, True):
        if over:
            party.act("end")
        for visitor in (outside, ben, desk, party.box.visitor()):
            for address in asked:
                for accept in ("text/html", "application/json"):
                    # What the token is for is told on pages by a cookie only, so both are tried.
                    answer = visitor.get(f"{address}?limit=200", headers={"Accept": accept})
                    assert not leaks(answer.text), (address, answer.text[:500])


def test_no_list_of_what_an_event_has_heard_tells_other_djs_what_was_played_behind_a_pin(floor: Floor) -> None:
    event = floor.now()["stage"]["event"]
    nosy, desk = floor.box.dj("DJ Nosy"), floor.box.visitor()
    assert desk.post("/dj/login", form={"token": nosy.token or ""}).status == 303
    lists = (f"/api/v1/events/{event}/heard?", f"/dj/heard/{event}?")
    floor.play(f"{SECRET} One", artist="Band")
    floor.play(f"{SECRET} Two", artist="Band")
    tracks = f"/api/v1/stages/{floor.stage}/heard?artist=Band&title={SECRET.replace(' ', '+')}+One"

    def told() -> list[int]:
        """How often each way tells of the tracks: both lists, both searches, whoever types one of them."""
        asked = [f"{one}{search}" for one in lists for search in ("", "q=", "q=Vjkq", "q=band")] + [tracks]
        # The search's own words stand on the page again; what was found is told by the other one.
        texts = [desk.get(one, headers={"Accept": "text/html"}).text.replace('value="Vjkq"', "") for one in asked]
        return [text.lower().count("qwzx") for text in texts]

    assert all(told())  # so that none of them is empty for another reason
    assert floor.dj.ask("PUT", f"/api/v1/sessions/{floor.session}/pin", json_body={"pin": PIN}).status == 200
    assert not any(told())
    floor.act("end")
    assert not any(told())


def test_a_phone_that_comes_back_is_not_told_again_what_went_behind_a_pin_meanwhile(floor: Floor) -> None:
    with Phone(floor.box.port, floor.stage) as phone:
        phone.next("state")
        last = phone.last_id
    floor.play(SECRET)
    with Phone(floor.box.port, floor.stage, last_event_id=last) as back:
        back.until_title(SECRET)
    assert floor.dj.ask("PUT", f"/api/v1/sessions/{floor.session}/pin", json_body={"pin": PIN}).status == 200
    with Phone(floor.box.port, floor.stage, last_event_id=last) as back:
        # Told last, so all before it has been told by then.
        assert floor.box.staff().post(f"/api/v1/stages/{floor.stage}/pause").status == 200
        seen = [back.next()]
        while "paused" not in json.dumps(seen[-1].data):
            seen.append(back.next())
        assert not [event for event in seen if leaks(json.dumps(event.data))]


def test_a_word_of_somebody_outside_is_answered_as_if_the_track_never_was(party: Floor) -> None:
    outside, play = newcomer(party), f"{PLAY}-{party.session}"
    stage = f"/api/v1/stages/{party.stage}"
    asks = (
        ("PUT", "/api/v1/plays/{play}/like", None),
        ("DELETE", "/api/v1/plays/{play}/like", None),
        ("PUT", stage + "/plays/{play}/tempo", {"vote": "faster"}),
        ("DELETE", stage + "/plays/{play}/tempo", None),
    )
    for method, address, body in asks:
        answers = [
            outside.ask(method, address.format(play=one), json_body=body) for one in (play, f"{PLAY}-never-there")
        ]
        assert answers[0].status == answers[1].status == 404
        assert answers[0].body == answers[1].body
    reacted = [
        outside.post(f"{stage}/reactions", json_body={"id": "r1", "kind": "fire", "play": one})
        for one in (play, f"{PLAY}-never-there")
    ]
    assert reacted[0].body == reacted[1].body
    assert reacted[0].status == 404


def test_no_stream_and_no_broker_tells_it(party: Floor) -> None:
    issued = party.box.staff().post("/api/v1/djs", json_body={"name": "DJ Listening"}).json
    with (
        at_the_broker(party.box, name=issued["token"]["name"], secret=issued["secret"]) as (program, told),
        Phone(party.box.port, party.stage) as early,
    ):
        assert told.get(timeout=SOON_S) is False
        first = early.next("state").data
        assert (first["session"]["locked"], first["session"]["private"], "now" in first) == (True, True, False)
        retained = heard_from(program, told, party.stage)
        party.play(f"{SECRET} Two")
        party.box.dj("DJ Elsewhere")
        other = party.dj.post(
            f"/api/v1/sessions/{party.session}/polls", json_body={"question": SECRET, "options": ["a", "b"]}
        )
        assert other.status == 201
        # The end is told on both ways, so all before it has been told by then.
        party.act("end")
        while "session" in (event := early.next()).data and event.data.get("session"):
            assert not leaks(json.dumps(event.data)), event
        until(lambda: '"session"' not in heard_from(program, told, party.stage)["session"])
        assert not leaks(json.dumps(retained) + json.dumps(heard_from(program, told, party.stage)))


def heard_from(program: paho.Client, told: object, stage: str) -> dict[str, str]:
    """What the broker has kept of a stage, by lane."""
    found: dict[str, str] = {}
    program.on_message = lambda _client, _data, message: found.update(
        {message.topic.rpartition("/")[2]: bytes(message.payload).decode()}
    )
    program.unsubscribe(f"pika/v1/stage/{stage}/#")
    program.subscribe(f"pika/v1/stage/{stage}/#", qos=1)
    until(lambda: {"session", "now", "likes"} <= found.keys())
    del told
    return dict(found)


def test_the_right_pin_lets_a_phone_in_at_every_door(party: Floor, insider: Visitor) -> None:
    stage, play = f"/api/v1/stages/{party.stage}", f"{PLAY}-{party.session}"
    now = insider.get(f"{stage}/now").json
    assert (now["now"]["title"], now["session"]["locked"], now["session"]["private"]) == (SECRET, False, True)
    assert SECRET in insider.get(f"/s/{party.stage}", headers={"Accept": "text/html"}).text
    assert insider.get(f"{stage}/history").json["plays"][0]["title"] == SECRET
    assert insider.get(f"/api/v1/sessions/{party.session}/plays").json["plays"][0]["title"] == SECRET
    assert insider.ask("PUT", f"/api/v1/plays/{play}/like").json["likes"] == 1
    assert insider.ask("PUT", f"{stage}/plays/{play}/tempo", json_body={"vote": "faster"}).status == 200
    cookies = "; ".join(f"{name}={value}" for name, value in insider.cookies.items())
    with Phone(party.box.port, party.stage, cookie=cookies.removeprefix("pika_guest=")) as phone:
        assert phone.next("state").data["now"]["title"] == SECRET
        party.play(f"{SECRET} Two")
        assert phone.next("now").data["now"]["title"] == f"{SECRET} Two"
        party.act("end")
        assert "session" not in phone.next("state").data
    # What this phone liked is its owner's to look at, and what was played stays what insiders know.
    assert SECRET in insider.get("/likes", headers={"Accept": "text/html"}).text
    assert insider.get(f"{stage}/history").json["plays"][-1]["title"] == SECRET


def test_a_pass_opens_one_set_on_one_phone(party: Floor, insider: Visitor) -> None:
    thief = newcomer(party)
    thief.cookies["pika_pass"] = insider.cookies["pika_pass"]
    assert "now" not in thief.get(f"/api/v1/stages/{party.stage}/now").json
    changed = party.dj.ask("PUT", f"/api/v1/sessions/{party.session}/pin", json_body={})
    assert changed.status == 200
    assert re.fullmatch(r"\d{6}", changed.json["pin"])
    assert "now" not in insider.get(f"/api/v1/stages/{party.stage}/now").json
    forged = newcomer(party)
    forged.cookies["pika_pass"] = insider.cookies["pika_pass"][:-1] + "0"
    assert "now" not in forged.get(f"/api/v1/stages/{party.stage}/now").json


def test_a_phone_without_a_script_gets_in_by_the_form_and_reads_what_was_wrong(party: Floor) -> None:
    phone = party.box.visitor()
    page = opened(phone, f"/s/{party.stage}")
    assert "A private set" in page.text
    form = page.form(f"/s/{party.stage}/pin")
    answer = form.send(phone, pin="12345")
    assert answer.status == 422
    assert "six digits" in answer.text
    assert 'value="12345"' in answer.text
    wrong = form.send(phone, pin="000000")
    assert wrong.status == 403
    assert "not the PIN" in wrong.text
    assert form.send(phone, pin=f" {PIN} ").status == 303
    assert SECRET in opened(phone, f"/s/{party.stage}").text


@pytest.mark.parametrize("pin", ["12345", "１２３４５６", "abcdef", "1234567", "", " ", "12 34 56", "123456\u0000"])
def test_what_is_no_pin_is_told_so_at_every_door_and_costs_no_try(party: Floor, pin: str) -> None:
    phone, stage = newcomer(party), f"/api/v1/stages/{party.stage}"
    for _ in range(8):
        problem(phone.post(f"{stage}/pin", json_body={"pin": pin}), 422, "pin_invalid")
    problem(party.dj.ask("PUT", f"/api/v1/sessions/{party.session}/pin", json_body={"pin": pin}), 422, "pin_invalid")
    problem(party.dj.post(f"{stage}/sessions", json_body={"pin": pin}), 422, "pin_invalid")
    assert phone.post(f"{stage}/pin", json_body={"pin": PIN}).status == 204


def test_ten_thousand_tries_get_nowhere_and_keep_nobody_out(party: Floor) -> None:
    guesser, stage = newcomer(party), f"/api/v1/stages/{party.stage}"
    statuses = []
    for number in range(400):
        answer = guesser.post(f"{stage}/pin", json_body={"pin": f"{number:06}"})
        statuses.append(answer.status)
        if answer.status == 429:
            assert int(answer.headers["retry-after"]) > 0
    assert statuses.count(403) == 5
    assert set(statuses[5:]) == {429}
    assert newcomer(party).post(f"{stage}/pin", json_body={"pin": PIN}).status == 204


def test_only_the_dj_of_a_set_changes_who_sees_it(party: Floor) -> None:
    ben, address = party.box.dj("DJ Nosy"), f"/api/v1/sessions/{party.session}/pin"
    problem(ben.ask("PUT", address, json_body={"pin": "111111"}), 403, "session_not_yours")
    problem(ben.ask("DELETE", address), 403, "session_not_yours")
    problem(party.box.visitor().ask("DELETE", address), 401, "token_missing")
    assert party.dj.get(f"/api/v1/sessions/{party.session}/plays").json["plays"][0]["title"] == SECRET
    assert party.dj.ask("DELETE", address).json["private"] is False
    assert SECRET in newcomer(party).get(f"/s/{party.stage}", headers={"Accept": "text/html"}).text


def test_nobody_needs_a_pin_where_there_is_none(floor: Floor) -> None:
    phone, stage = newcomer(floor), f"/api/v1/stages/{floor.stage}"
    problem(phone.post(f"{stage}/pin", json_body={"pin": PIN}), 409, "pin_not_needed")
    floor.act("end")
    problem(phone.post(f"{stage}/pin", json_body={"pin": PIN}), 409, "pin_not_needed")
    problem(phone.post("/api/v1/stages/nowhere/pin", json_body={"pin": PIN}), 404, "stage_unknown")
    problem(floor.box.visitor().post(f"{stage}/pin", json_body={"pin": PIN}), 401, "guest_missing")


def test_the_console_shows_a_new_pin_once_and_what_is_on_behind_it(party: Floor) -> None:
    desk = party.box.visitor()
    assert desk.post("/dj/login", form={"token": party.dj.token or ""}).status == 303
    page = opened(desk, "/dj")
    assert SECRET in page.text
    stream = page.one("div", class_="desk").attributes["data-stream"]
    with Phone(party.box.port, party.stage, query=stream.partition("?")[2]) as console:
        party.play(f"{SECRET} Two")
        assert console.next("now").data["now"]["title"] == f"{SECRET} Two"
    wrong = page.form("/dj/pin").send(desk, pin="12345")
    assert wrong.status == 422
    assert 'value="12345"' in wrong.text
    done = page.form("/dj/pin").send(desk, pin="111222")
    assert done.status == 200
    assert "111222" in done.text
    assert "111222" not in opened(desk, "/dj").text
    assert page.form("/dj/pin/off").send(desk).status == 303
    assert "Everybody at the stage" in opened(desk, "/dj").text


def test_no_pin_is_written_down_anywhere(party: Floor, box: RealBox) -> None:
    pin = "918273"
    party.dj.ask("PUT", f"/api/v1/sessions/{party.session}/pin", json_body={"pin": pin})
    phone = newcomer(party)
    phone.post(f"/api/v1/stages/{party.stage}/pin", json_body={"pin": "817263"})
    phone.post(f"/api/v1/stages/{party.stage}/pin", json_body={"pin": pin})
    for path in box.data.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert pin.encode() not in content, path
            assert b"817263" not in content, path
