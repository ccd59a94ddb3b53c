"""Makes sure, before anything opens the database, that there is one to open.

A damaged database is set aside with its log, as it is, in `damaged/` beside it; the newest good copy takes its place,
else a new one begins. A copy goes on under a new journal epoch, so that no sequence ever stands for two rows. Says in
words what is lost. Must not decide anything about settings, and never repairs a file in place.
"""

import contextlib
import json
import logging
import os
import shutil
import sqlite3
import stat
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from appliance.domain.announcements import Ending
from appliance.domain.events import BODY_VERSION, JournalRestored
from appliance.domain.models import Stamp
from appliance.errors import Unavailable
from appliance.files import make_durable, move_aside, replace_file, sync_folder
from appliance.store.backup import DATABASE, good_backup
from appliance.store.inspect import Look, identity_of, look_at
from appliance.store.migrate import connect, migrate, new_token
from appliance.store.stamps import stamp_parameters
from appliance.store.statements import queries

log = logging.getLogger(__name__)

DAMAGED = "damaged"
#: sets of damaged files that are kept for repair, the newest; and their bytes together
_SETS_MOST = 3
_BYTES_MOST = 1_000_000_000
#: in this order: without its database a log does no harm, but a database without its log lacks its latest
_SUFFIXES = ("", "-wal", "-shm", "-journal")


@dataclass(frozen=True, slots=True)
class Mended:
    """What was done about a damaged database."""

    #: stable name for the notice
    code: str
    #: what happened, what it means, what to do
    words: str


@dataclass(frozen=True, slots=True)
class _Copy:
    path: Path
    #: as people call it
    name: str
    look: Look


def mend(database: Path, *, backups: Sequence[Path], at: Stamp, has_lived: bool) -> Mended | None:
    """Looks at the database, and puts a good one in its place if it is damaged; None when all is well.

    `backups` are folders as `store.backup` makes them; `has_lived` says whether this box ran before, so that a
    database which is not there is a loss. Call it before anything opens the database.

    Raises: Unavailable with the code `store_unmendable` when the folder takes no change at all.
    """
    _take_over(database)
    look = look_at(database, with_log=True) if os.path.lexists(database) else Look("it is not there")
    if not look.fault:
        return None
    is_new = not any(_size(_beside(database, suffix)) for suffix in _SUFFIXES)
    if is_new and not has_lived and not any(folder.exists() for folder in backups):
        # An empty file is what a start leaves that was cut off in its first moment.
        return None
    try:
        aside = _set_aside(database)
        _bound(database.with_name(DAMAGED), newest=aside)
        identity = identity_of(aside / database.name) if aside else {}
        found = [*_copies(database, backups, box=identity.get("box_id", "")), *_without_log(aside)]
        for copy in sorted(found, key=lambda one: one.look.last_seq, reverse=True):
            if _went_in_place(copy, database, at=at):
                return Mended("database_restored", _restored_words(look.fault, copy=copy, aside=aside))
        _begin(database, identity=identity)
    except (OSError, sqlite3.Error, Unavailable) as error:
        raise Unavailable(
            "store_unmendable",
            f"The database {database} can't be used ({look.fault}), and no other could be put in its place ({error}).",
            advice="Check that the folder is writable and the disk has room, or choose another with --data.",
        ) from error
    return Mended("database_lost", _lost_words(look.fault, aside=aside))


def _went_in_place(copy: _Copy, database: Path, *, at: Stamp) -> bool:
    """Whether a copy could be made the database. On a full disk the copy itself becomes it, if it is the box's own."""
    try:
        put_in_place(copy.path, database, at=at)
    except (OSError, sqlite3.Error) as error:
        log.warning("%s could not be put in place: %s", copy.path, error)
    else:
        return True
    if database.parent not in copy.path.parents or copy.path.parent.parent.name == DAMAGED:
        return False
    try:
        begin_epoch(copy.path, at=at)
        copy.path.rename(database)
        sync_folder(database.parent)
    except (OSError, sqlite3.Error, Unavailable) as error:
        log.warning("%s could not be moved into place: %s", copy.path, error)
        return False
    return True


