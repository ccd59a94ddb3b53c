"""What pages say, in several languages: catalogues in `webui/locales/<language>/*.json`, one file per family of pages.

A key is `<file>.<name>`. A value is a text with `{placeholders}`, or one text for each CLDR plural category, chosen
by the parameter `n`. What a language lacks is said in English.
"""

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from functools import cache, lru_cache
from math import inf
from pathlib import Path
from string import Formatter
from typing import Literal

from babel import Locale
from babel.core import negotiate_locale
from babel.dates import format_date, format_datetime, format_skeleton, format_timedelta
from babel.numbers import format_decimal
from babel.plural import PluralRule

_LOCALES = Path(__file__).parents[2] / "webui" / "locales"
#: the language a phone gets that asks for none of the others comes first
LANGUAGES = ("en", "de", "fr", "es", "pl", "hu")
#: each in its own words, for the switch
NAMES = {"en": "English", "de": "Deutsch", "fr": "Français", "es": "Español", "pl": "Polski", "hu": "Magyar"}

#: browsers send far less
_ACCEPTED_MOST = 400

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

#: of what one says how long ago it was: the unit, its minutes, and how many are too many for it
_UNITS: tuple[tuple[Literal["minute", "hour", "day"], int, float], ...] = (
    ("minute", 1, 60),
    ("hour", 60, 1440),
    ("day", 1440, inf),
)
#: so many of a unit before Babel would take the next one
_NEVER = 10**6

_Entry = str | Mapping[str, str]


def _catalogue(folder: Path) -> dict[str, _Entry]:
    found: dict[str, _Entry] = {}
    for path in sorted(folder.glob("*.json")):
        content: dict[str, _Entry] = json.loads(path.read_text(encoding="utf-8"))
        found |= {f"{path.stem}.{name}": entry for name, entry in content.items()}
    return found


def placeholders(entry: _Entry) -> frozenset[str]:
    """What a value wants to be given; a plural wants `n` whether it says it or not."""
    texts = [entry] if isinstance(entry, str) else list(entry.values())
    named = {name for text in texts for _, name, _, _ in Formatter().parse(text) if name}
    return frozenset(named if isinstance(entry, str) else named | {"n"})


@cache
def plural_rule(language: str) -> PluralRule:
    """How a language counts. What is known of one takes a megabyte, so it is looked up once somebody reads it."""
    return Locale(language).plural_form


class Words:
    """All catalogues, read once."""

    def __init__(self) -> None:
        self._catalogues = {language: _catalogue(_LOCALES / language) for language in LANGUAGES}

    def text(self, language: str, key: str, **values: object) -> str:
        """The words for `key`. Raises: KeyError when not even English has them, or a placeholder has no value."""
        entry = self._catalogues[language].get(key)
        if entry is None:
            language = LANGUAGES[0]
            entry = self._catalogues[language][key]
        if not isinstance(entry, str):
            count = values["n"]
            assert isinstance(count, int)
            entry = entry.get(plural_rule(language)(count), entry["other"])
        return entry.format_map(values)

    def has(self, key: str) -> bool:
        """Whether there are words for `key`."""
        return key in self._catalogues[LANGUAGES[0]]

    def entry(self, language: str, key: str) -> str | Mapping[str, str]:
        """What a catalogue says for `key` as it is written; English where it lacks that. Raises: KeyError."""
        return self._catalogues[language].get(key) or self._catalogues[LANGUAGES[0]][key]

    def forms(self, language: str, key: str) -> Mapping[str, str]:
        """A text by its CLDR plural categories, with its placeholders, for a script that counts by itself."""
        entry = self._catalogues[language][key]
        assert not isinstance(entry, str)
        return entry

    def night(self, language: str, night: date) -> str:
        """A date with its day of the week, short, as the language writes it."""
        return format_skeleton("MMMEd", night, locale=language)

    def since(self, language: str, age_ms: int) -> str:
        """How long ago something was, short: the words of `ago` in `webui/js/now.js`, which are CLDR's too."""
        minutes = age_ms // 60_000
        if minutes < 1:
            return self.text(language, "stage.just_now")
        unit, length = next(one for one in _UNITS if minutes < one[2])[:2]
        ago = timedelta(minutes=-(minutes - minutes % length))
        return format_timedelta(
            ago, granularity=unit, threshold=_NEVER, add_direction=True, format="short", locale=language
        )

    def day(self, language: str, wall_ms: int) -> str:
        """A date in UTC, as the language writes it."""
        return format_date(_EPOCH + timedelta(milliseconds=wall_ms), format="long", locale=language)

    def moment(self, language: str, wall_ms: int) -> str:
        """A date and time in UTC, as the language writes them."""
        return format_datetime(_EPOCH + timedelta(milliseconds=wall_ms), format="medium", locale=language)

    def number(self, language: str, value: float, *, digits: int = 0) -> str:
        """A number with so many decimals, grouped and pointed as the language writes it."""
        pattern = f"#,##0.{'0' * digits}" if digits else "#,##0"
        return format_decimal(value, format=pattern, locale=language)


def chosen(*, wanted: str | None, accepted: str) -> str:
    """The language for somebody who chose `wanted`, or whose browser sends `accepted` (Accept-Language, RFC 9110)."""
    return wanted if wanted in LANGUAGES else _accepted(accepted[:_ACCEPTED_MOST])


@lru_cache(maxsize=256)
def _accepted(accepted: str) -> str:
    """The language for a browser: a hall's phones send a few dozen such headers, again and again."""
    weighted = []
    for position, item in enumerate(accepted.split(",")[:20]):
        tag, _, weight = item.strip().partition(";q=")
        try:
            weighted.append((-float(weight or 1), position, tag))
        except ValueError:
            continue
    tags = [tag for weight, _, tag in sorted(weighted) if weight < 0]
    found = negotiate_locale(tags, LANGUAGES, sep="-")
    return found or next((tag[:2] for tag in tags if tag[:2] in LANGUAGES), LANGUAGES[0])
