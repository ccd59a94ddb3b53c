"""Nights from the database, with those that they are compared with. Knows no HTTP."""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from appliance.errors import NotKnown
from sync.cloud.derive.nights import load_night
from sync.cloud.night.figures import Figures, figures
from sync.cloud.night.records import Night
from sync.cloud.report import shares
from sync.cloud.store.ports import Tx

#: other nights that say what is usual: the latest ones
OTHERS_MOST = 12
#: nights kept in memory; what belongs to one is some megabytes
_KEPT_MOST = 24


@dataclass(frozen=True, slots=True)
class Head:
    """A night as it is found."""

    box: str
    box_name: str
    event: str
    name: str
    #: grows with everything that becomes known of the night
    revision: int


@dataclass(frozen=True, slots=True)
class Read:
    """One night out of the database."""

    night: Night
    others: Sequence[Night]
    #: the box's name
    venue: str
    zone: ZoneInfo


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

    async def night(self, tx: Tx, head: Head, *, org: str) -> Night:
        """One night of an organisation. Raises: NotKnown with the code `night_unknown`; Unavailable."""
        key = (org, head.box, head.event, head.revision)
        found = self._kept.pop(key, None) or await load_night(tx, head.box, head.event)
        self._kept[key] = found
        while len(self._kept) > _KEPT_MOST:
            self._kept.popitem(last=False)
        return found


def _unknown() -> NotKnown:
    return NotKnown("night_unknown", "There is no such night.", advice="Choose one from the list of nights.")


async def _heads(tx: Tx, *, org: str, box: str) -> list[Head]:
    found = await tx.all("events_of_box", org=org, box=box)
    return [Head(box, row["box_name"], row["id"], row["name"], row["revision"]) for row in found]


async def box_of(tx: Tx, *, org: str, event: str) -> str:
    """Which box of an organisation an event was on. Raises: NotKnown with the code `night_unknown`; Unavailable."""
    row = await tx.one("box_of_event", org=org, event=event)
    if row is None:
        raise _unknown()
    return str(row["box_id"])


async def head_of(tx: Tx, *, org: str, box: str, event: str) -> Head:
    """A night of an organisation. Raises: NotKnown with the code `night_unknown`; Unavailable."""
    for head in await _heads(tx, org=org, box=box):
        if head.event == event:
            return head
    raise _unknown()


async def read(tx: Tx, shelf: Shelf, *, org: str, box: str, event: str) -> Read:
    """A night, and those it is compared with. Raises: NotKnown with the code `night_unknown`; Unavailable."""
    heads = await _heads(tx, org=org, box=box)
    head = next((one for one in heads if one.event == event), None)
    if head is None:
        raise _unknown()
    night = await shelf.night(tx, head, org=org)
    latest = [one for one in heads if one is not head][:OTHERS_MOST]
    others = [await shelf.night(tx, one, org=org) for one in latest]
    return Read(night, [one for one in others if one.sets], head.box_name, await shares.zone_of(tx, org=org, box=box))


def tell(found: Read) -> Told:
    """All figures of a night: a tenth of a second of arithmetic for a long one."""
    return Told(figures(found.night, others=found.others, zone=found.zone), found.venue, found.zone)
