"""axe-core walks every page as a guest, a DJ, an organiser and staff, in a box where something goes on.

On the way every page is seen on a phone, and turned round as for a language that runs from right to left.
"""

import time
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from tests.e2e.conftest import PHONE
from tests.e2e.test_gallery import OUTSIDE
from tests.screenshots.tour import STOPS, Who
from tests.screenshots.visitors import Look, cookies, ids, opened, welcome
from tests.support.real_box import RealBox, running_box

DJ, BEFORE = "DJ Anna", "DJ Bruno"
#: what WCAG 2.2 asks for at levels A and AA, what axe's makers hold to be good besides, and text at 7:1
OPTIONS = {"resultTypes": ["violations"], "rules": {"color-contrast-enhanced": {"enabled": True}}}
#: the levels of headings before which one is left out
OUTLINE = """() => {
  const shown = [...document.querySelectorAll("h1, h2, h3, h4")].filter((one) => one.offsetParent);
  const levels = shown.map((one) => +one.tagName[1]);
  return levels.filter((level, at) => level > (levels[at - 1] ?? 0) + 1);
}"""


#: the page in a language that runs from right to left: each letter becomes a Hebrew one
TURN_ROUND = """() => {
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const turned = (text) => text.replace(/[A-Za-z]/g, (one) => String.fromCharCode(0x5d0 + one.charCodeAt(0) % 27));
  while (walk.nextNode()) walk.currentNode.data = turned(walk.currentNode.data);
  document.documentElement.dir = "rtl";
}"""


def fill(box: RealBox) -> None:
    """An evening: a set that is over, one that runs, with a poll, an announcement, a note, likes and a plan."""
    staff = box.staff()
    staff.post("/api/v1/stages", json_body={"name": "Garden"})
    event = staff.get("/api/v1/events").json["events"][0]["event"]
    for name, stage, ends in ((BEFORE, "garden", True), (DJ, "main-floor", False)):
        dj = box.dj(name)
        session = dj.post(f"/api/v1/stages/{stage}/sessions", json_body={}).json["session"]["id"]
        for number in range(3):
            track = {
                "title": f"Track {number}",
                "artist": "The Band",
                "bpm": 120,
                "key": "8A",
                "id": f"{stage}{number}",
            }
            assert dj.post(f"/api/v1/sessions/{session}/plays", json_body=track).status in {200, 201}
        if ends:
            dj.post(f"/api/v1/sessions/{session}/end")
            continue
        poll = {"question": "Faster?", "options": ["Yes", "No"], "lasts_s": 300}
        assert dj.post(f"/api/v1/sessions/{session}/polls", json_body=poll).status == 201
        dj.ask("PUT", f"/api/v1/sessions/{session}/handover", json_body={"to": BEFORE, "note": "The left one hums."})
    told = {"text": "The bar closes.", "level": "urgent", "duration_s": 3600}
    assert staff.post(f"/api/v1/events/{event}/announcements", json_body=told).status == 201
    hour = time.strftime("%Y-%m-%dT%H", time.gmtime(time.time() + 7200))
    slot = {"stage": "main-floor", "title": "Jam", "begins": f"{hour}:00", "ends": f"{hour}:45"}
    assert staff.post(f"/api/v1/events/{event}/slots", json_body=slot).status == 201


def faults_of(page: Page) -> list[str]:
    """What axe has against a page, and headings out of order."""
    found = Axe().run(page, options=OPTIONS).response["violations"]
    faults = [f"{one['id']}: {node['html'][:120]}" for one in found for node in one["nodes"][:3]]
    return faults + [f"a level is left out before an h{level}" for level in page.evaluate(OUTLINE)]


def misfits_of(page: Page) -> list[str]:
    """What stands out of a phone's window, as the page is and from right to left."""
    found = [f"too wide: {one}" for one in page.evaluate(OUTSIDE)]
    page.evaluate(TURN_ROUND)
    return found + [f"too wide from right to left: {one}" for one in page.evaluate(OUTSIDE)]


@pytest.fixture(scope="module")
def evening(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealBox]:
    with running_box(tmp_path_factory.mktemp("box")) as box:
        fill(box)
        welcome(box)
        yield box


def said(faults: dict[str, list[str]]) -> str:
    return "\n".join(f"{name}: {fault}" for name, found in faults.items() for fault in found)


def test_nobody_trips_over_any_page(browser: Browser, evening: RealBox) -> None:
    carried, known = cookies(evening, dj=DJ), ids(evening, dj=DJ)
    assert known["past"] != "none"
    faults: dict[str, list[str]] = {}
    for who in Who:
        context = opened(browser, Look(viewport=PHONE), carried[who])
        page = context.new_page()
        for number, stop in enumerate(one for one in STOPS if one.who is who):
            page.emulate_media(color_scheme="light" if number % 3 == 0 else "dark")
            answer = page.goto(f"http://127.0.0.1:{evening.port}{stop.address(known)}", wait_until="load")
            assert answer is not None
            assert answer.status == stop.status, stop.name
            if found := faults_of(page) + ([] if stop.wall else misfits_of(page)):
                faults[stop.name] = found
        context.close()
    assert not faults, said(faults)
