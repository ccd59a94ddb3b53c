"""How often somebody may ask who shows nothing but a guest's link. In memory; no address is kept, only its digest.

The digest's key is new in each process, so nobody can tell later who asked.
"""

import hashlib
import ipaddress
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

from sync.cloud.spreading import TooOften

#: at once, and then for each second: a hall goes home behind one address
AT_ONCE, EACH_S = 200, 2.0
_KNOWN_MOST = 20_000
#: of an IPv6 address, the network of whoever has it
_PREFIX = 64


@dataclass(slots=True)
class Pace:
    """Askers, by where they are."""

    monotonic: Callable[[], float] = time.monotonic
    _salt: bytes = field(default_factory=lambda: secrets.token_bytes(16), repr=False)
    #: what is left, and since when
    _left: "OrderedDict[bytes, tuple[float, float]]" = field(default_factory=OrderedDict)

    def check(self, address: str) -> None:
        """Raises: TooOften with the code `too_often`."""
        who = hashlib.blake2b(_network(address).encode(), key=self._salt, digest_size=16).digest()
        now = self.monotonic()
        left, since = self._left.pop(who, (float(AT_ONCE), now))
        left = min(float(AT_ONCE), left + (now - since) * EACH_S)
        self._left[who] = (max(0.0, left - 1.0), now)
        if len(self._left) > _KNOWN_MOST:
            self._left.popitem(last=False)
        if left < 1.0:
            raise TooOften("too_often", "Too many ask from here.", wait_s=2)


def _network(address: str) -> str:
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return address
    return str(ipaddress.ip_network((ip, _PREFIX), strict=False)) if ip.version == 6 else str(ip)
