"""The plan in real browsers: organisers move slots by pointer and by keyboard, phones follow, stars remind once."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import People
from tests.support.visitors import Box

LAPTOP = {"width": 1366, "height": 900}
#: a night of nobody's: there is no now in it
NIGHT = "2027-11-20"


class Plan:
    """What is planned at the box's event, as an organiser's program does it."""

    def __init__(self, box: Box) -> None:
        self.box = box
        self.staff = box.staff()
        self.event = box.visitor().get("/api/v1/stages/main-floor/now").json["lanes"]["plan"]["event"]
        self.base = f"/api/v1/events/{self.event}"
        self.staff.post("/api/v1/stages", json_body={"name": "Cellar"})

    def dj(self, name: str) -> str:
        """The id of a DJ who has a token."""
        found = self.staff.get("/api/v1/djs").json["djs"]
        return next(str(dj["id"]) for dj in found if dj["name"] == name)

    def add(self, begins: str, ends: str, title: str = "Show", **fields: Any) -> str:
        """A slot of the night; its id."""
        times = [text if "T" in text else f"{NIGHT}T{text}" for text in (begins, ends)]
        slot = {"stage": "main-floor", "begins": times[0], "ends": times[1], "title": title, **fields}
        answer = self.staff.post(f"{self.base}/slots", json_body=slot)
        assert answer.status == 201, answer.text
        return str(answer.json["id"])

    def soon(self, minutes: int) -> str:
        """A time so many minutes from now, by the event's clock."""
        return (datetime.now(UTC) + timedelta(minutes=minutes)).strftime("%Y-%m-%dT%H:%M")

    def slot(self, slot_id: str) -> dict[str, Any]:
        found = self.staff.get(f"{self.base}/slots").json["slots"]
        return next(dict(slot) for slot in found if slot["id"] == slot_id)

    def times(self, slot_id: str) -> tuple[str, str, str]:
        slot = self.slot(slot_id)
        return slot["begins"][11:], slot["ends"][11:], slot["stage"]


@pytest.fixture
def plan(box: Box) -> Plan:
    return Plan(box)


def organiser(people: People, plan: Plan, *, script: bool = True, night: str = NIGHT) -> Page:
    """The board, on a laptop of somebody who may plan."""
    page = people.page(script=script)
    page.set_viewport_size(LAPTOP)  # type: ignore[arg-type]
    page.context.add_cookies(
        [{"name": "pika_staff", "value": plan.staff.token or "", "url": people.url("/"), "sameSite": "Strict"}]
    )
    page.goto(people.url(f"/organiser/schedule/{plan.event}?night={night}"))
    if script:
        expect(page.locator(".board.grid")).to_be_visible()
        expect(page.locator("[data-part=line]")).to_have_text("Live")
    return page


def drag(page: Page, slot_id: str, *, minutes: int, lane: str = "main-floor") -> None:
    slot = page.locator(f"[data-slot='{slot_id}']")
    slot.scroll_into_view_if_needed()
    start = slot.locator("[data-pick]").bounding_box()
    there = page.locator(f"[data-stage='{lane}'] .slots").bounding_box()
    total = int(page.locator("[data-board]").get_attribute("data-minutes") or 0)
    assert start is not None
    assert there is not None
    x, y = start["x"] + start["width"] / 2, start["y"] + 12
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 3, y + 8, steps=3)
    page.mouse.move(there["x"] + there["width"] / 2, y + minutes * there["height"] / total, steps=12)
    page.mouse.up()


