"""Statements with names: files in which each `-- name: ...` begins one. Knows how they are read, and none of them."""

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

_NAMED = re.compile(r"^-- name: (\w+)\n(?:--.*\n)*((?:(?!^-- name:).*\n?)*)", re.MULTILINE)


@cache
def statements(*paths: Path) -> Mapping[str, str]:
    """Every statement of some files by its name. Read once in a process. Two of one name are a fault: ValueError."""
    found: dict[str, str] = {}
    for path in paths:
        for name, statement in _NAMED.findall(path.read_text(encoding="utf-8")):
            if name in found:
                raise ValueError(f"{path}: there are two statements {name}")
            found[name] = statement.strip().rstrip(";")
    return found
