"""The library in real Chromium: a DJ types, and the list follows; a track is opened by keyboard."""

import asyncio

from playwright.sync_api import expect

from appliance.ports import Transaction
from tests.e2e.conftest import People
from tests.support.library import library_track
from tests.support.visitors import Box
from tests.web.served import Served


def test_the_list_follows_what_is_typed_and_a_track_opens_by_keyboard(box: Box, people: People) -> None:
    assert isinstance(box, Served)

    def job(tx: Transaction) -> None:
        tx.put_library_track(library_track("a", "So What", "Miles Davis"))
        tx.put_library_track(library_track("b", "Blue in Green", "Miles Davis", group="b"))

    asyncio.run_coroutine_threadsafe(box.site.ports.store.write(job), box.loop).result(10)
    page = people.dj()
    page.goto(people.url("/library"))
    expect(page.locator(".track")).to_have_count(2)
    # What was typed on the way counts for nothing: the last word does.
    page.locator("#search").press_sequentially("what", delay=5)
    expect(page.locator(".track")).to_have_count(1)
    expect(page).to_have_url(people.url("/library?q=what"))
    page.locator("#search").fill("nobody")
    expect(page.get_by_text("Nothing has all these words")).to_be_visible()
    page.locator("#search").fill("")
    expect(page.locator(".track")).to_have_count(2)
    page.locator("#search").fill("blue")
    expect(page.locator(".track")).to_have_count(1)
    # From the field over its button to the first song.
    for _ in range(2):
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("Blue in Green")
    expect(page.get_by_role("img", name="Tempo from 119.9 to 120.1")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
