"""Finds boxes: by multicast on every network that the laptop is in, or from what the DJ typed.

What is heard or typed is an address to try and nothing more; who answers there is `trust`'s business.
"""

import asyncio
import contextlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import parse_qs, urlsplit

import zeroconf
from zeroconf.asyncio import AsyncZeroconf

from appliance.discovery.heard import Heard
from appliance.discovery.service import FoundBox
from appliance.domain.pairing import SCHEME
from appliance.errors import Invalid, Unavailable

DEFAULT_PORT = 8470
_ASK_FOR_S = 3.0
#: networks come and go with the laptop's Wi-Fi and cables
_NETWORKS_EVERY_S = 5.0
_HOST_NAME = re.compile(r"(?=.{1,253}$)[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?(\.[A-Za-z0-9-]{1,63})*\.?")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a box may be."""

    #: a name or an IP address
    host: str
    port: int = DEFAULT_PORT
    #: the pairing code that came with it, or empty
    code: str = ""
    #: the key that the box must show there, 64 hexadecimal digits, or empty when nobody said
    fingerprint: str = ""

    @property
    def url(self) -> str:
        """The beginning of its addresses."""
        return f"https://[{self.host}]:{self.port}" if ":" in self.host else f"https://{self.host}:{self.port}"


def _broken() -> Invalid:
    return Invalid(
        "address_broken",
        "This is no address of a box.",
        advice="Type it like 192.168.4.1 or 192.168.4.1:8470, or copy the whole pika:// text from the staff page.",
    )


def read_place(text: str) -> Place:
    """What the DJ typed: `HOST[:PORT]`, or the `pika://` text of the staff page.

    Raises: Invalid with the code `address_broken`.
    """
    text = text.strip()
    bare = text.count(":") > 1 and "[" not in text and "/" not in text
    whole = text if text.startswith(SCHEME) else f"{SCHEME}[{text}]" if bare else SCHEME + text
    try:
        parts = urlsplit(whole)
        host, port = parts.hostname or "", parts.port
        said = {name: values[-1] for name, values in parse_qs(parts.query, max_num_fields=10).items()}
    except ValueError:
        raise _broken() from None
    fingerprint = said.get("key", "").lower()
    # The library leaves control characters out without a word.
    strange = not text.isprintable() or parts.username is not None or parts.path not in {"", "/"} or port == 0
    if strange or not _is_host(host) or (fingerprint and not re.fullmatch(r"[0-9a-f]{64}", fingerprint)):
        raise _broken()
    return Place(host, port or DEFAULT_PORT, said.get("code", ""), fingerprint)


def _is_host(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return _HOST_NAME.fullmatch(text) is not None
    return True


def places_of(found: FoundBox) -> list[Place]:
    """The addresses of a box that was found, in the order in which to try them; none when it takes no links."""
    return [Place(address, found.link_port) for address in found.addresses if found.link_port is not None]


class Boxes:
    """The boxes around, as they come and go. An async context manager."""

    def __init__(self) -> None:
        self._network: AsyncZeroconf | None = None
        self._heard: Heard | None = None
        self._changed = asyncio.Event()
        self._following: asyncio.Task[None] | None = None

    async def __aenter__(self) -> "Boxes":
        """Begins to look. Where there is no network yet, that goes on being tried."""
        self._open()
        self._following = asyncio.create_task(self._follow_networks(), name="networks")
        return self

    async def __aexit__(self, *error: object) -> None:
        """Looks no more."""
        if self._following is not None:
            self._following.cancel()
            await asyncio.gather(self._following, return_exceptions=True)
        if self._heard is not None:
            await self._heard.close()
        if self._network is not None:
            await self._network.async_close()

    @property
    def can_hear(self) -> bool:
        """Whether there is a network to hear boxes on."""
        return self._network is not None

    def _open(self) -> None:
        for version in (zeroconf.IPVersion.All, zeroconf.IPVersion.V4Only):
            # A laptop without one of the two, or without any network: OSError or RuntimeError, as the library likes.
            with contextlib.suppress(OSError, RuntimeError):
                self._network = AsyncZeroconf(interfaces=zeroconf.InterfaceChoice.All, ip_version=version)
                self._heard = Heard(self._network.zeroconf, ask_for_s=_ASK_FOR_S, on_news=self._changed.set)
                return

    async def _follow_networks(self) -> None:
        while True:
            await asyncio.sleep(_NETWORKS_EVERY_S)
            if self._network is None:
                self._open()
                continue
            with contextlib.suppress(OSError, RuntimeError):
                await self._network.async_update_interfaces(zeroconf.InterfaceChoice.All)

    def found(self) -> list[FoundBox]:
        """What is there now, by name. Several entries may claim the same id: that is settled by keys."""
        found = self._heard.boxes() if self._heard is not None else []
        return sorted(found, key=lambda box: (box.name.casefold(), box.box_id, box.host))

    async def changed(self, *, within_s: float) -> bool:
        """Waits until something came, went or changed since the last call; False when nothing did in that time."""
        try:
            async with asyncio.timeout(within_s):
                await self._changed.wait()
        except TimeoutError:
            return False
        self._changed.clear()
        return True


async def look(seconds: float) -> Sequence[FoundBox]:
    """The boxes that answer within `seconds`, which it always takes.

    Raises: Unavailable with the code `multicast_unavailable`.
    """
    async with Boxes() as boxes:
        if not boxes.can_hear:
            raise Unavailable(
                "multicast_unavailable",
                "This laptop can't hear boxes.",
                advice="Join the box's network, or type the address that the staff page shows.",
            )
        await asyncio.sleep(seconds)
        return boxes.found()
