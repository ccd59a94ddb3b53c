"""A stage passes from DJ to DJ in real browsers, and dancers see no gap."""

from playwright.sync_api import Page, expect

from tests.e2e.conftest import People
from tests.e2e.test_evening import announce, expect_now, go_live

#: keeps everything that ever stood on the page
WATCH = """() => {
  const seen = (window.seen = []);
  const parts = ["title", "artist", "session-dj"].map((name) => document.querySelector(`.now [data-part=${name}]`));
  const look = () => seen.push([...parts.map((one) => one.textContent), parts[2].closest("[hidden]") !== null]);
  new MutationObserver(look).observe(document.querySelector(".now"),
    { subtree: true, childList: true, characterData: true, attributes: true });
  look();
}"""


def hand_over(console: Page, *, to: str = "Whoever comes next", note: str = "") -> None:
    passing = console.locator("#passing")
    passing.get_by_text("Hand over", exact=True).click()
    passing.get_by_label("To").select_option(label=to)
    passing.get_by_label("Note for the next DJ").fill(note)
    passing.get_by_role("button", name="Offer the stage").click()
    expect(console.locator("[data-part=offered]")).to_be_visible()


def test_two_phones_see_no_empty_moment_while_the_stage_is_handed_over(people: People) -> None:
    phones = [people.dancer(), people.dancer()]
    anna, ben = people.dj("DJ Anna"), people.dj("DJ Ben")
    go_live(anna)
    announce(anna, "Annas Last")
    for phone in phones:
        expect_now(phone, "Annas Last")
        phone.evaluate(WATCH)
    anna.reload()
    hand_over(anna, to="DJ Ben", note="The left deck hums.")
    # Ben's list of stages follows by itself.
    ben.get_by_role("button", name="Start now").click()
    expect(ben.locator("[data-note]")).to_contain_text("The left deck hums.")
    for phone in phones:
        expect(phone.locator("[data-part=session-dj]")).to_have_text("DJ Ben")
        expect_now(phone, "Annas Last")
    expect(anna.locator("[data-part=trouble]")).to_contain_text("DJ Ben plays now.")
    announce(ben, "Bens First")
    for phone in phones:
        expect_now(phone, "Bens First")
        seen = [tuple(one) for one in phone.evaluate("window.seen")]
        steps = list(dict.fromkeys(seen))
        assert {(title, hidden) for title, _, _, hidden in steps} == {("Annas Last", False), ("Bens First", False)}
        assert ("Annas Last", "The Tests", "DJ Ben", False) in steps
    ben.get_by_role("button", name="Got it").click()
    expect(ben.locator("[data-note]")).to_have_count(0)
    ben.reload()
    expect(ben.locator("[data-note]")).to_have_count(0)


def test_the_stage_is_handed_over_without_a_script(people: People) -> None:
    phone = people.dancer(script=False)
    anna, ben = people.dj("DJ Anna", script=False), people.dj("DJ Ben", script=False)
    anna.get_by_role("button", name="Go live").click()
    anna.get_by_label("Title").fill("Annas Last")
    anna.get_by_label("Artist").fill("The Tests")
    anna.get_by_role("button", name="Announce").click()
    hand_over(anna, note="Mind the stairs.")
    ben.reload()
    ben.get_by_role("button", name="Start now").click()
    expect(ben.locator("[data-part=title]").first).to_have_text("Annas Last")
    phone.reload()
    expect_now(phone, "Annas Last")
    expect(phone.locator("[data-part=session-dj]")).to_have_text("DJ Ben")
    ben.get_by_role("button", name="Got it").click()
    expect(ben.get_by_text("Mind the stairs.")).to_be_hidden()
    anna.goto(people.url("/dj"))
    expect(anna.get_by_role("button", name="Go live")).to_have_count(0)
