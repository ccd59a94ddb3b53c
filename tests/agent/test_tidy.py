"""What the box lets go of: only what the cloud has, and then the file gets shorter."""

import asyncio
import sqlite3
from contextlib import closing

from appliance.domain.models import ClockTrust
from appliance.domain.space import Space
from appliance.store.journal import JournalKeeper, JournalReader
from sync.agent.history import History
from sync.agent.store.database import Memory
from sync.agent.tidy import DAY_MS, Tidier
from sync.agent.waking import Worker
from tests.agent.box import QUICK, Box, NtpClock, carrying, eventually
from tests.agent.cloud import TestCloud

GB = 1_000_000_000
PLENTY, LOW = Space(20 * GB, 30 * GB, None), Space(150_000_000, 30 * GB, None)


def tidy(box: Box, *, space: Space = PLENTY, clock: NtpClock | None = None, keep_days: int = 0) -> None:
    """One tidying, with the databases as the carrier left them."""

    async def once(tidier: Tidier) -> None:
        await tidier.once()

    worker, reader = Worker(), JournalReader(box.path)
    memory, keeper = Memory(box.settings.data / "sync" / "agent.db"), JournalKeeper(box.path)
    try:
        tidier = Tidier(
            History(reader, keeper, memory),
            memory=memory,
            reader=reader,
            keeper=keeper,
            worker=worker,
            clock=clock or NtpClock(),
            pace=QUICK,
            data=box.settings.data,
            keep_days=keep_days,
            space=lambda _: space,
        )
        asyncio.run(once(tidier))
    finally:
        worker.stop()
        memory.close()
        reader.close()


def carried(box: Box) -> None:
    with carrying(box):
        eventually(lambda: box.status().acked_seq == box.rows("SELECT max(seq) FROM journal")[0][0])


def in_batches(box: Box, count: int) -> None:
    """So many stretches of 2,000 rows, each carried by itself."""
    for number in range(count):
        box.like(number * 2000 + 1, number * 2000 + 2000)
        carried(box)


def seqs(box: Box) -> list[int]:
    return [int(str(row[0])) for row in box.rows("SELECT seq FROM journal ORDER BY seq")]


def later(days: int, trust: ClockTrust = ClockTrust.NTP) -> NtpClock:
    """A clock of so many days after the rows were written."""
    clock = NtpClock(trust)
    clock.shift_ms = 1_790_000_000_000 + days * DAY_MS - NtpClock().now().wall_ms
    return clock


def test_nothing_goes_that_the_cloud_has_not(box: Box) -> None:
    box.like(1, 3000)
    (box.settings.data / "sync").mkdir()
    tidy(box, space=LOW, clock=later(400))
    assert len(seqs(box)) == 3000


def test_what_the_cloud_has_stays_for_thirty_days(box: Box, cloud: TestCloud) -> None:
    in_batches(box, 2)
    before = seqs(box)
    tidy(box, clock=later(29))
    assert seqs(box) == before
    # Nobody knows how long it has been when the clock is a guess.
    tidy(box, clock=later(400, ClockTrust.SAVED))
    assert seqs(box) == before
    # The rows that tell the time are of today.
    tidy(box, clock=later(400))
    assert 0 < len(seqs(box)) <= 2001
    box.like(9001, 9010)
    carried(box)
    assert len(cloud.histories) == 1
    assert len({line for line in cloud.lines() if b"like" in line}) == 4010


def test_the_file_gets_shorter_when_the_disk_needs_the_room(box: Box, cloud: TestCloud) -> None:
    in_batches(box, 8)
    with closing(sqlite3.connect(box.path)) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    before = box.path.stat().st_size
    box.like(20_001, 20_005)
    tidy(box, space=LOW)
    with closing(sqlite3.connect(box.path)) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert box.path.stat().st_size < before / 2
    assert {f"p{number}" for number in range(20_001, 20_006)} <= {
        str(row[0]) for row in box.rows("SELECT json_extract(body, '$.play') FROM journal")
    }
    carried(box)
    assert len(cloud.histories) == 1


