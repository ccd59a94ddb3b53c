"""Stages beside each other on phones: one address per stage for the whole night, breaks, ends, and the way over."""

from playwright.sync_api import expect

from tests.e2e.conftest import People
from tests.e2e.test_evening import announce, expect_now, go_live
from tests.support.visitors import Box


def event_of(box: Box) -> str:
    event: str = box.visitor().get("/api/v1/events").json["events"][0]["event"]
    return event


def test_a_break_and_its_end_and_the_end_of_the_event_are_said_by_themselves(box: Box, people: People) -> None:
    staff, phone = box.staff(), people.dancer()
    notice = phone.locator("[data-part=where-notice]")
    expect(phone.locator("[data-part=line]")).to_have_text("Live")
    expect(notice).to_be_hidden()
    staff.post("/api/v1/stages/main-floor/pause")
    expect(notice).to_contain_text("having a break")
    staff.post("/api/v1/stages/main-floor/open")
    expect(notice).to_be_hidden()
    staff.post("/api/v1/stages/main-floor/close")
    expect(notice).to_contain_text("closed")
    fresh = people.dancer()
    expect(fresh.locator("[data-part=line]")).to_have_text("Live")
    expect(fresh.locator("[data-part=where-notice]")).to_contain_text("closed")
    staff.post(f"/api/v1/events/{event_of(box)}/end")
    expect(notice).to_contain_text("over")
    without = people.dancer(script=False)
    expect(without.locator("[data-part=where-notice]")).to_contain_text("over")


def test_a_second_stage_appears_on_open_phones_and_is_one_tap_away(box: Box, people: People) -> None:
    phone = people.dancer()
    expect(phone.locator("[data-part=line]")).to_have_text("Live")
    expect(phone.locator("[data-part=where]")).to_be_hidden()
    box.staff().post(f"/api/v1/events/{event_of(box)}/stages", json_body={"name": "Garden <b>"})
    console = people.dj()
    expect(phone.get_by_role("link", name="Garden <b>")).to_be_visible()
    console.reload()
    console.locator("li, form").filter(has_text="Main Floor").get_by_role("button", name="Go live").first.click()
    expect(phone.locator("[aria-current] [data-part=where-dj]")).to_have_text("DJ Anna")
    phone.get_by_role("link", name="Garden <b>").focus()
    phone.keyboard.press("Enter")
    expect(phone).to_have_url(people.url("/s/garden-b"))
    expect(phone.get_by_role("heading", level=1)).to_have_text("Garden <b>")
    phone.get_by_role("link", name="Main Floor · DJ Anna").click()
    expect(phone).to_have_url(people.url("/s/main-floor"))


def test_no_dancer_scans_again_when_the_dj_changes_or_the_stage_is_called_otherwise(box: Box, people: People) -> None:
    """QR fatigue: one address per stage, whoever plays and whatever it is called."""
    phone = people.dancer()
    for dj in ("DJ Anna", "DJ Ben", "DJ Cleo"):
        console = people.dj(dj)
        go_live(console)
        announce(console, f"{dj} plays")
        expect_now(phone, f"{dj} plays")
        console.get_by_text("End this set").click()
        console.get_by_role("button", name="Yes, end it").click()
        expect(console.get_by_role("button", name="Go live")).to_be_visible()
    box.staff().ask("PUT", "/api/v1/stages/main-floor", json_body={"name": "Great Hall"})
    expect(phone.get_by_role("heading", level=1)).to_have_text("Great Hall")
    assert phone.url == people.url("/s/main-floor")
    assert people.dancer().get_by_role("heading", level=1).text_content() == "Great Hall"


def test_an_event_s_colours_and_picture_are_worn_by_its_stages(box: Box, people: People) -> None:
    event = event_of(box)
    box.staff().ask("PUT", f"/api/v1/events/{event}", json_body={"name": "Ball", "accent": "#ffb000"})
    phone = people.dancer()
    colour = "getComputedStyle(document.documentElement).getPropertyValue('--rose').trim()"
    for scheme, found in (("dark", "#ffb000"), ("light", "#734d00")):
        phone.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        assert phone.evaluate(colour) == found
