"""What was asked for and waits for the next start: a reset, then taking up a backup; or only another name."""

from pathlib import Path

from appliance.care import renaming, reset, restore
from appliance.config import Settings
from appliance.errors import Unavailable


def is_wanted(data: Path) -> bool:
    """Whether something waits for the next start."""
    return reset.is_staged(data) or restore.is_staged(data) or renaming.is_waiting(data)


def carry_out(settings: Settings) -> None:
    """Does what waits. Nothing of the box may be open, and its folder must be taken.

    Of the settings only the folder counts, and where this box's backups are kept on another disk.

    Raises: Unavailable with the code `waiting_failed`; it is tried again at the next start.
    """
    try:
        renaming.begin(settings.data)
        reset.wipe_now(settings, second=Path(settings.backup.second) if settings.backup.second else None)
        restore.take_up(settings)
    except OSError as error:
        raise Unavailable(
            "waiting_failed",
            f"The reset or the restore that was asked for can't be finished: {error}.",
            advice="It goes on at the next start. If it stays so, the card is broken: take another one.",
        ) from error
