"""What was asked for and waits for the next start: a reset, then taking up a backup."""

from pathlib import Path

from appliance.care import reset, restore
from appliance.config import Settings


def is_wanted(data: Path) -> bool:
    """Whether something waits for the next start."""
    return reset.is_staged(data) or restore.is_staged(data)


def carry_out(settings: Settings) -> None:
    """Does what waits. Nothing of the box may be open, and its folder must be taken.

    Raises: Unavailable; OSError.
    """
    reset.wipe_now(settings)
    restore.take_up(settings)
