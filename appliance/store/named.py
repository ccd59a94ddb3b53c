"""Statements with names: files in which each `-- name: ...` begins one. Knows how they are read, and none of them."""

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

_NAMED = re.compile(r"^-- name: (\w+)\n(?:--.*\n)*((?:(?!^-- name:).*\n?)*)", re.MULTILINE)


@cache
def statements(path: Path) -> Mapping[str, str]:
    """Every statement of a file by its name. Read once in a process."""
    text = path.read_text(encoding="utf-8")
    return {name: statement.strip().rstrip(";") for name, statement in _NAMED.findall(text)}
