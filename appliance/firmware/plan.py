"""What the settings mean for the operating system: every fact the templates need, checked together. Pure.

The settings are right one by one already; here is what only their combination can get wrong.
"""

import ipaddress
import re
from dataclasses import dataclass, replace
from pathlib import Path

from appliance.config import Settings, WifiSection
from appliance.domain.portal import Mode
from appliance.errors import BadConfig
from appliance.venue import PRIVATE_BLOCKS, NetworkSection, Topology, looks_public

#: where an installed box keeps its data, and who owns it
DATA = Path("/var/lib/pika-box")
USER = "pika-box"
#: where an installed box keeps its programs, each release in a folder of its own, and the link to the one that runs
PROGRAMS = Path("/opt/pika-box")
CURRENT = PROGRAMS / "current"
#: whose updates an installed box takes: a public key in each file
KEYS = Path("/etc/pika-box/update-keys")
#: in the data folder: the portal's mode in one word, for those who can't ask the database
MODE_FILE = "portal-mode"
#: beside it: the address of the portal's API while phones may be told of it
API_FILE = "portal-api"
#: what the radio on the board takes before phones are turned away by its firmware
RADIO_GUESTS_MOST = 15

_CHANNELS = (1, 6, 11, 36, 40, 44, 48)
_INTERFACE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,14}")
_HOST_LABEL = re.compile(r"[a-z]([a-z0-9-]{0,61}[a-z0-9])?")
# Addresses below this one of the network are for the box and for access points, which want fixed ones.
_FIRST_GUEST = 10
_PREFIXES = range(16, 28)


@dataclass(frozen=True, slots=True)
class Network:
    """The guests' network, when it is the box's own."""

    interface: str
    #: the box in it
    address: ipaddress.IPv4Interface
    mode: Mode
    #: the interface with a way out, or empty
    uplink: str
    #: where strange names lead in party mode
    capture: ipaddress.IPv4Address
    #: the box's first name; the others are it with a suffix
    host_name: str
    #: further names from the settings
    names: tuple[str, ...]
    #: the public name for encrypted pages, or empty
    tls_name: str = ""
    #: whether encrypted pages are served now, so that phones may be told and let through to them
    tls_open: bool = False

    @property
    def first_lease(self) -> ipaddress.IPv4Address:
        """The lowest address a phone may get."""
        return self.address.network.network_address + _FIRST_GUEST

    @property
    def last_lease(self) -> ipaddress.IPv4Address:
        """The highest one."""
        return self.address.network.broadcast_address - 1

    @property
    def leases(self) -> int:
        """How many phones there is room for."""
        return int(self.last_lease) - int(self.first_lease) + 1

    @property
    def own_names(self) -> tuple[str, ...]:
        """Every name the box answers to."""
        first = self.host_name
        public = filter(None, [self.tls_name])
        return tuple(dict.fromkeys((first, f"{first}.internal", f"{first}.local", *self.names, *public)))


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that is rendered, decided."""

    settings: Settings
    #: where the box's program lives
    checkout: Path
    #: None when the network is not the box's own
    network: Network | None
    #: whether the box drives a radio
    radio: bool


def make_plan(settings: Settings, *, checkout: Path, mode: Mode, tls_open: bool = False) -> Plan:
    """The plan for these settings, what the portal does, and whether encrypted pages are served.

    Raises: BadConfig, in words, for what can't be set up.
    """
    topology = settings.network.topology
    _on_one_line("The program's folder", str(checkout))
    if is_in_home(checkout):
        # The unit hides people's homes from the box, and with them a program that lives there.
        raise BadConfig(
            "checkout_in_home",
            f"The program is in {checkout}, and an installed box does not see people's home folders.",
            advice="Move it, for example to /opt/pika-box.",
        )
    if topology is Topology.ACCESS_POINT:
        check_radio(settings.wifi)
    # A name that the box answers to over HTTP must lead there; an address needs no name server.
    names = tuple(name for name in settings.http.answered_names() if not name.rpartition(".")[2].isdigit())
    network = _network(settings.network, names=names, mode=mode) if topology.is_own else None
    if network is not None and settings.tls.host_name:
        network = replace(network, tls_name=settings.tls.host_name, tls_open=tls_open)
    return Plan(settings=settings, checkout=checkout, network=network, radio=topology is Topology.ACCESS_POINT)


def is_in_home(path: Path) -> bool:
    """Whether a path is in somebody's home folder."""
    return path.parts[1:2] in {("home",), ("root",)}


