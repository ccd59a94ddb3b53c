"""A backup as one file to carry: a zip of exactly the folder that `store.backup` describes, and back again.

What comes back is somebody's file: names, sizes and digests are checked before anything of it is used, and no more is
written than was promised.
"""

import hashlib
import os
import re
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, BinaryIO

import msgspec

from appliance.errors import Invalid, NotKnown
from appliance.files import replace_file

FORMAT, VERSION = "pika-box-backup", 1
MANIFEST, DATABASE, SETTINGS = "manifest.json", "box.db", "box.toml"
#: a database larger than this is no box's: a night of a full hall is about 20 MB
BYTES_MOST = 2 * 1024**3
_SMALL_MOST = 256 * 1024
_MOST = {MANIFEST: _SMALL_MOST, SETTINGS: _SMALL_MOST, DATABASE: BYTES_MOST}
_PIECE = 1024 * 1024
_ID = re.compile(r"[0-9a-f]{8,64}")


class FileMark(msgspec.Struct, frozen=True):
    """One file of a backup."""

    bytes: int
    sha256: str


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What a backup says of itself; fields that we do not know are ignored."""

    format: str
    version: int
    schema: int
    #: the id of the box that made it
    box: str
    #: that box's name
    name: str = ""
    #: its journal's epoch, and the last sequence of it
    epoch: str = ""
    last_seq: int = 0
    #: when, as that box believed, ISO 8601
    created: str = ""
    program: str = ""
    files: dict[str, FileMark]


def _unusable(words: str) -> Invalid:
    return Invalid(
        "backup_unusable", f"This is no usable backup: {words}", advice="Nothing was changed. Take another file."
    )


def pack(folder: Path, target: BinaryIO) -> None:
    """Writes the folder's files as a zip. Raises: OSError."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=3) as packed:
        for name in (MANIFEST, SETTINGS, DATABASE):
            if (folder / name).is_file():
                packed.write(folder / name, name)


def manifest_of(folder: Path) -> Manifest:
    """The manifest of an unpacked backup, after a look at every file it names.

    Raises: Invalid with the code `backup_unusable`.
    """
    manifest = peek(folder)
    for name, mark in manifest.files.items():
        _check(folder / name, mark)
    return manifest


def peek(folder: Path) -> Manifest:
    """What a backup says of itself, without a look at its files.

    Raises: Invalid with the code `backup_unusable`.
    """
    try:
        content = (folder / MANIFEST).read_bytes()[:_SMALL_MOST]
        manifest = msgspec.json.decode(content, type=Manifest)
    except FileNotFoundError:
        raise _unusable(f"it has no {MANIFEST}.") from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise _unusable(f"its {MANIFEST} can't be read ({error}).") from error
    if manifest.format != FORMAT or manifest.version != VERSION or not _ID.fullmatch(manifest.box):
        raise _unusable("it is of another kind.")
    if DATABASE not in manifest.files or not manifest.files.keys() <= {DATABASE, SETTINGS}:
        raise _unusable("its list of files is not a box's.")
    return manifest


def _check(path: Path, mark: FileMark) -> None:
    if not path.is_file() or path.stat().st_size != mark.bytes:
        raise _unusable(f"{path.name} is missing or cut short.")
    if _digest(path) != mark.sha256:
        raise _unusable(f"{path.name} is not as it was when the backup was made.")


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_manifest(folder: Path, facts: Mapping[str, object]) -> None:
    """Writes the manifest of a folder whose files are in place. Raises: OSError."""
    there = [folder / name for name in (DATABASE, SETTINGS) if (folder / name).is_file()]
    files = {path.name: {"bytes": path.stat().st_size, "sha256": _digest(path)} for path in there}
    content = {"format": FORMAT, "version": VERSION, **facts, "files": files}
    replace_file(folder / MANIFEST, msgspec.json.encode(content))


def fetch(source: Path, into: Path, *, room: int) -> None:
    """Copies a backup, a zip or a folder, into an empty folder; no more than `room` bytes.

    Raises: NotKnown with the code `backup_missing`; Invalid with the code `backup_unusable`; OSError.
    """
    if source.is_dir():
        for name in (MANIFEST, SETTINGS, DATABASE):
            if (source / name).is_file():
                with (source / name).open("rb") as file:
                    room -= _copy(file, into / name, most=min(room, _MOST[name]))
        return
    if not source.is_file():
        raise NotKnown("backup_missing", f"There is no backup {source}.", advice="Check the path.")
    try:
        with zipfile.ZipFile(source) as packed:
            for name, entry in _entries(packed):
                with packed.open(entry) as file:
                    room -= _copy(file, into / name, most=min(room, _MOST[name]))
    except (zipfile.BadZipFile, zipfile.LargeZipFile, NotImplementedError, RuntimeError, EOFError) as error:
        # RuntimeError is what zipfile says of an encrypted one.
        raise _unusable(f"it is no whole zip ({error}).") from error


def _entries(packed: zipfile.ZipFile) -> Iterator[tuple[str, zipfile.ZipInfo]]:
    """The files that belong to a backup, each once, by the names we give them: no path of the zip is ever used."""
    found = [entry for entry in packed.infolist() if not entry.is_dir()]
    if len(found) > len(_MOST):
        raise _unusable("it holds more files than a backup has.")
    names = [entry.filename for entry in found]
    # Somebody unpacked it to look inside and packed it again, folder and all.
    folder = f"{names[0].partition('/')[0]}/" if names and all("/" in name for name in names) else ""
    plain = [name.removeprefix(folder) for name in names]
    if not set(plain) <= _MOST.keys() or len(set(plain)) != len(plain):
        raise _unusable("it holds files that no backup has.")
    yield from zip(plain, found, strict=True)


def _copy(file: IO[bytes], target: Path, *, most: int) -> int:
    """Copies a file that may be no larger than `most`; how large it was."""
    size = 0
    with os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as copy:
        while piece := file.read(_PIECE):
            size += len(piece)
            if size > most:
                raise _unusable(f"{target.name} is larger than there is room for.")
            copy.write(piece)
    return size
