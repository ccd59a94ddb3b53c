"""A DJ's set in real browsers: behind a PIN, by keyboard alone, without a script, looked up, and looked back on."""

from playwright.sync_api import Page, expect

from tests.e2e.conftest import People
from tests.e2e.test_evening import announce, expect_now, go_live

PIN = "042042"


def focused(page: Page) -> str:
    """What has the focus, as whoever listens to the page would know it."""
    words: str = page.evaluate(
        """() => {
          const one = document.activeElement;
          if (one === document.body) return "";
          const label = one.labels?.[0]?.textContent || one.getAttribute("aria-label") || one.textContent;
          return (label || "").replace(/\\s+/g, " ").trim();
        }"""
    )
    return words


def tab_to(page: Page, words: str, *, most: int = 60) -> None:
    """Presses Tab until what has that name has the focus, and can be seen to have it."""
    for _ in range(most):
        page.keyboard.press("Tab")
        if words in focused(page):
            ring = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
            assert ring != "none", words
            return
    raise AssertionError(f"Tab never reached {words!r}; the last was {focused(page)!r}")


def test_a_set_behind_a_pin_is_seen_by_the_phone_that_knows_it_and_by_no_other(people: People) -> None:
    inside, outside, console = people.dancer(), people.dancer(), people.dj()
    go_live(console)
    announce(console, "For Everybody")
    for phone in (inside, outside):
        expect_now(phone, "For Everybody")
    console.reload()
    section = console.locator("#pin")
    section.get_by_text("Put it behind a PIN").click()
    section.get_by_label("Six digits").fill(PIN)
    section.get_by_role("button", name="Use this PIN").click()
    expect(console.locator("[data-part=new-pin]")).to_have_text(PIN)
    # Both phones see it close at once, without a touch, and what was heard before it goes soon after.
    for phone in (inside, outside):
        expect_now(phone, "A private set")
        expect(phone.locator("[data-part=history] .row")).to_have_count(0, timeout=20_000)
    inside.get_by_label("PIN").fill("111111")
    inside.get_by_role("button", name="Let me in").click()
    expect(inside.locator("#pin-wrong")).to_contain_text("not the PIN")
    inside.get_by_label("PIN").fill(PIN)
    inside.get_by_role("button", name="Let me in").click()
    expect_now(inside, "For Everybody")
    announce(console, "For Friends")
    expect_now(inside, "For Friends")
    expect_now(outside, "A private set")
    assert "For Friends" not in outside.content()
    outside.reload()
    expect_now(outside, "A private set")
    assert "For Friends" not in outside.content()
    inside.locator("[data-part=like] button").click()
    expect(inside.locator("[data-part=like] button")).to_have_attribute("aria-pressed", "true")
    console.locator("#pin").get_by_role("button", name="Let everybody in").click()
    for phone in (inside, outside):
        expect_now(phone, "For Friends")


def test_the_pin_lets_a_phone_in_without_a_script(people: People) -> None:
    phone, console = people.dancer(script=False), people.dj(script=False)
    console.get_by_text("With a PIN").click()
    console.get_by_label("Six digits").fill(PIN)
    console.get_by_role("button", name="Go live").click()
    console.get_by_label("Title").fill("For Friends")
    console.get_by_label("Artist").fill("The Tests")
    console.get_by_role("button", name="Announce").click()
    phone.reload()
    expect_now(phone, "A private set")
    phone.get_by_label("PIN").fill(PIN)
    phone.get_by_role("button", name="Let me in").click()
    expect_now(phone, "For Friends")


