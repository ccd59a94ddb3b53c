"""Plans by the API: organisers plan, DJs answer, guests star, phones hear of it, and everything else is refused."""

import http.client
import itertools
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pytest

from tests.support.visitors import Answer, Visitor
from tests.web.conftest import Floor

DAYS = (str(date(2027, 3, 1) + timedelta(days=number)) for number in itertools.count())


@dataclass
class Planning:
    """A floor with a day of its own in the event's plan."""

    floor: Floor
    event: str
    day: str

    @property
    def organiser(self) -> Visitor:
        return self.floor.box.staff()

    @property
    def base(self) -> str:
        return f"/api/v1/events/{self.event}"

    def slot(self, begins: str = "20:00", ends: str = "21:00", **fields: Any) -> dict[str, Any]:
        """A slot of this day on this floor."""
        times = {"begins": f"{self.day}T{begins}", "ends": f"{self.day}T{ends}"}
        return {"stage": self.floor.stage, "title": "Show", **times, **fields}

    def add(self, begins: str = "20:00", ends: str = "21:00", **fields: Any) -> Answer:
        return self.organiser.post(f"{self.base}/slots", json_body=self.slot(begins, ends, **fields))

    def added(self, *times: str, **fields: Any) -> dict[str, Any]:
        answer = self.add(*times, **fields)
        assert answer.status == 201, answer.text
        made: dict[str, Any] = answer.json
        return made

    def dj_id(self) -> str:
        """The floor's DJ, as organisers find them."""
        planned = self.organiser.get("/api/v1/djs").json["djs"]
        [found] = [dj["id"] for dj in planned if dj["name"] == self.floor.dj_name]
        return str(found)

    def plan(self) -> dict[str, Any]:
        """The plan of this day, as everybody may see it."""
        found: dict[str, Any] = self.floor.box.visitor().get(f"{self.base}/schedule?night={self.day}").json
        return found

    def lane(self, name: str) -> Any:
        return self.floor.now()["lanes"][name]


@pytest.fixture
def planning(new_floor: Callable[[], Floor]) -> Planning:
    floor = new_floor()
    # In the far future: there is no now in it, and no other test's slot.
    return Planning(floor, event=floor.now()["lanes"]["plan"]["event"], day=next(DAYS))


def code(answer: Answer) -> tuple[int, str]:
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    return answer.status, answer.json["code"]


def test_a_slot_is_planned_moved_and_taken_away_and_everybody_sees_the_plan(planning: Planning) -> None:
    made = planning.added()
    assert (made["booking"], made["version"], made["night"]) == ("nobody", 1, planning.day)
    assert made["begins_at"] == f"{planning.day}T20:00:00.000Z"
    [seen] = planning.plan()["slots"]
    assert seen["title"] == "Show"
    assert "version" not in seen
    assert "booking" not in seen
    path = f"{planning.base}/slots/{made['id']}"
    moved = planning.organiser.post(f"{path}/move", json_body={"version": 1, "by_min": 65})
    assert (moved.status, moved.json["begins"]) == (200, f"{planning.day}T21:05")
    stale = planning.organiser.post(f"{path}/move", json_body={"version": 1, "by_min": 5})
    assert code(stale) == (409, "slot_changed")
    assert stale.json["facts"] == {"version": 2}
    changed = planning.organiser.ask("PUT", path, json_body=planning.slot("18:00", "19:00", version=2, title="Lesson"))
    assert (changed.status, changed.json["title"]) == (200, "Lesson")
    assert code(planning.organiser.ask("DELETE", f"{path}?version=2")) == (409, "slot_changed")
    assert planning.organiser.ask("DELETE", f"{path}?version=3").status == 204
    assert planning.plan()["slots"] == []
    assert code(planning.organiser.ask("DELETE", f"{path}?version=3")) == (404, "slot_unknown")


def test_a_plan_is_fetched_once_for_each_version(planning: Planning) -> None:
    visitor, path = planning.floor.box.visitor(), f"{planning.base}/schedule"
    first = visitor.get(path)
    again = visitor.get(path, headers={"If-None-Match": first.headers["etag"]})
    assert (again.status, again.body) == (304, b"")
    planning.added()
    fresh = visitor.get(path, headers={"If-None-Match": first.headers["etag"]})
    assert fresh.status == 200
    assert fresh.json["plan"] == first.json["plan"] + 1
    assert planning.lane("plan")["plan"] == fresh.json["plan"]