def check_radio(wifi: WifiSection) -> None:
    """Sees that a radio may be switched on with these settings.

    Raises: BadConfig.
    """
    if not re.fullmatch(r"[A-Z]{2}", wifi.country):
        raise BadConfig(
            "country_missing",
            "The radio stays off without a country, because radio rules differ by country.",
            advice='Set it in [wifi], for example country = "DE": two capital letters.',
        )
    if wifi.channel not in _CHANNELS:
        raise _wrong("wifi.channel", f"one of {', '.join(map(str, _CHANNELS))}; the others may have to pause for radar")
    if not 1 <= len(wifi.ssid.encode()) <= 32 or not wifi.ssid.isprintable():
        raise _wrong("wifi.ssid", "1 to 32 printable bytes: the name that phones list")
    password = wifi.passphrase.reveal()
    if password and not (8 <= len(password) <= 63 and password.isascii() and password.isprintable()):
        raise _wrong("wifi.passphrase", "8 to 63 printable ASCII characters, or empty for an open network")


def _network(section: NetworkSection, *, names: tuple[str, ...], mode: Mode) -> Network:
    for key, value in (("interface", section.guest_interface), ("uplink", section.uplink)):
        if value and not _INTERFACE.fullmatch(value):
            raise _wrong(f"network.{key}", "an interface's name, such as eth0")
    if section.uplink == section.guest_interface:
        raise _wrong("network.uplink", "another interface than the guests', or empty")
    if mode is Mode.GATEWAY and not section.uplink:
        raise BadConfig(
            "uplink_missing",
            "The gateway mode needs a way to the internet.",
            advice='Name its interface in [network], for example uplink = "wlan0".',
        )
    if not _HOST_LABEL.fullmatch(section.host_name):
        raise _wrong("network.host_name", "one name of small letters, digits and hyphens, such as pika")
    address = _address(section.address)
    return Network(
        interface=section.guest_interface,
        address=address,
        mode=mode,
        uplink=section.uplink,
        capture=_capture(section.capture_address) if section.capture_address else address.ip,
        host_name=section.host_name,
        names=names,
    )


def _address(text: str) -> ipaddress.IPv4Interface:
    wanted = "a private address with the size of its network, such as 10.42.0.1/22"
    try:
        address = ipaddress.IPv4Interface(text)
    except ValueError:
        raise _wrong("network.address", wanted) from None
    network = address.network
    # Not `is_private`, which also holds for loopback and for addresses that documents use.
    if not any(network.subnet_of(ipaddress.IPv4Network(block)) for block in PRIVATE_BLOCKS):
        raise _wrong("network.address", wanted)
    if network.prefixlen not in _PREFIXES:
        raise _wrong("network.address", f"a network from /{_PREFIXES[0]} to /{_PREFIXES[-1]}")
    if not 0 < int(address.ip) - int(network.network_address) < _FIRST_GUEST:
        most = network.network_address + _FIRST_GUEST - 1
        raise _wrong("network.address", f"from {network.network_address + 1} to {most}: phones get the ones above")
    return address


def _capture(text: str) -> ipaddress.IPv4Address:
    wanted = "empty, or one address that looks public, such as 198.51.100.1"
    try:
        address = ipaddress.IPv4Address(text)
    except ValueError:
        raise _wrong("network.capture_address", wanted) from None
    if not looks_public(address):
        raise _wrong("network.capture_address", wanted)
    return address


def _wrong(where: str, wanted: str) -> BadConfig:
    return BadConfig("config_wrong_value", f"{where} must be {wanted}.")


def _on_one_line(what: str, value: str) -> None:
    """A value that goes into systemd's files must not bring words of its own."""
    if not re.fullmatch(r"[A-Za-z0-9/._+-]+", value):
        raise BadConfig(
            "path_unusable",
            f"{what} is {value!r}; units need a path of letters, digits and /._+- only.",
            advice="Move it, for example to /opt/pika-box.",
        )
