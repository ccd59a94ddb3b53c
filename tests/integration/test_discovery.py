"""Announcing and finding over this machine's loopback; real networks are in `tests/network/test_mdns.py`."""

import asyncio
import time
import uuid
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from typing import Any

import pytest
import uvloop
from zeroconf.asyncio import AsyncServiceInfo, AsyncZeroconf

from appliance.commands import find as command
from appliance.discovery import advertise, echo, service
from appliance.discovery.advertise import Beacon
from appliance.discovery.browse import find
from appliance.discovery.service import Announcement, FoundBox
from appliance.errors import Unavailable
from appliance.network import Address

_HERE = ["127.0.0.1"]
_Runner = Callable[[Coroutine[Any, Any, None]], None]


def _box_id() -> str:
    """Other programs may speak on the loopback too: every test has a box of its own."""
    return uuid.uuid4().hex[:20]


def _beacon(
    name: str,
    box_id: str,
    *,
    addresses: Callable[[], Sequence[str]] = lambda: _HERE,
    hears: Callable[[str], bool] = echo.hears_itself,
) -> Beacon:
    announcement = Announcement(name=name, box_id=box_id, port=8080, version="0.1.0")
    return Beacon(announcement, addresses=addresses, hears=hears, check_every_s=0.1)


@asynccontextmanager
async def _running(*beacons: Beacon) -> AsyncIterator[None]:
    for beacon in beacons:
        await beacon.start()
    try:
        yield
    finally:
        for beacon in beacons:
            await beacon.stop()


async def _found(*box_ids: str, within_s: float = 8) -> dict[str, FoundBox]:
    """Looks until all of them are found at once."""
    end = time.monotonic() + within_s
    while True:
        boxes = {box.box_id: box for box in await find(1.2, addresses=_HERE) if box.box_id in box_ids}
        if len(boxes) == len(box_ids):
            return boxes
        assert time.monotonic() < end, f"only {boxes} found"


async def _until(check: Callable[[], bool], *, within_s: float = 5) -> None:
    async with asyncio.timeout(within_s):
        while not check():
            await asyncio.sleep(0.02)


@pytest.mark.parametrize("run", [asyncio.run, uvloop.run], ids=["asyncio", "uvloop"])
def test_a_box_is_found_and_says_goodbye_in_less_than_a_second(
    run: Callable[[Coroutine[Any, Any, None]], None],
) -> None:
    box_id = _box_id()

    async def evening() -> None:
        beacon = _beacon("Main Hall é", box_id)
        async with _running(beacon):
            box = (await _found(box_id))[box_id]
            assert (box.name, box.addresses, box.port) == (beacon.instance_name, ("127.0.0.1",), 8080)
            assert beacon.problem() is None
            began = time.monotonic()
            await beacon.stop()
            assert time.monotonic() - began < 1
        assert box_id not in {one.box_id for one in await find(1.2, addresses=_HERE)}

    run(evening())


def test_two_boxes_of_one_name_are_both_found_and_one_says_what_became_of_it() -> None:
    name, first, second = f"Hall {_box_id()}", _box_id(), _box_id()

    async def evening() -> None:
        beacons = {first: _beacon(name, first), second: _beacon(name, second)}
        async with _running(*beacons.values()):
            await _until(lambda: {one.instance_name for one in beacons.values()} == {name, f"{name}-2"}, within_s=10)
            found = await _found(first, second)
            assert {box_id: box.name for box_id, box in found.items()} == {
                box_id: beacon.instance_name for box_id, beacon in beacons.items()
            }
        told = [beacon.problem() for beacon in beacons.values()]
        assert told == [None, None], "a stopped box has no problem"

    asyncio.run(evening())


def test_starting_takes_no_time_however_slow_the_network_is() -> None:
    def slow() -> Sequence[str]:
        time.sleep(0.6)
        return _HERE

    async def evening() -> None:
        began = time.monotonic()
        beacon = _beacon("Hall", _box_id(), addresses=slow)
        await beacon.start()
        assert time.monotonic() - began < 0.05
        gaps, last = [], time.monotonic()
        while last - began < 2:
            await asyncio.sleep(0.005)
            now = time.monotonic()
            gaps.append(now - last)
            last = now
        await beacon.stop()
        assert max(gaps) < 0.4, "the event loop stood still"

    asyncio.run(evening())


@pytest.mark.parametrize("after_s", [0.0, 0.3])
def test_a_box_can_be_stopped_while_it_is_still_asking_for_its_name(after_s: float) -> None:
    async def evening() -> None:
        beacon = _beacon("Hall", _box_id())
        await beacon.start()
        await asyncio.sleep(after_s)
        began = time.monotonic()
        await beacon.stop()
        assert time.monotonic() - began < 1
        await beacon.stop()

    asyncio.run(evening())


def test_a_network_that_fails_is_a_problem_until_it_works() -> None:
    box_id = _box_id()
    broken = True

    def addresses() -> Sequence[str]:
        if broken:
            raise OSError("the interface went away")
        return _HERE

    async def evening() -> None:
        nonlocal broken
        beacon = _beacon("Hall", box_id, addresses=addresses)
        async with _running(beacon):
            await _until(lambda: beacon.problem() == advertise.NO_MULTICAST)
            broken = False
            await _found(box_id)
            await _until(lambda: beacon.problem() is None)

    asyncio.run(evening())


