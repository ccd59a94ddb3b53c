"""Taking up a backup: brought here and checked now, put in place at the next start, the present data set aside.

Two boxes with one identity would overwrite each other wherever both are known. So a box that takes up another's
evenings stays itself, unless somebody says that the other one is gone for good and this one is to be it.
"""

import json
import logging
import secrets
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from appliance import files
from appliance.care import archive
from appliance.clock import SystemClock
from appliance.config import Settings, load
from appliance.domain.space import SCARCE_BYTES
from appliance.errors import BadConfig, Invalid, NotKnown, Refused, Unavailable
from appliance.files import replace_file, space_at, sync_folder
from appliance.notices import FILE_NAME as NOTICES_FILE
from appliance.notices import Notices
from appliance.store import founding
from appliance.store.backup import DATABASE, LINKS_KEY, SETTINGS, Manifest, check, read_manifest, unusable

log = logging.getLogger(__name__)

MARKER = "restore.wanted"
STAGED = "restore.staged"
_ASIDE = "before-restore"
#: what a box that stays itself keeps of its own
_OWN_FACTS = ("box_id", "login_key", "portal_mode")


class Become(StrEnum):
    """Who this box is after it took up a backup."""

    #: itself, with the other's evenings
    THIS = "this-box"
    #: the box that made the backup, which must never run again
    THAT = "that-box"


@dataclass(frozen=True, slots=True)
class _Wanted:
    become: Become
    #: the folder for what is there now
    aside: str
    #: the box that made the backup
    name: str


def room(settings: Settings) -> int:
    """Bytes that a backup may have here: the present data stays beside it. Raises: OSError."""
    return max(0, min(archive.BYTES_MOST, space_at(settings.data).free_bytes - SCARCE_BYTES))


def bring(settings: Settings, source: Path) -> Manifest:
    """Copies a backup here and looks through it. Nothing of the box changes.

    Raises: Invalid; NotKnown; Refused with the code `restore_waiting`; Unavailable with the code `restore_failed`.
    """
    if is_staged(settings.data):
        raise Refused("restore_waiting", "A backup is taken up at the next start already.", advice="Restart the box.")
    staged = settings.data / STAGED
    try:
        drop(settings)
        staged.mkdir(mode=0o700, parents=True)
        try:
            archive.fetch(source, staged, room=room(settings))
            manifest = check(staged).manifest
            founding.inspect(staged / DATABASE)
            _check_settings(staged)
        except BaseException:
            drop(settings)
            raise
    except OSError as error:
        raise Unavailable(
            "restore_failed",
            f"The backup can't be copied here: {error}.",
            advice="Nothing was changed. Free some space.",
        ) from error
    return manifest


def _check_settings(staged: Path) -> None:
    if not (staged / SETTINGS).is_file():
        return
    try:
        load(data=staged, environment={})
    except BadConfig as error:
        raise unusable(f"its settings can't be used ({error.detail})") from error


def brought(settings: Settings) -> Manifest | None:
    """The backup that was brought here and waits for a yes, if there is one. Its files are not looked at again."""
    try:
        return read_manifest(settings.data / STAGED)
    except Invalid:
        return None


def drop(settings: Settings) -> None:
    """Forgets a backup that was brought here. Raises: OSError."""
    staged = settings.data / STAGED
    if staged.is_dir():
        shutil.rmtree(staged)


