"""A backup as one file to carry: a zip of exactly the folder that `store.backup` describes, and back again.

What comes back is somebody's file: its names are checked before anything of it is used, and no more is written than
there is room for. What the files hold is then checked as every backup is.
"""

import os
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, BinaryIO

from appliance.errors import NotKnown
from appliance.store.backup import DATABASE, LINKS_KEY, MANIFEST, SETTINGS, SMALL_MOST, unusable

#: a database larger than this is no box's: a night of a full hall is about 20 MB
BYTES_MOST = 2 * 1024**3
_MOST = {MANIFEST: SMALL_MOST, SETTINGS: SMALL_MOST, LINKS_KEY: SMALL_MOST, DATABASE: BYTES_MOST}
_PIECE = 1024 * 1024


def pack(folder: Path, target: BinaryIO) -> None:
    """Writes the folder's files as a zip. Raises: OSError."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=3) as packed:
        for name in _MOST:
            if (folder / name).is_file():
                packed.write(folder / name, name)


def fetch(source: Path, into: Path, *, room: int) -> None:
    """Copies a backup, a zip or a folder, into an empty folder; no more than `room` bytes.

    Raises: NotKnown with the code `backup_missing`; Invalid with the code `backup_unusable`; OSError.
    """
    if source.is_dir():
        for name, most in _MOST.items():
            if (source / name).is_file():
                with (source / name).open("rb") as file:
                    room -= _copy(file, into / name, most=min(room, most))
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
        raise unusable(f"it is no whole zip ({error})") from error


def _entries(packed: zipfile.ZipFile) -> Iterator[tuple[str, zipfile.ZipInfo]]:
    """The files that belong to a backup, each once, by the names we give them: no path of the zip is ever used."""
    found = [entry for entry in packed.infolist() if not entry.is_dir()]
    if len(found) > len(_MOST):
        raise unusable("it holds more files than a backup has")
    names = [entry.filename for entry in found]
    # Somebody unpacked it to look inside and packed it again, folder and all.
    folder = f"{names[0].partition('/')[0]}/" if names and all("/" in name for name in names) else ""
    plain = [name.removeprefix(folder) for name in names]
    if not set(plain) <= _MOST.keys() or len(set(plain)) != len(plain):
        raise unusable("it holds files that no backup has")
    yield from zip(plain, found, strict=True)


def _copy(file: IO[bytes], target: Path, *, most: int) -> int:
    """Copies a file that may be no larger than `most`; how large it was."""
    size = 0
    with os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as copy:
        while piece := file.read(_PIECE):
            size += len(piece)
            if size > most:
                raise unusable(f"{target.name} is larger than there is room for")
            copy.write(piece)
    return size
