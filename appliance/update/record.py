"""How far an update has come, in one small file that survives a pulled plug. Decides nothing."""

import logging
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import msgspec

from appliance.files import replace_file
from appliance.update.layout import acting_as_owner_of

log = logging.getLogger(__name__)

FILE_NAME = "update.json"


class Phase(StrEnum):
    """Where an update stands."""

    #: nothing is going on
    IDLE = "idle"
    #: a release is complete beside the running one; nothing is changed
    STAGED = "staged"
    #: the new one runs, and is watched
    TRYING = "trying"
    #: it was found wanting; the way back has begun and is gone to its end
    ROLLING_BACK = "rolling-back"
    CONFIRMED = "confirmed"
    ROLLED_BACK = "rolled-back"


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """The last update."""

    phase: Phase = Phase.IDLE
    #: the version it is about
    target: str = ""
    #: the version to go back to
    previous: str = ""
    #: the boot it is tried in, and until when there, in milliseconds of boot time
    boot: str = ""
    deadline_ms: int = 0
    #: how many boots have begun since it was put in place
    boots: int = 0
    #: parts that worked before the update, and must go on to
    whole_before: tuple[str, ...] = ()
    #: why it was taken back, and what that cost
    why: str = ""
    lost: str = ""
    #: versions that were taken back, and why: not tried again unless somebody insists
    bad: dict[str, str] = msgspec.field(default_factory=dict)
    version: int = 1


@dataclass(frozen=True, slots=True)
class RecordFile:
    """The file."""

    path: Path

    def load(self) -> tuple[Record, bool]:
        """The record, and whether the file could be read; a box that was never updated has none, which is fine."""
        try:
            return msgspec.json.decode(self.path.read_bytes(), type=Record), True
        except FileNotFoundError:
            return Record(), True
        except (OSError, msgspec.ValidationError, msgspec.DecodeError) as error:
            log.warning("%s can't be read: %s", self.path, error)
            return Record(), False

    def save(self, record: Record) -> None:
        """For good. Raises: OSError."""
        with acting_as_owner_of(self.path.parent):
            replace_file(self.path, msgspec.json.encode(record) + b"\n")
