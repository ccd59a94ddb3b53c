"""What the link keeps: nothing that was kept is lost, nothing is kept twice, and a box gets only what is its own."""

import os
import signal
import sqlite3
import stat
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from appliance.errors import Unavailable
from sync.journal.entries import Entry, after_all, beginning
from sync.link.store.database import FOLDER, KEPT_ACKED, NO_BOX, KnownBox, KnownPlay, LinkStore

BOX = KnownBox("b", "Hall", "-----", "pk_dj_secret", "10.0.0.1", 8470)

WRITER = """
import sys
from pathlib import Path
from sync.journal.entries import Entry
from sync.link.store.database import LinkStore
store = LinkStore(Path(sys.argv[1]))
number = store.history("box").last.seq
while True:
    number += 1
    with store.transaction():
        store.append("box", Entry(0, "play.seen", 1, "b", 1, 1, "saved", '{"n":%d}' % number))
        store.set_cursor("vdj", str(number))
    print(number, flush=True)
"""


def entry(number: int) -> Entry:
    return Entry(0, "play.seen", 1, "boot", number, number, "saved", f'{{"n":{number}}}')


def add(store: LinkStore, box: str, *numbers: int) -> None:
    for number in numbers:
        with store.transaction():
            store.append(box, entry(number))


def test_entries_are_numbered_and_bound_by_the_chain(tmp_path: Path) -> None:
    store = LinkStore(tmp_path / "link.db")
    add(store, "box", 1, 2, 3)
    history = store.history("box")
    lines = [entry(number).line() for number in (1, 2, 3)]
    start = beginning(source=store.install_id, epoch=history.epoch)
    assert store.lines_after("box", 0, most=10) == lines
    assert history.last == after_all(start, lines)
    assert [store.chain_at("box", seq) for seq in range(5)] == [
        *(after_all(start, lines[:seq]).chain for seq in range(4)),
        None,
    ]
    assert history.waiting == 3


def test_everything_is_there_after_a_restart(tmp_path: Path) -> None:
    store = LinkStore(tmp_path / "link.db")
    add(store, "box", 1, 2)
    before = (store.install_id, store.history("box"))
    store.close()
    again = LinkStore(tmp_path / "link.db")
    assert (again.install_id, again.history("box")) == before


def test_what_fails_inside_a_transaction_leaves_nothing_behind(tmp_path: Path) -> None:
    store = LinkStore(tmp_path / "link.db")
    add(store, "box", 1)

    def fail_half_way() -> None:
        with store.transaction():
            store.append("box", entry(2))
            store.set_cursor("vdj", "2")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail_half_way()
    assert store.history("box").last.seq == 1
    assert store.cursor("vdj") is None


def test_only_what_is_acknowledged_is_deleted_and_not_at_once(tmp_path: Path) -> None:
    store = LinkStore(tmp_path / "link.db")
    with store.transaction():
        for number in range(1, KEPT_ACKED + 101):
            store.append("box", entry(number))
    history = store.history("box")
    chain = store.chain_at("box", 50)
    store.acked("box", history.last)
    assert len(store.lines_after("box", 0, most=10_000)) == KEPT_ACKED
    assert chain is not None
    assert store.chain_at("box", 50) is None
    assert store.chain_at("box", 0) is None
    assert store.chain_at("box", 101) is not None
    assert store.history("box").waiting == 0


def test_a_new_epoch_holds_what_still_waited_under_new_numbers(tmp_path: Path) -> None:
    store = LinkStore(tmp_path / "link.db")
    add(store, "box", 1, 2, 3)
    old = store.history("box")
    chain = store.chain_at("box", 2)
    assert chain is not None
    store.acked("box", type(old.last)(2, chain))
    new = store.begin_epoch("box")
    assert new.epoch != old.epoch
    assert (new.acked.seq, new.last.seq) == (0, 1)
    assert store.lines_after("box", 0, most=9) == [entry(3).line()]
    assert store.begin_epoch("box").waiting == 1