def _take_over(database: Path) -> None:
    """Makes files that a run as another user left here this user's own, as far as that user lets us."""
    for suffix in ("-shm", "-wal", ""):
        path = _beside(database, suffix)
        try:
            found = path.lstat()
            if not stat.S_ISREG(found.st_mode):
                # An index of the log is made anew at every opening; the others are looked at as what they are.
                if suffix == "-shm":
                    move_aside(path)
            elif found.st_uid == os.geteuid():
                path.chmod(found.st_mode | 0o600)
            elif not os.access(path, os.W_OK):
                replace_file(path, path.read_bytes())
        except FileNotFoundError:
            continue
        except OSError as error:
            log.warning("%s belongs to somebody else: %s", path, error)


def begin_epoch(database: Path, *, at: Stamp) -> None:
    """Makes a copy fit to go on from: a new journal epoch, and nothing is on or said. The box's identity stays.

    Raises: sqlite3.Error.
    """
    known = queries()
    with closing(connect(database)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        row = connection.execute(known["meta"], {"name": "epoch"}).fetchone()
        last_seq = int(connection.execute(known["journal_span"]).fetchone()[0])
        event = JournalRestored(previous=row[0] if row else "", epoch=new_token(8), last_seq=last_seq)
        connection.execute(known["set_meta"], {"name": "epoch", "value": event.epoch})
        connection.execute(known["nothing_is_on"])
        if any(row[0] == "announcements" for row in connection.execute(known["table_names"])):
            connection.execute(known["nothing_is_said"], {"ending": Ending.LOST.value})
        body = json.dumps(event.body(), separators=(",", ":"))
        entry = {"kind": event.kind, "v": BODY_VERSION, "body": body} | stamp_parameters(at)
        connection.execute(known["append_journal"], entry)
        connection.execute("COMMIT")
        connection.execute("PRAGMA journal_mode = DELETE")


def put_in_place(copy: Path, database: Path, *, at: Stamp) -> None:
    """Makes a closed copy the box's database, under a new epoch. What stood there must have been set aside.

    A log that was left there goes first: it belongs to another database, and SQLite would not know.

    Raises: OSError, sqlite3.Error; then nothing is in place.
    """
    draft = database.with_name(f".{database.name}.restoring")
    _forget(draft)
    try:
        shutil.copyfile(copy, draft)
        draft.chmod(0o600)
        begin_epoch(draft, at=at)
        make_durable(draft)
        for suffix in _SUFFIXES[1:]:
            _beside(database, suffix).unlink(missing_ok=True)
        draft.replace(database)
        sync_folder(database.parent)
    except Unavailable as error:
        raise sqlite3.DatabaseError(error.detail) from error
    finally:
        _forget(draft)


def _beside(database: Path, suffix: str) -> Path:
    return database.with_name(database.name + suffix)


def _forget(draft: Path) -> None:
    for suffix in _SUFFIXES:
        _beside(draft, suffix).unlink(missing_ok=True)


def _size(path: Path) -> int:
    """Bytes that a loss could be about: of anything but a file, some."""
    try:
        found = path.lstat()
    except OSError:
        return 0
    return found.st_size if stat.S_ISREG(found.st_mode) else 1


def _set_aside(database: Path) -> Path | None:
    """Moves the database and what belongs to it into a folder of their own; None when there is nothing."""
    there = [path for suffix in _SUFFIXES if os.path.lexists(path := _beside(database, suffix))]
    if not there:
        return None
    shelf = database.with_name(DAMAGED)
    if os.path.lexists(shelf) and (shelf.is_symlink() or not shelf.is_dir()):
        move_aside(shelf)
    shelf.mkdir(exist_ok=True)
    number = max((int(one.name) for one in _sets(shelf)), default=0) + 1
    aside = shelf / f"{number:04d}"
    aside.mkdir()
    for path in there:
        path.rename(aside / path.name)
    for folder in (aside, shelf, database.parent):
        sync_folder(folder)
    return aside


def _sets(shelf: Path) -> list[Path]:
    """What was set aside, the oldest first."""
    return sorted(one for one in shelf.iterdir() if one.name.isdecimal() and one.is_dir())


def _bound(shelf: Path, *, newest: Path | None) -> None:
    """Forgets the oldest sets when there are too many. The newest stays, however big it is."""
    with contextlib.suppress(OSError):
        sets = _sets(shelf)
        while sets and sets[0] != newest:
            size = sum(file.lstat().st_size for one in sets for file in one.iterdir())
            if len(sets) <= _SETS_MOST and size <= _BYTES_MOST:
                return
            shutil.rmtree(sets.pop(0))


def _copies(database: Path, backups: Sequence[Path], *, box: str) -> Iterator[_Copy]:
    """Every copy that could be gone on from; the first folder is the box's own, on a stick there may be others' too.

    `box` is this box's id as far as the damaged database tells it; without that, the own backup does.
    """
    good = {folder: found for folder in backups if (found := good_backup(folder))}
    boxes = {found.manifest.box for found in good.values()}
    if backups and backups[0] in good:
        box = good[backups[0]].manifest.box
    elif not box and len(boxes) == 1:
        (box,) = boxes
    for folder in backups:
        path = good[folder].folder / DATABASE if folder in good else folder / DATABASE
        if box or folder == backups[0]:
            yield from _usable(path, name=f"the copy {path}", box=box)
        else:
            log.warning("%s is not taken: it can't be told whose it is.", path)
    for path in sorted(database.parent.glob(f"{database.stem}.before-*{database.suffix}")):
        yield from _usable(path, name=f"the copy {path.name} of before the last new version", box=box)


def _without_log(aside: Path | None) -> Iterator[_Copy]:
    """The database that was set aside, if only its log was bad."""
    if aside is not None:
        path = aside / DATABASE
        # SQLite takes any log for the database's own, also one of another box.
        if _size(_beside(path, "-wal")) and not path.is_symlink():
            yield from _usable(path, name="what the database held without its damaged log", box="")


def _usable(path: Path, *, name: str, box: str) -> Iterator[_Copy]:
    if not path.is_file():
        return
    look = look_at(path, with_log=False)
    if look.fault:
        log.warning("%s can't be used: %s.", path, look.fault)
    elif look.is_too_new:
        log.warning("%s was written by a newer version of the box, so it stays where it is.", path)
    elif not look.box or (box and look.box != box):
        log.warning("%s is another box's.", path)
    else:
        yield _Copy(path=path, name=name, look=look)


def _begin(database: Path, *, identity: dict[str, str]) -> None:
    """A new database that keeps what could be read of the old one's identity."""
    known = queries()
    with closing(connect(database)) as connection:
        migrate(connection, database)
        for name, value in identity.items():
            connection.execute(known["set_meta"], {"name": name, "value": value})


def _restored_words(fault: str, *, copy: _Copy, aside: Path | None) -> str:
    until = "before anything had happened"
    if copy.look.end_ms:
        moment = datetime.fromtimestamp(copy.look.end_ms / 1000, UTC)
        until = f"with {moment:%Y-%m-%d %H:%M} UTC by the box's clock"
    return (
        f"The database could not be used: {fault}. The box goes on from {copy.name}, which ends {until}; plays and "
        f"hearts after that are lost. {_kept_words(aside)}DJs press play again; sets that ended since are listed as "
        "running until the next DJ starts."
    )


def _lost_words(fault: str, *, aside: Path | None) -> str:
    return (
        f"The database could not be used: {fault}, and there was no good copy, so the box began a new one. Earlier "
        f"plays and hearts are lost, and DJs need new tokens. {_kept_words(aside)}"
        "Check the card; it may be wearing out."
    )


def _kept_words(aside: Path | None) -> str:
    return f"The damaged files are kept in {aside} for repair. " if aside else ""
