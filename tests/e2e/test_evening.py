"""The evening in two browsers: a DJ's console, and dancers' phones on an insecure origin."""

import os
import signal

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import VENUE_NAME, People
from tests.support.real_box import RealBox


@pytest.fixture
def box(real_box: RealBox) -> RealBox:
    """Here everything is as on a box."""
    return real_box


def go_live(console: Page) -> None:
    console.get_by_role("button", name="Go live").click()
    expect(console.get_by_role("button", name="Announce")).to_be_visible()


def announce(console: Page, title: str, artist: str = "The Tests") -> None:
    console.get_by_label("Title").fill(title)
    console.get_by_label("Artist").fill(artist)
    console.get_by_role("button", name="Announce").click()
    expect(console.locator("[data-part=title]").first).to_have_text(title)


def expect_now(phone: Page, title: str) -> None:
    expect(phone.locator("[data-part=now] [data-part=title]")).to_have_text(title)


def test_a_track_announced_in_the_console_is_on_every_open_phone_at_once(box: RealBox, people: People) -> None:
    first, second = people.dancer(), people.dancer()
    assert first.evaluate("window.isSecureContext") is False
    console = people.dj()
    go_live(console)
    expect(first.locator("[data-part=session-dj]")).to_have_text("DJ Anna")
    announce(console, "Blue Steps")
    for phone in (first, second):
        expect_now(phone, "Blue Steps")
        expect(phone).to_have_title("Blue Steps – The Tests · Main Floor")
    first.locator("[data-part=like] button").click()
    expect(first.locator("[data-part=like] button")).to_have_attribute("aria-pressed", "true")
    expect(second.locator("[data-part=likes]")).to_have_text("1")
    expect(console.locator("[data-part=like-count]")).to_have_text("1")
    announce(console, "Second Song")
    for phone in (first, second):
        expect_now(phone, "Second Song")
        expect(phone.locator("[data-part=history] [data-part=row-title]").first).to_have_text("Blue Steps")
    console.get_by_role("button", name="Stop").click()
    expect_now(second, "A quiet moment")
    assert box.visitor().get("/api/v1/stages/main-floor/now").json.get("now") is None


def test_phones_follow_from_dj_to_dj_without_a_touch(people: People) -> None:
    phone = people.dancer()
    anna, ben = people.dj("DJ Anna"), people.dj("DJ Ben")
    go_live(anna)
    announce(anna, "Annas Last")
    expect_now(phone, "Annas Last")
    ben.reload()
    expect(ben.get_by_text("DJ Anna")).to_be_visible()
    expect(ben.get_by_role("button", name="Go live")).to_have_count(0)
    anna.get_by_text("End this set").click()
    anna.get_by_role("button", name="Yes, end it").click()
    expect(anna.get_by_role("button", name="Go live")).to_be_visible()
    ben.reload()
    go_live(ben)
    announce(ben, "Bens First")
    expect(phone.locator("[data-part=session-dj]")).to_have_text("DJ Ben")
    expect_now(phone, "Bens First")


def test_a_hostile_title_stays_text(people: People) -> None:
    phone = people.dancer()
    console = people.dj()
    go_live(console)
    title = "<img src=x onerror=\"document.title='owned'\"></script><script>document.title='owned'</script>"
    announce(console, title, artist="<b>bold</b>")
    expect_now(phone, title)
    fresh = people.dancer()
    expect_now(fresh, title)
    for page in (phone, fresh, console):
        assert page.locator("main img, main b, main script").count() == 0
        assert "owned" not in page.title().replace(title, "")


