"""Reading the machine's clocks: which of them has a battery, who disciplines them, and what a restart goes on with."""

import ctypes
import time
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from appliance import clock
from appliance.clock import Sources, SystemClock, hardware_clock_agrees, kernel_is_synchronised
from appliance.domain.events import ClockSet
from appliance.domain.models import ClockTrust, Stamp
from appliance.domain.timekeeping import Anchor

NOW_S = 1_800_000_000
_MOST_MICROSECONDS = 50


def hardware(folder: Path, **clocks: tuple[str, str]) -> Path:
    for name, (set_from_it, seconds) in clocks.items():
        (folder / name).mkdir(parents=True)
        (folder / name / "hctosys").write_text(f"{set_from_it}\n", encoding="ascii")
        (folder / name / "since_epoch").write_text(f"{seconds}\n", encoding="ascii")
    return folder


@pytest.mark.parametrize(
    ("clocks", "agrees"),
    [
        ({}, False),
        ({"rtc0": ("1", str(NOW_S - 3))}, True),
        ({"rtc0": ("0", str(NOW_S))}, False),
        ({"rtc0": ("1", "86400")}, False),  # a Pi 5 without its battery
        ({"rtc0": ("1", str(NOW_S - 7_200))}, False),  # systemd knew better than this clock
        ({"rtc0": ("1", "")}, False),
        ({"rtc0": ("0", "86400"), "rtc1": ("1", str(NOW_S))}, True),
    ],
)
def test_only_a_clock_with_a_battery_that_has_set_the_system_s_counts(
    tmp_path: Path, clocks: dict[str, tuple[str, str]], agrees: bool
) -> None:
    assert hardware_clock_agrees(NOW_S, folder=hardware(tmp_path, **clocks)) is agrees


def test_a_machine_without_any_hardware_clock_has_none(tmp_path: Path) -> None:
    assert hardware_clock_agrees(NOW_S, folder=tmp_path / "nothing") is False


def test_the_kernel_s_own_word_is_read_where_the_kernel_keeps_it() -> None:
    """Against the layout in the C library's header: `modes` and `status` are what is read and what must be 0."""
    assert (clock._Timex.modes.offset, clock._Timex.status.offset) == (0, 5 * ctypes.sizeof(ctypes.c_long))
    asked = ctypes.create_string_buffer(512)
    state = ctypes.CDLL(None).adjtimex(asked)
    status = int.from_bytes(asked.raw[40:44], "little")
    assert kernel_is_synchronised() is (state >= 0 and not status & 0x40)


@dataclass
class Machine:
    """A machine whose clocks a test turns."""

    wall_s: float = NOW_S
    up_s: float = 100.0
    boot: str = "b1"
    network: bool = False
    battery: bool = False

    def clock(self) -> SystemClock:
        """The program starts."""
        boot = self.boot
        return SystemClock(
            Sources(
                wall=lambda: self.wall_s,
                boottime=lambda: self.up_s,
                boot=lambda: boot,
                from_network=lambda: self.network,
                from_hardware=lambda _: self.battery,
            )
        )

    def later(self, seconds: float) -> None:
        self.wall_s += seconds
        self.up_s += seconds

    def reboot(self, wall_s: float) -> None:
        """The plug was pulled and put back."""
        self.boot, self.up_s, self.wall_s, self.network = self.boot + "+", 10.0, wall_s, False


def setting(before: Stamp, wall_s: float) -> ClockSet:
    anchor = Anchor(before.boot, before.boot_ms, int(wall_s * 1000), ClockTrust.DEVICE)
    return ClockSet(anchor=anchor, before=before, source="staff")


def told(one: SystemClock) -> tuple[float, str]:
    now = one.now()
    return now.wall_ms / 1000, now.trust.value


def test_an_evening_of_a_box_without_a_clock_battery() -> None:
    machine = Machine(wall_s=50.0)
    box = machine.clock()
    assert told(box) == (50.0, "none")
    set_to = setting(box.now(), NOW_S)
    box.on_commit([set_to])
    machine.later(60)
    assert told(box) == (NOW_S + 60, "device")
    newest = box.now()
    # The program starts again in the same boot.
    box = machine.clock()
    box.load(anchor=set_to.anchor, newest=newest)
    machine.later(60)
    assert told(box) == (NOW_S + 120, "device")
    newest = box.now()
    # The plug is pulled; the machine begins in 1970 again.
    machine.reboot(wall_s=15.0)
    box = machine.clock()
    box.load(anchor=set_to.anchor, newest=newest)
    assert told(box) == (NOW_S + 120 + 10, "saved")
    # Then there is a network, and it says that the night went on longer.
    machine.later(5)
    machine.network, machine.wall_s = True, NOW_S + 9000
    assert told(box) == (NOW_S + 9000, "ntp")
    # And goes away: what is known is known.
    machine.network = False
    machine.later(9)
    assert told(box) == (NOW_S + 9009, "ntp")
    newest = box.now()
    box = machine.clock()
    box.load(anchor=replace(set_to.anchor, boot=machine.boot), newest=newest)
    assert told(box) == (NOW_S + 9009, "ntp")


def test_a_battery_is_believed_as_far_as_its_date_is() -> None:
    assert told(Machine(battery=True).clock()) == (NOW_S, "rtc")
    assert told(Machine(battery=True, wall_s=50.0).clock()) == (50.0, "none")


def test_asking_for_the_time_costs_next_to_nothing() -> None:
    box = SystemClock()
    box.now()
    began = time.perf_counter()
    for _ in range(2000):
        box.now()
    assert (time.perf_counter() - began) / 2000 * 1e6 < _MOST_MICROSECONDS
