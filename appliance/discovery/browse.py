"""Finds boxes on the network this machine is on.

What is heard is bounded and cleaned before anybody sees it: a hostile laptop can add boxes to the list, never more.
"""

import asyncio
import contextlib
from collections.abc import Sequence

import zeroconf
from zeroconf.asyncio import AsyncServiceBrowser, AsyncServiceInfo, AsyncZeroconf

from appliance.discovery import service
from appliance.discovery.echo import hears_itself
from appliance.discovery.service import FoundBox
from appliance.errors import Unavailable

_NAMES_MAX = 64
# "Answer everybody": an answer to one machine goes to one of the programs there that hold the mDNS port, and that may
# be the system's own.
_TO_ALL = zeroconf.DNSQuestionType.QM


class _Search:
    """One search: asks about every name that turns up, and reads what was heard at the end."""

    def __init__(self, network: zeroconf.Zeroconf, *, until_s: float) -> None:
        self._network = network
        self._until_s = until_s
        #: the names on the network, the one that spoke last at the end, and who asks about them
        self._asking: dict[str, asyncio.Task[None]] = {}

    def heard(
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
        if state_change.name != "Removed" and len(self._asking) < _NAMES_MAX:
            self._asking[name] = asyncio.create_task(self._ask(name))

    async def _ask(self, name: str) -> None:
        left_ms = (self._until_s - asyncio.get_running_loop().time()) * 1000
        # A name that the library can't handle is nobody's box.
        with contextlib.suppress(zeroconf.Error):
            await AsyncServiceInfo(service.BOX_TYPE, name).async_request(self._network, left_ms, _TO_ALL)

    def _read(self, name: str) -> FoundBox | None:
        try:
            info = AsyncServiceInfo(service.BOX_TYPE, name)
        except zeroconf.Error:
            return None
        if not info.load_from_cache(self._network):
            return None
        return service.read_box(
            instance=name[: -len(service.BOX_TYPE) - 1],
            host=info.server or "",
            addresses=info.parsed_addresses(),
            port=info.port,
            record=info.decoded_properties,
        )

    def boxes(self) -> list[FoundBox]:
        """What is there now, one entry for each box, by name. Of two names with one id the newer answer counts.

        Read when the search ends, and not as answers come in: an address that a box gave up stays for another second.
        """
        # The library clears its memory every ten seconds; until then an outdated record may hide the one that holds.
        self._network.cache.async_expire(zeroconf.current_time_millis())
        found = [box for box in map(self._read, self._asking) if box is not None]
        by_id = {box.box_id or f"{box.host}:{box.port}": box for box in found}
        return sorted(by_id.values(), key=lambda box: (box.name.casefold(), box.box_id))

    async def close(self) -> None:
        """Gives up on what has not answered."""
        waiting = list(self._asking.values())
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)


def _cannot(error: Exception | None) -> Unavailable:
    return Unavailable(
        "multicast_unavailable",
        "This machine can't send or hear multicast, so boxes can't be found by themselves.",
        advice="Type the address that the box shows, or allow mDNS (UDP port 5353) in this machine's firewall.",
        **({"cause": str(error)} if error else {}),
    )


async def find(seconds: float, *, addresses: Sequence[str]) -> list[FoundBox]:
    """The boxes that answer within `seconds`, which it always takes. `addresses` are this machine's own.

    Raises: Unavailable with the code `multicast_unavailable`, when nothing was found and nothing could be.
    """
    speaking = service.multicast_addresses(addresses)
    try:
        network = AsyncZeroconf(interfaces=speaking)
    except (OSError, RuntimeError) as error:
        raise _cannot(error) from error
    search = _Search(network.zeroconf, until_s=asyncio.get_running_loop().time() + seconds)
    browser = AsyncServiceBrowser(network.zeroconf, service.BOX_TYPE, handlers=[search.heard], question_type=_TO_ALL)
    try:
        await asyncio.sleep(seconds)
        boxes = search.boxes()
    finally:
        await browser.async_cancel()
        await search.close()
        await network.async_close()
    testable = [address for address in speaking if ":" not in address]
    if not boxes and testable and not await asyncio.to_thread(lambda: any(map(hears_itself, testable))):
        raise _cannot(None)
    return boxes
