"""What the dancers' page may take on a slow phone: time to the first words, time from a track to pixels, memory.

A slow phone is Chromium with a quarter of this processor and a link of 1.6 Mbit/s. Real phones and radios are beyond
any test here.
"""

import asyncio
import json
import time
from statistics import median

from playwright.sync_api import Browser, CDPSession, Page, expect

from appliance.domain import topics
from appliance.domain.live_state import Lane
from tests.e2e.conftest import PHONE, VENUE_NAME, People
from tests.e2e.test_live_page import Desk, opened
from tests.web.served import Served

FIRST_CONTENT_MS = 1_000
TO_PIXELS_MS = 100
MOST_GROWTH_BYTES = 5_000_000
EVENTS, AT_ONCE = 10_000, 100
STAGE = topics.of_stage("main-floor")

#: notes the moment at which a title has been painted: after the frame in which it changed
PAINTED = """() => {
  window.painted = {};
  const title = document.querySelector("[data-part=now] [data-part=title]");
  new MutationObserver(() => {
    const words = title.textContent;
    requestAnimationFrame(() => setTimeout(() => (window.painted[words] = Date.now())));
  }).observe(title, { childList: true, characterData: true, subtree: true });
}"""


def slowed(browser: Browser) -> tuple[Page, CDPSession]:
    page = browser.new_context(viewport=PHONE).new_page()  # type: ignore[arg-type]
    session = page.context.new_cdp_session(page)
    rate = 1.6e6 / 8
    link = {"offline": False, "latency": 20, "downloadThroughput": rate, "uploadThroughput": rate / 2}
    session.send("Network.enable")
    session.send("Network.emulateNetworkConditions", link)
    session.send("Emulation.setCPUThrottlingRate", {"rate": 4})
    return page, session


def test_a_slow_phone_has_the_track_within_a_second(box: Served, browser: Browser) -> None:
    desk = Desk(box)
    for number in range(31):
        desk.play(f"Track {number}", bpm=128, key="8A", energy=72)
    took = []
    for _ in range(3):
        page, _session = slowed(browser)
        page.goto(f"http://{VENUE_NAME}:{box.port}/s/main-floor")
        page.wait_for_function("performance.getEntriesByName('first-contentful-paint').length")
        took.append(page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime"))
        expect(page.locator("[data-part=now] [data-part=title]")).to_have_text("Track 30")
        page.context.close()
    assert median(took) <= FIRST_CONTENT_MS, took


def test_a_track_is_on_the_screen_within_a_tenth_of_a_second(box: Served, people: People) -> None:
    desk = Desk(box)
    desk.play("Before")
    page = opened(people, people.page())
    page.evaluate(PAINTED)
    took = []
    for number in range(9):
        title, began_ms = f"Track {number}", time.time() * 1000
        desk.play(title)
        page.wait_for_function("(title) => painted[title]", arg=title)
        took.append(page.evaluate("(title) => painted[title]", title) - began_ms)
    assert median(took) <= TO_PIXELS_MS, took


def evening(number: int) -> tuple[Lane, dict[str, object]]:
    """One of the things that a busy floor hears of: every twentieth is a track."""
    play = f"play-{number // 20}"
    heard = {"play": play, "title": f"Title {number // 20} " * 3, "artist": "The Tests", "age_ms": 0, "likes": 0}
    several: list[tuple[Lane, dict[str, object]]] = [
        (Lane.LIKES, {"play": play, "likes": number % 20}),
        (Lane.LISTENERS, {"listeners": number}),
        (Lane.TEMPO, {"play": play, "tempo": {"slower": number, "perfect": 2, "faster": 1}}),
    ]
    return several[number % 3] if number % 20 else (Lane.NOW, {"now": {**heard, "bpm": 120 + number % 9}})


async def tell(box: Served, numbers: range) -> None:
    for number in numbers:
        lane, data = evening(number)
        box.hub.tell(STAGE, lane, json.dumps({"v": 1, "stage": "main-floor", **data}).encode())


def held(session: CDPSession) -> tuple[float, int]:
    """The page's memory in bytes and its nodes, once nothing is left that could go."""
    for _ in range(3):
        session.send("HeapProfiler.collectGarbage")
    return session.send("Runtime.getHeapUsage")["usedSize"], session.send("Memory.getDOMCounters")["nodes"]


def hear(page: Page, box: Served, numbers: range) -> None:
    for first in range(numbers.start, numbers.stop, AT_ONCE):
        asyncio.run_coroutine_threadsafe(tell(box, range(first, first + AT_ONCE)), box.loop).result(5)
        page.wait_for_timeout(20)
    last = max(number for number in numbers if evening(number)[0] is Lane.LISTENERS)
    expect(page.locator("[data-part=listeners-count]")).to_have_text(str(last), timeout=20_000)


def test_ten_thousand_events_leave_nothing_behind(box: Served, people: People) -> None:
    Desk(box).play("Before")
    page = opened(people, people.page())
    session = page.context.new_cdp_session(page)
    hear(page, box, range(1_000))  # lists are full and code is warm
    memory, nodes = held(session)
    hear(page, box, range(1_000, 1_000 + EVENTS))
    page.wait_for_timeout(7_000)  # hearts that still rise
    after, nodes_after = held(session)
    assert box.hub.cut() == 0
    assert after - memory <= MOST_GROWTH_BYTES, (memory, after)
    assert nodes_after - nodes <= 200
