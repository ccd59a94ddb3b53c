"""The factory reset: what goes, what stays, and a plug pulled at any step of it."""

import json
import os
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

import pytest

from appliance.care import holdings, reset
from appliance.care.reset import Keep
from appliance.config import Settings
from appliance.notices import FILE_NAME as NOTICES_FILE
from appliance.store.migrate import open_database
from tests.care.conftest import by_browser, liked_play, menu
from tests.care.plug import pulled_after
from tests.support.real_box import RealBox, running_box
from tests.web.answers import until

GUESTS_OWN = "guest-0123456789abcdef"


def meta(database: Path) -> dict[str, str]:
    with closing(sqlite3.connect(database)) as connection:
        return dict(connection.execute("SELECT name, value FROM meta"))


def lived_in(data: Path) -> Settings:
    """A folder in which a box has lived, with a guest's mark in everything that is to go."""
    with closing(open_database(data / "box.db")) as connection:
        connection.execute("INSERT INTO meta VALUES ('portal_mode', 'party'), ('setup_digest', ?)", (GUESTS_OWN,))
    for folder in ("log", "run", "backup", "backup.old", "damaged/1", "tls", "link", "before-restore-1"):
        (data / folder).mkdir(parents=True)
    for name in (
        *("log/server.log", "run/broker.passwd", "backup/box.db", "backup.old/box.db", "damaged/1/box.db"),
        *("box.before-0002.db", ".box.db.draft", "before-restore-1/box.db", "notices.json", "starts.json"),
        *("portal-mode", "portal-api", "reserve"),
    ):
        (data / name).write_text(GUESTS_OWN)
    (data / "box.toml").write_text('[box]\nname = "Hall"\n')
    (data / "tls" / "certificate.pem").write_text("a certificate")
    (data / "run" / "box.lock").write_text("1\n")
    return Settings(data=data)


def marked(folder: Path) -> list[str]:
    """The files that still hold a guest's mark."""
    return sorted(
        str(path.relative_to(folder))
        for path in folder.rglob("*")
        if path.is_file() and GUESTS_OWN.encode() in path.read_bytes()
    )


def is_reset(data: Path, before: dict[str, str], *, keep: Keep) -> None:
    """Sees that everything is as after a whole reset."""
    assert marked(data) == []
    assert not (data / reset.MARKER).exists()
    codes = [one["code"] for one in json.loads((data / NOTICES_FILE).read_text())["notices"]]
    assert codes == ["reset_done"]
    if keep is Keep.NOTHING:
        assert sorted(path.name for path in data.iterdir()) == [NOTICES_FILE, "run"]
        return
    assert sorted(path.name for path in data.iterdir()) == ["box.db", "box.toml", "link", NOTICES_FILE, "run", "tls"]
    after = meta(data / "box.db")
    assert (after["box_id"], after["login_key"], after["portal_mode"]) == (
        before["box_id"],
        before["login_key"],
        "party",
    )
    assert after["epoch"] != before["epoch"]
    assert "setup_digest" not in after


@pytest.mark.parametrize("keep", Keep)
def test_the_plug_may_be_pulled_at_any_step(tmp_path: Path, keep: Keep) -> None:
    number, killed = 0, True
    while killed:
        data, second = tmp_path / f"data-{number}", tmp_path / f"second-{number}"
        settings = lived_in(data)
        before = meta(settings.database)
        (second / f"pika-box-{before['box_id']}").mkdir(parents=True)
        (second / f"pika-box-{before['box_id']}" / "box.db").write_text(GUESTS_OWN)
        (second / "pika-box-0123").mkdir()
        reset.stage(settings, keep=keep)
        assert marked(data) != []
        killed = pulled_after(number, reset.steps(settings, second=second))
        if killed:
            assert reset.is_staged(data)
            reset.wipe_now(settings, second=second)
        is_reset(data, before, keep=keep)
        assert [path.name for path in second.iterdir()] == ["pika-box-0123"]
        number += 1
    assert number > (10 if keep is Keep.NOTHING else 15)


def test_nothing_happens_unless_it_was_asked_for(tmp_path: Path) -> None:
    settings = lived_in(tmp_path)
    before = marked(tmp_path)
    reset.wipe_now(settings)
    assert marked(tmp_path) == before
    (tmp_path / reset.MARKER).write_text("what?")
    reset.wipe_now(settings)
    assert marked(tmp_path) == before
    assert not reset.is_staged(tmp_path)


