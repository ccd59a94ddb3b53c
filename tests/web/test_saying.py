"""Tempo votes, reactions and polls through the API: what they do, whom they reach, and what is refused."""

import asyncio
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.support.real_box import RealBox
from tests.support.visitors import Answer, Visitor
from tests.web.answers import nothing_stored, problem, until
from tests.web.conftest import Floor
from tests.web.phone import Phone
from tests.web.served import Served, serving

ASKED = {"question": "More Blues?", "options": ["Yes", "No", "Later"]}
NewFloor = Callable[[], Floor]


def vote(floor: Floor, guest: Visitor, play: str, tempo: Any) -> Answer:
    return guest.ask("PUT", f"/api/v1/stages/{floor.stage}/plays/{play}/tempo", json_body={"vote": tempo})


def react(floor: Floor, guest: Visitor, reaction_id: str, kind: Any = "thank_you", **more: Any) -> Answer:
    body = {"id": reaction_id, "kind": kind, **more}
    return guest.post(f"/api/v1/stages/{floor.stage}/reactions", json_body=body)


def ask(floor: Floor, **fields: Any) -> Answer:
    return floor.dj.post(f"/api/v1/sessions/{floor.session}/polls", json_body={**ASKED, **fields})


def answer(floor: Floor, guest: Visitor, poll: str, option: Any) -> Answer:
    return guest.ask("PUT", f"/api/v1/stages/{floor.stage}/polls/{poll}/vote", json_body={"option": option})


def another(box: RealBox) -> Visitor:
    """One more phone that the box knows."""
    phone = box.visitor()
    assert phone.post("/api/v1/guests").status == 204
    return phone


async def running(box: Served) -> int:
    """How many polls nobody has ended yet."""
    return len(await box.site.ports.reader.running_polls())


def test_a_tempo_vote_is_the_guest_s_last_word_and_can_be_taken_back(floor: Floor, guest: Visitor) -> None:
    play = floor.play()
    assert vote(floor, guest, play, "faster").json == {
        "play": play,
        "vote": "faster",
        "tempo": {"slower": 0, "perfect": 0, "faster": 1},
    }
    assert vote(floor, guest, play, "perfect").json["tempo"] == {"slower": 0, "perfect": 1, "faster": 0}
    assert floor.now()["now"]["tempo"] == {"slower": 0, "perfect": 1, "faster": 0}
    taken_back = guest.ask("DELETE", f"/api/v1/stages/{floor.stage}/plays/{play}/tempo").json
    assert taken_back == {"play": play, "vote": "none", "tempo": {"slower": 0, "perfect": 0, "faster": 0}}
    assert vote(floor, guest, play, "none").json["vote"] == "none"
    assert "tempo" not in floor.now()["now"]


def test_a_tempo_vote_after_its_track_is_refused_in_words(box: RealBox, floor: Floor, guest: Visitor) -> None:
    first = floor.play("First")
    floor.play("Second")
    with nothing_stored(box.visitor()):
        told = problem(vote(floor, guest, first, "faster"), 409, "tempo_over")
    assert "track is over" in told["detail"]


@pytest.mark.parametrize("tempo", ["", "FASTER", "fast", 1, None, ["faster"], {"vote": "faster"}])
def test_an_unknown_tempo_is_refused(box: RealBox, floor: Floor, guest: Visitor, tempo: Any) -> None:
    play = floor.play()
    with nothing_stored(box.visitor()):
        problem(vote(floor, guest, play, tempo), 422, "json_wrong_shape")


def test_a_tempo_vote_on_another_stage_s_play_is_not_known_here(
    box: RealBox, new_floor: NewFloor, guest: Visitor
) -> None:
    here, there = new_floor(), new_floor()
    play = here.play()
    with nothing_stored(box.visitor()):
        problem(vote(there, guest, play, "faster"), 404, "play_unknown")
        problem(react(there, guest, "r1", play=play), 404, "play_unknown")


