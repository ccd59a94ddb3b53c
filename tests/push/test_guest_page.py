"""The page behind a guest's link in a real Chromium, as wide as a phone: likes, permission on a tap, and messages.

What a browser asks its maker's push service stands in: there is no such service here. The worker is the real one.
"""

import json
import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, CDPSession, Page, sync_playwright

from sync.cloud.web.pages import WEBUI
from tests.e2e.conftest import PHONE
from tests.push.night import Guest, Night, endpoint
from tests.push.phones import PushedPhone
from tests.support.chromium import chromium_path, flags

WAITING = "the link stays good"
_IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.0"
_STAND_IN = """
const told = %s;
window.asked = [];
PushManager.prototype.subscribe = async function (options) {
  window.asked.push([options.userVisibleOnly, options.applicationServerKey.length, Notification.permission]);
  window.mine = { endpoint: told.endpoint, toJSON: () => told, unsubscribe: async () => true };
  return window.mine;
};
PushManager.prototype.getSubscription = async () => window.mine ?? null;
"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=flags())
        yield browser
        browser.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """Somebody's phone."""
    context = browser.new_context(viewport=PHONE, is_mobile=True, has_touch=True, locale="en-GB")  # type: ignore[arg-type]
    yield context
    context.close()


def opened(context: BrowserContext, guest: Guest, name: str, *, fragment: bool = True) -> Page:
    """A guest's link, open in a browser that can subscribe."""
    keys = PushedPhone(name).keys
    told = {"endpoint": endpoint(name), "keys": {"p256dh": keys.p256dh, "auth": keys.auth}}
    page = context.new_page()
    page.set_default_timeout(10_000)
    page.add_init_script(_STAND_IN % json.dumps(told))
    page.goto(f"{guest.cloud.url}/c{'#' + guest.fragment if fragment else ''}")
    return page


def delivered(page: Page, url: str, data: str) -> list[dict[str, str]]:
    """What the phone shows after a message came."""
    session: CDPSession = page.context.new_cdp_session(page)
    found: list[str] = []
    session.on(
        "ServiceWorker.workerRegistrationUpdated",
        lambda event: found.extend(one["registrationId"] for one in event["registrations"]),
    )
    session.send("ServiceWorker.enable")
    page.wait_for_function("navigator.serviceWorker.ready.then(() => true)")
    message = {"origin": url, "registrationId": found[0], "data": data}
    script = """async () => {
      const registration = await navigator.serviceWorker.ready;
      const until = async (enough) => {
        for (let turn = 0; turn < 120; turn += 1) {
          const shown = await registration.getNotifications();
          if (enough(shown)) return shown;
          await new Promise((go) => setTimeout(go, 25));
        }
        return [];
      };
      const shown = await until((some) => some.length > 0);
      for (const one of shown) one.close();
      await until((some) => some.length === 0);
      return shown.map((one) => ({ title: one.title, body: one.body, tag: one.tag, navigate: one.data.navigate }));
    }"""
    shown: list[dict[str, str]] = []
    for _ in range(8):
        # A worker that is just being stopped may miss what the browser's tools hand it; a push service's message waits.
        session.send("ServiceWorker.deliverPushMessage", message)
        if shown := page.evaluate(script):
            break
    session.detach()
    return shown


def test_a_guest_sees_likes_subscribes_is_told_and_is_forgotten(tonight: Night, context: BrowserContext) -> None:
    guest, url = tonight.guest(), tonight.cloud.url
    requests: list[str] = []
    context.on("request", lambda request: requests.append(request.url))
    page = opened(context, guest, "anna")
    page.get_by_text(WAITING).wait_for()
    assert page.get_by_role("region", name="Your likes").count() == 0
    tonight.tells_of(guest, "cat")
    page.reload()
    page.get_by_role("heading", name="Summer Ball").wait_for()
    assert page.locator("[data-likes] li").all_inner_texts()[0].startswith("Track p1\n")
    # Nobody is asked before the tap.
    assert page.evaluate("window.asked") == []
    context.grant_permissions(["notifications"], origin=url)
    page.get_by_label("News of the whole event").uncheck()
    page.get_by_label("Main Floor", exact=True).check()
    page.get_by_role("button", name="Tell me").click()
    page.get_by_text("You will be told on this phone.").wait_for()
    assert page.evaluate("window.asked") == [[True, 65, "granted"]]
    assert guest.night("anna")["topics"] == ["*", "main-floor"]

    said = {"title": "DJ Bé is live", "body": "Main Floor", "navigate": f"{url}/c", "tag": "t"}
    assert delivered(page, url, json.dumps({"web_push": 8030, "notification": said})) == [said]
    # Of another tag: one that is closing at the moment could take a new one of its tag along.
    other = {**said, "tag": "u"}
    elsewhere = {"notification": {**other, "navigate": "https://evil.example/x"}}
    assert delivered(page, url, json.dumps(elsewhere)) == [{**other, "navigate": "/c"}]
    [always] = delivered(page, url, "no JSON at all")
    assert always["title"] == "Pika Box"

    page.get_by_role("button", name="No more messages").click()
    page.get_by_text("You will not be told anything any more.").wait_for()
    assert guest.night("anna")["topics"] == []
    page.get_by_text("Forget me", exact=True).click()
    page.get_by_role("button", name="Yes, forget me").click()
    page.get_by_text("The link does not work any more").wait_for()
    assert page.evaluate("[localStorage.length, location.hash]") == [0, ""]
    assert guest.night()["known"] is False
    # The secret was in no address.
    assert requests
    assert not [one for one in requests if guest.secret in one]
    page.close()


def test_a_message_leads_back_to_the_page_which_still_knows_the_link(tonight: Night, context: BrowserContext) -> None:
    guest = tonight.guest()
    opened(context, guest, "ben").get_by_text(WAITING).wait_for()
    again = opened(context, guest, "ben", fragment=False)
    again.get_by_text(WAITING).wait_for()
    assert again.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_an_iphone_is_told_of_its_home_screen_and_keeps_the_link_in_its_address(
    tonight: Night, browser: Browser
) -> None:
    guest = tonight.guest()
    page = browser.new_page(user_agent=_IPHONE)
    page.add_init_script("delete window.PushManager")
    page.goto(f"{guest.cloud.url}/c#{guest.fragment}")
    page.get_by_text("Add to Home Screen").wait_for()
    assert page.evaluate("location.hash") == f"#{guest.fragment}"
    assert page.get_by_role("button", name="Tell me").count() == 0
    page.context.close()


def test_without_a_link_the_page_asks_for_one(tonight: Night, context: BrowserContext) -> None:
    guest = tonight.guest()
    page = opened(context, guest, "cyd", fragment=False)
    page.evaluate("localStorage.clear()")
    page.reload()
    page.get_by_text("There is no link of a guest here").wait_for()
    page.get_by_label("Your link").fill(f"{guest.cloud.url}/c#{guest.fragment}")
    page.get_by_role("button", name="Open").click()
    page.get_by_text(WAITING).wait_for()


def test_scripts_put_text_in_as_text_name_no_host_and_can_be_read_in_one_sitting() -> None:
    cloud = WEBUI / "cloud"
    for path in [*(cloud / "static").iterdir(), cloud / "push-worker.js"]:
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"innerHTML|outerHTML|insertAdjacent|\beval\b|https?://|url\(|@import", text), path.name
        assert len(text.splitlines()) <= 150, path.name
