"""The factory reset: asked for now, carried out at the next start before anything is opened.

A small marker says what is wanted. It is written durably first and removed last; every step between can be done again,
so a plug pulled anywhere leaves a box that goes on with the reset when it starts.
"""

import json
import logging
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from appliance.care import holdings
from appliance.clock import SystemClock
from appliance.config import Settings
from appliance.errors import Unavailable
from appliance.files import give_to_owner, replace_file, sync_folder
from appliance.notices import FILE_NAME as NOTICES_FILE
from appliance.notices import Notices
from appliance.store import founding

log = logging.getLogger(__name__)

MARKER = "reset.wanted"
#: facts of the database that belong to the box and not to its guests. The key signs logins of staff: whoever asked for
#: the reset stays logged in, and needs no setup code from a box without a screen.
_KEPT_FACTS = ("box_id", "portal_mode", "login_key", "poster_wifi")


class Keep(StrEnum):
    """What a reset leaves."""

    #: the box's id, its settings and its certificates
    IDENTITY = "identity"
    #: nothing: the box is as new
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class _Wanted:
    keep: Keep
    #: what the new database begins with; None until that was read from the old one
    facts: Mapping[str, str] | None = None
    #: what the database would not tell, in words; empty when all is well
    problem: str = field(default="")

    def content(self) -> bytes:
        facts = dict(self.facts) if self.facts is not None else None
        return json.dumps({"version": 1, "keep": self.keep, "facts": facts, "problem": self.problem}).encode()


def stage(settings: Settings, *, keep: Keep, owner: tuple[int, int] | None = None) -> None:
    """Asks for a reset; it happens at the next start. `owner` is the box's user and group;
    without it the marker is whose the data folder is.

    Raises: Unavailable with the code `reset_failed`.
    """
    try:
        settings.data.mkdir(parents=True, exist_ok=True)
        replace_file(settings.data / MARKER, _Wanted(keep).content())
        if owner is not None:
            os.chown(settings.data / MARKER, *owner, follow_symlinks=False)
        else:
            give_to_owner(settings.data / MARKER, settings.data)
    except OSError as error:
        raise Unavailable(
            "reset_failed", f"The reset can't be noted down: {error}.", advice="Nothing was changed. Check the card."
        ) from error


def is_staged(data: Path) -> bool:
    """Whether a reset waits for the next start."""
    return (data / MARKER).exists()


def wipe_now(settings: Settings, *, second: Path | None = None) -> None:
    """Carries out a reset that was asked for; without one does nothing. Nothing else of the box may run.

    `second` is the folder in which backups of this box are kept, beside the data folder's own.
    """
    for step in steps(settings, second=second):
        log.info("Reset: %s", step)


def steps(settings: Settings, *, second: Path | None = None) -> Iterator[str]:
    """The reset step by step, each said after it was done. Each may be the last before the plug is pulled."""
    marker = settings.data / MARKER
    wanted = _read(marker)
    if wanted is None:
        return
    left: list[str] = []
    for path in _beside_the_database(settings, wanted):
        left += _gone(path)
        yield f"{path.name} is gone"
    if wanted.facts is None:
        # Now, because a disk that was full has room for a note by now, and before the only one who knows is gone.
        wanted = _with_facts(wanted, settings)
        replace_file(marker, wanted.content())
        yield "what stays was noted down"
    for path in [*_copies_elsewhere(wanted, second), *sorted(settings.data.glob(f"{settings.database.name}*"))]:
        left += _gone(path)
        yield f"{path.name} is gone"
    if wanted.keep is Keep.IDENTITY:
        founding.found(settings.database, wanted.facts or {})
        yield "a new database was made"
    _tell(settings, wanted, left)
    yield "staff were told"
    marker.unlink(missing_ok=True)
    sync_folder(settings.data)


def _read(marker: Path) -> _Wanted | None:
    try:
        text = marker.read_text(encoding="utf-8").strip()
        if text in [*Keep]:
            # As somebody writes it on a card in another computer.
            return _Wanted(Keep(text))
        content = json.loads(text)
        return _Wanted(Keep(content["keep"]), facts=content.get("facts"), problem=content.get("problem", ""))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        # Nobody can say what was wanted, and what is wiped does not come back: the lesser thing is done.
        log.warning("%s can't be read; nothing is reset.", marker)
        marker.unlink(missing_ok=True)
        return None


def _with_facts(wanted: _Wanted, settings: Settings) -> _Wanted:
    try:
        return _Wanted(wanted.keep, facts=founding.facts(settings.database, _KEPT_FACTS))
    except Unavailable as error:
        return _Wanted(wanted.keep, facts={}, problem=str(error))


def _gone(path: Path) -> list[str]:
    """Removes it, durably; what could not be removed, in words."""
    problems = [str(problem) for problem in holdings.remove(path)]
    try:
        sync_folder(path.parent)
    except OSError as error:
        problems.append(str(error))
    return problems


def _beside_the_database(settings: Settings, wanted: _Wanted) -> Iterator[Path]:
    """What has to go but the database itself."""
    for path in sorted(settings.data.iterdir()):
        kept = wanted.keep is Keep.IDENTITY and holdings.is_identity(path.name)
        spared = path.name in {settings.run_folder.name, MARKER} or path.name.startswith(settings.database.name)
        if holdings.is_ours(path.name) and not kept and not spared:
            yield path
    if settings.run_folder.is_dir():
        yield from (path for path in sorted(settings.run_folder.iterdir()) if path.name != holdings.LOCK)


def _copies_elsewhere(wanted: _Wanted, second: Path | None) -> list[Path]:
    """This box's backups on another disk, if that is plugged in and can be read."""
    box_id = (wanted.facts or {}).get("box_id")
    if not box_id or second is None:
        return []
    try:
        return sorted(path for path in second.iterdir() if path.name.startswith(f"pika-box-{box_id}"))
    except OSError as error:
        # A broken stick must not keep the box from starting.
        log.warning("Backups in %s stay where they are: %s", second, error)
        return []


_DONE = {
    Keep.IDENTITY: "This box was reset: its guests, likes, sets, accounts, DJ tokens, logs and backups are gone. Its "
    "name, its network and its settings stayed. Make an admin, and new tokens for the DJs.",
    Keep.NOTHING: "This box was reset and is as new: everything it kept is gone, its settings too.",
}


def _tell(settings: Settings, wanted: _Wanted, left: list[str]) -> None:
    notices = Notices(settings.data / NOTICES_FILE, clock=SystemClock())
    words = _DONE[wanted.keep]
    if wanted.problem and wanted.keep is Keep.IDENTITY:
        words += f" The box's id could not be kept and is a new one: {wanted.problem}"
    notices.add("reset_done", words)
    if left:
        told = "; ".join(left[:5])
        notices.add(
            "reset_incomplete", f"The reset could not remove everything: {told}. Take a new card for the next event."
        )
    strangers = holdings.foreign(settings.data)
    if strangers:
        names = ", ".join(strangers[:10])
        notices.add("reset_left_alone", f"Files that the box did not make were left where they are: {names}.")
