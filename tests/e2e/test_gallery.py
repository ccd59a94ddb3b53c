"""Every component in every state: nothing is wider than the narrowest phone, and no word is cut off unmeant."""

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.conftest import People
from tests.support.visitors import Box

NARROWEST = 320
#: elements that stand out of the window although nothing scrolls them, as "tag.class: text"
OUTSIDE = """() => [...document.querySelectorAll("body *")].filter((one) => {
  const box = one.getBoundingClientRect();
  if (box.width === 0 || !one.checkVisibility()) return false;
  if (one.closest(".unseen, .wide-table, .board-panel, .where, dialog, template")) return false;
  return box.right > document.documentElement.clientWidth + 1 || box.left < -1;
}).map((one) => `${one.tagName}.${one.getAttribute("class")}: ${one.textContent.trim().slice(0, 40)}`)"""
#: elements that cut off what is in them, without an ellipsis that says so
CUT = """() => [...document.querySelectorAll("body *")].filter((one) => {
  const style = getComputedStyle(one);
  if (one.closest(".unseen, svg, .wide-table") || one.matches("input, select, textarea, meter")) return false;
  if (style.overflowX === "visible" || style.overflowX === "auto") return false;
  const meant = style.webkitLineClamp !== "none" || style.textOverflow === "ellipsis";
  return !meant && (one.scrollWidth > one.clientWidth + 1 || one.scrollHeight > one.clientHeight + 1);
}).map((one) => `${one.tagName}.${one.getAttribute("class")}: ${one.textContent.trim().slice(0, 40)}`)"""
#: how far from an edge each part begins, in pixels
STARTS = """(edge) => [...document.querySelectorAll(
  "h1, h2, .chips li:first-child, .icon:not(.turns), .card-head, .row-words, .slot-time, .option, .field input, .button"
)].filter((one) => one.offsetParent || one.getClientRects().length).map((one) => {
  const box = one.getBoundingClientRect();
  return Math.round(edge === "left" ? box.left : document.documentElement.clientWidth - box.right);
})"""
#: buttons and links in lists of ways that a thumb would miss, on a page that is not zoomed
SMALL = """() => [...document.querySelectorAll("button, .button, .small-button, summary")].filter((one) => {
  const box = one.getBoundingClientRect();
  return box.width > 0 && (box.height < 40 || box.width < 40);
}).map((one) => `${one.getAttribute("class")}: ${one.textContent.trim().slice(0, 40)}`)"""


def assert_fits(page: Page) -> None:
    assert page.evaluate(OUTSIDE) == []
    assert page.evaluate(CUT) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"]  # type: ignore[index]


@pytest.fixture
def staff_page(browser: Browser, box: Box, people: People) -> Page:
    """A browser of staff's on the narrowest phone."""
    page = people.page()
    page.set_viewport_size({"width": NARROWEST, "height": 640})
    cookie = {"name": "pika_staff", "value": box.staff().token or "", "url": people.url("/")}
    page.context.add_cookies([cookie])  # type: ignore[list-item]
    return page


def test_every_component_fits_the_narrowest_phone_turned_round_and_with_letters_twice_as_large(
    people: People, staff_page: Page
) -> None:
    staff_page.goto(people.url("/gallery"))
    assert_fits(staff_page)
    assert staff_page.evaluate(SMALL) == []
    starts = staff_page.evaluate(STARTS, "left")
    staff_page.get_by_role("link", name="Right to left").click()
    expect(staff_page.locator("html")).to_have_attribute("dir", "rtl")
    assert_fits(staff_page)
    # The same, seen in a mirror: what begins so far from one edge begins so far from the other.
    assert staff_page.evaluate(STARTS, "right") == starts
    staff_page.goto(people.url("/gallery?text=200"))
    assert staff_page.evaluate("getComputedStyle(document.documentElement).fontSize") == "32px"
    assert_fits(staff_page)


def test_a_guest_finds_no_gallery(people: People) -> None:
    page = people.page(script=False)
    answer = page.goto(people.url("/gallery"))
    assert answer is not None
    assert answer.status == 401
    expect(page.get_by_text("This is for staff.")).to_be_visible()