def test_a_time_can_carry_an_offset_and_else_is_the_events_own(planning: Planning) -> None:
    slot = planning.slot() | {"begins": f"{planning.day}T20:00+02:00", "ends": f"{planning.day}T20:00Z"}
    answer = planning.organiser.post(f"{planning.base}/slots", json_body=slot)
    assert answer.status == 201
    assert (answer.json["begins"], answer.json["ends"]) == (f"{planning.day}T18:00", f"{planning.day}T20:00")


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"begins": "tonight"}, (422, "begins_invalid")),
        ({"begins": ""}, (422, "begins_invalid")),
        ({"begins": "2027-02-30T20:00"}, (422, "begins_invalid")),
        ({"begins": "1970-01-01T20:00"}, (422, "begins_out_of_range")),
        ({"begins": "x" * 65}, (422, "json_wrong_shape")),
        ({"begins": 5}, (422, "json_wrong_shape")),
        ({"begins": None}, (422, "json_wrong_shape")),
        ({"ends": "{day}T20:00"}, (422, "slot_too_short")),
        ({"ends": "{day}T19:00"}, (422, "slot_backwards")),
        ({"begins": "2027-02-01T20:00", "ends": "2027-02-02T21:00"}, (422, "slot_too_long")),
        ({"stage": "nowhere"}, (404, "stage_unknown")),
        ({"stage": "x" * 65}, (422, "json_wrong_shape")),
        ({"dj": "nobody"}, (404, "dj_unknown")),
        ({"title": "\u202e \u200b"}, (422, "slot_nameless")),
        ({"title": "x" * 101}, (422, "title_too_long")),
        ({"begins_again": "yes"}, (422, "json_wrong_shape")),
    ],
)
def test_what_is_no_slot_is_refused_by_name(
    planning: Planning, change: dict[str, Any], expected: tuple[int, str]
) -> None:
    wrong = {
        name: value.replace("{day}", planning.day) if isinstance(value, str) else value
        for name, value in change.items()
    }
    answer = planning.organiser.post(f"{planning.base}/slots", json_body=planning.slot() | wrong)
    assert code(answer) == expected
    assert planning.plan()["slots"] == []


@pytest.mark.parametrize("body", [b"{", b"[]", b'"x"', b"null", b"\xff\xfe", b"{}" * 9999, b"1e999"])
def test_what_is_no_json_is_no_slot(planning: Planning, body: bytes) -> None:
    answer = planning.organiser.post(f"{planning.base}/slots", body=body, headers={"Content-Type": "application/json"})
    assert answer.status in {400, 413, 422}
    assert answer.json["code"] in {"json_broken", "json_wrong_shape", "body_too_large"}
    form = planning.organiser.post(f"{planning.base}/slots", form={"stage": planning.floor.stage})
    assert form.status == 415


def test_only_organisers_plan(planning: Planning) -> None:
    made = planning.added()
    path = f"{planning.base}/slots"
    tries = [
        ("POST", path, planning.slot()),
        ("GET", path, None),
        ("PUT", f"{path}/{made['id']}", planning.slot(version=1)),
        ("POST", f"{path}/{made['id']}/move", {"version": 1}),
        ("DELETE", f"{path}/{made['id']}?version=1", None),
    ]
    for who in (planning.floor.box.visitor(), planning.floor.dj):
        for method, where, body in tries:
            assert who.ask(method, where, json_body=body).status in {401, 403}
    assert [slot["id"] for slot in planning.plan()["slots"]] == [made["id"]]
    assert code(planning.organiser.post("/api/v1/events/nowhere/slots", json_body=planning.slot())) == (
        404,
        "event_unknown",
    )
    assert code(planning.floor.box.visitor().get("/api/v1/events/nowhere/schedule")) == (404, "event_unknown")


def test_versions_and_moves_beyond_reason_are_refused(planning: Planning) -> None:
    path = f"{planning.base}/slots/{planning.added()['id']}"
    for version in ("", "-1", "1.5", "x", "9" * 30, "%C2%B2"):
        assert code(planning.organiser.ask("DELETE", f"{path}?version={version}")) == (422, "version_invalid")
    for body in ({"version": 1, "by_min": 10**6}, {"version": 1, "by_min": -(10**6)}):
        assert code(planning.organiser.post(f"{path}/move", json_body=body)) == (422, "move_out_of_range")
    wrong: list[dict[str, Any]] = [{}, {"version": -1}, {"version": 1, "by_min": 0.5}, {"version": 1, "by_min": 10**30}]
    for body in wrong:
        assert code(planning.organiser.post(f"{path}/move", json_body=body)) == (422, "json_wrong_shape")
    assert code(planning.organiser.post(f"{path}/move", json_body={"version": 1, "stage": "nowhere"})) == (
        404,
        "stage_unknown",
    )


