"""The pages' files as files: what a browser would refuse, what a venue would miss, and what they weigh.

Pages are rendered with made-up words; nothing is served and no browser runs.
"""

import gzip
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from html.parser import HTMLParser
from pathlib import Path

import pytest

from appliance.domain.status import Level
from appliance.web import gallery
from appliance.web.assets import WEBUI, asset
from appliance.web.rendering import Pages
from tests.support.house_pages import house_cases
from tests.support.library_pages import library_cases
from tests.support.made_up_pages import likes_cases, poster_cases, privacy_words, wall_cases
from tests.support.made_up_stage import desk_words, error, link_words, stage_words
from tests.support.organiser_pages import organiser_cases, places_cases
from tests.support.people_pages import begin_words, people_cases
from tests.support.said_pages import centre_cases, said_cases
from tests.support.schedule_pages import schedule_cases
from tests.support.set_pages import set_cases
from tests.support.status_pages import care_words, status_words
from tests.support.voiced_pages import voices_cases

#: of a whole page, compressed, so that there is room below the 30 KB that it may weigh
BUDGET_BYTES = 25 * 1024
#: page, style sheet, script, icon, stream; and where an organiser gave them, colours and a picture
BUDGET_REQUESTS = 8
LINES_OF_A_MODULE = 150
#: an event's colours and picture: see `appliance.web.looks`
NO_FILES = "/events/"

HOSTILE = "\"'><img src=x onerror=alert(1)><script>alert(1)</script></template>{{ 7 * 7 }}&amp;"
PLAIN = "Midnight City"

Words = Mapping[str, object]


def staff_words(text: str, *, mode: str = "quiet") -> dict[str, object]:
    return {
        "tokens": [
            {"id": "t1", "name": "dj-anna", "dj": text, "created_at": "2026-11-20T21:14:03.120Z"}
            | {"device": device, "used_at": used_at}
            for device, used_at in (("", ""), (text, "2026-11-20T21:14:03.120Z"))
        ],
        "stages": [{"id": "main-floor", "name": text}],
        "begin": begin_words(text, left=mode == "quiet") if mode != "gateway" else None,
        "new_token": {"dj": text, "name": "dj-anna", "token": text},
        "new_code": {"dj": text, "code": "3-4711-0815", "invitation": text, "picture": "<svg></svg>"},
        "links": True,
        "verdict": text,
        "lights": [status_words(text)["status"].lights[0]] if mode == "party" else [],
        "addresses": [text],
        "portal_mode": mode,
        "wall_key": "wifi.0123456789abcdef",
        "error": error(text),
        "form": {"dj_name": text, "device": text, "stage_name": text},
    }


#: the one link that leads out, followed by hand and later, with internet
OUT = ("keep.html", "a", "https://cloud.example.org/c#box.secret")


def cases(text: str) -> list[tuple[str, Words]]:
    """Every page in its different shapes, filled with `text`."""
    listed: list[dict[str, object]] = [
        {"id": "a", "name": text, "dj": text, "title": text, "artist": text},
        {"id": "b", "name": text, "dj": text, "title": None, "artist": None},
        {"id": "c", "name": text, "dj": None, "title": None, "artist": None},
    ]
    return [
        ("stage.html", stage_words(text)),
        ("stage.html", stage_words(text, on=False, plays=0)),
        *said_cases(text) + centre_cases(text, error=error(text)),
        *places_cases(text, listed),
        *(("keep.html", {"link": link, "picture": "", "events": []}) for link in (None, OUT[2])),
        ("keep.html", {"link": None, "events": [{"id": "e1", "name": text}, {"id": "e2", "name": text}]}),
        ("dj_login.html", {"error": error(text)} | link_words(text)),
        *(("dj.html", desk_words(text, on=on)) for on in (True, False)),
        ("staff_login.html", {"error": error(text)}),
        *(("staff.html", staff_words(text, mode=mode)) for mode in ("party", "quiet", "gateway")),
        *(
            (page, {"system": system, "address": text, "here": "/welcome", "carried": ""})
            for page in ("welcome.html", "welcome_done.html")
            for system in ("apple", "android", "other")
        ),
        *((page, status_words(text, level=level)) for page in ("status.html", "status_screen.html") for level in Level),
        ("care.html", care_words(text)),
        ("care.html", care_words(text, quiet=True)),
        *((page, {"error": None}) for page in ("care_wait.html", "evening.html")),
        *people_cases(text),
        *schedule_cases(text, error=error(text)),
        ("privacy.html", privacy_words(known=True)),
        ("privacy.html", privacy_words(known=True, many=True)),
        ("privacy.html", privacy_words(known=False)),
        *poster_cases(text, error=error(text)),
        *likes_cases(text),
        *set_cases(text) + library_cases(text),
        *wall_cases(text),
        *organiser_cases(text, error=error(text)),
        *voices_cases(text, error=error(text)) + house_cases(text),
        ("safe.html", {"again_s": 15}),
        ("safe_leaving.html", {"again_s": 15}),
        *(("safe_login.html", {"error": code}) for code in (None, "setup_code_wrong", "too_many_tries")),
        (
            "safe_staff.html",
            {"name": text, "reasons": [{"part": text, "words": text}], "notices": [text]}
            | {"logs": [(text, [text, text])]},
        ),
        ("safe_staff.html", {"name": text, "reasons": [], "notices": [], "logs": []}),
        ("gallery.html", gallery.words(dict.fromkeys(("usual", "long", "rtl"), text))),
        ("error.html", {"status": 404, "code": "no_such", "detail": text, "advice": text, "home": "/"}),
    ]


