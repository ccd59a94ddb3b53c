"""A phone's page tells the box what time it is there, and counts as being there."""

import time
from pathlib import Path

from playwright.sync_api import Browser

from tests.web.answers import until
from tests.web.test_counting import STAGE, listening


def test_a_page_in_a_browser_is_seen_and_says_what_time_it_is_there(browser: Browser, tmp_path: Path) -> None:
    with listening(tmp_path) as (box, heard, _):
        page = browser.new_page()
        try:
            page.goto(f"http://127.0.0.1:{box.port}/s/{STAGE}")
            until(lambda: heard.votes != [])
            assert abs(heard.votes[0] - time.time() * 1000) < 5_000
            assert {stage for stage, _ in heard.seen} == {STAGE}
        finally:
            page.close()
