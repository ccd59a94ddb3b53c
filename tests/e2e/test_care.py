"""The care page in a real browser: files in and out, and a page that finds the box again."""

import zipfile
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import People
from tests.support.real_box import RealBox
from tests.support.visitors import Box


@pytest.fixture
def box(real_box: RealBox) -> RealBox:
    """Here everything is as on a box."""
    return real_box


@pytest.fixture
def desk(people: People, box: Box) -> Page:
    """Staff at the care page."""
    page = people.page()
    token = box.staff().token
    assert token is not None
    page.context.add_cookies([{"name": "pika_staff", "value": token, "url": people.url("/")}])
    page.goto(people.url("/staff/care"))
    return page


def test_staff_carry_a_backup_from_a_box_and_back_without_typing_anything(desk: Page, tmp_path: Path) -> None:
    with desk.expect_download() as support:
        desk.get_by_role("button", name="Download the support file").click()
    assert "README.txt" in zipfile.ZipFile(support.value.path()).namelist()
    with desk.expect_download() as backup:
        desk.get_by_role("button", name="Download a backup").click()
    backup.value.save_as(tmp_path / "backup.zip")
    desk.set_input_files("input[type=file]", tmp_path / "backup.zip")
    desk.get_by_role("button", name="Look at it").click()
    expect(desk.get_by_text("It is whole.")).to_be_visible()
    yes = desk.get_by_role("button", name="Yes, take it up").first
    expect(yes).to_be_hidden()
    desk.locator("summary").filter(has_text="This box, with those evenings").click()
    yes.click()
    desk.wait_for_url("**/staff/care/wait")
    # Nobody touches anything: the page looks for the box by itself.
    desk.wait_for_url("**/staff/care", timeout=40_000)
    expect(desk.get_by_text("was taken up")).to_be_visible()
    assert desk.evaluate("document.documentElement.scrollWidth") <= 390


def test_a_dancer_is_forgotten_with_what_waited_in_the_phone(people: People) -> None:
    page = people.dancer()
    page.evaluate("localStorage.setItem('pika.likes', '{\"p9\":true}')")
    page.get_by_role("link", name="What this box knows").click()
    page.locator("summary").click()
    page.get_by_role("button", name="Yes, forget").click()
    expect(page.get_by_role("status")).to_have_text("This phone is forgotten.")
    page.wait_for_function("localStorage.getItem('pika.likes') === null")
    assert [cookie for cookie in page.context.cookies() if cookie["name"] == "pika_guest"] == []
