"""Recaps of sets and DJs' own pages, at every door of a real box."""

import csv
import io

import pytest

from tests.support.visitors import Answer, Visitor
from tests.web.answers import problem
from tests.web.conftest import Floor
from tests.web.html import opened

HTML = {"Accept": "text/html"}


def likes(floor: Floor, play: str, count: int) -> None:
    for _ in range(count):
        phone = floor.box.visitor()
        assert phone.get(f"/s/{floor.stage}", headers=HTML).status == 200
        phone.watch(floor.stage)
        assert phone.ask("PUT", f"/api/v1/plays/{play}/like").status == 200


@pytest.fixture
def over(floor: Floor) -> Floor:
    """A set that is over: one track with six likes, one with two."""
    likes(floor, floor.play("Loved", bpm=124.5, key="8A"), 6)
    likes(floor, floor.play("=cmd|' /C calc'!A1"), 2)
    assert floor.act("end").status == 200
    return floor


def recap(floor: Floor, visitor: Visitor | None = None) -> Answer:
    return (visitor or floor.box.visitor()).get(f"/api/v1/sessions/{floor.session}/recap")


def desk_of(floor: Floor) -> Visitor:
    browser = floor.box.visitor()
    assert browser.post("/dj/login", form={"token": floor.dj.token or ""}).status == 303
    return browser


def test_everybody_is_told_numbers_from_five_on_and_smaller_ones_as_fewer(over: Floor) -> None:
    told = recap(over).json
    assert [(track["title"], track.get("likes")) for track in told["tracks"]] == [
        ("Loved", 6),
        ("=cmd|' /C calc'!A1", None),
    ]
    assert (told["exact"], told["likes"]) == (False, 8)
    assert not {"tempo", "reactions", "polls"} & told.keys()
    assert not any("tempo" in track for track in told["tracks"])
    page = opened(over.box.visitor(), f"/recap/{over.session}")
    assert "fewer than 5" in page.text
    assert [link for link in page.all("a") if "set-list.csv" in link.attributes["href"]] == []


def test_the_djs_and_the_hosts_are_told_every_number(over: Floor) -> None:
    for visitor in (over.dj, over.box.staff()):
        told = recap(over, visitor).json
        assert (told["exact"], [track["likes"] for track in told["tracks"]]) == (True, [6, 2])
        assert told["polls"] == []
    other = over.box.dj("DJ Somebody Else")
    assert recap(over, other).json["exact"] is False
    assert recap(over, over.box.person("organiser", f"Olga {over.session}")).json["exact"] is False


def test_a_dj_can_look_at_what_everybody_is_told(over: Floor) -> None:
    browser = desk_of(over)
    assert "Only for you" in opened(browser, f"/recap/{over.session}").text
    assert "Only for you" not in opened(browser, f"/recap/{over.session}?as=dancer").text


def test_the_table_is_the_djs_and_no_spreadsheet_runs_it(over: Floor) -> None:
    address = f"/recap/{over.session}/set-list.csv"
    problem(over.box.visitor().get(address), 403, "recap_not_yours")
    answer = desk_of(over).get(address)
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    text = answer.body.decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [(row["number"], row["title"], row["bpm"], row["likes"]) for row in rows] == [
        ("1", "Loved", "124.5", "6"),
        ("2", "'=cmd|' /C calc'!A1", "", "2"),
    ]


def test_a_set_that_runs_has_no_recap_and_an_unknown_one_neither(floor: Floor) -> None:
    problem(recap(floor), 409, "session_running")
    problem(recap(floor, floor.dj), 409, "session_running")
    assert opened(floor.box.visitor(), f"/recap/{floor.session}", status=409).text
    problem(floor.box.visitor().get("/api/v1/sessions/nope/recap"), 404, "session_unknown")
    assert opened(floor.box.visitor(), "/recap/nope", status=404).text


def test_a_set_from_behind_a_pin_has_a_recap_for_its_own_people_and_for_whoever_was_let_in(floor: Floor) -> None:
    floor.play("Qwzx Secret")
    inside = floor.box.visitor()
    assert inside.get(f"/s/{floor.stage}", headers=HTML).status == 200
    assert floor.dj.ask("PUT", f"/api/v1/sessions/{floor.session}/pin", json_body={"pin": "042042"}).status == 200
    assert inside.post(f"/api/v1/stages/{floor.stage}/pin", json_body={"pin": "042042"}).status == 204
    floor.act("end")
    strange = floor.box.person("organiser", f"Oskar {floor.session}")
    for visitor in (floor.box.visitor(), floor.box.dj("DJ Nosy"), strange):
        problem(recap(floor, visitor), 403, "set_private")
    for own in (floor.dj, floor.box.staff()):
        assert recap(floor, own).json["tracks"][0]["title"] == "Qwzx Secret"
        assert recap(floor, own).json["exact"] is True
    assert recap(floor, inside).json["exact"] is False


