"""`evening FILE`: tonight as a SQLite file to take away, or its set list as CSV, while the box runs or not."""

import argparse
import csv
import os
import secrets
from pathlib import Path

from appliance import config
from appliance.domain.sheets import length, safe_cell
from appliance.errors import Unavailable
from appliance.store.backup import check_room
from appliance.store.evening import set_list, write_evening

#: what the set list's file ends with
TABLE = ".csv"
_HEAD = ("number", "start", "duration", "artist", "title", "dj", "stage")


def write_set_list(evening: Path, target: Path) -> None:
    """The set list as CSV, with a byte order mark, so that spreadsheets read every letter. Raises: OSError."""
    handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8-sig", newline="") as file, set_list(evening) as lines:
        writer = csv.writer(file, lineterminator="\r\n")
        writer.writerow(_HEAD)
        for line in lines:
            words = (safe_cell(word) for word in (line.artist, line.title, line.dj, line.stage))
            writer.writerow([line.number, line.began, length(line.seconds), *words])


def main(arguments: list[str]) -> int:
    """The command. Its last word is the name that fits the file."""
    parser = argparse.ArgumentParser(prog="./box evening", description="Tonight as a file: SQLite, or the set list.")
    parser.add_argument("file", type=Path, help="the file to write: anything.sqlite, or anything.csv for the set list")
    parser.add_argument("--data", type=Path, help="the box's folder (default ./data)")
    given = parser.parse_args(arguments)
    # Whoever dances comes first.
    os.nice(10)
    settings = config.load(data=given.data)
    wanted: Path = given.file.absolute()
    draft = wanted.with_name(f".{wanted.name}.{secrets.token_hex(4)}")
    table = draft.with_name(f"{draft.name}{TABLE}")
    try:
        check_room(settings.database, wanted.parent)
        name = write_evening(settings.database, draft)
        if wanted.suffix == TABLE:
            write_set_list(draft, table)
            table.replace(wanted)
        else:
            draft.replace(wanted)
    except OSError as error:
        raise Unavailable("evening_failed", f"{wanted} could not be written: {error}.") from error
    finally:
        draft.unlink(missing_ok=True)
        table.unlink(missing_ok=True)
    print(f"{wanted} is ready. Nothing of any guest is in it but counts.\n{name}{wanted.suffix}")
    return 0
