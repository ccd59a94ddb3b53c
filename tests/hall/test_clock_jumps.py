"""A tap counts by uptime: through restarts, kill -9 and a wall clock that jumps, and no longer than it should.

The server itself, on loopback, with a wall clock of the test's making (libfaketime) and an uptime of the test's making
(a time namespace).
"""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from appliance.domain.audit import STAFF
from appliance.domain.portal import RELEASE_FOR_MS, Mode
from appliance.usecases import portal
from tests.contract.conftest import sqlite_evening
from tests.network.hall import eventually, require
from tests.portal.phone import Phone
from tests.support.ports import free_port
from tests.support.probes import SUCCESS
from tests.support.real_box import ROOT

_APPLE = "http://captive.apple.com/hotspot-detect.html"
_TEN_YEARS = 10 * 365 * 24 * 3600
_TERM_S = RELEASE_FOR_MS // 1000


@pytest.fixture(name="folder")
def _folder(tmp_path: Path) -> Path:
    """The data of a box in party mode."""
    require("faketime", "unshare")

    async def choose() -> None:
        async with sqlite_evening(tmp_path / "box.db") as evening:
            await portal.set_mode(evening.ports, mode=Mode.PARTY, by=STAFF)

    asyncio.run(choose())
    return tmp_path


def _faked(wall: Path) -> dict[str, str]:
    """What makes a program believe in the wall clock that `wall` says, and leaves its other clocks alone."""
    asked = ["faketime", "-f", "+0", "sh", "-c", 'printf %s "$LD_PRELOAD"']
    preload = subprocess.run(asked, capture_output=True, text=True, check=True).stdout
    return {
        "LD_PRELOAD": preload,
        "FAKETIME_TIMESTAMP_FILE": str(wall),
        "FAKETIME_NO_CACHE": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    }


@contextmanager
def _served(folder: Path, *, uptime_s: int = 0, more: Mapping[str, str] | None = None) -> Iterator[Phone]:
    """The server with so much more uptime, killed at the end; a phone that knows it."""
    port = free_port()
    settings = {
        "DATA": folder,
        "HTTP_HOST": "127.0.0.1",
        "HTTP_PORT": port,
        "MQTT_BROKER": "off",
        "MDNS_ENABLED": "no",
        "LINKS_ENABLED": "no",
    }
    environment = {f"PIKA_BOX_{name}": str(value) for name, value in settings.items()}
    longer = ["unshare", "--time", "--boottime", str(uptime_s), "--monotonic", str(uptime_s), "--fork", "--kill-child"]
    with subprocess.Popen(
        [*longer, sys.executable, "-m", "appliance", "serve"],
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment, **(more or {})},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as server:
        phone = Phone(port=port, address="127.0.5.1")

        def answers() -> bool:
            assert server.poll() is None
            try:
                return phone.get(f"http://127.0.0.1:{port}/health").status > 0
            except OSError:
                return False

        try:
            eventually(answers, within_s=15, what="the server answers")
            yield phone
        finally:
            # With it goes its child, without a chance to tidy up.
            server.send_signal(signal.SIGKILL)


def _is_online(phone: Phone) -> bool:
    answer = phone.get(_APPLE)
    return answer.status == 200 and SUCCESS in answer.body


def _wait_for_year(phone: Phone, year: int) -> None:
    def is_there() -> bool:
        return int(phone.get(f"http://127.0.0.1:{phone.port}/health").headers["date"].split()[3]) == year

    eventually(is_there, within_s=5, what="the server's clock jumps")


def test_a_wall_clock_that_jumps_ten_years_changes_nothing_while_the_box_runs_or_over_a_restart(folder: Path) -> None:
    wall = folder / "wall"
    wall.write_text("+0\n", encoding="ascii")
    jumps = (f"+{_TEN_YEARS}", f"-{_TEN_YEARS}")
    with _served(folder, more=_faked(wall)) as phone:
        assert not _is_online(phone)
        assert phone.press("/welcome").status == 303
        for jump in jumps:
            wall.write_text(f"{jump}\n", encoding="ascii")
            # That the test can fail: the server does believe it, within the second in which it looks again.
            _wait_for_year(phone, (datetime.now(UTC) + timedelta(seconds=int(jump))).year)
            assert _is_online(phone)
    for jump in jumps:
        wall.write_text(f"{jump}\n", encoding="ascii")
        with _served(folder, more=_faked(wall)) as phone:
            assert _is_online(phone)


def test_fourteen_hours_of_uptime_end_it_though_the_wall_clock_stands_still(folder: Path) -> None:
    with _served(folder) as phone:
        assert phone.press("/welcome").status == 303
    with _served(folder, uptime_s=_TERM_S - 60) as phone:
        assert _is_online(phone)
    with _served(folder, uptime_s=_TERM_S + 1) as phone:
        assert not _is_online(phone)
