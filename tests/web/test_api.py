"""What a DJ's program and a phone's script can do through `/api/v1`."""

import time
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest

from appliance.domain import rules
from tests.support.real_box import RealBox
from tests.support.visitors import Visitor
from tests.web.answers import assert_safe, nothing_stored, problem
from tests.web.conftest import Floor

NewFloor = Callable[[], Floor]


def test_a_dj_who_starts_is_seen_by_phones(box: RealBox, floor: Floor) -> None:
    state = floor.now()
    assert state["session"] == box.visitor().get(f"/api/v1/sessions/{floor.session}").json
    assert (state["session"]["dj"], state["session"]["active"]) == (floor.dj_name, True)
    assert "now" not in state
    assert state["v"] == 1


@pytest.mark.parametrize("take_over", [False, True])
def test_a_second_dj_is_refused_and_told_who_is_on(box: RealBox, floor: Floor, take_over: bool) -> None:
    rival = box.dj("Rival")
    with nothing_stored(box.visitor()):
        asked = rival.post(f"/api/v1/stages/{floor.stage}/sessions", json_body={"take_over": take_over})
        told = problem(asked, 409, "stage_taken")
    assert floor.dj_name in told["detail"]
    assert told["facts"]["dj"] == floor.dj_name
    assert told["facts"]["can_take_over"] is False
    assert told["facts"]["silent_s"] < 60
    assert floor.now()["session"]["id"] == floor.session


def test_a_dj_who_starts_again_goes_on_with_the_same_session(box: RealBox, floor: Floor) -> None:
    floor.play("Before the crash")
    with nothing_stored(box.visitor()):
        again = floor.dj.post(f"/api/v1/stages/{floor.stage}/sessions")
    assert (again.status, again.json["resumed"], again.json["session"]["id"]) == (201, True, floor.session)
    assert floor.now()["now"]["title"] == "Before the crash"


def test_one_dj_hands_the_stage_over_to_the_next(box: RealBox, floor: Floor) -> None:
    floor.play("The last of the first")
    ended = floor.act("end")
    assert (ended.status, ended.json["active"]) == (200, False)
    assert "session" not in floor.now()
    assert "now" not in floor.now()
    second = box.dj("The second")
    started = second.post(f"/api/v1/stages/{floor.stage}/sessions").json
    assert started["resumed"] is False
    assert started["session"]["id"] != floor.session
    assert floor.now()["session"]["dj"] == "The second"
    assert floor.titles() == ["The last of the first"]
    assert box.visitor().get(f"/api/v1/sessions/{floor.session}").json["active"] is False


def test_a_session_ends_once_however_often_it_is_ended(box: RealBox, floor: Floor) -> None:
    floor.act("end")
    with nothing_stored(box.visitor()):
        assert floor.act("end").status == 200


def test_the_same_id_is_one_play_and_the_same_title_is_another(box: RealBox, floor: Floor) -> None:
    play_id = f"{floor.stage}:1"
    first = floor.announce("Twice", id=play_id)
    assert (first.status, first.json["duplicate"], first.json["current"]) == (201, False, True)
    with nothing_stored(box.visitor()):
        again = floor.announce("Twice", id=play_id)
    assert (again.status, again.json["duplicate"], again.json["current"]) == (200, True, True)
    assert again.json["play"]["play"] == play_id
    assert floor.titles() == ["Twice"]
    assert floor.announce("Twice", id=f"{floor.stage}:2").status == 201
    assert floor.announce("Twice").status == 201
    assert floor.titles() == ["Twice", "Twice", "Twice"]


def test_a_play_id_of_another_session_is_refused(box: RealBox, new_floor: NewFloor) -> None:
    ours, theirs = new_floor(), new_floor()
    taken = theirs.play("Theirs")
    with nothing_stored(box.visitor()):
        problem(ours.announce("Ours", id=taken), 409, "play_id_taken")
    assert theirs.now()["now"]["title"] == "Theirs"


@pytest.mark.parametrize("what", ["plays", "stop", "alive"])
def test_nothing_is_done_in_a_session_that_is_over(box: RealBox, floor: Floor, what: str) -> None:
    floor.act("end")
    with nothing_stored(box.visitor()):
        problem(floor.announce() if what == "plays" else floor.act(what), 409, "session_over")
    assert floor.titles() == []


