"""Pages where the system chooses the colours, as it does for people who need high contrast: nothing vanishes, what is
pressed and what has the focus is seen, and nothing is laid behind letters that hides them.
"""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.conftest import PHONE
from tests.screenshots.visitors import welcome
from tests.web.served import Served

#: the same in the page: contrast as WCAG has it, and what is found wrong
FAULTS = """() => {
  const seen = (text) => (text.match(/[\\d.]+/g) || []).map(Number);
  const linear = (one) => ((one /= 255) <= 0.04045 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4);
  const light = ([r, g, b]) => 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
  const contrast = (a, b) => {
    const [low, high] = [light(a), light(b)].sort((one, other) => one - other);
    return (high + 0.05) / (low + 0.05);
  };
  const ground = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const colour = seen(getComputedStyle(at).backgroundColor);
      if (colour.length === 3 || colour[3] > 0.5) return colour.slice(0, 3);
    }
    return seen(getComputedStyle(document.documentElement).backgroundColor).slice(0, 3);
  };
  const shown = (one) => one.checkVisibility({ visibilityProperty: true }) && !one.closest(".unseen, svg");
  const all = (selector) => [...document.body.querySelectorAll(selector)].filter(shown);
  const faults = [];
  const wrong = (what, { tagName, className, textContent: text }) =>
    faults.push(`${what}: ${tagName} ${className} ${text.trim().slice(0, 20)}`);
  for (const one of all("*")) {
    const says = [...one.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
    if (says && contrast(seen(getComputedStyle(one).color), ground(one)) < 4.5) wrong("words", one);
  }
  const bare = ".heart, .say-close, .quiet-link, [type=hidden]";
  const edged = "button, .button, .small-button, input, select, textarea, .say, .poll, .panel, meter, progress";
  for (const one of all(edged)) {
    if (one.matches(bare)) continue;
    const { borderTopWidth: width, borderTopColor: colour } = getComputedStyle(one);
    const around = ground(one.parentElement);
    const has = parseFloat(width) > 0 && contrast(seen(colour), around) >= 3;
    if (!has && contrast(ground(one), around) < 3) wrong("edge", one);
  }
  for (const one of all("a[href], button:enabled, input:not([type=hidden]), select, textarea, summary")) {
    one.focus({ focusVisible: true, preventScroll: true });
    const { outlineWidth: width, outlineStyle: style, outlineColor: colour } = getComputedStyle(one);
    const has = parseFloat(width) >= 2 && style !== "none" && contrast(seen(colour), ground(one.parentElement)) >= 3;
    if (!has) wrong("focus", one);
  }
  document.activeElement?.blur();
  return faults;
}"""
LOOK = "one => { const s = getComputedStyle(one); return [s.backgroundColor, s.color, s.borderColor].join(); }"


@pytest.fixture
def evening(box: Served) -> Served:
    dj = box.dj()
    session = dj.post("/api/v1/stages/main-floor/sessions").json["session"]["id"]
    at = f"/api/v1/sessions/{session}"
    dj.post(f"{at}/plays", json_body={"title": "Midnight City", "artist": "M83", "bpm": 120, "key": "8A"})
    dj.post(f"{at}/polls", json_body={"question": "More?", "options": ["Yes", "No"], "duration_s": 300})
    dj.post(f"{at}/announcements", json_body={"text": "Water", "level": "urgent", "duration_s": 600})
    welcome(box)  # type: ignore[arg-type]
    return box


@pytest.fixture(params=["dark", "light"])
def page(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    context = browser.new_context(viewport=PHONE, forced_colors="active", color_scheme=request.param)  # type: ignore[arg-type]
    yield context.new_page()
    context.close()


def test_nothing_vanishes_where_the_system_chooses_the_colours(evening: Served, page: Page) -> None:
    at = f"http://127.0.0.1:{evening.port}"
    page.goto(f"{at}/welcome")
    faults = {"portal": page.evaluate(FAULTS)}
    page.goto(f"{at}/s/main-floor")
    expect(page.locator("[data-line=live]")).to_be_visible()
    for button in (".like", ".choice button:has-text('Just right')", ".option button:has-text('Yes')"):
        pressed = page.locator(button)
        before = pressed.evaluate(LOOK)
        pressed.click()
        expect(pressed).to_have_attribute("aria-pressed", "true")
        assert pressed.evaluate(LOOK) != before, button
    faults["live"] = page.evaluate(FAULTS)
    page.goto(f"{at}/screen/main-floor")
    expect(page.locator(".title")).to_have_text("Midnight City")
    faults["wall"] = page.evaluate(FAULTS)
    page.goto(f"{at}/dj")
    page.locator("input[name=token]").fill(evening.dj().token or "")
    page.locator("input[name=token]").press("Enter")
    expect(page.locator(".thumb-bar, .fields").first).to_be_visible()
    faults["desk"] = page.evaluate(FAULTS)
    assert faults == {"portal": [], "live": [], "wall": [], "desk": []}
