"""What the hall is told, through every door: whom it reaches, what is refused in which words, where it is read."""

import asyncio
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from appliance.domain.audit import STAFF
from appliance.domain.happenings import EventDraft
from appliance.domain.models import Phase, Stamp
from appliance.usecases import events, stages
from appliance.web.site import Site
from tests.support.real_box import RealBox
from tests.support.visitors import Answer, Visitor
from tests.web.answers import nothing_stored, problem, until
from tests.web.conftest import Floor
from tests.web.html import Page, opened
from tests.web.phone import Phone
from tests.web.served import Served, serving

SAID = {"text": "Free water at the bar", "duration_s": 600}
#: bodies that fit no announcement, with the code that says why
UNUSABLE = {
    "no text": ({"duration_s": 60}, "json_wrong_shape"),
    "an empty text": ({"text": "", "duration_s": 60}, "json_wrong_shape"),
    "only spaces": ({"text": " \t\n ", "duration_s": 60}, "text_empty"),
    "only what nobody sees": ({"text": "\u200b\u202e\u2066\u00ad", "duration_s": 60}, "text_empty"),
    "501 characters": ({"text": "x" * 501, "duration_s": 60}, "text_too_long"),
    "29 seconds": ({"text": "x", "duration_s": 29}, "json_wrong_shape"),
    "13 hours": ({"text": "x", "duration_s": 13 * 3600}, "json_wrong_shape"),
    "one and a half seconds": ({"text": "x", "duration_s": 1.5}, "json_wrong_shape"),
    "a word for a duration": ({"text": "x", "duration_s": "x"}, "json_wrong_shape"),
    "true for a duration": ({"text": "x", "duration_s": True}, "json_wrong_shape"),
    "no duration": ({"text": "x"}, "json_wrong_shape"),
    "a level that nobody knows": ({"text": "x", "duration_s": 60, "level": "panic"}, "json_wrong_shape"),
    "a number for a text": ({"text": 7, "duration_s": 60}, "json_wrong_shape"),
    "an id with a space": ({"text": "x", "duration_s": 60, "id": "a b"}, "json_wrong_shape"),
}


def event_of(box: RealBox | Served, stage: str = "main-floor") -> str:
    event: str = box.visitor().get(f"/api/v1/stages/{stage}/now").json["stage"]["event"]
    return event


def tell(floor: Floor, **said: Any) -> Answer:
    return floor.dj.post(f"/api/v1/sessions/{floor.session}/announcements", json_body={**SAID, **said})


def tell_event(box: RealBox | Served, event: str, **said: Any) -> Answer:
    return box.staff().post(f"/api/v1/events/{event}/announcements", json_body={**SAID, **said})


def inbox_of(floor: Floor) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (
        floor.box.visitor().get(f"/api/v1/stages/{floor.stage}/announcements").json["announcements"]
    )
    return found


def notices(data: Any) -> list[str]:
    return [one["text"] for one in data.get("notices", [])]


def test_a_dj_tells_the_own_stage_and_late_joiners_see_what_still_counts(floor: Floor, new_floor: Any) -> None:
    other = new_floor()
    with Phone(floor.box.port, floor.stage) as phone, Phone(floor.box.port, other.stage) as stranger:
        made = tell(floor, text="My record is at the bar", level="important")
        assert made.status == 201
        # A stream begins with what counts already: nothing.
        assert notices(phone.next("notices").data) == []
        [notice] = phone.next("notices").data["notices"]
        assert (notice["text"], notice["level"], notice["by"], notice["dj"]) == (
            "My record is at the bar", "important", floor.dj_name, True,
        )  # fmt: skip
        assert 590_000 < notice["left_ms"] <= 600_000
        other.play("Marker")
        before = stranger.until_title("Marker")
        assert [notices(event.data) for event in before if event.name == "notices"] == [[]]
    with Phone(floor.box.port, floor.stage) as late:
        assert notices(late.next("notices").data) == ["My record is at the bar"]
    lanes = floor.now()["lanes"]
    assert (notices(lanes["notices"]), notices(lanes["event_notices"])) == (["My record is at the bar"], [])