@pytest.mark.parametrize(("word", "keep"), [("identity\n", Keep.IDENTITY), ("nothing", Keep.NOTHING)])
def test_a_first_boot_asks_with_one_word(tmp_path: Path, word: str, keep: Keep) -> None:
    settings = lived_in(tmp_path)
    before = meta(settings.database)
    (tmp_path / reset.MARKER).write_text(word)
    reset.wipe_now(settings)
    is_reset(tmp_path, before, keep=keep)


def test_a_box_whose_database_is_broken_is_reset_too_and_says_that_its_id_is_new(tmp_path: Path) -> None:
    settings = lived_in(tmp_path)
    settings.database.write_bytes(b"broken" * 999)
    reset.stage(settings, keep=Keep.IDENTITY)
    reset.wipe_now(settings)
    assert len(meta(settings.database)["box_id"]) == 16
    assert "new one" in (tmp_path / NOTICES_FILE).read_text()


def test_a_box_with_broken_settings_can_be_made_new(tmp_path: Path) -> None:
    (tmp_path / "box.toml").write_text("[http\n")
    done = menu("reset", "--everything", "--confirm", "Pika Box", data=tmp_path)
    assert (done.returncode, "can't be read" in done.stderr) == (0, True)
    assert reset.is_staged(tmp_path)


def fill_up(path: Path) -> None:
    """Writes until the disk says no."""
    handle = os.open(path, os.O_WRONLY | os.O_APPEND)
    try:
        while True:
            os.write(handle, bytes(4096))
    finally:
        os.close(handle)


def test_a_full_disk_is_reset_too(tmp_path: Path) -> None:
    mounted = tmp_path / "mounted"
    mounted.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "pika-care", str(mounted)], check=True)
    try:
        settings = lived_in(mounted / "data")
        before = meta(settings.database)
        reset.stage(settings, keep=Keep.IDENTITY)
        with pytest.raises(OSError, match="No space"):
            fill_up(mounted / "data" / "log" / "server.log")
        reset.wipe_now(settings)
        is_reset(mounted / "data", before, keep=Keep.IDENTITY)
    finally:
        subprocess.run(["umount", str(mounted)], check=True)


def test_what_the_box_did_not_make_is_left_alone_and_named(tmp_path: Path) -> None:
    settings = lived_in(tmp_path)
    (tmp_path / "thesis.txt").write_text("mine")
    (tmp_path / "photos").mkdir()
    (tmp_path / "elsewhere").symlink_to(tmp_path / "photos")
    outside = tmp_path.with_name(f"{tmp_path.name}-outside")
    outside.mkdir()
    (outside / "kept").write_text("mine")
    (tmp_path / "backup.kept").symlink_to(outside)
    reset.stage(settings, keep=Keep.NOTHING)
    reset.wipe_now(settings)
    assert (tmp_path / "thesis.txt").read_text() == "mine"
    assert (outside / "kept").read_text() == "mine"
    assert not (tmp_path / "backup.kept").is_symlink()
    assert "elsewhere, photos, thesis.txt" in (tmp_path / NOTICES_FILE).read_text()


def test_what_can_t_be_removed_is_told_and_the_box_starts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = lived_in(tmp_path)
    unlink = Path.unlink

    def refusing(path: Path, missing_ok: bool = False) -> None:
        if path.name == "starts.json":
            raise OSError(5, "Input/output error", str(path))
        unlink(path, missing_ok=missing_ok)

    monkeypatch.setattr(Path, "unlink", refusing)
    reset.stage(settings, keep=Keep.IDENTITY)
    reset.wipe_now(settings)
    assert "starts.json" in (tmp_path / NOTICES_FILE).read_text()
    assert not reset.is_staged(tmp_path)


def test_root_asks_on_behalf_of_the_box_s_user(tmp_path: Path) -> None:
    assert os.geteuid() == 0, "this test needs root, to give a file to somebody else"
    os.chown(tmp_path, 1234, 1235)
    reset.stage(Settings(data=tmp_path), keep=Keep.IDENTITY)
    found = (tmp_path / reset.MARKER).stat()
    assert (found.st_uid, found.st_gid, found.st_mode & 0o777) == (1234, 1235, 0o600)


