"""Which starts count as unhealthy, and what the next one leaves out."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from appliance.domain.models import ClockTrust, Stamp
from appliance.supervision import starts
from appliance.supervision.starts import Record, Start, StartState
from appliance.supervision.ways import Way, choose

MINUTE = 60_000
#: a process that is no more
GONE = "999999999:1"


@dataclass
class TurningClock:
    """A machine whose boots and boot time the test turns; the wall clock is nonsense on purpose."""

    boot: str = "one"
    boot_ms: int = 20_000

    def now(self) -> Stamp:
        return Stamp(boot=self.boot, boot_ms=self.boot_ms, wall_ms=-5, trust=ClockTrust.NONE)


def counted(data: Path, clock: TurningClock) -> list[str]:
    """The words of every unhealthy start, as one that begins now sees them."""
    return [start.words or start.state.value for start in starts.unhealthy(data, now=clock.now())]


def vanish(data: Path) -> None:
    """What was written down is of a process that is no more."""
    text = (data / starts.FILE_NAME).read_text()
    own = starts._process()
    (data / starts.FILE_NAME).write_text(text.replace(own, GONE.ljust(len(own))))


def test_failures_count_until_a_start_has_settled(tmp_path: Path) -> None:
    clock = TurningClock()
    record = Record(tmp_path, clock=clock)
    for words in ("a", "b"):
        record.begin()
        record.failed(part="server", words=words)
        clock.boot_ms += MINUTE
    assert counted(tmp_path, clock) == ["a", "b"]
    record.begin()
    record.serves()
    assert counted(tmp_path, clock) == ["a", "b"], "well for a moment is not well"
    record.settled()
    assert counted(tmp_path, clock) == []


def test_a_start_that_was_told_to_stop_counts_for_nothing(tmp_path: Path) -> None:
    record = Record(tmp_path, clock=TurningClock())
    record.begin()
    record.stopped()
    assert counted(tmp_path, TurningClock()) == []


def test_one_that_runs_is_not_counted_and_one_that_vanished_is(tmp_path: Path) -> None:
    clock = TurningClock()
    record = Record(tmp_path, clock=clock)
    record.begin()
    assert counted(tmp_path, clock) == []
    vanish(tmp_path)
    assert counted(tmp_path, clock) == ["starting"]
    record.begin()
    record.serves()
    vanish(tmp_path)
    assert counted(tmp_path, clock) == ["starting", "serving"]


def test_a_plug_pulled_while_it_served_is_nobodys_fault_but_one_before_is_counted(tmp_path: Path) -> None:
    clock = TurningClock()
    for boot in ("one", "two", "three"):
        clock.boot, clock.boot_ms = boot, 20_000
        record = Record(tmp_path, clock=clock)
        record.begin()
        record.serves()
        vanish(tmp_path)
    clock.boot = "four"
    assert counted(tmp_path, clock) == []
    Record(tmp_path, clock=clock).begin()
    vanish(tmp_path)
    clock.boot = "five"
    assert counted(tmp_path, clock) == ["starting"]


def test_ten_minutes_of_boot_time_are_looked_back_on_over_reboots(tmp_path: Path) -> None:
    """A machine that was off for a week in between passes no time; one that stays up does."""
    clock = TurningClock()
    for boot in ("one", "two", "three"):
        clock.boot, clock.boot_ms = boot, 3 * MINUTE
        record = Record(tmp_path, clock=clock)
        record.begin()
        record.failed(part="server", words=boot)
    assert counted(tmp_path, clock) == ["one", "two", "three"]
    clock.boot_ms += 2 * MINUTE
    assert counted(tmp_path, clock) == ["one", "two", "three"]
    clock.boot_ms += 3 * MINUTE
    assert counted(tmp_path, clock) == ["two", "three"]
    clock.boot_ms += 20 * MINUTE
    assert counted(tmp_path, clock) == []


@pytest.mark.parametrize("content", [b"", b"[]", b"{", b'{"starts": [{}]}', b"\xff\x00", b'{"starts": 5}'])
def test_a_file_that_nobody_can_read_counts_nothing_and_is_written_anew(tmp_path: Path, content: bytes) -> None:
    (tmp_path / starts.FILE_NAME).write_bytes(content)
    clock = TurningClock()
    assert counted(tmp_path, clock) == []
    Record(tmp_path, clock=clock).begin()
    assert len(starts.read(tmp_path).starts) == 1


def test_the_file_never_grows(tmp_path: Path) -> None:
    """Its size is what a full disk has room for."""
    clock = TurningClock()
    record = Record(tmp_path, clock=clock)
    sizes = set()
    for _ in range(40):
        record.begin(is_trial=True)
        record.failed(part="server", words="\U0001f525\x01" * 5_000)
        sizes.add((tmp_path / starts.FILE_NAME).stat().st_size)
    assert len(sizes) == 1
    assert counted(tmp_path, clock)


def test_where_it_listened_is_remembered_and_a_new_release_begins_with_a_clean_sheet(tmp_path: Path) -> None:
    clock = TurningClock()
    record = Record(tmp_path, clock=clock)
    record.begin()
    record.listens(host="10.0.0.1", port=80)
    record.failed(part="server", words="a")
    starts.forget(tmp_path)
    book = starts.read(tmp_path)
    assert (book.starts, book.host, book.port) == ((), "10.0.0.1", 80)


def test_a_folder_that_can_not_be_written_stops_nobody(tmp_path: Path) -> None:
    Record(tmp_path / "missing", clock=TurningClock()).begin()
    assert counted(tmp_path / "missing", TurningClock()) == []


def failed(part: str, *, is_trial: bool = False) -> Start:
    return Start(boot="one", at_ms=0, process=GONE, state=StartState.FAILED, part=part, is_trial=is_trial)


@pytest.mark.parametrize(
    ("parts", "way"),
    [
        ([], Way.NORMAL),
        (["server", "server"], Way.NORMAL),
        (["server", "server", "server"], Way.SAFE),
        (["broker", "broker", "broker"], Way.WITHOUT_BROKER),
        (["broker", "server", "broker"], Way.SAFE),
        (["broker", "broker", "broker", "server"], Way.SAFE),
        (["server", "broker", "broker", "broker"], Way.WITHOUT_BROKER),
        (["", "start", ""], Way.SAFE),
    ],
)
def test_the_way_follows_from_what_failed(parts: list[str], way: Way) -> None:
    assert choose([failed(part) for part in parts], most=3) is way


def test_a_try_out_of_safe_mode_that_fails_leads_back_at_once() -> None:
    assert choose([failed("server", is_trial=True)], most=3) is Way.SAFE
    assert choose([failed("broker", is_trial=True)], most=3) is Way.WITHOUT_BROKER
    assert choose([failed("server", is_trial=True), failed("server")], most=3) is Way.NORMAL
