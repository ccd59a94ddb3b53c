"""Boxes and laptops that find each other on a real network, made of namespaces."""

import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from appliance.discovery.advertise import NO_MULTICAST, NO_NETWORK
from tests.network.hall import REPOSITORY, Hall, Machine, eventually, hall, require

_BOX, _SECOND_BOX, _DJ = "10.77.0.1/24", "10.77.0.2/24", "10.77.0.9/24"
_PROGRAMS = REPOSITORY / "tests" / "network"
_BLOCK_MULTICAST = (
    "add table inet shut; "
    "add chain inet shut out { type filter hook output priority 0; }; "
    "add rule inet shut out ip daddr 224.0.0.251 drop"
)


@pytest.fixture(name="venue")
def _venue(tmp_path: Path) -> Iterator[Hall]:
    with hall(tmp_path) as venue:
        yield venue


def _addresses_of(dj: Machine, box_id: str, *, seconds: float = 1.3) -> list[str]:
    return [address for box in dj.find(seconds).boxes if box["box_id"] == box_id for address in box["addresses"]]


def _found_together(dj: Machine, count: int, *, within_s: float) -> list[dict[str, Any]]:
    """Looks until that many boxes are found in one search."""
    end = time.monotonic() + within_s
    while True:
        boxes = dj.find(1.3).boxes
        if len(boxes) == count:
            return boxes
        assert time.monotonic() < end, f"not {count} boxes but {boxes}"


def test_a_dj_finds_the_box_in_less_than_two_seconds_with_all_it_says(venue: Hall) -> None:
    box, dj = venue.plug_in(_BOX, "fd77::1/64"), venue.plug_in(_DJ)
    running = box.announce("Main Hall é", box_id="0123456789abcdef0123")
    eventually(lambda: bool(_addresses_of(dj, "0123456789abcdef0123")), within_s=6, what="the box is announced")

    found = dj.find(1.5)

    assert found.status == 0
    assert found.boxes == [
        {
            "name": "Main Hall é",
            "host": "main-hall-e-012345.local",
            "addresses": ["10.77.0.1", "fd77::1"],
            "port": 8080,
            "box_id": "0123456789abcdef0123",
            "version": "0.1.0",
            "mqtt_port": 1883,
            "link_port": 8470,
        }
    ]
    assert running.status() == {"name": "Main Hall é", "problem": None}


def test_a_stopped_box_vanishes_at_once_and_an_unplugged_one_does_not(venue: Hall) -> None:
    polite, unplugged, dj = venue.plug_in(_BOX), venue.plug_in(_SECOND_BOX), venue.plug_in(_DJ)
    stopping = polite.announce("Polite", box_id="aaaaaa0001")
    dying = unplugged.announce("Unplugged", box_id="bbbbbb0002")
    _found_together(dj, 2, within_s=8)

    search = dj.search(3)
    time.sleep(1.5)
    goodbye_s = stopping.stop()
    dying.kill()

    assert [box["name"] for box in search.result().boxes] == ["Unplugged"]
    assert goodbye_s < 1


def test_the_second_box_with_a_name_gets_another_and_both_can_be_used(venue: Hall) -> None:
    first, second, dj = venue.plug_in(_BOX), venue.plug_in(_SECOND_BOX), venue.plug_in(_DJ)
    holder = first.announce("Hall", box_id="ffffff0001")
    eventually(lambda: bool(_addresses_of(dj, "ffffff0001")), within_s=6, what="the first box is announced")
    newcomer = second.announce("Hall", box_id="aaaaaa0002")
    eventually(lambda: newcomer.status().get("name") == "Hall-2", within_s=6, what="the second box is renamed")

    found = {box["name"]: box["addresses"] for box in _found_together(dj, 2, within_s=8)}

    assert found == {"Hall": ["10.77.0.1"], "Hall-2": ["10.77.0.2"]}
    assert holder.status()["problem"] is None
    assert newcomer.status()["problem"] == 'Another box here is called "Hall"; this one is now announced as "Hall-2".'


