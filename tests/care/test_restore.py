"""A backup on its way to another box: what is taken, what is refused, who the box is afterwards, and pulled plugs."""

import hashlib
import io
import json
import shutil
import sqlite3
import zipfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from appliance.care import restore
from appliance.care.restore import Become
from appliance.config import Settings
from appliance.errors import BoxError, Invalid, Refused
from appliance.store.backup import check
from appliance.store.migrate import open_database, steps
from tests.care.conftest import menu
from tests.care.plug import pulled_after


def meta(database: Path) -> dict[str, str]:
    with closing(sqlite3.connect(database)) as connection:
        return dict(connection.execute("SELECT name, value FROM meta"))


def make_box(data: Path, *, mark: str, name: str) -> Settings:
    """A folder in which a box has lived."""
    with closing(open_database(data / "box.db")) as connection:
        connection.execute("INSERT INTO meta VALUES ('mark', ?), ('portal_salt', 'ab')", (mark,))
        connection.execute("INSERT INTO releases VALUES ('c', 'b', 1, 1, 'ntp')")
        row = "INSERT INTO journal (kind, v, boot, boot_ms, wall_ms, trust, body) VALUES ('a', 1, 'b', 1, 1, 'ntp', ?)"
        connection.executemany(row, [(f'{{"{mark}":{number}}}',) for number in range(3)])
    (data / "box.toml").write_text(f'[box]\nname = "{name}"\n')
    (data / "tls").mkdir()
    (data / "tls" / "links.pem").write_text(f"the key of {name}")
    return Settings(data=data)


@pytest.fixture(scope="module")
def packed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A backup of box "Old", as one file."""
    folder = tmp_path_factory.mktemp("old")
    make_box(folder / "data", mark="old", name="Old")
    done = menu("pack", str(folder / "old.zip"), data=folder / "data")
    assert done.returncode == 0, done.stderr
    assert sorted(path.name for path in folder.iterdir()) == ["data", "old.zip"]
    assert (folder / "old.zip").stat().st_mode & 0o777 == 0o600
    return folder / "old.zip"


def unpacked(packed: Path, folder: Path) -> Path:
    with zipfile.ZipFile(packed) as file:
        file.extractall(folder)
    return folder


def zipped(files: dict[str, bytes]) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in files.items():
            file.writestr(name, data)
    return content.getvalue()


def manifest_for(files: dict[str, bytes], **changes: Any) -> bytes:
    marks = {name: {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()} for name, data in files.items()}
    known = {"format": "pika-box-backup", "version": 1, "schema": 2, "box": "ab" * 8, "files": marks, "later": True}
    known |= {"program": "0.1.0", "name": "Old", "epoch": "cd" * 8, "last_seq": 3}
    known |= {"created": "2026-11-20T16:00:00Z", "created_ms": 1_795_190_400_000, "trust": "ntp"}
    return json.dumps(known | changes).encode()


def changed_database(packed: Path, statement: str) -> bytes:
    path = packed.with_name("changed.db")
    with zipfile.ZipFile(packed) as file:
        path.write_bytes(file.read("box.db"))
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(statement)
        connection.commit()
    return path.read_bytes()


def with_database(data: bytes) -> bytes:
    return zipped({"box.db": data, "manifest.json": manifest_for({"box.db": data})})


def claiming(files: dict[str, bytes], **changes: Any) -> bytes:
    """A zip of nothing but a manifest."""
    return zipped({"manifest.json": manifest_for(files, **changes)})


def changed(packed: Path, statement: str) -> bytes:
    """A whole backup of a database that is not quite a box's."""
    return with_database(changed_database(packed, statement))


def torn(data: bytes) -> bytes:
    """A database with pages of another kind in its middle."""
    return data[:8192] + b"\x55" * 16384 + data[24576:]


