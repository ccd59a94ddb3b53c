"""A stage's page that comes back while the box is away, over plain HTTP: what each way shows, and that it heals."""

import re
from typing import Any

import pytest
from playwright.sync_api import Error, Page, expect

from tests.e2e.conftest import People
from tests.support.real_box import RealBox

TITLE, LINE, AGE = "[data-part=now] [data-part=title]", "[data-part=line]", "[data-part=age]"
BOUNDED = "Object.defineProperty(window, 'localStorage', { get() { throw new Error('closed'); } })"
#: a page that listens to `unload` is never kept whole: what comes back then is what the browser's cache has
NOT_KEPT_WHOLE = "addEventListener('unload', () => {})"
#: time goes by
LATER = "const now = Date.now; Date.now = () => now() + Number(sessionStorage.later || 0)"
HOUR_MS = 3_600_000


@pytest.fixture
def box(real_box: RealBox) -> RealBox:
    """One that can be stopped."""
    return real_box


class Desk:
    def __init__(self, box: RealBox) -> None:
        self.dj = box.dj()
        self.session = self.dj.post("/api/v1/stages/main-floor/sessions").json["session"]["id"]

    def play(self, title: str) -> None:
        sent = {"title": title, "artist": "The Tests"}
        assert self.dj.post(f"/api/v1/sessions/{self.session}/plays", json_body=sent).status == 201


def _came(people: People, *scripts: str) -> Page:
    page = people.page()
    for script in (LATER, *scripts):
        page.add_init_script(script)
    page.goto(people.url("/s/main-floor"))
    expect(page.locator(LINE)).to_have_text("Live")
    return page


def _how(page: Page) -> Any:
    return page.evaluate("performance.getEntriesByType('navigation')[0].toJSON()")


def test_on_the_way_back_a_page_shows_the_last_that_it_knew_and_how_old_that_is(box: RealBox, people: People) -> None:
    desk = Desk(box)
    desk.play("As It Was Drawn")
    phones = {"kept": _came(people, NOT_KEPT_WHOLE), "closed": _came(people, NOT_KEPT_WHOLE, BOUNDED)}
    desk.play("Between")
    desk.play("The Last Heard")
    for page in phones.values():
        expect(page.locator(TITLE)).to_have_text("The Last Heard")
        page.goto(people.url("/likes"))
        page.evaluate(f"sessionStorage.later = {HOUR_MS}")
    box.stop()
    for name, page in phones.items():
        page.go_back()
        assert _how(page)["type"] == "back_forward", name
        assert _how(page)["transferSize"] == 0, name
        expect(page.locator(TITLE)).to_have_text("The Last Heard")
        expect(page.locator(AGE)).to_have_text(re.compile(r"^(60 min|1 hr)\.? ago$"))
        expect(page.locator("[data-part=now]")).to_have_class(re.compile("faded"))
    # What a browser does otherwise is its own: it asks the box, and says so when nobody answers.
    with pytest.raises(Error, match="ERR_CONNECTION_REFUSED"):
        phones["kept"].reload()
    with pytest.raises(Error, match="ERR_CONNECTION_REFUSED"):
        phones["closed"].goto(people.url("/s/main-floor"))
