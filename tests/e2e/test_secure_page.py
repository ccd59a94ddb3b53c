"""What a secure page has beside all others: its last state when the box is away, and a place on the home screen.

The tests' browser takes this machine's own address for secure, as it does a box's name with a good certificate; the
other tests open pages at an insecure one.
"""

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import People
from tests.support.real_box import RealBox

TITLE = "[data-part=now] [data-part=title]"
OWN = "127.0.0.1"


@pytest.fixture
def box(real_box: RealBox) -> RealBox:
    """One that can be stopped."""
    return real_box


def on_air(box: RealBox, title: str) -> None:
    dj = box.dj()
    session = dj.post("/api/v1/stages/main-floor/sessions").json["session"]["id"]
    assert dj.post(f"/api/v1/sessions/{session}/plays", json_body={"title": title, "artist": "A"}).status == 201


def worked(page: Page) -> None:
    """Waits until the worker has kept the page that brought it."""
    page.wait_for_function(
        "async () => Boolean(await caches.match(location.pathname)) && Boolean(navigator.serviceWorker.controller)"
    )


def test_with_the_box_away_a_secure_page_shows_its_last_state_and_any_page_does_on_the_way_back(
    box: RealBox, people: People
) -> None:
    on_air(box, "Last Seen")
    secure, plain = people.page(), people.page()
    secure.goto(people.url("/s/main-floor", host=OWN))
    worked(secure)
    expect(secure.locator("[data-part=awake]")).to_be_visible()
    assert (
        secure.evaluate("document.querySelector('link[rel=manifest]').getAttribute('href')") == "/manifest.webmanifest"
    )
    plain.goto(people.url("/s/main-floor"))
    expect(plain.locator("[data-part=line]")).to_have_text("Live")
    expect(plain.locator("[data-part=extras]")).to_be_hidden()
    assert plain.evaluate("'serviceWorker' in navigator || document.querySelector('link[rel=manifest]')") is None
    plain.goto(people.url("/likes"))
    box.stop()
    secure.reload()
    plain.go_back()
    for page in (secure, plain):
        expect(page.locator(TITLE)).to_have_text("Last Seen")
        expect(page.locator("[data-part=line]")).to_contain_text("last heard", timeout=30_000)
