"""My likes in real Chromium: with JavaScript off, by keyboard alone, on a small phone, shared from plain http."""

import json
from pathlib import Path

from playwright.sync_api import Page, expect

from appliance.web.words import LANGUAGES
from tests.e2e.conftest import People
from tests.support.visitors import Box

TITLES = ("So What", "Der überaus lange Titel eines Stücks, das niemand je ganz ausgesprochen hat", "Blue in Green")


def liked(box: Box, people: People, *, page: Page | None = None, script: bool = True) -> Page:
    """A dancer who liked all that was played and opens the list."""
    dj = box.dj()
    session = dj.post("/api/v1/stages/main-floor/sessions").json["session"]["id"]
    page = page or people.dancer(script=script)
    for title in TITLES:
        track = {"title": title, "artist": "The Tests"}
        play = dj.post(f"/api/v1/sessions/{session}/plays", json_body=track).json["play"]["play"]
        cookies = "; ".join(f"{one['name']}={one['value']}" for one in page.context.cookies())
        phone = box.visitor()
        assert phone.ask("PUT", f"/api/v1/plays/{play}/like", headers={"Cookie": cookies}).status == 200
    page.goto(people.url("/likes"))
    return page


def test_without_a_script_all_of_it_works(box: Box, people: People, tmp_path: Path) -> None:
    page = liked(box, people, script=False)
    expect(page.locator(".row-title")).to_have_text(list(reversed(TITLES)))
    page.locator("#search").fill("what")
    page.locator(".search button").click()
    expect(page.locator(".row-title")).to_have_text(["So What"])
    page.locator(".row button").click()
    expect(page.get_by_text("Nothing found")).to_be_visible()
    page.get_by_role("link", name="Show all").click()
    expect(page.locator(".row-title")).to_have_count(2)
    for name in ("Table (CSV)", "Playlist (M3U)"):
        with page.expect_download() as download:
            page.get_by_role("link", name=name).click()
        file = tmp_path / download.value.suggested_filename
        download.value.save_as(file)
        assert "Blue in Green" in file.read_text(encoding="utf-8-sig")
    page.get_by_text("As text for friends").click()
    expect(page.locator("[data-copy]")).to_contain_text("♥ The Tests - Blue in Green")
    expect(page.locator("[data-copies]")).to_be_hidden()


def test_by_keyboard_alone_one_is_removed(box: Box, people: People) -> None:
    page = liked(box, people)
    for _ in range(30):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.matches('.row button')"):
            break
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    page.keyboard.press("Enter")
    expect(page.locator(".row-title")).to_have_count(2)


def test_on_plain_http_the_text_is_copied_and_no_share_button_pretends(box: Box, people: People) -> None:
    page = liked(box, people)
    assert page.evaluate("isSecureContext") is False
    page.get_by_text("As text for friends").click()
    expect(page.locator("[data-shares]")).to_be_hidden()
    page.locator("[data-copies]").click()
    expect(page.locator("[data-copied]")).to_have_text("Copied")
    page.locator("#search").focus()
    page.keyboard.press("Control+v")
    assert "♥ The Tests - Blue in Green" in page.locator("#search").input_value()


def test_where_phones_can_share_they_are_given_the_text(box: Box, people: People) -> None:
    page = people.dancer()
    page.context.add_init_script("navigator.share = async (what) => { window.shared = what; };")
    liked(box, people, page=page)
    page.get_by_text("As text for friends").click()
    page.locator("[data-shares]").click()
    assert "♥ The Tests - So What" in json.dumps(page.evaluate("window.shared"), ensure_ascii=False)


def test_it_fits_a_small_phone_in_every_language(box: Box, people: People) -> None:
    page = liked(box, people)
    page.set_viewport_size({"width": 320, "height": 568})
    for language in LANGUAGES:
        page.goto(people.url(f"/likes?lang={language}"))
        assert page.evaluate("document.documentElement.scrollWidth") == 320, language
        assert page.locator("html").get_attribute("lang") == language
