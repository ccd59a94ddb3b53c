"""Time on a box that may have no clock.

Owns reading the kernel's clocks and saying how far the wall clock can be trusted; what is believed of it all is decided
in `domain.timekeeping`. Order never comes from here: it is the journal's sequence. Boot time (`CLOCK_BOOTTIME`) counts
suspended time too and can't be set by anyone. Nothing here sets the system's clock.
"""

import ctypes
import sys
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from appliance.domain import timekeeping
from appliance.domain.events import ClockSet, Happened
from appliance.domain.models import ClockTrust, Stamp
from appliance.domain.timekeeping import Anchor

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
# systemd-timesyncd makes this file at its first synchronisation in this boot.
_SYNCHRONISED = Path("/run/systemd/timesync/synchronized")
_HARDWARE_CLOCKS = Path("/sys/class/rtc")
_TRUST_FOR_MS = 1000

# From <sys/timex.h>: the kernel's flag for "nobody disciplines this clock". chrony clears it when its configuration
# has `rtcsync`, timesyncd and ntpd always; the kernel sets it again after nine hours without a correction.
_STA_UNSYNC = 0x0040


class Clock(Protocol):
    """Injected everywhere, so that tests can jump years and boots."""

    def now(self) -> Stamp:
        """This moment, in every way the box can tell it."""
        ...


class _Timex(ctypes.Structure):
    """The beginning of the kernel's `struct timex`, and room for the rest."""

    _fields_ = (
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("freq", ctypes.c_long),
        ("maxerror", ctypes.c_long),
        ("esterror", ctypes.c_long),
        ("status", ctypes.c_int),
        ("rest", ctypes.c_char * 256),
    )


def kernel_is_synchronised() -> bool:
    """Whether a time service holds the kernel's clock to the network's now; False where the kernel does not tell.

    Asks only (`modes` is 0), so it needs no right but to make the call.
    """
    asked = _Timex()
    try:
        state: int = ctypes.CDLL(None, use_errno=True).adjtimex(ctypes.byref(asked))
    except (AttributeError, OSError):
        return False  # not Linux
    return state >= 0 and not asked.status & _STA_UNSYNC


def hardware_clock_agrees(wall_s: float, *, folder: Path = _HARDWARE_CLOCKS) -> bool:
    """Whether the system's clock was set at the start from one with a battery that keeps a real date.

    Without a battery it begins at its own year at every start, and what systemd makes of that is a guess.
    """
    try:
        clocks = sorted(folder.iterdir())
    except OSError:
        return False
    for clock in clocks:
        try:
            set_from_it = (clock / "hctosys").read_text(encoding="ascii").strip() == "1"
            seconds = int((clock / "since_epoch").read_text(encoding="ascii"))
        except (OSError, ValueError):
            continue
        if set_from_it and timekeeping.is_plausible(seconds * 1000):
            return abs(seconds - wall_s) * 1000 <= timekeeping.SAME_MS
    return False


def _network_said_so() -> bool:
    return _SYNCHRONISED.exists() or kernel_is_synchronised()


def _boot_id() -> str:
    try:
        return _BOOT_ID.read_text(encoding="ascii").strip()
    except OSError:
        # Not Linux (a developer's laptop): each start of the program then counts as a boot.
        return str(uuid.uuid4())


# Each of them counts the time in which the machine sleeps: a play from before that is as old as it is.
if sys.platform == "win32":

    def _boottime_s() -> float:
        ticks = ctypes.windll.kernel32.GetTickCount64
        ticks.restype = ctypes.c_uint64
        return int(ticks()) / 1000

elif sys.platform == "darwin":

    def _boottime_s() -> float:
        return time.clock_gettime(time.CLOCK_MONOTONIC_RAW)

else:

    def _boottime_s() -> float:
        return time.clock_gettime(time.CLOCK_BOOTTIME)


@dataclass(frozen=True, slots=True)
class Sources:
    """Where a clock reads: this machine, unless a test says otherwise."""

    #: seconds since 1970 UTC, as the system believes
    wall: Callable[[], float] = time.time
    #: seconds since the boot
    boottime: Callable[[], float] = _boottime_s
    #: the kernel's id of this boot
    boot: Callable[[], str] = _boot_id
    #: whether the system's clock is held to the network's
    from_network: Callable[[], bool] = _network_said_so
    #: whether a clock with a battery has set the system's, and still agrees with it
    from_hardware: Callable[[float], bool] = hardware_clock_agrees


class SystemClock:
    """The kernel's clocks, and what people and the store know better."""

    def __init__(self, sources: Sources | None = None) -> None:
        self._sources = sources or Sources()
        self._boot = self._sources.boot()
        self._trust_until_ms = 0
        self._network = False
        self._hardware = self._sources.from_hardware(self._sources.wall())
        self._anchor: Anchor | None = None
        self._floor: Anchor | None = None

    def load(self, *, anchor: Anchor | None, newest: Stamp | None) -> None:
        """Takes over what the store knows, at the start: who set the clock, and what time it was at least."""
        self._anchor = anchor
        self._floor = timekeeping.floor_of(newest, boot=self._boot) if newest else None

    def on_commit(self, events: Sequence[Happened]) -> None:
        """Goes by a setting once that is durable."""
        for event in events:
            if isinstance(event, ClockSet):
                self._anchor = event.anchor

    def now(self) -> Stamp:
        """This moment; never raises, and takes about three microseconds."""
        return timekeeping.believed(self._read(), anchor=self._anchor, floor=self._floor)

    def _read(self) -> Stamp:
        wall_ms, boot_ms = int(self._sources.wall() * 1000), int(self._sources.boottime() * 1000)
        if boot_ms >= self._trust_until_ms and not self._network:
            # Looked up once a second: asking the system for every like would cost more than the like's rules. What the
            # network said once holds for this boot: the crystal drifts by a second in a night.
            self._trust_until_ms = boot_ms + _TRUST_FOR_MS
            self._network = self._sources.from_network()
        own = ClockTrust.RTC if self._hardware else ClockTrust.SAVED
        return Stamp(self._boot, boot_ms, wall_ms, ClockTrust.NTP if self._network else own)
