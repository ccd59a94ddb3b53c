"""Dark or light on request, in a browser: at once with a script, with the next page without, and for good."""

from playwright.sync_api import Page, expect

from tests.e2e.conftest import People
from tests.web.served import Served

DARK, LIGHT = "rgb(11, 9, 15)", "rgb(250, 247, 244)"
GROUND = "getComputedStyle(document.documentElement).backgroundColor"


def _choose(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).press("Enter")


def test_who_wants_it_light_has_it_light_on_every_page(box: Served, people: People) -> None:
    page = people.page()
    page.emulate_media(color_scheme="dark")
    page.goto(people.url("/s/main-floor"))
    expect(page.locator("[data-part=line]")).to_have_text("Live")
    page.evaluate("window.stays = true")
    assert page.evaluate(GROUND) == DARK
    with page.expect_response("**/scheme"):
        _choose(page, "Light")
        assert page.evaluate(GROUND) == LIGHT  # before the box has answered
    assert page.evaluate("window.stays")
    expect(page.get_by_role("button", name="Light", exact=True)).to_have_attribute("aria-pressed", "true")
    assert page.evaluate("[...document.querySelectorAll('meta[name=theme-color]')].map((one) => one.media)") == [
        "not all",
        "all",
    ]
    page.goto(people.url("/"))
    assert page.evaluate(GROUND) == LIGHT
    _choose(page, "As the phone")
    assert page.evaluate(GROUND) == DARK
    page.emulate_media(color_scheme="light")
    assert page.evaluate(GROUND) == LIGHT
    _choose(page, "Dark")
    assert page.evaluate(GROUND) == DARK
    page.go_back()  # the page that was light when it was left
    expect(page.locator("html")).to_have_attribute("data-scheme", "dark")


def test_without_a_script_the_switch_brings_the_page_again(box: Served, people: People) -> None:
    page = people.page(script=False)
    page.emulate_media(color_scheme="dark")
    page.goto(people.url("/login?next=%2Flikes"))
    _choose(page, "Light")
    page.wait_for_load_state()
    assert page.url.endswith("/login?next=%2Flikes")
    assert page.locator("html").get_attribute("data-scheme") == "light"