def test_a_cancelled_one_is_gone_everywhere_and_breaks_nothing(floor: Floor) -> None:
    """Weakness f2 #11: a cancelled announcement left a null, and clients threw the whole list of sessions away."""
    said = tell(floor).json["id"]
    with Phone(floor.box.port, floor.stage) as phone:
        assert notices(phone.next("notices").data) == [SAID["text"]]
        gone = floor.dj.ask("DELETE", f"/api/v1/announcements/{said}")
        assert (gone.status, gone.json["ended"]) == (200, "cancelled")
        assert phone.next("notices").data == {"v": 1, "stage": floor.stage}
    assert inbox_of(floor) == []
    assert b"null" not in floor.box.visitor().get("/api/v1/stages").body
    assert b"null" not in floor.box.visitor().get(f"/api/v1/stages/{floor.stage}/now").body
    again = floor.dj.ask("DELETE", f"/api/v1/announcements/{said}")
    assert again.json == gone.json


@pytest.mark.parametrize(("body", "code"), UNUSABLE.values(), ids=UNUSABLE)
def test_what_can_t_be_used_is_refused_and_stored_nowhere(
    box: RealBox, shared_floor: Floor, body: dict[str, Any], code: str
) -> None:
    event = event_of(box, shared_floor.stage)
    with nothing_stored(box.visitor()):
        for who, whose in ((shared_floor.dj, f"sessions/{shared_floor.session}"), (box.staff(), f"events/{event}")):
            problem(who.post(f"/api/v1/{whose}/announcements", json_body=body), 422, code)


def test_no_two_doors_disagree_on_how_long_and_how_much_may_be_said(floor: Floor) -> None:
    """Weakness f2 #10: the DJ's program, the text box and the server each had limits of their own."""
    longest = "é" * 500
    for duration in (30, 12 * 3600):
        made = tell(floor, text=longest, duration_s=duration)
        assert (made.status, made.json["text"], made.json["duration_s"]) == (201, longest, duration)
    document = floor.box.visitor().get("/api/v1/openapi.json").json["components"]["schemas"]
    for name in ("AnnounceIn", "AnnounceToEventIn"):
        duration_s = document[name]["properties"]["duration_s"]
        assert (duration_s["minimum"], duration_s["maximum"]) == (30, 12 * 3600)
        assert "500" in str(document[name]["properties"]["text"])


def test_control_and_direction_characters_are_taken_out_and_markup_is_text(floor: Floor) -> None:
    hostile = "<b>Fire\u202e\u0000</b>\n<script>alert(1)</script>"
    assert tell(floor, text=hostile).json["text"] == "<b>Fire</b> <script>alert(1)</script>"
    page = opened(floor.box.visitor(), f"/s/{floor.stage}")
    assert page.says("notice-text") == "<b>Fire</b> <script>alert(1)</script>"


def test_nobody_speaks_for_another_s_session_stage_or_event(box: RealBox, floor: Floor, new_floor: Any) -> None:
    """Weaknesses f1 #1 and h3: anybody's push reached everybody, everywhere."""
    other = new_floor()
    event = event_of(box, floor.stage)
    said = tell(floor).json["id"]
    ours = tell_event(box, event).json["id"]
    stranger, guest, hers = box.visitor(), box.guest(), f"/api/v1/sessions/{floor.session}"
    with nothing_stored(box.visitor()):
        problem(other.dj.post(f"{hers}/announcements", json_body=SAID), 403, "session_not_yours")
        problem(other.dj.get(f"{hers}/announcements"), 403, "session_not_yours")
        problem(other.dj.get(f"{hers}/reach"), 403, "session_not_yours")
        problem(other.dj.ask("DELETE", f"/api/v1/announcements/{said}"), 403, "announcement_not_yours")
        problem(floor.dj.ask("DELETE", f"/api/v1/announcements/{ours}"), 403, "announcement_not_yours")
        problem(floor.dj.ask("DELETE", "/api/v1/announcements/none"), 404, "announcement_unknown")
        problem(box.staff().ask("DELETE", f"/api/v1/events/none/announcements/{ours}"), 404, "event_unknown")
        problem(box.staff().get("/api/v1/events/none/reach"), 404, "event_unknown")
        problem(box.staff().get("/api/v1/events/none/announcements"), 404, "event_unknown")
        problem(tell_event(box, event, stage="none"), 404, "stage_unknown")
        for nobody in (stranger, guest, floor.dj):
            for method, path in (("POST", ""), ("GET", ""), ("DELETE", f"/{ours}")):
                answer = nobody.ask(method, f"/api/v1/events/{event}/announcements{path}", json_body=SAID)
                assert answer.status in {401, 403}, answer.text
        for nobody in (stranger, guest):
            problem(nobody.post(f"{hers}/announcements", json_body=SAID), 401, "token_missing")
    box.staff().ask("DELETE", f"/api/v1/events/{event}/announcements/{ours}")


