"""How a box stands in a venue's network: the words and settings of [network].

Apart from `config` because the parts that render files need the words without the loader. What the settings mean
together is checked in `firmware.plan`; nothing here reads or changes a network.
"""

from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv4Address, IPv4Network

#: the networks that venues and boxes use
PRIVATE_BLOCKS = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")
# An access network of a carrier, the machine itself, a cable without DHCP, groups and what is reserved.
_NOT_PUBLIC = (*PRIVATE_BLOCKS, "0.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "224.0.0.0/3")


def looks_public(address: IPv4Address) -> bool:
    """Whether phones take an address for one in the internet. Those that documents use count as such."""
    return not any(address in IPv4Network(block) for block in _NOT_PUBLIC)


class Topology(StrEnum):
    """Who makes the network that phones are in."""

    #: nothing of the network is the box's business
    NONE = "none"
    #: the box's own radio; for setting up, for demonstrations, and for at most 15 guests
    ACCESS_POINT = "access-point"
    #: a cable to access points that only bridge; the box gives addresses and names on it
    ETHERNET = "ethernet"
    #: the venue's network: the box joins it as any machine does
    LAN = "lan"

    @property
    def is_own(self) -> bool:
        """Whether the box gives addresses and names there."""
        return self in {Topology.ACCESS_POINT, Topology.ETHERNET}


class RadioProgram(StrEnum):
    """Who drives the box's own radio."""

    HOSTAPD = "hostapd"
    NETWORK_MANAGER = "network-manager"


@dataclass(frozen=True, slots=True)
class NetworkSection:
    """The network of the guests. Takes effect with `./box firmware install`."""

    #: none, access-point, ethernet or lan
    topology: Topology = Topology.NONE
    #: the guests' interface; empty for wlan0 on an access point and eth0 on a cable
    interface: str = ""
    #: the box's address there, with the size of the network: /22 has room for 1,000 phones
    address: str = "10.42.0.1/22"
    #: the interface with a way to the internet, for the gateway mode; empty for none
    uplink: str = ""
    #: the box's name in its own network: answers to it alone, and with .internal and .local
    host_name: str = "pika"
    #: where strange names lead in party mode, such as 198.51.100.1: some Android phones take a private address for "no
    #: internet" and show no portal. The box answers there with the way to its own name; empty for its own address
    capture_address: str = ""
    #: opens the broker and discovery to the guests' network, for a hall where DJs have no cable of their own
    djs_among_guests: bool = False

    @property
    def guest_interface(self) -> str:
        """The interface that guests come in by."""
        return self.interface or ("wlan0" if self.topology is Topology.ACCESS_POINT else "eth0")

    @property
    def portal_name(self) -> str:
        """The name to which the box's own name server leads phones; empty where names are somebody else's."""
        return f"{self.host_name}.internal" if self.topology.is_own else ""
