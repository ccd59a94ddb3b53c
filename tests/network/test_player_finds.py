"""A player that is given no address finds its own box on a real network, made of namespaces, and follows it."""

import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.chaos.player import known_library
from tests.network.hall import REPOSITORY, Hall, Machine, eventually, hall
from tests.network.new_dj import in_network_of, real_box
from tests.player.sound import write_song
from tests.support.real_box import RealBox

_BOX, _MOVED, _STRANGER, _PLAYER = "10.77.0.1/24", "10.77.0.44/24", "10.77.0.2/24", "10.77.0.9/24"
_GREEDY = REPOSITORY / "tests" / "network" / "greedy_box.py"


@pytest.fixture(name="venue")
def _venue(tmp_path: Path) -> Iterator[Hall]:
    with hall(tmp_path) as venue:
        yield venue


def _plays(machine: Machine, box: RealBox) -> bool:
    """Whether the box hears, just now, from a player that plays."""
    with in_network_of(machine):
        [player] = box.staff().get("/api/v1/players").json["players"]
    return bool(player["status"] == "active" and player.get("heard_s", 9) <= 2)


def test_a_player_finds_the_box_that_knows_its_token_shows_it_to_no_other_and_follows_it(
    venue: Hall, tmp_path: Path
) -> None:
    here, there, stage = venue.plug_in(_BOX), venue.plug_in(_STRANGER), venue.plug_in(_PLAYER)
    heard = tmp_path / "heard"
    write_song(tmp_path / "music", 0, seconds=90)
    known_library(tmp_path / "box" / "box.db", tmp_path / "music")
    with real_box(
        here, tmp_path / "box", name="Hall", env={"PIKA_BOX_LIBRARY_FOLDERS": str(tmp_path / "music")}
    ) as box:
        with in_network_of(here):
            made = box.staff().post("/api/v1/stages/main-floor/players", json_body={"name": "Bar"}).json
        # It has the same name and the same id.
        greedy = there.spawn(sys.executable, str(_GREEDY), "Hall", "aaaaaa0001", str(heard))
        options = ("--token", made["secret"], "--sink", "null", "--data", str(tmp_path / "player"))
        player = stage.spawn(sys.executable, "-m", "appliance", "player", *options)
        eventually(lambda: _plays(here, box), within_s=15, what="the box hears of it")
        assert "proofs" in heard.read_text(encoding="utf-8"), "nobody else was asked"

        began = time.monotonic()
        here.execute("sysctl", "-q", "net.ipv4.conf.eth0.promote_secondaries=1")
        here.give(_MOVED)
        here.take(_BOX)
        eventually(lambda: not _plays(here, box), within_s=5, what="the box hears no more of it")
        eventually(lambda: _plays(here, box), within_s=30, what="the box is followed to its new address")

        print(f"followed after {time.monotonic() - began:.0f} s")
        assert made["secret"] not in heard.read_text(encoding="utf-8"), "it showed its token to another box"
        assert greedy.poll() is None
        player.terminate()
        assert player.wait(10) == 0