def test_the_page_heals_by_itself_when_the_server_was_killed(box: RealBox, people: People) -> None:
    phone = people.dancer()
    console = people.dj()
    go_live(console)
    announce(console, "Before")
    phone.locator("[data-part=like] button").click()
    expect(phone.locator("[data-part=like] button")).to_have_attribute("aria-pressed", "true")
    pid = box.server_pid()
    os.kill(pid, signal.SIGKILL)
    box.wait_until_served(not_pid=pid)
    dj = box.dj()
    session = dj.post("/api/v1/stages/main-floor/sessions").json["session"]["id"]
    dj.post(f"/api/v1/sessions/{session}/plays", json_body={"title": "After", "artist": "The Tests"})
    expect(phone.locator("[data-part=now] [data-part=title]")).to_have_text("After", timeout=20_000)
    expect(phone.locator("[data-part=line]")).to_have_text("Live", timeout=20_000)
    before = phone.locator("[data-part=history] .row").first
    expect(before.locator("[data-part=row-title]")).to_have_text("Before")
    expect(before.get_by_role("button")).to_have_attribute("aria-pressed", "true")


def test_a_like_tapped_without_connection_arrives_exactly_once(box: RealBox, people: People) -> None:
    phone = people.dancer()
    console = people.dj()
    go_live(console)
    announce(console, "Offline Hit")
    expect_now(phone, "Offline Hit")
    phone.context.set_offline(True)
    phone.locator("[data-part=like] button").click()
    expect(phone.locator("[data-part=like] button")).to_have_attribute("aria-pressed", "true")
    expect(phone.locator("[data-part=words]")).to_contain_text("Saved on this phone")
    assert box.visitor().get("/api/v1/stages/main-floor/now").json["now"]["likes"] == 0
    phone.context.set_offline(False)
    expect(console.locator("[data-part=like-count]")).to_have_text("1", timeout=20_000)
    phone.reload()
    expect(phone.locator("[data-part=like] button")).to_have_attribute("aria-pressed", "true")
    assert box.visitor().get("/api/v1/stages/main-floor/now").json["now"]["likes"] == 1
    phone.goto(people.url("/likes"))
    expect(phone.get_by_text("Offline Hit").first).to_be_visible()


def test_without_a_script_the_page_is_whole_and_likes_by_form(box: RealBox, people: People) -> None:
    dj = box.dj()
    session = dj.post("/api/v1/stages/main-floor/sessions").json["session"]["id"]
    for title in ("First Tune", "Second Tune"):
        dj.post(f"/api/v1/sessions/{session}/plays", json_body={"title": title, "artist": "The Tests"})
    phone = people.dancer(script=False)
    expect_now(phone, "Second Tune")
    expect(phone.get_by_text("First Tune").first).to_be_visible()
    phone.locator("[data-part=like] button").click()
    expect(phone.locator("[data-part=like] button")).to_have_attribute("aria-pressed", "true")
    assert box.visitor().get("/api/v1/stages/main-floor/now").json["now"]["likes"] == 1
    phone.locator("[data-part=like] button").click()
    expect(phone.locator("[data-part=like] button")).to_have_attribute("aria-pressed", "false")
    assert box.visitor().get("/api/v1/stages/main-floor/now").json["now"]["likes"] == 0
    phone.locator("[data-part=history] button").click()
    phone.goto(people.url("/likes"))
    expect(phone.get_by_text("First Tune").first).to_be_visible()


def test_where_streams_do_not_get_through_the_page_asks(box: RealBox, people: People) -> None:
    phone = people.page()
    phone.route("**/stream*", lambda route: route.abort())
    phone.goto(people.url("/s/main-floor"))
    dj = box.dj()
    session = dj.post("/api/v1/stages/main-floor/sessions").json["session"]["id"]
    dj.post(f"/api/v1/sessions/{session}/plays", json_body={"title": "Asked For", "artist": "The Tests"})
    expect(phone.locator("[data-part=now] [data-part=title]")).to_have_text("Asked For", timeout=40_000)


