"""The captive portal's rules: its three modes, who a phone is for one night, and how long its yes counts.

A phone that joins sees the welcome page until somebody taps the button: that is its release. Only then its probes
are told "online". What each system asks is in `probes`.
"""

import hashlib
import hmac
from dataclasses import dataclass
from enum import StrEnum

from appliance.domain.models import Stamp
from appliance.domain.nights import NIGHT_MS, left_of_night_ms

RELEASE_FOR_MS = NIGHT_MS
#: more than a hall holds; beyond it the oldest release ends, so that a flood of made-up addresses can't fill the card
RELEASES_MOST = 5000


class Mode(StrEnum):
    """What the box does with requests for names that are not its own."""

    #: no internet here: new phones are led to the welcome page
    PARTY = "party"
    #: nobody is led anywhere; phones keep their mobile internet
    QUIET = "quiet"
    #: there is internet: real probes reach it, and nothing is caught
    GATEWAY = "gateway"


class Identity(StrEnum):
    """What a phone is recognised by."""

    #: its network card's address, as the kernel's neighbour table knows it
    CARD = "card"
    #: its IP address, where the table knows no card: behind a router, or on this machine
    ADDRESS = "address"


@dataclass(frozen=True, slots=True)
class Client:
    """A phone for as long as a request takes. Never stored or logged as it is: see `client_key`."""

    identity: Identity
    #: the address, in one spelling
    value: str

    def __repr__(self) -> str:
        return f"Client({self.identity.value})"


@dataclass(frozen=True, slots=True)
class Release:
    """A phone whose owner said yes."""

    #: keyed digest of the phone's address
    client: str
    #: when
    granted: Stamp


def client_key(client: Client, *, salt: bytes) -> str:
    """What is kept of a phone: without the night's salt nobody can tell whose it is.

    A card's address and an IP address never give the same key, so an address that moves to another card takes
    nothing along.
    """
    message = f"release\0{client.identity.value}\0{client.value}".encode()
    return hmac.new(salt, message, hashlib.sha256).hexdigest()


def is_open(release: Release, now: Stamp) -> bool:
    """Whether a release still counts."""
    return left_ms(release, now) > 0


def left_ms(release: Release, now: Stamp) -> int:
    """How long a release still counts; 0 when it is over. The price of being wrong is one more tap."""
    return left_of_night_ms(release.granted, now)