def stage(settings: Settings, *, become: Become) -> None:
    """Says yes to the backup that was brought here: it is taken up at the next start.

    Raises: NotKnown with the code `backup_missing`; Invalid; Unavailable.
    """
    staged = settings.data / STAGED
    if is_staged(settings.data):
        return
    if not staged.is_dir():
        raise NotKnown("backup_missing", "No backup was brought to this box.", advice="Choose the file again.")
    try:
        # Its files were looked at when it was brought, and no longer fit their digests once this begins.
        manifest = read_manifest(staged)
        founding.adopt(staged / DATABASE, _facts(settings, manifest, become), at=SystemClock().now())
        if become is Become.THIS:
            (staged / SETTINGS).unlink(missing_ok=True)
            # Laptops know a box by this: two that show the same one would be one to them.
            (staged / LINKS_KEY).unlink(missing_ok=True)
        for path in staged.iterdir():
            files.make_durable(path)
        files.give_to_owner(staged, settings.data)
        sync_folder(staged)
        aside = f"{_ASIDE}-{secrets.token_hex(4)}"
        content = {"version": 1, "become": become, "aside": aside, "name": manifest.name}
        replace_file(settings.data / MARKER, json.dumps(content).encode())
        files.give_to_owner(settings.data / MARKER, settings.data)
    except OSError as error:
        raise Unavailable(
            "restore_failed", f"The backup can't be prepared: {error}.", advice="Nothing was changed. Free some space."
        ) from error


def _facts(settings: Settings, manifest: Manifest, become: Become) -> dict[str, str]:
    origin = {
        "restored_from": manifest.box,
        "restored_epoch": manifest.epoch,
        "restored_seq": str(manifest.last_seq),
    }
    if become is Become.THAT:
        return origin
    own = founding.facts(settings.database, _OWN_FACTS)
    if "box_id" not in own:
        # A box that never ran: it becomes one now, and not the other.
        own |= {"box_id": secrets.token_hex(8), "login_key": secrets.token_hex(32)}
    return origin | own


def is_staged(data: Path) -> bool:
    """Whether a backup is taken up at the next start."""
    return (data / MARKER).exists()


def take_up(settings: Settings) -> None:
    """Puts a backup in place that somebody said yes to; without one does nothing. Nothing of the box may be open.

    Raises: OSError.
    """
    for step in steps(settings):
        log.info("Restore: %s", step)


def steps(settings: Settings) -> Iterator[str]:
    """The restore step by step, each said after it was done. Each may be the last before the plug is pulled."""
    data, staged = settings.data, settings.data / STAGED
    wanted = _read(data / MARKER)
    if wanted is None:
        return
    aside = data / wanted.aside
    aside.mkdir(mode=0o700, exist_ok=True)
    yield "there is a place for the present data"
    for name, place in ((DATABASE, data), (SETTINGS, data), (LINKS_KEY, settings.tls_folder)):
        if not (staged / name).exists():
            continue  # put in place before the plug was pulled, or not part of this restore
        files.make_folder(place)
        yield from _set_aside(place, aside, name)
        (staged / name).rename(place / name)
        sync_folder(place)
        yield f"{name} is in place"
    shutil.rmtree(staged, ignore_errors=True)
    yield "what was brought is used up"
    _tell(settings, wanted)
    (data / MARKER).unlink(missing_ok=True)
    sync_folder(data)


def _set_aside(place: Path, aside: Path, name: str) -> Iterator[str]:
    # The log goes with its database: beside another one it would be played into that.
    for suffix in ("-wal", "-shm", ""):
        present = place / f"{name}{suffix}"
        if present.exists():
            present.rename(aside / present.name)
            sync_folder(aside)
            sync_folder(place)
            yield f"{present.name} is set aside"


def _read(marker: Path) -> _Wanted | None:
    try:
        content = json.loads(marker.read_bytes())
        aside = str(content["aside"])
        return _Wanted(Become(content["become"]), Path(aside).name, str(content.get("name", "")))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        log.warning("%s can't be read; nothing is restored.", marker)
        marker.unlink(missing_ok=True)
        return None


def _tell(settings: Settings, wanted: _Wanted) -> None:
    words = f"The backup of “{wanted.name}” was taken up. "
    if wanted.become is Become.THAT:
        words += "This box is that box now, with its settings: the other one must never be turned on again. "
    else:
        words += "This box stayed itself, with its own settings. "
    words += f"What was here before is in the folder {wanted.aside}; remove it when all is well."
    Notices(settings.data / NOTICES_FILE, clock=SystemClock()).add("restore_done", words)
