"""The boots of a box one after the other, and where on that line something was. Pure.

Boots follow each other as their first entries do: a wall clock or an anchor that says otherwise does not change that.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from sync.cloud.derive.anchors import drift_ms


@dataclass(frozen=True, slots=True)
class Boot:
    """One run of a box between two pulls of its plug."""

    id: str
    #: of its first entry in the box's history
    first_place: int
    #: boot time of its earliest and latest entry, milliseconds
    first_ms: int
    last_ms: int
    #: where it was anchored, boot time and Unix time in milliseconds; None where nobody knows
    anchor_ms: int | None = None
    utc_ms: int | None = None
    #: of that anchor, milliseconds
    error_ms: int | None = None

    def utc(self, boot_ms: int) -> int | None:
        """The true time at a boot time."""
        if self.utc_ms is None or self.anchor_ms is None:
            return None
        return self.utc_ms + boot_ms - self.anchor_ms

    def error(self) -> int | None:
        """How far times of this boot may be off, milliseconds, the crystal's drift from the anchor included."""
        if self.error_ms is None or self.anchor_ms is None:
            return None
        away = max(abs(self.first_ms - self.anchor_ms), abs(self.last_ms - self.anchor_ms))
        return self.error_ms + drift_ms(away)


#: comparable: which boot, boot time in it, place in the history
Key = tuple[int, int, int]


class Timeline:
    """All boots of a box."""

    def __init__(self, boots: Iterable[Boot]) -> None:
        self._boots = sorted(boots, key=lambda boot: boot.first_place)
        self._index = {boot.id: number for number, boot in enumerate(self._boots)}

    def utc(self, boot: str, boot_ms: int) -> int | None:
        """The true time; None where nobody knows."""
        index = self._index.get(boot)
        return self._boots[index].utc(boot_ms) if index is not None else None

    def key(self, boot: str, boot_ms: int, *, place: int) -> Key:
        """Where it stands in the order of things.

        What was told late can have been before the boot in which it was told: then it stands in the boot in which it
        was, if both are anchored, and else before everything of the boot that told it.
        """
        index = self._index.get(boot, len(self._boots))
        while boot_ms < 0 and 0 < index < len(self._boots):
            here, before = self._boots[index], self._boots[index - 1]
            then, zero = here.utc(boot_ms), before.utc(0)
            if then is None or zero is None or then - zero > before.last_ms:
                break
            index, boot_ms = index - 1, then - zero
        return (index, boot_ms, place)

    def end_of(self, boot: str) -> int | None:
        """The last moment of a boot that is over, in its boot time; None for the one that may still run."""
        index = self._index.get(boot)
        return None if index is None or index == len(self._boots) - 1 else self._boots[index].last_ms

    def among(self, boots: Iterable[str]) -> tuple[int, int | None]:
        """Of these boots: how many nobody knows the time of, and the worst error of the others, milliseconds."""
        found = [self._boots[self._index[boot]] for boot in set(boots) if boot in self._index]
        errors = [error for one in found if (error := one.error()) is not None]
        return len(found) - len(errors), max(errors, default=None)
