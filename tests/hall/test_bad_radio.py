"""Phones that lose packets or stop reading are their own problem: seconds of `bad_radio`, which can play for hours."""

from pathlib import Path
from statistics import quantiles

from tests.hall.bad_radio import evening_of


def test_phones_that_lose_packets_or_stop_reading_stall_nobody_and_take_little_memory(tmp_path: Path) -> None:
    evening = evening_of(tmp_path, seconds=7, every_s=0.04)

    assert evening.missed == 0
    assert quantiles(evening.good_ms, n=100)[-1] < 500, max(evening.good_ms)
    assert evening.bad_s < 30
    # Those who do not read are cut once 64 KiB wait for them, so ten of them take no more than this.
    assert evening.cut >= 10
    assert evening.memory[1] - evening.memory[0] < 16_000_000
