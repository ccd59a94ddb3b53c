"""The network around the box, as facts for the status page: is the guests' interface up, who got an address.

Only looks. What it means is said in `domain.status`; what the network should be is decided in `firmware.plan`.
"""

from pathlib import Path

from appliance import network
from appliance.config import Settings
from appliance.domain.facts import Wifi
from appliance.domain.portal import Mode
from appliance.firmware.plan import RADIO_GUESTS_MOST, Network, make_plan
from appliance.venue import Topology

#: where the box's own dnsmasq keeps its leases; one line each
LEASES = Path("/run/pika-box-dhcp/leases")
# Only where the program is installed matters to nothing that is asked for here.
_ANYWHERE = Path("/opt/pika-box")


class Surroundings:
    """What there is around one box."""

    def __init__(self, settings: Settings, *, leases: Path = LEASES) -> None:
        self._settings = settings
        self._leases = leases

    def _own_network(self) -> Network | None:
        return make_plan(self._settings, checkout=_ANYWHERE, mode=Mode.QUIET).network

    def wifi(self) -> Wifi:
        """The network that phones are in. Raises: OSError; BadConfig for settings that can't be."""
        ssid = self._settings.wifi.ssid
        own = self._own_network()
        if own is None:
            found = network.reachable_addresses(self._settings.http.host)
            address = found[0].ip if found else ""
            return Wifi(is_own=False, ssid=ssid, interface="", is_up=bool(found), address=address)
        interface = network.interface_named(own.interface)
        address = str(own.address.ip)
        return Wifi(
            is_own=True,
            ssid=ssid,
            interface=own.interface,
            is_up=interface is not None and interface.is_up,
            address=address,
            is_right_address=interface is not None and address in interface.addresses,
        )

    def joined(self) -> int | None:
        """How many phones have an address of this box; None when it gives none. Raises: OSError, BadConfig."""
        if self._own_network() is None:
            return None
        try:
            lines = self._leases.read_text(encoding="utf-8", errors="replace").splitlines()
        except FileNotFoundError:
            return 0
        # A line begins with the time at which it ends. Others tell dnsmasq's own identity.
        return sum(line.partition(" ")[0].isdecimal() for line in lines)

    def room(self) -> int:
        """How many phones there is room for. Raises: BadConfig."""
        own = self._own_network()
        most = self._settings.limits.streams
        if own is None:
            return most
        if self._settings.network.topology is Topology.ACCESS_POINT:
            most = min(most, RADIO_GUESTS_MOST)
        return min(most, own.leases)
