"""What the page of a stage shows of what the hall is told, and what of it is unread on a phone.

What is unread is known to the phone alone: it keeps the numbers of what it has read in a cookie.
"""

from collections.abc import Iterable

from starlette.responses import Response

from appliance import wire, wire_notices
from appliance.domain import announcements
from appliance.domain.announcements import Announcement
from appliance.domain.locks import Inside
from appliance.web.site import Request, Site

#: announcements of the last hours on one page
INBOX_MOST = 50
#: a phone's own note of what it has read
READ_COOKIE = "pika_read"
_READ_FOR_S = 24 * 3600
_READ_MOST = 60
_DIGITS = 12


def numbers_in(text: str) -> frozenset[int]:
    """Announcements' numbers as the cookie writes them; whatever else stands there is nothing."""
    parts = text.split(".")[:_READ_MOST]
    return frozenset(int(part) for part in parts if part.isascii() and part.isdecimal() and len(part) <= _DIGITS)


def written(numbers: Iterable[int]) -> str:
    """The same the other way round: the newest of them."""
    return ".".join(str(number) for number in sorted(numbers, reverse=True)[:_READ_MOST])


def read_on_phone(request: Request) -> frozenset[int]:
    """What the phone has read, as it says."""
    return numbers_in(request.cookies.get(READ_COOKIE, ""))


def remember_read(response: Response, numbers: Iterable[int]) -> None:
    """Lets the phone know what it has read. Its own script writes there too, and nothing of it is a secret."""
    response.set_cookie(READ_COOKIE, written(numbers), max_age=_READ_FOR_S, samesite="lax")


async def recent(site: Site, stage_id: str, *, inside: Inside) -> list[Announcement]:
    """What was said to a stage in the last hours and was not taken back, the newest first."""
    now = site.ports.clock.now()
    found = await site.ports.reader.announcements_at(stage_id, limit=INBOX_MOST, inside=inside)
    return [said for said in found if announcements.is_recent(said, now)]


async def banner(site: Site, stage_id: str, *, inside: Inside, read: frozenset[int]) -> dict[str, object]:
    """What the stage's page shows to a phone that has opened these locks, and read that."""
    now = site.ports.clock.now()
    lately, running = await recent(site, stage_id, inside=inside), site.board.said_at(stage_id, inside=inside)
    return {
        "running": [dict(wire.fields_of(wire_notices.notice_out(said, now))) for said in running],
        "recent": bool(lately),
        "unread": [said.number for said in lately if said.number not in read],
    }
