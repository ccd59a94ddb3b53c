"""While the house plays: what dancers' pages ask and take, as forms, as an API and on the stream; managers' rules."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.support.house import STAGE
from tests.web.house import NO_SCAN, Room, furnished
from tests.web.html import Page, opened
from tests.web.phone import Phone
from tests.web.served import serving


def heard(phone: Phone, is_it: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """What the stream tells of the house's question, as soon as it is that."""
    told: dict[str, Any] = {}
    while not is_it(told):
        told = phone.next("ballot").data.get("ballot", {})
    return told


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    with serving(tmp_path_factory.mktemp("box"), options=NO_SCAN) as box:
        yield furnished(box)


def test_a_dancer_votes_by_form_changes_it_and_sees_what_comes(room: Room) -> None:
    asked = room.play("p1", "t1")
    anna = room.box.guest()
    page = opened(anna, f"/s/{STAGE}")
    assert "What shall we play next?" in page.text
    assert [form.fields["play"] for form in page.forms(f"/s/{STAGE}/not-for-me")] == ["p1"]
    vote = page.form(f"/s/{STAGE}/next").fields
    for place in ("0", "2"):
        assert anna.post(f"/s/{STAGE}/next", form=vote | {"option": place}).status == 303
    page = opened(anna, f"/s/{STAGE}")
    pressed = [button.attributes["data-choice"] for button in page.all("button", **{"aria-pressed": "true"})
               if "data-choice" in button.attributes]  # fmt: skip
    assert pressed == ["2"]
    assert [one["votes"] for one in room.asked("p1")["candidates"]] == [0, 0, 1]
    chosen = room.player.get("/api/player/next-song").json
    assert chosen["id"] == asked["candidates"][2]["track"]
    over = opened(anna, f"/s/{STAGE}/next")
    assert f"Coming next: {asked['candidates'][2]['title']}" in over.text
    refused = anna.post(f"/s/{STAGE}/next", form=vote | {"option": "1"})
    assert (refused.status, "chosen already" in refused.text) == (409, True)
    assert room.play("p2", chosen["id"])["why"]["text"] == "because 1 of you voted for it"
    german = anna.get(f"/s/{STAGE}", headers={"Accept": "text/html", "Accept-Language": "de"}).text
    assert "weil 1 von euch dafür gestimmt hat" in german


def test_not_for_me_takes_the_heart_back_and_is_offered_for_the_house_alone(room: Room) -> None:
    room.play("p3", "t3")
    anna = room.box.guest()
    assert anna.ask("PUT", "/api/v1/plays/p3/like").json["likes"] == 1
    assert opened(anna, f"/s/{STAGE}").form(f"/s/{STAGE}/not-for-me").send(anna).status == 303
    page = opened(anna, f"/s/{STAGE}")
    assert page.form(f"/s/{STAGE}/not-for-me").fields["disliked"] == "no"
    assert anna.get(f"/api/v1/stages/{STAGE}/now").json["now"]["likes"] == 0
    assert anna.ask("DELETE", "/api/v1/plays/p3/dislike").json == {"play": "p3", "disliked": False}
    dj = room.box.dj("DJ Takes Over")
    session = dj.post(f"/api/v1/stages/{STAGE}/sessions", json_body={}).json["session"]["id"]
    told = {"artist": "A", "title": "B", "id": "dj1"}
    assert dj.post(f"/api/v1/sessions/{session}/plays", json_body=told).status in {200, 201}
    page = opened(anna, f"/s/{STAGE}")
    assert not page.forms(f"/s/{STAGE}/not-for-me")
    assert anna.get(f"/api/v1/stages/{STAGE}/ballot").status == 404
    refused = anna.ask("PUT", "/api/v1/plays/dj1/dislike")
    assert (refused.status, refused.json["code"]) == (409, "not_the_house")
    assert dj.post(f"/api/v1/sessions/{session}/end", json_body={}).status in {200, 204}


def test_the_stream_tells_of_the_question_and_of_its_votes(room: Room) -> None:
    with Phone(room.box.port, STAGE) as phone:
        asked = room.play("p4", "t4")
        told = heard(phone, lambda ballot: ballot.get("play") == "p4")
        assert told == {"id": asked["ballot"], "play": "p4", "open": True, "votes": [0, 0, 0]}
        guest, path = room.box.guest(), f"/api/v1/stages/{STAGE}/ballots/{asked['ballot']}/vote"
        assert guest.ask("PUT", path, json_body={"option": 1}).json["option"] == 1
        assert heard(phone, lambda ballot: ballot.get("votes") == [0, 1, 0])
        assert "option" not in guest.ask("DELETE", path).json
        assert heard(phone, lambda ballot: ballot.get("votes") == [0, 0, 0])
        assert guest.ask("PUT", path, json_body={"option": 7}).status == 422


def test_a_phone_checks_in_by_looking_and_by_saying_so_and_may_leave(room: Room) -> None:
    anna, here = room.box.guest(), f"/api/v1/stages/{STAGE}/here"
    before = len(room.box.site.checked_in.at(STAGE))
    assert anna.ask("PUT", here).json == {"stage": STAGE, "here": True}
    assert len(room.box.site.checked_in.at(STAGE)) == before
    assert anna.ask("DELETE", here).json == {"stage": STAGE, "here": False}
    assert len(room.box.site.checked_in.at(STAGE)) == before - 1
    assert anna.post(f"/s/{STAGE}/here", form={}).status == 303
    assert len(room.box.site.checked_in.at(STAGE)) == before
    assert anna.post("/s/nowhere/here", form={}).status == 404


