"""Phones' operating systems as pure rules: what each asks a new network, and what it makes of the answers.

Owns the judgement only; who sends the questions over a real network is in `mobile.py`. Android's rules are those of
its NetworkMonitor, Apple's those of its captive network assistant.
"""

from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv4Address, IPv4Network

_LITTLE_BYTES = 4
# Not Python's `is_private`, which also holds for addresses that documents use.
_PRIVATE = [IPv4Network(each) for each in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16")]


def _is_private(address: str) -> bool:
    return any(IPv4Address(address) in network for network in _PRIVATE)


class Verdict(StrEnum):
    """What a system believes of a network."""

    #: somebody wants something first: the sheet opens
    PORTAL = "portal"
    #: pages come, but not encrypted ones: Android asks whether to stay
    PARTIAL = "partial"
    #: the internet
    ONLINE = "online"
    #: joined, and nothing beyond
    OFFLINE = "offline"


@dataclass(frozen=True, slots=True)
class Heard:
    """How one probe ended."""

    #: HTTP status; 0 when no answer came
    status: int
    #: bytes of the answer's body
    length: int
    #: from its start, milliseconds
    took_ms: float


@dataclass(frozen=True, slots=True)
class Android:
    """NetworkMonitor. Both probes start together; see `verdict`."""

    #: whether a private address of the probe's host means "no internet" (a flag that some makers switch on)
    private_means_offline: bool = False

    http_host: str = "connectivitycheck.gstatic.com"
    https_host: str = "www.google.com"
    path: str = "/generate_204"
    #: how long both are waited for together
    joint_wait_ms: int = 3000

    def _is_portal(self, http: Heard) -> bool:
        return 300 <= http.status < 400 or (http.status == 200 and http.length > _LITTLE_BYTES)

    def verdict(self, *, address: str | None, http: Heard, https: Heard) -> Verdict:
        """What it makes of both probes; `address` is what DNS said of the HTTP probe's host, None for nothing."""
        if address is None:
            return Verdict.OFFLINE
        in_time = [probe.took_ms <= self.joint_wait_ms for probe in (http, https)]
        private = self.private_means_offline and _is_private(address)
        if in_time[0] and not private and self._is_portal(http):
            return Verdict.PORTAL
        if in_time[1] and https.status == 204:
            return Verdict.ONLINE
        if private:
            return Verdict.OFFLINE
        # Nothing conclusive in time: now each is waited for to its end.
        if self._is_portal(http):
            return Verdict.PORTAL
        if https.status == 204:
            return Verdict.ONLINE
        return Verdict.PARTIAL if http.status == 204 else Verdict.OFFLINE


@dataclass(frozen=True, slots=True)
class Apple:
    """The captive network assistant: one probe, and the word in its page."""

    host: str = "captive.apple.com"
    path: str = "/hotspot-detect.html"

    def verdict(self, *, status: int, body: bytes) -> Verdict:
        """What it makes of the probe."""
        if status == 0:
            return Verdict.OFFLINE
        return Verdict.ONLINE if status == 200 and b"<BODY>Success</BODY>" in body else Verdict.PORTAL


@dataclass(frozen=True, slots=True)
class System:
    """What a crowd's phone of this kind sends."""

    name: str
    #: its plain probe
    host: str
    path: str
    #: the host of the encrypted probe it sends in parallel, or empty
    https_host: str
    #: what its sheet calls itself
    agent: str
    #: the status and the length that mean "online"
    online: tuple[int, int]


_IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148"
)
_PIXEL = "Mozilla/5.0 (Linux; Android 15; Pixel 8 Build/AP4A; wv) AppleWebKit/537.36 Version/4.0 Chrome/130 Mobile"
_LAPTOP = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/130 Safari/537.36 Edg/130"

#: what a hall's phones are, in the order in which they take turns
SYSTEMS = (
    System("iphone", Apple().host, Apple().path, "", _IPHONE, (200, 69)),
    System("android", Android().http_host, Android().path, Android().https_host, _PIXEL, (204, 0)),
    System("samsung", "connectivity.samsung.com.cn", "/generate_204", Android().https_host, _PIXEL, (204, 0)),
    System("laptop", "www.msftconnecttest.com", "/connecttest.txt", "", _LAPTOP, (200, 22)),
)