def test_an_ended_session_says_nothing_more_and_what_it_said_is_over(floor: Floor) -> None:
    said = tell(floor).json["id"]
    floor.act("end")
    problem(tell(floor), 409, "session_over")
    [kept] = floor.dj.get(f"/api/v1/sessions/{floor.session}/announcements").json["announcements"]
    assert (kept["id"], kept["ended"], kept["left_ms"]) == (said, "set_over", 0)
    # Who was there may still read it.
    assert [(one["text"], one["left_ms"]) for one in inbox_of(floor)] == [(SAID["text"], 0)]


def test_the_same_id_again_is_one_announcement(floor: Floor) -> None:
    first, again = tell(floor, id="tap-1"), tell(floor, id="tap-1", text="Something else")
    assert (first.status, again.status) == (201, 200)
    assert (again.json["id"], again.json["text"]) == ("tap-1", SAID["text"])
    assert len(inbox_of(floor)) == 1


def test_a_dj_who_floods_is_told_how_long_to_wait(floor: Floor) -> None:
    assert [tell(floor).status for _ in range(3)] == [201] * 3
    with nothing_stored(floor.box.visitor()):
        answer = tell(floor)
    told = problem(answer, 429, "announcing_too_often")
    assert 0 < int(answer.headers["retry-after"]) <= 120
    assert told["facts"]["wait_s"] == int(answer.headers["retry-after"])


def test_before_it_is_sent_it_is_known_whom_it_would_reach(box: RealBox, floor: Floor) -> None:
    def reach() -> Any:
        return floor.dj.get(f"/api/v1/sessions/{floor.session}/reach").json

    name = f"Floor {floor.dj_name.removeprefix('DJ ')}"
    assert reach() == {"phones": 0, "stages": [{"id": floor.stage, "name": name, "phones": 0}]}
    with Phone(box.port, floor.stage), Phone(box.port, floor.stage):
        assert until(lambda: reach()["phones"] == 2)
        event = box.staff().get(f"/api/v1/events/{event_of(box, floor.stage)}/reach").json
        assert event["phones"] >= 2
        assert {"id": floor.stage, "name": name, "phones": 2} in event["stages"]


def test_how_many_phones_got_it_counts_each_once_by_whatever_way(box: RealBox, floor: Floor) -> None:
    def phones_of(said: str) -> int:
        found = floor.dj.get(f"/api/v1/sessions/{floor.session}/announcements").json["announcements"]
        return int(next(one["phones"] for one in found if one["id"] == said))

    first, second, third = (box.guest() for _ in range(3))
    with Phone(box.port, floor.stage, cookie=first.cookies["pika_guest"]):
        said = tell(floor).json["id"]
        assert until(lambda: phones_of(said) == 1)
        for _ in range(3):
            second.get(f"/api/v1/stages/{floor.stage}/now")
        third.get(f"/s/{floor.stage}/inbox", headers={"Accept": "text/html"})
        # Nobody that the box knows: not counted. Nor is a DJ's own console.
        box.visitor().get(f"/s/{floor.stage}")
        with Phone(box.port, floor.stage, query="as=dj", cookie=box.guest().cookies["pika_guest"]):
            assert phones_of(said) == 3
    floor.act("end")
    box.guest().get(f"/api/v1/stages/{floor.stage}/now")
    assert until(lambda: phones_of(said) == 3)


def test_whoever_is_there_when_it_is_said_has_got_it(tmp_path: Path) -> None:
    with serving(tmp_path) as box:
        event, guest = event_of(box), box.visitor()
        guest.post("/api/v1/guests")
        with Phone(box.port, "main-floor", cookie=guest.cookies["pika_guest"]) as phone:
            assert notices(phone.next("event_notices").data) == []
            tell_event(box, event)
            assert notices(phone.next("event_notices").data) == [SAID["text"]]
            [said] = box.staff().get(f"/api/v1/events/{event}/announcements").json["announcements"]
            assert said["phones"] == 1


