"""The stage's page as a dancer has it in the hand: quiet facts, a tap that is felt, hearts that rise and rest."""

from typing import Any

from playwright.sync_api import Page, expect

from appliance.domain.players import Coming
from appliance.web.words import LANGUAGES
from tests.e2e.conftest import People
from tests.web.served import Served

FEEL = "window.felt = []; navigator.vibrate = (ms) => window.felt.push(ms);"
#: width and height of a small phone, a usual one, the same on its side, a tablet
SCREENS = ((320, 568), (390, 844), (844, 390), (1024, 768))
RISEN = "[data-part=hearts] .icon"


class Desk:
    def __init__(self, box: Served) -> None:
        self.dj = box.dj()
        self.session = self.dj.post("/api/v1/stages/main-floor/sessions").json["session"]["id"]

    def play(self, title: str, **known: Any) -> str:
        sent = {"title": title, "artist": "The Tests", **known}
        play: str = self.dj.post(f"/api/v1/sessions/{self.session}/plays", json_body=sent).json["play"]["play"]
        return play


def opened(people: People, page: Page) -> Page:
    page.goto(people.url("/s/main-floor"))
    expect(page.locator("[data-part=line]")).to_have_text("Live")
    return page


def test_what_is_known_of_a_track_is_a_quiet_chip_and_what_is_not_is_none(box: Served, people: People) -> None:
    desk = Desk(box)
    desk.play("Known", bpm=128.04, key="8A", energy=0)
    phone = opened(people, people.page())
    chips = phone.locator("[data-part=chips] li:visible")
    expect(chips.nth(2)).to_have_text("Energy 0")
    assert [text.strip() for text in chips.all_inner_texts()[:3]] == ["128 BPM", "Key 8A", "Energy 0"]
    desk.play("Unknown")
    expect(phone.locator("[data-part=now] [data-part=title]")).to_have_text("Unknown")
    assert chips.count() == 1  # how long ago it began
    desk.play("Loud", energy=71.6)
    expect(chips.first).to_have_text("Energy 72")


def test_what_the_house_plays_next_stands_there_as_long_as_that_is_so(box: Served, people: People) -> None:
    desk = Desk(box)
    play = desk.play("On Now")
    phone = opened(people, people.page())
    coming = phone.locator("[data-part=coming]")
    expect(coming).to_be_hidden()
    box.loop.call_soon_threadsafe(box.site.board.set_coming, "main-floor", Coming(play, "The Others", "To Come"))
    expect(coming).to_have_text("Next To Come – The Others")
    late = opened(people, people.page())
    expect(late.locator("[data-part=coming]")).to_have_text("Next To Come – The Others")
    desk.play("Something Else")
    expect(coming).to_be_hidden()


def test_a_tap_is_felt_and_others_hearts_rise_where_motion_is_wanted(box: Served, people: People) -> None:
    play = Desk(box).play("Liked")
    moving, still = people.page(), people.page()
    still.emulate_media(reduced_motion="reduce")
    for phone in (moving, still):
        phone.add_init_script(FEEL)
        opened(people, phone)
    assert box.guest().ask("PUT", f"/api/v1/plays/{play}/like").status == 200
    expect(moving.locator(RISEN)).to_have_count(1)
    expect(still.locator("[data-part=likes]")).to_have_text("1")
    assert still.locator(RISEN).count() == 0
    for phone in (moving, still):
        phone.locator("[data-part=like] button").click()
    assert (moving.evaluate("felt"), still.evaluate("felt")) == ([12], [])
    expect(moving.locator(RISEN)).to_have_count(0, timeout=15_000)  # none stays


def test_the_thumb_finds_the_heart_on_every_screen_and_nothing_stands_out_of_it(box: Served, people: People) -> None:
    Desk(box).play("An Ordinary Title", bpm=128, key="8A", energy=72)
    phone = opened(people, people.page())
    for width, height in SCREENS:
        phone.set_viewport_size({"width": width, "height": height})
        button = phone.locator("[data-part=like] button").bounding_box()
        title = phone.locator("[data-part=now] [data-part=title]").bounding_box()
        assert button is not None
        assert title is not None
        assert button["height"] >= 56
        assert button["y"] + button["height"] <= height
        assert button["y"] > height / 2
        assert 0 <= title["y"] < height
        assert phone.evaluate("document.documentElement.scrollWidth <= innerWidth"), (width, height)


#: words that stand in more than one line
_BROKEN = """() => {
    const broken = [], range = document.createRange();
    const texts = document.createTreeWalker(document.querySelector(".voices"), NodeFilter.SHOW_TEXT);
    for (let text; (text = texts.nextNode()); ) {
        for (const found of text.data.matchAll(/\\S+/g)) {
            range.setStart(text, found.index);
            range.setEnd(text, found.index + found[0].length);
            if (new Set([...range.getClientRects()].map((one) => one.top)).size > 1) broken.push(found[0]);
        }
    }
    return broken;
}"""


def test_no_word_is_broken_on_the_narrowest_phone_in_any_language(box: Served, people: People) -> None:
    Desk(box).play("Shiny Stockings")
    phone = people.page()
    phone.set_viewport_size({"width": 320, "height": 568})
    for language in LANGUAGES:
        phone.goto(people.url(f"/s/main-floor?lang={language}"))
        assert (language, phone.evaluate(_BROKEN)) == (language, [])
