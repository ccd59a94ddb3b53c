"""The process: several side by side, told to stop, before its database, without it, and with an older copy of it."""

import asyncio
import http.client
import os
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
import pytest

from sync.cloud.store.engine import open_database
from sync.journal.answers import Acked, Later
from tests.cloud.boxes import History, stored
from tests.cloud.running import ROOT, Box, Cloud, Organiser, command, running
from tests.cloud.test_boxes import outcome
from tests.support.authority import Authority, key_pem, new_key, pem
from tests.support.postgres import Postgres


def everything(url: str, box: str) -> list[tuple[int, str]]:
    async def look() -> list[tuple[int, str]]:
        async with open_database(url) as database:
            return await stored(database, box=box)

    return asyncio.run(look())


def listens(url: str) -> bool:
    """Whether somebody takes connections there."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", int(url.rpartition(":")[2]))) == 0


def test_two_senders_at_two_processes_bring_one_history_once(
    cloud: Cloud, box: Box, history: History, tmp_path: Path
) -> None:
    history.add(400)
    pieces = [(at, min(400, at + 24)) for at in range(1, 400, 20)]

    def drain(own: Box) -> None:
        for piece in pieces * 2:
            while not isinstance(outcome(own.batch(history, *piece)), Acked):
                time.sleep(0.01)

    with running(cloud.database, tmp_path) as second:
        twins = [Box(url, id=box.id, private=box.private) for url in (cloud.url, second.url, cloud.url)]
        threads = [threading.Thread(target=drain, args=(twin,)) for twin in twins]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
    assert everything(cloud.database, box.id) == [(n, "like.given") for n in range(1, 401)]


@contextmanager
def away(server: Postgres, how: signal.Signals) -> Iterator[None]:
    """The server is not there inside of the block."""
    server.end(how)
    try:
        yield
    finally:
        server.start()


def test_the_database_away_means_later_and_nothing_is_lost(
    postgres: Postgres, cloud: Cloud, box: Box, history: History
) -> None:
    history.add(30)
    assert isinstance(outcome(box.batch(history, 1, 10)), Acked)
    with away(postgres, signal.SIGKILL):
        refused = outcome(box.batch(history, 1, 20))
        assert isinstance(refused, Later)
        assert refused.wait_s is not None
        assert refused.wait_s >= 2
    said = outcome(box.batch(history, 11, 30))
    assert isinstance(said, Acked)
    assert said.position == history.at(30)
    assert everything(cloud.database, box.id) == [(n, "like.given") for n in range(1, 31)]


def test_a_cloud_that_starts_before_its_database_answers_that_and_gets_ready_by_itself(
    postgres: Postgres, empty_postgres: str, tmp_path: Path
) -> None:
    with ExitStack() as stack:
        with away(postgres, signal.SIGINT):
            cloud = stack.enter_context(running(empty_postgres, tmp_path, ready=False))
            answer = httpx.get(f"{cloud.url}/v1/cursor?epoch=e1", headers={"authorization": "Pika-Box key=a"})
            assert (answer.status_code, answer.json()["code"]) == (503, "database_away")
            assert int(answer.headers["retry-after"]) >= 2
        until = time.monotonic() + 20
        while httpx.get(f"{cloud.url}/health").status_code != 200:
            assert time.monotonic() < until
            time.sleep(0.1)
        assert Box(cloud.url).enrol().status_code == 200


def test_told_to_stop_it_ends_what_it_has_begun(cloud: Cloud, box: Box, history: History, tmp_path: Path) -> None:
    history.add(3000)
    body = history.body()
    with running(cloud.database, tmp_path) as process:
        own = Box(process.url, id=box.id, private=box.private)
        own.cursor()
        request = own.signed("POST", "/v1/ingest", body, content_encoding="zstd")
        request.headers["expect"] = "100-continue"
        head = "".join(f"{name}: {value}\r\n" for name, value in request.headers.items())
        with socket.create_connection((request.url.host, request.url.port or 80), timeout=20) as line:
            line.sendall(f"POST /v1/ingest HTTP/1.1\r\n{head}\r\n".encode())
            # Its word that it waits for the body: from here on the request is under way.
            assert line.recv(1024).startswith(b"HTTP/1.1 100 ")
            line.sendall(body[:1024])
            process.process.send_signal(signal.SIGTERM)
            # Until the door is closed for others: from then on it only ends what it has begun.
            while listens(process.url):
                time.sleep(0.01)
            line.sendall(body[1024:])
            answer = http.client.HTTPResponse(line)
            answer.begin()
            said = httpx.Response(answer.status, headers=answer.getheaders(), content=answer.read())
        # It says at the end what ended it.
        assert process.process.wait(15) == -signal.SIGTERM
    assert isinstance(outcome(said), Acked)
    assert len(everything(cloud.database, box.id)) == 3000


def test_a_trial_needs_no_server_and_keeps_everything_in_its_folder(tmp_path: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PIKA_")}
    line = [sys.executable, "-m", "sync.cloud", "organisation", "Hall"]
    done = subprocess.run(
        line, cwd=tmp_path, env={**environment, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "data/cloud/cloud.db").exists()
    url = f"sqlite:///{tmp_path}/data/cloud/cloud.db"
    with pytest.raises(AssertionError, match="Take PostgreSQL"):
        command(url, "organisation", "Another")
    with running(url, tmp_path) as cloud:
        organiser = Organiser(cloud, done.stdout.split("\n")[2].strip())
        box = Box(cloud.url)
        assert organiser.sign_in().claim(box).status_code == 303
        assert isinstance(outcome(box.batch(History(box=box.id).add(5))), Acked)
        assert "Last heard" in organiser.page("/boxes").text


def test_with_a_certificate_of_its_own_it_needs_no_proxy(cloud_postgres: str, tmp_path: Path) -> None:
    authority, key = Authority(), new_key()
    files = {"certificate": pem(authority.give(key, names=("localhost",)), authority.between), "key": key_pem(key)}
    options = []
    for name, content in {**files, "root": pem(authority.root)}.items():
        (tmp_path / name).write_bytes(content)
        options += [f"--{name}", str(tmp_path / name)]
    trusted = ssl.create_default_context(cafile=str(tmp_path / "root"))
    with running(cloud_postgres, tmp_path, options=options[:4], trusted=trusted) as cloud:
        assert cloud.url.startswith("https://localhost:")
        with httpx.Client(verify=trusted) as client:
            assert Box(cloud.url, http=client).enrol().status_code == 200


def test_what_cant_be_is_said_in_words(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="begins with neither"):
        command("mysql://x", "migrate")
    with pytest.raises(AssertionError, match="can't be reached"):
        command("postgresql://pika@127.0.0.1:1/x", "migrate")
    with pytest.raises(AssertionError, match="needs its key"):
        command(f"sqlite:///{tmp_path}/x.db", "--certificate", "no-such-file")
