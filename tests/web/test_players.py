"""House players over HTTP: tokens, files in ranges, and what a player is and is not told."""

import asyncio
import os
import re
from collections.abc import Coroutine, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from appliance.domain.library import LibraryFile
from appliance.domain.players import proof
from appliance.ports import Transaction
from appliance.usecases.people import digest
from tests.support.library import library_track
from tests.support.visitors import Visitor
from tests.web.served import Served, serving

SOUND = bytes(range(256)) * 40


@pytest.fixture(scope="module")
def box(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A box with a library of three songs."""
    music = tmp_path_factory.mktemp("music")
    # Nobody looks whether what these tests write of files is so.
    with serving(tmp_path_factory.mktemp("box"), options={"library": {"enabled": False}}) as box:
        for name in ("aaa", "bbb", "ccc"):
            (music / f"{name}.mp3").write_bytes(SOUND)
            keep(box, music / f"{name}.mp3", name)
        yield box


def run_on(box: Served, work: Coroutine[Any, Any, Any]) -> None:
    """Does something in the box's own loop."""
    asyncio.run_coroutine_threadsafe(work, box.loop).result(10)


def keep(box: Served, path: Path, track_id: str) -> None:
    """The library learns of a file."""

    def job(tx: Transaction) -> None:
        tx.put_library_track(library_track(track_id, f"Song {track_id}", f"Artist {track_id}"))
        tx.put_library_file(
            LibraryFile(os.fsencode(path), str(path.parent), len(SOUND), 1, track_id=track_id, version=1)
        )

    run_on(box, box.site.ports.store.write(job))


def new_player(box: Served, name: str) -> tuple[Visitor, str, str]:
    """A player on a stage of its own; its id, and the stage's."""
    stage = box.staff().post("/api/v1/stages", json_body={"name": f"Floor of {name}"}).json["id"]
    made = box.staff().post(f"/api/v1/stages/{stage}/players", json_body={"name": name})
    assert made.status == 201, made.text
    return box.visitor(made.json["secret"]), made.json["player"]["id"], stage


def following(player: Visitor, song: dict[str, str]) -> dict[str, str]:
    """What dancers are told of the song after this one."""
    then = player.get(f"/api/player/next-song?after={song['id']}").json
    return {name: then[name] for name in ("artist", "title")}


def test_what_comes_next_is_told_of_the_song_that_is_on_and_of_no_dj_s(box: Served) -> None:
    player, _, stage = new_player(box, "Coming")

    def told() -> dict[str, str]:
        lane: dict[str, str] = box.visitor().get(f"/api/v1/stages/{stage}/now").json["lanes"]["coming"]
        return lane

    first = player.get("/api/player/next-song").json
    assert "title" not in told()  # nothing is on
    player.post("/api/player/status", json_body={"on": {"play": "c1", "track": first["id"]}})
    assert "title" not in told()  # nothing was chosen yet
    second = player.get(f"/api/player/next-song?after={first['id']}").json
    assert (told()["after"], told()["title"]) == ("c1", second["title"])
    player.get(f"/api/player/next-song?after={first['id']},{second['id']}")  # a player keeps some songs ahead
    assert told()["title"] == second["title"]
    player.post("/api/player/status", json_body={"on": {"play": "c2", "track": second["id"]}})
    assert told()["after"] == "c2"
    dj = box.dj("DJ Comes")
    session = dj.post(f"/api/v1/stages/{stage}/sessions").json["session"]["id"]
    dj.post(f"/api/v1/sessions/{session}/plays", json_body={"title": "By hand", "artist": "Somebody"})
    assert "title" not in told()


def test_a_player_asks_fetches_plays_and_dancers_see_it(box: Served) -> None:
    player, player_id, stage = new_player(box, "Bar")
    asked = player.get(f"/api/player/next-song?stage={stage}&after=")
    assert asked.status == 200, asked.text
    song = asked.json
    assert song["title"] == f"Song {song['id']}"
    assert song["lufs"] == -11.5
    assert song["why"]
    assert player.get("/api/v1/player/next-song").json == song, "asked twice, it is another song"
    assert player.get(f"/api/player/next-song?after={song['id']}").json["id"] != song["id"]
    whole = player.get(song["address"])
    assert (whole.status, whole.body, whole.headers["content-type"]) == (200, SOUND, "audio/mpeg")
    part = player.get(song["address"], headers={"Range": "bytes=100-199"})
    assert (part.status, part.body) == (206, SOUND[100:200])
    assert player.get(song["address"], headers={"Range": "bytes=999999-"}).status == 416
    said = player.post("/api/player/status", json_body={"on": {"play": "p1", "track": song["id"]}})
    assert said.json == {"v": 1, "plays": True, "volume": 100}
    now = box.visitor().get(f"/api/v1/stages/{stage}/now").json
    assert (now["session"]["dj"], now["now"]["title"], now["now"]["bpm"]) == ("House (Bar)", song["title"], 120.0)
    assert now["lanes"]["coming"] == {"v": 1, "stage": stage, "after": "p1", **following(player, song)}
    page = box.visitor().get(f"/s/{stage}", headers={"Accept": "text/html"}).text
    assert f"{now['lanes']['coming']['title']} – {now['lanes']['coming']['artist']}</bdi>" in page
    like = box.guest().watch(stage).ask("PUT", "/api/v1/plays/p1/like")
    assert like.status in {200, 204}, like.text
    shown = box.staff().get(f"/api/v1/players/{player_id}").json
    assert (shown["status"], shown["on"]["track"]) == ("active", song["id"])
    played = box.staff().get(f"/api/v1/players/{player_id}/plays").json["plays"]
    assert [one["play"] for one in played] == ["p1"]


def test_wrong_and_revoked_tokens_and_others_stages_are_refused(box: Served) -> None:
    player, player_id, _ = new_player(box, "Foyer")
    assert player.get("/api/player/next-song?stage=main-floor").status == 404
    assert box.visitor("pk_player_wrong").get("/api/player/next-song").status == 401
    assert box.visitor().post("/api/player/status", json_body={}).status == 401
    assert box.dj("DJ Curious").get("/api/player/next-song").status == 401
    assert player.post("/api/v1/djs", json_body={"name": "DJ Machine"}).status == 401
    assert box.staff().ask("DELETE", f"/api/v1/players/{player_id}").status == 204
    for path in ("next-song", "songs/aaa"):
        refused = player.get(f"/api/player/{path}")
        assert (refused.status, refused.json["code"]) == (401, "token_wrong")


def test_only_files_of_the_library_are_given_and_never_what_lies_outside(box: Served, tmp_path: Path) -> None:
    player, _, _ = new_player(box, "Cellar")
    secret = tmp_path / "secret.txt"
    secret.write_text("nobody's business")
    music = tmp_path / "music"
    music.mkdir()
    (music / "link.mp3").symlink_to(secret)
    (music / "sub").symlink_to(tmp_path)
    keep(box, music / "link.mp3", "linked")
    keep(box, music / "gone.mp3", "gone")

    def job(tx: Transaction) -> None:
        file = tx.library_file(os.fsencode(music / "gone.mp3"))
        assert file is not None
        tx.put_library_track(library_track("below", "Below"))
        tx.put_library_file(replace(file, path=os.fsencode(music / "sub" / "secret.txt"), track_id="below"))

    run_on(box, box.site.ports.store.write(job))
    for name in ("linked", "gone", "below", "never", "..%2F..%2Fetc%2Fpasswd", "%00"):
        refused = player.get(f"/api/player/songs/{name}")
        assert refused.status == 404, name
        assert b"business" not in refused.body

    def forget(tx: Transaction) -> None:
        for name in ("link.mp3", "gone.mp3", "sub/secret.txt"):
            tx.drop_library_file(os.fsencode(music / name))

    run_on(box, box.site.ports.store.write(forget))


def test_orders_come_with_the_answer_and_a_manager_may_give_them(box: Served) -> None:
    player, player_id, stage = new_player(box, "Terrace")
    olga = box.organiser("Olga the Other")
    refused = olga.post(f"/api/v1/players/{player_id}/orders", json_body={"paused": True})
    assert (refused.status, refused.json["code"]) == (403, "event_not_yours")
    me = olga.get("/api/v1/me/account").json
    edited = box.staff().ask(
        "PUT",
        f"/api/v1/players/{player_id}",
        json_body={"name": "Terrace", "stage": stage, "manager": me["id"]},
    )
    assert edited.status == 200, edited.text
    assert olga.post(f"/api/v1/players/{player_id}/orders", json_body={"paused": True}).json["paused"] is True
    assert olga.ask("DELETE", f"/api/v1/players/{player_id}").status == 403, "a manager may tell it, no more"
    said = player.post("/api/player/status", json_body={"on": {"play": "t1", "title": "x"}}).json
    assert (said["plays"], said["silence"]) == (False, "manager")
    olga.post(f"/api/v1/players/{player_id}/orders", json_body={"paused": False, "volume": 30})
    player.post("/api/player/status", json_body={"on": {"play": "t2", "title": "x"}})
    olga.post(f"/api/v1/players/{player_id}/orders", json_body={"skip": True})
    said = player.post("/api/player/status", json_body={"on": {"play": "t2", "title": "x"}}).json
    assert said == {"v": 1, "plays": True, "volume": 30, "skip": "t2"}
    # A DJ goes live: nothing is to be fetched any more, and the player is told whom it gives way to.
    dj = box.dj("DJ Live")
    assert dj.post(f"/api/v1/stages/{stage}/sessions").status == 201
    waiting = player.get("/api/player/next-song")
    assert (waiting.status, waiting.json["code"], waiting.json["facts"]["dj"]) == (409, "dj_plays", "DJ Live")
    assert player.post("/api/player/status", json_body={"on": {"play": "t3", "title": "x"}}).json["silence"] == "dj"


def test_a_player_that_asks_without_end_is_slowed_down(box: Served) -> None:
    player, _, _ = new_player(box, "Mad")
    answers = [player.post("/api/player/status", json_body={}).status for _ in range(120)]
    assert answers[0] == 200
    assert 429 in answers


def test_a_tag_leads_to_the_stage_and_opens_nothing_else(box: Served) -> None:
    _, player_id, stage = new_player(box, "Door")
    path = box.staff().post(f"/api/v1/players/{player_id}/tag", json_body={}).json["path"]
    led = box.visitor().get(path)
    assert (led.status, led.headers["location"]) == (303, f"/s/{stage}")
    assert box.visitor(path.removeprefix("/t/")).get("/api/player/next-song").status == 401
    assert box.visitor().get("/t/nobody-knows-this").status == 404


def test_a_box_proves_that_it_knows_a_player_s_token_without_being_shown_it(box: Served) -> None:
    player, player_id, _ = new_player(box, "Proven")
    nonce = "0123456789abcdef" * 2
    wanted = proof(digest(player.token or ""), nonce)
    proofs = box.visitor().get(f"/api/v1/player/proofs?nonce={nonce}").json["proofs"]
    assert wanted in proofs
    assert wanted not in box.visitor().get(f"/api/v1/player/proofs?nonce={nonce[::-1]}").json["proofs"]
    for bad in ("", "0" * 31, "0" * 65, "g" * 32, nonce.upper()):
        refused = box.visitor().get(f"/api/v1/player/proofs?nonce={bad}")
        assert (refused.status, refused.json["code"]) == (422, "nonce_invalid")
    box.staff().ask("DELETE", f"/api/v1/players/{player_id}")
    assert wanted not in box.visitor().get(f"/api/v1/player/proofs?nonce={nonce}").json["proofs"]


def test_a_lost_token_is_replaced_and_the_player_stays_who_it_is(box: Served) -> None:
    player, player_id, stage = new_player(box, "Loft")
    player.post("/api/player/status", json_body={"on": {"play": "lost1", "title": "x"}})
    path = box.staff().post(f"/api/v1/players/{player_id}/tag", json_body={}).json["path"]
    page = box.staff().post(f"/organiser/players/{player_id}/token", form={}).text
    [secret] = re.findall(r"--token (pk_player_[\w-]+)", page)
    assert player.get("/api/player/next-song").status == 401
    anew = box.visitor(secret)
    assert anew.post("/api/player/status", json_body={"on": {"play": "lost1", "title": "x"}}).status == 200
    assert [one["play"] for one in box.staff().get(f"/api/v1/players/{player_id}/plays").json["plays"]] == ["lost1"]
    assert box.visitor().get(path).headers["location"] == f"/s/{stage}"
    again = box.staff().post(f"/api/v1/players/{player_id}/token")
    assert (again.status, anew.get("/api/player/next-song").status) == (201, 401)
    assert box.visitor(again.json["secret"]).get("/api/player/next-song").status == 200
    other = box.organiser("Otto the Other")
    assert other.post(f"/api/v1/players/{player_id}/token").status == 403
    assert other.post(f"/organiser/players/{player_id}/token", form={}).status == 403


def test_a_tag_s_page_has_its_address_as_text_and_code_once(box: Served) -> None:
    _, player_id, stage = new_player(box, "Yard")
    page = box.staff().post(f"/organiser/players/{player_id}/tag", form={"tag": ""}).text
    [path] = re.findall(r'data-tag="http://[^/"]+(/t/[\w-]+)"', page)
    assert "<svg" in page.partition("data-tag")[2]
    assert box.visitor().get(path).headers["location"] == f"/s/{stage}"
    assert path not in box.staff().get("/organiser/players", headers={"Accept": "text/html"}).text


def test_what_players_ask_stands_in_the_document_at_both_addresses(box: Served) -> None:
    paths = box.visitor().get("/api/v1/openapi.json").json["paths"]
    for path, method in (("next-song", "get"), ("status", "post"), ("songs/{track}", "get")):
        plain, versioned = paths[f"/api/player/{path}"][method], paths[f"/api/v1/player/{path}"][method]
        assert plain["operationId"] != versioned["operationId"]
        assert plain["description"] == versioned["description"]
        assert plain["responses"] == versioned["responses"]