def test_plays_from_before_a_box_was_chosen_go_to_the_first_one_and_each_box_gets_its_own(tmp_path: Path) -> None:
    store = LinkStore(tmp_path / "link.db")
    add(store, NO_BOX, 1, 2)
    add(store, "friday", 3)
    store.adopt("friday")
    add(store, "saturday", 4)
    store.adopt("saturday")
    assert store.lines_after("friday", 0, most=9) == [entry(number).line() for number in (3, 1, 2)]
    assert store.lines_after("saturday", 0, most=9) == [entry(4).line()]
    assert store.history(NO_BOX).waiting == 0


def test_a_sighting_leads_to_one_play_and_undo_counts_once(tmp_path: Path) -> None:
    store = LinkStore(tmp_path / "link.db")
    play = KnownPlay("p1", "box", "vdj", "77", "Miles Davis", "So What", 5)
    with store.transaction():
        assert store.add_play(play)
        assert not store.add_play(KnownPlay("p2", "box", "vdj", "77", "x", "y", 6))
    assert store.play_of("vdj", "77") == play
    assert store.play_of("serato", "77") is None
    assert store.last_plays(5) == [play]
    with store.transaction():
        assert store.retract_play("p1")
        assert not store.retract_play("p1")


def test_a_file_that_is_no_database_is_said_in_words(tmp_path: Path) -> None:
    path = tmp_path / "link.db"
    path.write_bytes(b"not a database, but a long enough text to look like something" * 50)
    with pytest.raises(Unavailable, match="plays could be lost"):
        LinkStore(path)


def test_a_newer_programs_file_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "link.db"
    LinkStore(path).close()
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(Unavailable) as caught:
        LinkStore(path)
    assert caught.value.code == "link_store_too_new"


def test_what_was_kept_survives_being_killed_at_any_moment_with_its_cursor(tmp_path: Path) -> None:
    path = tmp_path / "link.db"
    said = 0
    for _ in range(6):
        process = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(path)],
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        )
        assert process.stdout is not None
        until = said + 40
        for line in process.stdout:
            said = int(line)
            if said >= until:
                break
        time.sleep(0.001 * (said % 7))
        process.send_signal(signal.SIGKILL)
        rest = process.stdout.read().split()
        said = int(rest[-1]) if rest else said
        process.wait()
        process.stdout.close()
    store = LinkStore(path)
    lines = store.lines_after("box", 0, most=10_000)
    assert len(lines) in {said, said + 1}
    assert lines == [
        Entry(0, "play.seen", 1, "b", 1, 1, "saved", f'{{"n":{n}}}').line() for n in range(1, len(lines) + 1)
    ]
    assert store.cursor("vdj") == str(len(lines))
    history = store.history("box")
    assert after_all(beginning(source=store.install_id, epoch=history.epoch), lines) == history.last


def test_a_file_from_before_boxes_were_known_gets_a_place_for_them(tmp_path: Path) -> None:
    path = tmp_path / "link.db"
    with sqlite3.connect(path) as connection:
        connection.executescript((FOLDER / "schema.sql").read_text(encoding="utf-8"))
        connection.execute("INSERT INTO meta VALUES ('box', 'b')")
    connection.close()
    path.chmod(0o644)
    store = LinkStore(path)
    store.keep_box(BOX)
    assert (store.known_boxes(), store.meta("box")) == ([BOX], "b")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    store.close()
    again = LinkStore(path)
    assert again.known_box("b") == BOX
    again.close()


def test_a_box_moves_and_is_forgotten(tmp_path: Path) -> None:
    store = LinkStore(tmp_path / "link.db")
    store.keep_box(BOX)
    store.choose("b")
    store.move_box("b", host="10.0.0.9", port=9)
    assert store.known_box("b") == replace(BOX, host="10.0.0.9", port=9)
    assert store.forget_box("b")
    assert not store.forget_box("b")
    assert (store.known_box("b"), store.meta("box")) == (None, "")
    store.close()
