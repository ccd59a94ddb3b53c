"""The organisers' pages in a browser: by keyboard only, without a script, and live with one."""

from playwright.sync_api import Page, expect

from tests.e2e.conftest import People
from tests.support.people import PASSWORD
from tests.support.visitors import Box


def organiser(box: Box, people: People, *, script: bool = True) -> Page:
    """An organiser who logs in at the page, by keyboard."""
    email = f"olga{int(script)}@example.org"
    wanted = {"role": "organiser", "email": email, "name": "Olga", "password": PASSWORD}
    account = box.visitor().post("/api/v1/accounts", json_body=wanted).json["id"]
    assert box.staff().post(f"/api/v1/accounts/{account}/approve", json_body={}).status == 200
    page = people.page(script=script)
    page.goto(people.url("/organiser"))
    fill(page, "E-mail", email)
    fill(page, "Password", PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Your events")).to_be_visible()
    return page


def to(page: Page, name: str, *, role: str | None = None, most: int = 120) -> None:
    """Goes on by Tab until something with this name has the focus, as somebody without a mouse does."""
    script = """name => {
      const at = document.activeElement;
      const label = at.labels && at.labels[0] ? at.labels[0].textContent : at.textContent;
      return label.trim().replace(/\\s+/g, " ").startsWith(name) && at !== document.body;
    }"""
    for _ in range(most):
        page.keyboard.press("Tab")
        if page.evaluate(script, name):
            return
    raise AssertionError(f"{name} is not reached by keyboard")


def fill(page: Page, label: str, text: str) -> None:
    to(page, label)
    page.keyboard.press("Control+A")
    page.keyboard.type(text)


def press(page: Page, name: str, key: str = "Enter") -> None:
    to(page, name)
    page.keyboard.press(key)
    page.wait_for_load_state()


def evening_by_keyboard(page: Page) -> None:
    """Makes an event with two stages, publishes it, pauses one, closes the other, and ends it."""
    fill(page, "Name", "Autumn Ball")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Autumn Ball", exact=True)).to_be_visible()
    for stage in ("Hall", "Garden"):
        fill(page, "New stage", stage)
        page.keyboard.press("Enter")
        expect(page.locator(".row-title").filter(has_text=stage)).to_be_visible()
    press(page, "Publish it")
    expect(page.get_by_text("Going on: dancers find it")).to_be_visible()
    press(page, "Pause Garden")
    expect(page.locator("[data-stage=garden] [data-doors]")).to_have_text("A break")
    press(page, "Up: Garden")
    expect(page.locator("[data-stage]").first).to_have_attribute("data-stage", "garden")
    press(page, "Close Hall")
    press(page, "Yes, close it")
    expect(page.locator("[data-stage=hall] [data-doors]")).to_have_text("Closed")
    fill(page, "Colour", "#0000ff")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("can't be read in a dark hall")
    press(page, "Take #")
    expect(page.get_by_role("alert")).to_have_count(0)
    press(page, "End the event")
    press(page, "Yes, end it")
    expect(page.get_by_text("Over", exact=True)).to_be_visible()


def test_an_organiser_runs_an_event_by_keyboard_alone(box: Box, people: People) -> None:
    evening_by_keyboard(organiser(box, people))


def test_an_organiser_runs_an_event_by_keyboard_without_a_script(box: Box, people: People) -> None:
    evening_by_keyboard(organiser(box, people, script=False))


def test_the_numbers_of_an_event_follow_the_phones_by_themselves(box: Box, people: People) -> None:
    staff = box.staff()
    event = staff.get("/api/v1/me/events").json["events"][0]["event"]
    staff.ask("PUT", f"/api/v1/events/{event}", json_body={"name": "Tonight", "capacity": 1})
    page = people.page()
    page.set_extra_http_headers({"Authorization": f"Bearer {staff.token}"})
    page.goto(people.url(f"/organiser/events/{event}"))
    count = page.locator("[data-stage=main-floor] [data-count]")
    expect(count).to_have_text("0")
    expect(page.locator("[data-full='']")).to_be_hidden()
    people.dancer()
    expect(count).to_have_text("1")
    expect(page.locator("[data-full='']")).to_be_visible()
