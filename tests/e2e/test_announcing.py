"""Telling the hall something, in browsers: the DJ's console and the announcement centre, with and without a script."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import People
from tests.e2e.test_announcements import expect_said
from tests.support.visitors import Box

CENTRE = "/organiser/told"


def desk(people: People) -> Page:
    """A DJ who is live on the main floor."""
    page = people.dj()
    page.get_by_role("button", name="Go live").click()
    expect(page.get_by_role("button", name="Tell them")).to_be_visible()
    return page


def centre(box: Box, people: People, *, script: bool = True) -> Page:
    """Staff at the announcement centre."""
    page = people.page(script=script)
    pass_of = {"name": "pika_staff", "value": box.staff().token or "", "url": people.url("/")}
    page.context.add_cookies([pass_of])  # type: ignore[list-item]
    page.goto(people.url(CENTRE))
    return page


def said(page: Page) -> Any:
    return page.locator(".said")


def test_a_dj_tells_the_dancers_without_losing_what_else_is_typed(people: People) -> None:
    phone, console = people.dancer(), desk(people)
    console.get_by_label("Title").fill("Half a tit")
    console.get_by_label("What to say").fill("My record is at the bar")
    console.get_by_label("Level").select_option("important")
    console.get_by_role("button", name="Tell them").click()
    expect_said(phone, "My record is at the bar")
    expect(said(console)).to_have_count(1)
    expect(console.get_by_label("What to say")).to_have_value("")
    expect(console.get_by_label("Title")).to_have_value("Half a tit")
    # How many phones got it comes by itself.
    expect(said(console)).to_contain_text("1 phone got it", timeout=20_000)
    console.get_by_role("button", name="Take back").click()
    expect(phone.locator("[data-part=notice]")).to_be_hidden()
    expect(said(console)).to_contain_text("taken back")
    expect(console.get_by_role("button", name="Take back")).to_have_count(0)


def test_what_the_box_does_not_take_is_said_and_what_was_typed_stays(people: People) -> None:
    console = desk(people)
    for number in range(3):
        console.get_by_label("What to say").fill(f"Number {number}")
        console.get_by_role("button", name="Tell them").click()
        expect(said(console)).to_have_count(number + 1)
    console.get_by_label("What to say").fill("One too many")
    console.get_by_role("button", name="Tell them").click()
    expect(console.locator("[data-part=trouble]")).to_contain_text("dancers would read none of them")
    expect(console.get_by_label("What to say")).to_have_value("One too many")
    console.context.set_offline(True)
    console.get_by_role("button", name="Tell them").click()
    expect(console.locator("[data-part=trouble]")).to_contain_text("can’t be reached")
    expect(console.get_by_label("What to say")).to_have_value("One too many")


@pytest.mark.parametrize("script", [True, False])
def test_an_organiser_sees_whom_it_reaches_before_it_is_sent(box: Box, people: People, script: bool) -> None:
    phone = people.dancer()
    page = centre(box, people, script=script)
    page.get_by_label("What to say").fill("Leave by the west door")
    page.get_by_label("Level").select_option("urgent")
    page.get_by_role("button", name="Check it first").click()
    expect(page.locator(".check")).to_contain_text("Reaches 1 phone now on Main Floor")
    expect(page.locator(".check .say-text")).to_have_text("Leave by the west door")
    expect(phone.locator("[data-part=notice]")).to_be_hidden()
    page.get_by_role("button", name="Send it").click()
    expect_said(phone, "Leave by the west door")
    expect(said(page)).to_contain_text("Every stage")
    page.reload()
    expect(said(page)).to_contain_text("1 phone got it")
    page.get_by_role("button", name="Take back").click()
    expect(phone.locator("[data-part=notice]")).to_be_hidden()
    expect(said(page)).to_contain_text("taken back")


def test_by_keyboard_alone_something_is_said_to_all(box: Box, people: People) -> None:
    phone = people.dancer()
    page = centre(box, people)
    page.get_by_label("What to say").focus()
    page.keyboard.type("Lost: a blue scarf")
    for _ in range(4):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.tagName") == "BUTTON":
            break
    page.keyboard.press("Enter")
    expect(page.locator(".check")).to_be_visible()
    page.get_by_role("button", name="Send it").focus()
    page.keyboard.press("Enter")
    expect_said(phone, "Lost: a blue scarf")


def test_the_centre_is_readable_on_a_phone(box: Box, people: People) -> None:
    page = centre(box, people)
    page.set_viewport_size({"width": 320, "height": 640})
    page.get_by_label("What to say").fill("x" * 500)
    page.get_by_role("button", name="Check it first").click()
    expect(page.locator(".check")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
