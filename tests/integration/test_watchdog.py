"""The box under a watchdog: fed only while everything works; what fails is started anew, a bounded number of times."""

import os
import signal
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.client import HTTPException
from pathlib import Path

from appliance.supervision import starts
from appliance.supervision.starts import StartState
from tests.support.fake_systemd import Unit, eventually, unit_of
from tests.support.visitors import Answer


def page(unit: Unit, path: str = "/s/main-floor") -> Answer:
    return unit.url_box.visitor().get(path, headers={"Accept": "text/html"})


def is_normal(unit: Unit) -> bool:
    """Whether dancers see the music. Between safe mode and the normal start nobody answers."""
    try:
        return page(unit).status == 200
    except (OSError, HTTPException):
        return False


def broker_pid(unit: Unit) -> int:
    return int((unit.data / "run" / "mosquitto.pid").read_text())


def environment_names(pid: int) -> set[str]:
    found = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    return {one.partition(b"=")[0].decode() for one in found}


@contextmanager
def small_disk(folder: Path, *, megabytes: int = 48) -> Iterator[Path]:
    """A disk that can be filled."""
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "pika-test", str(folder)], check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill(folder: Path) -> Path:
    """Takes what room there is; the file that holds it."""
    ballast = folder / "ballast"
    with ballast.open("wb", buffering=0) as file:
        for size in (1_000_000, 4096, 1):
            try:
                while file.write(b"x" * size) == size:
                    continue
            except OSError:
                continue
    return ballast


