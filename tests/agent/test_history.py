"""Which history is told: a restored, cloned or new database is noticed; nothing is skipped, and nothing told twice."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from appliance.domain.models import ClockTrust, Stamp
from appliance.store.journal import JournalKeeper, JournalReader
from appliance.store.migrate import open_database
from appliance.store.recovery import put_in_place
from sync.agent.history import History
from sync.agent.store.database import Memory
from sync.journal.entries import Entry
from tests.agent.box import Box, carrying, eventually, make_box
from tests.agent.cloud import TestCloud

AT = Stamp("boot-9", 9_000, 1_790_000_000_000, ClockTrust.NTP)


def copied(box: Box, name: str) -> Path:
    """A closed copy of the box's database."""
    copy = box.path.with_name(name)
    with closing(sqlite3.connect(box.path)) as source, closing(sqlite3.connect(copy)) as target:
        source.backup(target)
    return copy


def put_back(box: Box, copy: Path) -> None:
    """By hand, as somebody does who knows only files."""
    for suffix in ("", "-wal", "-shm"):
        box.path.with_name(box.path.name + suffix).unlink(missing_ok=True)
    shutil.copyfile(copy, box.path)


def carried(box: Box) -> None:
    """Everything that waits is carried."""
    with carrying(box):
        eventually(lambda: box.status().acked_seq == len(box.lines()) and len(box.lines()) > 0)


def open_history(box: Box) -> tuple[History, Memory]:
    reader = JournalReader(box.path)
    memory = Memory(box.settings.data / "sync" / "agent.db")
    return History(reader, JournalKeeper(box.path), memory), memory


def once_each(cloud: TestCloud) -> set[bytes]:
    """What the cloud holds, of which nothing may be there twice."""
    lines = [line for line in cloud.lines() if b'"time.anchored"' not in line]
    assert len(lines) == len(set(lines))
    return set(lines)


def test_lines_are_what_the_protocol_makes_of_rows(box: Box) -> None:
    bodies = ['{"title":"Ça \\"va\\"? \\u2028 日本 😀"}', '{"a":1,\n "b":"x"}', "{}"]
    for body in bodies:
        box.rows(
            "INSERT INTO journal (kind, v, boot, boot_ms, wall_ms, trust, body)"
            " VALUES ('like \"é\"', 1, 'boot-1', 5, 6, 'ntp', ?)",
            body,
        )
    wanted = [Entry(1, 'like "é"', 1, "boot-1", 5, 6, "ntp", body).line() for body in bodies]
    assert box.lines() == wanted


def test_a_database_restored_the_boxs_own_way_goes_on_under_its_new_epoch(box: Box, cloud: TestCloud) -> None:
    box.like(1, 300)
    carried(box)
    copy = copied(box, "copy.db")
    box.like(301, 600)
    carried(box)
    before = once_each(cloud)
    put_in_place(copy, box.path, at=AT)
    box.like(9001, 9050)
    carried(box)
    assert len(cloud.histories) == 2
    new = once_each(cloud) - before
    assert len(new) == 51  # and the row that tells of the restoration
    assert before <= once_each(cloud)


@pytest.mark.parametrize("grown", [0, 10, 900])
def test_an_older_copy_put_back_by_hand_is_noticed_to_the_row(box: Box, cloud: TestCloud, grown: int) -> None:
    box.like(1, 300)
    carried(box)
    box.like(301, 333)
    copy = copied(box, "copy.db")
    box.like(334, 600)
    carried(box)
    before = once_each(cloud)
    put_back(box, copy)
    box.like(9001, 9000 + grown)
    if grown:
        with carrying(box):
            eventually(lambda: len(once_each(cloud) - before) == grown)
    else:
        open_history(box)[1].close()
    # Rows 301 to 333 are the same in both, and were told once.
    assert before <= once_each(cloud)


def test_a_database_put_back_while_the_carrier_runs_is_noticed_too(box: Box, cloud: TestCloud) -> None:
    box.like(1, 100)
    copy = copied(box, "copy.db")
    box.like(101, 200)
    with carrying(box):
        eventually(lambda: len(once_each(cloud)) == 200)
        draft = box.path.with_name("draft.db")
        shutil.copyfile(copy, draft)
        for suffix in ("-wal", "-shm"):
            box.path.with_name(box.path.name + suffix).unlink(missing_ok=True)
        draft.replace(box.path)
        box.like(9001, 9020)
        eventually(lambda: len(once_each(cloud)) == 220)


