"""A served box on whose stage the house plays."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from appliance.ports import Transaction
from tests.support.house import LIBRARY, STAGE
from tests.support.library import library_file, library_track
from tests.support.visitors import Visitor
from tests.web.served import Served
from tests.web.test_players import run_on

#: nobody looks for the library's files, which are made up
NO_SCAN = {"library": {"enabled": False}}


@dataclass(frozen=True)
class Room:
    """A box with a dozen tracks and a player on its stage."""

    box: Served
    player: Visitor

    def play(self, play: str, track: str) -> dict[str, Any]:
        """The player plays; what dancers are asked then."""
        told = self.player.post("/api/player/status", json_body={"on": {"play": play, "track": track}})
        assert told.status == 200, told.text
        asked: dict[str, Any] = until(lambda: self.asked(play))
        return asked

    def asked(self, play: str) -> dict[str, Any]:
        answer = self.box.guest().get(f"/api/v1/stages/{STAGE}/ballot")
        return answer.json if answer.status == 200 and answer.json["play"] == play else {}


def until(look: Callable[[], Any]) -> Any:
    """What is found, as soon as it is there."""
    deadline = time.monotonic() + 10
    while not (found := look()):
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.02)
    return found


def furnished(box: Served) -> Room:
    """A dozen tracks, and a player on the stage."""

    def fill(tx: Transaction) -> None:
        for track_id, artist, sound in LIBRARY:
            tx.put_library_track(library_track(track_id, f"<b>{track_id}</b>", artist, sound=sound))
            tx.put_library_file(library_file(f"{track_id}.mp3", track_id))

    run_on(box, box.site.ports.store.write(fill))
    made = box.staff().post(f"/api/v1/stages/{STAGE}/players", json_body={"name": "Bar"})
    assert made.status == 201, made.text
    return Room(box, box.visitor(made.json["secret"]))
