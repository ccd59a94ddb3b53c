"""The report page: true to its figures, silent about small groups and guests, and safe to open, print and keep."""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, Page, Route, sync_playwright

from appliance.web.words import LANGUAGES, Words
from sync.cloud.night.figures import figures
from sync.cloud.night.records import Night
from sync.cloud.report import csvs, page, plain, svg
from sync.cloud.report.hours import Hours
from sync.cloud.report.page import Report, Way
from tests.support.chromium import chromium_path, flags
from tests.support.synthetic_night import ZONE, Plan, make_night, without_hours
from tests.unit.test_colours import CONTRAST, contrast

EVIL = "<script>document.title='broken'</script><img src=x onerror=alert(1)>"
RTL = "\u202eמוזיקה יפה לריקודים"
WORDS = Words()
REPORT = Report(WORDS)
ROOT = Path(__file__).parents[2]
WAY = Way(base="/r/x.y", languages=tuple((one, f"?lang={one}") for one in LANGUAGES))


def written(night: Night, *, others: tuple[Night, ...] = (), language: str = "en", way: Way | None = WAY) -> str:
    found = figures(night, others=others, zone=ZONE)
    return REPORT.page(found, venue="Tanzhaus", zone=ZONE, language=language, way=way)


@cache
def usual() -> tuple[Night, tuple[Night, ...]]:
    plan = Plan()
    earlier = replace(plan, seed=2, name="October", began=plan.began - timedelta(days=7), pull=(1.0,))
    return make_night(plan), (make_night(earlier),)


@cache
def long_night() -> Night:
    return make_night(Plan(seed=9, hours=12, djs=6, stages=3, guests=500, name="Marathon"))


def hostile() -> Night:
    night = make_night(Plan(hours=2))
    titles = [EVIL, RTL, "A" * 500, "word " * 100, "Z̷̢͔͈͇" * 60, "=1+1", "長い題名" * 60, "🕺💃" * 60, "\x00\x1b[2J"]
    plays = [replace(one, title=titles[n % 9], artist=titles[(n + 1) % 9]) for n, one in enumerate(night.plays)]
    sets = [replace(one, dj_name=titles[n % 9]) for n, one in enumerate(night.sets)]
    stages = [replace(one, name=titles[n % 9]) for n, one in enumerate(night.stages)]
    polls = [replace(night.polls[0], question="Q" * 300, options=(EVIL, RTL, "C" * 300))]
    whole = replace(night, name=f"{EVIL}{RTL}", plays=plays, sets=sets, stages=stages, polls=polls)
    return of_the_house(whole, dj=sets[0].dj)


def of_the_house(night: Night, *, dj: str) -> Night:
    """The same, where one of the DJs is the house's player, which every third track was not for somebody."""
    mine = {one.id for one in night.sets if one.dj == dj}
    plays = [
        replace(one, dislikes=7 if one.session in mine and not number % 3 else 0)
        for number, one in enumerate(night.plays)
    ]
    return replace(night, plays=plays, house=frozenset({dj}))


def empty() -> Night:
    return Night(box="box", event="event", name="Nothing")


NIGHTS: dict[str, Callable[[], Night]] = {
    "usual": lambda: usual()[0],
    "long": long_night,
    "one set": lambda: make_night(Plan(djs=1, stages=1, hours=3, guests=60)),
    "hostile": hostile,
    "empty": empty,
    "a few guests": lambda: make_night(Plan(guests=4, hours=3)),
    "house": lambda: of_the_house(usual()[0], dj=usual()[0].sets[1].dj),
    "part unknown": lambda: without_hours(usual()[0], from_ms=Plan().began_ms + 7_200_000, until_ms=1 << 60),
    "all unknown": lambda: without_hours(usual()[0], from_ms=0, until_ms=1 << 60),
    "nobody counted": lambda: replace(usual()[0], presence=(), handovers=()),
    "no music": lambda: replace(usual()[0], sets=(), plays=(), likes=(), tempo_votes=()),
}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as started:
        browser = started.chromium.launch(executable_path=chromium_path(), args=flags())
        yield browser
        browser.close()


@pytest.fixture
def opened(browser: Browser) -> Iterator[Page]:
    """A browser in which the page is served under its own policy, and nothing else can be reached."""
    context = browser.new_context(viewport={"width": 390, "height": 844}, java_script_enabled=True)
    yield context.new_page()
    context.close()