def test_a_memory_that_was_lost_after_rows_went_still_knows_where_the_history_stands(
    box: Box, cloud: TestCloud
) -> None:
    in_batches(box, 3)
    tidy(box, space=LOW)
    for path in (box.settings.data / "sync").glob("agent.db*"):
        path.unlink()
    box.like(9001, 9003)
    carried(box)
    assert len(cloud.histories) == 1
    lines = [line for line in cloud.lines() if b"like" in line]
    assert len(lines) == len(set(lines)) == 6003


def test_a_guest_who_was_forgotten_is_in_no_row_once_the_cloud_has_heard_of_it(box: Box, cloud: TestCloud) -> None:
    box.like(1, 30, guest="x")
    box.rows("UPDATE journal SET body = replace(body, 'x7\"', 'GUEST\"') WHERE seq IN (7, 9)")
    carried(box)
    box.rows(
        "INSERT INTO journal (kind, v, boot, boot_ms, wall_ms, trust, body)"
        " VALUES ('guest.forgotten', 1, 'b', 1, 1, 'ntp', '{\"guest\":\"GUEST\"}')"
    )
    tidy(box)
    # The cloud does not know yet, so the wish must stay; what it is about can't be told twice and may go or stay.
    assert box.rows("SELECT count(*) FROM journal WHERE kind = 'guest.forgotten'") == [(1,)]
    carried(box)
    assert any(b'"guest.forgotten"' in line and b"GUEST" in line for line in cloud.lines())
    tidy(box)
    assert box.rows("SELECT count(*) FROM journal WHERE instr(body, 'GUEST')") == [(0,)]
    assert seqs(box) == list(range(1, len(seqs(box)) + 1))
    # Sequence and chain go on as if nothing had been.
    box.like(31, 40)
    carried(box)
    assert len(cloud.histories) == 1


def test_what_was_only_on_its_way_is_not_changed_under_the_clouds_hands(box: Box) -> None:
    box.like(1, 10)
    reader, keeper = JournalReader(box.path), JournalKeeper(box.path)
    (box.settings.data / "sync").mkdir()
    memory = Memory(box.settings.data / "sync" / "agent.db")
    history = History(reader, keeper, memory)
    piece = history.piece(history.acked, most_bytes=1000)
    assert piece is not None
    history.about_to_send(piece)
    assert box.rows("SELECT value FROM meta WHERE name = 'journal_sent'") == [("10",)]
    memory.close()
    reader.close()


def test_old_nights_go_when_the_cloud_has_them_and_the_running_set_stays(box: Box, cloud: TestCloud) -> None:
    night(box, "old", heard_ms=1_790_000_000_000, ended=True)
    night(box, "on", heard_ms=1_790_000_000_000, ended=False)
    night(box, "new", heard_ms=1_790_000_000_000 + 50 * DAY_MS, ended=True)
    box.like(1, 5)
    (box.settings.data / "sync").mkdir()
    tidy(box, clock=later(60), keep_days=40)
    assert {row[0] for row in box.rows("SELECT id FROM plays")} == {"old", "on", "new"}
    carried(box)
    tidy(box, clock=later(60), keep_days=40)
    assert {row[0] for row in box.rows("SELECT id FROM plays")} == {"on", "new"}
    assert {row[0] for row in box.rows("SELECT play_id FROM likes")} == {"on", "new"}
    assert {row[0] for row in box.rows("SELECT id FROM announcements")} == {"on", "new"}
    assert {row[0] for row in box.rows("SELECT id FROM sessions")} == {"on", "new"}
    tidy(box, clock=later(60), keep_days=0)
    assert len(box.rows("SELECT id FROM plays")) == 2


