"""`backup PATH`: a whole copy of the database, while the box runs or not."""

import argparse
from pathlib import Path

from appliance import config
from appliance.store.backup import copy_database


def main(arguments: list[str]) -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="./box backup", description="Copy the database, whole, while the box runs.")
    parser.add_argument("path", type=Path, help="the file to write; an older copy there is replaced")
    parser.add_argument("--data", type=Path, help="the box's folder (default ./data)")
    given = parser.parse_args(arguments)
    settings = config.load(data=given.data)
    copy_database(settings.database, given.path)
    print(f"{settings.database} was copied to {given.path}.")
    return 0
