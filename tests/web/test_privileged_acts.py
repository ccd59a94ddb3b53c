"""Whatever needs a right leaves a line in the trail: who did it, and in words. Gone through operation by operation."""

import base64
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from appliance.web.api import OPERATIONS
from appliance.web.operations import Auth
from appliance.web.trail import SAID
from tests.support.visitors import Visitor
from tests.web.html import opened
from tests.web.served import Served, serving
from tests.web.test_events import picture

#: what needs a right and is no act on anybody else's things
OWN = {
    # The own account, of which nobody else needs to know.
    "changePassword",
    "logOut",
    # What other tests hold: a clock can be set only while the box knows no better.
    "setClock",
}
OF_RIGHTS = {Auth.ORGANISER, Auth.STAFF, Auth.PERSON}
WRITING = {one.name: one for one in OPERATIONS if one.auth in OF_RIGHTS and one.method != "GET"}


@dataclass
class Hall:
    """A box with all that the acts are done to."""

    box: Served
    #: what stands in addresses
    ids: dict[str, str] = field(default_factory=dict)
    who: dict[str, Visitor] = field(default_factory=dict)

    def registered(self, email: str) -> str:
        """Somebody who waits to be let in."""
        wanted = {"role": "organiser", "email": email, "name": "New", "password": "three small words"}
        made: str = self.box.visitor().post("/api/v1/accounts", json_body=wanted).json["id"]
        return made

    def poll(self) -> None:
        """One that runs on another stage, where nobody has asked lately; named in the next addresses."""
        self.ids["stage"] = "bar"
        asked = {"question": "Well?", "options": ["yes", "no"]}
        made = self.who["olga"].post(f"/api/v1/stages/{self.ids['stage']}/polls", json_body=asked)
        assert made.status == 201, made.text
        self.ids["poll"] = made.json["id"]


@pytest.fixture(scope="module")
def hall(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hall]:
    with serving(tmp_path_factory.mktemp("acts")) as box:
        hall = Hall(box)
        olga = hall.who["olga"] = box.organiser("Olga")
        hall.who["staff"] = box.staff()
        hall.who["leaving"] = box.person("dancer", "Gone Soon")
        hall.ids["event"] = event = olga.post("/api/v1/events", json_body={"name": "Ball"}).json["event"]
        hall.ids["stage"] = olga.post(f"/api/v1/events/{event}/stages", json_body={"name": "Hall"}).json["id"]
        assert olga.post(f"/api/v1/events/{event}/publish").status == 200
        box.dj("DJ Anna")
        hall.ids["dj"] = olga.get("/api/v1/djs").json["djs"][0]["id"]
        box.site.notices.add("planted", "Something to read.")
        yield hall


Body = Mapping[str, Any] | None
SLOT = {"begins": "2026-11-20T20:00", "ends": "2026-11-20T21:00"}


def _guest(hall: Hall) -> Body:
    """A guest who said something at the box's first event."""
    anna, stage = hall.box.dj("DJ Ben"), "main-floor"
    session = anna.post(f"/api/v1/stages/{stage}/sessions").json["session"]["id"]
    play = anna.post(f"/api/v1/sessions/{session}/plays", json_body={"title": "A", "artist": "B"}).json["play"]["play"]
    phone = hall.box.visitor()
    phone.get(f"/s/{stage}", headers={"Accept": "text/html"})
    assert phone.watch().ask("PUT", f"/api/v1/plays/{play}/like").status == 200
    [first] = [one for one in hall.who["staff"].get("/api/v1/me/events").json["events"] if one["name"] != "Ball"]
    hall.ids["tonight"] = first["event"]
    [said] = hall.who["staff"].get(f"/api/v1/events/{first['event']}/guests").json["guests"]
    hall.ids["guest"] = said["guest"]
    return {"why": "Too loud."}


def _body(**fields: Any) -> Callable[[Hall], Body]:
    def body(hall: Hall) -> Body:
        del hall
        return fields or None

    return body


def _new(name: str, email: str, **fields: Any) -> Callable[[Hall], Body]:
    def body(hall: Hall) -> Body:
        hall.ids[name] = hall.registered(email)
        return fields or None

    return body


def _turned(hall: Hall) -> Body:
    """The event's stages the other way round."""
    shown = hall.who["olga"].get(f"/api/v1/events/{hall.ids['event']}").json["stages"]
    return {"stages": [stage["id"] for stage in reversed(shown)]}


def _of_poll(hall: Hall) -> Body:
    hall.poll()
    return None


