"""The catalogues against what uses them: nothing missing, nothing left over, nothing left in English."""

import json
import re
from string import Formatter

import pytest

from appliance.domain import status
from appliance.web.assets import WEBUI, asset
from appliance.web.words import LANGUAGES, NAMES, Words, plural_rule

#: families whose every key is used by the pages, or by the code named here
FAMILIES = (
    *("status", "welcome", "poster", "evening", "guest", "sets", "notices", "voices", "schedule", "wall", "likes"),
    *("recap", "djs", "stage", "next"),
)
#: keys that code makes from a value
MADE = re.compile(
    r"status\.(level|light|mode|clock|error)_\w+|notices\.(info|important|urgent)|likes\.(no_date|share_head)"
    r"|next\.why_\w+"
    r"|voices\.(slower|perfect|faster|thank_you|fire|encore)|sets\.error_\w+"
    r"|poster\.lacking|recap\.tempo_\w+|djs\.(not_yet|hours\w*|energy|danceability|brightness|acousticness|groove)"
)
#: the same word in English and in the other language, and meant to be
SAME: dict[str, set[str]] = {
    "de": {
        "status.title",  # Status
        "status.light_djs",  # DJs
        "status.light_cloud",  # Cloud
        "stage.live",  # Live
    },
    "fr": {"status.light_cloud"},
    "es": set(),
    "pl": set(),
    "hu": set(),
}
#: versions and names stand for themselves
WORD = re.compile(r"[^\W\d_]{3,}")
ROOT = WEBUI.parent


def used_by_pages() -> set[str]:
    found: set[str] = set()
    # Where a page puts a key together from parts, its first part is none.
    for page in [*(WEBUI / "pages").iterdir(), WEBUI / "cloud" / "guest.html"]:
        # Not the beginnings that a page completes with a value: `t("care.keep_" ~ name)`.
        found |= set(re.findall(r"""\bt\(\s*["']([\w.]+)["'](?!\s*[~+])""", page.read_text(encoding="utf-8")))
    return found


def used_by_scripts() -> set[str]:
    return set(re.findall(r'"([a-z]+\.[a-z_]+)"', (WEBUI / "js" / "texts.js").read_text(encoding="utf-8")))


def used_by_lights() -> set[str]:
    source = (ROOT / "appliance" / "domain" / "status.py").read_text(encoding="utf-8")
    return {f"status.{key}" for key in re.findall(r'Say\(\s*"(\w+)"', source)}


def keys() -> set[str]:
    return {key for key in Words()._catalogues["en"] if key.split(".")[0] in FAMILIES}


def test_every_word_that_a_page_or_a_light_wants_is_in_the_catalogue() -> None:
    words = Words()
    assert used_by_pages()
    assert len(used_by_lights()) > 40
    assert used_by_scripts()
    wanted = used_by_pages() | used_by_scripts() | used_by_lights()
    assert [key for key in sorted(wanted) if not words.has(key)] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_script_in_a_language_has_its_words_and_no_key(language: str) -> None:
    script = asset("js", f"stage+{language}.js")
    assert script is not None
    body = script.body.decode()
    assert json.dumps(Words().text(language, "voices.nobody"), ensure_ascii=False) in body
    # Scripts travel without needless spaces; those within texts stay.
    forms = json.dumps(Words().forms(language, "schedule.songs"), ensure_ascii=False, separators=(",", ":"))
    assert forms in body
    assert [key for key in used_by_scripts() if f'"{key}"' in body] == []


def test_no_word_is_left_over() -> None:
    left = keys() - used_by_pages() - used_by_scripts() - used_by_lights()
    assert sorted(key for key in left if not MADE.fullmatch(key)) == []


def test_every_level_has_its_word_and_every_language_its_name() -> None:
    assert all(Words().has(f"status.level_{level.value}") for level in status.Level)
    assert tuple(NAMES) == LANGUAGES


def texts(words: Words, language: str, key: str) -> list[str]:
    entry = words._catalogues[language][key]
    return [entry] if isinstance(entry, str) else list(entry.values())


def spoken_words(text: str) -> list[str]:
    """The words of a text without what is filled in."""
    return WORD.findall(" ".join(literal for literal, _, _, _ in Formatter().parse(text)))


@pytest.mark.parametrize("language", [language for language in LANGUAGES if language != "en"])
def test_no_sentence_is_left_in_english(language: str) -> None:
    words = Words()
    same = {
        key
        for key in keys()
        if texts(words, language, key)[0] == texts(words, "en", key)[0] and spoken_words(texts(words, "en", key)[0])
    }
    assert same == SAME[language]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_plural_of_a_language_is_there(language: str) -> None:
    words = Words()
    wanted = set(plural_rule(language).tags) | {"other"}
    for key in keys():
        entry = words._catalogues[language][key]
        if not isinstance(entry, str):
            assert set(entry) == wanted, key


@pytest.mark.parametrize("language", LANGUAGES)
def test_bold_words_are_bold_to_the_end(language: str) -> None:
    words = Words()
    for key in keys():
        for text in texts(words, language, key):
            assert text.count("*") % 2 == 0, key
            assert "<" not in text, key
            assert text == text.strip(), key