def rendered(name: str, words: Words) -> str:
    return bytes(Pages().page(name, words).body).decode()


class Reading(HTMLParser):
    """What a browser would find in a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.texts: dict[str, str] = {}
        self._open: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))
        self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        while tag in self._open and self._open.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        if self._open:
            self.texts[self._open[-1]] = self.texts.get(self._open[-1], "") + data

    def named(self, tag: str) -> Iterator[dict[str, str]]:
        return (attributes for found, attributes in self.tags if found == tag)


@pytest.fixture(scope="module")
def readings() -> list[tuple[str, Reading]]:
    return [(name, Reading(rendered(name, words))) for name, words in cases(PLAIN)]


def files(folder: str) -> list[Path]:
    return sorted((WEBUI / folder).iterdir())


def imports_of(module: Path) -> set[Path]:
    """The module and every module it needs."""
    found = {module}
    for name in re.findall(r'(?:from|import) "\./([\w.]+)"', module.read_text()):
        found |= imports_of(module.parent / name)
    return found


def served(address: str) -> set[Path]:
    """The files behind `/static/<mark>/<folder>/<names>`."""
    folder, _, names = address.removeprefix("/static/").partition("/")[2].partition("/")
    stem, dot, kind = names.rpartition(".")
    if kind == "js":  # behind the name of a script stands its language
        stem = stem.partition("+")[0]
    return {WEBUI / folder / f"{one}{dot}{kind}" for one in stem.split("+")}


def weight(address: str) -> int:
    """What a phone loads from there, in bytes."""
    folder, _, name = address.removeprefix("/static/").partition("/")[2].partition("/")
    found = asset(folder, name)
    assert found is not None, address
    return len(found.squeezed or found.body)


def assets_of(reading: Reading) -> set[Path]:
    """The static files that go into what a page makes a browser fetch, icons of the browser's own frame aside."""
    names = [link["href"] for link in reading.named("link") if link.get("rel") == "stylesheet"]
    found = set().union(*(served(name) for name in names if not name.startswith(NO_FILES)))
    for script in reading.named("script"):
        found |= set().union(*(imports_of(module) for module in served(script["src"])))
    for _, attributes in reading.tags:
        for name in ("data-extras", "data-next"):
            if later := attributes.get(name):
                found |= served(later)
    return found


def test_every_page_is_tried_here() -> None:
    tried = {name for name, _ in cases(PLAIN)}
    pages = "".join(path.read_text(encoding="utf-8") for path in files("pages"))
    parts = set(re.findall(r'{% (?:include|extends|from) "([\w.]+)"', pages))
    assert tried == {path.name for path in files("pages")} - parts


def test_no_page_carries_anything_inline_that_the_content_policy_forbids(readings: list[tuple[str, Reading]]) -> None:
    for name, reading in readings:
        for tag, attributes in reading.tags:
            assert tag != "style", name
            assert tag != "script" or re.match(r"/static/[0-9a-f]{10}/js/", attributes.get("src", "")), name
            assert not [one for one in attributes if one.startswith("on") or one == "style"], (name, tag)
        assert reading.texts.get("script", "").strip() == "", name


def test_no_page_fetches_from_or_sends_to_another_host(readings: list[tuple[str, Reading]]) -> None:
    for name, reading in readings:
        for tag, attributes in reading.tags:
            for where in ("src", "href", "action", "srcset", "poster", "data"):
                address = attributes.get(where, "/")
                assert re.match(r"#|/(?!/)", address) or (name, tag, address) == OUT, (name, tag, address)


def test_no_script_or_style_names_a_host() -> None:
    for path in [*files("css"), *files("js"), *files("icons"), *files("pages")]:
        text = path.read_text().replace("http://www.w3.org/2000/svg", "")
        assert not re.search(r"https?://|url\(|@import|['\"`]//", text), path.name


def test_every_static_file_that_is_named_exists_and_none_is_left_over(readings: list[tuple[str, Reading]]) -> None:
    fetched = set().union(*(assets_of(reading) for _, reading in readings))
    links = [link["href"] for _, page in readings for link in page.named("link")]
    icons = set().union(*(served(href) for href in links if not href.startswith(NO_FILES)))
    there = {path for folder in ("css", "js", "icons", "cloud/static") for path in files(folder)}
    cloud = "".join(path.read_text(encoding="utf-8") for path in (WEBUI / "cloud").glob("*.html"))
    # The cloud serves the box's folders, and one of its own as `cloud`.
    names = [re.sub("^cloud/", "cloud/static/", name) for name in re.findall(r"static\('([^']+)'\)", cloud)]
    named = set().union(*(imports_of(WEBUI / name) for name in names))
    assert named <= there
    assert fetched | icons | named == there


