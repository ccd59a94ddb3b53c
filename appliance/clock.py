"""Time on a box that may have no clock.

Owns reading the kernel's clocks and saying how far the wall clock can be trusted. Order never comes from here: it is
the journal's sequence. Boot time (`CLOCK_BOOTTIME`) counts suspended time too and can't be set by anyone.
"""

import time
import uuid
from pathlib import Path
from typing import Protocol

from appliance.domain.models import ClockTrust, Stamp

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
# systemd-timesyncd makes this file at its first synchronisation in this boot; chrony's packages do so through
# systemd-time-wait-sync on Debian.
_SYNCHRONISED = Path("/run/systemd/timesync/synchronized")
# Nobody ran this program before it was written: an earlier wall clock was never set.
_EARLIEST_WALL_S = 1_767_225_600  # 2026-01-01T00:00:00Z
_TRUST_FOR_MS = 1000


class Clock(Protocol):
    """Injected everywhere, so that tests can jump years and boots."""

    def now(self) -> Stamp:
        """This moment, in every way the box can tell it."""
        ...


def _boot_id() -> str:
    try:
        return _BOOT_ID.read_text(encoding="ascii").strip()
    except OSError:
        # Not Linux (a developer's laptop): each start of the program then counts as a boot.
        return str(uuid.uuid4())


class SystemClock:
    """The kernel's clocks."""

    def __init__(self) -> None:
        self._boot = _boot_id()
        self._boottime = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
        self._trust = ClockTrust.NONE
        self._trust_until_ms = 0

    def now(self) -> Stamp:
        """This moment; never raises, and takes about two microseconds."""
        wall = time.time()
        boot_ms = int(time.clock_gettime(self._boottime) * 1000)
        if boot_ms >= self._trust_until_ms:
            # Looked up once a second: asking the file system for every like would cost more than the like's rules.
            self._trust_until_ms = boot_ms + _TRUST_FOR_MS
            self._trust = ClockTrust.NTP if _SYNCHRONISED.exists() else ClockTrust.SAVED
        trust = self._trust if wall >= _EARLIEST_WALL_S else ClockTrust.NONE
        return Stamp(boot=self._boot, boot_ms=boot_ms, wall_ms=int(wall * 1000), trust=trust)