def serve(tab: Page, content: str) -> list[str]:
    """Opens the page; what the browser complained of and what else it asked for."""
    said: list[str] = []
    tab.on("console", lambda message: said.append(message.text))
    tab.on("pageerror", lambda error: said.append(str(error)))
    headers = {"content-type": "text/html; charset=utf-8", "content-security-policy": page.policy()}

    def refuse(route: Route) -> None:
        said.append(route.request.url)
        route.abort()

    tab.route("**/*", refuse)
    tab.route("https://cloud.test/r", lambda route: route.fulfill(body=content, headers=headers))
    tab.goto("https://cloud.test/r")
    return said


@pytest.mark.parametrize("name", NIGHTS)
def test_every_night_has_a_page(name: str) -> None:
    content = written(NIGHTS[name]())
    assert content.count("<h1") == 1
    assert content.endswith("</html>")


#: texts that stand out of their drawing, and how far the page is wider than the screen
OUTSIDE = """() => [...document.querySelectorAll('.plot')].filter(one => one.getClientRects().length).flatMap(plot => {
    const frame = plot.getBoundingClientRect();
    return [...plot.querySelectorAll(':scope > text')].map(text => text.getBoundingClientRect())
        .filter(box => box.left < frame.left - 1 || box.right > frame.right + 1).map(box => box.width);
}).concat(Math.max(0, document.documentElement.scrollWidth - document.documentElement.clientWidth))"""


@pytest.mark.parametrize("name", ["hostile", "long", "empty"])
def test_it_fits_phones_and_screens_and_no_letter_leaves_its_drawing(opened: Page, name: str) -> None:
    said = serve(opened, written(NIGHTS[name]()))
    for width in (320, 1200):
        opened.set_viewport_size({"width": width, "height": 900})
        assert opened.evaluate(OUTSIDE) == [0], width
    # The browser had nothing to complain of, nothing else was asked for, and nothing ran.
    assert said == []
    assert opened.evaluate("document.scripts.length") == 0
    # One drawing of each pair is seen.
    wide, narrow = opened.locator(".wide:visible"), opened.locator(".narrow:visible")
    assert (wide.count(), narrow.count()) == (opened.locator(".wide").count(), 0)


def test_it_prints_on_a4_without_cut_drawings(opened: Page) -> None:
    serve(opened, written(usual()[0], others=usual()[1]))
    opened.emulate_media(media="print", color_scheme="dark")
    opened.set_viewport_size({"width": 688, "height": 1000})  # A4 less its margins
    assert opened.evaluate("document.documentElement.scrollWidth") <= 688
    assert opened.evaluate("getComputedStyle(document.documentElement).backgroundColor") == "rgb(255, 255, 255)"
    assert opened.locator(".numbers:visible, .ways-out:visible, .narrow:visible").count() == 0
    apart = (
        "[...document.querySelectorAll('figure, tbody tr')].every(one => getComputedStyle(one).breakInside === 'avoid')"
    )
    assert opened.evaluate(apart)
    paper = opened.pdf(prefer_css_page_size=True, print_background=True)
    pages = len(re.findall(rb"/Type\s*/Page\b", paper))
    assert 3 <= pages <= 20


def test_a_page_needs_nothing_else_and_runs_nothing() -> None:
    content = written(hostile())
    assert "<script" not in content
    assert not re.search(r"""\s(?:src|style|on\w+)\s*=\s*["']""", re.sub(r"&lt;.*?&gt;", "", content))
    assert "url(" not in page.style()
    assert "@import" not in page.style()
    assert set(re.findall(r'href="([^"]*)"', content)) <= {
        *("#set-list", "#method", "#take"),
        *(f"/r/x.y/{name}" for name in ("set-list.csv", "plays.csv", "presence.csv", "night.json")),
        *(f"?lang={language}" for language in LANGUAGES),
    }
    assert 'name="robots" content="noindex' in content
    # A copy to keep leads nowhere.
    assert 'href="/' not in written(usual()[0], way=None)


def everything(night: Night) -> str:
    """All that leaves the house of a night."""
    hours = Hours(ZONE)
    found = figures(night, others=(), zone=ZONE)
    document = json.dumps(plain.document(found, venue="x", hours=hours, zone_name=ZONE.key))
    tables = [make(night, hours) for make in (csvs.set_list, csvs.plays, csvs.presence)]
    return "\n".join([written(night), document, *tables])


