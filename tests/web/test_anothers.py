"""What is another DJ's stays theirs: every operation and every form of DJs, asked by somebody else changes nothing."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from appliance.web.api import OPERATIONS
from appliance.web.operations import Auth
from tests.support.visitors import Visitor
from tests.web.answers import nothing_stored
from tests.web.served import Served, serving

#: what is about the own things of whoever asks, or told to every DJ
OWN = {"myTokens", "makeMyToken", "desk", "myBookings", "lookUpTrack", "heardAtEvent", "playBefore"}
OF_DJS = {one.name: one for one in OPERATIONS if one.auth is Auth.DJ and one.name not in OWN}
POLL = {"question": "Well?", "options": ["yes", "no"]}
#: what is sent, where something is
BODIES: Mapping[str, Mapping[str, Any]] = {
    "startSession": {"take_over": True},
    "announcePlay": {"title": "Stolen", "artist": "Ben"},
    "offerHandover": {"note": "Yours"},
    "leaveNote": {"text": "Yours"},
    "lockSession": {"pin": "111111"},
    "openPoll": POLL,
    "announce": {"text": "I am Anna", "duration_s": 60},
    "answerBooking": {"version": 1, "confirmed": False},
    "sayClosing": {"songs": 0},
}
FORMS: Mapping[str, Mapping[str, str]] = {
    "/dj/play": {"title": "Stolen", "artist": "Ben"},
    "/dj/stop": {},
    "/dj/end": {},
    "/dj/poll": {"question": "Well?", "options": "yes\nno", "lasts_s": "60"},
    "/dj/poll/end": {"poll": "{poll}"},
    "/dj/poll/cancel": {"poll": "{poll}"},
    "/dj/handover": {"note": "Yours"},
    "/dj/handover/withdraw": {},
    "/dj/announce": {"text": "I am Anna", "level": "info", "duration_s": "60"},
    "/dj/announcement/cancel": {"announcement": "{announcement}"},
    "/dj/pin": {"pin": "111111"},
    "/dj/pin/off": {},
    "/dj/closing": {"songs": "0"},
    "/dj/closing/unsay": {},
    "/dj/start": {"stage": "main-floor", "take_over": "yes"},
    "/dj/bookings/{slot}": {"answer": "no", "version": "1"},
}


@dataclass
class Anna:
    """A DJ in the middle of a set, with all that belongs to one."""

    box: Served
    ids: Mapping[str, str]
    #: somebody else who may play here, by a program and by a browser
    ben: Visitor
    desk: Visitor


@pytest.fixture(scope="module")
def anna(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Anna]:
    with serving(tmp_path_factory.mktemp("anothers")) as box:
        dj, staff, stage = box.dj("DJ Anna"), box.staff(), "main-floor"
        session = dj.post(f"/api/v1/stages/{stage}/sessions").json["session"]["id"]
        [event] = staff.get("/api/v1/me/events").json["events"]
        [own] = staff.get("/api/v1/djs").json["djs"]
        slot = {"stage": stage, "begins": "2027-11-20T20:00", "ends": "2027-11-20T21:00", "dj": own["id"]}
        ids = {
            "stage": stage,
            "session": session,
            "play": dj.post(f"/api/v1/sessions/{session}/plays", json_body={"title": "A", "artist": "B"}).json["play"][
                "play"
            ],
            "poll": dj.post(f"/api/v1/sessions/{session}/polls", json_body=POLL).json["id"],
            "announcement": dj.post(
                f"/api/v1/sessions/{session}/announcements", json_body={"text": "Hello", "duration_s": 600}
            ).json["id"],
            "token": staff.get("/api/v1/tokens").json["tokens"][0]["id"],
            "slot": staff.post(f"/api/v1/events/{event['event']}/slots", json_body=slot).json["id"],
        }
        assert dj.ask("PUT", f"/api/v1/sessions/{session}/closing", json_body={"songs": 3}).status == 200
        ben, desk = box.dj("DJ Ben"), box.visitor()
        assert desk.post("/dj/login", form={"token": ben.token or ""}).status == 303
        yield Anna(box, ids, ben, desk)


@pytest.mark.parametrize("name", sorted(OF_DJS))
def test_no_operation_touches_what_is_another_djs(anna: Anna, name: str) -> None:
    operation = OF_DJS[name]
    body = BODIES.get(name)
    assert (operation.takes is None) == (body is None), name
    with nothing_stored(anna.box.visitor()):
        answer = anna.ben.ask(operation.method, "/api/v1" + operation.path.format(**anna.ids), json_body=body)
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    told = answer.json
    assert (answer.status, told["code"].partition("_")[0]) in {
        (403, "session"),
        (404, "token"),
        (403, "announcement"),
        (404, "booking"),
        (404, "note"),
        (404, "slot"),
        (403, "slot"),
        (409, "stage"),
    }, told
    assert told["detail"]


@pytest.mark.parametrize("path", sorted(FORMS))
def test_no_form_touches_what_is_another_djs(anna: Anna, path: str) -> None:
    fields = {name: value.format(**anna.ids) for name, value in FORMS[path].items()}
    with nothing_stored(anna.box.visitor()):
        answer = anna.desk.post(path.format(**anna.ids), form={"session": anna.ids["session"], **fields})
    assert answer.status in {403, 404, 409}, (answer.status, answer.headers.get("location"))


def test_she_has_all_of_it_still(anna: Anna) -> None:
    for name in sorted(OF_DJS):
        operation = OF_DJS[name]
        anna.ben.ask(operation.method, "/api/v1" + operation.path.format(**anna.ids), json_body=BODIES.get(name))
    now = anna.box.visitor().get("/api/v1/stages/main-floor/now").json
    assert (now["session"]["id"], now["now"]["play"], now["poll"]["id"]) == (
        anna.ids["session"],
        anna.ids["play"],
        anna.ids["poll"],
    )
    assert now["lanes"]["closing"]["songs"] == 3
    assert [one["id"] for one in now["lanes"]["notices"]["notices"]] == [anna.ids["announcement"]]
