"""`pack FILE`: a backup of this box as one file to carry away, as the care page downloads it."""

import argparse
import os
import shutil
import tempfile
from pathlib import Path

from appliance import __version__, config
from appliance.care import archive
from appliance.clock import SystemClock
from appliance.config import FILE_NAME, Settings
from appliance.domain.space import SCARCE_BYTES
from appliance.errors import Unavailable
from appliance.files import space_at
from appliance.store.backup import copy_database
from appliance.store.figures import figures
from appliance.wire import utc


def _check_room(settings: Settings, folder: Path) -> None:
    """A copy and the zip of it: what is left then is still enough for the music."""
    wanted = 2 * settings.database.stat().st_size + SCARCE_BYTES if settings.database.is_file() else 0
    if space_at(folder).free_bytes < wanted:
        raise Unavailable(
            "backup_no_room",
            f"The backup needs {wanted // 1_000_000} MB on this disk, and there is less.",
            advice="Free some space.",
        )


def _fill(folder: Path, settings: Settings) -> None:
    copy_database(settings.database, folder / archive.DATABASE)
    own = settings.data / FILE_NAME
    if own.is_file():
        shutil.copyfile(own, folder / archive.SETTINGS)
    found, now = figures(folder / archive.DATABASE), SystemClock().now()
    facts = {
        "program": __version__,
        "schema": found.schema,
        "box": found.box_id,
        "name": settings.box.name,
        "epoch": found.epoch,
        "last_seq": found.last_seq,
        "created": utc(now.wall_ms),
        "created_ms": now.wall_ms,
        "trust": now.trust.value,
    }
    archive.write_manifest(folder, facts)


def main(arguments: list[str]) -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="./box pack", description="A backup of this box as one file to carry away.")
    parser.add_argument("file", type=Path, help="the zip to write; it holds the Wi-Fi password and must be kept safe")
    parser.add_argument("--data", type=Path, help="the box's folder (default ./data)")
    given = parser.parse_args(arguments)
    os.nice(10)
    settings = config.load(data=given.data)
    try:
        _check_room(settings, given.file.absolute().parent)
        with tempfile.TemporaryDirectory(dir=given.file.absolute().parent, prefix=".pack.") as name:
            _fill(Path(name), settings)
            draft = Path(name) / "packed.zip"
            with os.fdopen(os.open(draft, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600), "w+b") as file:
                archive.pack(Path(name), file)
            draft.replace(given.file)
    except OSError as error:
        raise Unavailable("backup_failed", f"The backup {given.file} could not be made: {error}.") from error
    print(f"{given.file} is ready. It holds the Wi-Fi password and the DJs' logins: keep it like a key.")
    return 0