Make = Callable[[Path], bytes]
BAD: dict[str, tuple[str, Make]] = {
    "no zip": ("no whole zip", lambda _: b"hello"),
    "an empty file": ("no whole zip", lambda _: b""),
    "cut": ("no whole zip", lambda packed: packed.read_bytes()[:-100]),
    "an empty zip": ("no manifest", lambda _: zipped({})),
    "a path out": ("no backup has", lambda _: zipped({"../box.db": b"x", "manifest.json": b"{}"})),
    "an absolute path": ("no backup has", lambda _: zipped({"/etc/passwd": b"x"})),
    "a drive": ("no backup has", lambda _: zipped({"C:\\box.db": b"x"})),
    "one more file": ("no backup has", lambda _: zipped({"manifest.json": b"{}", "run/broker.key": b"x"})),
    "many files": ("more files", lambda _: zipped({f"{number}": b"" for number in range(5000)})),
    "a manifest that is huge": ("larger than", lambda _: zipped({"manifest.json": b" " * 1_000_000})),
    "a manifest that is no JSON": ("can't be read", lambda _: zipped({"manifest.json": b"[[[[", "box.db": b"x"})),
    "another format": (
        "another kind",
        lambda _: claiming({"box.db": b"x"}, format="zip"),
    ),
    "a later format": ("another kind", lambda _: claiming({"box.db": b"x"}, version=2)),
    "an id with markup": (
        "another kind",
        lambda _: claiming({"box.db": b"x"}, box="<b>"),
    ),
    "a list with a path": (
        "not a box's",
        lambda _: claiming({"box.db": b"", "../a": b""}),
    ),
    "no database": ("missing or cut", lambda _: claiming({"box.db": b"x"})),
    "another digest": (
        "not as it was",
        lambda _: zipped({"manifest.json": manifest_for({"box.db": b"x"}), "box.db": b"y"}),
    ),
    "no database at all": ("not a database", lambda _: with_database(b"not a database, but as long as one" * 99)),
    "pages torn": ("damaged", lambda packed: with_database(torn(changed_database(packed, "SELECT 1")))),
    "a newer schema": (
        "newer version",
        lambda packed: changed(packed, "PRAGMA user_version=99"),
    ),
    "another program's": (
        "no database of a Pika",
        lambda packed: changed(packed, "DROP TABLE meta"),
    ),
    "a trigger": (
        "no database of a Pika",
        lambda packed: changed(packed, "CREATE TRIGGER t AFTER INSERT ON journal BEGIN DELETE FROM likes; END"),
    ),
    "settings that no box takes": (
        "settings can't be used",
        lambda packed: zipped(
            {
                "box.db": (data := changed_database(packed, "SELECT 1")),
                "box.toml": b"[http]\nport = 0\n",
                "manifest.json": manifest_for({"box.db": data, "box.toml": b"[http]\nport = 0\n"}),
            }
        ),
    ),
}


@pytest.fixture
def new_box(tmp_path: Path) -> Settings:
    """The box that takes a backup up."""
    return make_box(tmp_path / "data", mark="new", name="New")


def untouched(settings: Settings) -> None:
    """Nothing of the box has changed and nothing lies about."""
    assert sorted(path.name for path in settings.data.iterdir()) == ["box.db", "box.toml", "tls"]
    assert meta(settings.database)["mark"] == "new"


@pytest.mark.parametrize("kind", BAD)
def test_what_is_no_whole_backup_is_refused_and_leaves_no_trace(
    kind: str, packed: Path, new_box: Settings, tmp_path: Path
) -> None:
    words, make = BAD[kind]
    (tmp_path / "bad.zip").write_bytes(make(packed))
    with pytest.raises(Invalid, match=words):
        restore.bring(new_box, tmp_path / "bad.zip")
    untouched(new_box)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bad.zip", "data"]


