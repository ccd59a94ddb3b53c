"""Finds boxes on the network this machine is on, once."""

import asyncio
from collections.abc import Sequence

from zeroconf.asyncio import AsyncZeroconf

from appliance.discovery import service
from appliance.discovery.echo import hears_itself
from appliance.discovery.heard import Heard
from appliance.discovery.service import FoundBox
from appliance.errors import Unavailable


def _one_each(found: Sequence[FoundBox]) -> list[FoundBox]:
    """One entry for each box, by name. Of two names with one id the newer answer counts."""
    by_id = {box.box_id or f"{box.host}:{box.port}": box for box in found}
    return sorted(by_id.values(), key=lambda box: (box.name.casefold(), box.box_id))


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
    heard = Heard(network.zeroconf, ask_for_s=seconds)
    try:
        await asyncio.sleep(seconds)
        boxes = _one_each(heard.boxes())
    finally:
        await heard.close()
        await network.async_close()
    testable = [address for address in speaking if ":" not in address]
    if not boxes and testable and not await asyncio.to_thread(lambda: any(map(hears_itself, testable))):
        raise _cannot(None)
    return boxes
