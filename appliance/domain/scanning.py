"""How far the box is with looking through its music. Pure."""

from dataclasses import dataclass
from enum import StrEnum


class ScanState(StrEnum):
    """What is done now."""

    #: nobody looks: switched off
    OFF = "off"
    #: every file is known
    DONE = "done"
    #: folders are looked through
    LOOKING = "looking"
    #: tracks are listened to
    HEARING = "hearing"
    #: there is something to hear, and the hall needs the machine
    WAITING = "waiting"


@dataclass(frozen=True, slots=True)
class Place:
    """A folder or stick in which there is music, or should be."""

    #: its path
    name: str
    is_stick: bool
    #: whether it is there now
    is_there: bool
    #: music files in it
    found: int = 0
    #: of them, those that nobody has listened to
    left: int = 0
    #: what is wrong with it, in words; empty when nothing is
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class Scan:
    """How far it is."""

    state: ScanState
    places: tuple[Place, ...] = ()
    #: the file that is listened to, as people read it; empty when none is
    now: str = ""
    #: files heard since the box started
    heard: int = 0
    #: files a minute, of late; None when too few were heard
    per_minute: float | None = None

    @property
    def found(self) -> int:
        """Music files in all places."""
        return sum(place.found for place in self.places)

    @property
    def left(self) -> int:
        """Files that nobody has listened to."""
        return sum(place.left for place in self.places)

    @property
    def left_s(self) -> int | None:
        """How long it will take, seconds; None when that can't be told."""
        if self.left == 0:
            return 0
        return round(self.left / self.per_minute * 60) if self.per_minute else None


#: nobody looks
OFF = Scan(ScanState.OFF)
