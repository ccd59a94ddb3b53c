"""Phones that nobody means well with: no thousand cookies make a crowd, no single one fills the card, and nobody honest
is refused."""

import time
from pathlib import Path
from typing import Any

import pytest

from appliance.live import board
from tests.support.real_box import RealBox
from tests.support.visitors import Visitor
from tests.web.answers import problem, until
from tests.web.conftest import Floor
from tests.web.html import opened
from tests.web.phone import Phone
from tests.web.served import Served, serving

ASKED = {"question": "More?", "options": ["Yes", "No"]}


class Hall:
    """A box of this test's own with a DJ on, something on, and a poll."""

    def __init__(self, box: Served) -> None:
        self.box, self.dj = box, box.dj()
        self.session = self.dj.post("/api/v1/stages/main-floor/sessions").json["session"]["id"]
        sent = {"title": "t", "artist": "a"}
        self.play = self.dj.post(f"/api/v1/sessions/{self.session}/plays", json_body=sent).json["play"]["play"]
        self.poll = self.dj.post(f"/api/v1/sessions/{self.session}/polls", json_body=ASKED).json["id"]

    def phone(self, *, watches: bool) -> Visitor:
        phone = self.box.visitor()
        assert phone.post("/api/v1/guests").status == 204
        return phone.watch() if watches else phone

    def shout(self, phone: Visitor) -> list[int]:
        """A like, a vote, an answer and a thank-you; their statuses."""
        stage = "/api/v1/stages/main-floor"
        asked: list[tuple[str, str, Any]] = [
            ("PUT", f"/api/v1/plays/{self.play}/like", None),
            ("PUT", f"{stage}/plays/{self.play}/tempo", {"vote": "faster"}),
            ("PUT", f"{stage}/polls/{self.poll}/vote", {"option": 1}),
            ("POST", f"{stage}/reactions", {"id": "r", "kind": "fire"}),
        ]
        return [phone.ask(method, path, json_body=body).status for method, path, body in asked]

    def sums(self) -> tuple[int, int, int, int]:
        """Likes, votes for faster, for the second option, and reactions."""
        now = self.box.visitor().get("/api/v1/stages/main-floor/now").json
        tempo, reactions = now["now"].get("tempo", {}), now.get("reactions", {})
        return now["now"]["likes"], tempo.get("faster", 0), now["poll"]["votes"][1], reactions.get("fire", 0)

    def tallies(self) -> Any:
        return self.box.staff().get("/api/v1/stages/main-floor/tallies").json