def test_ready_comes_with_the_first_page_and_the_watchdog_is_fed_until_the_end(tmp_path: Path) -> None:
    with unit_of(tmp_path / "data") as unit:
        unit.start()
        while not unit.is_ready():
            # Asked first, looked at after: what is told to be ready must have been served before.
            time.sleep(0.01)
        assert page(unit).status == 200
        unit.wait_fed()
        unit.wait_fed()
        server = unit.url_box.server_pid()
        inside = [pid for pid in unit.processes() if unit.process is not None and pid != unit.process.pid]
        assert {server, broker_pid(unit)} < set(inside)
        for pid in inside:
            assert not {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"} & environment_names(pid)
        assert unit.stop() < 3
        assert unit.told[-1] == "STOPPING=1"
        assert unit.told[0].startswith("READY=1\nSTATUS=")
        assert unit.process is not None
        assert unit.process.returncode == 0
        assert starts.read(unit.data).starts == ()


def test_a_frozen_server_is_not_fed_for_and_replaced(tmp_path: Path) -> None:
    with unit_of(tmp_path / "data", options=("--broker", "off"), watchdog={"RESTARTS": "5"}) as unit:
        unit.start()
        unit.wait_fed()
        server = unit.url_box.server_pid()
        os.kill(server, signal.SIGSTOP)
        frozen_at, fed = time.monotonic(), unit.fed()
        eventually(lambda: not Path(f"/proc/{server}").exists(), within_s=15, what="it is killed")
        # A round that had begun before may still have counted.
        assert unit.fed() <= fed + 1
        assert time.monotonic() - frozen_at > 1
        unit.wait_fed()
        assert unit.url_box.server_pid() != server
        assert page(unit).status == 200
        assert "the server failed its tests (no page is answered (no answer in time)); it is killed" in unit.printed


def test_a_frozen_broker_is_replaced_and_dancers_notice_nothing(tmp_path: Path) -> None:
    with unit_of(tmp_path / "data", watchdog={"ROUNDS": "1", "RESTARTS": "5"}) as unit:
        unit.start()
        unit.wait_fed()
        server, broker = unit.url_box.server_pid(), broker_pid(unit)
        os.kill(broker, signal.SIGSTOP)
        eventually(lambda: not Path(f"/proc/{broker}").exists(), within_s=15, what="the broker is killed")
        unit.wait_fed()
        assert unit.url_box.server_pid() == server
        assert page(unit).status == 200
        assert "the broker failed its tests (the message broker passed no message on" in unit.printed


def test_a_locked_database_stops_the_feeding_and_ends_in_safe_mode_which_staff_can_leave(tmp_path: Path) -> None:
    quick = {"STARTS": "1", "ROUNDS": "1"}
    with unit_of(tmp_path / "data", options=("--broker", "off"), watchdog=quick) as unit:
        unit.start()
        unit.wait_fed()
        with closing(sqlite3.connect(unit.data / "box.db", isolation_level=None)) as other:
            other.execute("BEGIN EXCLUSIVE")
            assert unit.wait_ended(within_s=40) == 1
            assert unit.told[-1] == "STOPPING=1"
            (failed,) = starts.unhealthy(unit.data)
            assert (failed.state, failed.part) == (StartState.FAILED, "server")
            unit.start()
            unit.wait_ready()
            waiting = page(unit)
            assert (waiting.status, waiting.headers["retry-after"]) == (503, "15")
            assert "The box is being looked after" in waiting.text
            assert unit.url_box.visitor().get("/health").json["status"] == "safe"
            unit.wait_fed()
            staff = unit.url_box.visitor()
            code = unit.printed.rpartition("Safe code")[2].split()[0]
            assert staff.post("/staff/setup", form={"code": code}).status == 303
            seen = staff.get("/staff", headers={"Accept": "text/html"}).text
            assert "locked" in seen, "staff are not told what is wrong"
        assert staff.post("/staff/again", form={}).status == 200
        eventually(lambda: is_normal(unit), within_s=15, what="the normal start")
        unit.wait_fed()
        assert "safe_mode" in (unit.data / "notices.json").read_text()
        assert unit.stop() < 3


def test_a_storm_of_kills_is_bounded_and_ends_in_safe_mode(tmp_path: Path) -> None:
    """The server dies again and again, whenever it has just come up."""
    quick = {"STARTS": "1", "SAFE_FOR_S": "3"}
    with unit_of(tmp_path / "data", options=("--broker", "off"), watchdog=quick) as unit:
        unit.start()
        unit.wait_ready()
        killed = 0
        deadline = time.monotonic() + 40
        while not unit.has_ended() and time.monotonic() < deadline:
            try:
                os.kill(unit.url_box.server_pid(), signal.SIGKILL)
                killed += 1
            except (LookupError, ProcessLookupError):
                time.sleep(0.02)
        assert unit.wait_ended(within_s=1) == 1, unit.printed
        assert killed < 20, "it was started without a bound"
        unit.start()
        unit.wait_ready()
        assert page(unit).status == 503
        # Nobody comes, and what killed it has gone: it tries again by itself.
        eventually(lambda: is_normal(unit), within_s=15, what="the normal start after a while")
        unit.wait_fed()


def test_a_broker_that_can_not_start_is_left_out_and_dancers_have_everything(tmp_path: Path) -> None:
    bad = tmp_path / "bin" / "mosquitto"
    bad.parent.mkdir()
    bad.write_text("#!/bin/sh\necho no room for me; exit 1\n")
    bad.chmod(0o755)
    with unit_of(tmp_path / "data", path=str(bad.parent), watchdog={"STARTS": "1"}) as unit:
        unit.start()
        unit.wait_ready()
        assert page(unit).status == 200
        assert unit.wait_ended(within_s=30) == 1
        assert unit.fed() == 0, "fed without a broker"
        assert [one.part for one in starts.unhealthy(unit.data)] == ["broker"]
        unit.start()
        unit.wait_fed()
        health = unit.url_box.visitor().get("/health")
        assert health.status == 200
        assert "broker" not in health.json["parts"]
        assert page(unit).status == 200
        assert "runs without it: dancers have everything" in (unit.data / "notices.json").read_text()


def test_a_full_disk_is_said_and_the_watchdog_is_fed_all_the_same(tmp_path: Path) -> None:
    quick = {"ROUNDS": "1"}
    with small_disk(tmp_path / "disk") as disk, unit_of(disk, options=("--broker", "off"), watchdog=quick) as unit:
        unit.start()
        unit.wait_fed()
        server = unit.url_box.server_pid()
        ballast = fill(disk)
        eventually(lambda: "The disk is full" in unit.printed, within_s=15, what="staff are told")
        for _ in range(2):  # each of them would end a program
            unit.wait_fed()
        assert page(unit).status == 200
        assert unit.url_box.server_pid() == server
        ballast.unlink()
        unit.wait_fed()


def test_safe_mode_serves_on_a_full_disk_with_settings_that_nobody_can_read(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk") as disk, unit_of(disk, options=("--broker", "off")) as unit:
        unit.start()
        unit.wait_fed()
        unit.stop()
        unit.environment["PIKA_BOX_HTTP_PROT"] = "80"
        fill(disk)
        for _ in range(3):  # what holds as long as no setting says otherwise
            unit.start()
            assert unit.wait_ended(within_s=20) == 1
            assert not unit.is_ready(), "READY without a page"
        assert [one.part for one in starts.unhealthy(disk)] == ["start"] * 3
        unit.start()
        unit.wait_ready()
        answer = page(unit)
        assert (answer.status, "hearts are kept" in answer.text) == (503, True)


def test_starts_that_vanish_are_counted_and_safe_mode_ends_at_once_and_leaves_nothing_behind(tmp_path: Path) -> None:
    with unit_of(tmp_path / "data", options=("--broker", "off")) as unit:
        for _ in range(2):
            unit.start()
            unit.wait_fed()
            unit.kill_all()
        unit.start()
        unit.wait_ready()
        assert page(unit).status == 503
        assert set(unit.url_box.visitor().get("/health").json["parts"]) == {"start"}
        assert unit.process is not None
        unit.process.kill()
        eventually(lambda: not unit.processes(), within_s=5, what="safe mode ends with the box")
        unit.start()
        unit.wait_ready()
        assert unit.url_box.visitor().get("/health").json["status"] == "safe"
        assert unit.stop() < 3
        assert unit.told[-1] == "STOPPING=1"
        assert unit.processes() == []
