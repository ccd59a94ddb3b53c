"""The portal knows phones by their cards: on a real network, made of namespaces, over IPv4 and IPv6."""

import asyncio
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from appliance.domain.audit import STAFF
from appliance.domain.portal import Mode
from appliance.usecases import portal
from tests.contract.conftest import sqlite_evening
from tests.network.hall import Hall, Machine, eventually, hall

PORT = 8080
#: asks the box as a phone whose names all lead there: METHOD BOX HOST PATH
_ASK = f"""
import http.client, sys
method, box, host, path = sys.argv[1:]
connection = http.client.HTTPConnection(box, {PORT}, timeout=5)
connection.request(method, path, headers={{"Host": host}})
print(connection.getresponse().status)
"""
# The kernel believes a new card behind an address only when the last word on it is older than this.
_LOCKTIME_S = 1.1


@dataclass
class Venue:
    """A box in party mode, and how to reach it."""

    hall: Hall
    address: str
    network: str

    def phone(self, number: int) -> Machine:
        """A phone with an address that ends in `number`."""
        return self.hall.plug_in(self.network.format(number))

    def ask(self, phone: Machine, method: str = "GET", *, button: str = "") -> int | None:
        """The status of a probe, or of a button of the welcome pages; None without an answer."""
        host = f"[{self.address}]" if ":" in self.address else self.address
        target = (host, button) if button else ("connectivitycheck.gstatic.com", "/generate_204")
        out, _ = phone.spawn(sys.executable, "-c", _ASK, method, self.address, *target).communicate(timeout=20)
        return int(out) if out.strip() else None


async def _in_party_mode(database: Path) -> None:
    async with sqlite_evening(database) as evening:
        await portal.set_mode(evening.ports, mode=Mode.PARTY, by=STAFF)


@pytest.fixture(params=["ipv4", "ipv6"])
def venue(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Venue]:
    bind, network = {"ipv4": ("0.0.0.0", "10.77.0.{}/24"), "ipv6": ("::", "fd77::{}/64")}[request.param]
    address = network.format(1)
    asyncio.run(_in_party_mode(tmp_path / "box.db"))
    with hall(tmp_path) as built:
        box = built.plug_in(address)
        settings = {
            "DATA": tmp_path,
            "HTTP_HOST": bind,
            "HTTP_PORT": PORT,
            "MQTT_BROKER": "off",
            "MDNS_ENABLED": "no",
        }
        words = [f"PIKA_BOX_{name}={value}" for name, value in settings.items()]
        box.spawn("env", *words, sys.executable, "-m", "appliance", "serve")
        venue = Venue(hall=built, address=address.partition("/")[0], network=network)
        visitor = venue.phone(99)
        eventually(lambda: venue.ask(visitor) is not None, within_s=15, what="the box answers")
        yield venue


def test_a_release_goes_with_the_card_and_not_with_the_address(venue: Venue) -> None:
    anna = venue.phone(9)
    assert venue.ask(anna) == 302
    assert venue.ask(anna, "POST", button="/welcome") == 303
    assert venue.ask(anna) == 204

    # She comes back with another address, and her old one is given to somebody else.
    anna.take(venue.network.format(9))
    anna.give(venue.network.format(10))
    assert venue.ask(anna) == 204
    time.sleep(_LOCKTIME_S)
    ben = venue.phone(9)
    assert venue.ask(ben) == 302
    assert venue.ask(anna) == 204

    assert venue.ask(anna, "POST", button="/welcome/leave") == 303
    assert venue.ask(anna) == 302
