"""Where a dancer is and can go: the list of stages, breaks and ends, drafts that nobody sees, guests of two events."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from appliance.web import attending
from tests.support.guests import guest_in
from tests.support.visitors import Visitor
from tests.web.answers import problem
from tests.web.html import Page, opened
from tests.web.phone import Phone
from tests.web.served import Served, serving

HTML = {"Accept": "text/html"}


@pytest.fixture
def box(tmp_path: Path) -> Iterator[Served]:
    with serving(tmp_path, options={"cloud": {"url": "https://cloud.example.org"}}) as served:
        yield served


def event_of(box: Served, stage: str = "main-floor") -> str:
    event = box.site.board.event_of(stage)
    assert event is not None
    return event.event.id


def next_door(box: Served, *, published: bool = True, stage: str = "Cellar") -> str:
    """One more event with one stage."""
    staff = box.staff()
    event: str = staff.post("/api/v1/events", json_body={"name": "Next Door"}).json["event"]
    assert staff.post(f"/api/v1/events/{event}/stages", json_body={"name": stage}).status == 201
    if published:
        assert staff.post(f"/api/v1/events/{event}/publish").status == 200
    return event


def add_stage(box: Served, name: str = "Garden", **fields: int) -> None:
    answer = box.staff().post(f"/api/v1/events/{event_of(box)}/stages", json_body={"name": name, **fields})
    assert answer.status == 201


def cards(page: Page) -> list[str]:
    """The stages on the list, by address."""
    return [link.attributes["href"] for link in page.all("a", class_="card")]


def test_a_phone_goes_straight_to_the_only_stage_and_chooses_among_several(box: Served) -> None:
    answer = box.visitor().get("/", headers=HTML)
    assert (answer.status, answer.headers["location"]) == (303, "/s/main-floor")
    add_stage(box, capacity=1)
    session = box.dj().post("/api/v1/stages/main-floor/sessions")
    assert session.status == 201
    with Phone(box.port, "garden") as phone:
        phone.next("listeners")
        page = opened(box.visitor(), "/")
    assert cards(page) == ["/s/main-floor", "/s/garden"]
    assert "DJ Anna is playing" in page.text
    assert "Garden · Full" in page.text
    box.staff().post("/api/v1/stages/garden/pause")
    assert "A break" in opened(box.visitor(), "/").text
    assert "Eine Pause" not in opened(box.visitor(), "/?lang=de").text
    assert "Was läuft" in opened(box.visitor(), "/?lang=de").text


def test_two_events_are_listed_apart_and_one_that_is_over_is_not(box: Served) -> None:
    event = next_door(box)
    page = opened(box.visitor(), "/")
    assert [head.text for head in page.all("h2")] == ["Tonight", "Next Door"]
    assert cards(page) == ["/s/main-floor", "/s/cellar"]
    box.staff().post(f"/api/v1/events/{event}/end")
    assert box.visitor().get("/", headers=HTML).headers["location"] == "/s/main-floor"
    box.staff().post(f"/api/v1/events/{event_of(box)}/end")
    assert "Nothing going on" in opened(box.visitor(), "/").text


def test_a_stage_s_page_shows_the_way_to_the_others_of_its_event_and_to_no_other_s(box: Served) -> None:
    next_door(box)
    page = opened(box.visitor(), "/s/main-floor")
    assert "hidden" in page.one("nav", class_="where").attributes
    add_stage(box)
    add_stage(box, "Attic")
    box.staff().post("/api/v1/stages/attic/close")
    page = opened(box.visitor(), "/s/main-floor")
    nav = page.one("nav", class_="where")
    assert "hidden" not in nav.attributes
    links = [one.attributes for one in nav.inside if one.tag == "a"]
    assert [link["href"] for link in links] == ["/s/main-floor", "/s/garden"]
    assert [link.get("aria-current") for link in links] == ["page", None]


def test_every_page_of_an_event_has_its_colours_and_no_other_page_has(box: Served) -> None:
    staff, event = box.staff(), event_of(box)
    described = {"name": "Ball", "accent": "#ffcc00"}
    assert staff.ask("PUT", f"/api/v1/events/{event}", json_body=described).status == 200
    dj = box.dj()
    session = dj.post("/api/v1/stages/main-floor/sessions").json["session"]["id"]
    assert dj.post(f"/api/v1/sessions/{session}/end").status == 200
    own = ("/s/main-floor", "/s/main-floor/schedule", "/s/main-floor/inbox", f"/schedule/{event}")
    for path in (*own, f"/recap/{session}", "/screen/main-floor"):
        sheets = [link.attributes["href"] for link in opened(box.visitor(), path).all("link", rel="stylesheet")]
        [colours] = [sheet for sheet in sheets if sheet.startswith(f"/events/{event}/look/")]
        assert colours == sheets[-1], path
        assert "#ffcc00" in box.visitor().get(colours).text
    for path in ("/privacy", "/likes", "/login"):
        sheets = [link.attributes["href"] for link in opened(box.visitor(), path).all("link", rel="stylesheet")]
        assert not [sheet for sheet in sheets if "/look/" in sheet]


def test_a_break_a_closed_stage_and_the_end_are_said_on_the_page(box: Served) -> None:
    def said() -> str:
        return opened(box.visitor(), "/s/main-floor").says("where-notice")

    staff = box.staff()
    assert said() == ""
    staff.post("/api/v1/stages/main-floor/pause")
    assert said().startswith("This stage is having a break.")
    staff.post("/api/v1/stages/main-floor/close")
    assert said() == "This stage is closed now."
    staff.post(f"/api/v1/events/{event_of(box)}/end")
    assert said().startswith("This event is over.")
    # What was liked stays, and the page with it.
    assert box.visitor().get("/likes", headers=HTML).status == 200


def test_of_a_draft_only_its_organisers_see_anything(box: Served) -> None:
    event = next_door(box, published=False)
    stranger, staff = box.visitor(), box.staff()
    for path in ("/s/cellar", "/screen/cellar", "/s/cellar/inbox"):
        answer = stranger.get(path)
        problem(answer, 404, "stage_not_yet")
        assert "Next Door" not in answer.text
    for path in ("now", "stream", "history"):
        problem(stranger.get(f"/api/v1/stages/cellar/{path}"), 404, "stage_unknown")
    problem(stranger.get("/poster/cellar"), 401, "login_missing")
    assert staff.get("/poster/cellar", headers=HTML).status == 200
    for path in ("/", "/api/v1/stages", "/api/v1/events", "/screen"):
        assert "cellar" not in stranger.get(path).text
    key = f"draft={attending.draft_key(box.site, 'cellar')}"
    assert stranger.get(f"/api/v1/stages/cellar/now?{key}").status == 200
    for wrong in ("draft=", "draft=cellar", key.replace("cellar", "main-floor"), key[:-1]):
        problem(stranger.get(f"/api/v1/stages/cellar/now?{wrong}"), 404, "stage_unknown")
    with Phone(box.port, "cellar", query=f"as=dj&{key}") as organiser:
        assert organiser.next("event").data["phase"] == "draft"
        staff.post(f"/api/v1/events/{event}/publish")
        assert organiser.next("event").data["phase"] == "published"
    assert stranger.get("/s/cellar", headers=HTML).status == 200


def liked(box: Served, phone: Visitor, stage: str) -> str:
    """Something is played there and the phone likes it."""
    dj = box.dj(f"DJ {stage}")
    session = dj.post(f"/api/v1/stages/{stage}/sessions").json["session"]["id"]
    track = {"title": f"On {stage}", "artist": "a"}
    play: str = dj.post(f"/api/v1/sessions/{session}/plays", json_body=track).json["play"]["play"]
    assert phone.ask("PUT", f"/api/v1/plays/{play}/like").json["likes"] == 1
    return play


def test_a_phone_is_another_guest_at_each_event_and_one_at_all_stages_of_one(box: Served, tmp_path: Path) -> None:
    next_door(box)
    add_stage(box)
    phone = box.visitor()
    phone.post("/api/v1/guests")
    plays = {stage: liked(box, phone, stage) for stage in ("main-floor", "garden", "cellar")}
    with closing(sqlite3.connect(tmp_path / "box.db")) as database:
        found = dict(database.execute("SELECT play_id, guest_id FROM likes").fetchall())
        rows = [row[0] for row in database.execute("SELECT body FROM journal")]
    by_stage = {stage: found[play] for stage, play in plays.items()}
    assert by_stage["main-floor"] == by_stage["garden"] != by_stage["cellar"]
    for stage, guest in by_stage.items():
        assert guest == guest_in(tmp_path / "box.db", phone.cookies["pika_guest"], stage=stage)
    # Neither the phone's own id nor anything that has both of its guests is stored.
    own = phone.cookies["pika_guest"].partition(".")[0]
    assert own.encode() not in b"".join(path.read_bytes() for path in tmp_path.glob("box.db*"))
    assert not [row for row in rows if by_stage["garden"] in row and by_stage["cellar"] in row]
    listed = phone.get("/api/v1/me/likes").json["likes"]
    assert {like["play"] for like in listed} == {*plays.values()}
    assert opened(phone, "/privacy").form("/privacy/forget").send(phone).status == 303
    with closing(sqlite3.connect(tmp_path / "box.db")) as database:
        assert database.execute("SELECT count(*) FROM likes").fetchone() == (0,)


def test_the_night_to_take_along_is_one_event_s_and_chosen_where_there_are_several(box: Served) -> None:
    phone = box.visitor()
    assert len(opened(phone, "/keep").forms("/keep")) == 1
    one = opened(phone, "/keep").form("/keep").send(phone)
    assert one.status == 200
    event = next_door(box)
    draft = next_door(box, published=False, stage="Attic")
    page = opened(phone, "/keep")
    assert [button.attributes["value"] for button in page.all("button", name="event")] == [event, event_of(box)]
    links = {Page(phone.post("/keep", form={"event": one})).one("a", rel="noreferrer").attributes["href"] for one in
             (event, event_of(box))}  # fmt: skip
    assert len(links) == 2
    for wrong in (draft, "nowhere", ""):
        assert phone.post("/keep", form={"event": wrong}).status == 404
