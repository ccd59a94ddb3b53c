"""The wall screen in real Chromium: it lives for days without a touch, at every size, and what flies never piles up."""

import json
import os
import signal
from collections.abc import Iterator
from contextlib import closing
from enum import StrEnum
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from appliance.web import wall
from tests.e2e.conftest import VENUE_NAME
from tests.support.codes import read_codes
from tests.support.real_box import RealBox
from tests.support.visitors import Visitor
from tests.web.answers import until
from tests.web.served import Served, serving
from tests.web.test_clock import NOW_MS, Turned

SETTINGS = {
    "wifi": {"ssid": "Tanzhaus Berlin-Mitte Gäste", "passphrase": "walzer-tango-99-foxtrott"},
    "http": {"public_url": "http://tanzhaus-mitte.internal:8080"},
}
WIFI_CODE = "WIFI:T:WPA;S:Tanzhaus Berlin-Mitte Gäste;P:walzer-tango-99-foxtrott;;"
LONG = "Der überaus lange Titel eines Stücks, das niemand je ganz ausgesprochen hat, in der Fassung von 1937 " * 2
SIZES = [(1920, 1080), (1280, 720), (1080, 1920)]
STAGE = "stage/main-floor"
#: what reaches out of the middle nine tenths of the screen, or out of the screen
OUTSIDE = """(share) => [...document.querySelectorAll(".screen > :not(.hearts) *")]
    .filter((one) => one.checkVisibility() && !one.closest(".unseen") && one.tagName !== "path")
    .map((one) => [one, one.getBoundingClientRect()])
    .filter(([, box]) => box.left < innerWidth * share - 1 || box.right > innerWidth * (1 - share) + 1
        || box.top < innerHeight * share - 1 || box.bottom > innerHeight * (1 - share) + 1)
    .map(([one]) => `${one.className} ${one.tagName}: ${one.textContent.trim().slice(0, 40)}`)"""

#: lines of the title, the artist and the poll that the box around them cuts through
CUT_LINES = """() => [...document.querySelectorAll(
  ".screen-now .title, .screen-now .artist, .session, .screen-question, .screen-poll li"
)].filter((one) => one.checkVisibility()).filter((one) => {
  const box = one.getBoundingClientRect();
  for (let around = one.parentElement; around; around = around.parentElement) {
    const edge = around.getBoundingClientRect();
    const cuts = getComputedStyle(around).overflowY !== "visible";
    if (cuts && (box.bottom > edge.bottom + 3 || box.top < edge.top - 3)) return true;
  }
  return false;
}).map((one) => `${one.className} ${one.tagName}: ${one.textContent.trim().slice(0, 40)}`)"""


class Told(StrEnum):
    """Names of the stream's events, as the box's parts use them."""

    NOW = "now"
    LIKES = "likes"
    SESSION = "session"
    REACTIONS = "reactions"
    POLL = "poll"
    POLL_VOTES = "poll_votes"
    NOTICES = "notices"
    SCHEDULE = "schedule"
    CLOSING = "closing"


