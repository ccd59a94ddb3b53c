"""How much may be fetched how fast: a bound on the speed, one on the day, and the journal's right of way. Pure."""

import json
from dataclasses import dataclass

from appliance.domain.models import Stamp

DAY_MS = 24 * 3600 * 1000
#: bytes of one piece: on a slow link one is under way for a second, so that nothing waits behind it for longer
PIECE_LEAST, PIECE_MOST = 16 * 1024, 128 * 1024
#: the journal is behind when what was written then was not there after this time
BEHIND_S = 1.5


def piece_bytes(rate: float) -> int:
    """How much to ask for at once on a link of so many bytes a second."""
    return max(PIECE_LEAST, min(PIECE_MOST, int(rate)))


@dataclass(frozen=True, slots=True)
class Spent:
    """What was fetched in the day that runs."""

    #: when it began: by which boot, its time, and the wall clock
    boot: str = ""
    boot_ms: int = 0
    wall_ms: int = 0
    bytes: int = 0

    def text(self) -> str:
        """To be kept."""
        return json.dumps([self.boot, self.boot_ms, self.wall_ms, self.bytes])

    def left_ms(self, now: Stamp) -> int:
        """How long the day still runs. After a restart the wall clock says so; one that was set back begins anew."""
        since = now.boot_ms - self.boot_ms if self.boot == now.boot else now.wall_ms - self.wall_ms
        return DAY_MS - since if 0 <= since < DAY_MS else 0

    def at(self, now: Stamp) -> "Spent":
        """As it is now: another day may have begun."""
        return self if self.left_ms(now) else Spent(now.boot, now.boot_ms, now.wall_ms, 0)

    def plus(self, count: int) -> "Spent":
        """With so many bytes more."""
        return Spent(self.boot, self.boot_ms, self.wall_ms, self.bytes + count)


def read_spent(text: str) -> Spent:
    """What was kept; nothing for what can't be read."""
    try:
        boot, boot_ms, wall_ms, count = json.loads(text)
        return Spent(str(boot), int(boot_ms), int(wall_ms), int(count))
    except (ValueError, TypeError):
        return Spent()


class RightOfWay:
    """Whether the journal is being carried as it is written; if it is behind, songs wait."""

    def __init__(self) -> None:
        self._mark, self._since_s = 0, float("-inf")

    def is_behind(self, *, last: int, acked: int, now_s: float) -> bool:
        """`last` row of the journal, and up to which the cloud has it; `now_s` by any clock that only goes on."""
        if acked >= self._mark:
            self._mark, self._since_s = last, now_s
            return False
        return now_s - self._since_s > BEHIND_S
