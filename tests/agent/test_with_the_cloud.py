"""The carrier and the cloud itself, each as its own process: claimed on its page, carried whole, taken off and back."""

import contextlib
import os
import sqlite3
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import httpx
import pytest
from cryptography.hazmat.primitives import serialization

from appliance.domain.uplink import Uplink
from tests.agent.box import Box, carrying, eventually, make_box
from tests.cloud.running import ROOT, Cloud, Organiser
from tests.support.authority import Authority, key_pem, new_key, pem
from tests.support.ports import free_port


@contextmanager
def real_cloud(database: str, authority: Authority, folder: Path, *, port: int = 0) -> Iterator[Cloud]:
    """The cloud's own program, with a certificate and no proxy before it."""
    folder.mkdir(exist_ok=True)
    port, key = port or free_port(), new_key()
    (folder / "key.pem").write_bytes(key_pem(key))
    (folder / "own.pem").write_bytes(pem(authority.give(key, names=("localhost",)), authority.between))
    line = [sys.executable, "-m", "sync.cloud", "--database", database, "--port", str(port)]
    line += ["--certificate", str(folder / "own.pem"), "--key", str(folder / "key.pem")]
    log = folder / "cloud.log"
    with log.open("ab") as out:
        process = subprocess.Popen(line, env={**os.environ, "PYTHONPATH": str(ROOT)}, stdout=out, stderr=out)
    cloud = Cloud(f"https://localhost:{port}", database, process, log)
    try:
        eventually(lambda: _is_well(cloud, authority, folder), within_s=20)
        yield cloud
    finally:
        process.terminate()
        process.wait(15)


def _browser(authority: Authority, folder: Path) -> httpx.Client:
    roots = folder / "browser.pem"
    roots.write_bytes(authority.root.public_bytes(serialization.Encoding.PEM))
    return httpx.Client(verify=ssl.create_default_context(cafile=str(roots)))


def _is_well(cloud: Cloud, authority: Authority, folder: Path) -> bool:
    assert cloud.process.poll() is None, cloud.log.read_text(encoding="utf-8")
    try:
        with _browser(authority, folder) as browser:
            return browser.get(f"{cloud.url}/health").status_code == 200
    except httpx.TransportError:
        return False


def stored(path: Path, box: Box) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path)) as database:
        return database.execute(
            "SELECT kind, boot, boot_ms, wall_ms, trust, body FROM events WHERE box_id = ? ORDER BY epoch, seq",
            (box.box_id,),
        ).fetchall()


def has_arrived(path: Path, box: Box, *, likes: int) -> bool:
    """Whether the cloud holds the box's whole journal, as it is. How often the carrier writes down the time that it
    heard depends on how well the line answers, so likes are what is counted."""
    journal = box.rows("SELECT kind, boot, boot_ms, wall_ms, trust, body FROM journal ORDER BY seq")
    assert sum(kind == "like.given" for kind, *_ in journal) == likes
    return stored(path, box) == journal


@pytest.fixture
def trial(tmp_path: Path) -> Path:
    return tmp_path / "cloud.db"


def test_a_box_is_claimed_by_its_code_and_everything_arrives(
    tmp_path: Path, authority: Authority, roots: Path, trial: Path
) -> None:
    with real_cloud(f"sqlite:///{trial}", authority, tmp_path / "cloud") as cloud:
        browser = _browser(authority, tmp_path)
        box = make_box(tmp_path / "data", url=cloud.url, roots=roots)
        box.like(1, 3000)
        organiser = Organiser(cloud, cloud.organisation().key, browser).sign_in()
        with contextlib.closing(browser), carrying(box):
            eventually(lambda: box.status().code != "")
            assert organiser.post("/claim", code=box.status().code).status_code == 303
            eventually(lambda: box.status().acked_seq >= 3001)
            assert box.status().state is Uplink.ONLINE
            box.like(3001, 3005)
            eventually(lambda: has_arrived(trial, box, likes=3005))
            # Taken off by the organiser, and back by a new code.
            assert organiser.post("/boxes/release", box=box.box_id).status_code == 303
            box.like(3006, 3010)
            eventually(lambda: box.status().state is Uplink.REVOKED and box.status().code != "")
            assert organiser.post("/claim", code=box.status().code).status_code == 303
            eventually(lambda: has_arrived(trial, box, likes=3010))


def test_a_cloud_that_stops_and_starts_again_loses_and_doubles_nothing(
    tmp_path: Path, authority: Authority, roots: Path, trial: Path
) -> None:
    port, url = free_port(), f"sqlite:///{trial}"
    box = make_box(tmp_path / "data", url=f"https://localhost:{port}", roots=roots)
    box.like(1, 15_000)
    with carrying(box):
        with real_cloud(url, authority, tmp_path / "cloud", port=port) as cloud:
            browser = _browser(authority, tmp_path)
            organiser = Organiser(cloud, cloud.organisation().key, browser).sign_in()
            eventually(lambda: box.status().code != "")
            assert organiser.post("/claim", code=box.status().code).status_code == 303
            eventually(lambda: box.status().acked_seq > 0)
            cloud.process.kill()
            cloud.process.wait()
            browser.close()
        time.sleep(0.2)
        with real_cloud(url, authority, tmp_path / "cloud", port=port):
            eventually(lambda: box.status().acked_seq >= 15_001, within_s=30)
    assert has_arrived(trial, box, likes=15_000)