def test_two_boxes_of_one_card_lose_nothing_of_either(box: Box, cloud: TestCloud, roots: Path) -> None:
    box.like(1, 200)
    carried(box)
    twin = make_box(box.settings.data.with_name("twin"), url=cloud.url, roots=roots)
    shutil.rmtree(twin.settings.data)
    shutil.copytree(box.settings.data, twin.settings.data)
    box.like(201, 260)
    twin.like(5201, 5230)
    carried(box)
    carried(twin)
    box.like(261, 270)
    twin.like(5231, 5240)
    carried(box)
    carried(twin)
    assert len(once_each(cloud)) == 200 + 70 + 40
    assert len(cloud.histories) == 2


def test_a_card_that_was_cloned_with_rows_unsent_tells_next_to_none_of_them_twice(
    box: Box, cloud: TestCloud, roots: Path
) -> None:
    """The cloud knows where batches ended: what both cards have in common is found but for the last of them."""
    box.like(1, 200)
    carried(box)
    box.like(201, 15_000)
    twin = make_box(box.settings.data.with_name("twin"), url=cloud.url, roots=roots)
    shutil.rmtree(twin.settings.data)
    shutil.copytree(box.settings.data, twin.settings.data)
    carried(box)
    twin.like(25_001, 25_010)
    carried(twin)
    assert len(cloud.histories) == 2
    lines = [line for line in cloud.lines() if b'"time.anchored"' not in line]
    assert len(set(lines)) == 15_000 + 10
    assert len(lines) - len(set(lines)) < 6000


def test_a_cloud_that_was_restored_is_told_again_what_it_lost(box: Box, cloud: TestCloud) -> None:
    box.like(1, 400)
    carried(box)
    [kept] = cloud.histories.values()
    old = (kept.cursor, list(kept.lines), dict(kept.marks))
    box.like(401, 900)
    carried(box)
    kept.cursor, kept.lines, kept.marks = old
    box.like(901, 950)
    carried(box)
    assert len(cloud.histories) == 1
    assert cloud.lines() == box.lines()


def test_a_cloud_that_lost_everything_gets_everything_that_is_there(box: Box, cloud: TestCloud) -> None:
    box.like(1, 400)
    carried(box)
    cloud.histories.clear()
    box.like(401, 402)
    carried(box)
    assert cloud.lines() == box.lines()


def test_a_carrier_that_lost_its_memory_finds_its_place_with_the_cloud(box: Box, cloud: TestCloud) -> None:
    box.like(1, 5000)
    carried(box)
    for path in (box.settings.data / "sync").glob("agent.db*"):
        path.unlink()
    box.like(5001, 5005)
    carried(box)
    assert len(cloud.histories) == 1
    assert [line for line in cloud.lines() if b"anchored" not in line] == [
        line for line in box.lines() if b"anchored" not in line
    ]


@pytest.mark.parametrize("damage", [b"", b"no database at all" * 50])
def test_a_damaged_memory_stops_nothing(box: Box, cloud: TestCloud, damage: bytes) -> None:
    box.like(1, 50)
    carried(box)
    for suffix in ("-wal", "-shm"):
        (box.settings.data / "sync" / f"agent.db{suffix}").unlink(missing_ok=True)
    (box.settings.data / "sync" / "agent.db").write_bytes(damage)
    box.like(51, 60)
    carried(box)
    assert len(once_each(cloud)) == 60


def test_a_new_database_is_a_new_history(box: Box, cloud: TestCloud) -> None:
    box.like(1, 50)
    carried(box)
    box_id = box.box_id
    for suffix in ("", "-wal", "-shm"):
        box.path.with_name(box.path.name + suffix).unlink(missing_ok=True)
    open_database(box.path).close()
    box.rows("UPDATE meta SET value = ? WHERE name = 'box_id'", box_id)
    box.like(7001, 7010)
    carried(box)
    assert len(once_each(cloud)) == 60


def test_rows_may_be_missing_in_the_middle(box: Box, cloud: TestCloud) -> None:
    box.like(1, 100)
    box.rows("DELETE FROM journal WHERE seq BETWEEN 40 AND 60")
    with carrying(box):
        eventually(lambda: len(once_each(cloud)) == 79)
        eventually(lambda: box.status().acked_seq == 101)
    box.like(101, 110)
    with carrying(box):
        eventually(lambda: len(once_each(cloud)) == 89)
    assert len(cloud.histories) == 1


def test_an_hour_of_a_backlog_is_read_in_stretches(box: Box) -> None:
    box.like(1, 5000)
    history, memory = open_history_new(box)
    place, seen = history.acked, 0
    while piece := history.piece(place, most_bytes=20_000):
        assert piece.size <= 20_000
        seen += len(piece.lines)
        place = piece.end
    assert seen == 5000
    assert history.find(place.position) == history.find(place.position)
    memory.close()


def open_history_new(box: Box) -> tuple[History, Memory]:
    (box.settings.data / "sync").mkdir(exist_ok=True)
    return open_history(box)