def test_a_thousand_fresh_cookies_from_one_phone_move_no_tally_by_one_percent(tmp_path: Path) -> None:
    honest, fresh = 120, 1_000
    with serving(tmp_path) as box:
        hall = Hall(box)
        for _ in range(honest):
            assert hall.shout(hall.phone(watches=True)) == [200] * 4
        # The first two of an address count before anybody has seen them: this test's address has used them up.
        for _ in range(2):
            hall.shout(hall.phone(watches=False))
        before = hall.sums()
        assert before[0] >= honest
        statuses = [hall.shout(hall.phone(watches=False)) for _ in range(fresh // 4)]
        likers = [hall.phone(watches=False) for _ in range(fresh - fresh // 4)]
        statuses += [[one.ask("PUT", f"/api/v1/plays/{hall.play}/like").status] for one in likers]
        after = hall.sums()
        for was, now in zip(before, after, strict=True):
            assert (now - was) / was < 0.01
        # Nobody was told that their words do not count; the staff are.
        assert {status for said in statuses for status in said} == {200}
        [play], [poll] = hall.tallies()["plays"], hall.tallies()["polls"]
        assert play["likes"] == {"counted": after[0], "discounted": fresh}
        assert play["tempo"]["faster"] == {"counted": after[1], "discounted": fresh // 4}
        assert poll["votes"][1] == {"counted": after[2], "discounted": fresh // 4}


def test_a_phone_that_nobody_had_seen_counts_as_soon_as_its_page_has_a_stream(tmp_path: Path) -> None:
    with serving(tmp_path) as box:
        hall = Hall(box)
        for _ in range(2):
            hall.phone(watches=False).ask("PUT", f"/api/v1/plays/{hall.play}/like")
        phone = hall.phone(watches=False)
        liked = phone.ask("PUT", f"/api/v1/plays/{hall.play}/like").json
        # It sees its own heart, and nobody else does.
        assert (liked["liked"], liked["likes"]) == (True, 3)
        hall.shout(phone)
        assert hall.sums() == (2, 0, 0, 0)
        assert opened(phone, "/s/main-floor").one("button", class_="like").attributes["aria-pressed"] == "true"
        with Phone(box.port, "main-floor") as other:
            other.next("state")
            phone.watch()
            assert other.next("likes").data["likes"] == 3
        assert until(lambda: hall.sums() == (3, 1, 1, 1))
        assert hall.tallies()["plays"][0]["likes"] == {"counted": 3, "discounted": 0}


def test_what_waited_to_count_does_so_over_a_restart(tmp_path: Path) -> None:
    with serving(tmp_path) as box:
        hall = Hall(box)
        for _ in range(2):
            hall.phone(watches=False).ask("PUT", f"/api/v1/plays/{hall.play}/like")
        phone = hall.phone(watches=False)
        phone.ask("PUT", f"/api/v1/plays/{hall.play}/like")
    with serving(tmp_path) as box:
        again = Visitor(port=box.port, cookies=phone.cookies)
        again.watch()
        path = "/api/v1/stages/main-floor/history"
        assert until(lambda: box.visitor().get(path).json["plays"][0]["likes"] == 3)


def test_where_the_box_gives_out_addresses_one_of_them_is_one_phone_whatever_it_opens(tmp_path: Path) -> None:
    options = {"network": {"topology": "ethernet"}}
    with serving(tmp_path, options=options) as box:
        hall = Hall(box)
        for _ in range(30):
            assert hall.shout(hall.phone(watches=True)) == [200] * 4
        assert hall.sums() == (4, 4, 4, 4)


def test_a_thousand_phones_behind_one_address_like_within_moments_and_none_is_refused(tmp_path: Path) -> None:
    with serving(tmp_path) as box:
        hall = Hall(box)
        phones = [hall.phone(watches=True) for _ in range(300)]
        for _ in range(4):
            for phone in phones:
                assert phone.ask("PUT", f"/api/v1/plays/{hall.play}/like").status == 200
        assert hall.sums()[0] == 300


def test_one_phone_that_floods_is_refused_and_the_others_are_not(box: RealBox, floor: Floor, guest: Visitor) -> None:
    play = floor.play()
    other = box.visitor()
    other.post("/api/v1/guests")
    flooded = [guest.ask("PUT", f"/api/v1/plays/{play}/like") for _ in range(360)]
    refused = [one for one in flooded if one.status == 429]
    assert len(refused) >= 20
    problem(refused[-1], 429, "too_many_requests")
    assert other.ask("PUT", f"/api/v1/plays/{play}/like").status == 200


def test_a_flood_of_cookies_whom_nobody_has_seen_is_refused_and_those_who_are_there_are_not(tmp_path: Path) -> None:
    with serving(tmp_path, options={"limits": {"unseen_burst": 20, "unseen_per_s": 1}}) as box:
        hall = Hall(box)
        there = hall.phone(watches=True)
        statuses = [hall.phone(watches=False).ask("PUT", f"/api/v1/plays/{hall.play}/like").status for _ in range(60)]
        assert 429 in statuses[22:]
        assert statuses.count(200) <= 30
        assert hall.shout(there) == [200] * 4
        # Whoever was refused is heard as soon as the page is open.
        assert hall.shout(hall.phone(watches=True)) == [200] * 4


def test_everybody_at_an_address_together_has_an_end_too(tmp_path: Path) -> None:
    with serving(tmp_path, options={"limits": {"address_burst": 30, "address_per_s": 1}}) as box:
        hall = Hall(box)
        statuses = [hall.phone(watches=True).ask("PUT", f"/api/v1/plays/{hall.play}/like").status for _ in range(60)]
        assert statuses[:30] == [200] * 30
        assert 429 in statuses[30:]


def test_only_organisers_see_what_does_not_count(box: RealBox, floor: Floor, guest: Visitor) -> None:
    floor.play()
    path = f"/api/v1/stages/{floor.stage}/tallies"
    for asker in (box.visitor(), guest):
        problem(asker.get(path), 401, "login_missing")
    assert floor.dj.get(path).status in {401, 403}
    assert box.staff().get(path).json["stage"] == floor.stage
    problem(box.staff().get("/api/v1/stages/none/tallies"), 404, "stage_unknown")
    now = box.visitor().get(f"/api/v1/stages/{floor.stage}/now").text
    assert "discount" not in now


@pytest.mark.parametrize("words", [b"like", b"tempo", b"vote", b"reactions"])
def test_no_foreign_page_can_say_anything_for_a_phone(floor: Floor, guest: Visitor, words: bytes) -> None:
    play = floor.play()
    poll = floor.dj.post(f"/api/v1/sessions/{floor.session}/polls", json_body=ASKED).json["id"]
    stage = f"/api/v1/stages/{floor.stage}"
    asked: dict[bytes, tuple[str, str, Any]] = {
        b"like": ("PUT", f"/api/v1/plays/{play}/like", {}),
        b"tempo": ("PUT", f"{stage}/plays/{play}/tempo", {"vote": "faster"}),
        b"vote": ("PUT", f"{stage}/polls/{poll}/vote", {"option": 0}),
        b"reactions": ("POST", f"{stage}/reactions", {"id": "r", "kind": "fire"}),
    }
    method, path, body = asked[words]
    foreign = {"Origin": "http://evil.com"}
    problem(guest.ask(method, path, json_body=body, headers=foreign), 403, "origin_foreign")
    # A name of somebody else's that was made to lead here.
    rebound = Visitor(port=guest.port, cookies=guest.cookies, host="evil.com")
    problem(rebound.ask(method, path, json_body=body), 421, "host_unknown")
    assert guest.ask(method, path, json_body=body).status == 200


def test_a_page_that_only_asks_counts_after_a_while(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("appliance.domain.standing.LOOKS_APART_MS", 300)
    monkeypatch.setattr(board, "LIKES_EVERY_S", 0.01)
    with serving(tmp_path) as box:
        hall = Hall(box)
        for _ in range(2):
            hall.phone(watches=False).ask("PUT", f"/api/v1/plays/{hall.play}/like")
        phone = hall.phone(watches=False)
        phone.get("/api/v1/stages/main-floor/now")
        phone.ask("PUT", f"/api/v1/plays/{hall.play}/like")
        assert hall.sums()[0] == 2
        time.sleep(0.35)
        phone.get("/api/v1/stages/main-floor/now")
        assert until(lambda: hall.sums()[0] == 3)


def test_organisers_ask_a_stage_and_see_what_counts_without_a_script(
    box: RealBox, floor: Floor, guest: Visitor
) -> None:
    play = floor.play("All Blues")
    guest.ask("PUT", f"/api/v1/plays/{play}/like")
    staff = box.visitor()
    staff.cookies["pika_staff"] = str(box.staff().token)
    event = box.staff().get("/api/v1/me/events").json["events"][0]["event"]
    page = f"/organiser/events/{event}/voices"
    sent = {"stage": floor.stage, "question": "Shall we?", "options": "Yes\nNo\n", "lasts": "60"}
    refused = staff.post(f"{page}/ask", form=sent | {"options": "Yes"})
    assert refused.status == 422
    assert "2 to 10 options" in refused.text
    assert "Shall we?" in refused.text
    assert staff.post(f"{page}/ask", form=sent).status == 303
    running = floor.now()["poll"]
    assert running["question"] == "Shall we?"
    guest.ask("PUT", f"/api/v1/stages/{floor.stage}/polls/{running['id']}/vote", json_body={"option": 0})
    told = opened(staff, page).text
    assert "All Blues" in told
    assert staff.post(f"{page}/end", form={"stage": floor.stage, "poll": running["id"]}).status == 303
    assert floor.now()["poll"]["winners"] == [0]
    stranger = box.visitor()
    assert stranger.get(page).status == 401
    assert stranger.post(f"{page}/ask", form=sent).status == 401