def test_a_play_that_was_sent_again_after_the_end_is_still_known(floor: Floor) -> None:
    play_id = floor.play("Sent before the end")
    floor.act("end")
    again = floor.announce("Sent before the end", id=play_id)
    assert (again.status, again.json["duplicate"], again.json["current"]) == (200, True, False)


@pytest.mark.parametrize("age_ms", [10 * 60_000 + 1, 5 * 60_000])
def test_a_late_play_never_becomes_now(floor: Floor, age_ms: int) -> None:
    floor.play("On now", age_ms=1000)
    late = floor.announce("Came late", age_ms=age_ms)
    assert (late.status, late.json["current"]) == (201, False)
    assert late.json["play"]["age_ms"] >= age_ms
    assert floor.now()["now"]["title"] == "On now"
    assert floor.titles() == ["Came late", "On now"]


@pytest.mark.parametrize(("age_ms", "current"), [(9 * 60_000 + 50_000, True), (10 * 60_000 + 1, False)])
def test_on_an_empty_stage_only_what_began_within_ten_minutes_becomes_now(
    floor: Floor, age_ms: int, current: bool
) -> None:
    assert floor.announce("Waited for a connection", age_ms=age_ms).json["current"] is current
    assert ("now" in floor.now()) is current


def test_a_track_is_told_with_all_that_is_known_of_it_and_nothing_else(floor: Floor) -> None:
    scores = {"energy": 0, "danceability": 100, "brightness": 12.5, "acousticness": 3, "groove": 99}
    floor.play("Known", bpm=124.5, key="8A", age_ms=2000, **scores)
    now = floor.now()["now"]
    assert {name: now[name] for name in ("bpm", "key", *scores)} == {"bpm": 124.5, "key": "8A", **scores}
    assert now["age_ms"] >= 2000
    assert now["likes"] == 0
    floor.play("Unknown")
    assert floor.now()["now"].keys() == {"play", "title", "artist", "began_at", "age_ms", "likes"}


def test_a_stop_takes_the_track_off_and_the_session_goes_on(box: RealBox, floor: Floor) -> None:
    floor.play()
    stopped = floor.act("stop")
    assert (stopped.status, stopped.json["active"]) == (200, True)
    assert "now" not in floor.now()
    with nothing_stored(box.visitor()):
        assert floor.act("stop").status == 200
    assert floor.announce("After the pause").json["current"] is True


def test_a_sign_of_life_is_taken_in_silence(box: RealBox, floor: Floor) -> None:
    with nothing_stored(box.visitor()):
        answer = floor.act("alive")
    assert (answer.status, answer.body) == (204, b"")


def test_a_like_counts_once_however_often_it_is_sent(box: RealBox, floor: Floor, guest: Visitor) -> None:
    play = floor.play()
    address = f"/api/v1/plays/{play}/like"
    assert guest.ask("PUT", address).json == {"play": play, "liked": True, "likes": 1}
    with nothing_stored(box.visitor()):
        assert guest.ask("PUT", address).json == {"play": play, "liked": True, "likes": 1}
    assert floor.now()["now"]["likes"] == 1
    assert box.guest().ask("PUT", address).json["likes"] == 2
    assert guest.ask("DELETE", address).json == {"play": play, "liked": False, "likes": 1}
    with nothing_stored(box.visitor()):
        assert guest.ask("DELETE", address).json == {"play": play, "liked": False, "likes": 1}
    assert floor.now()["now"]["likes"] == 1


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
def test_a_like_of_an_unknown_play_stores_nothing(box: RealBox, guest: Visitor, method: str) -> None:
    with nothing_stored(box.visitor()):
        problem(guest.ask(method, "/api/v1/plays/nobody-played-this/like"), 404, "play_unknown")


def test_a_play_can_be_liked_after_it_is_over(floor: Floor, guest: Visitor) -> None:
    play = floor.play("Over")
    floor.play("On")
    assert guest.ask("PUT", f"/api/v1/plays/{play}/like").json["likes"] == 1
    assert floor.now()["now"]["likes"] == 0