def test_a_box_that_cannot_hear_itself_says_so_until_it_can() -> None:
    deaf = True

    async def evening() -> None:
        nonlocal deaf
        beacon = _beacon("Hall", _box_id(), hears=lambda _address: not deaf)
        async with _running(beacon):
            await _until(lambda: beacon.problem() == advertise.NO_MULTICAST)
            deaf = False
            await _until(lambda: beacon.problem() is None)

    asyncio.run(evening())


def test_a_lost_network_is_told_and_the_box_comes_back_with_the_network() -> None:
    box_id = _box_id()
    here: list[str] = []

    async def evening() -> None:
        beacon = _beacon("Hall", box_id, addresses=lambda: list(here))
        async with _running(beacon):
            await _until(lambda: beacon.problem() == advertise.NO_NETWORK)
            here.extend(_HERE)
            await _found(box_id)
            here.clear()
            await _until(lambda: beacon.problem() == advertise.NO_NETWORK)
            here.extend(_HERE)
            await _found(box_id)
            await _until(lambda: beacon.problem() is None)

    asyncio.run(evening())


def test_an_announcement_that_died_is_not_silent_about_it() -> None:
    def defect() -> Sequence[str]:
        raise LookupError("a mistake in the program")

    async def evening() -> None:
        beacon = _beacon("Hall", _box_id(), addresses=defect)
        async with _running(beacon):
            await _until(lambda: beacon.problem() == advertise.STOPPED)

    asyncio.run(evening())


@asynccontextmanager
async def _neighbour(*services: AsyncServiceInfo) -> AsyncIterator[None]:
    """Somebody who announces whatever they like."""
    network = AsyncZeroconf(interfaces=_HERE)
    try:
        for one in services:
            await network.async_register_service(one, cooperating_responders=True)
        yield
    finally:
        await network.async_close()


def _claim(name: str, record: dict[str | bytes, str | bytes | None], *, port: int = 8080) -> AsyncServiceInfo:
    host = f"{uuid.uuid4().hex}.local."
    return AsyncServiceInfo(
        service.BOX_TYPE,
        f"{name}.{service.BOX_TYPE}",
        port=port,
        properties=record,
        server=host,
        parsed_addresses=["10.66.0.1"],
    )


def test_hostile_neighbours_are_cleaned_or_left_out() -> None:
    mark = _box_id()

    async def evening() -> list[FoundBox]:
        wild: dict[str | bytes, str | bytes | None] = {"id": f"{mark}<i>", "ver": b"\xff\xfe\n" * 50, "mqtt": "99999"}
        async with _neighbour(_claim(f"\u202e<b>{mark}", wild), _claim(f"port {mark}", {"id": f"{mark}p"}, port=0)):
            return [box for box in await find(1, addresses=_HERE) if mark in box.name]

    (box,) = asyncio.run(evening())
    assert (box.name, box.box_id, box.mqtt_port) == (f"<b>{mark}", "", None)
    assert len(box.version) <= 32
    assert box.version.isprintable()


def test_one_box_under_two_names_is_one_box() -> None:
    box_id = _box_id()

    async def evening() -> list[FoundBox]:
        async with _neighbour(_claim(f"Old {box_id}", {"id": box_id}), _claim(f"New {box_id}", {"id": box_id})):
            return [box for box in await find(1, addresses=_HERE) if box.box_id == box_id]

    assert len(asyncio.run(evening())) == 1


def test_a_flood_of_names_does_not_grow_the_list_without_end() -> None:
    mark = _box_id()

    async def evening() -> list[FoundBox]:
        async with _neighbour(*(_claim(f"{number} {mark}", {"id": f"{mark}-{number}"}) for number in range(80))):
            return await find(1.5, addresses=_HERE)

    assert 20 < len(asyncio.run(evening())) <= 64


def test_looking_from_an_address_that_is_not_here_is_told_in_words() -> None:
    with pytest.raises(Unavailable, match="can't send or hear multicast") as caught:
        asyncio.run(find(0.2, addresses=["203.0.113.7"]))
    assert caught.value.code == "multicast_unavailable"


def test_a_machine_hears_itself_on_an_address_of_its_own_only() -> None:
    assert echo.hears_itself("127.0.0.1")
    assert not echo.hears_itself("203.0.113.7")


def test_the_command_lists_boxes_in_columns(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    boxes = [
        FoundBox("Main Hall", "main.local", ("192.168.4.1", "fd00::1"), 8080, "aa", "0.1.0", 1883),
        FoundBox("Bar", "bar.local", ("fd00::2",), 80, "bb", "", None),
    ]

    async def find_both(seconds: float, *, addresses: Sequence[str]) -> list[FoundBox]:
        assert (seconds, addresses) == (0.1, ["192.168.4.9"])
        return boxes

    monkeypatch.setattr(command, "find", find_both)
    monkeypatch.setattr(command, "reachable_addresses", lambda _host: [Address(ip="192.168.4.9", interface="eth0")])

    assert command.main(["--seconds", "0.1"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "BOX        ADDRESS                   BROKER  VERSION",
        "Main Hall  http://192.168.4.1:8080/  1883    0.1.0",
        "Bar        http://[fd00::2]:80/      -       -",
    ]


def test_the_command_says_what_to_do_when_there_is_no_box(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async def find_none(_seconds: float, *, addresses: Sequence[str]) -> list[FoundBox]:
        return []

    monkeypatch.setattr(command, "find", find_none)
    monkeypatch.setattr(command, "reachable_addresses", lambda _host: [Address(ip="192.168.4.9", interface="eth0")])

    assert command.main([]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert "No box found. What to do:" in said.err
    assert command.main(["--json"]) == 1
    assert capsys.readouterr().out == "[]\n"