def test_stars_go_with_what_they_were_for_and_organisers_polls_too(box: Box, cloud: TestCloud) -> None:
    night(box, "old", heard_ms=1_790_000_000_000, ended=True)
    made_ms, before = 1_790_000_000_000, "2026-09-21T20:00"
    with closing(sqlite3.connect(box.path)) as database, database:
        database.execute("PRAGMA foreign_keys = ON")
        slots = (("over", before, "2026-09-21T21:00"), ("to come", "2027-01-01T20:00", "2027-01-01T21:00"))
        for slot, begins, ends in slots:
            database.execute(
                "INSERT INTO slots (id, event_id, stage_id, begins, begins_again, ends, ends_again, title, booking,"
                " word, version) VALUES (?, 'e', 'old', ?, 0, ?, 0, 'Set', 'nobody', '', 1)",
                (slot, begins, ends),
            )
            database.execute("INSERT INTO stars (slot_id, guest_id, at_ms) VALUES (?, 'g', ?)", (slot, made_ms))
        database.execute(
            "INSERT INTO stars (slot_id, guest_id, at_ms) VALUES ('over', 'young', ?)", (made_ms + 50 * DAY_MS,)
        )
        for poll, ended in (("over", "ended"), ("on", None)):
            database.execute(
                "INSERT INTO polls (id, stage_id, question, opened_boot, opened_boot_ms, opened_wall_ms, opened_trust,"
                " end_reason) VALUES (?, 'old', 'Well?', 'b', 1, ?, 'ntp', ?)",
                (poll, made_ms, ended),
            )
            database.execute("INSERT INTO poll_votes (poll_id, guest_id, place, counts) VALUES (?, 'g', 0, 1)", (poll,))
    box.like(1, 5)
    carried(box)
    tidy(box, clock=later(60), keep_days=40)
    # A plan may be made long before its night: the star for that one stays.
    assert set(box.rows("SELECT slot_id, guest_id FROM stars")) == {("over", "young"), ("to come", "g")}
    assert box.rows("SELECT id FROM polls") == [("on",)]
    assert box.rows("SELECT poll_id FROM poll_votes") == [("on",)]


def night(box: Box, name: str, *, heard_ms: int, ended: bool) -> None:
    """One set with one play, one like and one announcement."""
    with closing(sqlite3.connect(box.path)) as database, database:
        database.execute("INSERT OR IGNORE INTO events (id, name, guest_key) VALUES ('e', 'E', x'00')")
        database.execute("INSERT INTO stages (id, event_id, name) VALUES (?, 'e', ?)", (name, name))
        database.execute("INSERT OR IGNORE INTO djs (id, name, name_key) VALUES ('d', 'D', 'd')")
        database.execute("INSERT OR IGNORE INTO tracks VALUES (1, 'a', 't', 'a', 't')")
        stamp = ("b", 1, heard_ms, "ntp")
        database.execute(
            "INSERT INTO sessions (id, stage_id, dj_id, dj_name, started_boot, started_boot_ms, started_wall_ms,"
            " started_trust, seen_boot, seen_boot_ms, seen_wall_ms, seen_trust, ended)"
            " VALUES (?, ?, 'd', 'D', ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (name, name, *stamp, *stamp, "ended" if ended else None),
        )
        database.execute(
            "INSERT INTO plays (id, session_id, stage_id, track_id, artist, title, heard_boot, heard_boot_ms,"
            " heard_wall_ms, heard_trust, age_ms) VALUES (?, ?, ?, 1, 'a', 't', ?, ?, ?, ?, 0)",
            (name, name, name, *stamp),
        )
        database.execute("INSERT INTO likes (play_id, guest_id, at_ms) VALUES (?, 'g', ?)", (name, heard_ms))
        database.execute(
            "INSERT INTO announcements (id, event_id, stage_id, session_id, author, said_by, text, level, duration_s,"
            " made_boot, made_boot_ms, made_wall_ms, made_trust, intent_seq, ended)"
            " VALUES (?, 'e', ?, ?, 'dj:d', 'D', 'Hello', 'info', 60, ?, ?, ?, ?, 0, ?)",
            (name, name, name, *stamp, "expired" if ended else None),
        )