def test_recaps_and_profiles_speak_the_phones_language(over: Floor) -> None:
    for language, words in (("de", "weniger als 5"), ("hu", "5-nél kevesebb"), ("pl", "mniej niż 5")):
        page = opened(over.box.visitor(), f"/recap/{over.session}?lang={language}")
        assert words in page.text
        assert page.one("html").attributes["lang"] == language


def profile_of(floor: Floor, address: str) -> Answer:
    return floor.box.visitor().get(f"/api/v1/djs/{address}/profile")


def test_a_profile_is_made_of_real_plays_and_says_when_they_are_too_few(floor: Floor) -> None:
    for number in range(9):
        floor.play(f"Track {number}", bpm=120 + number, key="8A", energy=50)
    slug = floor.dj_name.lower().replace(" ", "-")
    told = profile_of(floor, slug).json
    assert (told["slug"], told["name"], told["sets"], told["tracks"]) == (slug, floor.dj_name, 1, 9)
    assert told["vibe"] == {"tracks": 9, "scores": {}, "keys": []}
    assert "Too little" in opened(floor.box.visitor(), f"/djs/{slug}").text
    floor.play("Track 9", bpm=140, key="8A", energy=0)
    vibe = profile_of(floor, slug).json["vibe"]
    assert (vibe["bpm"], vibe["scores"], vibe["keys"]) == (
        {"low": 121, "middle": 124, "high": 128},
        {"energy": 45},
        ["8A"],
    )
    page = opened(floor.box.visitor(), f"/djs/{slug}")
    assert "121–128" in page.text
    assert "less than an hour" in page.text


def test_an_id_leads_to_the_page_and_so_does_the_stage(floor: Floor) -> None:
    slug = floor.dj_name.lower().replace(" ", "-")
    told = profile_of(floor, slug).json
    for address in (f"/djs/{told['id']}",):
        answer = floor.box.visitor().get(address, headers=HTML)
        assert (answer.status, answer.headers["location"]) == (303, f"/djs/{slug}")
    answer = floor.box.visitor().get(f"/s/{floor.stage}/dj", headers=HTML)
    assert (answer.status, answer.headers["location"]) == (303, f"/djs/{told['id']}")
    floor.act("end")
    answer = floor.box.visitor().get(f"/s/{floor.stage}/dj", headers=HTML)
    assert (answer.status, answer.headers["location"]) == (303, f"/s/{floor.stage}")


def test_a_profile_of_nobody_is_a_plain_no(floor: Floor) -> None:
    for address in ("nobody", "x" * 400, "%00", "..%2f..%2fetc", "%F0%9F%92%83"):
        assert profile_of(floor, address).status == 404
        assert floor.box.visitor().get(f"/djs/{address}", headers=HTML).status == 404
    problem(profile_of(floor, "nobody"), 404, "dj_unknown")
    problem(floor.box.visitor().get("/s/nowhere/dj"), 404, "stage_unknown")


def test_a_profile_lists_past_sets_and_of_private_ones_only_that_they_were(over: Floor) -> None:
    slug = over.dj_name.lower().replace(" ", "-")
    page = opened(over.box.visitor(), f"/djs/{slug}")
    assert [link.attributes["href"] for link in page.all("a") if "/recap/" in link.attributes["href"]] == [
        f"/recap/{over.session}"
    ]
    started = over.dj.post(f"/api/v1/stages/{over.stage}/sessions", json_body={"pin": "042042"}).json["session"]["id"]
    over.session = started
    over.play("Hidden away")
    over.act("end")
    page = opened(over.box.visitor(), f"/djs/{slug}")
    assert "A private set" in page.text
    assert "Hidden away" not in page.text
    assert started not in [link.attributes["href"].rpartition("/")[2] for link in page.all("a")]
    assert profile_of(over, slug).json["tracks"] == 2


def test_a_dj_finds_the_last_sets_at_the_desk(over: Floor) -> None:
    page = opened(desk_of(over), "/dj")
    [link] = [link for link in page.all("a") if link.attributes["href"] == f"/recap/{over.session}"]
    assert "Recap" in link.text