def test_a_slot_is_dragged_and_phones_and_other_boards_follow(people: People, plan: Plan) -> None:
    slot_id = plan.add("21:00", "22:00", "Lindy taster")
    board, other = organiser(people, plan), organiser(people, plan)
    phone = people.dancer(path=f"/s/main-floor/schedule?night={NIGHT}")
    row = phone.locator(f"[data-slot='{slot_id}']")
    expect(row.locator("[data-part=slot-begins]")).to_have_text("21:00")
    drag(board, slot_id, minutes=65, lane="cellar")
    expect(board.locator("[data-part=moving]")).to_contain_text("Moved: Lindy taster, 22:05–23:05, Cellar.")
    assert plan.times(slot_id) == ("22:05", "23:05", "cellar")
    expect(row.locator("[data-part=slot-begins]")).to_have_text("22:05")
    expect(row.locator("[data-part=slot-stage]")).to_have_text("Cellar")
    expect(phone.locator("[data-part=told]")).to_have_text("The schedule has changed.")
    moved = other.locator(f"[data-stage=cellar] [data-slot='{slot_id}']")
    expect(moved.locator("[data-part=slot-time]")).to_have_text("22:05–23:05")
    # And on: what the first drag has changed is known on both boards.
    drag(other, slot_id, minutes=-30, lane="main-floor")
    expect(board.locator(f"[data-stage=main-floor] [data-slot='{slot_id}']")).to_be_visible()
    assert plan.times(slot_id) == ("21:35", "22:35", "main-floor")


def test_a_slot_is_moved_by_keyboard_alone_and_each_step_is_said(people: People, plan: Plan) -> None:
    first, second = plan.add("21:00", "22:00", "Lindy taster"), plan.add("22:00", "23:00", "Blues")
    board = organiser(people, plan)
    said = board.locator("[data-part=moving]")
    pick = board.locator(f"[data-slot='{first}'] [data-pick]")
    board.keyboard.press("Tab")
    for _ in range(40):
        if board.evaluate("document.activeElement.closest('[data-slot]')?.dataset.slot") == first:
            break
        board.keyboard.press("Tab")
    expect(pick).to_be_focused()
    board.keyboard.press("Enter")
    expect(pick).to_have_attribute("aria-pressed", "true")
    expect(said).to_contain_text("Chosen: arrows move it")
    board.keyboard.press("ArrowUp")
    expect(said).to_have_text("Lindy taster, 20:55–21:55, Main Floor")
    board.keyboard.press("ArrowRight")
    expect(said).to_have_text("Lindy taster, 20:55–21:55, Cellar")
    expect(pick).to_be_focused()
    board.keyboard.press("Escape")
    expect(said).to_have_text("Put back.")
    assert plan.times(first) == ("21:00", "22:00", "main-floor")
    board.keyboard.press("Enter")
    for key in ("ArrowRight", "ArrowDown", "ArrowDown", "Enter"):
        board.keyboard.press(key)
    expect(said).to_have_text("Moved: Lindy taster, 21:10–22:10, Cellar.")
    assert plan.times(first) == ("21:10", "22:10", "cellar")
    expect(pick).to_be_focused()
    # Into another's place: refused in words, and put back.
    board.keyboard.press("Enter")
    board.keyboard.press("ArrowLeft")
    board.keyboard.press("Enter")
    expect(said).to_contain_text("Put back. Another slot is on this stage then: Blues")
    expect(board.locator("[data-part=trouble]")).to_contain_text("Choose another time or stage.")
    expect(board.locator(f"[data-stage=cellar] [data-slot='{first}']")).to_be_visible()
    assert plan.times(first) == ("21:10", "22:10", "cellar")
    assert plan.times(second) == ("22:00", "23:00", "main-floor")


def test_of_two_organisers_who_move_the_same_slot_the_second_is_told(people: People, plan: Plan) -> None:
    slot_id = plan.add("21:00", "22:00")
    board, other = organiser(people, plan), organiser(people, plan)
    # The other's line is down: their board does not know yet.
    other.route("**/schedule/*?night=*", lambda route: route.abort())
    drag(board, slot_id, minutes=30)
    expect(board.locator("[data-part=moving]")).to_contain_text("Moved")
    drag(other, slot_id, minutes=-30)
    expect(other.locator("[data-part=trouble]")).to_contain_text("Somebody else changed this slot meanwhile.")
    assert plan.times(slot_id) == ("21:30", "22:30", "main-floor")