def test_the_same_reaction_again_is_one(box: RealBox, floor: Floor, guest: Visitor) -> None:
    floor.play()
    assert react(floor, guest, "r1").json == {"id": "r1", "duplicate": False}
    with nothing_stored(box.visitor()):
        assert react(floor, guest, "r1").json == {"id": "r1", "duplicate": True}
    assert react(floor, guest, "r2", "fire").json["duplicate"] is False
    assert floor.now()["reactions"] == {"thank_you": 1, "fire": 1}


@pytest.mark.parametrize("kind", ["", "thanks", "thank_you ", "<b>", 1, None, ["thank_you"]])
def test_an_unknown_reaction_is_refused(box: RealBox, floor: Floor, guest: Visitor, kind: Any) -> None:
    with nothing_stored(box.visitor()):
        problem(react(floor, guest, "r1", kind), 422, "json_wrong_shape")


@pytest.mark.parametrize("reaction_id", ["", " ", "a" * 65, "a/b", "é", 7, None])
def test_a_reaction_without_a_usable_id_is_refused(
    box: RealBox, floor: Floor, guest: Visitor, reaction_id: Any
) -> None:
    with nothing_stored(box.visitor()):
        problem(react(floor, guest, reaction_id), 422, "json_wrong_shape")


def test_three_hundred_reactions_in_a_row_do_not_get_through(box: RealBox, floor: Floor, guest: Visitor) -> None:
    floor.play()
    other = another(box)
    answers = [react(floor, guest, f"r{number}") for number in range(300)]
    taken = [one for one in answers if one.status == 200]
    assert 10 <= len(taken) <= 12
    told = problem(answers[-1], 429, "too_many_requests")
    assert answers[-1].headers["retry-after"] == str(told["facts"]["wait_s"])
    assert floor.now()["reactions"] == {"thank_you": len(taken)}
    # Only whoever floods is slowed, and only in this.
    assert react(floor, other, "r1").status == 200
    assert guest.ask("PUT", f"/api/v1/plays/{floor.play()}/like").status == 200


def test_nobody_is_thanked_where_nobody_plays(box: RealBox, floor: Floor, guest: Visitor) -> None:
    play = floor.play()
    floor.act("end")
    with nothing_stored(box.visitor()):
        problem(react(floor, guest, "r1"), 409, "nobody_plays")
    # What was tapped while it was on still arrives, for whom it was.
    assert react(floor, guest, "r1", play=play).status == 200


def test_a_poll_reaches_everybody_on_the_stage_and_the_dj_who_asked(
    box: RealBox, new_floor: NewFloor, guest: Visitor
) -> None:
    floor, elsewhere = new_floor(), new_floor()
    with (
        Phone(box.port, floor.stage) as dancer,
        Phone(box.port, floor.stage, query="as=dj") as console,
        Phone(box.port, elsewhere.stage) as other,
    ):
        asked = ask(floor, lasts_s=60)
        assert asked.status == 201, asked.text
        poll = asked.json
        assert (poll["options"], poll["votes"], poll["open"]) == (ASKED["options"], [0, 0, 0], True)
        assert 59_000 < poll["left_ms"] <= 60_000
        for phone in (dancer, console):
            told = phone.next("poll").data["poll"]
            assert {**told, "left_ms": 0} == {**poll, "left_ms": 0}
        assert answer(floor, guest, poll["id"], 1).json["mine"] == 1
        for phone in (dancer, console):
            votes = phone.next("poll_votes").data
            assert (votes["poll"], votes["votes"]) == (poll["id"], [0, 1, 0])
        ended = floor.dj.post(f"/api/v1/sessions/{floor.session}/polls/{poll['id']}/end").json
        assert (ended["open"], ended["winners"], ended["votes"]) == (False, [1], [0, 1, 0])
        for phone in (dancer, console):
            assert phone.next("poll").data["poll"]["winners"] == [1]
        elsewhere.play("Elsewhere")
        heard = {event.name for event in other.until_title("Elsewhere")}
        assert heard.isdisjoint({"poll", "poll_votes"})


