"""Dancers answer back, in real browsers: the tempo, a thank-you, a poll; offline, without a script, by keyboard."""

import re
import time
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.e2e.conftest import People
from tests.support.visitors import Box, Visitor

STAGE = "/api/v1/stages/main-floor"
POLL = {"question": "More Blues?", "options": ["Yes", "No", "Later"]}


class Desk:
    """A DJ at the box's API, where the console is not what is tested."""

    def __init__(self, box: Box) -> None:
        self.box, self.dj = box, box.dj()
        self.session = self.dj.post(f"{STAGE}/sessions").json["session"]["id"]

    def play(self, title: str) -> str:
        sent = {"title": title, "artist": "The Tests"}
        play: str = self.dj.post(f"/api/v1/sessions/{self.session}/plays", json_body=sent).json["play"]["play"]
        return play

    def ask(self, **fields: Any) -> str:
        asked = self.dj.post(f"/api/v1/sessions/{self.session}/polls", json_body={**POLL, **fields})
        assert asked.status == 201, asked.text
        poll: str = asked.json["id"]
        return poll

    def end(self, poll: str) -> None:
        assert self.dj.post(f"/api/v1/sessions/{self.session}/polls/{poll}/end").status == 200

    def now(self) -> Any:
        return self.box.visitor().get(f"{STAGE}/now").json


@pytest.fixture
def desk(box: Box) -> Desk:
    return Desk(box)


def named(page: Page, name: str) -> Any:
    """A button of the dancers' page."""
    return page.locator("main").get_by_role("button", name=re.compile(rf"^{name}"))


def kept(page: Page) -> list[str]:
    """What waits in the phone."""
    found: list[str] = page.evaluate("() => Object.keys(JSON.parse(localStorage.getItem('pika.outbox') || '{}'))")
    return found


def until_sent(page: Page, *, but_for: str = "nothing") -> None:
    """Waits until the phone has forgotten what it had to say."""
    deadline = time.monotonic() + 20
    while [key for key in kept(page) if not key.startswith(but_for)]:
        assert time.monotonic() < deadline, kept(page)
        page.wait_for_timeout(50)


def console_of(people: People) -> Page:
    console = people.dj()
    console.get_by_role("button", name=re.compile("^Go (live|on)")).first.click()
    expect(console.get_by_role("button", name="Announce")).to_be_visible()
    return console


def announce(console: Page, title: str) -> None:
    console.get_by_label("Title").fill(title)
    console.get_by_label("Artist").fill("The Tests")
    console.get_by_role("button", name="Announce").click()
    expect(console.locator("[data-part=title]").first).to_have_text(title)


def test_two_phones_and_a_dj_hear_of_each_other_at_once(people: People) -> None:
    console = console_of(people)
    announce(console, "Blue Steps")
    first, second = people.dancer(), people.dancer()
    named(first, "Faster").click()
    expect(named(first, "Faster")).to_have_attribute("aria-pressed", "true")
    expect(named(second, "Faster")).to_have_text(re.compile("Faster 1"))
    expect(console.locator("[data-part=tempo-faster]")).to_have_text("1")
    named(second, "Faster").click()
    named(first, "Faster").click()
    expect(named(first, "Faster")).to_have_attribute("aria-pressed", "false")
    expect(console.locator("[data-part=tempo-faster]")).to_have_text("1")
    named(first, "Thank you").click()
    expect(console.locator("[data-part=reaction-thank_you]")).to_have_text("1")
    announce(console, "Next Steps")
    expect(named(second, "Faster")).to_have_attribute("aria-pressed", "false")
    expect(console.locator("[data-part=tempo-faster]")).to_have_text("0")


