"""Whose phone counts as being there, and whose time is heard: by what comes in at the door."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from appliance.clock import Clock, SystemClock
from appliance.live.counting import Counting
from appliance.web.site import Site
from tests.support.guests import guest_in
from tests.support.visitors import Visitor
from tests.web.answers import until
from tests.web.phone import Phone
from tests.web.served import Served, serving

STAGE = "main-floor"
NOW_MS = 1_800_000_000_000


@dataclass
class Heard:
    """What the box noted of its phones."""

    seen: list[tuple[str, str]] = field(default_factory=list)
    votes: list[int] = field(default_factory=list)


class _Listening(Counting):
    def __init__(self, heard: Heard, *, clock: Clock) -> None:
        super().__init__(clock=clock, present=list)
        self._heard = heard

    def see(self, stage_id: str, guest_id: str) -> None:
        self._heard.seen.append((stage_id, guest_id))

    def vote(self, guest_id: str, wall_ms: int) -> None:
        self._heard.votes.append(wall_ms)


@contextmanager
def listening(data: Path) -> Iterator[tuple[Served, Heard, Visitor]]:
    """A box with one guest, and what it notes."""
    heard = Heard()

    def change(site: Site) -> Site:
        return replace(site, counting=_Listening(heard, clock=SystemClock()))

    with serving(data, change=change) as box:
        guest = box.visitor()
        assert guest.post("/api/v1/guests").status == 204
        yield box, heard, guest


def test_a_stream_a_poll_and_a_page_of_a_known_guest_count_and_nobody_else_s(tmp_path: Path) -> None:
    with listening(tmp_path) as (box, heard, guest):
        for stranger in (box.visitor(), Visitor(port=box.port, cookies={"pika_guest": "made.up"})):
            stranger.get(f"/api/v1/stages/{STAGE}/now")
            stranger.get(f"/s/{STAGE}")
        with Phone(box.port, STAGE) as stranger_s, Phone(box.port, STAGE, query="as=dj", cookie=_cookie(guest)) as desk:
            assert stranger_s.next("state").data["stage"]["id"] == desk.next("state").data["stage"]["id"] == STAGE
        guest.get(f"/api/v1/stages/{STAGE}/now?as=dj")
        assert heard.seen == []
        guest.get(f"/api/v1/stages/{STAGE}/now")
        guest.get(f"/s/{STAGE}")
        with Phone(box.port, STAGE, cookie=_cookie(guest)) as phone:
            phone.next("state")
            until(lambda: len(heard.seen) == 3)
        ((stage, guest_id),) = set(heard.seen)
        assert stage == STAGE
        assert guest_id == guest_in(tmp_path / "box.db", _cookie(guest))


def test_a_phone_s_time_is_heard_when_it_opens_a_stream_and_not_when_its_browser_repeats_one(tmp_path: Path) -> None:
    with listening(tmp_path) as (box, heard, guest):
        for said in ("", "now=", "now=-5", "now=1e12", "now=%31", f"now={10**20}"):
            with Phone(box.port, STAGE, query=said, cookie=_cookie(guest)) as phone:
                phone.next("state")
        with Phone(box.port, STAGE, query=f"now={NOW_MS}", cookie=_cookie(guest), last_event_id="x-1") as phone:
            phone.next("state")
        with Phone(box.port, STAGE, query=f"now={NOW_MS}") as phone:
            phone.next("state")
        assert heard.votes == []
        with Phone(box.port, STAGE, query=f"last=x-1&now={NOW_MS}", cookie=_cookie(guest)) as phone:
            phone.next("state")
            until(lambda: heard.votes == [NOW_MS])


def _cookie(guest: Visitor) -> str:
    return guest.cookies["pika_guest"]
