"""Telling the hall something by forms, without a script: the DJ's console and the organisers' announcement centre."""

import asyncio
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.domain.announcements import DURATION_MAX_S, DURATION_MIN_S, TEXT_MAX
from appliance.domain.audit import STAFF
from tests.support.real_box import RealBox
from tests.support.visitors import Visitor
from tests.web.answers import nothing_stored
from tests.web.conftest import Floor
from tests.web.html import Page, opened
from tests.web.phone import Phone
from tests.web.served import Served, serving
from tests.web.test_announcements import event_of

CENTRE = "/organiser/told"
TYPED = {"text": "The last bus goes at two", "level": "important", "duration_s": "3600", "stage": ""}


@pytest.fixture
def desk(floor: Floor) -> Visitor:
    """The DJ's browser at the console."""
    browser = floor.box.visitor()
    assert browser.post("/dj/login", form={"token": floor.dj.token or ""}).status == 303
    return browser


def rows(page: Page) -> list[str]:
    return [" ".join(row.text.split()) for row in page.all("li") if "said" in row.attributes.get("class", "").split()]


def alert(page: Page) -> str:
    [found] = [element.text for element in page.all("div", role="alert") if "hidden" not in element.attributes]
    return found


def test_a_dj_tells_the_stage_and_takes_it_back(floor: Floor, desk: Visitor) -> None:
    with Phone(floor.box.port, floor.stage):
        page = opened(desk, "/dj")
        assert "Reaches 1 phone now" in " ".join(page.text.split())
        assert page.form("/dj/announce").send(desk, text="Hello", level="info", duration_s="900").status == 303
    page = opened(desk, "/dj")
    [row] = rows(page)
    assert row.startswith("Hello Info")
    assert re.search(r"· 1[45] min left", row)
    assert page.form("/dj/announcement/cancel").send(desk).status == 303
    assert "taken back" in rows(opened(desk, "/dj"))[0]
    assert opened(desk, "/dj").forms("/dj/announcement/cancel") == []


def test_the_same_form_sent_twice_is_one_announcement(floor: Floor, desk: Visitor) -> None:
    form = opened(desk, "/dj").form("/dj/announce")
    for _ in range(2):
        assert form.send(desk, text="Hello", level="info", duration_s="900").status == 303
    assert len(rows(opened(desk, "/dj"))) == 1


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"text": " \u200b "}, "no character that can be seen"),
        ({"text": "x" * 501}, "501 characters"),
        ({"duration_s": "29"}, "can't last 29 seconds"),
        ({"duration_s": "46800"}, "can't last 46800 seconds"),
        ({"duration_s": "1.5"}, "no whole number"),
        ({"duration_s": "x"}, "no whole number"),
        ({"duration_s": "٣٠"}, "no whole number"),
        ({"level": "panic"}, "no such level"),
        ({"level": ""}, "no such level"),
    ],
)
def test_what_can_t_be_used_is_said_in_words_and_the_forms_keep_what_was_typed(
    floor: Floor, desk: Visitor, typed: dict[str, str], words: str
) -> None:
    fields = {"session": floor.session, "id": "one", **TYPED, **typed}
    event = event_of(floor.box, floor.stage)
    with nothing_stored(floor.box.visitor()):
        at_desk = desk.post("/dj/announce", form=fields)
        at_centre = by_browser(floor.box).post(CENTRE, form={**fields, "event": event, "step": "send"})
        checked = by_browser(floor.box).post(CENTRE, form={**fields, "event": event, "step": "check"})
    for answer in (at_desk, at_centre, checked):
        assert answer.status == 422
        page = Page(answer)
        assert words in alert(page)
        [text] = page.all("textarea", name="text")
        assert text.text == fields["text"].strip()


@pytest.mark.parametrize("duration_s", [DURATION_MIN_S, DURATION_MAX_S])
def test_no_door_refuses_what_another_one_takes(floor: Floor, desk: Visitor, duration_s: int) -> None:
    event, staff, browser = event_of(floor.box, floor.stage), floor.box.staff(), by_browser(floor.box)
    said = {"text": "x" * TEXT_MAX, "level": "urgent"}
    fields = {**said, "duration_s": str(duration_s), "stage": floor.stage, "session": floor.session}
    answers = (
        floor.dj.post(f"/api/v1/sessions/{floor.session}/announcements", json_body={**said, "duration_s": duration_s}),
        desk.post("/dj/announce", form={**fields, "id": f"desk-{duration_s}"}),
        staff.post(
            f"/api/v1/events/{event}/announcements",
            json_body={**said, "duration_s": duration_s, "stage": floor.stage},
        ),
        browser.post(CENTRE, form={**fields, "event": event, "step": "send", "id": f"centre-{duration_s}"}),
    )
    assert [answer.status for answer in answers] == [201, 303, 201, 303], [answer.text[:200] for answer in answers]
    kept = floor.now()["lanes"]["notices"]["notices"]
    assert [(one["text"], one["left_ms"] > (duration_s - 20) * 1000) for one in kept] == [(said["text"], True)] * 4
    for one in kept:
        assert staff.ask("DELETE", f"/api/v1/events/{event}/announcements/{one['id']}").status == 200


