"""Backups: a whole copy of the database while others write to it, in a folder that says what it holds.

A backup is one folder with

- `box.db`, one closed SQLite file that was looked through,
- `box.toml`, the settings file if there was one (it holds the Wi-Fi's password),
- `links.pem`, the key that DJs' links know the box by, if there was one,
- `manifest.json`, which names the box, the program, the schema, the journal's end, and each file's length and SHA-256.

The folder is replaced as a whole, and without links or permissions, which a stick does not know: `X.new` is completed
and read back, `X` becomes `X.old`, `X.new` becomes `X`, `X.old` goes. Wherever the plug is pulled, one of the three is
good; `good_backup` finds it. A backup of another box, or of a newer program, is kept beside as `X.kept`.
"""

import contextlib
import hashlib
import os
import re
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

import msgspec

from appliance import __version__
from appliance.domain.models import Stamp
from appliance.domain.space import SCARCE_BYTES
from appliance.errors import BoxError, Invalid, NotKnown, Unavailable
from appliance.files import make_durable, space_at, sync_folder
from appliance.store.statements import queries

FORMAT, VERSION = "pika-box-backup", 1
DATABASE, SETTINGS, LINKS_KEY, MANIFEST = "box.db", "box.toml", "links.pem", "manifest.json"
_CHUNK = 1 << 20
#: bytes of a manifest, of settings, or of a key
SMALL_MOST = 256 * 1024
_ID = re.compile(r"[0-9a-f]{8,64}")


class FileMark(msgspec.Struct, frozen=True):
    """One file of a backup."""

    #: its length
    bytes: int
    sha256: str


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What a backup says of itself; fields that we do not know are ignored."""

    format: str = FORMAT
    version: int = VERSION
    #: version of the program that wrote it
    program: str
    #: number of the database's last migration
    schema: int
    #: the box's id
    box: str
    #: the box's name for people
    name: str
    #: the journal's epoch
    epoch: str
    #: highest sequence of the journal
    last_seq: int
    #: when it was made by the wall clock as believed then, ISO 8601
    created: str
    #: the same in milliseconds
    created_ms: int
    #: how far that clock could be believed
    trust: str
    files: dict[str, FileMark]


@dataclass(frozen=True, slots=True)
class Backup:
    """A backup that was found good."""

    #: where its files are
    folder: Path
    manifest: Manifest


def check_room(database: Path, folder: Path, *, copies: int = 1) -> None:
    """Sees that copies of the database in `folder` do not take what is left for the music.

    Raises: Unavailable with the code `backup_no_room`.
    """
    try:
        needed, free = copies * database.stat().st_size, space_at(folder).free_bytes
    except OSError:
        return  # what is wrong will be said by whoever needs it
    if free < needed + SCARCE_BYTES:
        raise Unavailable(
            "backup_no_room",
            f"There is no room for a copy of the database in {folder}: {free // 1_000_000} MB are free, and "
            f"{(needed + SCARCE_BYTES) // 1_000_000} MB are needed.",
            advice="Free some space. Older copies are as they were.",
        )


def copy_database(source: Path, target: Path) -> None:
    """Copies the database to `target`, replacing an older copy.

    Raises: NotKnown with the code `store_missing`; Unavailable with the code `backup_failed`.
    """
    if not source.is_file():
        raise NotKnown("store_missing", f"There is no database {source}.", advice="Name the box's folder with --data.")
    draft = target.with_name(f".{target.name}.draft")
    with _failing(target):
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            draft.unlink(missing_ok=True)
            os.close(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
            _copy(source, draft)
            make_durable(draft)
            draft.replace(target)
            sync_folder(target.parent)
        finally:
            draft.unlink(missing_ok=True)


def make_backup(
    *, database: Path, settings_file: Path, folder: Path, name: str, at: Stamp, links_key: Path | None = None
) -> Manifest:
    """Makes a backup of the box in `folder`, replacing the older one once the new one is whole.

    Of the files only the database has to be there.

    Raises: NotKnown with the code `store_missing`; Unavailable with the code `backup_failed`.
    """
    with _failing(folder), _draft_of(folder) as draft:
        copy_database(database, draft / DATABASE)
        names = [DATABASE]
        for small, source in ((SETTINGS, settings_file), (LINKS_KEY, links_key)):
            if source is not None:
                with contextlib.suppress(FileNotFoundError):
                    _write(draft / small, source.read_bytes())
                    names.append(small)
        manifest = _manifest(draft, names=names, name=name, at=at)
        _finish(draft, folder=folder, manifest=manifest)
    return manifest


def mirror(backup: Backup, folder: Path) -> None:
    """Copies a backup to another disk, and reads it back from there.

    Raises: Unavailable with the code `backup_failed`; the older backup there stays then.
    """
    with _failing(folder), _draft_of(folder) as draft:
        for name in backup.manifest.files:
            with (backup.folder / name).open("rb") as reading, _new(draft / name) as handle:
                shutil.copyfileobj(reading, handle, _CHUNK)
                handle.flush()
                os.fsync(handle.fileno())
        _finish(draft, folder=folder, manifest=backup.manifest)


def read_manifest(folder: Path) -> Manifest:
    """What a backup says of itself, without a look at its files.

    Raises: Invalid with the code `backup_unusable`.
    """
    try:
        with (folder / MANIFEST).open("rb") as file:
            found = msgspec.json.decode(file.read(SMALL_MOST), type=Manifest)
    except FileNotFoundError:
        raise unusable(f"it has no {MANIFEST}") from None
    except (OSError, msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise unusable(f"its {MANIFEST} can't be read ({error})") from error
    if (found.format, found.version) != (FORMAT, VERSION) or not _ID.fullmatch(found.box):
        raise unusable("it is of another kind")
    if DATABASE not in found.files or not found.files.keys() <= {DATABASE, SETTINGS, LINKS_KEY}:
        raise unusable("its list of files is not a box's")
    return found


def unusable(why: str) -> Invalid:
    """The error for what is not, or no longer, a backup."""
    return Invalid(
        "backup_unusable", f"This is no usable backup: {why}.", advice="Nothing was changed. Take another one."
    )


def check(folder: Path) -> Backup:
    """The backup in exactly this folder, its files as they were written.

    Raises: Invalid with the code `backup_unusable`.
    """
    manifest = read_manifest(folder)
    for name, wanted in manifest.files.items():
        try:
            # Cut short is seen before anything is read; and what is no file might never end.
            if not (folder / name).is_file() or (folder / name).stat().st_size != wanted.bytes:
                raise unusable(f"{name} is missing or cut short")
            found = _fingerprint(folder / name)
        except OSError as error:
            raise unusable(f"{name} can't be read ({error.strerror})") from error
        if found != wanted:
            raise unusable(f"{name} is not as it was when the backup was made")
    return Backup(folder=folder, manifest=manifest)


def good_backup(folder: Path) -> Backup | None:
    """The good backup of this place, also when the plug was pulled while it was being replaced."""
    for place in (folder, *_beside(folder)):
        with contextlib.suppress(BoxError):
            return check(place)
    return None


def _beside(folder: Path) -> tuple[Path, Path]:
    return folder.with_name(f"{folder.name}.new"), folder.with_name(f"{folder.name}.old")


@contextlib.contextmanager
def _failing(target: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, sqlite3.Error) as error:
        words = getattr(error, "strerror", None) or str(error)
        raise Unavailable(
            "backup_failed", f"The copy {target} could not be made: {words}.", advice="The older copy is as it was."
        ) from error


@contextlib.contextmanager
def _draft_of(folder: Path) -> Iterator[Path]:
    """`X.new`, empty. What a pulled plug has left there is taken first if it is all there is."""
    draft, old = _beside(folder)
    found = good_backup(folder)
    if found is not None and found.folder != folder:
        _remove(folder)
        found.folder.rename(folder)
    _remove(draft)
    _remove(old)
    draft.mkdir(parents=True)
    try:
        yield draft
    except BaseException:
        # Half a copy is of no use, and its room may be what the evening needs.
        with contextlib.suppress(OSError):
            _remove(draft)
        raise


def _finish(draft: Path, *, folder: Path, manifest: Manifest) -> None:
    """Makes the draft the backup, if it reads back as it was written."""
    _write(draft / MANIFEST, msgspec.json.format(msgspec.json.encode(manifest), indent=1) + b"\n")
    sync_folder(draft)
    try:
        check(draft)
    except Invalid as error:
        raise OSError(f"it did not read back as it was written ({error.detail})") from error
    old = _beside(folder)[1]
    if folder.exists() or folder.is_symlink():
        folder.rename(old)
    draft.rename(folder)
    sync_folder(folder.parent)
    if _is_others(old, manifest):
        kept = folder.with_name(f"{folder.name}.kept")
        _remove(kept)
        old.rename(kept)
    else:
        _remove(old)
    sync_folder(folder.parent)


def _is_others(old: Path, manifest: Manifest) -> bool:
    """Whether a backup is one that ours does not make worthless: another box's, or what only a newer program reads."""
    try:
        found = read_manifest(old)
    except Invalid:
        return False
    return found.box != manifest.box or found.schema > manifest.schema


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _new(path: Path) -> BinaryIO:
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")


