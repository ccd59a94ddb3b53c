"""Every statement of the cloud by its name, from `queries/*.sql`.

`-- name: x` begins one and the line after it says what it is for; `-- name: x @sqlite` is its twin where SQLite needs
other words, or several statements to `run` one after the other. Parameters are `:name`; PostgreSQL gets them as `$1`,
`$2` and so on.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_FOLDER = Path(__file__).parent / "queries"
_NAMED = re.compile(r"^-- name: (\w+)(?: @(sqlite))?\n((?:(?!^-- name:).*\n?)*)", re.MULTILINE)
# Texts, casts and remarks are none of our business; the last is.
_TOKEN = re.compile(r"'(?:[^']|'')*'|::|--[^\n]*|:(?P<name>[a-z_]\w*)")
_REMARK = re.compile(r"^\s*--.*\n", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement for one engine."""

    text: str
    #: the parameters; for PostgreSQL in the order of their numbers
    names: tuple[str, ...]

    def check(self, given: Mapping[str, object], query: str) -> None:
        """Raises: TypeError unless `given` has exactly the parameters."""
        if given.keys() != set(self.names):
            raise TypeError(f"{query} takes {sorted(self.names)} and was given {sorted(given)}")


def _parameters(text: str) -> Iterator[str]:
    yield from (match["name"] for match in _TOKEN.finditer(text) if match["name"])


def for_postgres(text: str) -> Statement:
    """A statement with `:name` as PostgreSQL takes it."""
    names = tuple(dict.fromkeys(_parameters(text)))
    numbers = {name: f"${place}" for place, name in enumerate(names, start=1)}
    return Statement(_TOKEN.sub(lambda match: numbers[match["name"]] if match["name"] else match[0], text), names)


def for_sqlite(text: str) -> Statement:
    """A statement as SQLite takes it."""
    return Statement(text, tuple(dict.fromkeys(_parameters(text))))


def _written(folder: Path) -> dict[tuple[str, str], str]:
    found: dict[tuple[str, str], str] = {}
    for path in sorted(folder.glob("*.sql")):
        for name, engine, text in _NAMED.findall(path.read_text(encoding="utf-8")):
            if (name, engine) in found:
                raise ValueError(f"{path.name}: there are two statements {name}")
            found[name, engine] = _REMARK.sub("", text).strip().rstrip(";")
    return found


@cache
def statements(engine: str, folder: Path = _FOLDER) -> Mapping[str, Statement]:
    """Every statement for `engine`, which is `postgres` or `sqlite`. Two of one name are a fault: ValueError."""
    written = _written(folder)
    if engine == "postgres":
        return {name: for_postgres(text) for (name, twin), text in written.items() if not twin}
    return {name: for_sqlite(written.get((name, "sqlite"), text)) for (name, _), text in written.items()}