class Hall:
    """A box and the walls that hang in its hall; whatever a page of theirs throws fails the test."""

    def __init__(self, browser: Browser, box: Served) -> None:
        self._browser, self.box = browser, box
        self._contexts: list[BrowserContext] = []
        self.errors: list[str] = []
        self._dj: Visitor | None = None

    def close(self) -> None:
        for context in self._contexts:
            context.close()

    def wall(self, query: str = "", *, size: tuple[int, int] = SIZES[0], clock: bool = False, **rest: object) -> Page:
        """A TV that somebody has just switched on."""
        viewport = {"width": size[0], "height": size[1]}
        context = self._browser.new_context(viewport=viewport, **rest)  # type: ignore[arg-type]
        self._contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(10_000)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        if clock:
            page.clock.install()
        before = self.box.hub.streams()
        page.goto(f"http://{VENUE_NAME}:{self.box.port}/screen/main-floor?key={wall.key_of(self.box.site)}{query}")
        # Without a script there is no stream to wait for.
        assert not rest.get("java_script_enabled", True) or until(lambda: self.box.hub.streams() > before)
        return page

    def announce(self, title: str, artist: str = "The Tests") -> str:
        """What is on from now on; its id."""
        if self._dj is None:
            self._dj = self.box.dj()
            session = self._dj.post("/api/v1/stages/main-floor/sessions").json["session"]["id"]
            self._plays = f"/api/v1/sessions/{session}/plays"
        play: str = self._dj.post(self._plays, json_body={"title": title, "artist": artist}).json["play"]["play"]
        return play

    def tell(self, lane: Told, **message: object) -> None:
        """One event to everybody at the stage, as the box sends it."""
        data = json.dumps({"v": 1, "stage": "main-floor", **message}).encode()
        self.box.loop.call_soon_threadsafe(self.box.hub.tell, STAGE, lane, data)  # type: ignore[arg-type]


@pytest.fixture
def hall(browser: Browser, tmp_path: Path) -> Iterator[Hall]:
    with serving(tmp_path, options=SETTINGS) as box, closing(Hall(browser, box)) as hall:
        yield hall
        assert hall.errors == []


def title_of(page: Page) -> str:
    return page.locator("[data-part=title]").inner_text()


def test_a_killed_box_heals_it_without_a_reload(real_box: RealBox, browser: Browser) -> None:
    page = browser.new_page()
    try:
        page.goto(f"http://{VENUE_NAME}:{real_box.port}/screen")
        page.evaluate("window.stillThis = true")
        pid = real_box.server_pid()
        os.kill(pid, signal.SIGKILL)
        real_box.wait_until_served(not_pid=pid)
        dj = real_box.dj()
        session = dj.post("/api/v1/stages/main-floor/sessions").json["session"]["id"]
        for title in ("Before", "After"):
            dj.post(f"/api/v1/sessions/{session}/plays", json_body={"title": title, "artist": "The Tests"})
        expect(page.locator("[data-part=title]")).to_have_text("After", timeout=30_000)
        expect(page.locator("[data-part=history] .row-title").first).to_have_text("Before")
        expect(page.locator("[data-part=wall-lost]")).to_be_hidden()
        assert page.evaluate("window.stillThis")
    finally:
        page.close()


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("safe", [False, True])
def test_everything_is_on_the_screen_and_both_codes_are_read_from_it(
    hall: Hall, size: tuple[int, int], safe: bool, tmp_path: Path
) -> None:
    hall.announce("Midnight City", "M83")
    page = hall.wall("&safe=1&lang=hu" if safe else "&lang=hu", size=size)
    options = ["Walzer", "Tango", "Ein sehr langer Vorschlag aus dem Saal, der kaum noch hinpasst", "Salsa"]
    for title in ("Midnight City", LONG):
        hall.announce(title, title)
        expect(page.locator("[data-part=title]")).to_have_text(title.strip())
        hall.tell(Told.NOTICES, notices=[notice(text="Schluss um drei. " * 12, left_ms=60_000)])
        hall.tell(
            Told.POLL, poll={"id": title[:3], "question": "Und jetzt?", "options": options, "open": True, "votes": []}
        )
        expect(page.locator("[data-part=wall-poll]")).to_be_visible()
        page.wait_for_timeout(100)
        assert page.evaluate(OUTSIDE, 0.05 if safe else 0) == []
        assert page.evaluate(CUT_LINES) == []
        assert page.evaluate("[document.documentElement.scrollWidth, document.documentElement.scrollHeight]") == [*size]
    picture = tmp_path / "wall.png"
    page.screenshot(path=picture)
    if size[0] < size[1]:
        assert sorted(read_codes(picture)) == sorted([WIFI_CODE, "http://tanzhaus-mitte.internal:8080/s/main-floor"])
    else:
        page.locator("figure").first.screenshot(path=picture)
        assert read_codes(picture) == [WIFI_CODE]
        page.locator("figure").last.screenshot(path=picture)
        assert read_codes(picture) == ["http://tanzhaus-mitte.internal:8080/s/main-floor"]


