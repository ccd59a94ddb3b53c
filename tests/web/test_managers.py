"""A house player's manager, who is neither organiser nor DJ: sees and tells that player, brings music, and no more."""

from collections.abc import Iterator

import pytest

from tests.support.house import STAGE
from tests.support.visitors import Visitor
from tests.web.house import NO_SCAN, Room, furnished
from tests.web.served import serving
from tests.web.test_uploads import TUS, begin, piece

HTML = {"Accept": "text/html"}
HOUSE = f"/organiser/house/{STAGE}"


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    with serving(tmp_path_factory.mktemp("box"), options=NO_SCAN) as box:
        yield furnished(box)


def bar_of(room: Room) -> str:
    players = room.box.staff().get("/api/v1/players").json["players"]
    return str(next(one["id"] for one in players if one["name"] == "Bar"))


@pytest.fixture(scope="module")
def marta(room: Room) -> Visitor:
    """Looks after the bar's player, by its organisers' form and the e-mail of an account that is only a dancer's."""
    marta, place = room.box.person("dancer", "Marta"), f"/organiser/players/{bar_of(room)}/manager"
    assert marta.get("/players", headers=HTML).text.count("<h2") == 0
    assert marta.get(HOUSE, headers=HTML).status == 403
    wrong = room.box.staff().post(place, form={"email": "nobody@example.org"})
    assert (wrong.status, "nobody@example.org" in wrong.text) == (404, True)
    assert "No account on this box has this e-mail" in wrong.text
    page = marta.get("/account", headers=HTML).text
    assert "/players" not in page
    email = page.partition('name="email" autocomplete="username" value="')[2].partition('"')[0]
    assert room.box.staff().post(place, form={"email": f" {email.upper()}"}).status == 303
    assert "Marta" in room.box.staff().get("/organiser/players", headers=HTML).text
    return marta


def test_the_player_is_found_and_told_what_to_do(room: Room, marta: Visitor) -> None:
    assert 'href="/players"' in marta.get("/account", headers=HTML).text
    assert f'href="{HOUSE}"' in marta.get("/players", headers=HTML).text
    assert [one["name"] for one in marta.get("/api/v1/players").json["players"]] == ["Bar"]
    silent = marta.get(HOUSE, headers=HTML).text
    assert "What the house would begin with" in silent
    assert "Artist" in silent
    assert "Play this next" not in silent
    ballot = room.play("m1", "t1")
    page = marta.get(HOUSE, headers=HTML).text
    assert "Play this next" in page
    assert "Keep the rules" in page
    assert 'href="/organiser/events' not in page
    bar = bar_of(room)
    for sent in ({"act": "volume", "volume": "35"}, {"act": "pause"}, {"act": "stays"}, {"act": "skip"}):
        assert marta.post(f"{HOUSE}/order", form={"player": bar, **sent}).status == 303
    word = room.player.post("/api/player/status", json_body={"on": {"play": "m1", "track": "t1"}}).json
    assert (word["plays"], word["silence"], word["volume"], word["skip"]) == (False, "manager", 35, "m1")
    assert marta.post(f"{HOUSE}/order", form={"player": bar, "act": "play"}).status == 303
    assert marta.post(f"{HOUSE}/choose", form={"ballot": ballot["ballot"], "option": "1"}).status == 303
    assert room.asked("m1")["won"] == 1
    tempo = {"bpm_from": "90", "bpm_until": "150", "explicit": "yes", "opens": "", "closes": ""}
    assert marta.post(f"{HOUSE}/rules", form=tempo).status == 303
    trail = room.box.staff().get("/admin/trail", headers=HTML).text
    assert "Marta" in trail


def test_what_the_house_played_is_a_table_with_what_was_not_for_somebody(room: Room, marta: Visitor) -> None:
    room.play("m2", "t3")
    guest = room.box.guest()
    assert guest.ask("PUT", "/api/v1/plays/m2/dislike").status == 200
    table = marta.get(f"{HOUSE}/played.csv")
    head, newest, *_ = table.text.splitlines()
    assert head == "\ufeffbegan,artist,title,bpm,key,played_by,likes,not_for_me"
    assert newest.split(",")[1:3] == ["Artist 3", "<b>t3</b>"]
    assert newest.endswith(",House (Bar),0,1")
    assert room.box.person("dancer", "Dino").get(f"{HOUSE}/played.csv").status == 403


