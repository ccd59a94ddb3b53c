"""`./box run` as whoever plugs it in sees it."""

import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from tests.support.ports import free_port
from tests.support.real_box import ROOT, RealBox, running_box


def open_stream(box: RealBox) -> socket.socket:
    """A phone that watches the main floor."""
    stream = socket.create_connection(("127.0.0.1", box.port), timeout=5)
    stream.sendall(b"GET /api/v1/stages/main-floor/stream HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
    seen = b""
    while b"event: state" not in seen:
        seen += stream.recv(65536)
    return stream


def processes_of(box: RealBox) -> list[int]:
    """Every process that knows this box's port from its environment."""
    mark = f"PIKA_BOX_HTTP_PORT={box.port}".encode()
    found = []
    for folder in Path("/proc").iterdir():
        try:
            if mark in (folder / "environ").read_bytes().split(b"\0"):
                found.append(int(folder.name))
        except (OSError, ValueError):
            continue
    return found


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_everything_ends_in_3_s_with_streams_open(tmp_path: Path, number: int) -> None:
    with running_box(tmp_path) as box:
        streams = [open_stream(box) for _ in range(50)]
        assert len(processes_of(box)) == 3  # supervisord, broker, server
        took = box.stop(number)
        assert took < 3
        assert box.process.returncode == 0
        assert processes_of(box) == []
        for stream in streams:
            with stream, stream.makefile("rb") as rest:
                assert rest.read().endswith(b"0\r\n\r\n"), "the stream was not ended properly"


@pytest.mark.parametrize("broker", ["mosquitto", "embedded", "off"])
def test_the_box_is_healthy_with_every_broker(tmp_path: Path, broker: str) -> None:
    with running_box(tmp_path, options=("--broker", broker)) as box:
        deadline = time.monotonic() + 10
        while (health := box.visitor().get("/health").json)["status"] != "ok" and time.monotonic() < deadline:
            time.sleep(0.1)
        assert health["status"] == "ok"
        assert ("broker" in health["parts"]) is (broker != "off")


def test_a_second_start_serves_its_first_page_within_3_s(tmp_path: Path) -> None:
    with running_box(tmp_path) as box:
        box.guest()
    started = time.monotonic()
    with running_box(tmp_path) as box:
        box.guest()
        assert time.monotonic() - started < 3


def test_a_taken_port_is_named_with_its_holder_and_the_option_that_changes_it(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as holder:
        port = holder.getsockname()[1]
        for option, other in (("--port", "--mqtt-port"), ("--mqtt-port", "--port")):
            command = [
                sys.executable,
                "-m",
                "appliance",
                "run",
                "--data",
                str(tmp_path / option),
                "--host",
                "127.0.0.1",
            ]
            command += [option, str(port), other, str(free_port())]
            done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=20, check=False)
            assert done.returncode == 1
            assert f"Port {port}" in done.stderr
            assert f"process {os.getpid()}" in done.stderr
            assert f"{option} {port + 1}" in done.stderr
            assert "Traceback" not in done.stderr


def test_a_folder_that_is_in_use_is_said_so(tmp_path: Path) -> None:
    with running_box(tmp_path) as box:
        command = [sys.executable, "-m", "appliance", "run", "--data", str(tmp_path), "--port", str(free_port())]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=20, check=False)
        assert done.returncode == 1
        assert f"process {box.process.pid}" in done.stderr


def test_a_dead_broker_is_shown_and_phones_go_on(tmp_path: Path) -> None:
    with running_box(tmp_path) as box, open_stream(box) as stream:
        dj = box.dj()
        session = dj.post("/api/v1/stages/main-floor/sessions").json["session"]["id"]
        broker = int((tmp_path / "run" / "mosquitto.pid").read_text())
        os.kill(broker, signal.SIGSTOP)  # neither dead nor alive: the worst kind
        try:
            dj.post(f"/api/v1/sessions/{session}/plays", json_body={"title": "Still here", "artist": "a"})
            seen = b""
            while b"Still here" not in seen:
                seen += stream.recv(65536)
        finally:
            os.kill(broker, signal.SIGKILL)
        deadline = time.monotonic() + 5
        shown = set()
        while time.monotonic() < deadline:
            health = box.visitor().get("/health")
            assert health.status == 200
            shown.add((health.json["parts"]["broker"]["state"], health.json["lights"]["broker"]))
            if shown >= {("problem", "attention"), ("ok", "good")}:
                break
            time.sleep(0.02)
        assert shown >= {("problem", "attention"), ("ok", "good")}, "its death was not shown, or it did not heal"


def test_what_the_box_keeps_is_for_its_user_only(tmp_path: Path) -> None:
    with running_box(tmp_path / "data") as box:
        secret = box.dj().token
        assert secret is not None
        files = [path for path in (tmp_path / "data").rglob("*") if path.is_file()]
        assert {path.stat().st_mode & 0o077 for path in files} == {0}
        for path in files:
            assert secret.encode() not in path.read_bytes(), path
            assert box.setup_code.replace("-", "").encode() not in path.read_bytes(), path
    with closing(sqlite3.connect(tmp_path / "data" / "box.db")) as database:
        assert database.execute("PRAGMA integrity_check").fetchone()[0] == "ok"


def test_settings_that_are_wrong_stop_the_start_with_the_nearest_name(tmp_path: Path) -> None:
    (tmp_path / "box.toml").write_text("[http]\nprot = 80\n")
    command = [sys.executable, "-m", "appliance", "run", "--data", str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=20, check=False)
    assert done.returncode == 1
    assert "'prot'" in done.stderr
    assert "'port'" in done.stderr


def test_the_terminal_says_when_a_part_died_and_when_it_is_back(tmp_path: Path) -> None:
    with running_box(tmp_path) as box:
        time.sleep(1.5)  # the watch looks once a second; it must have seen the first process
        pid = box.server_pid()
        os.kill(pid, signal.SIGKILL)
        box.wait_until_served(not_pid=pid)
        time.sleep(2.5)
        box.stop()
        assert box.process.stdout is not None
        said = box.process.stdout.read()
    assert "the server stopped and is started again; phones wait and come back by themselves" in said
    assert "the server is back" in said
    assert said.index("stopped and") < said.index("is back")
