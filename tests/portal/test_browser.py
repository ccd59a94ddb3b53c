"""The welcome page in real Chromium that allows no script, no cookie and no storage, reached as a phone reaches it."""

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import BrowserContext, Response, sync_playwright

from tests.support.chromium import chromium_path, flags
from tests.support.real_box import RealBox

PROBE = "http://captive.apple.com/hotspot-detect.html"
BUDGET_BYTES = 6 * 1024
_BLOCKED = 2


@pytest.fixture
def sheet(box: RealBox, tmp_path: Path) -> Iterator[BrowserContext]:
    """A browser with everything switched off; the probe's name leads to the box, and no other name anywhere."""
    settings = {"default_content_setting_values": {"cookies": _BLOCKED, "javascript": _BLOCKED}}
    (tmp_path / "Default").mkdir()
    (tmp_path / "Default" / "Preferences").write_text(json.dumps({"profile": settings}))
    names = f"MAP captive.apple.com:80 127.0.0.1:{box.port}, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch_persistent_context(
            tmp_path,
            executable_path=chromium_path(),
            args=flags(f"--host-resolver-rules={names}"),
            java_script_enabled=False,
            viewport={"width": 320, "height": 568},
        )
        browser.set_default_timeout(10_000)
        yield browser
        browser.close()


def test_the_way_in_and_out_needs_no_script_no_cookie_and_no_storage(box: RealBox, sheet: BrowserContext) -> None:
    answers: list[Response] = []
    page = sheet.new_page()
    page.on("response", lambda answer: answers.append(answer))  # noqa: PLW0108 - playwright marks the function
    here = f"http://127.0.0.1:{box.port}"

    page.goto(PROBE)
    assert page.url == f"{here}/welcome"
    assert page.get_by_text("no internet", exact=True).is_visible()
    assert page.locator("img").bounding_box() is not None
    button = page.get_by_role("button")
    box_of = button.bounding_box()
    assert box_of is not None
    assert (box_of["width"] >= 200, box_of["height"] >= 48) == (True, True)

    own = [answer for answer in answers if not answer.url.startswith(PROBE)]
    assert {urlsplit(answer.url).netloc for answer in own} == {f"127.0.0.1:{box.port}"}
    assert all(answer.status == 200 for answer in own)
    weights = {urlsplit(answer.url).path: len(gzip.compress(answer.body(), mtime=0)) for answer in own}
    assert any(path.endswith(".css") for path in weights)
    assert sum(weights.values()) <= BUDGET_BYTES, weights

    button.click()
    page.wait_for_url(f"{here}/welcome/done")
    answer = page.goto(PROBE)
    assert answer is not None
    assert (answer.status, len(answer.body())) == (200, 69)

    page.goto(f"{here}/welcome/done")
    page.get_by_role("button", name="Give me my internet back").click()
    page.wait_for_url(f"{here}/welcome")
    page.goto(PROBE)
    assert page.url == f"{here}/welcome"
    assert sheet.cookies() == []
    assert {urlsplit(answer.url).hostname for answer in answers} == {"captive.apple.com", "127.0.0.1"}


def test_the_pages_fit_a_small_phone_without_scrolling_sideways(box: RealBox, sheet: BrowserContext) -> None:
    page = sheet.new_page()
    page.goto(f"http://127.0.0.1:{box.port}/welcome")
    shot = page.screenshot(full_page=True)
    # The width stands in a PNG's header: a page that is wider than the phone makes a wider picture.
    assert int.from_bytes(shot[16:20], "big") == 320