def test_it_loads_a_new_page_by_itself_and_stays_on_a_good_one(hall: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    page = hall.wall(clock=True)
    page.evaluate("window.stillThis = true")
    page.clock.run_for(95_000)
    assert page.evaluate("window.stillThis")
    monkeypatch.setattr(wall, "static_mark", lambda: "another")
    with page.expect_navigation():
        page.clock.run_for(31_000)


def test_its_picture_moves_and_comes_back(hall: Hall) -> None:
    page = hall.wall(clock=True)
    places = []
    for _ in range(9):
        places.append(page.locator(".screen").get_attribute("data-shift"))
        page.clock.run_for(180_000)
    assert places == ["0", "1", "2", "3", "4", "5", "6", "7", "0"]


def test_hearts_rain_and_never_pile_up(hall: Hall) -> None:
    play = hall.announce("Loved")
    page = hall.wall()
    expect(page.locator("[data-part=title]")).to_have_text("Loved")
    for likes in range(1, 2_000, 20):
        hall.tell(Told.LIKES, play=play, likes=likes)
    hall.tell(Told.REACTIONS, session="s", reactions={"fire": 500, "thank_you": 3})
    expect(page.locator("[data-part=likes]")).to_have_text("1981")
    flying = page.locator(".hearts .icon")
    assert until(lambda: flying.count() > 20)
    assert flying.count() <= 48
    expect(flying).to_have_count(0, timeout=15_000)


def test_nothing_flies_for_whoever_asked_for_no_motion(hall: Hall) -> None:
    play = hall.announce("Loved")
    page = hall.wall(reduced_motion="reduce")
    hall.tell(Told.LIKES, play=play, likes=40)
    expect(page.locator("[data-part=likes]")).to_have_text("40")
    assert page.locator(".hearts .icon").count() == 0


def notice(**rest: object) -> dict[str, object]:
    plain: dict[str, object] = {
        "id": "n1",
        "number": 1,
        "level": "info",
        "text": "Hello",
        "by": "Olga",
        "left_ms": 60_000,
    }
    return plain | rest


def test_the_announcement_that_matters_most_stands_there_until_it_is_over(hall: Hall) -> None:
    page = hall.wall()
    card = page.locator("[data-part=wall-notice]")
    expect(card).to_be_hidden()
    urgent = notice(id="n2", number=2, level="urgent", text="<b>Leave</b> by the left door", left_ms=2_500)
    hall.tell(Told.NOTICES, notices=[notice(), urgent])
    expect(card).to_have_text("Olga <b>Leave</b> by the left door")
    expect(card).to_have_attribute("data-level", "urgent")
    expect(card).to_have_text("Olga Hello", timeout=6_000)
    hall.tell(Told.NOTICES)
    expect(card).to_be_hidden()


def test_a_poll_is_counted_while_it_runs_and_its_result_goes_by_itself(hall: Hall) -> None:
    page = hall.wall("&lang=en", clock=True)
    asked = {"id": "p1", "question": "Next?", "options": ["Waltz", "Tango"], "votes": [0, 0], "open": True}
    hall.tell(Told.POLL, poll=asked)
    section = page.locator("[data-part=wall-poll]")
    expect(section).to_be_visible()
    hall.tell(Told.POLL_VOTES, poll="p1", votes=[3, 1])
    expect(section.locator("[data-part=option-share]").first).to_have_text("75 %")
    hall.tell(Told.POLL, poll=asked | {"open": False, "votes": [3, 1], "over_ms": 0, "winners": [0]})
    expect(section.locator("h2")).to_have_text("The result")
    expect(section.locator("li").first).to_have_class("won")
    page.clock.run_for(62_000)
    expect(section).to_be_hidden()


def test_the_plan_says_until_when_and_who_is_next(hall: Hall) -> None:
    page = hall.wall("&lang=en")
    now = {
        "id": "1",
        "from_time": "21:00",
        "to_time": "23:00",
        "begins_in_ms": -1,
        "ends_in_ms": 9_000_000,
        "dj": "Anna",
    }
    later = now | {"id": "2", "from_time": "23:00", "to_time": "01:00", "dj": "Berta", "title": "Swing"}
    hall.tell(Told.SCHEDULE, clock="sure", now=now, next=later)
    expect(page.locator("[data-part=plan]")).to_have_text("Anna until 23:00 Next 23:00 Berta · Swing")
    hall.tell(Told.SCHEDULE, clock="none")
    expect(page.locator("[data-part=plan]")).to_be_hidden()
    ending = page.locator("[data-part=closing]")
    expect(ending).to_be_hidden()
    hall.tell(Told.CLOSING, songs=2)
    expect(ending).to_have_text("2 more songs")
    hall.tell(Told.CLOSING, songs=0)
    expect(ending).to_have_text("This is the last song")
    hall.tell(Told.CLOSING, ends_in_ms=61_000)
    expect(ending).to_contain_text("This set ends in 1:0")
    hall.tell(Told.CLOSING)
    expect(ending).to_be_hidden()


def test_its_clock_goes_on_whatever_the_tvs_own_clock_says(browser: Browser, tmp_path: Path) -> None:
    change = Turned(NOW_MS, from_network=True)
    with serving(tmp_path, options=SETTINGS, change=change) as box, closing(Hall(browser, box)) as hall:
        page = hall.wall()
        expect(page.locator("[data-part=clock]")).to_have_text("18:40")
        page.evaluate("Date.now = () => 0")
        change.wall_ms = NOW_MS + 3_600_000
        page.wait_for_timeout(1_500)
        expect(page.locator("[data-part=clock]")).to_have_text("18:40")


def test_without_a_script_it_shows_the_track_and_renews_itself(hall: Hall) -> None:
    hall.announce("Plain")
    page = hall.wall(java_script_enabled=False)
    assert title_of(page) == "Plain"
    assert page.locator("noscript meta[http-equiv=refresh]").count() == 1


def heap_of(page: Page) -> tuple[int, int]:
    """Bytes that the page's script holds, and elements and listeners in its document."""
    session = page.context.new_cdp_session(page)
    session.send("HeapProfiler.collectGarbage")
    used = session.send("Runtime.getHeapUsage")["usedSize"]
    counted = session.send("Memory.getDOMCounters")
    session.detach()
    return int(used), int(counted["nodes"]) + int(counted["jsEventListeners"])


def test_two_thousand_events_leave_nothing_behind(hall: Hall) -> None:
    play = hall.announce("First")
    page = hall.wall()

    def evening(events: int, name: str) -> None:
        for number in range(events // 4):
            track = {"play": f"{play}-{number}", "title": f"{name} {number}", "artist": "A", "likes": 0, "age_ms": 0}
            hall.tell(Told.NOW, now=track)
            hall.tell(Told.LIKES, play=track["play"], likes=number % 9)
            hall.tell(Told.REACTIONS, session=name, reactions={"fire": number})
            hall.tell(Told.NOTICES, notices=[notice(id=f"{name}{number}", text=f"{name} {number}")])
            if number % 50 == 49:
                page.wait_for_timeout(50)
        expect(page.locator("[data-part=title]")).to_have_text(f"{name} {events // 4 - 1}", timeout=30_000)
        expect(page.locator(".hearts .icon")).to_have_count(0, timeout=20_000)

    evening(400, "warm")
    heap, nodes = heap_of(page)
    evening(2_000, "long")
    after, nodes_after = heap_of(page)
    assert after - heap < 500_000, (heap, after)
    assert nodes_after - nodes < 200, (nodes, nodes_after)
