"""The pages of plans by request and answer: what they show without a script, and what they do with bad input."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from tests.support.real_box import RealBox
from tests.support.visitors import Answer, Visitor
from tests.web.answers import assert_safe
from tests.web.conftest import Floor

HTML = {"Accept": "text/html"}
NIGHTS = iter(range(1000))


class Organiser:
    """Somebody who may plan, with a floor and a day of their own."""

    def __init__(self, floor: Floor) -> None:
        self.floor = floor
        self.event = floor.now()["lanes"]["plan"]["event"]
        self.day = str(date(2028, 3, 1) + timedelta(days=next(NIGHTS)))
        self.page = f"/organiser/schedule/{self.event}"
        self.browser = floor.box.visitor()
        self.browser.cookies["pika_staff"] = floor.box.staff().token or ""

    def form(self, **fields: str) -> dict[str, str]:
        times = {"begins": f"{self.day}T20:00", "ends": f"{self.day}T21:00", "night": self.day}
        return {"stage": self.floor.stage, "title": "Show", **times, **fields}

    def add(self, **fields: str) -> Answer:
        return self.browser.post(self.page, form=self.form(**fields))

    def added(self, **fields: str) -> dict[str, Any]:
        """A slot, as its organisers see it."""
        assert self.add(**fields).status == 303
        found = self.browser.get(f"/api/v1/events/{self.event}/slots").json["slots"]
        return next(dict(slot) for slot in found if slot["stage"] == self.floor.stage)


@pytest.fixture
def organiser(new_floor: Callable[[], Floor]) -> Organiser:
    return Organiser(new_floor())


def test_the_board_shows_a_night_and_leads_back_to_it(organiser: Organiser) -> None:
    answer = organiser.add()
    assert answer.headers["location"] == f"{organiser.page}?night={organiser.day}"
    page = organiser.browser.get(f"{organiser.page}?night={organiser.day}", headers=HTML)
    assert "20:00–21:00" in page.text
    assert_safe(page)
    other = organiser.browser.get(f"{organiser.page}?night=2031-01-01", headers=HTML)
    assert "20:00–21:00" not in other.text
    assert organiser.browser.get("/organiser/schedule", headers=HTML).status in {200, 303}


@pytest.mark.parametrize(
    ("fields", "status", "words"),
    [
        ({"begins": ""}, 422, "begins can&#39;t be used"),
        ({"begins": "20:00"}, 422, "begins can&#39;t be used"),
        ({"ends": "{day}T20:00"}, 422, "five minutes at least"),
        ({"ends": "{day}T19:00"}, 422, "ends before it begins"),
        ({"title": ""}, 422, "needs a DJ or a title"),
        ({"title": "x" * 101}, 422, "100 is the most"),
        ({"stage": ""}, 404, "no such stage"),
        ({"stage": "../../etc"}, 404, "no such stage"),
        ({"dj": "nobody"}, 404, "no such DJ"),
    ],
)
def test_a_form_keeps_what_was_typed(organiser: Organiser, fields: dict[str, str], status: int, words: str) -> None:
    typed = {name: value.replace("{day}", organiser.day) for name, value in fields.items()}
    answer = organiser.add(**{"title": "Kept <b>words</b>", **typed})
    assert answer.status == status
    assert words in answer.text
    if "title" not in fields:
        assert "Kept &lt;b&gt;words&lt;/b&gt;" in answer.text
    # The board still shows the night that was planned.
    assert f'data-night="{organiser.day}"' in answer.text
    assert_safe(answer)


@pytest.mark.parametrize("night", ["tomorrow", "2028-13-01", "2028-W10-1", "20280301", "9" * 500])
def test_a_night_that_is_none_is_refused(organiser: Organiser, night: str, box: RealBox) -> None:
    for path in (organiser.page, f"/schedule/{organiser.event}", f"/s/{organiser.floor.stage}/schedule"):
        assert organiser.browser.get(f"{path}?night={night}", headers=HTML).status == 422


def test_who_was_too_late_sees_the_slot_as_it_is_and_what_they_typed(organiser: Organiser) -> None:
    slot = organiser.added()
    path = f"{organiser.page}/slots/{slot['id']}"
    first = organiser.browser.post(path, form=organiser.form(version="1", title="First"))
    assert first.status == 303
    second = organiser.browser.post(path, form=organiser.form(version="1", title="Second"))
    assert second.status == 409
    assert "Somebody else changed this slot meanwhile." in second.text
    assert 'value="Second"' in second.text
    assert 'name="version" value="2"' in second.text
    for version in ("", "x", "-1"):
        assert organiser.browser.post(path, form=organiser.form(version=version)).status == 422
        assert organiser.browser.post(f"{path}/drop", form={"version": version}).status == 422
    assert organiser.browser.post(f"{path}/drop", form={"version": "1"}).status == 409
    assert organiser.browser.post(f"{path}/drop", form={"version": "2"}).status == 303
    assert organiser.browser.get(path, headers=HTML).status == 404


def is_kept_out(answer: Answer) -> bool:
    """Whether whoever asked is refused, or led to where one logs in."""
    return answer.status in {401, 403} or answer.headers.get("location", "").startswith("/login?")


def test_nobody_but_organisers_has_the_board(organiser: Organiser, guest: Visitor) -> None:
    slot = organiser.added()
    dj = organiser.floor.box.visitor()
    dj.post("/dj/login", form={"token": organiser.floor.dj.token or ""})
    for who in (organiser.floor.box.visitor(), guest, dj):
        for path in ("/organiser/schedule", organiser.page, f"{organiser.page}/slots/{slot['id']}"):
            assert is_kept_out(who.get(path, headers=HTML))
        assert is_kept_out(who.post(organiser.page, form=organiser.form()))
        assert is_kept_out(who.post(f"{organiser.page}/slots/{slot['id']}/drop", form={"version": "1"}))
    assert organiser.browser.get(f"{organiser.page}/slots/{slot['id']}", headers=HTML).status == 200
    assert organiser.browser.get("/organiser/schedule/nowhere", headers=HTML).status == 404


def test_a_guest_stars_by_form_and_nonsense_is_refused(organiser: Organiser, guest: Visitor) -> None:
    slot = organiser.added()
    path = f"/schedule/{organiser.event}/slots/{slot['id']}/star"
    there = f"/s/{organiser.floor.stage}/schedule?night={organiser.day}"
    starred = guest.post(path, form={"starred": "yes", "night": organiser.day, "stage": organiser.floor.stage})
    assert (starred.status, starred.headers["location"]) == (303, f"{there}#{slot['id']}")
    assert 'class="heart" aria-pressed="true"' in guest.get(there, headers=HTML).text
    # A stage that is none leads to the event's page, and nowhere else.
    led = guest.post(path, form={"starred": "no", "stage": "//evil.example"})
    assert led.headers["location"] == f"/schedule/{organiser.event}"
    assert 'class="heart" aria-pressed="true"' not in guest.get(there, headers=HTML).text
    assert guest.post(path, form={"starred": "perhaps"}).status == 422
    assert guest.post(path, form={"starred": "yes", "night": "never"}).status == 422
    nothing = f"/schedule/{organiser.event}/slots/nothing/star"
    assert guest.post(nothing, form={"starred": "yes"}).status == 404
    assert organiser.floor.box.visitor().post(path, form={"starred": "yes"}).status == 401


def test_a_plan_in_words_of_many_scripts_is_only_text(organiser: Organiser, guest: Visitor) -> None:
    organiser.added(title="<script>alert(1)</script> שלום")
    page = guest.get(f"/s/{organiser.floor.stage}/schedule?night={organiser.day}", headers=HTML)
    assert "&lt;script&gt;alert(1)&lt;/script&gt; שלום" in page.text
    assert_safe(page)


def test_bookings_are_answered_by_form(organiser: Organiser) -> None:
    box, name = organiser.floor.box, organiser.floor.dj_name
    known = box.staff().get("/api/v1/djs").json["djs"]
    slot = organiser.added(dj=next(dj["id"] for dj in known if dj["name"] == name), title="")
    dj = box.visitor()
    dj.post("/dj/login", form={"token": organiser.floor.dj.token or ""})
    path = f"/dj/bookings/{slot['id']}"
    assert "Please answer" in dj.get("/dj/bookings", headers=HTML).text
    long = dj.post(path, form={"answer": "yes", "version": "1", "word": "y" * 201})
    assert long.status == 422
    assert "y" * 201 in long.text
    for fields in ({"answer": "maybe", "version": "1"}, {"version": "1"}, {"answer": "yes"}, {}):
        assert dj.post(path, form=fields).status == 422
    assert dj.post("/dj/bookings/nothing", form={"answer": "yes", "version": "1"}).status == 404
    assert dj.post(path, form={"answer": "yes", "version": "1", "word": "Gladly"}).status == 303
    assert "You said yes" in dj.get("/dj/bookings", headers=HTML).text
    assert box.visitor().get("/dj/bookings", headers=HTML).status == 401


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ({"songs": "2"}, 303),
        ({"minutes": "10"}, 303),
        ({"songs": "-1"}, 422),
        ({"songs": "99"}, 422),
        ({"songs": "two"}, 422),
        ({"minutes": "0"}, 422),
        ({"minutes": "100000"}, 422),
        ({"ends_at": "late"}, 422),
        ({}, 422),
        ({"songs": "1", "minutes": "1"}, 422),
    ],
)
def test_the_end_of_a_set_is_said_by_form(organiser: Organiser, said: dict[str, str], status: int) -> None:
    dj = organiser.floor.box.visitor()
    dj.post("/dj/login", form={"token": organiser.floor.dj.token or ""})
    assert dj.post("/dj/closing", form={"session": organiser.floor.session, **said}).status == status
    assert dj.post("/dj/closing/unsay", form={"session": organiser.floor.session}).status == 303
    assert dj.post("/dj/closing", form={"session": "another", **said}).status in {404, 422}