def test_managers_rules_are_kept_checked_and_nobody_elses(room: Room) -> None:
    path, staff = f"/api/v1/stages/{STAGE}/house/rules", room.box.staff()
    rules = {"genres": ["Swing"], "explicit": False, "bpm_from": 100, "bpm_until": 130, "opens_min": 1200}
    kept = staff.ask("PUT", path, json_body=rules)
    assert kept.status == 200, kept.text
    assert staff.get(path).json == {**rules, "closes_min": 0}
    for wrong in ({"bpm_from": 5000}, {"bpm_from": 130, "bpm_until": 100}, {"genres": [" "]}, {"opens_min": 1440}):
        assert staff.ask("PUT", path, json_body=wrong).status == 422, wrong
    assert staff.get(path).json == {**rules, "closes_min": 0}
    assert room.box.organiser("Otto").ask("PUT", path, json_body={}).status == 403
    assert room.box.guest().get(path).status == 401
    assert staff.ask("PUT", path, json_body={}).status == 200


def test_rules_that_leave_nothing_are_said_to_the_manager_and_to_the_player(room: Room) -> None:
    path, staff = f"/api/v1/stages/{STAGE}/house/rules", room.box.staff()
    assert "They allow 12 of the 12 tracks" in opened(staff, f"/organiser/house/{STAGE}").text
    assert staff.ask("PUT", path, json_body={"genres": ["Polka"]}).status == 200
    refused = room.player.get("/api/player/next-song?after=t1,t2,t3")
    assert (refused.status, refused.json["code"]) == (409, "rules_leave_nothing")
    assert "allow none of the 12 tracks" in refused.json["detail"]
    assert "They allow none of the 12 tracks that are here: the house is silent." in opened(
        staff, f"/organiser/house/{STAGE}"
    ).text  # fmt: skip
    assert staff.ask("PUT", path, json_body={}).status == 200
    assert room.player.get("/api/player/next-song?after=t1,t2,t3").status == 200


def test_a_manager_sees_what_plays_and_why_decides_and_rules_by_forms(room: Room) -> None:
    asked, staff = room.play("p8", "t8"), room.box.staff()
    where = f"/organiser/house/{STAGE}"
    page = opened(staff, where)
    assert "House (Bar)" in page.text
    for form in page.forms(f"{where}/choose"):
        assert form.fields["ballot"] == asked["ballot"]
    chosen = {"ballot": asked["ballot"], "option": "2"}
    assert staff.post(f"{where}/choose", form=chosen).status == 303
    assert "comes next" in opened(staff, where).text
    assert room.player.get("/api/player/next-song?after=t8").json["id"] == asked["candidates"][2]["track"]
    assert staff.post(f"{where}/choose", form=chosen).status == 409
    player = page.forms(f"{where}/order")[0].fields["player"]
    for act in ({"act": "pause"}, {"act": "volume", "volume": "30"}, {"act": "skip"}):
        assert staff.post(f"{where}/order", form={"player": player} | act).status == 303, act
    page = opened(staff, where)
    assert "Paused" in page.text
    assert {form.fields.get("volume", "30") for form in page.forms(f"{where}/order")} == {"30"}
    refused = staff.post(f"{where}/order", form={"player": player, "act": "volume", "volume": "loud"})
    assert refused.status == 422
    assert staff.post(f"{where}/order", form={"player": player, "act": "play"}).status == 303
    typed = {"genres": "Swing\nBlues", "bpm_from": "90", "bpm_until": "180", "opens": "21:30", "closes": "04:00"}
    wrong = staff.post(f"{where}/rules", form=typed | {"bpm_from": "200"})
    assert (wrong.status, "faster than the fastest" in wrong.text) == (422, True)
    assert Page(wrong).form(f"{where}/rules").fields["bpm_from"] == "200"
    assert staff.post(f"{where}/rules", form=typed).status == 303
    fields = opened(staff, where).form(f"{where}/rules").fields
    assert fields == typed | {"genres": "Blues\nSwing"}
    assert staff.post(f"{where}/rules", form={"explicit": "yes", "opens": "", "closes": ""}).status == 303
    assert room.box.organiser("Odile").get(where).status == 403


def test_the_house_is_no_person_in_any_list_and_nobody_gets_its_name(room: Room) -> None:
    staff = room.box.staff()
    room.play("p9", "t9")
    event = room.box.site.board.event_id_of(STAGE)
    assert "House (Bar)" not in {dj["name"] for dj in staff.get("/api/v1/djs").json["djs"]}
    assert room.box.dj("DJ Paula").token
    for page in (f"/organiser/events/{event}", f"/organiser/schedule/{event}"):
        shown = opened(staff, page)
        assert "DJ Paula" in shown.text, page
        assert "House (Bar)" not in [option.text for option in shown.all("option")], page
    house = room.box.site.board.state(STAGE)
    assert house is not None
    assert house.session is not None
    for path, body in (
        (f"/api/v1/events/{event}/djs/{house.session.dj_id}", {}),
        (f"/api/v1/events/{event}/slots", {
            "stage": STAGE, "begins": "2030-01-01T22:00", "ends": "2030-01-01T23:00", "dj": house.session.dj_id}),
    ):  # fmt: skip
        refused = staff.ask("PUT" if "/djs/" in path else "POST", path, json_body=body)
        assert (refused.status, refused.json["code"]) == (404, "dj_unknown"), path
    refused = staff.post("/api/v1/djs", json_body={"name": "house (BAR)"})
    assert (refused.status, refused.json["code"]) == (409, "dj_is_house")
