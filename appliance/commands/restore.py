"""`restore FILE-or-FOLDER`: takes up a backup at the box's next start; what is there now is set aside."""

import argparse
from pathlib import Path

from appliance import config
from appliance.care import restore
from appliance.care.restore import Become
from appliance.config import Settings


def main(arguments: list[str]) -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="./box restore", description="Take up a backup at the box's next start.")
    parser.add_argument("source", type=Path, help="the zip from the care page, or a backup's folder")
    who = parser.add_mutually_exclusive_group()
    who.add_argument(
        "--as-this-box", action="store_true", help="this box stays itself, with the backup's evenings (the default)"
    )
    who.add_argument(
        "--as-that-box",
        action="store_true",
        help="this box becomes the one that made the backup, which is gone for good",
    )
    parser.add_argument("--data", type=Path, help="the box's folder (default ./data)")
    given = parser.parse_args(arguments)
    settings = Settings(data=config.data_folder(given.data))
    manifest = restore.bring(settings, given.source)
    restore.stage(settings, become=Become.THAT if given.as_that_box else Become.THIS)
    print(f"The backup of {manifest.name or manifest.box} of {manifest.created or 'an unknown day'} is whole.")
    print("It is taken up at the box's next start: start or restart it now. What is there now is kept beside it.")
    return 0