def test_two_boxes_with_one_name_that_meet_later_settle_who_keeps_it(venue: Hall) -> None:
    first, second, dj = venue.plug_in(_BOX), venue.plug_in(_SECOND_BOX), venue.plug_in(_DJ)
    venue.keep_apart(first, second, apart=True)
    boxes = [first.announce("Hall", box_id="ffffff0001"), second.announce("Hall", box_id="aaaaaa0002")]
    time.sleep(2.5)
    assert [box.status() for box in boxes] == [{"name": "Hall", "problem": None}] * 2

    # One search that sees the clash and what becomes of it. Both apply the same rule, so it is known who gives way.
    venue.keep_apart(first, second, apart=False)
    found = {box["name"]: box["addresses"] for box in dj.find(4.4).boxes}

    assert found == {"Hall": ["10.77.0.2"], "Hall-2": ["10.77.0.1"]}
    assert [box.status()["name"] for box in boxes] == ["Hall-2", "Hall"]


def test_a_box_is_followed_to_its_new_address(venue: Hall) -> None:
    box, dj = venue.plug_in(_BOX), venue.plug_in(_DJ)
    running = box.announce("Hall", box_id="aaaaaa0001")
    eventually(lambda: _addresses_of(dj, "aaaaaa0001") == ["10.77.0.1"], within_s=6, what="the box is announced")
    # Otherwise the kernel takes the second address of a network away with the first.
    box.execute("sysctl", "-q", "net.ipv4.conf.eth0.promote_secondaries=1")
    # Long enough for what was said of the old address to age, even if the box looks while it has both.
    search = dj.search(6)
    time.sleep(1)

    box.give("10.77.0.44/24")
    box.take(_BOX)

    assert [found["addresses"] for found in search.result().boxes] == [["10.77.0.44"]]
    assert running.status() == {"name": "Hall", "problem": None}


def test_a_box_that_starts_without_a_network_is_announced_when_one_appears(venue: Hall) -> None:
    box, dj = venue.plug_in(), venue.plug_in(_DJ)
    running = box.announce("Hall", box_id="aaaaaa0001")
    eventually(lambda: running.status().get("problem") == NO_NETWORK, within_s=4, what="the box says it has no network")

    box.give(_BOX)

    eventually(lambda: _addresses_of(dj, "aaaaaa0001") == ["10.77.0.1"], within_s=6, what="the box is found")
    eventually(lambda: running.status()["problem"] is None, within_s=4, what="the problem is over")


def test_blocked_multicast_is_told_and_announced_again_when_it_works(venue: Hall) -> None:
    require("nft")
    box, dj = venue.plug_in(_BOX), venue.plug_in(_DJ)
    box.execute("nft", _BLOCK_MULTICAST)
    running = box.announce("Hall", box_id="aaaaaa0001")
    eventually(lambda: running.status().get("problem") == NO_MULTICAST, within_s=8, what="the box says it is cut off")
    # It asks at once, after one second and after five: what it hears in between nobody asked for.
    search = dj.search(4.3)
    time.sleep(1.4)
    box.execute("nft", "flush ruleset")

    assert [found["box_id"] for found in search.result().boxes] == ["aaaaaa0001"]
    assert running.status() == {"name": "Hall", "problem": None}


def test_a_laptop_whose_firewall_blocks_multicast_is_told_so(venue: Hall) -> None:
    require("nft")
    dj = venue.plug_in(_DJ)
    dj.execute("nft", _BLOCK_MULTICAST)

    found = dj.find(0.5)

    assert found.status == 1
    assert "can't send or hear multicast" in found.words


def test_a_laptop_without_a_network_is_told_so(venue: Hall) -> None:
    found = venue.plug_in().find(0.5)

    assert found.status == 1
    assert "is on no network" in found.words


