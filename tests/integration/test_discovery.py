"""Announcing and finding over this machine's loopback; real networks are in `tests/network/test_mdns.py`."""

import asyncio
import time
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

import pytest
import uvloop

from appliance.commands import find as command
from appliance.discovery import advertise, echo
from appliance.discovery.browse import find
from appliance.discovery.service import FoundBox
from appliance.errors import Unavailable
from appliance.network import Address
from tests.integration.loopback import HERE, found_boxes, new_box_id, quick_beacon, running, until


@pytest.mark.parametrize("run", [asyncio.run, uvloop.run], ids=["asyncio", "uvloop"])
def test_a_box_is_found_and_says_goodbye_in_less_than_a_second(
    run: Callable[[Coroutine[Any, Any, None]], None],
) -> None:
    box_id = new_box_id()

    async def evening() -> None:
        beacon = quick_beacon("Main Hall é", box_id)
        async with running(beacon):
            box = (await found_boxes(box_id))[box_id]
            assert (box.name, box.addresses, box.port) == (beacon.instance_name, ("127.0.0.1",), 8080)
            assert beacon.problem() is None
            began = time.monotonic()
            await beacon.stop()
            assert time.monotonic() - began < 1
        assert box_id not in {one.box_id for one in await find(1.2, addresses=HERE)}

    run(evening())


def test_two_boxes_of_one_name_are_both_found_and_one_says_what_became_of_it() -> None:
    name, first, second = f"Hall {new_box_id()}", new_box_id(), new_box_id()

    async def evening() -> None:
        beacons = {first: quick_beacon(name, first), second: quick_beacon(name, second)}
        async with running(*beacons.values()):
            await until(lambda: {one.instance_name for one in beacons.values()} == {name, f"{name}-2"}, within_s=10)
            found = await found_boxes(first, second)
            assert {box_id: box.name for box_id, box in found.items()} == {
                box_id: beacon.instance_name for box_id, beacon in beacons.items()
            }
        told = [beacon.problem() for beacon in beacons.values()]
        assert told == [None, None], "a stopped box has no problem"

    asyncio.run(evening())


def test_starting_takes_no_time_however_slow_the_network_is() -> None:
    def slow() -> Sequence[str]:
        time.sleep(0.6)
        return HERE

    async def evening() -> None:
        began = time.monotonic()
        beacon = quick_beacon("Hall", new_box_id(), addresses=slow)
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
        beacon = quick_beacon("Hall", new_box_id())
        await beacon.start()
        await asyncio.sleep(after_s)
        began = time.monotonic()
        await beacon.stop()
        assert time.monotonic() - began < 1
        await beacon.stop()

    asyncio.run(evening())


def test_a_network_that_fails_is_a_problem_until_it_works() -> None:
    box_id = new_box_id()
    broken = True

    def addresses() -> Sequence[str]:
        if broken:
            raise OSError("the interface went away")
        return HERE

    async def evening() -> None:
        nonlocal broken
        beacon = quick_beacon("Hall", box_id, addresses=addresses)
        async with running(beacon):
            await until(lambda: beacon.problem() == advertise.NO_MULTICAST)
            broken = False
            await found_boxes(box_id)
            await until(lambda: beacon.problem() is None)

    asyncio.run(evening())


def test_a_box_that_cannot_hear_itself_says_so_until_it_can() -> None:
    deaf = True

    async def evening() -> None:
        nonlocal deaf
        beacon = quick_beacon("Hall", new_box_id(), hears=lambda _address: not deaf)
        async with running(beacon):
            await until(lambda: beacon.problem() == advertise.NO_MULTICAST)
            deaf = False
            await until(lambda: beacon.problem() is None)

    asyncio.run(evening())


def test_a_lost_network_is_told_and_the_box_comes_back_with_the_network() -> None:
    box_id = new_box_id()
    here: list[str] = []

    async def evening() -> None:
        beacon = quick_beacon("Hall", box_id, addresses=lambda: list(here))
        async with running(beacon):
            await until(lambda: beacon.problem() == advertise.NO_NETWORK)
            here.extend(HERE)
            await found_boxes(box_id)
            here.clear()
            await until(lambda: beacon.problem() == advertise.NO_NETWORK)
            here.extend(HERE)
            await found_boxes(box_id)
            await until(lambda: beacon.problem() is None)

    asyncio.run(evening())


def test_an_announcement_that_died_is_not_silent_about_it() -> None:
    def defect() -> Sequence[str]:
        raise LookupError("a mistake in the program")

    async def evening() -> None:
        beacon = quick_beacon("Hall", new_box_id(), addresses=defect)
        async with running(beacon):
            await until(lambda: beacon.problem() == advertise.STOPPED)

    asyncio.run(evening())


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
        FoundBox("Main Hall", "main.local", ("192.168.4.1", "fd00::1"), 8080, "aa", "0.1.0", 1883, 8470),
        FoundBox("Bar", "bar.local", ("fd00::2",), 80, "bb", "", None, None),
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