def test_my_likes_are_mine_newest_first_and_as_many_as_i_ask_for(box: RealBox, floor: Floor, guest: Visitor) -> None:
    plays = {title: floor.play(title) for title in ("One", "Two", "Three")}
    for title in ("Two", "Three", "One"):
        guest.ask("PUT", f"/api/v1/plays/{plays[title]}/like")
        # Likes of one millisecond have no order.
        time.sleep(0.002)
    mine = guest.get("/api/v1/me/likes").json["likes"]
    assert [like["title"] for like in mine] == ["One", "Three", "Two"]
    assert mine[0] == {
        "play": plays["One"],
        "title": "One",
        "artist": "Miles Davis",
        "dj": floor.dj_name,
        "stage": floor.stage,
        "stage_name": floor.now()["stage"]["name"],
    }
    assert [like["title"] for like in guest.get("/api/v1/me/likes?limit=1").json["likes"]] == ["One"]
    assert box.guest().get("/api/v1/me/likes").json == {"likes": []}


def test_history_is_newest_first_over_the_stage_or_the_session(box: RealBox, floor: Floor) -> None:
    for title in ("One", "Two", "Three"):
        floor.play(title)
    assert floor.titles() == ["Three", "Two", "One"]
    visitor = box.visitor()
    two = visitor.get(f"/api/v1/stages/{floor.stage}/history?limit=2").json["plays"]
    assert [play["title"] for play in two] == ["Three", "Two"]
    floor.act("end")
    session = floor.dj.post(f"/api/v1/stages/{floor.stage}/sessions").json["session"]["id"]
    floor.dj.post(f"/api/v1/sessions/{session}/plays", json_body={"title": "Four", "artist": "a"})
    of_session = visitor.get(f"/api/v1/sessions/{session}/plays").json["plays"]
    assert [play["title"] for play in of_session] == ["Four"]
    assert floor.titles() == ["Four", "Three", "Two", "One"]


@pytest.mark.parametrize("limit", ["0", "201", "-1", "1.5", "", "ten", "1e2", "²", "00001", "9" * 500])
def test_a_limit_is_a_whole_number_from_1_to_200(box: RealBox, floor: Floor, limit: str) -> None:
    asked = box.visitor().get(f"/api/v1/stages/{floor.stage}/history?limit={quote(limit)}")
    problem(asked, 422, "limit_invalid")


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ("nobody GET /stages/cellar/now", "stage_unknown"),
        ("nobody GET /stages/cellar/history", "stage_unknown"),
        ("nobody GET /stages/cellar/stream", "stage_unknown"),
        ("dj POST /stages/cellar/sessions", "stage_unknown"),
        ("nobody GET /sessions/none", "session_unknown"),
        ("nobody GET /sessions/none/plays", "session_unknown"),
        ("dj POST /sessions/none/stop", "session_unknown"),
        ("dj POST /sessions/none/end", "session_unknown"),
        ("dj POST /sessions/none/alive", "session_unknown"),
        ("staff DELETE /tokens/none", "token_unknown"),
        ("nobody GET /nothing", "page_unknown"),
    ],
)
def test_what_does_not_exist_is_not_found_and_makes_nothing(
    box: RealBox, shared_floor: Floor, asked: str, code: str
) -> None:
    who, method, path = asked.split(" ")
    visitor = {"nobody": box.visitor(), "dj": shared_floor.dj, "staff": box.staff()}[who]
    with nothing_stored(box.visitor()):
        problem(visitor.ask(method, f"/api/v1{path}"), 404, code)


