"""Links to reports: anybody who has one sees one night, until it expires or is taken back. Knows no HTTP.

The address is the share's id with a signature under the service's key, so a leaked database alone opens nothing.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from appliance.domain import signing
from appliance.errors import Invalid, NotKnown
from sync.cloud.store.ports import Row, Tx

_PURPOSE = "report"
DAY_MS = 24 * 3600 * 1000
#: how long a link may work, days
DAYS = (7, 30, 365)
#: the zone of a box of which nobody said one
UTC = "UTC"


@dataclass(frozen=True, slots=True)
class Share:
    """A link that works."""

    id: str
    org_id: str
    box_id: str
    event_id: str
    created_ms: int
    expires_ms: int


def _share(row: Row) -> Share:
    return Share(**{name: row[name] for name in Share.__slots__})


def address(share: Share, *, key: bytes) -> str:
    """The path that shows it: `/r/<id>.<signature>`."""
    return f"/r/{signing.sign(share.id, key=key, purpose=_PURPOSE)}"


def unknown() -> NotKnown:
    """What everybody is told whose link shows nothing, whatever the reason."""
    return NotKnown("report_unknown", "This link shows no report.", advice="It may have expired. Ask for a new one.")


async def add(tx: Tx, *, org: str, box: str, event: str, days: int, now_ms: int) -> Share:
    """A new link to a night. Raises: Invalid with the code `days_wrong`; Unavailable."""
    if days not in DAYS:
        raise Invalid("days_wrong", f"A link works for {', '.join(map(str, DAYS))} days.", advice="Choose one.")
    share = Share(secrets.token_hex(10), org, box, event, now_ms, now_ms + days * DAY_MS)
    await tx.run("add_share", id=share.id, org=org, box=box, event=event, now_ms=now_ms, expires_ms=share.expires_ms)
    return share


async def shown_by(tx: Tx, signed: str, *, key: bytes, now_ms: int) -> Share:
    """What a link shows; asked as the service itself. Raises: NotKnown with the code `report_unknown`; Unavailable."""
    share_id = signing.verify(signed, key=key, purpose=_PURPOSE)
    row = await tx.one("working_share", id=share_id, now_ms=now_ms) if share_id else None
    if row is None:
        raise unknown()
    return _share(row)


async def of_night(tx: Tx, *, org: str, box: str, event: str, now_ms: int) -> Sequence[Share]:
    """The links that show a night."""
    return [_share(row) for row in await tx.all("working_shares_of", org=org, box=box, event=event, now_ms=now_ms)]


async def revoke(tx: Tx, *, org: str, share_id: str, now_ms: int) -> None:
    """Takes a link back; of another organisation's nothing happens."""
    await tx.run("revoke_share", org=org, id=share_id, now_ms=now_ms)


async def zone_of(tx: Tx, *, org: str, box: str) -> ZoneInfo:
    """Where a box stands."""
    row = await tx.one("zone_of_box", org=org, box=box)
    return ZoneInfo(row["zone"] if row else UTC)


async def set_zone(tx: Tx, *, org: str, box: str, zone: str) -> None:
    """Says where a box stands. Raises: Invalid with the code `zone_unknown`; Unavailable."""
    try:
        known = ZoneInfo(zone).key
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise Invalid("zone_unknown", "There is no such time zone.", advice="Write it like Europe/Berlin.") from error
    await tx.run("set_zone_of_box", org=org, box=box, zone=known)