def test_a_dj_goes_live_announces_and_ends_by_keyboard_alone(people: People) -> None:
    phone, console = people.dancer(), people.dj()
    tab_to(console, "Go live")
    console.keyboard.press("Enter")
    expect(console.get_by_role("button", name="Announce", exact=True)).to_be_visible()
    tab_to(console, "Title")
    console.keyboard.type("By Keyboard")
    tab_to(console, "Artist", most=1)
    console.keyboard.type("The Tests")
    console.keyboard.press("Enter")
    expect_now(phone, "By Keyboard")
    tab_to(console, "Look up a track")
    console.keyboard.type("keyboard")
    expect(console.locator("[data-part=found] li")).to_have_count(1)
    console.keyboard.press("ArrowDown")
    assert "By Keyboard" in focused(console)
    console.keyboard.press("Enter")
    expect(console.get_by_label("Title")).to_have_value("By Keyboard")
    assert focused(console) == "Announce"
    tab_to(console, "End this set")
    console.keyboard.press("Enter")
    tab_to(console, "Yes, end it", most=1)
    console.keyboard.press("Enter")
    expect(console.get_by_role("button", name="Go live")).to_be_visible()


def test_a_dj_logs_in_goes_live_and_announces_without_a_script(people: People) -> None:
    phone = people.dancer()
    console = people.dj(script=False)
    console.get_by_role("button", name="Go live").click()
    console.get_by_label("Title").fill("Without")
    console.get_by_label("Artist").fill("The Tests")
    console.get_by_label("BPM").fill("abc")
    console.get_by_role("button", name="Announce").click()
    expect(console.get_by_role("alert").first).to_contain_text("not a number")
    expect(console.get_by_label("Title")).to_have_value("Without")
    console.get_by_label("BPM").fill("125,5")
    console.get_by_role("button", name="Announce").click()
    expect_now(phone, "Without")
    expect(phone.locator("[data-part=bpm-value]")).to_have_text("125.5")
    # Looked up on a page of its own, and back with the track typed in.
    console.get_by_label("Look up a track that was heard here").fill("without")
    console.get_by_role("button", name="Look it up").click()
    console.get_by_role("link", name="Play Without").click()
    expect(console.get_by_label("Title")).to_have_value("Without")
    expect(console.get_by_label("BPM")).to_have_value("125.5")


def test_what_was_heard_is_found_while_one_types(people: People) -> None:
    console = people.dj()
    go_live(console)
    for title in ("First Light", "Second Wind", "<b>Third</b>"):
        announce(console, title)
    field = console.get_by_label("Look up a track that was heard here")
    field.press_sequentially("wind tests")
    found = console.locator("[data-part=found] li")
    expect(found).to_have_count(1)
    expect(console.locator("[data-part=found-count]")).to_have_text("1 track found.")
    field.fill("third")
    expect(found.locator("[data-part=found-title]")).to_have_text(["<b>Third</b>"])
    field.fill("nothing like it")
    expect(console.locator("[data-part=found-count]")).to_have_text("Nothing like that was heard here.")
    expect(console.locator("[data-part=found]")).to_be_hidden()
    field.fill("first")
    found.get_by_role("button").click()
    expect(console.get_by_label("Title")).to_have_value("First Light")
    console.get_by_role("button", name="Announce").click()
    expect(console.locator("[data-part=title]").first).to_have_text("First Light")


def test_a_dancer_finds_the_dj_and_the_set_when_it_is_over(people: People) -> None:
    phone, console = people.dancer(), people.dj()
    go_live(console)
    announce(console, "Blue Steps")
    expect_now(phone, "Blue Steps")
    phone.get_by_role("link", name="DJ Anna").click()
    expect(phone.get_by_role("heading", name="DJ Anna")).to_be_visible()
    expect(phone.get_by_text("Too little was played here")).to_be_visible()
    console.reload()
    console.get_by_text("End this set").click()
    console.get_by_role("button", name="Yes, end it").click()
    expect(console.get_by_role("button", name="Go live")).to_be_visible()
    phone.reload()
    phone.get_by_role("link", name="See it").click()
    expect(phone.get_by_text("Blue Steps")).to_be_visible()
    expect(phone.get_by_text("fewer than 5").first).to_be_visible()
    console.get_by_role("link", name="Recap").first.click()
    expect(console.get_by_text("Only for you")).to_be_visible()
    with console.expect_download() as download:
        console.get_by_role("link", name="Set list as a table").click()
    assert "Blue Steps" in download.value.path().read_text(encoding="utf-8-sig")