def test_no_guest_is_in_anything_that_leaves_the_house() -> None:
    night, _ = usual()
    marked = replace(night, likes=[replace(one, guest=f"secret-{one.guest}") for one in night.likes])
    assert "guest-" not in everything(marked)
    assert "secret-" not in everything(marked)


def test_small_groups_are_told_as_fewer_than_five_and_never_as_their_number() -> None:
    night = make_night(Plan(guests=4, hours=3))
    assert max(row.guests for row in night.presence) in {3, 4}
    content = written(night)
    assert "fewer than 5" in content
    # Likes are told: the hall saw them itself.
    counted = re.sub(r'(?s)<section aria-labelledby="hearts">.*?</section>', "", content.partition('id="set-list"')[0])
    assert not re.search(r'<td class="n"(?: data-head="(?:Active|Phones|Stayed)")?>[1-4]</td>', counted)
    curves = plain.document(figures(night, others=(), zone=ZONE), venue="", hours=Hours(ZONE), zone_name="x")["stages"]
    told = {point["guests"] for stage in curves for point in stage["curve"]}
    assert told <= {"<5", 0}
    assert {line.split(",")[3] for line in csvs.presence(night, Hours(ZONE)).split("\r\n")[1:-1]} <= {"<5", "0"}


def test_a_page_says_what_a_set_was_compared_with() -> None:
    night, others = usual()
    assert "Usual is 1 other night" in written(night, others=others)
    assert "first hint" in written(night, others=others)
    assert "There is no other night to compare with yet" in written(night)


def test_a_dj_who_played_twice_is_told_over_both_sets() -> None:
    night, others = usual()
    assert WORDS.text("en", "report.by_dj") not in written(night, others=others)
    again = replace(night, sets=[*night.sets[:3], replace(night.sets[3], dj=night.sets[0].dj)])
    assert WORDS.text("en", "report.by_dj") in written(again, others=others)


def test_what_the_house_played_stands_apart_with_what_was_not_for_everybody() -> None:
    head = WORDS.text("en", "report.house")
    assert head not in written(usual()[0])
    night = NIGHTS["house"]()
    section = written(night).partition(f">{head}<")[2].partition("</section>")[0]
    mine = [one for one in night.plays if one.session == night.sets[1].id]
    disliked = sum(one.dislikes for one in mine)
    assert disliked >= 7
    assert re.findall(r'<td class="n">([^<]*)</td>', section)[:4:3] == [str(len(mine)), str(disliked)]
    document = plain.document(figures(night, others=(), zone=ZONE), venue="", hours=Hours(ZONE), zone_name="UTC")
    assert document["house"]["stages"][0]["not_for_me"] == disliked
    assert csvs.plays(night, Hours(ZONE)).splitlines()[0].endswith(",not_for_me")


def test_unknown_hours_are_said_and_their_sets_still_listed() -> None:
    content = written(NIGHTS["all unknown"]())
    assert "without knowing the hour" in content
    assert "hour unknown" in content
    assert content.count('class="time">–<') == len(usual()[0].plays)
    assert 'class="plot ' not in content


def test_every_drawing_is_told_in_words_or_numbers_too() -> None:
    content = written(long_night())
    for drawing in re.findall(r"<svg[^>]*>", content):
        # A set in its lane is part of a drawing that is told.
        assert "aria-label" in drawing or "aria-hidden" in drawing or re.match(r"<svg x=", drawing), drawing
    assert content.count('<details class="numbers">') == 3


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_page_speaks_its_language_from_end_to_end(language: str) -> None:
    night, others = usual()
    content = written(night, others=others, language=language)
    assert f'<html lang="{language}">' in content
    assert WORDS.text(language, "report.floor") in content
    assert language == "en" or WORDS.text("en", "report.floor_lead") not in content


def test_no_word_is_missing_or_left_over() -> None:
    sources = [*(ROOT / "sync/cloud/report").glob("*.py"), ROOT / "webui/cloud/report.html"]
    text = "\n".join(path.read_text(encoding="utf-8") for path in sources)
    used = set(re.findall(r"""\bt\(\s*["'](\w+)["']""", text)) | set(re.findall(r'"(c_\w+)"', text))
    known = {key.partition(".")[2] for key in WORDS._catalogues["en"] if key.startswith("report.")}
    assert used == known