FITS: list[dict[str, Any]] = [
    {"title": "t", "artist": "a"},
    {"title": "t" * 500, "artist": "ø" * 500},
    {"title": f" {'😀' * 500}\n", "artist": "a"},
    {"bpm": 40},
    {"bpm": 300},
    {"key": "0123456789"},
    {"key": None, "bpm": None, "energy": None, "id": None},
    {"energy": 0, "danceability": 100, "brightness": 0.1, "acousticness": 99.9, "groove": 50},
    {"age_ms": 30 * 24 * 3600 * 1000},
    {"unheard_of": {"deep": [1, 2, 3]}},
]
DOES_NOT_FIT: list[tuple[dict[str, Any], str]] = [
    ({"title": "t" * 501}, "title_too_long"),
    ({"artist": "ø" * 501}, "artist_too_long"),
    ({"title": "t" * 10_000}, "title_too_long"),
    ({"title": ""}, "json_wrong_shape"),
    ({"title": " \u200b\u202e\u0000\t"}, "title_empty"),
    ({"artist": "\u0301"}, "artist_empty"),
    ({"title": None}, "json_wrong_shape"),
    ({"title": ["t"]}, "json_wrong_shape"),
    ({"bpm": 39.99}, "json_wrong_shape"),
    ({"bpm": 300.01}, "json_wrong_shape"),
    ({"bpm": 0}, "json_wrong_shape"),
    ({"bpm": "120"}, "json_wrong_shape"),
    ({"bpm": True}, "json_wrong_shape"),
    ({"key": "01234567890"}, "key_too_long"),
    ({"key": 8}, "json_wrong_shape"),
    *(({score: value}, "json_wrong_shape") for score in rules.SCORES for value in (-0.01, 100.01)),
    ({"age_ms": -1}, "json_wrong_shape"),
    ({"age_ms": 30 * 24 * 3600 * 1000 + 1}, "json_wrong_shape"),
    ({"age_ms": 1.5}, "json_wrong_shape"),
    ({"id": ""}, "json_wrong_shape"),
    ({"id": "a" * 65}, "json_wrong_shape"),
    ({"id": "-a"}, "json_wrong_shape"),
    ({"id": "a/b"}, "json_wrong_shape"),
    ({"id": "ab\n"}, "play_id_invalid"),
]


@pytest.mark.parametrize("fields", FITS, ids=str)
def test_a_track_within_the_limits_is_taken(floor: Floor, fields: dict[str, Any]) -> None:
    answer = floor.announce(**{"title": "So What", **fields})
    assert answer.status == 201, answer.text
    assert len(floor.titles()) == 1


@pytest.mark.parametrize(("fields", "code"), DOES_NOT_FIT, ids=lambda value: str(value)[:40])
def test_a_track_beyond_the_limits_is_refused_and_leaves_no_trace(
    box: RealBox, shared_floor: Floor, fields: dict[str, Any], code: str
) -> None:
    with nothing_stored(box.visitor()):
        problem(shared_floor.announce(**{"title": "So What", **fields}), 422, code)


def test_a_poll_that_brings_nothing_new_is_answered_without_a_body(box: RealBox, floor: Floor, guest: Visitor) -> None:
    address = f"/api/v1/stages/{floor.stage}/now"

    def poll(etag: str = "") -> tuple[int, str]:
        answer = box.visitor().get(address, headers={"If-None-Match": etag})
        assert_safe(answer)
        assert (answer.status == 304) is (answer.body == b"")
        return answer.status, answer.headers["etag"]

    status, etag = poll()
    assert status == 200
    play = floor.play()
    for change in (
        lambda: None,
        lambda: guest.ask("PUT", f"/api/v1/plays/{play}/like"),
        lambda: floor.play("Next"),
        lambda: floor.act("stop"),
        lambda: floor.act("end"),
    ):
        change()
        before, (status, etag) = etag, poll(etag)
        assert (status, etag != before) == (200, True)
        assert poll(etag) == (304, etag)


def test_stages_are_listed_as_they_were_made_and_an_address_is_taken_once(box: RealBox, floor: Floor) -> None:
    floor.play("Listed")
    first, *_, last = box.visitor().get("/api/v1/stages").json["stages"]
    assert first["stage"]["id"] == "main-floor"
    assert last["stage"]["id"] == floor.stage
    assert last["now"]["title"] == "Listed"
    with nothing_stored(box.visitor()):
        problem(box.staff().post("/api/v1/stages", json_body={"name": "  MAIN floor! "}), 409, "stage_exists")
        problem(box.staff().post("/api/v1/stages", json_body={"name": "猫"}), 422, "name_without_letters")
        problem(box.staff().post("/api/v1/stages", json_body={"name": "x" * 101}), 422, "name_too_long")
