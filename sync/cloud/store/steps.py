"""The schema's steps as files: `schema/NNNN_name.sql`, with a twin `NNNN_name.sqlite.sql` where SQLite differs."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from appliance.errors import Unavailable

FOLDER = Path(__file__).parent / "schema"
_STEP = re.compile(r"(?P<number>\d{4})_(?P<name>[a-z_]+)\.sql")


@dataclass(frozen=True, slots=True)
class Step:
    """One change of the schema."""

    number: int
    name: str
    postgres: str
    sqlite: str


def steps(folder: Path = FOLDER) -> list[Step]:
    """All steps in order. Two of one number are a fault of the program: ValueError."""
    found = []
    for path in sorted(folder.glob("*.sql")):
        if match := _STEP.fullmatch(path.name):
            own = path.read_text(encoding="utf-8")
            twin = path.with_suffix(".sqlite.sql")
            sqlite = twin.read_text(encoding="utf-8") if twin.exists() else own
            found.append(Step(int(match["number"]), match["name"], own, sqlite))
    if len({step.number for step in found}) != len(found):
        raise ValueError("two steps of the schema have the same number")
    return found


def pending(every: Sequence[Step], version: int) -> list[Step]:
    """The steps that a database at `version` has not seen.

    Raises: Unavailable with the code `store_too_new` when a newer program wrote it.
    """
    newest = max((step.number for step in every), default=0)
    if version > newest:
        raise Unavailable(
            "store_too_new",
            f"The database was written by a newer version of the cloud (schema {version}; this one knows {newest}).",
            advice="Start that version, or give this one a database of its own.",
        )
    return [step for step in every if step.number > version]