def test_a_zip_that_grows_beyond_the_room_is_stopped_while_it_grows(
    new_box: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bomb = bytes(60_000_000)
    (tmp_path / "bomb.zip").write_bytes(zipped({"manifest.json": manifest_for({"box.db": bomb}), "box.db": bomb}))
    assert (tmp_path / "bomb.zip").stat().st_size < 100_000
    monkeypatch.setattr(restore, "room", lambda _: 5_000_000)
    most: list[int] = []
    drop = restore.drop

    def seeing(settings: Settings) -> None:
        most.extend(path.stat().st_size for path in settings.data.glob(f"{restore.STAGED}/box.db"))
        drop(settings)

    monkeypatch.setattr(restore, "drop", seeing)
    with pytest.raises(Invalid, match="larger than there is room for"):
        restore.bring(new_box, tmp_path / "bomb.zip")
    assert max(most) <= 5_000_000
    untouched(new_box)


def put_in_place(settings: Settings) -> None:
    restore.take_up(settings)
    assert not restore.is_staged(settings.data)
    assert not (settings.data / restore.STAGED).exists()


@pytest.mark.parametrize("shape", ["zip", "folder", "zip of a folder"])
def test_a_box_stays_itself_with_the_other_s_evenings(
    packed: Path, new_box: Settings, tmp_path: Path, shape: str
) -> None:
    source = packed
    if shape != "zip":
        source = unpacked(packed, tmp_path / "there" / "backup")
    if shape == "zip of a folder":
        source = Path(shutil.make_archive(str(tmp_path / "again"), "zip", tmp_path / "there"))
    mine = meta(new_box.database)
    assert restore.bring(new_box, source).name == "Old"
    assert restore.brought(new_box) is not None
    restore.stage(new_box, become=Become.THIS)
    with pytest.raises(Refused):
        restore.bring(new_box, source)
    old = meta(new_box.data / restore.STAGED / "box.db")
    assert meta(new_box.database) == mine
    put_in_place(new_box)
    found = meta(new_box.database)
    assert (found["box_id"], found["login_key"], found["mark"]) == (mine["box_id"], mine["login_key"], "old")
    manifest = json.loads(zipfile.ZipFile(packed).read("manifest.json"))
    assert found["restored_from"] == manifest["box"] != mine["box_id"]
    assert (found["restored_epoch"], found["restored_seq"]) == (manifest["epoch"], "3")
    assert found["epoch"] not in {mine["epoch"], manifest["epoch"]}
    assert old["epoch"] == found["epoch"]
    assert 'name = "New"' in (new_box.data / "box.toml").read_text()
    # The other one may go on: two boxes with one key would be the same to every laptop.
    assert new_box.links_key.read_text() == "the key of New"
    with closing(sqlite3.connect(new_box.database)) as connection:
        assert connection.execute("SELECT seq, body FROM journal").fetchall()[0] == (1, '{"old":0}')
        [told] = connection.execute("SELECT body FROM journal WHERE kind = 'journal.restored'").fetchall()
        assert json.loads(told[0]) == {"previous": manifest["epoch"], "epoch": found["epoch"], "last_seq": 3}
        # Neither a phone's mark nor the salt that could be turned against it goes on to another night.
        assert connection.execute("SELECT count(*) FROM releases").fetchone() == (0,)
    assert "portal_salt" not in found
    [aside] = new_box.data.glob("before-restore-*")
    assert meta(aside / "box.db")["mark"] == "new"


def test_a_box_becomes_the_one_that_is_gone(packed: Path, new_box: Settings) -> None:
    mine = meta(new_box.database)
    manifest = restore.bring(new_box, packed)
    restore.stage(new_box, become=Become.THAT)
    put_in_place(new_box)
    found = meta(new_box.database)
    assert found["box_id"] == manifest.box != mine["box_id"]
    assert found["epoch"] not in {mine["epoch"], manifest.epoch}
    assert 'name = "Old"' in (new_box.data / "box.toml").read_text()
    [aside] = new_box.data.glob("before-restore-*")
    assert 'name = "New"' in (aside / "box.toml").read_text()
    assert (new_box.links_key.read_text(), (aside / "links.pem").read_text()) == ("the key of Old", "the key of New")
    assert new_box.links_key.stat().st_mode & 0o777 == 0o600
    assert "never be turned on again" in (new_box.data / "notices.json").read_text()


def test_a_new_card_without_any_box_takes_a_backup_up(packed: Path, tmp_path: Path) -> None:
    done = menu("restore", str(packed), data=tmp_path / "data")
    assert done.returncode == 0, done.stderr
    assert "backup of Old" in done.stdout
    settings = Settings(data=tmp_path / "data")
    put_in_place(settings)
    found = meta(settings.database)
    assert found["box_id"] != found["restored_from"]
    assert len(found["box_id"]) == 16


def test_a_yes_is_needed_and_a_no_leaves_nothing(packed: Path, new_box: Settings) -> None:
    with pytest.raises(BoxError):
        restore.stage(new_box, become=Become.THIS)
    restore.bring(new_box, packed)
    restore.take_up(new_box)
    assert meta(new_box.database)["mark"] == "new"
    restore.drop(new_box)
    assert restore.brought(new_box) is None
    untouched(new_box)


def test_an_older_backup_is_brought_to_today_s_schema_at_the_start(
    packed: Path, new_box: Settings, tmp_path: Path
) -> None:
    path = unpacked(packed, tmp_path / "backup") / "box.db"
    path.unlink()
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(steps()[1])
        connection.execute("PRAGMA user_version = 1")
        for name, size in (("box_id", 8), ("epoch", 8), ("login_key", 32)):
            connection.execute("INSERT INTO meta VALUES (?, ?)", (name, "ab" * size))
        connection.commit()
    data = path.read_bytes()
    (path.parent / "box.toml").unlink()
    (path.parent / "manifest.json").write_bytes(manifest_for({"box.db": data}, schema=1))
    restore.bring(new_box, path.parent)
    restore.stage(new_box, become=Become.THIS)
    put_in_place(new_box)
    with closing(open_database(new_box.database)) as connection:
        assert connection.execute("SELECT count(*) FROM releases").fetchone()[0] == 0


@pytest.fixture
def steps_of(packed: Path, tmp_path: Path) -> Callable[[Become, int], tuple[Settings, bool]]:
    """A restore that is killed after a step; whether it was."""

    def run(become: Become, number: int) -> tuple[Settings, bool]:
        settings = make_box(tmp_path / f"data-{become}-{number}", mark="new", name="New")
        # A box that was killed: part of its database is in the log beside it.
        for suffix in ("-wal", "-shm"):
            settings.database.with_name(f"box.db{suffix}").write_bytes(b"the log of the box before")
        restore.bring(settings, packed)
        (settings.data / "restore.wanted").unlink(missing_ok=True)
        _stage_without_reading(settings, become)
        return settings, pulled_after(number, restore.steps(settings))

    return run


def _stage_without_reading(settings: Settings, become: Become) -> None:
    """With the torn log out of the way for as long as the box's own id is read."""
    logs = {path: path.read_bytes() for path in settings.data.glob("box.db-*")}
    for path in logs:
        path.unlink()
    restore.stage(settings, become=become)
    for path, content in logs.items():
        path.write_bytes(content)


@pytest.mark.parametrize("become", Become)
def test_the_plug_may_be_pulled_at_any_step(
    steps_of: Callable[[Become, int], tuple[Settings, bool]], become: Become
) -> None:
    number, killed = 0, True
    while killed:
        settings, killed = steps_of(become, number)
        put_in_place(settings)
        [aside] = settings.data.glob("before-restore-*")
        for suffix in ("-wal", "-shm"):
            # Beside the new database it would be played into that.
            assert not settings.database.with_name(f"box.db{suffix}").exists()
            assert (aside / f"box.db{suffix}").read_bytes() == b"the log of the box before"
            (aside / f"box.db{suffix}").unlink()
        assert meta(settings.database)["mark"] == "old"
        assert meta(aside / "box.db")["mark"] == "new"
        assert f'name = "{"Old" if become is Become.THAT else "New"}"' in (settings.data / "box.toml").read_text()
        assert settings.links_key.read_text() == f"the key of {'Old' if become is Become.THAT else 'New'}"
        assert "was taken up" in (settings.data / "notices.json").read_text()
        number += 1
    assert number > 5


def test_what_is_packed_names_what_it_holds(packed: Path, tmp_path: Path) -> None:
    manifest = check(unpacked(packed, tmp_path / "backup")).manifest
    assert (manifest.name, manifest.last_seq, set(manifest.files)) == ("Old", 3, {"box.db", "box.toml", "links.pem"})
