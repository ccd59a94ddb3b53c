"""Real Chromium, as a dancer's phone and a DJ's laptop, against a real box."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, sync_playwright

from tests.support.chromium import chromium_path, flags
from tests.support.real_box import RealBox, running_box
from tests.support.visitors import Box
from tests.web.served import serving

#: a name that resolves to this machine only in the test's browser: an insecure origin, as at a venue
VENUE_NAME = "dance.internal"
PHONE = {"width": 390, "height": 844}


# For this folder, not for the session: as long as it is there, no other test of this thread can run an event loop.
@pytest.fixture(scope="package")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="package")
def browser(playwright: Playwright) -> Iterator[Browser]:
    """One browser; each person in it is a context of their own."""
    names = f"--host-resolver-rules=MAP {VENUE_NAME} 127.0.0.1"
    browser = playwright.chromium.launch(executable_path=chromium_path(), args=flags(names))
    yield browser
    browser.close()


@pytest.fixture
def box(tmp_path: Path) -> Iterator[Box]:
    """The server with all that pages need, in this process: it starts in no time."""
    with serving(tmp_path) as box:
        yield box


@pytest.fixture
def real_box(tmp_path: Path) -> Iterator[RealBox]:
    """A box with all its programs, which can be killed. A file in which each test wants it calls it `box`."""
    with running_box(tmp_path) as box:
        yield box


class People:
    """Opens browsers for people, and fails the test when a page of theirs threw."""

    def __init__(self, browser: Browser, box: Box) -> None:
        self._browser = browser
        self._box = box
        self._contexts: list[BrowserContext] = []
        self.errors: list[str] = []

    def page(self, *, script: bool = True) -> Page:
        """A fresh phone with nothing remembered."""
        context = self._browser.new_context(viewport=PHONE, java_script_enabled=script)  # type: ignore[arg-type]
        self._contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(10_000)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        return page

    def url(self, path: str, *, host: str = VENUE_NAME) -> str:
        return f"http://{host}:{self._box.port}{path}"

    def dancer(self, *, script: bool = True, path: str = "/s/main-floor") -> Page:
        """A dancer who has opened the stage."""
        page = self.page(script=script)
        page.goto(self.url(path))
        return page

    def dj(self, name: str = "DJ Anna", *, script: bool = True) -> Page:
        """A DJ who has logged in at the console."""
        token = self._box.dj(name).token
        assert token is not None
        page = self.page(script=script)
        page.goto(self.url("/dj"))
        page.locator("input[name=token]").fill(token)
        page.locator("input[name=token]").press("Enter")
        page.wait_for_url("**/dj")
        return page

    def close(self) -> None:
        for context in self._contexts:
            context.close()


@pytest.fixture
def people(browser: Browser, box: Box) -> Iterator[People]:
    people = People(browser, box)
    yield people
    people.close()
    assert people.errors == []
