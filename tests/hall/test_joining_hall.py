"""A hall's phones come in: real DHCP, DNS, portal, page and stream, each phone with a card and network of its own.

Short; the long form is `./box bench --only join`.
"""

from ipaddress import IPv4Address
from pathlib import Path
from statistics import quantiles

from appliance.domain.portal import Mode
from tests.bench import join_load
from tests.bench.join_load import Box
from tests.firmware.guests_network import guests_network

_PHONES, _WITHIN_S = 40, 8.0
_FIRST, _LAST = IPv4Address("10.42.0.10"), IPv4Address("10.42.3.254")


def test_forty_phones_that_join_in_eight_seconds_have_the_track_within_one(tmp_path: Path) -> None:
    with guests_network(tmp_path, mode=Mode.PARTY, real=True) as network:
        box = Box(namespace=network.box.namespace, switch=network.venue.switch, said=network.said)
        joined = join_load.join(box, phones=_PHONES, within_s=_WITHIN_S, folder=tmp_path / "crowd")

    assert joined.errors == []
    addresses = {IPv4Address(journey.address) for journey in joined.journeys}
    assert len(addresses) == _PHONES
    assert all(_FIRST <= address <= _LAST for address in addresses)
    assert quantiles([journey.at_ms["track"] for journey in joined.journeys], n=20)[-1] < 1000
    assert quantiles([journey.refused_ms for journey in joined.journeys], n=20)[-1] < 50
    assert joined.told_ms < 1000
    # The load must not be what is measured.
    assert joined.generator < 0.5