def test_it_goes_on_after_a_restart_with_what_is_left_and_with_the_phones_that_had_it(tmp_path: Path) -> None:
    with serving(tmp_path) as box:
        event, guest = event_of(box), box.visitor()
        guest.post("/api/v1/guests")
        said = tell_event(box, event, text="Still so").json["id"]
        tell_event(box, event, text="Over by then", duration_s=30)
        assert guest.get("/api/v1/stages/main-floor/now").status == 200
        staff_pass = box.staff().token
        later = replace(box.site.ports.clock.now(), boot_ms=box.site.ports.clock.now().boot_ms + 31_000)
    (tmp_path / "run").rename(tmp_path / "run-before")

    def in_half_a_minute(site: Site) -> Site:
        return replace(site, ports=replace(site.ports, clock=_StandsStill(later)))

    with serving(tmp_path, change=in_half_a_minute) as box:
        kept = box.visitor().get("/api/v1/stages/main-floor/now").json["lanes"]["event_notices"]
        assert "Still so" in notices(kept)
        listed = box.visitor(staff_pass).get(f"/api/v1/events/{event}/announcements").json["announcements"]
        [still] = [one for one in listed if one["id"] == said]
        assert (still["phones"], still["left_ms"] <= 569_000) == (1, True)


@dataclass(frozen=True)
class _StandsStill:
    """A clock for what pages say of times."""

    moment: Stamp

    def now(self) -> Stamp:
        return self.moment


def test_no_guest_who_got_it_is_in_any_file_of_the_box(box: RealBox, floor: Floor) -> None:
    guest = box.guest()
    with Phone(box.port, floor.stage, cookie=guest.cookies["pika_guest"]):
        tell(floor)
        time.sleep(0.7)
    floor.act("end")
    phone = guest.cookies["pika_guest"].partition(".")[0].encode()
    for path in box.data.rglob("*"):
        if path.is_file():
            assert phone not in path.read_bytes(), path


def test_the_inbox_works_without_a_script_and_knows_what_this_phone_has_read(floor: Floor) -> None:
    """Weakness f1 #19: no inbox of missed notices."""
    tell(floor, text="The first")
    phone = floor.box.guest()
    front = opened(phone, f"/s/{floor.stage}")
    assert (front.says("notice-text"), front.says("notice-count")) == ("The first", "1")
    assert front.one("section", class_="notices").attributes["data-unread"] != ""
    page = opened(phone, f"/s/{floor.stage}/inbox")
    assert "The first" in page.text
    assert unread_in(page) == 1
    # A page that renews itself goes on showing what was new when it came.
    assert unread_in(opened(phone, page.one("main").attributes["data-renews"])) == 1
    tell(floor, text="The second")
    again = opened(phone, f"/s/{floor.stage}/inbox")
    assert unread_in(again) == 1
    assert again.text.index("The second") < again.text.index("The first")
    assert unread_in(opened(phone, f"/s/{floor.stage}/inbox")) == 0
    assert unread_in(opened(floor.box.guest(), f"/s/{floor.stage}/inbox")) == 2


def unread_in(page: Page) -> int:
    return len(list(page.all("span", class_="say-count")))


@pytest.mark.parametrize("cookie", ["", ".", "x", "-1", "1.x.3", "9" * 500, "1e9", ".".join(["777"] * 900)])
def test_whatever_a_phone_says_it_has_read_the_pages_stand(floor: Floor, cookie: str) -> None:
    tell(floor)
    phone = Visitor(port=floor.box.port, cookies={"pika_read": cookie})
    assert unread_in(opened(phone, f"/s/{floor.stage}/inbox")) == 1
    assert opened(Visitor(port=floor.box.port, cookies={"pika_read": cookie}), f"/s/{floor.stage}")
    assert opened(floor.box.visitor(), f"/s/{floor.stage}/inbox?new={cookie}")


