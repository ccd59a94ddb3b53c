"""The cloud's page of boxes in real Chromium: what needs somebody first, and what is on by itself."""

import contextlib
import re
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect

from tests.cloud.running import Box, Cloud, Organiser, running

PHONE: ViewportSize = {"width": 360, "height": 740}
WIDE: ViewportSize = {"width": 1280, "height": 800}
_LONG = "Der sehr lange Name eines Saales in einer kleinen Stadt, der Zeilen braucht <i>"


class Fleet:
    """A cloud with boxes of every kind, and the person whose they are."""

    def __init__(self, cloud: Cloud, file: Path) -> None:
        self._file = file
        self.organiser: Organiser = cloud.organisation("Tanzhaus am Fluss").sign_in()
        self.boxes = {name: Box(cloud.url) for name in ("Main hall", "Garden", "Cellar", _LONG)}
        for name, box in self.boxes.items():
            assert self.organiser.claim(box).status_code == 303
            assert self.organiser.post("/boxes/name", box=box.id, name=name).status_code == 303
        self.tell("Main hall", 1)
        self.tell("Cellar", 1, backlog=12_400, oldest_wait_s=9_000)
        self._seed()

    def tell(self, name: str, at: int, **about: object) -> None:
        """A box says what is on."""
        stages = [
            {
                "stage": "a",
                "name": "Floor",
                "artist": "Aba Taano",
                "title": f"Track {at}",
                "likes": at,
                "listeners": 41,
            },
            {"stage": "b", "name": "Foyer"},
        ]
        box = {
            "backlog": 0,
            "clock": "ntp",
            "disk_free": 9 * 10**9,
            "disk_total": 3 * 10**10,
            "version": "1.4",
            **about,
        }
        said = {"v": 1, "boot": "x", "boot_ms": at, "stages": stages, "box": box}
        assert self.boxes[name].json("PUT", "/v1/live", said).status_code == 204

    def _seed(self) -> None:
        now_ms, cellar, long = int(time.time() * 1000), self.boxes["Cellar"].id, self.boxes[_LONG].id
        with contextlib.closing(sqlite3.connect(self._file, timeout=10)) as database, database:
            (org,) = database.execute("SELECT org_id FROM organisations").fetchone()
            add = (
                "INSERT INTO alarms (org_id, box_id, kind, subject, raised_ms, last_ms, times) VALUES (?,?,?,'',?,?,1)"
            )
            for box, kind in ((cellar, "stuck"), (cellar, "clock_unknown"), (long, "two_histories")):
                database.execute(add, (org, box, kind, now_ms - 3_000_000, now_ms + 3_600_000))
            database.execute(
                "INSERT INTO alarm_history (org_id, box_id, kind, subject, raised_ms, cleared_ms, times)"
                " VALUES (?, ?, 'disk_low', '', ?, ?, 1)",
                (org, cellar, now_ms - 90_000_000, now_ms - 80_000_000),
            )


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    folder = tmp_path_factory.mktemp("fleet")
    with running(f"sqlite:///{folder}/cloud.db", folder) as cloud:
        yield Fleet(cloud, folder / "cloud.db")


@contextlib.contextmanager
def opened(
    browser: Browser, fleet: Fleet, *, size: ViewportSize = PHONE, light: bool = False, script: bool = True
) -> Iterator[Page]:
    """The page as an organiser has it, and no error in it."""
    context = browser.new_context(viewport=size, color_scheme="light" if light else "dark", java_script_enabled=script)
    errors: list[str] = []
    try:
        page = context.new_page()
        page.set_default_timeout(10_000)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
        url = fleet.organiser.cloud.url
        page.goto(f"{url}/login")
        page.get_by_label("Access key").fill(fleet.organiser.key)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url(f"{url}/boxes")
        yield page
        assert not errors
    finally:
        context.close()


def test_what_needs_somebody_stands_first_in_words_colour_and_icon(browser: Browser, fleet: Fleet) -> None:
    with opened(browser, fleet) as page:
        names = page.locator(".boxes h2 bdi").all_inner_texts()
        assert names == ["Cellar", _LONG, "Main hall", "Garden"]
        assert page.locator(".verdict").inner_text() == "2 boxes need you"
        cellar = page.locator(".boxes > li").first
        expect(cellar).to_contain_text("It is online, but nothing of what waits in it arrives.")
        expect(cellar).to_contain_text("12,400 moments wait in it, the oldest for 2 h")
        assert cellar.locator(".worry svg").count() == 2
        expect(page.get_by_text("Its disk is nearly full. Over 22 h ago")).to_be_visible()