#: every act in an order in which each can be done: by whom, and what is sent
ACTS: tuple[tuple[str, str, Callable[[Hall], Body]], ...] = (
    ("addStage", "staff", _body(name="Side")),
    ("issueToken", "staff", _body(name="DJ Cleo")),
    ("revokeToken", "staff", _body()),
    ("setPortal", "staff", _body(mode="quiet")),
    ("approveAccount", "staff", _new("account", "a1@example.org", same_dj=False)),
    ("declineAccount", "staff", _new("account", "a2@example.org")),
    ("inviteAccount", "staff", _body(role="organiser", email="a3@example.org", name="Ida")),
    ("changeRole", "staff", _body(role="dj")),
    ("switchOff", "staff", _body()),
    ("switchOn", "staff", _body()),
    ("offerCode", "staff", _body()),
    ("banGuest", "staff", _guest),
    ("liftBan", "staff", _body()),
    ("dismissNotice", "staff", _body()),
    ("lookThroughLibrary", "staff", _body()),
    ("restartPart", "staff", _body()),
    ("addEvent", "olga", _body(name="Second Ball")),
    ("editEvent", "olga", _body(name="Great Ball")),
    ("setLogo", "olga", _body(content=base64.b64encode(picture()).decode())),
    ("forgetLogo", "olga", _body()),
    ("addEventStage", "olga", _body(name="Bar")),
    ("orderStages", "olga", _turned),
    ("editStage", "olga", _body(name="Great Hall")),
    ("closeStage", "olga", _body()),
    ("pauseStage", "olga", _body()),
    ("openStage", "olga", _body()),
    # Whoever gets a token plays at what is going on, so she may already.
    ("unassignDj", "olga", _body()),
    ("assignDj", "olga", _body()),
    ("openStagePoll", "olga", _body(question="Slower?", options=["yes", "no"])),
    ("endStagePoll", "olga", _body()),
    ("cancelStagePoll", "olga", _of_poll),
    ("announceToEvent", "olga", _body(text="Welcome", duration_s=600)),
    ("takeBack", "olga", _body()),
    ("addSlot", "olga", lambda hall: {**SLOT, "stage": hall.ids["stage"], "title": "Opening"}),
    ("changeSlot", "olga", lambda hall: {**SLOT, "stage": hall.ids["stage"], "title": "First", "version": 1}),
    ("moveSlot", "olga", _body(version=2, by_min=30)),
    ("dropSlot", "olga", _body()),
    ("addPlayer", "olga", _body(name="Machine")),
    ("editPlayer", "olga", lambda hall: {"name": "House", "stage": hall.ids["stage"]}),
    ("renewPlayerToken", "olga", _body()),
    ("tagPlayer", "olga", _body()),
    ("setHouseRules", "olga", _body(genres=["Swing"])),
    ("orderPlayer", "olga", _body(volume=50)),
    ("takePlayer", "olga", _body()),
    ("endEvent", "olga", _body()),
    ("publishEvent", "olga", _body()),
    ("forgetMe", "leaving", _body(password="three small words")),
)


def newest(hall: Hall) -> Mapping[str, Any]:
    entries: list[Mapping[str, Any]] = hall.who["staff"].get("/api/v1/audit").json["entries"]
    return entries[0]


def keep_ids(hall: Hall, name: str, told: Mapping[str, Any]) -> None:
    """What the next acts are done to."""
    match name:
        case "issueToken":
            hall.ids["token"] = told["token"]["id"]
        case "inviteAccount":
            hall.ids["account"] = told["account"]["id"]
        case "openStagePoll":
            hall.ids["poll"] = told["id"]
        case "announceToEvent":
            hall.ids["announcement"] = told["id"]
        case "addPlayer":
            hall.ids["player"] = told["player"]["id"]
        case "addSlot":
            hall.ids["slot"] = told["id"]


def done(hall: Hall, name: str, by: str, sent: Body) -> Mapping[str, Any]:
    """The line that an act leaves."""
    before = newest(hall)["number"]
    ids = hall.ids | {"notice": "planted", "part": "sync"}
    if name in {"banGuest", "liftBan"}:
        ids["event"] = hall.ids["tonight"]
    address = "/api/v1" + WRITING[name].path.format(**ids) + ("?version=3" if name == "dropSlot" else "")
    answer = hall.who[by].ask(WRITING[name].method, address, json_body=sent)
    # Nobody watches the parts of this box; that somebody wanted one restarted is told all the same.
    assert answer.status < 300 or name == "restartPart", (name, answer.text)
    line = newest(hall)
    assert line["number"] > before, name
    if answer.status < 300 and answer.body:
        keep_ids(hall, name, answer.json)
    return line


@pytest.fixture(scope="module")
def lines(hall: Hall) -> Mapping[str, Mapping[str, Any]]:
    """Every act, with the line it left."""
    return {name: done(hall, name, by, body(hall)) for name, by, body in ACTS}


def test_every_act_that_needs_a_right_is_in_the_trail_with_whose_it_was(
    lines: Mapping[str, Mapping[str, Any]],
) -> None:
    assert lines.keys() == WRITING.keys() - OWN
    for name, by, _ in ACTS:
        assert lines[name]["act"] in SAID, name
        who = ("staff", "") if by == "staff" else ("account", "Olga" if by == "olga" else "")
        assert (lines[name]["by"], lines[name]["by_name"]) == who, name


def test_what_is_refused_is_not_told_as_if_it_was_done(hall: Hall, lines: Mapping[str, Mapping[str, Any]]) -> None:
    assert lines
    otto, before = hall.box.organiser("Otto"), newest(hall)["number"]
    for name, by, body in ACTS:
        if by == "olga" and name != "addEvent":
            sent = body(hall) if body is not _of_poll else None
            address = "/api/v1" + WRITING[name].path.format(**hall.ids)
            assert otto.ask(WRITING[name].method, address, json_body=sent).status == 403, name
    assert newest(hall)["number"] == before


def test_the_page_of_the_trail_tells_acts_in_words(hall: Hall, lines: Mapping[str, Mapping[str, Any]]) -> None:
    staff = hall.box.visitor()
    staff.cookies["pika_staff"] = hall.who["staff"].token or ""
    text = opened(staff, "/admin/trail").text
    assert lines["dropSlot"]["act"] == "slot.dropped"
    assert "took a slot out of the schedule" in text
    assert not [act for act in SAID if act in text]
