"""Slots where the clock is turned: over the hour that is skipped and the hour that comes twice, by every door."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from tests.support.visitors import Answer, Visitor
from tests.web.answers import nothing_stored, problem
from tests.web.html import Page, opened
from tests.web.served import Served, serving

#: the clock goes from 02:00 to 03:00, and from 03:00 back to 02:00
SPRING, AUTUMN = "2027-03-28", "2026-10-25"


@dataclass
class Plan:
    """An event in Vienna with one stage."""

    box: Served
    event: str
    staff: Visitor
    browser: Visitor

    def by_api(self, day: str, begins: str, ends: str, **more: Any) -> Answer:
        slot = {"stage": "main-floor", "begins": f"{day}T{begins}", "ends": f"{day}T{ends}", "title": "Night", **more}
        return self.staff.post(f"/api/v1/events/{self.event}/slots", json_body=slot)

    def by_form(self, day: str, begins: str, ends: str, **more: str) -> Answer:
        typed = {"stage": "main-floor", "begins": f"{day}T{begins}", "ends": f"{day}T{ends}", "title": "Night"}
        return self.browser.post(f"/organiser/schedule/{self.event}", form={**typed, "night": day, **more})

    def drop_all(self) -> None:
        for slot in self.slots():
            address = f"/api/v1/events/{self.event}/slots/{slot['id']}?version={slot['version']}"
            assert self.staff.ask("DELETE", address).status == 204

    def slots(self) -> list[Mapping[str, Any]]:
        found: list[Mapping[str, Any]] = self.staff.get(f"/api/v1/events/{self.event}/slots").json["slots"]
        return found


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Plan]:
    with serving(tmp_path_factory.mktemp("turned")) as box:
        staff, browser = box.staff(), box.visitor()
        browser.cookies["pika_staff"] = staff.token or ""
        [event] = staff.get("/api/v1/me/events").json["events"]
        named = {"name": event["name"], "zone": "Europe/Vienna"}
        assert staff.ask("PUT", f"/api/v1/events/{event['event']}", json_body=named).status == 200
        yield Plan(box, event["event"], staff, browser)


@pytest.fixture
def plan(served: Plan) -> Iterator[Plan]:
    yield served
    served.drop_all()


@pytest.mark.parametrize(
    ("begins", "ends", "code", "words"),
    [
        ("02:30", "04:00", "begins_skipped", "02:30"),
        ("01:00", "02:30", "ends_skipped", "02:30"),
        ("02:00", "02:59", "begins_skipped", "02:00"),
    ],
)
def test_a_time_that_the_clock_skips_is_refused_by_every_door_and_stays_typed(
    plan: Plan, begins: str, ends: str, code: str, words: str
) -> None:
    with nothing_stored(plan.box.visitor()):
        assert words in problem(plan.by_api(SPRING, begins, ends), 422, code)["detail"]
        answer = plan.by_form(SPRING, begins, ends)
    assert answer.status == 422
    typed = {field.attributes.get("value") for field in Page(answer).all("input")}
    assert {f"{SPRING}T{begins}", f"{SPRING}T{ends}", "Night"} <= typed


def test_a_slot_over_the_skipped_hour_is_an_hour_shorter_and_stays_so_when_it_is_moved(plan: Plan) -> None:
    made = plan.by_api(SPRING, "01:30", "04:00").json
    address = f"/api/v1/events/{plan.event}/slots/{made['id']}/move"
    moved = plan.staff.post(address, json_body={"version": made["version"], "by_min": 45}).json
    # Three quarters of an hour later it is not 02:15, which is never, and an hour and a half is left as it was.
    assert (moved["begins"], moved["ends"]) == (f"{SPRING}T03:15", f"{SPRING}T04:45")
    back = plan.staff.post(address, json_body={"version": moved["version"], "by_min": -45}).json
    assert (back["begins"], back["ends"]) == (f"{SPRING}T01:30", f"{SPRING}T04:00")


def test_the_hour_that_comes_twice_is_two_hours_and_each_is_planned_by_itself(plan: Plan) -> None:
    first = plan.by_api(AUTUMN, "02:00", "02:30").json
    second = plan.by_form(AUTUMN, "02:00", "02:30", begins_again="yes", ends_again="yes")
    assert second.status == 303, second.text
    found = sorted(plan.slots(), key=lambda slot: slot.get("begins_again", False))
    assert [(slot["begins"], slot.get("begins_again", False)) for slot in found] == [
        (f"{AUTUMN}T02:00", False),
        (f"{AUTUMN}T02:00", True),
    ]
    # They stand in nobody's way, and a third one at either of them does.
    problem(plan.by_api(AUTUMN, "02:10", "02:20"), 409, "slot_overlaps")
    problem(plan.by_api(AUTUMN, "02:10", "02:20", begins_again=True, ends_again=True), 409, "slot_overlaps")
    address = f"/api/v1/events/{plan.event}/slots/{first['id']}/move"
    problem(plan.staff.post(address, json_body={"version": 1, "by_min": 60}), 409, "slot_overlaps")
    page = opened(plan.browser, f"/organiser/schedule/{plan.event}?night=2026-10-24")
    assert page.text.count("02:00–02:30") >= 2


def test_from_the_first_to_the_second_of_the_same_time_is_an_hour(plan: Plan) -> None:
    made = plan.by_api(AUTUMN, "02:30", "02:30", ends_again=True)
    assert made.status == 201, made.text
    problem(plan.by_api(AUTUMN, "02:30", "02:30"), 422, "slot_too_short")
    problem(plan.by_api(AUTUMN, "02:45", "02:30", begins_again=True), 422, "slot_backwards")
