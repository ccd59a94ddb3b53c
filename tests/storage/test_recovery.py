"""Whatever has become of the database, there is one after the look at it, and nothing good was thrown away."""

import os
import random
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from appliance.files import replace_file
from appliance.store import inspect
from appliance.store.migrate import open_database
from appliance.store.recovery import DAMAGED
from tests.storage.databases import backed_up, mended_in, meta_in, noise, play_songs, say, songs_in, with_log
from tests.storage.loops import fill, make_image, mounted, need_root

Damage = Callable[[Path], None]


def _zero(path: Path) -> None:
    path.write_bytes(b"")


def _noise_in_the_middle(path: Path) -> None:
    content = bytearray(path.read_bytes())
    for page in range(1, len(content) // 4096):
        content[page * 4096 : page * 4096 + 200] = random.Random(page).randbytes(200)
    path.write_bytes(content)


def _half(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def _words(path: Path) -> None:
    path.write_text("I was a database once.\n" * 500, encoding="utf-8")


def _folder(path: Path) -> None:
    path.unlink()
    path.mkdir()
    (path / "something").write_text("x", encoding="utf-8")


def _link_to_nowhere(path: Path) -> None:
    path.unlink()
    path.symlink_to("/nowhere/at/all")


def _pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def _gone(path: Path) -> None:
    path.unlink()


def _others(path: Path) -> None:
    path.unlink()
    with closing(sqlite3.connect(path)) as database:
        database.execute("CREATE TABLE holidays (day TEXT)")


def _broken_identity(path: Path) -> None:
    with closing(sqlite3.connect(path)) as database:
        database.execute("UPDATE meta SET value = 'zzz' WHERE name = 'box_id'")
        database.commit()


DAMAGES = [
    _zero,
    noise,
    _noise_in_the_middle,
    _half,
    _words,
    _folder,
    _link_to_nowhere,
    _pipe,
    _gone,
    _others,
    _broken_identity,
]


def _epoch_of_rows(path: Path) -> dict[tuple[str, int], str]:
    """Every journal row by its identity: the epoch in which its sequence was given, and the sequence."""
    rows: dict[tuple[str, int], str] = {}
    with closing(sqlite3.connect(path)) as database:
        found = database.execute(
            "SELECT j.seq, j.kind || j.body, coalesce((SELECT json_extract(r.body, '$.previous') FROM journal AS r"
            " WHERE r.kind = 'journal.restored' AND r.seq > j.seq ORDER BY r.seq LIMIT 1),"
            " (SELECT value FROM meta WHERE name = 'epoch')) FROM journal AS j"
        )
        for seq, body, epoch in found:
            rows[epoch, seq] = body
    return rows


def test_a_good_database_is_left_as_it_is_with_its_log(tmp_path: Path) -> None:
    play_songs(tmp_path / "box.db", 0, 3)
    with_log(tmp_path / "box.db")
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert mended_in(tmp_path) is None
    after = {path.name: path.read_bytes() for path in tmp_path.iterdir() if path.suffix != ".db-shm"}
    assert after == before
    assert meta_in(tmp_path / "box.db")["late"] == "committed"


@pytest.mark.parametrize("damage", DAMAGES)
def test_the_copy_takes_a_damaged_databases_place(tmp_path: Path, damage: Damage) -> None:
    database = tmp_path / "box.db"
    play_songs(database, 0, 3)
    backed_up(tmp_path)
    play_songs(database, 3, 5)
    before = meta_in(database)
    damage(database)
    mended = mended_in(tmp_path)
    assert mended is not None
    assert mended.code == "database_restored"
    assert "UTC" in mended.words
    assert songs_in(database) == ["p0", "p1", "p2"]
    after = meta_in(database)
    assert {name: after[name] for name in ("box_id", "login_key")} == {
        name: before[name] for name in ("box_id", "login_key")
    }
    assert after["epoch"] != before["epoch"]
    assert mended_in(tmp_path) is None
    play_songs(database, 5, 6)
    assert songs_in(database)[-1] == "p5"


@pytest.mark.parametrize("damage", DAMAGES)
def test_without_a_copy_a_new_one_begins_and_the_damaged_files_are_kept(tmp_path: Path, damage: Damage) -> None:
    database = tmp_path / "box.db"
    play_songs(database, 0, 3)
    damage(database)
    kept = database.read_bytes() if database.is_file() else None
    mended = mended_in(tmp_path)
    assert mended is not None
    assert mended.code == "database_lost"
    if kept is not None:
        (aside,) = (tmp_path / DAMAGED).iterdir()
        assert (aside / "box.db").read_bytes() == kept
        assert str(aside) in mended.words
    open_database(database).close()
    assert songs_in(database) == []
    play_songs(database, 0, 1)


def test_what_can_be_read_of_the_identity_lives_on_in_a_new_database(tmp_path: Path) -> None:
    database = tmp_path / "box.db"
    play_songs(database, 0, 200)
    before = meta_in(database)
    content = bytearray(database.read_bytes())
    last = len(content) // 4096 - 1
    content[last * 4096 :] = b"\xff" * 4096
    database.write_bytes(content)
    mended = mended_in(tmp_path)
    assert mended is not None
    open_database(database).close()
    after = meta_in(database)
    assert (after["box_id"], after["login_key"]) == (before["box_id"], before["login_key"])
    assert after["epoch"] != before["epoch"]


def test_no_identity_of_a_journal_row_is_given_twice(tmp_path: Path) -> None:
    database = tmp_path / "box.db"
    play_songs(database, 0, 3)
    backed_up(tmp_path)
    play_songs(database, 3, 6)
    lost = _epoch_of_rows(database)
    noise(database)
    assert mended_in(tmp_path) is not None
    play_songs(database, 10, 16)
    now = _epoch_of_rows(database)
    both = lost.keys() & now.keys()
    assert len(now) > len(lost)
    assert {key: lost[key] for key in both} == {key: now[key] for key in both}


def test_what_was_on_when_the_copy_was_made_is_history(tmp_path: Path) -> None:
    database = tmp_path / "box.db"
    play_songs(database, 0, 3)
    backed_up(tmp_path)
    noise(database)
    assert mended_in(tmp_path) is not None
    with closing(sqlite3.connect(database)) as restored:
        assert restored.execute("SELECT count(*), count(current_play_id) FROM sessions").fetchone() == (1, 0)


def test_what_was_said_when_the_copy_was_made_is_not_said_again(tmp_path: Path) -> None:
    database = tmp_path / "box.db"
    play_songs(database, 0, 1)
    say(database, "The fire alarm is a test")
    backed_up(tmp_path)
    noise(database)
    assert mended_in(tmp_path) is not None
    with closing(sqlite3.connect(database)) as restored:
        assert restored.execute("SELECT text, ended FROM announcements").fetchall() == [
            ("The fire alarm is a test", "lost")
        ]


def test_a_log_torn_anywhere_costs_what_was_never_answered_only(tmp_path: Path) -> None:
    database = tmp_path / "box.db"
    play_songs(database, 0, 2)
    with_log(database)
    log = (tmp_path / "box.db-wal").read_bytes()
    content = database.read_bytes()
    for length in range(0, len(log), 500):
        database.write_bytes(content)
        (tmp_path / "box.db-wal").write_bytes(log[:length])
        (tmp_path / "box.db-shm").unlink(missing_ok=True)
        assert mended_in(tmp_path) is None
        assert songs_in(database) == ["p0", "p1"]


def test_another_databases_log_does_not_take_this_one_along(tmp_path: Path) -> None:
    database, strange = tmp_path / "box.db", tmp_path / "strange"
    strange.mkdir()
    play_songs(database, 0, 4)
    play_songs(strange / "box.db", 0, 9)
    with_log(strange / "box.db")
    (strange / "box.db-wal").rename(tmp_path / "box.db-wal")
    mended = mended_in(tmp_path)
    if mended is not None:
        assert mended.code == "database_restored"
        assert "without its damaged log" in mended.words
    assert songs_in(database) == ["p0", "p1", "p2", "p3"]
    with closing(sqlite3.connect(database)) as found:
        assert found.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_a_log_that_holds_another_boxs_whole_database_is_not_believed(tmp_path: Path) -> None:
    """Such a log is good by itself: only whose box it is tells."""
    database, strange = tmp_path / "box.db", tmp_path / "strange.db"
    play_songs(database, 0, 4)
    with closing(open_database(strange)):
        log = (tmp_path / "strange.db-wal").read_bytes()
    (tmp_path / "box.db-wal").write_bytes(log)
    box = meta_in(tmp_path / "strange.db")["box_id"]
    mended = mended_in(tmp_path)
    assert mended is not None
    assert "another database's" in mended.words
    assert songs_in(database) == ["p0", "p1", "p2", "p3"]
    assert meta_in(database)["box_id"] != box


def test_damaged_files_do_not_fill_the_disk(tmp_path: Path) -> None:
    database = tmp_path / "box.db"
    for turn in range(6):
        play_songs(database, 0, 1)
        database.write_bytes(f"damage number {turn} ".encode() * 1000)
        assert mended_in(tmp_path) is not None
    kept = sorted((tmp_path / DAMAGED).iterdir())
    assert [path.name for path in kept] == ["0004", "0005", "0006"]
    assert b"number 5" in (kept[-1] / "box.db").read_bytes()


def test_a_new_box_and_a_start_cut_off_in_its_first_moment_are_no_accident(tmp_path: Path) -> None:
    assert mended_in(tmp_path, has_lived=False) is None
    (tmp_path / "box.db").touch()
    assert mended_in(tmp_path, has_lived=False) is None
    open_database(tmp_path / "box.db").close()


def test_noise_at_any_place_leaves_a_box_that_plays(tmp_path: Path) -> None:
    database, good = tmp_path / "box.db", tmp_path / "good.db"
    play_songs(good, 0, 12)
    content = good.read_bytes()
    chance = random.Random(11)
    for start in range(0, len(content), 2048):
        broken = bytearray(content)
        length = chance.choice((1, 16, 512))
        broken[start : start + length] = chance.randbytes(length)
        for path in tmp_path.glob("box.db*"):
            path.unlink()
        database.write_bytes(broken[: len(content)])
        # The schema's number is in bytes 60 to 63; with that broken it looks like a newer program's database.
        mended_in(tmp_path)
        play_songs(database, 100, 101)
        assert "p100" in songs_in(database)


def test_a_look_takes_no_longer_than_it_may(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    play_songs(tmp_path / "box.db", 0, 2)
    with closing(sqlite3.connect(tmp_path / "box.db")) as database:
        database.executemany(
            "INSERT INTO meta (name, value) VALUES (?, 'x')", ((f"row {number}",) for number in range(50_000))
        )
        database.commit()
    monkeypatch.setattr(inspect, "LOOK_WITHIN_S", 0.0)
    look = inspect.look_at(tmp_path / "box.db", with_log=True)
    assert (look.fault, look.last_seq > 0) == ("", True)


def test_files_of_another_user_are_taken_over() -> None:
    """A run as root by mistake leaves a log that the box's own user may not write."""
    assert os.geteuid() == 0, "this test needs root"
    # Not below pytest's own folder, which nobody else may enter.
    with TemporaryDirectory() as folder:
        data = Path(folder)
        database = data / "box.db"
        play_songs(database, 0, 2)
        with_log(database)
        database.chmod(0o444)
        (data / "box.db-wal").chmod(0o444)
        data.chmod(0o777)
        child = os.fork()
        if child == 0:
            try:
                os.setresuid(65534, 65534, 65534)
                os._exit(0 if mended_in(data) is None and os.access(database, os.W_OK) else 1)
            finally:
                os._exit(2)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        assert database.stat().st_uid == 65534
        assert meta_in(database)["late"] == "committed"


def test_on_a_full_disk_the_copy_itself_becomes_the_database(tmp_path: Path) -> None:
    need_root("mkfs.ext4")
    image = make_image(tmp_path / "card.img", size=12_000_000, make=("mkfs.ext4", "-q", "-F", "-m", "0"))
    with mounted(image, tmp_path / "card") as data:
        database = data / "box.db"
        play_songs(database, 0, 3)
        with closing(sqlite3.connect(database)) as big:
            big.execute("INSERT INTO meta (name, value) VALUES ('big', ?)", ("x" * 2_000_000,))
            big.commit()
        backed_up(data)
        noise(database)
        fill(data, leave=500_000)
        mended = mended_in(data)
        assert mended is not None
        assert mended.code == "database_restored"
        assert songs_in(database) == ["p0", "p1", "p2"]


def test_a_half_restored_copy_is_begun_anew(tmp_path: Path) -> None:
    database = tmp_path / "box.db"
    play_songs(database, 0, 2)
    backed_up(tmp_path)
    noise(database)
    replace_file(tmp_path / ".box.db.restoring", b"half of a copy" * 100)
    assert mended_in(tmp_path) is not None
    assert songs_in(database) == ["p0", "p1"]
    assert not (tmp_path / ".box.db.restoring").exists()
