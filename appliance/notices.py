"""What staff should know of a start or an accident, kept until they have read it.

In one small file and not in the database: it must be sayable also when the database is what broke. A notice that is
not kept is still in the log, so nothing here raises.
"""

import json
import logging
from dataclasses import asdict, dataclass
from pathlib import Path

from appliance.clock import Clock
from appliance.files import move_aside, replace_file

log = logging.getLogger(__name__)

FILE_NAME = "notices.json"
_MOST = 50


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing to know."""

    #: stable name: lower case with underscores; a second notice under one code takes the place of the first
    code: str
    #: what happened, what it means for the evening, what to do
    words: str
    #: when, by the wall clock as believed then, milliseconds
    wall_ms: int


class Notices:
    """The notices of one box."""

    def __init__(self, path: Path, *, clock: Clock) -> None:
        """`path` is the file; it need not be there."""
        self._path = path
        self._clock = clock

    def all(self) -> list[Notice]:
        """Oldest first. A file that can't be read holds none."""
        try:
            found = json.loads(self._path.read_text(encoding="utf-8"))["notices"]
            return [Notice(str(one["code"]), str(one["words"]), int(one["wall_ms"])) for one in found][-_MOST:]
        except FileNotFoundError:
            return []
        except (OSError, ValueError, KeyError, TypeError):
            log.warning("%s can't be read, so earlier notices are lost.", self._path)
            return []

    def add(self, code: str, words: str) -> None:
        """Keeps a notice, and logs it."""
        log.warning("%s", words)
        kept = [one for one in self.all() if one.code != code]
        self._write([*kept, Notice(code, words, self._clock.now().wall_ms)])

    def dismiss(self, code: str) -> None:
        """Somebody has read it."""
        before = self.all()
        left = [one for one in before if one.code != code]
        if left != before:
            self._write(left)

    def _write(self, notices: list[Notice]) -> None:
        content = json.dumps({"version": 1, "notices": [asdict(one) for one in notices[-_MOST:]]}, ensure_ascii=False)
        try:
            if self._path.is_dir():
                move_aside(self._path)
            replace_file(self._path, content.encode())
        except OSError as error:
            log.warning("Notices can't be kept in %s: %s", self._path, error)
