"""The fleet's bench works: real processes and PostgreSQL, simulated boxes, every figure. Not how fast it is."""

import json
import math
from pathlib import Path

import pytest

from sync.journal.entries import Entry, read_line
from tests.bench.fleet.__main__ import main
from tests.bench.fleet.figures import herd
from tests.bench.fleet.night import night
from tests.bench.fleet.wire import Asked


def test_the_quick_form_brings_every_night_whole_and_produces_every_figure(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    raw = tmp_path / "fleet.json"
    status = main(["--quick", "--json", str(raw)])
    shown = capsys.readouterr()
    assert status == 0, shown.err
    found = {figure["key"]: figure["values"][0] for figure in json.loads(raw.read_text(encoding="utf-8"))["figures"]}
    assert len(found) == 25
    assert all(math.isfinite(value) for value in found.values()), found
    assert found["fleet_wrong"] == 0
    assert found["fleet_disk_bytes"] > 0
    assert found["fleet_seen_p95_s"] < 3


def test_a_herd_is_the_fullest_second_against_the_mean() -> None:
    even = [Asked(100 + number / 10, 0.0, "GET /", 200) for number in range(101)]
    assert herd(even) == pytest.approx(1.0)
    rush = [*even, *(Asked(105.5, 0.0, "GET /", 200) for _ in range(40))]
    assert herd(rush) == pytest.approx(50 / 14)


def test_a_simulated_night_is_one_that_boxes_send() -> None:
    lines = night(200, seed=1)
    entries = [read_line(line, seq=number) for number, line in enumerate(lines, start=1)]
    assert all(isinstance(entry, Entry) for entry in entries)
    assert lines == night(200, seed=1) != night(200, seed=2)