def back_with_notice(box: RealBox, code: str) -> bool:
    """Whether the box is up again and says that it did it."""
    path = box.data / NOTICES_FILE
    return path.is_file() and code in path.read_text() and not (box.data / reset.MARKER).exists()


def test_staff_reset_a_real_box_from_its_page_and_it_comes_back_without_its_guests(tmp_path: Path) -> None:
    (tmp_path / "box.toml").write_text('[box]\nname = "Hall 7"\n')
    with running_box(tmp_path) as box:
        play, phone, dj = liked_play(box)
        before = meta(tmp_path / "box.db")
        browser = by_browser(box)
        wrong = browser.post("/staff/care/reset", form={"keep": "identity", "name": "Hall 8"})
        assert (wrong.status, "not the box&#39;s name" in wrong.text) == (409, True)
        assert browser.post("/staff/care/reset", form={"keep": "all", "name": "Hall 7"}).status == 422
        assert not reset.is_staged(tmp_path)
        pid = box.server_pid()
        asked = browser.post("/staff/care/reset", form={"keep": "identity", "name": " Hall 7 "})
        assert (asked.status, asked.headers["location"]) == (303, "/staff/care/wait")
        assert "restarts" in browser.get("/staff/care/wait", headers={"Accept": "text/html"}).text
        assert until(lambda: back_with_notice(box, "reset_done"), within_s=15)
        box.wait_until_served(not_pid=pid)
        assert box.process.poll() is None
        # The same login goes on: nobody has to find a setup code on a box without a screen.
        page = browser.get("/staff/care", headers={"Accept": "text/html"})
        assert "This box was reset" in page.text
        assert browser.post("/staff/care/dismiss", form={"code": "reset_done"}).status == 303
        assert "This box was reset" not in browser.get("/staff/care").text
        stages = box.visitor().get("/api/v1/stages").json["stages"]
        assert [stage["stage"]["name"] for stage in stages] == ["Main Floor"]
        assert phone.ask("PUT", f"/api/v1/plays/{play}/like").status == 401
        assert dj.post("/api/v1/stages/main-floor/sessions").status == 401
        assert box.visitor().get("/health").json["box"] == before["box_id"]
        assert meta(tmp_path / "box.db")["epoch"] != before["epoch"]
        assert holdings.foreign(tmp_path) == []


def test_the_command_asks_for_the_name_and_the_next_start_makes_the_box_new(tmp_path: Path) -> None:
    with running_box(tmp_path) as box:
        box.guest()
        first = box.visitor().get("/health").json["box"]
        refused = menu("reset", "--everything", data=tmp_path)
        assert (refused.returncode, "not the box's name" in refused.stderr) == (1, True)
        done = menu("reset", "--everything", "--confirm", "Pika Box", data=tmp_path)
        assert done.returncode == 0, done.stderr
        assert "next start" in done.stdout
        box.guest()
    with running_box(tmp_path) as box:
        assert box.visitor().get("/health").json["box"] != first
        assert "as new" in json.dumps(box.staff().get("/api/v1/notices").json)


def test_the_copies_on_the_second_disk_go_with_the_rest_at_the_next_start(tmp_path: Path) -> None:
    data, second = tmp_path / "data", tmp_path / "stick"
    settings = lived_in(data)
    own = second / f"pika-box-{meta(settings.database)['box_id']}"
    for folder in (own, own.with_suffix(".old"), second / "pika-box-0123", second / "photos"):
        folder.mkdir(parents=True)
    (data / "box.toml").write_text(f'[box]\nname = "Hall"\n[backup]\nsecond = "{second}"\n')
    assert menu("reset", "--confirm", "Hall", data=data).returncode == 0
    with running_box(data, options=("--broker", "off")):
        assert sorted(path.name for path in second.iterdir()) == ["photos", "pika-box-0123"]


def test_a_second_disk_that_can_not_be_read_keeps_no_box_from_starting(tmp_path: Path) -> None:
    data = tmp_path / "data"
    settings = lived_in(data)
    (tmp_path / "loop").symlink_to("loop")
    reset.stage(settings, keep=Keep.IDENTITY)
    before = meta(settings.database)
    reset.wipe_now(settings, second=tmp_path / "loop")
    is_reset(data, before, keep=Keep.IDENTITY)
