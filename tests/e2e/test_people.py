"""People in real browsers: a new box is set up, people log in and are let in; without a script, by keyboard alone."""

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import People
from tests.support.people import PASSWORD
from tests.support.real_box import RealBox

FAR = 80


@pytest.fixture
def box(real_box: RealBox) -> RealBox:
    """Here everything is as on a box."""
    return real_box


def go_to(page: Page, selector: str) -> None:
    """Presses the tabulator until that has the focus."""
    for _ in range(FAR):
        page.keyboard.press("Tab")
        if page.locator(f"{selector}:focus").count():
            return
    raise AssertionError(f"the tabulator never comes to {selector}")


def fill(page: Page, **typed: str) -> None:
    """Types into a form from field to field, and sends it from the last."""
    for name, text in typed.items():
        go_to(page, f"input[name={name}]")
        page.keyboard.press("Control+A")
        page.keyboard.type(text)
    page.keyboard.press("Enter")


def press(page: Page, name: str) -> None:
    """Comes to a button, or what opens something, and presses it."""
    for _ in range(FAR):
        page.keyboard.press("Tab")
        focused = page.locator(":focus")
        if focused.count() and name in focused.inner_text():
            page.keyboard.press("Enter")
            return
    raise AssertionError(f"the tabulator never comes to {name!r}")


def set_up(people: People, box: RealBox, *, script: bool) -> Page:
    """A browser in which somebody has set the box up, and is its admin now."""
    page = people.page(script=script)
    page.goto(people.url("/staff"))
    fill(page, code=box.setup_code)
    expect(page.get_by_text("Setting up: step 1 of 3")).to_be_visible()
    fill(page, box_name="Hall 7")
    expect(page.get_by_text("Setting up: step 2 of 3")).to_be_visible()
    fill(page, event_name="Winter Ball")
    expect(page.get_by_text("Setting up: step 3 of 3")).to_be_visible()
    fill(page, name="Ada", email="ada@example.org", password=PASSWORD)
    expect(page.get_by_role("heading", name="This box is set up")).to_be_visible()
    return page


@pytest.mark.parametrize("script", [False, True])
def test_a_new_box_is_set_up_people_log_in_and_are_let_in_by_keyboard(
    people: People, box: RealBox, script: bool
) -> None:
    admin = set_up(people, box, script=script)
    olga = people.page(script=script)
    olga.goto(people.url("/register?as=organiser"))
    fill(olga, name="Olga", email="olga@example.org", password=PASSWORD)
    expect(olga.get_by_role("heading", name="Your account")).to_be_visible()
    expect(olga.get_by_role("status")).to_contain_text("said yes yet")
    press(olga, "Log out")
    olga.wait_for_url("**/s/main-floor")
    olga.goto(people.url("/login"))
    fill(olga, email="olga@example.org", password="wrong")
    expect(olga.get_by_role("alert")).to_contain_text("E-mail or password is wrong")
    expect(olga.locator("input[name=email]")).to_have_value("olga@example.org")
    expect(olga.locator("input[name=password]")).to_have_value("")
    fill(olga, password=PASSWORD)
    expect(olga.get_by_role("heading", name="Your account")).to_be_visible()

    admin.goto(people.url("/admin"))
    expect(admin.get_by_text("olga@example.org")).to_be_visible()
    press(admin, "Let in")
    expect(admin.get_by_text("Nobody waits.")).to_be_visible()
    olga.goto(people.url("/account"))
    press(olga, "Go on")
    olga.wait_for_url("**/organiser")
    admin.goto(people.url("/admin/trail"))
    expect(admin.locator("[data-part=trail] li").first).to_contain_text("Ada let somebody in: Olga")


def test_a_code_from_a_link_reaches_no_server_and_is_gone_from_the_address(people: People, box: RealBox) -> None:
    admin = set_up(people, box, script=True)
    admin.goto(people.url("/admin"))
    admin.get_by_label("DJ", exact=True).check()
    admin.locator("form[action='/admin/people'] input[name=name]").fill("DJ Anna")
    admin.locator("form[action='/admin/people'] input[name=email]").fill("anna@example.org")
    admin.get_by_role("button", name="Make the account").click()
    link = admin.locator("[data-copy]").inner_text()
    code = admin.locator("[data-part=one-time-code]").inner_text()
    assert link == people.url(f"/login/code#{code}")

    phone = people.page()
    asked: list[str] = []
    phone.on("request", lambda request: asked.append(request.url))
    phone.goto(link)
    expect(phone.locator("input[name=code]")).to_have_value(code)
    expect(phone.locator("input[name=password]")).to_be_focused()
    assert phone.url == people.url("/login/code")
    assert not [url for url in asked if code in url]
    phone.keyboard.type(PASSWORD)
    phone.keyboard.press("Enter")
    phone.wait_for_url("**/dj")
    expect(phone.get_by_text("DJ Anna").first).to_be_visible()
    logs = [path.read_bytes() for path in (box.data / "log").iterdir() if path.is_file()]
    assert not [log for log in logs if code.encode() in log or b"anna@example.org" in log]


def test_no_page_of_theirs_is_wider_than_a_phone(people: People, box: RealBox) -> None:
    admin = set_up(people, box, script=True)
    admin.goto(people.url("/staff"))
    admin.locator("form[action='/staff/djs'] input[name=name]").fill("DJ with a very long name " + "x" * 60)
    admin.get_by_role("button", name="Make a token").click()
    for path in ("/admin", "/admin/people", "/admin/guests", "/admin/trail", "/account", "/staff"):
        admin.goto(people.url(path))
        assert admin.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
    for path in ("/login", "/register", "/login/code"):
        for language in ("en", "de", "fr", "es", "pl", "hu"):
            phone = people.page()
            phone.goto(people.url(f"{path}?lang={language}"))
            assert phone.evaluate("document.documentElement.scrollWidth <= innerWidth"), (path, language)
            phone.context.close()
