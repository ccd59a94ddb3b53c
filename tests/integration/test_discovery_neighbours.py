"""Others on the network: rivals for a name, and neighbours who say whatever they like."""

import asyncio
import time
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from zeroconf import RecordUpdate, RecordUpdateListener, Zeroconf
from zeroconf.asyncio import AsyncServiceInfo, AsyncZeroconf

from appliance.discovery import service
from appliance.discovery.browse import find
from appliance.discovery.service import FoundBox
from tests.integration.loopback import HERE, new_box_id, quick_beacon, running, until


@asynccontextmanager
async def _neighbour(*services: AsyncServiceInfo) -> AsyncIterator[None]:
    """Somebody who announces whatever they like."""
    network = AsyncZeroconf(interfaces=HERE)
    try:
        for one in services:
            await network.async_register_service(one, cooperating_responders=True)
        yield
    finally:
        await network.async_close()


def _claim(
    name: str, record: dict[str | bytes, str | bytes | None], *, port: int = 8080, host: str = ""
) -> AsyncServiceInfo:
    return AsyncServiceInfo(
        service.BOX_TYPE,
        f"{name}.{service.BOX_TYPE}",
        port=port,
        properties=record,
        server=host or f"{uuid.uuid4().hex}.local.",
        parsed_addresses=["10.66.0.1"],
    )


class _Ear(RecordUpdateListener):
    """Writes down what is said about one service name, and when."""

    def __init__(self, name: str) -> None:
        self._name = name.lower()
        #: seconds, the host that claims the name, and whether it was a goodbye
        self.heard: list[tuple[float, str, bool]] = []

    def async_update_records(self, zc: Zeroconf, now: float, records: list[RecordUpdate]) -> None:
        for update in records:
            host = getattr(update.new, "server", "")
            if host and update.new.name.lower() == self._name:
                self.heard.append((time.monotonic(), host, update.new.ttl == 0))

    def last(self, host: str) -> float:
        """When this host last claimed the name; 0 for never."""
        return max((at for at, claimer, _ in self.heard if claimer == host), default=0)


@asynccontextmanager
async def _listening_for(name: str) -> AsyncIterator[_Ear]:
    network = AsyncZeroconf(interfaces=HERE)
    ear = _Ear(f"{name}.{service.BOX_TYPE}")
    network.zeroconf.async_add_listener(ear, None)
    try:
        yield ear
    finally:
        await network.async_close()


def test_the_holder_of_a_name_says_so_again_when_a_rivals_claim_has_aged() -> None:
    name = f"Hall {new_box_id()}"

    async def evening() -> None:
        box_id = new_box_id()
        beacon, own_host = quick_beacon(name, box_id), service.host_name(name, box_id)
        async with running(beacon), _listening_for(name) as ear:
            await until(lambda: bool(ear.heard))
            async with _neighbour(_claim(name, {"id": "x"}, host="zzz.local.")):
                await until(lambda: ear.last("zzz.local.") > 0)
                # By then listeners may drop what the neighbour said.
                await until(lambda: ear.last(own_host) > ear.last("zzz.local.") + 1)
                assert beacon.instance_name == name

    asyncio.run(evening())


def test_a_new_address_is_said_again_when_the_old_one_has_aged() -> None:
    name, box_id, here = f"Hall {new_box_id()}", new_box_id(), ["127.0.0.1"]

    async def evening() -> None:
        beacon, own_host = quick_beacon(name, box_id, addresses=lambda: list(here)), service.host_name(name, box_id)
        async with running(beacon), _listening_for(name) as ear:
            await until(lambda: ear.last(own_host) > 0)
            moved = time.monotonic()
            here[:] = ["127.0.0.2"]
            # The announcements of the change itself are over after about a second.
            await until(lambda: ear.last(own_host) > moved + 2)

    asyncio.run(evening())


def test_a_box_gives_its_name_up_without_taking_it_from_the_one_who_keeps_it() -> None:
    name = f"Hall {new_box_id()}"

    async def evening() -> list[tuple[float, str, bool]]:
        beacon = quick_beacon(name, new_box_id())
        async with running(beacon), _listening_for(name) as ear:
            await until(lambda: bool(ear.heard))
            async with _neighbour(_claim(name, {"id": "x"}, host="000.local.")):
                await until(lambda: beacon.instance_name != name)
                await asyncio.sleep(1)
                assert beacon.instance_name == f"{name}-2"
                assert beacon.problem() == (
                    f'Another box here is called "{name}"; this one is now announced as "{name}-2".'
                )
                return list(ear.heard)

    assert not any(goodbye for _, _, goodbye in asyncio.run(evening()))


def test_hostile_neighbours_are_cleaned_or_left_out() -> None:
    mark = new_box_id()

    async def evening() -> list[FoundBox]:
        wild: dict[str | bytes, str | bytes | None] = {"id": f"{mark}<i>", "ver": b"\xff\xfe\n" * 50, "mqtt": "99999"}
        async with _neighbour(_claim(f"\u202e<b>{mark}", wild), _claim(f"port {mark}", {"id": f"{mark}p"}, port=0)):
            return [box for box in await find(1, addresses=HERE) if mark in box.name]

    (box,) = asyncio.run(evening())
    assert (box.name, box.box_id, box.mqtt_port) == (f"<b>{mark}", "", None)
    assert len(box.version) <= 32
    assert box.version.isprintable()


def test_one_box_under_two_names_is_one_box() -> None:
    box_id = new_box_id()

    async def evening() -> list[FoundBox]:
        async with _neighbour(_claim(f"Old {box_id}", {"id": box_id}), _claim(f"New {box_id}", {"id": box_id})):
            return [box for box in await find(1, addresses=HERE) if box.box_id == box_id]

    assert len(asyncio.run(evening())) == 1


def test_a_flood_of_names_does_not_grow_the_list_without_end() -> None:
    mark = new_box_id()

    async def evening() -> list[FoundBox]:
        async with _neighbour(*(_claim(f"{number} {mark}", {"id": f"{mark}-{number}"}) for number in range(80))):
            return await find(1.5, addresses=HERE)

    assert 20 < len(asyncio.run(evening())) <= 64