def test_what_is_on_changes_by_itself(browser: Browser, fleet: Fleet) -> None:
    with opened(browser, fleet) as page:
        hall = page.locator(f'[data-box="{fleet.boxes["Main hall"].id}"]')
        for at in (int(time.time()), int(time.time()) + 1):
            fleet.tell("Main hall", at)
            expect(hall.locator("[data-stages]")).to_contain_text(f"Track {at}", timeout=3_000)
        # A box that begins to tell while the page is open has a place already.
        fleet.tell("Garden", 5)
        garden = page.locator(f'[data-box="{fleet.boxes["Garden"].id}"]')
        expect(garden.locator("[data-stages]")).to_contain_text("Track 5", timeout=3_000)


def test_without_a_script_the_page_renews_itself_and_everything_can_be_done(browser: Browser, fleet: Fleet) -> None:
    with opened(browser, fleet, script=False) as page:
        assert 'http-equiv="refresh"' in page.content()
        hall = page.locator(f'[data-box="{fleet.boxes["Main hall"].id}"]')
        hall.get_by_text("Rename").click()
        hall.get_by_label("Name").fill("Main hall 2")
        hall.get_by_role("button", name="Keep this name").click()
        expect(hall.locator("h2")).to_contain_text("Main hall 2")
        hall.get_by_text("Rename").click()
        hall.get_by_label("Name").fill("Main hall")
        hall.get_by_role("button", name="Keep this name").click()
        expect(hall.locator("h2 bdi")).to_have_text("Main hall")


def test_giving_a_box_up_asks_first(browser: Browser, fleet: Fleet) -> None:
    lost = Box(fleet.organiser.cloud.url)
    assert fleet.organiser.claim(lost).status_code == 303
    with opened(browser, fleet) as page:
        row = page.locator(f'[data-box="{lost.id}"]')
        row.get_by_text("Give up").click()
        assert lost.cursor().status_code == 200
        row.get_by_role("button", name="Yes, give it up").click()
        expect(row).to_contain_text("Given up")
        assert lost.cursor().status_code == 401


_CONTRAST = """() => {
  const lum = (c) => { const [r, g, b] = c.map((v) => (v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
  const rgb = (text) => { const [r, g, b, a = 1] = text.replace(/color\\(\\S+/, "").match(/[\\d.]+/g).map(Number);
    const most = text.startsWith("color(") ? 255 : 1; return [r * most, g * most, b * most, a]; };
  const behind = (e) => { if (!e) return [255, 255, 255]; const [r, g, b, a] = rgb(getComputedStyle(e).backgroundColor);
    return a == 1 ? [r, g, b] : behind(e.parentElement).map((v, i) => a * [r, g, b][i] + (1 - a) * v); };
  let worst = 99;
  for (const e of document.querySelectorAll("main *")) {
    if (![...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim()) || !e.checkVisibility()) continue;
    const [a, b] = [lum(rgb(getComputedStyle(e).color).slice(0, 3)), lum(behind(e))];
    worst = Math.min(worst, (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05));
  }
  return worst;
}"""


@pytest.mark.parametrize("light", [False, True], ids=["dark", "light"])
@pytest.mark.parametrize("size", [PHONE, WIDE], ids=["phone", "wide"])
def test_it_fits_and_can_be_read(
    browser: Browser, fleet: Fleet, tmp_path: Path, size: ViewportSize, light: bool
) -> None:
    with opened(browser, fleet, size=size, light=light) as page:
        assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
        assert page.evaluate(_CONTRAST) >= 7
        for button in page.locator(".boxes summary").all():
            found = button.bounding_box()
            assert found is not None
            # A mouse hits less than a thumb does.
            assert found["height"] >= (44 if size is PHONE else 40)
        page.screenshot(path=tmp_path / "fleet.png", full_page=True)
        assert not re.search(r"\{\{|\bNone\b|undefined", page.inner_text("main"))
