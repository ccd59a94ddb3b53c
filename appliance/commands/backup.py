"""`backup [PATH]`: a whole copy of the database at PATH; without PATH the hourly backup, also on the second disk."""

import argparse
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from appliance import config
from appliance.clock import SystemClock
from appliance.config import Settings
from appliance.errors import NotKnown, Unavailable
from appliance.notices import FILE_NAME as NOTICES_FILE
from appliance.notices import Notices
from appliance.store.backup import check, check_room, copy_database, make_backup, mirror

#: the notices of this command
FAILED, SECOND_FAILED = "backup_failed", "backup_second_failed"


def second_folder(settings: Settings, *, box: str) -> Path:
    """Where the second copy is: each box has a folder of its own on the stick."""
    return Path(settings.backup.second) / f"pika-box-{box}"


def is_other_disk(folder: Path, *, than: Path) -> bool:
    """Whether there is a disk of its own at `folder`; a stick's empty mount point is none."""
    try:
        return folder.is_dir() and folder.stat().st_dev != than.stat().st_dev
    except OSError:
        return False


@contextmanager
def _alone(data: Path) -> Iterator[None]:
    """One backup at a time. The folder itself is the lock: a full disk has no room for another file."""
    handle = os.open(data, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def back_up(settings: Settings) -> str:
    """The hourly backup; what was done, in words.

    Raises: NotKnown, Unavailable; staff are told of the latter too.
    """
    clock = SystemClock()
    notices = Notices(settings.data / NOTICES_FILE, clock=clock)
    folder = settings.backup_folder
    try:
        check_room(settings.database, settings.data)
        manifest = make_backup(
            database=settings.database,
            settings_file=settings.data / config.FILE_NAME,
            folder=folder,
            name=settings.box.name,
            links_key=settings.links_key,
            at=clock.now(),
        )
    except Unavailable as error:
        notices.add(FAILED, f"{error} Tonight's music goes on; make room on the disk or change the card.")
        raise
    notices.dismiss(FAILED)
    words = f"Everything was copied to {folder}."
    if not settings.backup.second:
        return words
    place = Path(settings.backup.second)
    if not is_other_disk(place, than=settings.data):
        return f"{words} There is no other disk at {place}, so there is no second copy of this hour."
    target = second_folder(settings, box=manifest.box)
    try:
        mirror(check(folder), target)
    except Unavailable as error:
        notices.add(SECOND_FAILED, f"{error} The copy in the box is fine; look at the stick at {place}.")
        raise
    notices.dismiss(SECOND_FAILED)
    return f"{words} And to {target}."


def main(arguments: list[str]) -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="./box backup", description="Copy the database, whole, while the box runs.")
    parser.add_argument(
        "path", type=Path, nargs="?", help="a file to write instead of the hourly backup; an older copy is replaced"
    )
    parser.add_argument("--data", type=Path, help="the box's folder (default ./data)")
    given = parser.parse_args(arguments)
    settings = config.load(data=given.data)
    if given.path is not None:
        copy_database(settings.database, given.path)
        print(f"{settings.database} was copied to {given.path}.")
        return 0
    if not settings.data.is_dir():
        raise NotKnown("store_missing", f"There is no folder {settings.data}.", advice="Name the box's with --data.")
    with _alone(settings.data):
        print(back_up(settings))
    return 0