@pytest.mark.parametrize(("language", "word"), [("de", "Durchsagen"), ("hu", "Közlemények"), ("fr", "Annonces")])
def test_the_inbox_speaks_the_phone_s_language(shared_floor: Floor, language: str, word: str) -> None:
    visitor, path = shared_floor.box.visitor(), f"/s/{shared_floor.stage}/inbox"
    answer = visitor.get(path, headers={"Accept": "text/html", "Accept-Language": language})
    assert f'<html lang="{language}"' in answer.text
    assert f"<h1>{word}</h1>" in answer.text


def test_an_unknown_stage_has_no_inbox(box: RealBox) -> None:
    problem(box.visitor().get("/s/nowhere/inbox"), 404, "stage_unknown")
    problem(box.visitor().get("/api/v1/stages/nowhere/announcements"), 404, "stage_unknown")


@pytest.fixture
def two_events(tmp_path: Path) -> Iterator[tuple[Served, str, str]]:
    """A box with two events; the second has a stage called `next-door`."""
    with serving(tmp_path) as box:

        async def opened_next_door() -> str:
            event = await events.add_event(box.site.ports, draft=EventDraft(name="Next door"), by=STAFF)
            await stages.add_stage(box.site.ports, name="Next Door", event_id=event.id)
            await events.set_phase(box.site.ports, event_id=event.id, phase=Phase.PUBLISHED, by=STAFF)
            return event.id

        other = asyncio.run_coroutine_threadsafe(opened_next_door(), box.loop).result(10)
        yield box, event_of(box), other


def test_a_phone_that_comes_late_has_what_still_counts_and_missed_nothing_before(
    two_events: tuple[Served, str, str],
) -> None:
    box, event, _ = two_events
    dj, stage, inbox = box.dj(), "/s/main-floor", "/s/main-floor/inbox"
    session = dj.post("/api/v1/stages/main-floor/sessions").json["session"]["id"]
    for number in range(2):
        said = {**SAID, "text": f"Over {number}"}
        assert dj.post(f"/api/v1/sessions/{session}/announcements", json_body=said).status == 201
    assert dj.post(f"/api/v1/sessions/{session}/end").status == 200
    tell_event(box, event, text="Still so")
    phone = box.visitor()
    front = opened(phone, stage)
    assert (front.says("notice-text"), front.says("notice-count")) == ("Still so", "1")
    tell_event(box, event, text="Since then")
    assert opened(phone, stage).says("notice-count") == "2"
    assert unread_in(opened(phone, inbox)) == 2
    assert opened(phone, stage).one("section", class_="notices").attributes["data-unread"] == ""
    # And one that opens the list first of all: it is all there, and what is new is what still counts.
    page = opened(box.visitor(), inbox)
    assert unread_in(page) == 2
    assert "Over 1" in page.text


def test_nothing_that_is_said_to_one_event_reaches_a_stage_of_another(two_events: tuple[Served, str, str]) -> None:
    box, mine, other = two_events
    with Phone(box.port, "main-floor") as here, Phone(box.port, "next-door") as there:
        assert tell_event(box, other, text="Only next door").status == 201
        assert tell_event(box, mine, text="Only here").status == 201
        found = {phone: heard(phone) for phone in (here, there)}
    assert (found[here], found[there]) == ({"Only here"}, {"Only next door"})
    for stage, text in (("main-floor", "Only here"), ("next-door", "Only next door")):
        lanes = box.visitor().get(f"/api/v1/stages/{stage}/now").json["lanes"]
        assert notices(lanes["event_notices"]) == [text]
        listed = box.visitor().get(f"/api/v1/stages/{stage}/announcements").json["announcements"]
        assert [one["text"] for one in listed] == [text]
    problem(tell_event(box, mine, stage="next-door"), 404, "stage_unknown")
    ours = box.staff().get(f"/api/v1/events/{mine}/announcements").json["announcements"][0]["id"]
    problem(box.staff().ask("DELETE", f"/api/v1/events/{other}/announcements/{ours}"), 404, "announcement_unknown")


def heard(phone: Phone) -> set[str]:
    """What a phone is told within a moment, and nothing more after it."""
    phone.sock.settimeout(1.5)
    texts: set[str] = set()
    try:
        while (event := phone.next_or_end()) is not None:
            if event.name in {"notices", "event_notices"}:
                texts |= set(notices(event.data))
    except TimeoutError:
        pass
    return texts
