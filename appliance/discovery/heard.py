"""What is heard of boxes on one network: their names as they come and go, and what each says of itself.

What is heard is bounded and cleaned before anybody sees it: a hostile laptop can add boxes to the list, never more.
"""

import asyncio
import contextlib
from collections.abc import Callable

import zeroconf
from zeroconf.asyncio import AsyncServiceBrowser, AsyncServiceInfo

from appliance.discovery.service import BOX_TYPE, FoundBox, read_box

_NAMES_MOST = 64
# "Answer everybody": an answer to one machine goes to one of the programs there that hold the mDNS port, and that may
# be the system's own.
_TO_ALL = zeroconf.DNSQuestionType.QM


class Heard:
    """Listens from the moment it is made, in a running event loop, until it is closed."""

    def __init__(
        self, network: zeroconf.Zeroconf, *, ask_for_s: float, on_news: Callable[[], None] = lambda: None
    ) -> None:
        """Each name is asked about for `ask_for_s` seconds at most; `on_news` is called when `boxes` may say more."""
        self._network, self._ask_for_s, self._on_news = network, ask_for_s, on_news
        #: the names on the network, the one that spoke last at the end, and who asks about them
        self._asking: dict[str, asyncio.Task[None]] = {}
        self._browser = AsyncServiceBrowser(network, BOX_TYPE, handlers=[self._hear], question_type=_TO_ALL)

    def _hear(
        self,
        zeroconf: zeroconf.Zeroconf,  # noqa: ARG002 - the library calls by keyword
        service_type: str,  # noqa: ARG002
        name: str,
        state_change: zeroconf.ServiceStateChange,
    ) -> None:
        """A name appeared, changed or went."""
        known = self._asking.pop(name, None)
        if known is not None:
            known.cancel()
        if state_change.name != "Removed" and len(self._asking) < _NAMES_MOST:
            self._asking[name] = asyncio.create_task(self._ask(name))
        self._on_news()

    async def _ask(self, name: str) -> None:
        # A name that the library can't handle is nobody's box.
        with contextlib.suppress(zeroconf.Error):
            await AsyncServiceInfo(BOX_TYPE, name).async_request(self._network, self._ask_for_s * 1000, _TO_ALL)
        self._on_news()

    def boxes(self) -> list[FoundBox]:
        """What is there now, who spoke last at the end. Several entries may claim the same id.

        Read when somebody asks, and not as answers come in: an address that a box gave up stays for another second.
        """
        # The library clears its memory every ten seconds; until then an outdated record may hide the one that holds.
        self._network.cache.async_expire(zeroconf.current_time_millis())
        return [box for name in self._asking if (box := self._read(name)) is not None]

    def _read(self, name: str) -> FoundBox | None:
        try:
            info = AsyncServiceInfo(BOX_TYPE, name)
        except zeroconf.Error:
            return None
        if not info.load_from_cache(self._network):
            return None
        return read_box(
            instance=name[: -len(BOX_TYPE) - 1],
            host=info.server or "",
            addresses=info.parsed_addresses(),
            port=info.port,
            record=info.decoded_properties,
        )

    async def close(self) -> None:
        """Listens no more, and gives up on what has not answered. The network is the caller's to close."""
        await self._browser.async_cancel()
        waiting = list(self._asking.values())
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