def _write(path: Path, content: bytes) -> None:
    with _new(path) as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _fingerprint(path: Path) -> FileMark:
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as file:
        # What the card holds, not what we have just written and the kernel still remembers.
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
            size += len(chunk)
    return FileMark(bytes=size, sha256=digest.hexdigest())


def _manifest(draft: Path, *, names: list[str], name: str, at: Stamp) -> Manifest:
    known = queries()
    with closing(sqlite3.connect(f"{(draft / DATABASE).absolute().as_uri()}?mode=ro", uri=True)) as copy:
        facts = {fact: copy.execute(known["meta"], {"name": fact}).fetchone() for fact in ("box_id", "epoch")}
        last_seq = copy.execute(known["journal_span"]).fetchone()[0]
        schema = copy.execute("PRAGMA user_version").fetchone()[0]
    return Manifest(
        box=facts["box_id"][0] if facts["box_id"] else "",
        name=name,
        program=__version__,
        schema=schema,
        epoch=facts["epoch"][0] if facts["epoch"] else "",
        last_seq=last_seq,
        created=datetime.fromtimestamp(at.wall_ms / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        created_ms=at.wall_ms,
        trust=at.trust.value,
        files={one: _fingerprint(draft / one) for one in names},
    )


def _copy(source: Path, draft: Path) -> None:
    with (
        # Not "ro": a reader that may not write leaves its log and its index beside the database of a box that is off.
        closing(sqlite3.connect(f"{source.absolute().as_uri()}?mode=rw", uri=True)) as reading,
        closing(sqlite3.connect(draft)) as writing,
    ):
        reading.backup(writing)
        # One file, without a log beside it that would have to travel along.
        writing.execute("PRAGMA journal_mode = DELETE")
        found = writing.execute("PRAGMA integrity_check").fetchall()
    if found != [("ok",)]:
        raise sqlite3.DatabaseError(f"the copy is damaged ({found[0][0]})")