def test_a_plan_is_made_changed_and_taken_back_without_a_script(people: People, plan: Plan) -> None:
    plan.box.dj("DJ Anna")
    page = organiser(people, plan, script=False)
    page.get_by_label("Stage").select_option("Cellar")
    page.locator("select[name=dj]").select_option("DJ Anna")
    page.get_by_label("Begins").fill(f"{NIGHT}T22:00")
    page.get_by_label("Ends").fill(f"{NIGHT}T22:00")
    page.get_by_label("Title").fill("Warm-up")
    page.get_by_role("button", name="Add it").click()
    expect(page.get_by_role("alert")).to_contain_text("A slot takes five minutes at least.")
    expect(page.get_by_label("Title")).to_have_value("Warm-up")
    expect(page.locator("select[name=dj]")).to_have_value(plan.dj("DJ Anna"))
    page.get_by_label("Ends").fill(f"{NIGHT}T23:30")
    page.get_by_role("button", name="Add it").click()
    slot = page.locator("[data-stage=cellar] [data-slot]")
    expect(slot).to_contain_text("22:00–23:30")
    expect(slot).to_contain_text("asked, no answer yet")
    slot.get_by_role("link").click()
    page.get_by_label("Begins").fill(f"{NIGHT}T21:30")
    # Meanwhile somebody else was here.
    slot_id = page.url.rpartition("/")[2]
    plan.staff.post(f"{plan.base}/slots/{slot_id}/move", json_body={"version": 1, "by_min": 5})
    page.get_by_role("button", name="Save it").click()
    expect(page.get_by_role("alert")).to_contain_text("Somebody else changed this slot meanwhile.")
    expect(page.locator("[data-part=slot-now]")).to_contain_text("22:05–23:35")
    expect(page.get_by_label("Begins")).to_have_value(f"{NIGHT}T21:30")
    page.get_by_role("button", name="Save it").click()
    expect(page.locator("[data-slot]")).to_contain_text("21:30–23:30")
    page.locator("[data-slot]").get_by_role("link").click()
    page.get_by_text("Take it out of the plan").click()
    page.get_by_role("button", name="Yes, take it out").click()
    expect(page.locator("[data-slot]")).to_have_count(0)


def test_a_dj_answers_a_booking_and_the_organisers_see_it(people: People, plan: Plan) -> None:
    desk = people.dj("DJ Anna", script=False)
    slot_id = plan.add("22:00", "23:30", "", dj=plan.dj("DJ Anna"))
    board = organiser(people, plan)
    desk.reload()
    expect(desk.get_by_text("1 waits for your answer")).to_be_visible()
    desk.get_by_role("link", name="Your bookings").click()
    booking = desk.locator(f"[data-booking='{slot_id}']")
    booking.get_by_label("A word for the organisers").fill("x" * 200)
    booking.get_by_role("button", name="I can’t").click()
    expect(booking.get_by_text("You said no")).to_be_visible()
    expect(board.locator(f"[data-slot='{slot_id}']")).to_contain_text("declined")
    booking.get_by_label("A word for the organisers").fill("The train goes after all")
    booking.get_by_role("button", name="I play").click()
    expect(booking.get_by_text("You said yes")).to_be_visible()
    expect(board.locator(f"[data-slot='{slot_id}']")).to_contain_text("confirmed")
    assert plan.slot(slot_id)["word"] == "The train goes after all"
    # Moved, it is another slot, and the DJ is asked again; an answer to the old one is refused.
    plan.staff.post(f"{plan.base}/slots/{slot_id}/move", json_body={"version": 3, "by_min": 60})
    booking.get_by_role("button", name="I can’t").click()
    expect(desk.get_by_role("alert")).to_contain_text("Somebody else changed this slot meanwhile.")
    expect(booking).to_contain_text("Please answer")
    expect(booking).to_contain_text("23:00–00:30")


def test_now_and_next_stand_on_the_stage_page_and_follow_the_plan(people: People, plan: Plan) -> None:
    phone, bare = people.dancer(), people.dancer(script=False)
    expect(phone.locator("[data-plan]")).to_be_hidden()
    plan.add(plan.soon(-10), plan.soon(30), "Lindy taster")
    following = plan.add(plan.soon(30), plan.soon(60), "Blues")
    expect(phone.locator("[data-part=plan-now-name]")).to_have_text("Lindy taster")
    expect(phone.locator("[data-part=plan-next-name]")).to_have_text("Blues")
    time = phone.locator("[data-part=plan-next-time]").inner_text()
    plan.staff.post(f"{plan.base}/slots/{following}/move", json_body={"version": 1, "by_min": 15})
    expect(phone.locator("[data-part=plan-next-time]")).not_to_have_text(time)
    bare.reload()
    expect(bare.locator("[data-part=plan-now-name]")).to_have_text("Lindy taster")
    bare.get_by_role("link", name="The whole schedule").click()
    expect(bare.locator(".slot.on")).to_contain_text("Lindy taster")


