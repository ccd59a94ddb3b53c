"""Which locks a browser has opened: a cookie that the box signs for one phone, and what a DJ's own console carries.

Every door asks here, and whoever is not asked about is outside of all locks.
"""

from collections.abc import Mapping

from starlette.responses import Response

from appliance.domain import signing
from appliance.domain.nights import NIGHT_MS
from appliance.web import asking
from appliance.web.site import Request, Site, site_of

PASS_COOKIE = "pika_pass"  # noqa: S105 - a cookie's name
#: in a console's own addresses: a lock of which the DJ holds the key
DESK_PASS = "pass"  # noqa: S105 - a parameter's name
_DESK = "desk"
#: who watches for a whole hall
WALL = "wall"
#: sets behind a PIN that a phone goes in and out of in one night
_MOST = 5


def _purpose(phone_id: str) -> str:
    # For this phone only: a pass that is copied to another one opens nothing.
    return f"pass {phone_id}"


def opened_by(cookies: Mapping[str, str], site: Site, *, desk_pass: str = "", watcher: str = "") -> frozenset[str]:
    """The locks that a browser with these cookies has opened, and the one of a console's own address.

    A wall has opened none, whatever was typed on that machine: everybody in the hall sees it.
    """
    if watcher == WALL:
        return frozenset()
    kept = cookies.get(PASS_COOKIE, "")
    phone_id = asking.phone_in(cookies.get(asking.GUEST_COOKIE, ""), site) if kept else None  # few have typed a PIN
    value = signing.verify(kept, key=site.keys.login, purpose=_purpose(phone_id)) if phone_id else None
    own = signing.verify(desk_pass, key=site.keys.login, purpose=_DESK) if desk_pass else None
    return frozenset([*(value or "").split(":"), own or ""]) - {""}


def opened(request: Request) -> frozenset[str]:
    """The locks that the browser which asks has opened."""
    asked = request.query_params
    return opened_by(request.cookies, site_of(request), desk_pass=asked.get(DESK_PASS, ""), watcher=asked.get("as", ""))


def remember(request: Request, response: Response, lock: str) -> None:
    """Lets the browser in, from now on."""
    others = sorted(opened(request) - {lock})
    value = ":".join([*others[-(_MOST - 1) :], lock])
    signed = signing.sign(value, key=site_of(request).keys.login, purpose=_purpose(asking.phone(request)))
    response.set_cookie(PASS_COOKIE, signed, max_age=NIGHT_MS // 1000, httponly=True, samesite="lax")


def desk_pass(site: Site, lock: str) -> str:
    """For the addresses of a console whose DJ has put up this lock."""
    return signing.sign(lock, key=site.keys.login, purpose=_DESK)