def test_the_dj_asks_with_one_tap_sees_every_answer_and_ends_it(people: People) -> None:
    console = console_of(people)
    first, second = people.dancer(), people.dancer()
    console.get_by_role("button", name="More of this?").click()
    expect(console.locator("#ask [data-part=poll-question]")).to_have_text("More of this?")
    expect(console.get_by_role("button", name="More of this?")).to_be_hidden()
    for phone in (first, second):
        expect(phone.locator("[data-part=poll-question]")).to_have_text("More of this?")
    named(first, "One more").click()
    named(second, "One more").click()
    votes = console.locator("#ask [data-part=option-votes]")
    expect(votes.nth(1)).to_have_text("2")
    named(second, "Something else").click()
    expect(votes.nth(2)).to_have_text("1")
    expect(votes.nth(1)).to_have_text("1")
    console.get_by_role("button", name="End it").click()
    for page in (first, second, console):
        expect(page.locator("[data-part=poll-words]")).to_have_text("A tie: One more and Something else")
    expect(named(first, "One more")).to_be_disabled()
    # The next one is too soon, and that is said; what was typed stays.
    console.get_by_text("In your own words").click()
    console.get_by_label("Question").fill("Again?")
    console.get_by_label("Answers").fill("Yes\nNo")
    console.get_by_role("button", name="Ask", exact=True).click()
    expect(console.locator("[data-part=trouble-words]")).to_contain_text("The next poll can begin in 15 minutes")
    expect(console.get_by_label("Question")).to_have_value("Again?")


def test_a_poll_counts_down_and_who_comes_late_sees_it(desk: Desk, people: People) -> None:
    first = people.dancer()
    poll = desk.ask(lasts_s=60)
    named(first, "Yes").click()
    expect(first.locator("[data-part=poll-words]")).to_have_text(re.compile(r"^0:5\d left$|^1:00 left$"))
    late = people.dancer()
    expect(late.locator("[data-part=option-votes]").first).to_have_text("1")
    first.reload()
    expect(named(first, "Yes")).to_have_attribute("aria-pressed", "true")
    desk.end(poll)
    expect(late.locator("[data-part=poll-words]")).to_have_text("Most votes: Yes")
    expect(named(late, "No")).to_be_disabled()


def go(context: BrowserContext, *, offline: bool) -> None:
    context.set_offline(offline)


def test_what_is_said_offline_arrives_once_and_is_forgotten_only_then(desk: Desk, people: People) -> None:
    play, poll = desk.play("Offline Hit"), desk.ask()
    phone = people.dancer()
    go(phone.context, offline=True)
    phone.locator("[data-part=like] button").click()
    named(phone, "Slower").click()
    named(phone, "Later").click()
    named(phone, "Thank you").click()
    named(phone, "Thank you").click()
    named(phone, "Just right").click()
    expect(phone.locator("[data-part=words]")).to_contain_text("Saved on this phone")
    assert len(kept(phone)) == 5  # the newer tempo vote has taken the older one's place
    assert "poll" in desk.now()
    assert (desk.now()["now"]["likes"], desk.now()["poll"]["votes"]) == (0, [0, 0, 0])
    go(phone.context, offline=False)
    until_sent(phone)
    now = desk.now()
    assert (now["now"]["play"], now["now"]["likes"]) == (play, 1)
    assert now["now"]["tempo"] == {"slower": 0, "perfect": 1, "faster": 0}
    assert (now["poll"]["id"], now["poll"]["votes"]) == (poll, [0, 0, 1])
    assert now["reactions"] == {"thank_you": 2}


def test_an_answer_that_was_lost_on_the_way_back_counts_once(desk: Desk, people: People) -> None:
    desk.play("Half a Line")
    phone = people.dancer()
    own = desk.box.visitor()
    own.cookies = {one["name"]: one["value"] for one in phone.context.cookies()}
    lost = 0

    def lose_the_answer(route: Any) -> None:
        nonlocal lost
        lost += 1
        if lost == 1:
            # It reaches the box, and the phone never hears of it.
            assert own.post(f"{STAGE}/reactions", json_body=route.request.post_data_json).status == 200
            route.abort()
        else:
            route.continue_()

    phone.route("**/reactions", lose_the_answer)
    named(phone, "On fire").click()
    expect(phone.locator("[data-part=words]")).to_contain_text("Saved on this phone")
    assert len(kept(phone)) == 1
    phone.evaluate("dispatchEvent(new Event('online'))")
    until_sent(phone)
    assert lost == 2
    assert desk.now()["reactions"] == {"fire": 1}


