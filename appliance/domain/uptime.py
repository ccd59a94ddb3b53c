"""How long the box has been up in all its boots: a clock that nobody can set and that no reboot sets back.

A mark is written down now and then: at this boot time of this boot, the box had been up for so long. What ran after
the last mark of a boot is not counted; so whatever expires by it expires a little late, and never early.
"""

import json
from dataclasses import dataclass

from appliance.domain.models import Stamp

#: fact of the database
UPTIME = "uptime"
#: how often a mark is written down
MARK_EVERY_MS = 10 * 60 * 1000


@dataclass(frozen=True, slots=True)
class Uptime:
    """A mark."""

    #: the boot in which it was made
    boot: str
    #: boot time then
    boot_ms: int
    #: up-time in all boots then
    total_ms: int

    def at(self, now: Stamp) -> int:
        """The up-time at a later moment."""
        if self.boot == now.boot:
            return self.total_ms + max(0, now.boot_ms - self.boot_ms)
        return self.total_ms + now.boot_ms

    def text(self) -> str:
        """As the database keeps it."""
        return json.dumps({"boot": self.boot, "boot_ms": self.boot_ms, "total_ms": self.total_ms})


def read_uptime(text: str | None) -> Uptime:
    """The last mark; a box that has none begins to count now."""
    if text is None:
        return Uptime(boot="", boot_ms=0, total_ms=0)
    kept = json.loads(text)
    return Uptime(str(kept["boot"]), int(kept["boot_ms"]), int(kept["total_ms"]))


def mark(last: Uptime, now: Stamp) -> Uptime | None:
    """The mark to write down now; None while the last one is young enough."""
    young = last.boot == now.boot and now.boot_ms - last.boot_ms < MARK_EVERY_MS
    return None if young else Uptime(now.boot, now.boot_ms, last.at(now))
