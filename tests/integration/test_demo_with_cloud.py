"""`./box demo --with-cloud`: the report is of the night it has played, by the box's database; nothing stays behind."""

import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import psutil

from tests.support.ports import free_port
from tests.support.real_box import QUIET, ROOT


@contextmanager
def demo(folder: Path, *options: str) -> Iterator["subprocess.Popen[str]"]:
    """The demo, with temporary folders in `folder`."""
    command = [sys.executable, "-m", "appliance", "demo", "--with-cloud", "--seed", "1", "--host", "127.0.0.1"]
    command += ["--port", str(free_port()), "--mqtt-port", str(free_port()), "--broker", "off", *options]
    process = subprocess.Popen(
        command,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), "TMPDIR": str(folder), **QUIET},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


def until(holds: Callable[[], object], *, within_s: float) -> None:
    deadline = time.monotonic() + within_s
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def printed_until(process: "subprocess.Popen[str]", words: str) -> str:
    """What it prints up to and with a line that has these words."""
    said = ""
    assert process.stdout is not None
    for line in process.stdout:
        said += line
        if words in line:
            return said
    raise AssertionError(f"it ended before that:\n{said}")


def test_the_report_is_of_the_night_just_played_and_a_killed_demo_leaves_nothing(tmp_path: Path) -> None:
    with demo(tmp_path, "--dancers", "40") as process:
        said = printed_until(process, "Ctrl-C ends the box and the cloud")
        address = re.search(r"http://\S+/r/\S+", said)
        assert address is not None
        with urllib.request.urlopen(f"{address[0]}/night.json", timeout=10) as answer:
            report = json.loads(answer.read())
        (folder,) = tmp_path.glob("pika-demo-*")
        with closing(sqlite3.connect(folder / "box.db")) as database:
            plays = database.execute("SELECT tracks.title FROM plays JOIN tracks ON tracks.id = track_id").fetchall()
            (likes,) = database.execute("SELECT count(*) FROM likes").fetchone()
            (sets,) = database.execute("SELECT count(*) FROM sessions").fetchone()
        heard = [(play["title"],) for one in report["set_lists"] for play in one["plays"]]
        assert sorted(heard) == sorted(plays)
        assert (report["totals"]["likes"], report["totals"]["sets"]) == (likes, sets)
        assert likes > 50
        assert {one["name"] for one in report["stages"]} == {"Main Floor", "Garden"}
        # The hall filled and emptied, in the evening of where it stands.
        phones = [point["guests"] for one in report["stages"] for point in one["curve"] if one["id"] == "main-floor"]
        assert max(n for n in phones if isinstance(n, int)) > 15
        assert report["totals"]["began"][11:16] == "20:00"
        assert report["totals"]["ended"][11:16] < "23:45"
        started = psutil.Process(process.pid).children(recursive=True)
        # The caretaker, the cloud, supervisord with the server and the carrier.
        assert len(started) >= 5
        process.send_signal(signal.SIGKILL)
        until(lambda: not any(one.is_running() for one in started), within_s=10)
        until(lambda: not folder.exists(), within_s=5)


def test_once_saves_the_report_and_ends(tmp_path: Path) -> None:
    with demo(tmp_path, "--dancers", "8", "--once") as process:
        said, _ = process.communicate(timeout=60)
        assert process.returncode == 0, said
    report = (tmp_path / "pika-demo-report.html").read_text(encoding="utf-8")
    assert "Rosa Tállay" in report
    assert str(tmp_path / "pika-demo-report.html") in said
    assert not list(tmp_path.glob("pika-demo-*/"))
