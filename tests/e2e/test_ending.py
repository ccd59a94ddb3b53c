"""How a set ends, and what was heard before, in real browsers."""

import re
from datetime import UTC, datetime

from playwright.sync_api import expect

from tests.e2e.conftest import People
from tests.e2e.test_evening import announce, go_live
from tests.e2e.test_schedule import Plan
from tests.support.visitors import Box


def test_phones_count_down_to_the_last_song_and_a_dj_may_think_better_of_it(people: People) -> None:
    phone, desk = people.dancer(), people.dj()
    go_live(desk)
    announce(desk, "One")
    closing = phone.locator("[data-part=closing]")
    expect(closing).to_be_hidden()
    desk.get_by_role("button", name="1 more", exact=True).click()
    expect(closing).to_contain_text("1 more song")
    expect(desk.locator("[data-part=closing]")).to_contain_text("1 more song")
    announce(desk, "Two")
    expect(closing).to_contain_text("This is the last song")
    late = people.dancer()
    expect(late.locator("[data-part=closing]")).to_contain_text("This is the last song")
    announce(desk, "Three")
    expect(closing).to_be_hidden()
    desk.get_by_role("button", name="Ends in 10 min").click()
    expect(closing).to_contain_text(re.compile(r"This set ends in\s+9:5\d"))
    desk.get_by_role("button", name="Take that back").click()
    expect(closing).to_be_hidden()
    expect(desk.get_by_role("button", name="Take that back")).to_be_hidden()


def test_the_last_song_is_said_and_seen_without_a_script(people: People) -> None:
    desk, phone = people.dj(script=False), people.dancer(script=False)
    desk.get_by_role("button", name="Go live").click()
    desk.get_by_label("Title").fill("One")
    desk.get_by_label("Artist").fill("The Tests")
    desk.get_by_role("button", name="Announce").click()
    desk.get_by_role("button", name="Last song").click()
    phone.reload()
    expect(phone.locator("[data-part=closing]")).to_contain_text("This is the last song")
    desk.get_by_role("button", name="Take that back").click()
    phone.reload()
    expect(phone.locator("[data-part=closing]")).to_be_hidden()


def minutes_to(end: str, words: str) -> re.Pattern[str]:
    """What is said of the minutes that are left now, or a moment later; whole ones, rounded either way."""
    left = (datetime.fromisoformat(f"{end}+00:00") - datetime.now(UTC)).total_seconds()
    lately = {int(left // 60), int(left // 60) + 1, int((left - 5) // 60)}
    return re.compile(rf"{words}\s+({'|'.join(map(str, sorted(lately)))}) min")


def test_a_slots_end_is_suggested_and_who_is_next_is_shown_to_who_plays(people: People, box: Box) -> None:
    plan, desk = Plan(box), people.dj("DJ Anna")
    box.dj("DJ Ben")
    desk.reload()
    desk.locator("li", has_text="Main Floor").get_by_role("button", name="Go live").click()
    expect(desk.get_by_text("Nobody is planned here after you.")).to_be_visible()
    end = plan.soon(20)
    plan.add(plan.soon(-30), end, "", dj=plan.dj("DJ Anna"))
    plan.add(end, plan.soon(80), "", dj=plan.dj("DJ Ben"))
    expect(desk.locator("[data-part=next-name]")).to_have_text("DJ Ben")
    expect(desk.locator("[data-part=next-in]")).to_have_text(minutes_to(end, "in"))
    expect(desk.locator("[data-part=own]")).to_contain_text(f"Your slot ends at {end[11:]}")
    phone = people.dancer()
    desk.get_by_role("button", name=f"Ends with my slot, at {end[11:]}").click()
    expect(phone.locator("[data-part=closing]")).to_contain_text(minutes_to(end, "This set ends in"))


def test_a_repeated_track_is_told_while_it_is_typed_and_when_it_is_on(people: People, box: Box) -> None:
    box.staff().post("/api/v1/stages", json_body={"name": "Cellar"})
    ben = box.dj("DJ Ben")
    session = ben.post("/api/v1/stages/cellar/sessions").json["session"]["id"]
    track = {"title": "So What", "artist": "Miles Davis"}
    ben.post(f"/api/v1/sessions/{session}/plays", json_body=track)
    desk = people.dj("DJ Anna")
    desk.locator("li", has_text="Main Floor").get_by_role("button", name="Go live").click()
    desk.get_by_label("Title").fill("so what")
    desk.get_by_label("Artist").fill("miles davis")
    expect(desk.locator("[data-part=typed-repeat]")).to_have_text("Heard before: DJ Ben, Cellar, just now.")
    announce(desk, "so what", "miles davis")
    expect(desk.locator("[data-part=repeat]")).to_contain_text("What is on was heard before: DJ Ben, Cellar, just now.")
    announce(desk, "Blue in Green", "Miles Davis")
    expect(desk.locator("[data-part=repeat]")).to_be_hidden()
    desk.get_by_role("link", name="Heard before at this event").click()
    expect(desk.locator(".row-title")).to_have_text(["Blue in Green", "so what"])
    desk.get_by_label("Look for").fill("davis blue")
    desk.get_by_role("button", name="Look").click()
    expect(desk.locator(".row-title")).to_have_text(["Blue in Green"])


def test_a_repeated_track_is_stopped_once_at_manual_entry_without_a_script(people: People) -> None:
    desk = people.dj(script=False)
    desk.get_by_role("button", name="Go live").click()

    def fill(title: str) -> None:
        desk.get_by_label("Title").fill(title)
        desk.get_by_label("Artist").fill("The Tests")
        desk.get_by_role("button", name="Announce").click()

    fill("One")
    fill("Two")
    fill("One")
    expect(desk.get_by_role("alert")).to_contain_text("DJ Anna played this just now, on Main Floor.")
    expect(desk.get_by_label("Title")).to_have_value("One")
    expect(desk.locator("[data-part=title]").first).to_have_text("Two")
    desk.get_by_role("button", name="Announce").click()
    expect(desk.locator("[data-part=title]").first).to_have_text("One")
