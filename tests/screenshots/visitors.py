"""The people who take the tour: browsers that are logged in where their pages want it, and ids of what there is to see.

Knows the pages by their addresses and forms only, as a person would.
"""

import re
from collections.abc import Callable, Mapping
from typing import TypedDict

from playwright.sync_api import Browser, BrowserContext

from tests.screenshots.tour import Who
from tests.support.people import PASSWORD
from tests.support.real_box import RealBox


class Look(TypedDict, total=False):
    """How a browser looks at pages: playwright's own names."""

    viewport: dict[str, int]
    color_scheme: str
    locale: str
    device_scale_factor: float
    forced_colors: str


def ids(box: RealBox, *, dj: str) -> dict[str, str]:
    """What the tour's addresses are filled with. The newest set of `dj` that is over is the past one."""
    staff = box.staff()
    event = staff.get("/api/v1/events").json["events"][0]["event"]
    known = {one["name"]: one["id"] for one in staff.get("/api/v1/djs").json["djs"]}
    account = staff.get("/api/v1/accounts").json["accounts"][0]["id"]
    past = re.search(r"/recap/([\w-]+)", "".join(_profile(box, one) for one in known.values()))
    return {"event": event, "dj": known[dj], "account": account, "past": past[1] if past else "none"}


def welcome(box: RealBox) -> None:
    """New phones are shown the welcome page from now on."""
    answer = box.staff().post("/staff/portal", form={"mode": "party"})
    assert answer.status == 303, answer.text


def _profile(box: RealBox, dj: str) -> str:
    """A DJ's page; its address is made of the name."""
    moved = box.visitor().get(f"/djs/{dj}")
    return box.visitor().get(moved.headers["location"], headers={"Accept": "text/html"}).text


def register(box: RealBox) -> str:
    """An organiser who was let in, and a DJ who waits; the organiser's e-mail."""
    email = "olga@example.org"
    for role, name, mail in (("organiser", "Olga Marchetti", email), ("dj", "Bix Allaway", "bix@example.org")):
        wanted = {"role": role, "email": mail, "name": name, "password": PASSWORD}
        made = box.visitor().post("/api/v1/accounts", json_body=wanted)
        assert made.status == 201, made.text
        if role == "organiser":
            answer = box.staff().post(f"/api/v1/accounts/{made.json['id']}/approve", json_body={})
            assert answer.status == 200, answer.text
    return email


def cookies(box: RealBox, *, dj: str) -> Mapping[Who, list[dict[str, str]]]:
    """What each of them carries, as a browser wants to be given it: they log in once, whatever they look with."""
    ways: dict[Who, Callable[[], Mapping[str, str]]] = {
        Who.GUEST: lambda: _guest(box),
        Who.DJ: lambda: _sent(box, "/dj/login", token=box.dj(dj).token or ""),
        Who.ORGANISER: lambda: _sent(box, "/login", email=register(box), password=PASSWORD, next=""),
        Who.STAFF: lambda: {"pika_staff": box.staff().token or ""},
    }
    address = f"http://127.0.0.1:{box.port}"
    return {who: [{"name": n, "value": v, "url": address} for n, v in way().items()] for who, way in ways.items()}


def _sent(box: RealBox, path: str, **form: str) -> Mapping[str, str]:
    visitor = box.visitor()
    answer = visitor.post(path, form=form)
    assert answer.status == 303, answer.text
    return visitor.cookies


def _guest(box: RealBox) -> Mapping[str, str]:
    """A dancer who likes what is on and what was on before."""
    phone = box.guest()
    history = phone.get("/api/v1/stages/main-floor/history").json["plays"]
    for play in history[:6]:
        phone.ask("PUT", f"/api/v1/plays/{play['play']}/like")
    return phone.cookies


def opened(browser: Browser, look: Look, carried: list[dict[str, str]]) -> BrowserContext:
    """Somebody's browser."""
    context = browser.new_context(**look)  # type: ignore[arg-type]
    context.add_cookies(carried)  # type: ignore[arg-type]
    return context
