"""`pack FILE`: a backup of this box as one file to carry away, as the care page downloads it."""

import argparse
import os
import tempfile
from pathlib import Path

from appliance import config
from appliance.care import archive
from appliance.clock import SystemClock
from appliance.config import FILE_NAME
from appliance.errors import Unavailable
from appliance.store.backup import check_room, make_backup


def main(arguments: list[str]) -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="./box pack", description="A backup of this box as one file to carry away.")
    parser.add_argument("file", type=Path, help="the zip to write; it holds the Wi-Fi password and must be kept safe")
    parser.add_argument("--data", type=Path, help="the box's folder (default ./data)")
    given = parser.parse_args(arguments)
    os.nice(10)
    settings = config.load(data=given.data)
    try:
        # A copy and the zip of it.
        check_room(settings.database, given.file.absolute().parent, copies=2)
        with tempfile.TemporaryDirectory(dir=given.file.absolute().parent, prefix=".pack.") as name:
            folder = Path(name) / "backup"
            make_backup(
                database=settings.database,
                settings_file=settings.data / FILE_NAME,
                folder=folder,
                name=settings.box.name,
                links_key=settings.links_key,
                at=SystemClock().now(),
            )
            draft = Path(name) / "packed.zip"
            with os.fdopen(os.open(draft, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600), "w+b") as file:
                archive.pack(folder, file)
            draft.replace(given.file)
    except OSError as error:
        raise Unavailable("backup_failed", f"The backup {given.file} could not be made: {error}.") from error
    print(f"{given.file} is ready. It holds the Wi-Fi password, the DJs' logins and the key that their laptops trust.")
    print("Keep it like a key.")
    return 0
