"""The status page, the wall and the poster in real Chromium: one tap, no script, every language, nothing cut off."""

import itertools
import re
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from appliance.domain.facts import Wifi
from appliance.web.site import Site
from appliance.web.words import LANGUAGES
from tests.web.served import Served, serving
from tests.web.test_clock import NOW_MS, Y1970, Turned

LONG = "DJ Anna-Maria von Habsburg-Lothringen"
NAME = "Der überaus lange Name einer sehr großen Bühne im zweiten Stock des Tanzhauses Berlin-Mitte"
LONG_STAGE = "der-uberaus-lange-name-einer-sehr-groen-buhne-im"
SETTINGS = {
    "wifi": {"ssid": "Tanzhaus Berlin-Mitte Gäste", "passphrase": "walzer-tango-99-foxtrott"},
    "http": {"public_url": "http://tanzhaus-mitte.internal:8080"},
    "box": {"name": "Großer Saal im Tanzhaus Berlin-Mitte"},
}
PHONE, WALL, SMALL_WALL = (360, 740), (1920, 1080), (1280, 720)
#: what stands on the page and is wider or higher than its place
CUT = """() => [...document.querySelectorAll(".wall :is(h1, h2, li, ul), .tile p, .verdict, .sheet, .sheet *")]
    .filter((one) => one.scrollHeight > one.clientHeight + 2 || one.scrollWidth > one.clientWidth + 2)
    .filter((one) => getComputedStyle(one).overflow !== "visible")
    .map((one) => `${one.className || one.tagName}: ${one.textContent.trim().slice(0, 60)}`)"""
#: what a thumb would miss; a label around an input is tapped like it
TOO_SMALL = """() => [...document.querySelectorAll("a, button, input:not([type=hidden]), select, summary")]
    .filter((one) => one.checkVisibility() && (one.closest("label") || one).getBoundingClientRect().height < 44)
    .map((one) => one.textContent.trim())"""
FONT_SIZE = "(one) => parseFloat(getComputedStyle(one).fontSize)"
HEADINGS = '() => [...document.querySelectorAll("h1, h2, h3")].map((one) => Number(one.tagName[1]))'


