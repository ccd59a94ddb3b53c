"""Which language a page is in, and what it says there."""

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from appliance.web import words
from appliance.web.words import LANGUAGES, Words, chosen


@pytest.mark.parametrize(
    ("wanted", "accepted", "language"),
    [
        (None, "", "en"),
        (None, "de-AT,de;q=0.9,en;q=0.5", "de"),
        (None, "en;q=0.5,hu;q=0.9", "hu"),
        (None, "ja,pl;q=0.1", "pl"),
        (None, "ja", "en"),
        (None, "fr;q=0,es", "es"),
        (None, "zh-Hant-TW, fr-CA", "fr"),
        ("pl", "de", "pl"),
        ("xx", "de", "de"),
        (None, "de;q=oh, es", "es"),
        (None, "\0;;;,,=" * 9, "en"),
    ],
)
def test_the_language_is_the_one_chosen_or_else_the_browsers(wanted: str | None, accepted: str, language: str) -> None:
    assert chosen(wanted=wanted, accepted=accepted) == language


def catalogues(folder: Path, monkeypatch: pytest.MonkeyPatch, **content: Mapping[str, object]) -> Words:
    for language in LANGUAGES:
        (folder / language).mkdir()
        text = json.dumps(content.get(language, {}))
        (folder / language / "hall.json").write_text(text, encoding="utf-8")
    monkeypatch.setattr(words, "_LOCALES", folder)
    return Words()


def test_a_number_chooses_the_plural_of_its_language(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    polish = {"phones": {"one": "{n} telefon", "few": "{n} telefony", "many": "{n} telefonów", "other": "{n} telefonu"}}
    english = {"phones": {"one": "{n} phone", "other": "{n} phones"}}
    found = catalogues(tmp_path, monkeypatch, en=english, pl=polish)
    assert [found.text("pl", "hall.phones", n=n) for n in (1, 2, 5)] == ["1 telefon", "2 telefony", "5 telefonów"]
    assert [found.text("en", "hall.phones", n=n) for n in (0, 1)] == ["0 phones", "1 phone"]


def test_what_a_language_lacks_is_said_in_english(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = catalogues(tmp_path, monkeypatch, en={"hello": "Hello {name}"})
    assert found.text("de", "hall.hello", name="<b>") == "Hello <b>"
    with pytest.raises(KeyError):
        found.text("de", "hall.goodbye")


def test_every_language_has_the_same_words_with_the_same_placeholders() -> None:
    found = Words()._catalogues
    english = {key: words.placeholders(entry) for key, entry in found["en"].items()}
    for language in LANGUAGES:
        assert {key: words.placeholders(entry) for key, entry in found[language].items()} == english


@pytest.mark.parametrize(
    ("language", "minutes", "said"),
    [
        *(("en", 0, "just now"), ("en", 59, "59 min. ago"), ("en", 60, "1 hr. ago"), ("de", 1439, "vor 23 Std.")),
        *(("pl", 1440, "1 dzień temu"), ("pl", 5 * 1440, "5 dni temu"), ("hu", 400 * 1440, "400 napja")),
    ],
)
def test_how_long_ago_is_said_as_each_language_does(language: str, minutes: int, said: str) -> None:
    assert Words().since(language, minutes * 60_000 + 59_999) == said
