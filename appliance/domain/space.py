"""How much room the box's disk has, and what that means for the evening. Pure."""

from dataclasses import dataclass
from enum import StrEnum

#: below this much, staff are told; a night of a full hall writes about a tenth of it
LOW_BYTES = 200_000_000
LOW_FILES = 2_000
#: below this much, what remains is kept for the music: guests' likes are refused, plays are not
SCARCE_BYTES = 32_000_000
SCARCE_FILES = 100


class Step(StrEnum):
    """What is given up for room, one after the other; hearts come last, and the music never."""

    #: logs that were put away when they were full
    LOGS = "logs"
    #: notifications that nobody may get any more
    INTENTS = "expired_intents"
    #: journal rows that the cloud has; whoever carries them lets them go
    CARRIED = "carried_rows"
    #: of how many were there, the single minutes
    PRESENCE_DETAIL = "presence_detail"
    #: how many were there
    PRESENCE = "presence"


#: each from so little free room on
STEPS: dict[Step, int] = {
    Step.LOGS: LOW_BYTES,
    Step.INTENTS: 180_000_000,
    Step.CARRIED: 160_000_000,
    Step.PRESENCE_DETAIL: 128_000_000,
    Step.PRESENCE: 64_000_000,
}


class Room(StrEnum):
    """What there is room for."""

    PLENTY = "plenty"
    #: for this night, but somebody should look
    LOW = "low"
    #: for what DJs play only
    SCARCE = "scarce"


@dataclass(frozen=True, slots=True)
class Space:
    """The file system of the data folder."""

    free_bytes: int
    total_bytes: int
    #: files that can still be made; None where the file system sets no number
    free_files: int | None

    @property
    def room(self) -> Room:
        """What there is room for."""
        files = self.free_files if self.free_files is not None else LOW_FILES
        if self.free_bytes < SCARCE_BYTES or files < SCARCE_FILES:
            return Room.SCARCE
        if self.free_bytes < LOW_BYTES or files < LOW_FILES:
            return Room.LOW
        return Room.PLENTY

    @property
    def steps(self) -> tuple[Step, ...]:
        """What is to be given up, in this order."""
        return tuple(step for step, least in STEPS.items() if self.free_bytes < least)