def test_what_the_dj_is_told_wakes_no_phone_in_the_hall(box: RealBox, floor: Floor, guest: Visitor) -> None:
    floor.play()
    with (
        Phone(box.port, floor.stage) as dancer,
        Phone(box.port, floor.stage, query="as=dj") as console,
        Phone(box.port, floor.stage, query="as=wall") as wall,
    ):
        react(floor, guest, "r1")
        for crew in (console, wall):
            told = crew.next("reactions").data
            assert (told["session"], told["reactions"]) == (floor.session, {"thank_you": 1})
        floor.play("Afterwards")
        assert "reactions" not in {event.name for event in dancer.until_title("Afterwards")}
        # Who shows the hall is not in it.
        assert floor.now()["listeners"] == 1


def test_who_comes_late_sees_the_poll_with_its_votes(box: RealBox, floor: Floor, guest: Visitor) -> None:
    poll = ask(floor).json["id"]
    answer(floor, guest, poll, 2)
    with Phone(box.port, floor.stage) as late:
        state = late.next("state").data
    assert (state["poll"]["id"], state["poll"]["votes"], state["poll"]["open"]) == (poll, [0, 0, 1], True)
    assert "left_ms" not in state["poll"]
    now = box.visitor().get(f"/api/v1/stages/{floor.stage}/poll").json["poll"]
    assert now["votes"] == [0, 0, 1]
    assert box.visitor().get(f"/api/v1/stages/{floor.stage}/polls/{poll}").json["poll"]["votes"] == [0, 0, 1]


def test_what_changed_by_a_word_is_told_to_those_who_ask(box: RealBox, floor: Floor, guest: Visitor) -> None:
    play = floor.play()
    asker, path = box.visitor(), f"/api/v1/stages/{floor.stage}/now"

    def changes(doing: Callable[[], object]) -> bool:
        etag = asker.get(path).headers["etag"]
        doing()
        return asker.get(path, headers={"If-None-Match": etag}).status == 200

    assert not changes(lambda: None)
    assert changes(lambda: vote(floor, guest, play, "faster"))
    assert changes(lambda: react(floor, guest, "r1"))
    assert changes(lambda: ask(floor))
    poll = asker.get(path).json["poll"]["id"]
    assert changes(lambda: answer(floor, guest, poll, 0))
    assert changes(lambda: floor.dj.post(f"/api/v1/sessions/{floor.session}/polls/{poll}/cancel"))
    assert "poll" not in asker.get(path).json


@pytest.mark.parametrize(
    ("option", "code"),
    [
        (-1, "option_unknown"),
        (3, "option_unknown"),
        (99, "option_unknown"),
        (2**70, "option_unknown"),
        (2.5, "json_wrong_shape"),
        (1e9, "json_wrong_shape"),
        ("1e9", "json_wrong_shape"),
        ("1", "json_wrong_shape"),
        (True, "json_wrong_shape"),
        (None, "json_wrong_shape"),
        ([1], "json_wrong_shape"),
    ],
)
def test_an_option_that_is_none_is_refused_and_not_counted(
    box: RealBox, floor: Floor, guest: Visitor, option: Any, code: str
) -> None:
    poll = ask(floor).json["id"]
    with nothing_stored(box.visitor()):
        problem(answer(floor, guest, poll, option), 422, code)
    assert floor.now()["poll"]["votes"] == [0, 0, 0]


@pytest.mark.parametrize("written", ["1e9", "1e0", "1E0", "1e-0", "10e-1", "1.0", "1e999"])
def test_an_option_that_is_written_as_no_place_is_refused_by_program_and_form(
    box: RealBox, floor: Floor, guest: Visitor, written: str
) -> None:
    """Some of them mean 1, which is an option: whoever writes that so is no page of ours, and is told."""
    poll = ask(floor).json["id"]
    address, body = f"/api/v1/stages/{floor.stage}/polls/{poll}/vote", f'{{"option": {written}}}'.encode()
    with nothing_stored(box.visitor()):
        refused = guest.ask("PUT", address, body=body, headers={"Content-Type": "application/json"})
        problem(refused, 422, "json_wrong_shape")
        assert guest.post(f"/s/{floor.stage}/poll", form={"poll": poll, "option": written}).status == 422
    assert floor.now()["poll"]["votes"] == [0, 0, 0]


