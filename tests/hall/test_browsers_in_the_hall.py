"""Real Chromium on a phone in the hall: plain HTTP, real names, no secure origin anywhere."""

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import pytest
from playwright.sync_api import BrowserContext, Error, Page, Request

from appliance.domain.portal import Mode
from tests.firmware.guests_network import BOX, WEB_PORT, GuestsNetwork, guests_network
from tests.hall.chromium import chromium_in

#: a name that is asked for over plain HTTP, and no private address behind it
_STRANGER, _CAPTURE = "party.example.com", "198.51.100.1"
_PRINTED = (f"http://pika.internal:{WEB_PORT}", f"http://{BOX}:{WEB_PORT}")


@pytest.fixture(name="party", scope="module")
def _party(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GuestsNetwork]:
    extra = f"\naddress=/{_STRANGER}/{_CAPTURE}\n"
    with guests_network(tmp_path_factory.mktemp("party"), mode=Mode.PARTY, real=True, extra=extra) as network:
        yield network


def _open(browser: BrowserContext, url: str) -> tuple[str, str]:
    """Where an address leads, and the title there; the browser's own words when it does not."""
    page = browser.new_page()
    try:
        page.goto(url)
        return page.url, page.title()
    except Error as error:
        return "", error.message.splitlines()[0]
    finally:
        page.close()


def test_a_browser_that_wants_https_first_opens_what_is_printed_without_a_warning(
    party: GuestsNetwork, tmp_path: Path
) -> None:
    careful = {"https_first_balanced_mode_enabled": True}
    with chromium_in(party.phone, tmp_path / "careful", preferences=careful) as browser:
        for printed in (*_PRINTED, "http://pika.internal", f"http://{BOX}", "http://pika"):
            there, title = _open(browser, f"{printed}/s/main-floor")
            assert (there, title) == (f"{printed}/s/main-floor", "Main Floor"), title
        # That the test can fail: the preference is in force for names that anybody may register.
        there, words = _open(browser, f"http://{_STRANGER}/")
        assert "ERR_BLOCKED_BY_CLIENT" in words, (there, words)


def test_a_page_reached_over_a_public_address_is_left_by_a_whole_navigation_and_fetches_nothing_across(
    party: GuestsNetwork, tmp_path: Path
) -> None:
    asked: list[Request] = []
    with chromium_in(party.phone, tmp_path / "plain") as browser:
        page = browser.new_page()
        page.on("request", lambda request: asked.append(request))  # noqa: PLW0108 - playwright marks the function
        page.goto(f"http://{_STRANGER}/")
        assert page.url.startswith("http://pika.internal/")
        page.wait_for_load_state("load")
    strange = [request for request in asked if urlsplit(request.url).hostname == _STRANGER]
    assert [request.is_navigation_request() for request in strange] == [True] * len(strange)
    assert strange
    assert {urlsplit(request.url).netloc for request in asked if request not in strange} == {"pika.internal"}


#: pages that nothing links to, or only on paper
_UNLINKED = ("/", "/s/main-floor", "/likes", "/dj", "/staff", "/welcome", "/welcome/done", "/poster/main-floor")
_LEADS_OUT = re.compile(r"/(api|static|health|metrics)\b|\.(svg|png|toml|json|zip)$")


class _Walk:
    """Every page that can be reached, and what the browser complained about."""

    def __init__(self, browser: BrowserContext, start: str) -> None:
        self._page = browser.new_page()
        self._start = start
        self.complaints: list[str] = []
        self.seen: list[str] = []
        self._page.on("console", lambda said: self._complain(f"{said.type}: {said.text}", bad=said.type == "error"))
        self._page.on("pageerror", lambda error: self._complain(str(error), bad=True))
        self._page.on("requestfailed", lambda request: self._failed(request))  # noqa: PLW0108 - as above

    def _complain(self, words: str, *, bad: bool) -> None:
        if bad:
            self.complaints.append(f"{self._page.url}: {words}")

    def _failed(self, request: Request) -> None:
        # Leaving a page ends its stream.
        if "/stream" not in request.url:
            self._complain(f"{request.url} {request.failure}", bad=True)

    @property
    def page(self) -> Page:
        """Where it stands."""
        return self._page

    def visit(self, path: str) -> list[str]:
        """Opens a page; the pages it links to."""
        answer = self._page.goto(self._start + path)
        assert answer is not None
        assert answer.status == 200, (path, answer.status)
        assert self._page.evaluate("window.isSecureContext") is False
        # What a page does a moment after it was drawn, as far as one turn of its loop shows it.
        self._page.evaluate("new Promise(done => setTimeout(done, 150))")
        found = self._page.eval_on_selector_all("a[href]", "all => all.map(one => one.href)")
        links = [urlsplit(urljoin(self._page.url, link)) for link in found]
        return [link.path for link in links if f"{link.scheme}://{link.netloc}" == self._start]

    def all_from(self, *paths: str) -> None:
        """Follows every link there is."""
        waiting = list(paths)
        while waiting:
            path = waiting.pop(0)
            if path in self.seen or _LEADS_OUT.search(path):
                continue
            self.seen.append(path)
            waiting += self.visit(path)


def test_no_page_complains_on_a_plain_origin_neither_guests_nor_the_djs_nor_the_staffs(
    party: GuestsNetwork, tmp_path: Path
) -> None:
    code = re.search(r"Setup code +(\S+)", party.said)
    assert code is not None
    with chromium_in(party.phone, tmp_path / "phone") as browser:
        walk = _Walk(browser, _PRINTED[0])
        walk.all_from(*_UNLINKED)
        _log_in(walk, code[1])
        before, walk.seen = walk.seen, []
        walk.all_from(*_UNLINKED, *before)
    assert {"/", "/s/main-floor", "/likes", "/dj", "/staff", "/poster/main-floor"} <= set(walk.seen)
    assert walk.complaints == []


def _log_in(walk: _Walk, code: str) -> None:
    """As staff, who make a token, and as the DJ who goes on the air with it."""
    walk.visit("/staff")
    walk.page.locator("input[name=code]").fill(code)
    walk.page.locator("input[name=code]").press("Enter")
    walk.page.wait_for_load_state("load")
    name = walk.page.locator("form[action='/staff/djs'] input[name=name]")
    name.fill("DJ Anna")
    name.press("Enter")
    token = walk.page.locator("[data-part=new-token], .token").first.inner_text().strip()
    walk.visit("/dj")
    walk.page.locator("input[name=token]").fill(token)
    walk.page.locator("input[name=token]").press("Enter")
    walk.page.get_by_role("button", name="Go live").click()
    walk.page.get_by_role("button", name="Announce").wait_for()
