"""From a release file to a complete release beside the running one. Touches nothing that runs.

The signature comes first. A release that is under its own name in `releases/` is complete and on the disk.
"""

import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from appliance.errors import Refused, Unavailable
from appliance.files import space_at, sync_folder
from appliance.update import environment, keys
from appliance.update.archive import Reader
from appliance.update.layout import Layout
from appliance.update.manifest import Environment, Manifest, Packed, decode

#: the manifest, kept in the release's folder for whoever asks what runs
MANIFEST_NAME = "release.json"

#: left free beside what a release needs, for the evening that goes on meanwhile
_SPARE_BYTES = 64_000_000
_FILES_OF_PACKAGES = 6_000
_SYNC_WITHIN_S = 600


def this_environment() -> Environment:
    """The machine this runs on."""
    return Environment(machine=platform.machine(), python=f"{sys.version_info.major}.{sys.version_info.minor}")


@contextmanager
def opened(file: Path, *, layout: Layout) -> Iterator[tuple[Manifest, Reader]]:
    """A release file whose maker this box trusts; the reader stands before its first file.

    Raises: Refused; Unavailable with the code `release_unreadable`.
    """
    try:
        stream = file.open("rb")
    except OSError as error:
        raise Unavailable(
            "release_unreadable",
            f"{file} can't be read ({error.strerror}).",
            advice="Is the stick still in? Nothing was changed.",
        ) from error
    with stream:
        reader = Reader(stream)
        content, signature = reader.head()
        keys.check(content, signature, trusted=layout.keys)
        yield decode(content), reader


def check_machine(manifest: Manifest) -> None:
    """Sees that the release can run here.

    Raises: Refused with the code `release_for_others`.
    """
    here = this_environment()
    if here not in manifest.environments:
        raise Refused(
            "release_for_others",
            f"The release is for {', '.join(map(str, manifest.environments))}; this box is {here}.",
            advice="Ask its maker for one that is for this box too.",
        )


def check_room(manifest: Manifest, *, layout: Layout) -> None:
    """Sees that there is room for it.

    Raises: Unavailable with the code `no_room`; OSError.
    """
    space = space_at(layout.program)
    needed = manifest.room + _SPARE_BYTES
    files = len(manifest.files) + _FILES_OF_PACKAGES
    if space.free_bytes < needed:
        raise _no_room(f"{needed // 1_000_000} MB", f"{space.free_bytes // 1_000_000} MB")
    if space.free_files is not None and space.free_files < files:
        raise _no_room(f"{files} files", f"{space.free_files} files")


def _no_room(needed: str, there: str) -> Unavailable:
    return Unavailable(
        "no_room",
        f"The update needs room for {needed}, and there is room for {there}. Nothing was changed.",
        advice="Make room, for example by copying old backups away and removing them.",
    )


def stage(manifest: Manifest, reader: Reader, *, layout: Layout, tell: Callable[[str], None]) -> None:
    """Puts the release together and gives it its name, which must not run.

    Raises: Refused with the code `release_damaged`; Unavailable; OSError.
    """
    draft = layout.draft(manifest.version)
    umask = os.umask(0o022)  # the box's user must be able to read it
    try:
        if draft.exists():
            shutil.rmtree(draft)
        draft.mkdir(parents=True)
        tell(f"unpacking {len(manifest.files)} files, each checked")
        for file in manifest.files:
            _unpack(reader, file, folder=draft)
        reader.end()
        (draft / MANIFEST_NAME).write_bytes(reader.manifest)
        tell("installing the packages it brings; nothing is fetched")
        environment.make(draft)
        _to_disk(draft)
        _take_name(draft, manifest.version, layout=layout)
    except BaseException:
        # Whatever it was, a Ctrl-C too: nothing half done stays behind.
        shutil.rmtree(draft, ignore_errors=True)
        raise
    finally:
        os.umask(umask)


def _unpack(reader: Reader, file: Packed, *, folder: Path) -> None:
    path = folder / file.path
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o755 if file.executable else 0o644)
    with os.fdopen(handle, "wb") as out:
        reader.file(file, write=out.write)


def _to_disk(folder: Path) -> None:
    """Everything of the file system that holds the folder: one flush, where thousands of files would need one each."""
    try:
        subprocess.run(["sync", "--file-system", str(folder)], check=True, capture_output=True, timeout=_SYNC_WITHIN_S)
    except (subprocess.SubprocessError, OSError) as error:
        raise Unavailable(
            "update_not_written", "The disk does not say that the update is on it. Nothing was changed."
        ) from error


def _take_name(draft: Path, version: str, *, layout: Layout) -> None:
    target = layout.release(version)
    if target.exists():
        # What an earlier try left; it does not run.
        layout.remove(target)
    draft.replace(target)
    sync_folder(layout.releases)
