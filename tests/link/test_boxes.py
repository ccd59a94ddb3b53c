"""Where boxes may be: what the DJ types, and what is heard on a real network, made of namespaces."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.discovery.service import FoundBox
from appliance.domain.pairing import Code, invitation
from appliance.errors import Invalid
from sync.link.boxes import Place, places_of, read_place
from tests.network.hall import Hall, Machine, eventually, hall

KEY = "ab" * 32
WATCHING = """
import asyncio, json, sys
from sync.link.boxes import Boxes

async def main():
    async with Boxes() as boxes:
        while True:
            await boxes.changed(within_s=0.3)
            said = [[b.name, b.box_id, list(b.addresses), b.link_port] for b in boxes.found()]
            print(json.dumps(said), flush=True)

asyncio.run(main())
"""


@pytest.mark.parametrize(
    ("typed", "place"),
    [
        ("192.168.4.1", Place("192.168.4.1", 8470)),
        (" 192.168.4.1:9000 ", Place("192.168.4.1", 9000)),
        ("hall-3f9a2c.local", Place("hall-3f9a2c.local", 8470)),
        ("fd00::1", Place("fd00::1", 8470)),
        ("[fd00::1]:9000", Place("fd00::1", 9000)),
        (f"pika://10.0.0.1:8471/?code=3-4711-0815&key={KEY.upper()}", Place("10.0.0.1", 8471, "3-4711-0815", KEY)),
        ("pika://10.0.0.1", Place("10.0.0.1", 8470)),
    ],
)
def test_what_a_dj_types_is_understood(typed: str, place: Place) -> None:
    assert read_place(typed) == place


def test_what_the_box_writes_is_read_back() -> None:
    for host in ("10.0.0.1", "[fd00::1]"):
        text = invitation(Code(3, "47110815"), host=host, port=8470, fingerprint=KEY)
        assert read_place(text) == Place(host.strip("[]"), 8470, "3-4711-0815", KEY)


@pytest.mark.parametrize(
    "typed",
    [
        *("", " ", "a b", "http://10.0.0.1", "10.0.0.1/x", "10.0.0.1:0", "10.0.0.1:99999", "10.0.0.1:x", "u@10.0.0.1"),
        *("pika://", "[::1", "-x", f"pika://10.0.0.1/?key={KEY[1:]}", "é.local", "a" * 300, "10.0.0.1\n10.0.0.2"),
    ],
)
def test_what_is_no_address_is_said(typed: str) -> None:
    with pytest.raises(Invalid) as caught:
        read_place(typed)
    assert caught.value.code == "address_broken"


def test_an_address_stands_in_a_url_as_it_should() -> None:
    assert Place("fd00::1", 1).url == "https://[fd00::1]:1"
    assert Place("10.0.0.1").url == "https://10.0.0.1:8470"


def test_a_box_that_takes_no_links_has_no_place() -> None:
    assert places_of(FoundBox("Hall", "h", ("10.0.0.1",), 80, "a", "", None, None)) == []
    assert places_of(FoundBox("Hall", "h", ("10.0.0.1", "fd00::1"), 80, "a", "", None, 9)) == [
        Place("10.0.0.1", 9),
        Place("fd00::1", 9),
    ]


@pytest.fixture
def venue(tmp_path: Path) -> Iterator[Hall]:
    with hall(tmp_path) as found:
        yield found


class Watcher:
    """A laptop that goes on looking."""

    def __init__(self, machine: Machine) -> None:
        self._process: subprocess.Popen[str] = machine.spawn(sys.executable, "-u", "-c", WATCHING)

    def until(self, wanted: list[list[object]], *, within: int = 40) -> None:
        """Reads on until exactly these are found."""
        said = ""
        assert self._process.stdout is not None
        for _ in range(within):
            said = self._process.stdout.readline()
            if said and json.loads(said) == wanted:
                return
        raise AssertionError(f"not {wanted} but {said}")


def test_boxes_come_and_go_and_move_while_a_link_goes_on_looking(venue: Hall) -> None:
    first, second, laptop = venue.plug_in("10.77.0.1/24"), venue.plug_in("10.77.0.2/24"), venue.plug_in("10.77.0.9/24")
    watcher = Watcher(laptop)
    hall_box = first.announce("Hall", box_id="aaaaaa0001")
    watcher.until([["Hall", "aaaaaa0001", ["10.77.0.1"], 8470]])
    second.announce("Bar", box_id="bbbbbb0002")
    watcher.until([["Bar", "bbbbbb0002", ["10.77.0.2"], 8470], ["Hall", "aaaaaa0001", ["10.77.0.1"], 8470]])
    second.give("10.77.0.22/24")
    second.execute("sysctl", "-q", "net.ipv4.conf.eth0.promote_secondaries=1")
    second.take("10.77.0.2/24")
    watcher.until([["Bar", "bbbbbb0002", ["10.77.0.22"], 8470], ["Hall", "aaaaaa0001", ["10.77.0.1"], 8470]])
    hall_box.stop()
    watcher.until([["Bar", "bbbbbb0002", ["10.77.0.22"], 8470]])


def test_a_network_that_has_ipv6_only_will_do(venue: Hall) -> None:
    box, laptop = venue.plug_in("fd77::1/64"), venue.plug_in("fd77::9/64")
    box.announce("Hall", box_id="aaaaaa0001")
    Watcher(laptop).until([["Hall", "aaaaaa0001", ["fd77::1"], 8470]])


def test_a_laptop_that_joins_the_network_later_finds_the_box_then(venue: Hall) -> None:
    box, laptop = venue.plug_in("10.77.0.1/24"), venue.plug_in()
    announcing = box.announce("Hall", box_id="aaaaaa0001")
    watcher = Watcher(laptop)
    watcher.until([])
    eventually(lambda: bool(announcing.status()), within_s=6, what="the box is announced")
    laptop.give("10.77.0.9/24")
    watcher.until([["Hall", "aaaaaa0001", ["10.77.0.1"], 8470]], within=60)