def test_where_storage_throws_the_page_still_likes(box: RealBox, people: People) -> None:
    phone = people.page()
    phone.add_init_script(
        "for (const name of ['localStorage', 'sessionStorage'])"
        " Object.defineProperty(window, name, { get() { throw new DOMException('no', 'SecurityError'); } });"
    )
    phone.goto(people.url("/s/main-floor"))
    dj = box.dj()
    session = dj.post("/api/v1/stages/main-floor/sessions").json["session"]["id"]
    dj.post(f"/api/v1/sessions/{session}/plays", json_body={"title": "No Jar", "artist": "The Tests"})
    expect_now(phone, "No Jar")
    phone.locator("[data-part=like] button").click()
    expect(phone.locator("[data-part=likes]")).to_have_text("1")


@pytest.mark.parametrize(
    ("system", "words"),
    [
        ("iPhone; CPU iPhone OS 18_1 like Mac OS X", "Tap Done, then open in Safari:"),
        ("Linux; Android 15; Pixel 8", "First tap ⋮ at the top, then Use this network as is."),
        ("X11; Linux x86_64", "Or open in your browser:"),
    ],
)
def test_where_nothing_works_but_asking_the_page_shows_the_track_and_the_way_out_all_the_same(
    box: RealBox, people: People, system: str, words: str
) -> None:
    phone = people.page()
    phone.add_init_script(
        f"Object.defineProperty(navigator, 'userAgent', {{ get: () => 'Mozilla/5.0 ({system}) AppleWebKit/605' }});"
    )
    gone = "class { constructor() { throw new Error('blocked'); } }"
    phone.add_init_script(
        "for (const name of ['localStorage', 'sessionStorage'])"
        " Object.defineProperty(window, name, { get() { throw new DOMException('no', 'SecurityError'); } });"
        f"for (const name of ['EventSource', 'WebSocket']) Object.defineProperty(window, name, {{ value: {gone} }});"
    )
    phone.goto(people.url("/s/main-floor"))
    dj = box.dj()
    session = dj.post("/api/v1/stages/main-floor/sessions").json["session"]["id"]
    dj.post(f"/api/v1/sessions/{session}/plays", json_body={"title": "Asked For", "artist": "The Tests"})
    expect(phone.locator("[data-part=sheet]")).to_contain_text(words)
    expect(phone.locator("[data-part=sheet]")).to_contain_text(f"{VENUE_NAME}:{box.port}/s/main-floor")
    expect(phone.locator("[data-part=now] [data-part=title]")).to_have_text("Asked For", timeout=20_000)
    expect(phone.locator("[data-part=line]")).to_have_text("Live")


def test_after_two_minutes_without_the_box_the_title_fades_and_the_line_says_since_when(people: People) -> None:
    phone = people.page()
    phone.clock.install()
    phone.goto(people.url("/s/main-floor"))
    expect(phone.locator("[data-part=line]")).to_have_text("Live")
    phone.context.set_offline(True)
    phone.clock.run_for(60_000)
    expect(phone.locator("[data-part=line]")).to_contain_text("last heard")
    assert phone.locator(".faded").count() == 0
    phone.clock.run_for(90_000)
    expect(phone.locator(".faded")).to_have_count(1)


def test_staff_make_a_token_that_a_dj_logs_in_with(box: RealBox, people: People) -> None:
    staff = people.page()
    staff.goto(people.url("/staff"))
    staff.locator("input[name=code]").fill(box.setup_code.lower().replace("-", " "))
    staff.locator("input[name=code]").press("Enter")
    name = staff.locator("form[action='/staff/djs'] input[name=name]")
    name.fill("DJ Cleo")
    name.press("Enter")
    token = staff.locator("[data-part=new-token], .token").first.inner_text().strip()
    assert token.startswith("pk_dj_")
    staff.goto(people.url("/staff"))
    assert token not in staff.content()
    desk = people.page()
    desk.goto(people.url("/dj"))
    desk.locator("input[name=token]").fill(token)
    desk.locator("input[name=token]").press("Enter")
    expect(desk.get_by_text("DJ Cleo")).to_be_visible()