def test_a_dj_answers_a_booking_and_nobody_else_does(planning: Planning) -> None:
    made = planning.added(dj=planning.dj_id(), title="")
    assert made["booking"] == "asked"
    dj, path = planning.floor.dj, f"/api/v1/me/bookings/{made['id']}"
    [booked] = dj.get("/api/v1/me/bookings").json["bookings"]
    assert (booked["id"], booked["event"], booked["booking"]) == (made["id"], planning.event, "asked")
    other = planning.floor.box.dj("DJ Somebody Else")
    yes = {"version": 1, "confirmed": True}
    assert code(other.post(path, json_body=yes)) == (404, "slot_unknown")
    assert planning.floor.box.visitor().post(path, json_body=yes).status == 401
    answered = dj.post(path, json_body=yes | {"word": "Gladly"})
    assert (answered.status, answered.json["booking"], answered.json["word"]) == (200, "confirmed", "Gladly")
    # Sent twice it is one answer.
    assert dj.post(path, json_body=yes | {"word": "Gladly"}).json == answered.json
    assert code(dj.post(path, json_body={"version": 1, "confirmed": False})) == (409, "slot_changed")
    assert code(dj.post(path, json_body={"version": 2, "confirmed": True, "word": "x" * 201})) == (
        422,
        "word_too_long",
    )
    [seen] = planning.organiser.get(f"{planning.base}/slots").json["slots"][-1:]
    assert (seen["booking"], seen["word"]) == ("confirmed", "Gladly")
    upcoming = planning.floor.box.visitor().get(f"/api/v1/djs/{made['dj']}/upcoming").json["slots"]
    assert [(slot["id"], slot["stage_name"]) for slot in upcoming] == [
        (made["id"], f"Floor {planning.floor.stage[6:]}")
    ]
    no = dj.post(path, json_body={"version": 2, "confirmed": False})
    assert no.json["booking"] == "declined"
    assert code(planning.floor.box.visitor().get("/api/v1/djs/nobody/upcoming")) == (404, "dj_unknown")
    # Who declined is not named, and does not play.
    assert "dj" not in planning.plan()["slots"][0]
    assert planning.floor.box.visitor().get(f"/api/v1/djs/{made['dj']}/upcoming").json["slots"] == []


def test_a_guest_stars_slots_and_finds_them_again(planning: Planning, guest: Visitor) -> None:
    made = planning.added()
    star, mine = f"{planning.base}/slots/{made['id']}/star", f"{planning.base}/stars"
    assert code(planning.floor.box.visitor().ask("PUT", star)) == (401, "guest_missing")
    assert [guest.ask("PUT", star).status for _ in range(2)] == [204, 204]
    told = guest.get(mine).json
    [slot] = told["slots"]
    assert (slot["id"], slot["stage"], slot["from_time"]) == (made["id"], planning.floor.stage, "20:00")
    assert slot["begins_in_ms"] > 0
    assert told["clock"] in {"none", "maybe", "sure"}
    assert [guest.ask("DELETE", star).status for _ in range(2)] == [204, 204]
    assert guest.get(mine).json["slots"] == []
    assert code(guest.ask("PUT", f"{planning.base}/slots/nothing/star")) == (404, "slot_unknown")
    assert code(guest.ask("PUT", f"/api/v1/events/nowhere/slots/{made['id']}/star")) == (404, "event_unknown")
    other = planning.floor.box.visitor()
    other.post("/api/v1/guests")
    assert other.get(mine).json["slots"] == []


def test_a_forgotten_phone_starred_nothing(planning: Planning, guest: Visitor) -> None:
    made = planning.added()
    guest.ask("PUT", f"{planning.base}/slots/{made['id']}/star")
    cookie = dict(guest.cookies)
    assert guest.post("/privacy/forget", form={}).status == 303
    again = Visitor(port=guest.port, cookies=cookie)
    assert again.get(f"{planning.base}/stars").json["slots"] == []