def _with_avahi(box: Machine, folder: Path) -> subprocess.Popen[str]:
    """The machine's own mDNS service, running."""
    require("avahi-daemon")
    settings = folder / "avahi.conf"
    settings.write_text("[server]\nhost-name=machine\nenable-dbus=no\nallow-interfaces=eth0\n", encoding="ascii")
    # A place of its own for its process file, so that it bears another one outside the namespace.
    start = f"mount -t tmpfs none /run && exec avahi-daemon --no-drop-root --no-chroot --debug -f {settings}"
    avahi = box.spawn("sh", "-c", start)
    words = avahi.stderr
    assert words is not None
    said: list[str] = []
    for line in words:
        said.append(line)
        if re.search(r"Host name is machine\.local|startup complete|No interface found", line):
            break
    assert avahi.poll() is None, "".join(said)
    # Nobody reads on, and a full pipe would stop it.
    threading.Thread(target=words.read, daemon=True).start()
    return avahi


def test_the_box_is_found_while_the_machine_has_an_mdns_service_of_its_own(venue: Hall, tmp_path: Path) -> None:
    box, dj = venue.plug_in(_BOX), venue.plug_in(_DJ)
    avahi = _with_avahi(box, tmp_path)

    running = box.announce("Hall", box_id="aaaaaa0001")

    eventually(lambda: _addresses_of(dj, "aaaaaa0001") == ["10.77.0.1"], within_s=6, what="the box is found")
    assert running.status() == {"name": "Hall", "problem": None}
    assert avahi.poll() is None


def test_beside_such_a_service_a_late_network_a_new_address_and_the_goodbye_are_told_too(
    venue: Hall, tmp_path: Path
) -> None:
    box, dj = venue.plug_in(), venue.plug_in(_DJ)
    avahi = _with_avahi(box, tmp_path)
    running = box.announce("Hall", box_id="aaaaaa0001")
    eventually(lambda: running.status().get("problem") == NO_NETWORK, within_s=4, what="the box says it has no network")

    box.give(_BOX)
    eventually(lambda: _addresses_of(dj, "aaaaaa0001") == ["10.77.0.1"], within_s=6, what="the box is found")
    box.execute("sysctl", "-q", "net.ipv4.conf.eth0.promote_secondaries=1")
    box.give("10.77.0.44/24")
    box.take(_BOX)
    eventually(lambda: _addresses_of(dj, "aaaaaa0001") == ["10.77.0.44"], within_s=8, what="the box is followed")

    # The search's first question is answered a good second later, because all was just told: just when the box goes.
    # That answer must not follow the goodbye. The library forgets at the goodbye what RFC 6762 lets it keep for 1 s.
    search = dj.search(2.5)
    time.sleep(1)
    assert running.stop() < 1
    assert search.result().boxes == []
    assert avahi.poll() is None


def test_over_ipv6_alone_a_link_finds_its_box_and_follows_it_to_another_address(venue: Hall, tmp_path: Path) -> None:
    box, dj = venue.plug_in("fd77::1/64"), venue.plug_in("fd77::9/64")
    key, laptop = tmp_path / "key", tmp_path / "laptop"
    laptop.mkdir()
    door = box.spawn(sys.executable, str(_PROGRAMS / "keyed_box.py"), str(key))
    assert door.stdout is not None
    assert door.stdout.readline() == "there\n"
    box.announce("Hall", box_id="aaaaaa0001")

    following = dj.spawn(
        sys.executable, str(_PROGRAMS / "following_laptop.py"), "aaaaaa0001", str(key / "links.pem"), str(laptop)
    )

    assert following.stdout is not None
    assert following.stdout.readline() == "https://[fd77::1]:8470\n"
    box.give("fd77::44/64")
    box.take("fd77::1/64")
    assert following.stdout.readline() == "https://[fd77::44]:8470\n"