def test_a_vote_after_the_end_is_refused_in_words_and_not_stored(box: RealBox, floor: Floor, guest: Visitor) -> None:
    poll = ask(floor).json["id"]
    answer(floor, guest, poll, 0)
    floor.dj.post(f"/api/v1/sessions/{floor.session}/polls/{poll}/end")
    late = another(box)
    with nothing_stored(box.visitor()):
        assert "over" in problem(answer(floor, late, poll, 0), 409, "poll_over")["detail"]
        problem(answer(floor, guest, poll, 1), 409, "poll_over")
        problem(guest.ask("DELETE", f"/api/v1/stages/{floor.stage}/polls/{poll}/vote"), 409, "poll_over")
        # The answer to the first one was lost on the way: it is in, and that is said.
        assert answer(floor, guest, poll, 0).status == 200


def test_polls_of_other_stages_sessions_and_djs_are_out_of_reach(
    box: RealBox, new_floor: NewFloor, guest: Visitor
) -> None:
    here, there = new_floor(), new_floor()
    poll = ask(here).json["id"]
    with nothing_stored(box.visitor()):
        problem(answer(there, guest, poll, 0), 404, "poll_unknown")
        problem(answer(here, guest, "none", 0), 404, "poll_unknown")
        problem(guest.get(f"/api/v1/stages/{there.stage}/polls/{poll}"), 404, "poll_unknown")
        path = f"/api/v1/sessions/{here.session}/polls"
        problem(there.dj.post(path, json_body=ASKED), 403, "session_not_yours")
        for what in ("end", "cancel"):
            problem(there.dj.post(f"{path}/{poll}/{what}"), 403, "session_not_yours")
            problem(there.dj.post(f"/api/v1/sessions/{there.session}/polls/{poll}/{what}"), 404, "poll_unknown")
            problem(guest.post(f"/api/v1/stages/{here.stage}/polls/{poll}/{what}"), 401, "login_missing")
        problem(guest.post(f"/api/v1/stages/{here.stage}/polls", json_body=ASKED), 401, "login_missing")
        problem(guest.post(path, json_body=ASKED), 401, "token_missing")


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"question": ""}, "question_empty"),
        ({"question": "\u200b \t"}, "question_empty"),
        ({"question": "q" * 201}, "question_too_long"),
        ({"options": ["one"]}, "options_count"),
        ({"options": [str(number) for number in range(11)]}, "options_count"),
        ({"options": ["a", " "]}, "option_empty"),
        ({"options": ["a", "b" * 81]}, "option_too_long"),
        ({"options": ["Yes", "yes "]}, "options_alike"),
        ({"lasts_s": 29}, "lasts_out_of_range"),
        ({"lasts_s": 301}, "lasts_out_of_range"),
        ({"question": 7}, "json_wrong_shape"),
        ({"options": "Yes"}, "json_wrong_shape"),
        ({"options": {"a": 1}}, "json_wrong_shape"),
        ({"options": [1, 2]}, "json_wrong_shape"),
        ({"lasts_s": "60"}, "json_wrong_shape"),
        ({"lasts_s": 60.5}, "json_wrong_shape"),
    ],
)
def test_a_poll_that_can_t_be_asked_is_refused_by_name(
    box: RealBox, shared_floor: Floor, fields: dict[str, Any], code: str
) -> None:
    with nothing_stored(box.visitor()):
        # Its sign of life is no row in the journal.
        problem(ask(shared_floor, **fields), 422, code)


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b"\xff", b'{"question": "q"}'])
def test_what_is_no_poll_is_refused(box: RealBox, shared_floor: Floor, body: bytes) -> None:
    with nothing_stored(box.visitor()):
        sent = shared_floor.dj.post(
            f"/api/v1/sessions/{shared_floor.session}/polls", body=body, headers={"Content-Type": "application/json"}
        )
        assert sent.status in {400, 422}
        assert sent.json["code"] in {"json_broken", "json_wrong_shape"}