def test_a_starred_slot_reminds_once_also_over_a_reload_and_on_the_stage_page(people: People, plan: Plan) -> None:
    slot_id = plan.add(plan.soon(20), plan.soon(60), "Blues", stage="cellar")
    phone = people.dancer(path="/s/main-floor/schedule")
    star = phone.locator(f"[data-slot='{slot_id}'] button")
    with phone.expect_response("**/star"):
        star.click()
    expect(star).to_have_attribute("aria-pressed", "true")
    phone.reload()
    expect(star).to_have_attribute("aria-pressed", "true")
    expect(phone.locator("[data-part=remind]")).to_be_hidden()
    phone.goto(people.url("/s/main-floor"))
    expect(phone.locator("[data-part=line]")).to_have_text("Live")
    expect(phone.locator("[data-part=remind]")).to_be_hidden()
    # It is put nearer, so that it begins within ten minutes: the page hears of it.
    plan.staff.post(f"{plan.base}/slots/{slot_id}/move", json_body={"version": 1, "by_min": -12})
    reminder = phone.locator("[data-part=remind]")
    expect(reminder).to_be_visible(timeout=15_000)
    expect(reminder).to_contain_text("Blues")
    expect(reminder).to_contain_text("Cellar")
    phone.reload()
    expect(phone.locator("[data-part=line]")).to_have_text("Live")
    phone.wait_for_timeout(1_500)
    expect(reminder).to_be_hidden()
    phone.goto(people.url("/s/main-floor/schedule"))
    phone.wait_for_timeout(2_500)
    expect(reminder).to_be_hidden()


def test_where_storage_is_closed_the_reminder_still_comes(people: People, plan: Plan) -> None:
    slot_id = plan.add(plan.soon(8), plan.soon(60), "Blues")
    phone = people.page()
    phone.add_init_script("Object.defineProperty(window, 'localStorage', { get() { throw new Error('closed'); } })")
    phone.goto(people.url("/s/main-floor/schedule"))
    phone.locator(f"[data-slot='{slot_id}'] button").click()
    reminder = phone.locator("[data-part=remind]")
    expect(reminder).to_be_visible()
    reminder.get_by_role("button", name="Close").click()
    phone.wait_for_timeout(6_000)
    expect(reminder).to_be_hidden()


def test_a_slot_is_starred_without_a_script(people: People, plan: Plan) -> None:
    slot_id = plan.add(plan.soon(5), plan.soon(60), "Blues")
    phone = people.dancer(script=False, path="/s/main-floor/schedule")
    star = phone.locator(f"[data-slot='{slot_id}'] button")
    star.click()
    expect(star).to_have_attribute("aria-pressed", "true")
    expect(phone.get_by_text(re.compile("Soon: Blues"))).to_be_visible()
    phone.goto(people.url("/s/main-floor"))
    expect(phone.get_by_text(re.compile("Soon: Blues"))).to_be_visible()
    phone.goto(people.url("/s/main-floor/schedule"))
    star.click()
    expect(star).to_have_attribute("aria-pressed", "false")


def test_what_the_plan_says_comes_in_the_phones_own_language(people: People, plan: Plan) -> None:
    plan.add(plan.soon(-5), plan.soon(60), "Blues")
    phone = people.page()
    for language, title in (("de", "Programm"), ("fr", "Programme"), ("hu", "Program")):
        phone.goto(people.url(f"/s/main-floor/schedule?lang={language}"))
        expect(phone.locator(".facts span").first).to_have_text(title)
        assert phone.evaluate("document.documentElement.scrollWidth <= innerWidth")