def test_the_stage_page_stays_within_its_budget() -> None:
    page = rendered("stage.html", stage_words(PLAIN))
    reading = Reading(page)
    fetched = [link["href"] for link in reading.named("link")] + [one["src"] for one in reading.named("script")]
    pictures = [image["src"] for image in reading.named("img")]
    assert 2 + len(fetched) + len(pictures) <= BUDGET_REQUESTS  # with the page itself and the stream
    files_ = [address for address in fetched if not address.startswith(NO_FILES)]
    assert len(gzip.compress(page.encode())) + sum(map(weight, files_)) <= BUDGET_BYTES


def test_no_page_asks_for_more_than_one_sheet_of_ours(readings: list[tuple[str, Reading]]) -> None:
    for name, reading in readings:
        sheets = [link["href"] for link in reading.named("link") if link.get("rel") == "stylesheet"]
        assert len([sheet for sheet in sheets if not sheet.startswith(NO_FILES)]) == 1, name


def test_every_module_can_be_read_in_one_sitting() -> None:
    for path in files("js"):
        assert len(path.read_text().splitlines()) <= LINES_OF_A_MODULE, path.name


def test_scripts_put_text_in_as_text() -> None:
    for path in files("js"):
        assert not re.search(
            r"innerHTML|outerHTML|insertAdjacent|document\.write|\beval\b|new Function|"
            r"(?<!\.)\b(alert|confirm|prompt)\(",
            path.read_text(),
        ), path.name


def test_scripts_need_nothing_that_plain_http_lacks() -> None:
    """Absent there: see the list of secure-context features. The clipboard is used behind a check."""
    absent = (
        r"randomUUID|serviceWorker|\bcaches\b|wakeLock|navigator\.share|crypto\.subtle|navigator\.locks|Notification"
    )
    for path in files("js"):
        if path.name == "extras.js":
            # It begins only where there is all of it.
            assert path.read_text().endswith("\nif (isSecureContext) extras();\n")
            continue
        text = (
            re.sub(r"//.*", "", path.read_text())
            .replace("if (isSecureContext && self.caches) self.caches.", "")
            .replace("if (navigator.share) await navigator.share(", "")
        )
        assert not re.search(absent, text), path.name
        unguarded = text.replace("if (navigator.clipboard) await navigator.clipboard.writeText", "")
        assert "clipboard" not in unguarded, path.name


def test_hostile_words_add_no_markup() -> None:
    for (name, words), (_, plain) in zip(cases(HOSTILE), cases(PLAIN), strict=True):
        hostile, harmless = Reading(rendered(name, words)), Reading(rendered(name, plain))
        assert [tag for tag, _ in hostile.tags] == [tag for tag, _ in harmless.tags], name
        assert [set(found) for _, found in hostile.tags] == [set(found) for _, found in harmless.tags], name


def test_every_part_that_scripts_draw_is_on_a_page(readings: list[tuple[str, Reading]]) -> None:
    on_pages = {attributes.get("data-part") for _, reading in readings for _, attributes in reading.tags}
    for path in files("js"):
        drawn = set(re.findall(r'\b(?:part|say|show)\("([\w-]+)"', path.read_text()))
        assert drawn <= on_pages, path.name


def test_every_page_tells_its_language_title_scheme_and_headings(readings: list[tuple[str, Reading]]) -> None:
    for name, reading in readings:
        counted = Counter(tag for tag, _ in reading.tags)
        assert (counted["h1"], counted["main"]) == (1, 1), name
        assert next(reading.named("html"))["lang"] == "en", name
        assert reading.texts["title"].strip(), name
        assert {"name": "color-scheme", "content": "dark light"} in list(reading.named("meta")), name
        ids = [attributes["id"] for _, attributes in reading.tags if "id" in attributes]
        assert len(ids) == len(set(ids)), name


def test_everything_that_can_be_used_has_a_name(readings: list[tuple[str, Reading]]) -> None:
    for name, reading in readings:
        assert all(image.get("alt") for image in reading.named("img")), name
        for number, (tag, attributes) in enumerate(reading.tags):
            if tag == "input" and attributes.get("type") != "hidden":
                assert "label" in [before for before, _ in reading.tags[max(0, number - 3) : number]], name
        for form in reading.named("form"):
            # What only looks something up may be kept as an address.
            looks_up = form["action"] in {"/admin/people", "/likes", "/gallery", "/library"} or name in {
                "planning.html",
                "dj_heard.html",
                "dj_track_search.html",
            }
            looks_up = looks_up or form["action"].startswith("/dj/heard/")
            assert form["method"] == "post" or (looks_up and form["method"] == "get"), name
            assert form["action"], name


def test_the_track_is_announced_in_a_region_that_is_there_from_the_start() -> None:
    for words in (stage_words(PLAIN), stage_words(PLAIN, on=False)):
        region = r'<div role="status" aria-atomic="true">\s*<p class="title" dir="auto" data-part="title"'
        assert re.search(region, rendered("stage.html", words))
