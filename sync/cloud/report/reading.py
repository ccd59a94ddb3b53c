"""Nights from the database, with those that they are compared with. Knows no HTTP."""

import asyncio
from collections import OrderedDict
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from appliance.errors import NotKnown
from sync.cloud.derive.nights import NightHead, load_night, nights
from sync.cloud.night.figures import Figures, figures
from sync.cloud.night.records import Night
from sync.cloud.report import shares
from sync.cloud.store.ports import Tx

#: other nights that say what is usual: the latest ones
OTHERS_MOST = 12
#: nights kept in memory; what belongs to one is some megabytes
_KEPT_MOST = 24


@dataclass(frozen=True, slots=True)
class Told:
    """One night, ready to be shown."""

    figures: Figures
    #: the box's name
    venue: str
    zone: ZoneInfo


class Shelf:
    """Nights that were read lately, by their revision: what became known since is never missed."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[str, str, str, int], Night] = OrderedDict()

    async def night(self, tx: Tx, head: NightHead, *, org: str) -> Night:
        """One night of an organisation. Raises: NotKnown with the code `night_unknown`; Unavailable."""
        key = (org, head.box, head.event, head.revision)
        found = self._kept.pop(key, None) or await load_night(tx, head.box, head.event)
        self._kept[key] = found
        while len(self._kept) > _KEPT_MOST:
            self._kept.popitem(last=False)
        return found


async def head_of(tx: Tx, *, org: str, event: str, box: str | None = None) -> NightHead:
    """A night of an organisation, by its event. Raises: NotKnown with the code `night_unknown`; Unavailable."""
    for head in await nights(tx, org):
        if head.event == event and box in (None, head.box):
            return head
    raise NotKnown("night_unknown", "There is no such night.", advice="Choose one from the list of nights.")


async def tell(tx: Tx, shelf: Shelf, *, org: str, box: str, event: str) -> Told:
    """A night with all its figures. Raises: NotKnown with the code `night_unknown`; Unavailable."""
    head = await head_of(tx, org=org, event=event, box=box)
    night = await shelf.night(tx, head, org=org)
    heads = [one for one in await nights(tx, org) if one.box == box and one.event != event and one.sets]
    others = [await shelf.night(tx, one, org=org) for one in heads[:OTHERS_MOST]]
    zone = await shares.zone_of(tx, org=org, box=box)
    # Arithmetic of a long night takes a tenth of a second; boxes send meanwhile.
    return Told(await asyncio.to_thread(figures, night, others=others, zone=zone), head.box_name, zone)
