"""Dancers' pages speak the phone's language, or the one that was chosen, with and without a script."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from appliance.web.words import LANGUAGES, NAMES, Words
from tests.e2e.conftest import PHONE, People
from tests.e2e.test_gallery import CUT, NARROWEST, OUTSIDE
from tests.support.real_box import RealBox
from tests.web.served import serving

#: what the page's own script says of an age
AGO = """async (ms) => {
  const script = document.querySelector("script[type=module]").src;
  return (await import(script.replace(/[a-z+]+.js$/, "now.js"))).ago(ms);
}"""
#: with `{event}`, `{dj}` and `{session}` to be filled in
WORDY_PAGES = ("/", "/djs/{dj}", "/recap/{session}", "/keep", "/schedule/{event}", "/privacy")
DANCERS_PAGES = ("/s/main-floor", "/s/main-floor/inbox", "/likes", "/privacy", "/schedule/{event}", "/welcome")


@pytest.mark.parametrize("script", [True, False])
def test_a_dancer_chooses_a_language_once_for_all_pages(
    browser: Browser, box: RealBox, people: People, script: bool
) -> None:
    event = box.staff().get("/api/v1/events").json["events"][0]["event"]
    context = browser.new_context(viewport=PHONE, locale="pl-PL", java_script_enabled=script)  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(people.url("/s/main-floor"))
    expect(page.locator("html")).to_have_attribute("lang", "pl")
    expect(page.get_by_text("Między setami")).to_be_visible()
    page.get_by_role("link", name="Magyar").click()
    expect(page.get_by_text("Két szett között")).to_be_visible()
    for path in DANCERS_PAGES:
        page.goto(people.url(path.format(event=event)))
        expect(page.locator("html")).to_have_attribute("lang", "hu")
        expect(page.locator(".languages")).to_contain_text("Polski")
    context.close()


def test_the_page_and_its_script_say_the_same_in_every_language(browser: Browser, box: RealBox, people: People) -> None:
    anna = box.dj()
    session = anna.post("/api/v1/stages/main-floor/sessions", json_body={}).json["session"]["id"]
    track = {"title": "A", "artist": "B", "id": "1"}
    anna.post(f"/api/v1/sessions/{session}/plays", json_body=track)
    words = Words()
    context = browser.new_context(viewport=PHONE)  # type: ignore[arg-type]
    page = context.new_page()
    for language in LANGUAGES:
        page.goto(people.url(f"/s/main-floor?lang={language}"))
        expect(page.locator("[data-part=line]")).to_have_text(words.text(language, "stage.live"))
        expect(page.locator("[data-part=age]").first).to_have_text(words.text(language, "stage.just_now"))
        for age_ms in (59_000, 60_000, 300_000, 7_300_000, 90_000_000, 300_000_000):
            assert page.evaluate(AGO, age_ms) == words.since(language, age_ms), (language, age_ms)
        assert set(page.locator(".languages > *").all_inner_texts()) == set(NAMES.values())
    context.close()


def test_no_language_has_words_too_long_for_the_narrowest_phone(browser: Browser, tmp_path: Path) -> None:
    # What "/keep" leads to is not asked for here.
    with serving(tmp_path, options={"cloud": {"url": "https://cloud.example.org"}}) as box:
        box.staff().post("/api/v1/stages", json_body={"name": "Garden"})
        anna = box.dj()
        session = anna.post("/api/v1/stages/main-floor/sessions", json_body={}).json["session"]["id"]
        for number in range(3):
            track = {"title": f"Track {number}", "artist": "The Band", "bpm": 120, "key": "8A"}
            anna.post(f"/api/v1/sessions/{session}/plays", json_body=track)
        anna.post(f"/api/v1/sessions/{session}/end")
        staff = box.staff()
        event = staff.get("/api/v1/events").json["events"][0]["event"]
        dj = next(one["id"] for one in staff.get("/api/v1/djs").json["djs"])
        context = browser.new_context(viewport={"width": NARROWEST, "height": 568})
        page = context.new_page()
        faults = []
        for path in WORDY_PAGES:
            at = f"http://127.0.0.1:{box.port}{path.format(event=event, dj=dj, session=session)}"
            for language in LANGUAGES:
                answer = page.goto(f"{at}?lang={language}", wait_until="domcontentloaded")
                assert answer is not None
                assert answer.status == 200, path
                faults += [f"{path} in {language}: {one}" for one in page.evaluate(OUTSIDE) + page.evaluate(CUT)]
        context.close()
    assert faults == []
