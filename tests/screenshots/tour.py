"""Which pages there are to look at, and who sees them. For pictures, and for what is tested of every page."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Who(StrEnum):
    """Whose browser it is."""

    GUEST = "guest"
    DJ = "dj"
    ORGANISER = "organiser"
    STAFF = "staff"


@dataclass(frozen=True, slots=True)
class Stop:
    """One page of the tour."""

    #: what its pictures are called
    name: str
    #: with `{event}`, `{session}`, `{past}`, `{dj}` and `{account}` to be filled in
    path: str
    who: Who
    #: a wall is no phone and no paper: one picture as it hangs there is all
    wall: bool = False
    #: what is answered
    status: int = 200

    def address(self, ids: Mapping[str, str]) -> str:
        """Its path on the box that has these ids."""
        return self.path.format_map(ids)


GUEST, DJ, ORGANISER, STAFF = Who.GUEST, Who.DJ, Who.ORGANISER, Who.STAFF
STOPS = (
    Stop("welcome", "/welcome", GUEST),
    Stop("welcome-done", "/welcome/done", GUEST),
    Stop("stages", "/", GUEST),
    Stop("live", "/s/main-floor", GUEST),
    Stop("inbox", "/s/main-floor/inbox", GUEST),
    Stop("likes", "/likes", GUEST),
    Stop("schedule", "/schedule/{event}", GUEST),
    Stop("privacy", "/privacy", GUEST),
    Stop("profile", "/djs/{dj}", GUEST),
    Stop("recap", "/recap/{past}", GUEST),
    Stop("no-page", "/nothing-here", GUEST, status=404),
    Stop("login", "/login", GUEST),
    Stop("register", "/register", GUEST),
    Stop("code", "/login/code", GUEST),
    Stop("dj-login", "/dj", GUEST),
    Stop("staff-login", "/staff", GUEST),
    Stop("wall", "/screen/main-floor", GUEST, wall=True),
    Stop("wall-safe", "/screen/garden?safe=1", GUEST, wall=True),
    Stop("dj", "/dj", DJ),
    Stop("dj-heard", "/dj/heard/{event}?q=a", DJ),
    Stop("dj-bookings", "/dj/bookings", DJ),
    Stop("dj-recap", "/recap/{past}", DJ),
    Stop("account", "/account", ORGANISER),
    Stop("organiser-new", "/organiser", ORGANISER),
    Stop("organiser", "/organiser", STAFF),
    Stop("organiser-event", "/organiser/events/{event}", STAFF),
    Stop("organiser-voices", "/organiser/events/{event}/voices", STAFF),
    Stop("organiser-told", "/organiser/told", STAFF),
    Stop("planning-events", "/organiser/schedule", STAFF),
    Stop("planning", "/organiser/schedule/{event}", STAFF),
    Stop("admin", "/admin", STAFF),
    Stop("admin-people", "/admin/people", STAFF),
    Stop("admin-person", "/admin/people/{account}", STAFF),
    Stop("admin-guests", "/admin/guests", STAFF),
    Stop("admin-trail", "/admin/trail", STAFF),
    Stop("staff", "/staff", STAFF),
    Stop("status", "/staff/status", STAFF),
    Stop("status-wall", "/screen/status", STAFF, wall=True),
    Stop("care", "/staff/care", STAFF),
    Stop("library", "/library", STAFF),
    Stop("evening", "/staff/evening", STAFF),
    Stop("walls", "/screen", STAFF),
    Stop("gallery", "/gallery", STAFF),
    Stop("gallery-turned", "/gallery?dir=rtl", STAFF),
    Stop("gallery-large", "/gallery?text=200", STAFF),
    Stop("poster", "/poster/main-floor", STAFF),
)