@pytest.fixture(scope="module")
def evening(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A box in trouble: a DJ with a long name, a clock that nobody set, no network, something to read."""
    with serving(tmp_path_factory.mktemp("evening"), change=Turned(Y1970), options=SETTINGS) as box:
        dj = box.dj(LONG)
        assert dj.post("/api/v1/stages/main-floor/sessions").status in {200, 201}
        assert box.staff().post("/api/v1/stages", json_body={"name": NAME}).json["id"] == LONG_STAGE
        box.site.notices.add("card_was_full", "The card was full for a while, so some likes were refused.")
        yield box


class Staff:
    """Somebody of the staff with a browser; whatever a page throws fails the test."""

    def __init__(self, browser: Browser, box: Served) -> None:
        self._browser, self._box = browser, box
        self._contexts: list[BrowserContext] = []
        self.errors: list[str] = []

    def close(self) -> None:
        for context in self._contexts:
            context.close()

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self._box.port}{path}"

    def open(self, path: str, *, size: tuple[int, int] = PHONE, script: bool = True, light: bool = False) -> Page:
        context = self._browser.new_context(
            viewport={"width": size[0], "height": size[1]},
            java_script_enabled=script,
            color_scheme="light" if light else "dark",
        )
        self._contexts.append(context)
        context.add_cookies([{"name": "pika_staff", "value": self._box.staff().token or "", "url": self.url("")}])
        page = context.new_page()
        page.set_default_timeout(10_000)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("console", lambda told: self.errors.append(told.text) if told.type == "error" else None)
        page.clock.install()
        page.goto(self.url(path))
        return page


@pytest.fixture
def staff(browser: Browser, evening: Served) -> Iterator[Staff]:
    with closing(Staff(browser, evening)) as found:
        yield found
    assert found.errors == []


def test_one_tap_sets_the_clock(browser: Browser, tmp_path: Path) -> None:
    with serving(tmp_path, change=Turned(Y1970)) as box, closing(Staff(browser, box)) as staff:
        page = staff.open("/staff/status?lang=de")
        assert page.locator("[data-light=clock]").get_attribute("data-level") == "attention"
        assert not page.locator("[data-typed]").is_visible()
        page.get_by_role("button", name="Zeit von diesem Handy stellen").click()
        page.wait_for_url("**/staff/status")
        assert page.locator("html").get_attribute("lang") == "de"
        assert page.locator("[data-light=clock]").get_attribute("data-level") == "good"
        phone: float = page.evaluate("Date.now()")
        assert abs(box.site.ports.clock.now().wall_ms - phone) < 60_000
        assert staff.errors == []


def test_without_a_script_the_time_is_typed(browser: Browser, tmp_path: Path) -> None:
    with serving(tmp_path, change=Turned(Y1970)) as box, closing(Staff(browser, box)) as staff:
        page = staff.open("/staff/status?lang=en", script=False)
        page.locator("input[name=typed]").fill("2026-11-20T20:40")
        page.locator("select[name=offset]").select_option("120")
        page.get_by_role("button", name="Set the time from this phone").click()
        page.wait_for_url("**/staff/status")
        assert page.locator("[data-light=clock]").get_attribute("data-level") == "good"
        assert 0 <= box.site.ports.clock.now().wall_ms - 1_795_200_000_000 < 60_000


def test_the_wall_renews_itself_without_a_flicker_and_says_when_it_can_t(browser: Browser, tmp_path: Path) -> None:
    with serving(tmp_path, options=SETTINGS) as box, closing(Staff(browser, box)) as staff:
        page = staff.open("/screen/status?lang=en", size=WALL)
        page.evaluate("window.sameDocument = true")
        assert page.locator("[data-light=djs]").get_attribute("data-level") == "off"
        dj = box.dj("Anna")
        dj.post("/api/v1/stages/main-floor/sessions")
        with page.expect_response("**/screen/status?lang=en"):
            page.clock.fast_forward(10_000)
        page.locator("[data-light=djs][data-level=good]").wait_for(state="attached")
        assert page.evaluate("window.sameDocument") is True
        assert not page.locator("[data-lost]").is_visible()
        box.stop()
        with page.expect_event("requestfailed"):
            page.clock.fast_forward(10_000)
        page.locator("[data-lost]").wait_for(state="visible")


class Healthy:
    """What is around a box on a good evening."""

    def wifi(self) -> Wifi:
        return Wifi(is_own=True, ssid="Tanzhaus Berlin-Mitte", interface="eth0", is_up=True, address="10.42.0.1")

    def joined(self) -> int:
        return 143

    def room(self) -> int:
        return 1000


def test_a_wall_of_a_good_evening_is_calm_and_whole(browser: Browser, tmp_path: Path) -> None:
    def change(site: Site) -> Site:
        return replace(Turned(NOW_MS, from_network=True)(site), surroundings=Healthy())  # type: ignore[arg-type]

    with serving(tmp_path, change=change, options=SETTINGS) as box, closing(Staff(browser, box)) as staff:
        page = staff.open("/screen/status", size=WALL)
        for number, language in enumerate(LANGUAGES * 2):
            if number == len(LANGUAGES):
                # Until then the wall leads to the set-up.
                box.dj()
            page.goto(staff.url(f"/screen/status?lang={language}"))
            assert page.locator(".wall-setup").count() == (number < len(LANGUAGES))
            assert page.locator(".verdict[data-level=good]").count() == 1
            assert page.locator(".tile").count() == 12
            assert page.evaluate(CUT) == [], language
            assert page.evaluate("document.documentElement.scrollHeight") == WALL[1]
        assert staff.errors == []


@pytest.mark.parametrize("size", [WALL, SMALL_WALL], ids=["wall", "small"])
def test_a_wall_shows_everything_in_every_language(staff: Staff, size: tuple[int, int]) -> None:
    page = staff.open("/screen/status", size=size, light=True)
    for language in LANGUAGES:
        page.goto(staff.url(f"/screen/status?lang={language}"))
        assert page.evaluate(CUT) == [], language
        assert page.evaluate("[innerWidth, document.documentElement.scrollHeight]") == list(size), language
        assert page.evaluate(HEADINGS)[0] == 1
        # Readable from three metres on a screen of 32 inches: lines of a centimetre for what matters.
        sizes = page.evaluate(f"[...document.querySelectorAll('.look p')].map({FONT_SIZE})")
        assert min(sizes) / size[1] >= 0.025
    # Dark, whatever the computer behind it prefers.
    assert page.evaluate("getComputedStyle(document.documentElement).backgroundColor") == "rgb(11, 9, 15)"


@pytest.mark.parametrize("path", ["/staff/status", "/poster/main-floor"])
def test_pages_fit_a_small_phone_in_every_language(staff: Staff, path: str) -> None:
    page = staff.open(path)
    for language in LANGUAGES:
        page.goto(staff.url(f"{path}?lang={language}"))
        assert page.evaluate("document.documentElement.scrollWidth") == PHONE[0], language
        levels: list[int] = page.evaluate(HEADINGS)
        assert levels.count(1) == 1
        assert all(after - before <= 1 for before, after in itertools.pairwise(levels)), levels
        assert page.evaluate(TOO_SMALL) == [], language


def test_a_poster_is_one_whole_sheet_in_every_language(staff: Staff) -> None:
    page = staff.open("/poster/main-floor", size=(1000, 1300))
    page.emulate_media(media="print")
    for language, stage in itertools.product(LANGUAGES, ("main-floor", LONG_STAGE)):
        page.goto(staff.url(f"/poster/{stage}?lang={language}"))
        assert page.evaluate(CUT) == [], language
        assert page.locator(".systems dd").count() == 4
        assert page.locator("img.qr").count() == 2
    assert len(re.findall(rb"/Type /Page\b", page.pdf(prefer_css_page_size=True))) == 1
