"""The program itself: supervised when there is a cloud, and what it fetches is served by the box beside it."""

import contextlib
import signal
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from appliance import config
from appliance.config import BrokerKind
from appliance.supervision.programs import programs
from sync.renewal import PATH
from tests.support.authority import NAME, Authority
from tests.support.ports import free_port
from tests.support.real_box import running_box
from tests.sync.cloud import cloud, honest


@pytest.mark.parametrize(("url", "runs"), [("", False), ("https://cloud.example.org", True)])
def test_it_runs_only_when_there_is_a_cloud(tmp_path: Path, url: str, runs: bool) -> None:
    settings = config.load(data=tmp_path, environment={}, options={"cloud": {"url": url}})
    assert ("sync" in [one.name for one in programs(settings, broker=BrokerKind.OFF)]) == runs


def eventually(true: Callable[[], bool], *, within_s: float = 20) -> None:
    deadline = time.monotonic() + within_s
    while not true():
        assert time.monotonic() < deadline, "it did not come true"
        time.sleep(0.05)


def test_a_real_box_fetches_its_certificate_by_itself_and_says_so(tmp_path: Path) -> None:
    authority = Authority()
    (tmp_path / "roots.pem").write_bytes(authority.roots)
    with cloud(authority, tmp_path / "cloud", behave=honest(authority)) as there:
        environment = {
            "PIKA_BOX_CLOUD_URL": there.url,
            "PIKA_BOX_TLS_HOST_NAME": NAME,
            "PIKA_BOX_TLS_PORT": str(free_port()),
            "PIKA_BOX_TLS_ROOTS": str(tmp_path / "roots.pem"),
        }
        with running_box(tmp_path / "data", options=("--broker", "off"), env=environment) as box:
            eventually(lambda: box.visitor().get("/health").json["certificate"]["state"] == "valid")
            health = box.visitor().get("/health").json
            assert health["parts"]["certificate"] == {"state": "ok"}
            assert [path for path, _ in there.asked].count(PATH) == 1

            # It is nothing the evening needs: killed, it comes back by itself, and pages never notice.
            [program] = _sync_of(box.process.pid)
            program.send_signal(signal.SIGKILL)
            assert box.visitor().get("/health").status == 200
            eventually(lambda: [one.pid for one in _sync_of(box.process.pid)] not in ([], [program.pid]))
            assert box.stop() < 3.5
    log = (tmp_path / "data" / "log" / "sync.log").read_text(encoding="utf-8")
    assert "is in place" in log
    assert "Traceback" not in log


def _sync_of(pid: int) -> list[psutil.Process]:
    found: list[psutil.Process] = []
    children: list[psutil.Process] = []
    # One that was killed may not have been buried yet, here and below.
    with contextlib.suppress(psutil.Error):
        children = psutil.Process(pid).children(recursive=True)
    for one in children:
        with contextlib.suppress(psutil.Error):
            if one.cmdline()[1:3] == ["-m", "sync"]:
                found.append(one)
    return found