def test_words_that_wait_outlive_a_reload(desk: Desk, people: People) -> None:
    desk.play("Sticky")
    phone = people.dancer()
    phone.route(re.compile(r"/(like|tempo)$"), lambda route: route.abort())
    phone.locator("[data-part=like] button").click()
    named(phone, "Faster").click()
    expect(phone.locator("[data-part=words]")).to_contain_text("Saved on this phone")
    phone.unroute_all()
    phone.reload()
    expect(phone.locator("[data-part=like] button")).to_have_attribute("aria-pressed", "true")
    expect(named(phone, "Faster")).to_have_attribute("aria-pressed", "true")
    until_sent(phone)
    assert desk.now()["now"]["tempo"]["faster"] == 1
    assert desk.now()["now"]["likes"] == 1


def test_a_vote_that_comes_too_late_is_refused_in_words_and_dropped(desk: Desk, people: People) -> None:
    desk.play("Over Soon")
    poll = desk.ask()
    phone = people.dancer()
    phone.route(re.compile(r"/(tempo|vote)$"), lambda route: route.abort())
    named(phone, "Faster").click()
    named(phone, "Yes").click()
    expect(phone.locator("[data-part=words]")).to_contain_text("Saved on this phone")
    desk.end(poll)
    desk.play("After It")
    expect(phone.locator("[data-part=now] [data-part=title]")).to_have_text("After It")
    phone.unroute_all()
    phone.evaluate("dispatchEvent(new Event('online'))")
    expect(phone.locator("[data-part=words]")).to_contain_text("not counted")
    until_sent(phone)
    assert desk.now()["poll"]["votes"] == [0, 0, 0]
    assert "tempo" not in desk.now()["now"]
    expect(named(phone, "Yes")).to_have_attribute("aria-pressed", "false")


def test_a_phone_that_thanks_too_often_may_still_like(desk: Desk, people: People) -> None:
    desk.play("Loved")
    phone = people.dancer()
    for _ in range(14):
        named(phone, "Thank you").click()
    expect(phone.locator("[data-part=words]")).to_contain_text("one after the other")
    phone.locator("[data-part=like] button").click()
    expect(phone.locator("[data-part=like] button")).to_have_attribute("aria-pressed", "true")
    until_sent(phone, but_for="reaction")
    assert desk.now()["now"]["likes"] == 1
    assert 10 <= desk.now()["reactions"]["thank_you"] <= 12


def test_without_a_script_everything_can_be_said(desk: Desk, people: People) -> None:
    desk.play("Plain")
    poll = desk.ask()
    phone = people.dancer(script=False)
    named(phone, "Faster").click()
    expect(named(phone, "Faster")).to_have_attribute("aria-pressed", "true")
    named(phone, "No").click()
    expect(named(phone, "No")).to_have_attribute("aria-pressed", "true")
    named(phone, "Thank you").click()
    now = desk.now()
    assert now["now"]["tempo"]["faster"] == 1
    assert now["poll"]["votes"] == [0, 1, 0]
    assert now["reactions"] == {"thank_you": 1}
    named(phone, "Faster").click()
    expect(named(phone, "Faster")).to_have_attribute("aria-pressed", "false")
    named(phone, "No").click()
    assert desk.now()["poll"]["votes"] == [0, 0, 0]
    desk.end(poll)
    phone.reload()
    expect(phone.locator("[data-part=poll-words]")).to_have_text("Over. Nobody voted.")


def test_without_a_script_a_dj_asks_in_their_own_words_and_keeps_what_was_typed(box: Box, people: People) -> None:
    token = box.dj().token
    assert token is not None
    console = people.page(script=False)
    console.goto(people.url("/dj"))
    console.locator("input[name=token]").fill(token)
    console.locator("input[name=token]").press("Enter")
    console.get_by_role("button", name=re.compile("^Go live")).click()
    console.get_by_text("In your own words").click()
    console.get_by_label("Question").fill("Shall we?")
    console.get_by_label("Answers").fill("Yes")
    console.get_by_role("button", name="Ask", exact=True).click()
    expect(console.get_by_role("alert").first).to_contain_text("2 to 10 options")
    expect(console.get_by_label("Question")).to_have_value("Shall we?")
    console.get_by_label("Answers").fill("Yes\nNo\n")
    console.get_by_role("button", name="Ask", exact=True).click()
    expect(console.locator("#ask [data-part=poll-question]")).to_have_text("Shall we?")
    console.get_by_role("button", name="Take it back").click()
    expect(console.get_by_text("In your own words")).to_be_visible()
    assert "poll" not in box.visitor().get(f"{STAGE}/now").json


