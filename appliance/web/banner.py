"""What the page of a stage shows of what the hall is told, and what of it is unread on a phone.

What is unread is known to the phone alone: it keeps in a cookie the numbers of what it has read, behind the newest
number that there was when it came (`~118.121.125`). What was over by then is there to be read, but nobody missed it.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from starlette.responses import Response

from appliance import wire, wire_notices
from appliance.domain import announcements
from appliance.domain.announcements import Announcement
from appliance.domain.locks import Inside
from appliance.domain.models import Stamp
from appliance.web.site import Request, Site

#: announcements of the last hours on one page
INBOX_MOST = 50
#: a phone's own note of what it has read
READ_COOKIE = "pika_read"
_READ_FOR_S = 24 * 3600
_READ_MOST = 60
_DIGITS = 12
#: before the number of the newest that there was when a phone came
_CAME = "~"


def numbers_in(text: str) -> frozenset[int]:
    """Announcements' numbers as the cookie writes them; whatever else stands there is nothing."""
    parts = text.split(".")[:_READ_MOST]
    return frozenset(int(part) for part in parts if part.isascii() and part.isdecimal() and len(part) <= _DIGITS)


def written(numbers: Iterable[int]) -> str:
    """The same the other way round: the newest of them."""
    return ".".join(str(number) for number in sorted(numbers, reverse=True)[:_READ_MOST])


@dataclass(frozen=True, slots=True)
class Reading:
    """What a phone has read, as it says."""

    #: of what it has read
    numbers: frozenset[int]
    #: of the newest announcement that there was when it came; None for a phone that comes now
    came_at: int | None

    def is_unread(self, said: Announcement, now: Stamp) -> bool:
        """Whether it counts still, or was said since the phone came, and was not read."""
        is_since = self.came_at is not None and said.number > self.came_at
        return said.number not in self.numbers and (is_since or announcements.is_running(said, now))


def read_on_phone(request: Request) -> Reading:
    """What the phone has read."""
    kept = request.cookies.get(READ_COOKIE)
    came = [part[1:] for part in (kept or "").split(".")[:1] if part.startswith(_CAME)]
    at = max(numbers_in(came[0]), default=0) if came else 0
    return Reading(numbers_in(kept or ""), at if kept is not None else None)


def remember_read(response: Response, reading: Reading, *, newest: int, said: Iterable[Announcement] = ()) -> None:
    """Lets the phone know that it has read what was `said`, and, where it comes now, which was the newest then.

    Its own script writes there too, and nothing of it is a secret.
    """
    numbers = reading.numbers | {one.number for one in said}
    came_at = newest if reading.came_at is None else reading.came_at
    kept = f"{_CAME}{came_at}.{written(numbers)}".rstrip(".")
    response.set_cookie(READ_COOKIE, kept, max_age=_READ_FOR_S, samesite="lax")


async def recent(site: Site, stage_id: str, *, inside: Inside) -> list[Announcement]:
    """What was said to a stage in the last hours and was not taken back, the newest first."""
    now = site.ports.clock.now()
    found = await site.ports.reader.announcements_at(stage_id, limit=INBOX_MOST, inside=inside)
    return [said for said in found if announcements.is_recent(said, now)]


async def banner(site: Site, stage_id: str, *, inside: Inside, read: Reading) -> dict[str, object]:
    """What the stage's page shows to a phone that has opened these locks, and read that."""
    now = site.ports.clock.now()
    lately, running = await recent(site, stage_id, inside=inside), site.board.said_at(stage_id, inside=inside)
    return {
        "running": [dict(wire.fields_of(wire_notices.notice_out(said, now))) for said in running],
        "recent": bool(lately),
        "unread": [said.number for said in lately if read.is_unread(said, now)],
    }
