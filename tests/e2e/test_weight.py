"""What a dancer's page costs in a real browser, and that a script of many files does what the files do."""

import json
from typing import Any

from playwright.sync_api import Page, Route

from appliance.web.assets import WEBUI
from appliance.web.composing import script, texts
from tests.e2e.conftest import People
from tests.support.real_box import RealBox

MOST_REQUESTS = 8
MOST_BYTES = 25 * 1024

BLANK = '<!doctype html><script type="module" src="probe.js"></script>'
#: what came over the network since the page began
SENT = "performance.getEntriesByType('resource').filter((one) => one.transferSize).map((one) => one.name)"

#: a script of its own that uses what the pages' pure modules give
PROBE = """import { EMPTY, apply } from "./state.js";
import { tempoOf } from "./voiced.js";
import { LANES, NOTHING, came, learn } from "./wall_state.js";
import { freshId } from "./ids.js";

const told = [
  ["state", { now: { play: "a", title: "A", age_ms: 5 }, listeners: 3, reactions: { fire: 1 }, at_ms: 10 }],
  ["tempo", { play: "a", tempo: { slower: 1, perfect: 2, faster: 0 } }],
  ["now", { now: { play: "b", title: "B" }, at_ms: 20 }],
  ["like", { play: "a", liked: true }],
  ["unknown", {}],
];
const states = told.reduce((all, [name, data]) => [...all, apply(all[all.length - 1], name, data)], [EMPTY]);
const known = told.reduce((all, [name, data]) => learn(all, name, data), NOTHING);
self.found = JSON.stringify({
  states, known, lanes: LANES, came: came(NOTHING, known), id: freshId().length,
  tempo: states.map(({ now }) => tempoOf(now)),
});
"""


def _weighed(page: Page) -> tuple[list[str], list[float]]:
    """The addresses that a page asks for from now on, and what each cost with its head, in bytes."""
    asked: list[str] = []
    cost: list[float] = []
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    session.on("Network.requestWillBeSent", lambda event: asked.append(event["request"]["url"]))
    session.on("Network.loadingFinished", lambda event: cost.append(event["encodedDataLength"]))
    return asked, cost


def test_a_stage_s_page_costs_eight_requests_at_most_and_nothing_again(box: RealBox, people: People) -> None:
    dj = box.dj()
    session = dj.post("/api/v1/stages/main-floor/sessions").json["session"]["id"]
    dj.post(f"/api/v1/sessions/{session}/plays", json_body={"title": "Midnight City", "artist": "M83"})
    page = people.page()
    asked, cost = _weighed(page)
    page.goto(people.url("/s/main-floor"))
    page.locator('[data-line="live"]').wait_for()
    page.wait_for_load_state("load")
    assert 4 <= len(set(asked)) == len(asked) <= MOST_REQUESTS, asked
    assert 5_000 < sum(cost) <= MOST_BYTES, cost
    before = len(asked)
    page.reload()
    page.locator('[data-line="live"]').wait_for()
    # Icons, scripts and sheets are kept under their address: only the page and its stream are asked for.
    sent = page.evaluate(SENT)
    assert [address for address in sent if "/static/" in address] == []
    assert len(asked) > before


def _result(page: Page, *, modules: dict[str, str]) -> dict[str, Any]:
    def answer(route: Route) -> None:
        name = route.request.url.rpartition("/")[2]
        if name in modules:
            route.fulfill(body=modules[name], content_type="text/javascript")
        else:
            route.fulfill(
                body='<!doctype html><script type="module" src="probe.js"></script>', content_type="text/html"
            )

    page.route("**/*", answer)
    page.goto("http://composed.internal/page")
    page.wait_for_function("self.found")
    found: dict[str, Any] = json.loads(page.evaluate("self.found"))
    page.unroute("**/*")
    return found


def test_a_composed_script_does_what_its_files_do(people: People) -> None:
    modules = texts(WEBUI / "js") | {"probe.js": PROBE}
    page = people.page()
    separate = _result(page, modules=modules)
    together = _result(page, modules={"probe.js": script("probe.js", modules)})
    assert together == separate
    assert separate["states"][4]["liked"] == {"a": True}
