"""The mode in force: in memory, because every stray request asks for it, and in one small file beside the database.

The file is for the operating system's part, which has to change the firewall and the names with the mode and can't
ask the database. Both follow what is durable, never the other way round.
"""

import logging
from collections.abc import Sequence
from pathlib import Path

from appliance.domain.events import Happened, PortalModeSet
from appliance.domain.portal import Mode

log = logging.getLogger(__name__)


class Switch:
    """What the portal does now."""

    def __init__(self, told_in: Path) -> None:
        """`told_in` is the file; its folder exists."""
        self._told_in = told_in
        self._mode = Mode.QUIET
        self._problem: str | None = None

    def mode(self) -> Mode:
        """The mode in force."""
        return self._mode

    def problem(self) -> str | None:
        """What is wrong, in words for staff, or None."""
        return self._problem

    def load(self, mode: Mode) -> None:
        """Begins with the mode that was stored."""
        self._mode = mode
        self._tell()

    def on_commit(self, events: Sequence[Happened]) -> None:
        """Follows what was stored. Runs on the event loop, in commit order."""
        for event in events:
            if isinstance(event, PortalModeSet):
                self._mode = event.mode
                self._tell()

    async def tell_again(self) -> None:
        """Writes the file now if that failed before. Raises nothing."""
        if self._problem is not None:
            self._tell()

    def _tell(self) -> None:
        if _write(self._told_in, self._mode.value):
            self._problem = None
        else:
            self._problem = f"the network was not told that the mode is {self._mode.value} now; is the card full?"


def tell_api(told_in: Path, *, url: str | None) -> None:
    """Has the operating system's part offer phones the portal's API, or no longer: by one more small file."""
    if url or told_in.exists():
        _write(told_in, url or "none")


def _write(path: Path, word: str) -> bool:
    """Whether it could be written."""
    words = f"{word}\n"
    try:
        # Left alone when it says so already: whoever watches the file acts on every change.
        if not (path.exists() and path.read_bytes() == words.encode()):
            draft = path.with_suffix(".draft")
            draft.write_text(words, encoding="ascii")
            draft.replace(path)
    except OSError as error:
        log.warning("The network's part can't be told in %s: %s", path, error)
        return False
    return True