def test_what_a_dj_says_of_the_end_reaches_the_stage_and_counts_down(planning: Planning) -> None:
    floor, path = planning.floor, f"/api/v1/sessions/{planning.floor.session}/closing"
    floor.play("One")
    assert floor.dj.ask("PUT", path, json_body={"songs": 1}).json["songs"] == 1
    assert planning.lane("closing")["songs"] == 1
    floor.play("Two")
    assert planning.lane("closing")["songs"] == 0
    floor.play("Three")
    assert "songs" not in planning.lane("closing")
    assert floor.dj.ask("PUT", path, json_body={"within_ms": 600_000}).json["ends_in_ms"] > 599_000
    assert 590_000 < planning.lane("closing")["ends_in_ms"] <= 600_000
    assert floor.dj.ask("DELETE", path).status == 204
    assert planning.lane("closing").keys() == {"v", "stage"}


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({}, (422, "closing_unclear")),
        ({"songs": 1, "within_ms": 5000}, (422, "closing_unclear")),
        ({"songs": -1}, (422, "json_wrong_shape")),
        ({"songs": 21}, (422, "json_wrong_shape")),
        ({"songs": 1.5}, (422, "json_wrong_shape")),
        ({"within_ms": 0}, (422, "json_wrong_shape")),
        ({"within_ms": 10**9}, (422, "json_wrong_shape")),
        ({"ends_at": "half past"}, (422, "ends_at_invalid")),
        ({"ends_at": "24:00"}, (422, "ends_at_invalid")),
        ({"ends_at": "x" * 17}, (422, "json_wrong_shape")),
    ],
)
def test_an_end_that_makes_no_sense_is_refused(
    planning: Planning, said: dict[str, Any], expected: tuple[int, str]
) -> None:
    path = f"/api/v1/sessions/{planning.floor.session}/closing"
    assert code(planning.floor.dj.ask("PUT", path, json_body=said)) == expected
    assert code(planning.floor.box.dj("DJ Other").ask("PUT", path, json_body={"songs": 1})) == (
        403,
        "session_not_yours",
    )


def test_a_repeated_track_is_told_with_whose_it_was_where_and_how_long_ago(
    planning: Planning, new_floor: Callable[[], Floor]
) -> None:
    first, other = planning.floor, new_floor()
    title = f"Repeated on {planning.day}"
    assert "before" not in first.announce(title).json
    answer = other.announce(title.upper()).json
    assert (answer["before"]["dj"], answer["before"]["stage"]) == (first.dj_name, first.stage)
    assert 0 <= answer["before"]["age_ms"] < 60_000
    asked = other.dj.get(f"/api/v1/plays/{answer['play']['play']}/before").json["before"]
    assert asked["play"] == answer["before"]["play"]
    assert "before" not in other.dj.get(f"/api/v1/plays/{asked['play']}/before").json
    typed = f"/api/v1/stages/{first.stage}/heard?artist=miles%20davis&title={title.replace(' ', '+')}"
    assert first.dj.get(typed).json["before"]["dj"] == other.dj_name
    assert "before" not in first.dj.get(f"/api/v1/stages/{first.stage}/heard?title=Never").json
    heard = first.dj.get(f"{planning.base}/heard").json["heard"]
    assert [row["dj"] for row in heard if row["title"].casefold() == title.casefold()] == [other.dj_name]
    for path in (f"{planning.base}/heard", typed, f"/api/v1/plays/{asked['play']}/before"):
        assert planning.floor.box.visitor().get(path).status == 401
    assert code(first.dj.get("/api/v1/plays/nothing/before")) == (404, "play_unknown")
    assert code(first.dj.get("/api/v1/stages/nowhere/heard")) == (404, "stage_unknown")


def frames(body: Iterator[bytes]) -> Iterator[tuple[str, Any]]:
    event = ""
    for raw in body:
        line = raw.decode().strip()
        if line.startswith("event: "):
            event = line[7:]
        elif line.startswith("data: "):
            yield event, json.loads(line[6:])


def test_a_phone_at_the_stage_hears_of_the_plan_and_one_elsewhere_only_that_it_changed(
    planning: Planning, new_floor: Callable[[], Floor]
) -> None:
    other, streams = new_floor(), []
    for stage in (planning.floor.stage, other.stage):
        connection = http.client.HTTPConnection("127.0.0.1", planning.floor.box.port, timeout=10)
        connection.request("GET", f"/api/v1/stages/{stage}/stream", headers={"Host": "127.0.0.1"})
        streams.append(frames(iter(connection.getresponse().readline, b"")))
    begins = time.strftime("%Y-%m-%dT%H:%M", time.gmtime(time.time() + 3600))
    ends = time.strftime("%Y-%m-%dT%H:%M", time.gmtime(time.time() + 7200))
    slot = {"stage": planning.floor.stage, "begins": begins, "ends": ends, "title": "Soon"}
    made = planning.organiser.post(f"{planning.base}/slots", json_body=slot).json
    version = planning.plan()["plan"]
    here, there = streams
    following = next(data for name, data in here if name == "schedule" and "next" in data)
    assert following["next"]["title"] == "Soon"
    assert 3_400_000 < following["next"]["begins_in_ms"] <= 3_600_000
    seen = []
    for name, data in there:
        seen.append((name, data))
        if name == "plan" and data["plan"] >= version:
            break
    assert not [data for name, data in seen if name == "schedule" and "next" in data]
    planning.organiser.ask("DELETE", f"{planning.base}/slots/{made['id']}?version=1")