def test_everything_can_be_said_by_keyboard_alone(desk: Desk, people: People) -> None:
    desk.play("Keys")
    desk.ask()
    phone = people.dancer()
    expect(phone.locator("[data-part=line]")).to_have_text("Live")

    def tab_to(name: str) -> None:
        for _ in range(40):
            phone.keyboard.press("Tab")
            focused = phone.evaluate("document.activeElement.textContent.trim()")
            if str(focused).startswith(name):
                return
        raise AssertionError(f"{name} can't be reached")

    for name, key in (("Later", "Enter"), ("Slower", "Space"), ("Thank you", "Enter")):
        tab_to(name)
        phone.keyboard.press(key)
    expect(named(phone, "Slower")).to_have_attribute("aria-pressed", "true")
    expect(phone.locator("[data-part=thanked]")).to_have_text("The DJ hears of it.")
    deadline = time.monotonic() + 5
    while desk.now().get("reactions") != {"thank_you": 1} and time.monotonic() < deadline:
        time.sleep(0.05)
    now = desk.now()
    assert (now["poll"]["votes"], now["now"]["tempo"]["slower"], now["reactions"]) == ([0, 0, 1], 1, {"thank_you": 1})


def test_what_can_be_tapped_is_as_large_as_a_thumb(desk: Desk, people: People) -> None:
    desk.play("Large")
    desk.ask()
    phone = people.dancer()
    for size in ({"width": 320, "height": 568}, {"width": 390, "height": 844}, {"width": 844, "height": 390}):
        phone.set_viewport_size(size)  # type: ignore[arg-type]
        for button in phone.locator(".choice button, .option button").all():
            box = button.bounding_box()
            assert box is not None
            assert box["height"] >= 48, (size, button.inner_text())
            assert box["width"] >= 48, (size, button.inner_text())
        assert phone.evaluate("document.documentElement.scrollWidth") <= size["width"]


def thank(box: Box, session: str, *, guests: int) -> None:
    for _ in range(guests):
        phone: Visitor = box.visitor()
        phone.post("/api/v1/guests")
        phone.watch()
        body = {"id": "r", "kind": "thank_you", "session": session}
        assert phone.post(f"{STAGE}/reactions", json_body=body).status == 200


def test_when_many_say_thank_you_it_rains_hearts_and_not_for_who_asked_for_calm(box: Box, people: People) -> None:
    console = console_of(people)
    calm = people.page()
    calm.emulate_media(reduced_motion="reduce")
    calm.goto(people.url("/dj"))
    session = console.locator(".desk[data-session]").get_attribute("data-session")
    assert session is not None
    token = box.dj("DJ Anna").token
    assert token is not None
    calm.locator("input[name=token]").fill(token)
    calm.locator("input[name=token]").press("Enter")
    for page in (console, calm):
        expect(page.locator("[data-part=line]")).to_have_text("Live")
    thank(box, session, guests=2)
    expect(console.locator("[data-part=reaction-thank_you]")).to_have_text("2")
    assert console.locator(".drop").count() == 0
    time.sleep(3.2)
    thank(box, session, guests=8)
    expect(console.locator(".drop").first).to_be_attached()
    assert console.locator(".drop").count() <= 50
    expect(calm.locator("[data-part=reaction-thank_you]")).to_have_text("10")
    assert calm.locator(".drop").count() == 0
    expect(console.locator(".drop")).to_have_count(0, timeout=8_000)


def test_a_hostile_question_stays_text(desk: Desk, people: People) -> None:
    phone = people.dancer()
    hostile = "<img src=x onerror=\"document.title='owned'\">"
    desk.ask(question=hostile, options=[f"{hostile} 1", "</template><script>document.title='owned'</script>"])
    expect(phone.locator("[data-part=poll-question]")).to_have_text(hostile)
    fresh = people.dancer()
    for page in (phone, fresh):
        expect(page.locator("[data-part=option-text]").first).to_have_text(f"{hostile} 1")
        assert page.locator("main img, main script").count() == 0
        assert "owned" not in page.title()