def test_one_poll_at_a_time_and_not_too_many_of_them(box: RealBox, floor: Floor) -> None:
    poll = ask(floor).json["id"]
    assert problem(ask(floor), 409, "poll_running")["facts"] == {"poll": poll}
    floor.dj.post(f"/api/v1/sessions/{floor.session}/polls/{poll}/end")
    wait_s = problem(ask(floor), 409, "poll_too_soon")["facts"]["wait_s"]
    assert 890 < wait_s <= 900
    staff, path = box.staff(), f"/api/v1/stages/{floor.stage}/polls"
    theirs = staff.post(path, json_body=ASKED)
    assert theirs.status == 201
    problem(floor.dj.post(f"/api/v1/sessions/{floor.session}/polls/{theirs.json['id']}/end"), 403, "poll_not_yours")
    assert staff.post(f"{path}/{theirs.json['id']}/cancel").json["open"] is False
    # It was taken back before anybody had answered.
    assert staff.post(path, json_body=ASKED).status == 201


def test_a_poll_of_a_mistake_can_be_asked_anew_at_once(floor: Floor, guest: Visitor) -> None:
    poll = ask(floor, question="Mroe Blues?").json["id"]
    floor.dj.post(f"/api/v1/sessions/{floor.session}/polls/{poll}/cancel")
    problem(guest.get(f"/api/v1/stages/{floor.stage}/polls/{poll}"), 404, "poll_unknown")
    assert ask(floor).status == 201


def test_a_poll_ends_by_itself_and_everybody_hears_of_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("appliance.domain.polls.LASTS_LEAST_S", 1)
    with serving(tmp_path) as box:
        dj = box.dj()
        session = dj.post("/api/v1/stages/main-floor/sessions").json["session"]["id"]
        with Phone(box.port, "main-floor") as phone:
            asked = dj.post(f"/api/v1/sessions/{session}/polls", json_body={**ASKED, "lasts_s": 1}).json
            assert phone.next("poll").data["poll"]["open"] is True
            over = phone.next("poll").data["poll"]
    assert (over["id"], over["open"], over["winners"]) == (asked["id"], False, [])


def test_a_poll_that_ran_out_while_the_box_was_off_is_over_after_its_start(tmp_path: Path) -> None:
    with serving(tmp_path) as box:
        dj = box.dj()
        session = dj.post("/api/v1/stages/main-floor/sessions").json["session"]["id"]
        poll = dj.post(f"/api/v1/sessions/{session}/polls", json_body={**ASKED, "lasts_s": 60}).json["id"]
        guest = box.visitor()
        guest.post("/api/v1/guests")
        voted = guest.ask("PUT", f"/api/v1/stages/main-floor/polls/{poll}/vote", json_body={"option": 1})
        assert voted.status == 200
    with closing(sqlite3.connect(tmp_path / "box.db")) as database, database:
        # Half a minute more than it had left goes by.
        database.execute("UPDATE polls SET opened_boot_ms = opened_boot_ms - 90000")
    with serving(tmp_path) as box:
        shown = box.visitor().get("/api/v1/stages/main-floor/poll").json["poll"]
        assert (shown["open"], shown["votes"], shown["winners"]) == (False, [0, 1, 0], [1])
        late = box.visitor()
        late.post("/api/v1/guests")
        path = f"/api/v1/stages/main-floor/polls/{poll}/vote"
        problem(late.ask("PUT", path, json_body={"option": 0}), 409, "poll_over")
        assert until(lambda: not asyncio.run_coroutine_threadsafe(running(box), box.loop).result(5))