@pytest.mark.parametrize("language", [language for language in LANGUAGES if language != "en"])
def test_no_sentence_is_left_in_english(language: str) -> None:
    same = {
        key.partition(".")[2]
        for key, entry in WORDS._catalogues[language].items()
        if key.startswith("report.") and entry == WORDS._catalogues["en"][key]
    }
    assert same <= {
        "k_likes",
        "h_dj",
        "k_sets",
        "k_djs",
        "h_set",
        "h_likes",
        "h_votes",
        "h_bpm",
        "c_likes",
        "key_likes",
    }


@pytest.mark.parametrize("part", ["dark", "light", "print"])
def test_words_stand_out_from_every_colour(part: str) -> None:
    tokens, own = (ROOT / "webui/css/tokens.css").read_text(), (ROOT / "webui/cloud/report.css").read_text()
    screen, _, paper = own.partition("@media print")
    texts = [tokens.partition("@media")[0], screen.partition("@media")[0]]
    if part != "dark":
        texts += [tokens.partition("@media")[2], screen.partition("@media")[2]]
    texts += [paper] if part == "print" else []
    raw = {name: value for text in texts for name, value in re.findall(r"--([\w-]+): (#[0-9a-f]{6}|#fff)\b", text)}
    raw = {name: "#ffffff" if value == "#fff" else value for name, value in raw.items()}
    text = raw["text"] if part == "print" else raw["chalk"]
    for stage in range(1, 7):
        assert contrast(raw["on-s"], raw[f"s{stage}"]) >= CONTRAST, stage
    for cell in ("t1f", "t2f", "t1s", "t2s", "rule"):
        assert contrast(text, raw[cell]) >= CONTRAST, cell
    for cell in ("t3f", "t3s"):
        assert contrast(raw["t-strong"], raw[cell]) >= CONTRAST, cell


def test_the_licensing_report_has_local_times_and_no_formula() -> None:
    night, _ = usual()
    evil = replace(
        night, plays=[replace(night.plays[0], title="=cmd|' /C calc'!A0", artist="\t@SUM(1)"), *night.plays[1:]]
    )
    text = csvs.set_list(evil, Hours(ZONE))
    head, first, *_ = text.split("\r\n")
    assert head == "\ufeffnumber,start,duration,artist,title,dj,stage"
    assert first.startswith("1,2026-11-20T20:00:20+01:00,0:0")
    assert ",' @SUM(1),'=cmd|' /C calc'!A0," in first
    assert text.count("\r\n") == len(night.plays) + 1


def test_nothing_written_into_a_drawing_is_markup() -> None:
    drawn = svg.picture(svg.text(EVIL, x=1, y=2.0), width=10, height=5.25, label='"><script>', kind="wide")
    assert "<script" not in drawn
    assert "<img" not in drawn
    assert drawn.startswith(
        '<svg viewBox="0 0 10 5.2" class="plot wide" role="img" aria-label="&#34;&gt;&lt;script&gt;">'
    )


@pytest.mark.parametrize(
    ("most", "expected"),
    [(0, [0, 1]), (3, [0, 1, 2, 3]), (7, [0, 2, 4, 6, 8]), (205, [0, 50, 100, 150, 200, 250]), (9_000, 5)],
)
def test_ticks_are_round_numbers(most: float, expected: list[float] | int) -> None:
    found = svg.ticks(most)
    assert found == expected if isinstance(expected, list) else found[-1] >= most
    assert found[-1] >= most


def test_hours_are_full_hours_of_the_hall_also_where_they_are_cut_in_quarters() -> None:
    began = Plan().began_ms
    for zone in (ZONE, ZoneInfo("Asia/Kathmandu"), ZoneInfo("Australia/Adelaide")):
        marks = Hours(zone).marks(began, began + 12 * 3_600_000, most=6)
        assert 3 <= len(marks) <= 6
        assert {Hours(zone).clock(at)[3:] for at in marks} == {"00"}


def test_words_that_do_not_fit_are_cut_and_wide_letters_count_for_two() -> None:
    assert svg.fitted("Anna", 200) == "Anna"
    assert svg.fitted("A" * 500, 100).endswith("…")
    assert len(svg.fitted("長" * 500, 100)) < len(svg.fitted("A" * 500, 100))
    assert svg.fitted("Anna", 10) == ""
    assert "\u202e" not in svg.fitted(RTL, 500)
