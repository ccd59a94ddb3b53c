"""The self-test's door into the server: one durable write for the box itself, and nothing for anybody else."""

import http.client
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from appliance.domain.space import Space
from appliance.supervision import self_test
from appliance.supervision.self_test import Round, SelfTest
from appliance.web.site import Site
from tests.web.served import Served, serving

PATH = "/health/pulse"


def key_of(data: Path) -> dict[str, str]:
    path = data / "run" / "pulse.key"
    self_test.make_pulse_key(path)
    assert path.stat().st_mode & 0o077 == 0
    return {"Authorization": f"Bearer {path.read_text()}"}


def stored(data: Path) -> str | None:
    with closing(sqlite3.connect(data / "box.db")) as database:
        row = database.execute("SELECT value FROM meta WHERE name = 'pulse'").fetchone()
        return row[0] if row else None


def full(site: Site) -> Site:
    return replace(site, space=lambda: Space(free_bytes=0, total_bytes=10**10, free_files=10**6))


def server_of(box: Served, data: Path) -> self_test.Server:
    return self_test.Server(host="127.0.0.1", port=box.port, pulse_key=data / "run" / "pulse.key")


def take_tables_away(data: Path) -> None:
    with closing(sqlite3.connect(data / "box.db")) as database:
        database.execute("DROP TABLE meta")


def test_a_pulse_is_on_the_disk_when_it_is_answered_and_is_no_event_of_the_evening(tmp_path: Path) -> None:
    with serving(tmp_path) as box:
        key = key_of(tmp_path)
        assert stored(tmp_path) is None
        before = box.visitor().get("/metrics").text
        assert box.visitor().post(PATH, headers=key).status == 204
        first = stored(tmp_path)
        assert first is not None
        assert box.visitor().post(PATH, headers=key).status == 204
        assert stored(tmp_path) != first
        rows = [line for line in before.splitlines() if line.startswith("pika_box_journal_last_seq")]
        assert rows[0] in box.visitor().get("/metrics").text


@pytest.mark.parametrize("authorization", [None, "Bearer", "Bearer ", "Bearer wrong", "Basic x", "Bearer \xff"])
def test_to_whoever_lacks_the_key_there_is_nothing_there(tmp_path: Path, authorization: str | None) -> None:
    with serving(tmp_path) as box:
        nothing = box.visitor().post("/no/such/page")
        for _ in range(2):  # before there is a key, and after
            headers = {"Authorization": authorization} if authorization else {}
            answer = box.visitor().post(PATH, headers=headers)
            assert (answer.status, answer.body) == (404, nothing.body)
            key_of(tmp_path)
        assert stored(tmp_path) is None


def test_the_key_opens_from_this_machine_only(tmp_path: Path) -> None:
    with serving(tmp_path) as box:
        headers = key_of(tmp_path)
        # Another address of the loopback network stands for another machine: it is not the one that the box is on.
        connection = http.client.HTTPConnection("127.0.0.1", box.port, timeout=5, source_address=("127.0.0.2", 0))
        with closing(connection):
            connection.request("POST", PATH, headers={"Host": "127.0.0.1", **headers})
            assert connection.getresponse().status == 404
        assert stored(tmp_path) is None


def test_a_full_disk_is_told_from_a_broken_database(tmp_path: Path) -> None:
    for change, answer in ((full, 507), (lambda site: site, 503)):
        data = tmp_path / str(answer)
        data.mkdir()
        with serving(data, change=change) as box:
            key = key_of(data)
            take_tables_away(data)
            assert box.visitor().post(PATH, headers=key).status == answer


def test_the_self_test_sees_a_box_that_is_well_full_broken_or_gone(tmp_path: Path) -> None:
    with serving(tmp_path / "well") as box:
        key_of(tmp_path / "well")
        test = SelfTest(server_of(box, tmp_path / "well"), broker=None, every_s=1)
        assert test.one_round() == Round()
        assert replace_broker(test, "deaf").one_round() == Round({"broker": "deaf"})
        take_tables_away(tmp_path / "well")
        assert "takes no write (the server says 503)" in test.one_round().problems["server"]
    assert "no page is answered" in test.one_round().problems["server"]
    with serving(tmp_path / "full", change=full) as box:
        key_of(tmp_path / "full")
        take_tables_away(tmp_path / "full")
        assert SelfTest(server_of(box, tmp_path / "full"), broker=None, every_s=1).one_round() == Round(is_full=True)


def replace_broker(test: SelfTest, words: str) -> SelfTest:
    return SelfTest(test._server, broker=lambda: words, every_s=1)


def test_a_loop_that_is_held_is_no_page_in_time(tmp_path: Path) -> None:
    import threading
    import time

    with serving(tmp_path) as box:
        key_of(tmp_path)
        freed = threading.Event()
        box.loop.call_soon_threadsafe(freed.wait, 20)
        began = time.monotonic()
        try:
            found = SelfTest(server_of(box, tmp_path), broker=None, every_s=1).one_round()
        finally:
            freed.set()
        assert found.problems == {"server": "no page is answered (no answer in time)"}
        assert time.monotonic() - began < 4
