"""Whatever was answered "saved" is there after the plug was pulled, and nothing is there twice."""

import http.client
import json
import os
import random
import signal
import sqlite3
import threading
import time
from contextlib import closing
from pathlib import Path

from tests.support.guests import guest_in
from tests.support.real_box import RealBox, running_box
from tests.support.visitors import Visitor

LIKES = 200
KILLS = 10


def open_set(box: RealBox) -> tuple[Visitor, str]:
    dj = box.dj()
    session = dj.post("/api/v1/stages/main-floor/sessions").json["session"]["id"]
    assert (
        dj.post(f"/api/v1/sessions/{session}/plays", json_body={"id": "p1", "title": "t", "artist": "a"}).status == 201
    )
    return dj, session


def guests_in(data: Path) -> list[str]:
    with closing(sqlite3.connect(data / "box.db")) as database:
        return [row[0] for row in database.execute("SELECT guest_id FROM likes WHERE play_id = 'p1'")]


def journaled_guests(data: Path) -> list[str]:
    with closing(sqlite3.connect(data / "box.db")) as database:
        return [
            json.loads(row[0])["guest"]
            for row in database.execute("SELECT body FROM journal WHERE kind = 'like.given'")
        ]


def test_200_answered_likes_survive_kill_9_right_after_the_answer(tmp_path: Path) -> None:
    """The server is killed at random points, each time the moment an answer has come."""
    chance = random.Random(7)
    kill_after = set(chance.sample(range(5, LIKES), KILLS))
    with running_box(tmp_path) as box:
        open_set(box)
        answered = []
        for number in range(LIKES):
            phone = box.guest()
            assert phone.ask("PUT", "/api/v1/plays/p1/like").status == 200
            if number in kill_after:
                pid = box.server_pid()
                os.kill(pid, signal.SIGKILL)
                box.wait_until_served(not_pid=pid)
            answered.append(guest_in(tmp_path / "box.db", phone.cookies["pika_guest"]))
        assert box.visitor().get("/api/v1/stages/main-floor/now").json["now"]["likes"] == LIKES
    assert sorted(guests_in(tmp_path)) == sorted(answered)
    assert sorted(journaled_guests(tmp_path)) == sorted(answered)


def test_likes_in_flight_at_a_kill_are_all_there_or_not_at_all(tmp_path: Path) -> None:
    """Twenty phones at once; the server dies in the middle. What was answered is stored; the rest comes on retry."""
    answered: set[str] = set()
    tried: set[str] = set()
    with running_box(tmp_path) as box:
        open_set(box)
        phones = [[box.guest() for _ in range(20)] for _ in range(20)]
        who = {
            one.cookies["pika_guest"]: guest_in(tmp_path / "box.db", one.cookies["pika_guest"])
            for mine in phones
            for one in mine
        }
        begin = threading.Barrier(21)

        def tap(mine: list[Visitor]) -> None:
            begin.wait()
            for phone in mine:
                guest = who[phone.cookies["pika_guest"]]
                tried.add(guest)
                try:
                    if phone.ask("PUT", "/api/v1/plays/p1/like").status == 200:
                        answered.add(guest)
                except (OSError, http.client.HTTPException):
                    # Half an answer is none.
                    return

        hands = [threading.Thread(target=tap, args=(mine,)) for mine in phones]
        for hand in hands:
            hand.start()
        pid = box.server_pid()
        begin.wait()
        while len(answered) < 100:
            time.sleep(0.001)
        os.kill(pid, signal.SIGKILL)
        for hand in hands:
            hand.join()
        box.wait_until_served(not_pid=pid)
        stored = guests_in(tmp_path)
        assert answered <= set(stored) <= tried
        assert len(answered) < 400, "the kill came too late to prove anything"
        for mine in phones:
            for phone in mine:
                # The pages come back by themselves.
                assert phone.watch().ask("PUT", "/api/v1/plays/p1/like").status == 200
        stored = guests_in(tmp_path)
        assert len(stored) == len(set(stored)) == 400
        assert sorted(journaled_guests(tmp_path)) == sorted(stored)


def test_the_set_goes_on_after_the_server_was_killed(tmp_path: Path) -> None:
    with running_box(tmp_path) as box:
        dj, session = open_set(box)
        pid = box.server_pid()
        os.kill(pid, signal.SIGKILL)
        box.wait_until_served(not_pid=pid)
        assert box.visitor().get("/api/v1/stages/main-floor/now").json["now"]["play"] == "p1"
        resumed = dj.post("/api/v1/stages/main-floor/sessions")
        assert resumed.json["resumed"] is True
        assert resumed.json["session"]["id"] == session
        again = dj.post(f"/api/v1/sessions/{session}/plays", json_body={"id": "p1", "title": "t", "artist": "a"})
        assert (again.status, again.json["duplicate"]) == (200, True)