def test_songs_are_brought_and_looked_up(room: Room, marta: Visitor) -> None:
    assert begin(marta, "mine.mp3").status == 201
    uploads = marta.get("/library/uploads", headers=HTML)
    assert (uploads.status, "mine.mp3" in uploads.text) == (200, True)
    library = marta.get("/library?q=artist+1", headers=HTML).text
    assert 'href="/library/uploads"' in library
    assert 'href="/players"' in library
    assert marta.get("/api/v1/library/tracks?q=artist+1").json["tracks"][0]["id"] == "t1"
    assert begin(room.box.person("dancer", "Dora")).status == 403
    theirs = piece(
        room.box.staff(), begin(room.box.staff(), "theirs whole.mp3", length=1).headers["location"], b"1", offset=0
    )
    assert theirs.status == 204
    refused = marta.post("/library/uploads/remove", form={"name": "theirs whole.mp3"})
    assert (refused.status, "Organisers take songs away" in refused.text) == (403, True)
    # What others have on its way is not a manager's to see, to go on with, or to drop.
    staff = room.box.staff()
    place = begin(staff, "theirs.mp3").headers["location"]
    assert "theirs.mp3" not in marta.get("/library/uploads", headers=HTML).text
    assert marta.ask("HEAD", place, headers=TUS).status == 404
    assert piece(marta, place, b"1", offset=0).status == 404
    assert marta.ask("DELETE", place, headers=TUS).status == 404
    assert "mine.mp3" in staff.get("/library/uploads", headers=HTML).text


def test_nothing_else_is_a_managers(room: Room, marta: Visitor) -> None:
    """With another player on the stage, neither that one, nor what it plays, nor the rules that both go by."""
    made = room.box.staff().post(f"/api/v1/stages/{STAGE}/players", json_body={"name": "Terrace"}).json
    other, terrace = room.box.visitor(made["secret"]), made["player"]["id"]
    room.player.post("/api/player/status", json_body={})
    other.post("/api/player/status", json_body={"on": {"play": "t1", "track": "t2"}})
    page = marta.get(HOUSE, headers=HTML).text
    assert ">Bar</h2>" in page
    assert ">Terrace</h2>" not in page
    assert "Keep the rules" not in page
    refused = marta.post(f"{HOUSE}/order", form={"player": terrace, "act": "pause"})
    assert (refused.status, "no such player" in refused.text) == (404, True)
    assert marta.post(f"{HOUSE}/rules", form={"explicit": "yes"}).status == 403
    assert marta.post(f"/api/v1/players/{terrace}/orders", json_body={"paused": True}).status == 403
    for path in ("/organiser", "/organiser/players", "/organiser/schedule", "/admin", "/staff/status"):
        assert marta.get(path, headers=HTML).status in {303, 401, 403}, path
    assert marta.post("/organiser/players", form={"name": "Mine", "stage": STAGE}).status in {303, 403}
    assert marta.post(f"/organiser/players/{bar_of(room)}/remove", form={}).status == 403
    assert room.box.staff().get(f"/api/v1/players/{terrace}").json["paused"] is False


def test_what_was_given_is_taken_back(room: Room) -> None:
    nina, bar = room.box.person("dancer", "Nina"), bar_of(room)
    account = nina.get("/api/v1/me/account").json["id"]
    sent = {"name": "Bar", "stage": STAGE, "manager": account}
    assert room.box.staff().ask("PUT", f"/api/v1/players/{bar}", json_body=sent).status == 200
    assert nina.get(HOUSE, headers=HTML).status == 200
    assert room.box.staff().post(f"/organiser/players/{bar}/manager", form={}).status == 303
    assert nina.get(HOUSE, headers=HTML).status == 403
    assert nina.get("/api/v1/players").json["players"] == []
    assert begin(nina).status == 403
