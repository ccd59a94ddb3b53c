"""The whole way, over real TLS: everything arrives once and in order, whatever happens in between."""

import subprocess
import time
from dataclasses import replace

import pytest

from appliance.domain.uplink import Uplink
from sync.journal.batches import read
from tests.agent.box import QUICK, Box, carrying, eventually
from tests.agent.cloud import Reply, TestCloud, problem


def test_everything_arrives_in_order_and_once(box: Box, cloud: TestCloud) -> None:
    box.like(1, 3000)
    with carrying(box):
        # The cloud's word on the time is a row too.
        eventually(lambda: len(cloud.lines()) == 3001)
        box.like(3001, 3010)
        eventually(lambda: len(cloud.lines()) == 3011)
        eventually(lambda: box.status().acked_seq == 3011)
    assert cloud.lines() == box.lines()
    assert box.status().state is Uplink.ONLINE
    assert list(cloud.histories) == [box.rows("SELECT value FROM meta WHERE name = 'epoch'")[0][0]]
    assert len(box.rows("SELECT 1 FROM journal WHERE kind = 'time.anchored'")) == 1


def test_answers_that_are_lost_after_the_cloud_has_stored_double_nothing(box: Box, cloud: TestCloud) -> None:
    cloud.lose_answers = 5
    box.like(1, 20_000)
    with carrying(box):
        eventually(lambda: box.status().acked_seq >= 20_000)
    assert cloud.lines()[:20_000] == box.lines()[:20_000]
    assert len(cloud.lines()) == len(set(cloud.lines()))


def test_a_portals_friendly_page_is_no_acknowledgement(box: Box, cloud: TestCloud) -> None:
    page = Reply(200, b"<html>Welcome to our Wi-Fi</html>", "text/html")
    cloud.before = lambda *_: page
    box.like(1, 100)
    with carrying(box):
        eventually(lambda: len(cloud.asked) >= 3)
        assert box.status().acked_seq == 0
        assert not cloud.lines()
        cloud.before = lambda *_: None
        eventually(lambda: box.status().acked_seq >= 100)
    assert cloud.lines()[:100] == box.lines()[:100]


def test_a_cloud_that_is_busy_is_asked_later_and_never_given_up(box: Box, cloud: TestCloud) -> None:
    replies = [problem(429, "busy", Retry_After="0")] * 3 + [problem(503, "busy")] * 4

    def storm(method: str, path: str, body: bytes) -> Reply | None:
        return replies.pop() if replies and path == "/v1/ingest" else None

    cloud.before = storm
    box.like(1, 5000)
    with carrying(box):
        eventually(lambda: box.status().acked_seq >= 5000, within_s=20)
    assert not replies
    assert cloud.lines()[:5000] == box.lines()[:5000]


def test_a_cloud_that_says_when_to_come_again_is_left_alone_until_then(box: Box, cloud: TestCloud) -> None:
    cloud.before = lambda _, path, __: problem(503, "busy", Retry_After="1") if path == "/v1/cursor" else None
    box.like(1, 10)
    with carrying(box):
        eventually(lambda: ("GET", "/v1/cursor") in cloud.asked)
        time.sleep(0.7)
        cursors = [path for _, path in cloud.asked if path == "/v1/cursor"]
        # The first was without a nonce's answer to go by.
        assert len(cursors) <= 2
        cloud.before = lambda *_: None
        eventually(lambda: box.status().acked_seq >= 10)


def test_a_cloud_that_takes_the_connection_and_never_answers_is_left_and_found_again(
    box: Box, cloud: TestCloud
) -> None:
    hole = True

    def swallow(*_: object) -> Reply | None:
        while hole:
            time.sleep(0.01)
        return None

    cloud.before = swallow
    box.like(1, 50)
    with carrying(box):
        eventually(lambda: len(cloud.asked) >= 2)
        hole = False
        healed = time.monotonic()
        eventually(lambda: box.status().acked_seq >= 50)
        assert time.monotonic() - healed < 3


def test_batches_are_halved_for_a_cloud_that_takes_only_little_ones(box: Box, cloud: TestCloud) -> None:
    cloud.before = lambda _, __, body: problem(413, "too_large") if len(body) > 4000 else None
    box.like(1, 8000)
    with carrying(box):
        eventually(lambda: box.status().acked_seq >= 8000, within_s=20)
    assert cloud.lines()[:8000] == box.lines()[:8000]


@pytest.mark.parametrize("end", [Reply(cut=True), Reply(502, b"Bad gateway", "text/html")])
def test_a_row_over_which_the_cloud_dies_stops_nobody_behind_it(box: Box, cloud: TestCloud, end: Reply) -> None:
    def die(method: str, path: str, body: bytes) -> Reply | None:
        if path == "/v1/ingest" and any(b'"poison"' in line for line in read(body, encoding="zstd").lines):
            return end
        return None

    cloud.before = die
    box.like(1, 150)
    box.rows(
        "INSERT INTO journal (kind, v, boot, boot_ms, wall_ms, trust, body) VALUES ('odd', 1, 'b', 1, 1, 'ntp', ?)",
        '{"a":"poison"}',
    )
    box.like(151, 200)
    with carrying(box):
        eventually(lambda: box.status().acked_seq >= 201, within_s=25)
    lines = cloud.lines()
    assert lines[:150] == box.lines()[:150]
    assert lines[151:201] == box.lines()[151:201]
    assert b'"box.kept_back"' in lines[150]
    assert b'"kind":"odd"' in lines[150]
    assert box.status().kept_back == 1


def test_a_cloud_that_knows_no_zstd_gets_gzip(box: Box, cloud: TestCloud) -> None:
    seen: list[bytes] = []

    def picky(method: str, path: str, body: bytes) -> Reply | None:
        if path != "/v1/ingest":
            return None
        seen.append(body[:2])
        return problem(415, "encoding_unknown") if body[:2] != b"\x1f\x8b" else None

    cloud.before = picky
    box.like(1, 500)
    with carrying(box):
        eventually(lambda: box.status().acked_seq >= 500)
    assert cloud.lines()[:500] == box.lines()[:500]


def test_a_link_that_comes_up_ends_a_long_wait(box: Box, cloud: TestCloud) -> None:
    """Told by the kernel: an address that comes and goes, on loopback."""
    cloud.before = lambda *_: Reply(cut=True)
    box.like(1, 5)
    patient = replace(QUICK, first_wait_s=60.0, longest_wait_s=60.0)
    with carrying(box, pace=patient):
        eventually(lambda: bool(cloud.asked))
        time.sleep(0.3)
        cloud.before = lambda *_: None
        address = ["127.77.20.1/32", "dev", "lo"]
        subprocess.run(["ip", "address", "add", *address], check=True)
        subprocess.run(["ip", "address", "del", *address], check=True)
        eventually(lambda: box.status().acked_seq >= 5)
