"""Players and light rigs at the broker of the real box, over the hall's network."""

import json
import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from appliance.domain.portal import Mode
from tests.firmware.guests_network import BOX, BROKER_PORT, GuestsNetwork, Phone, guests_network
from tests.hall.desk import Desk

_PLAYER = Path(__file__).with_name("player.py")
_NOW = "pika/v1/stage/main-floor/now"


class _Player:
    """One that runs in a phone's network."""

    def __init__(self, phone: Phone, *, name: str, token: str, topic: str = _NOW) -> None:
        words = (BOX, str(BROKER_PORT), name, token, topic)
        process = phone.machine.spawn(sys.executable, str(_PLAYER), *words)
        self._lines: queue.Queue[dict[str, Any]] = queue.Queue()
        threading.Thread(target=self._read, args=(process,), daemon=True).start()

    def _read(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        for line in process.stdout:
            self._lines.put(json.loads(line))

    def next(self) -> dict[str, Any]:
        """What happened next."""
        return self._lines.get(timeout=15)

    def until(self, said: str) -> None:
        """Waits until it said so."""
        while self.next()["said"] != said:
            pass


@pytest.fixture(name="network", scope="module")
def _network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GuestsNetwork]:
    with guests_network(tmp_path_factory.mktemp("djs"), mode=Mode.QUIET, real=True, djs=True) as network:
        yield network


@pytest.fixture(name="desk", scope="module")
def _desk(network: GuestsNetwork) -> Iterator[Desk]:
    desk = Desk(network.box.namespace, said=network.said)
    yield desk
    desk.close()


def _broker_of(network: GuestsNetwork) -> psutil.Process:
    mine = Path("/run/netns", network.box.namespace).stat().st_ino
    for process in psutil.process_iter(["name"]):
        if process.info["name"] == "mosquitto" and Path(f"/proc/{process.pid}/ns/net").stat().st_ino == mine:
            return process
    raise LookupError("no broker runs")


def test_a_late_player_knows_what_is_on_within_a_fifth_of_a_second(network: GuestsNetwork, desk: Desk) -> None:
    desk.announce("On already")
    player = _Player(network.phone, name="dj-anna", token=desk.dj_token)
    joined, heard = player.next(), player.next()
    assert (joined["said"], heard["said"]) == ("Success", "On already")
    assert heard["after_ms"] - joined["after_ms"] < 200


@pytest.mark.parametrize(("name", "token"), [("", ""), ("dj-anna", "pk_dj_wrong")])
def test_nobody_hears_anything_without_a_token(network: GuestsNetwork, desk: Desk, name: str, token: str) -> None:
    desk.announce("Not for you")
    player = _Player(network.other, name=name, token=token, topic="#")
    assert player.next()["said"] == "Not authorized"
    assert player.next()["said"] == "Not authorized"


def test_a_killed_broker_is_back_for_every_player_with_what_is_on(network: GuestsNetwork, desk: Desk) -> None:
    desk.announce("Before the fall")
    players = [_Player(phone, name="dj-anna", token=desk.dj_token) for phone in (network.phone, network.other)]
    for player in players:
        player.until("Before the fall")
    os.kill(_broker_of(network).pid, signal.SIGKILL)
    desk.announce("While it was gone")
    for player in players:
        player.until("While it was gone")
    desk.announce("After the fall")
    for player in players:
        player.until("After the fall")