def by_browser(box: RealBox | Served) -> Visitor:
    """Staff with their pass in a cookie."""
    return Visitor(port=box.port, cookies={"pika_staff": box.staff().token or ""})


def test_another_dj_s_announcement_is_not_taken_back_by_form(floor: Floor, desk: Visitor) -> None:
    event = event_of(floor.box, floor.stage)
    said = (
        floor.box.staff()
        .post(f"/api/v1/events/{event}/announcements", json_body={"text": "Ours", "duration_s": 60})
        .json["id"]
    )
    answer = desk.post("/dj/announcement/cancel", form={"session": floor.session, "announcement": said})
    assert (answer.status, "somebody else" in alert(Page(answer))) == (403, True)
    assert floor.box.staff().ask("DELETE", f"/api/v1/events/{event}/announcements/{said}").json["ended"] == "cancelled"


@pytest.fixture
def quiet_box(tmp_path: Path) -> Iterator[Served]:
    with serving(tmp_path) as box:
        yield box


def test_an_organiser_checks_whom_it_reaches_sends_it_and_takes_it_back(quiet_box: Served) -> None:
    browser, event = by_browser(quiet_box), event_of(quiet_box)
    with Phone(quiet_box.port, "main-floor"), Phone(quiet_box.port, "main-floor"):
        answer = browser.post(CENTRE, form={**TYPED, "event": event, "step": "check"})
        page = Page(answer)
        assert answer.status == 200
        assert "Reaches 2 phones now on Main Floor" in " ".join(page.text.split())
        assert rows(page) == []
        send = page.form(CENTRE, step="send")
        assert {name: send.fields[name] for name in TYPED} == TYPED
        assert send.send(browser).status == 303
    [row] = rows(opened(browser, CENTRE))
    assert row.startswith("The last bus goes at two Important Tonight · Every stage")
    page = opened(browser, f"{CENTRE}?event={event}")
    assert page.form(f"{CENTRE}/cancel").send(browser).status == 303
    assert "taken back" in rows(opened(browser, CENTRE))[0]


def test_only_a_stage_of_the_event_can_be_chosen(quiet_box: Served) -> None:
    browser, event = by_browser(quiet_box), event_of(quiet_box)
    for step in ("check", "send"):
        answer = browser.post(CENTRE, form={**TYPED, "event": event, "step": step, "stage": "nowhere"})
        assert (answer.status, "no such stage" in alert(Page(answer))) == (404, True)
    answer = browser.post(CENTRE, form={**TYPED, "event": event, "step": "send", "stage": "main-floor"})
    assert answer.status == 303
    assert "· Main Floor ·" in rows(opened(browser, CENTRE))[0]


def test_the_centre_is_for_organisers_and_each_speaks_for_own_events_only(quiet_box: Served) -> None:
    event = event_of(quiet_box)
    organiser, dj = quiet_box.organiser(), quiet_box.dj()
    form = {**TYPED, "event": event, "step": "send"}
    asked = {"Accept": "text/html"}
    with nothing_stored(quiet_box.visitor()):
        for who, status in ((quiet_box.visitor(), 401), (dj, 401), (organiser, 403)):
            assert who.post(CENTRE, form=form).status == status
            assert who.post(f"{CENTRE}/cancel", form={"event": event, "announcement": "x"}).status == status
        assert quiet_box.visitor().get(CENTRE, headers=asked).headers["location"].startswith("/login?next=")
        # An organiser without an event is told so, and shown nobody else's.
        answer = organiser.get(f"{CENTRE}?event={event}", headers=asked)
        assert (answer.status, "Tonight" in answer.text) == (404, False)


def test_an_unknown_announcement_or_event_is_said_in_words(quiet_box: Served) -> None:
    browser, event = by_browser(quiet_box), event_of(quiet_box)
    answer = browser.post(f"{CENTRE}/cancel", form={"event": event, "announcement": "none"})
    assert (answer.status, "no such announcement" in alert(Page(answer))) == (404, True)
    assert browser.post(CENTRE, form={**TYPED, "event": "none", "step": "send"}).status == 404
    assert browser.get(f"{CENTRE}?event=none", headers={"Accept": "text/html"}).status == 404


def test_what_organisers_say_and_take_back_is_in_the_trail(quiet_box: Served) -> None:
    browser, event = by_browser(quiet_box), event_of(quiet_box)
    browser.post(CENTRE, form={**TYPED, "event": event, "step": "send"})
    opened(browser, CENTRE).form(f"{CENTRE}/cancel").send(browser)
    reading = quiet_box.site.ports.reader.audit(limit=9)
    trail = asyncio.run_coroutine_threadsafe(reading, quiet_box.loop).result(10)
    acts = [(one.deed.act, one.deed.name, one.by) for one in trail if one.deed.act.startswith("announcement.")]
    assert acts == [
        ("announcement.cancelled", TYPED["text"], STAFF),
        ("announcement.made", TYPED["text"], STAFF),
    ]
