"""The care page of a real box: restarts, notices, and the way to another box and back."""

import http.client
import json
import os
import re
import shutil
import signal
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

import pytest

from appliance import notices as kept
from appliance.care import restore
from appliance.clock import SystemClock
from tests.care.conftest import by_browser, liked_play, menu
from tests.support.real_box import RealBox, running_box
from tests.support.visitors import Answer, Visitor
from tests.web.answers import problem, until
from tests.web.html import opened
from tests.web.raw import Raw
from tests.web.served import serving


def upload(visitor: Visitor, content: bytes, *, kind: str = "form") -> Answer:
    """A file as a browser's form sends it, or plainly as a program does."""
    if kind == "plain":
        headers = {"Content-Type": "application/zip", "Accept": "text/html"}
        return visitor.post("/staff/care/upload", body=content, headers=headers)
    head = b'--xx\r\nContent-Disposition: form-data; name="backup"; filename="b.zip"\r\n\r\n'
    headers = {"Content-Type": "multipart/form-data; boundary=xx", "Accept": "text/html"}
    return visitor.post("/staff/care/upload", body=head + content + b"\r\n--xx--\r\n", headers=headers)


def journal(data: Path) -> list[tuple[int, str, str]]:
    with closing(sqlite3.connect(data / "box.db")) as connection:
        return list(connection.execute("SELECT seq, kind, body FROM journal ORDER BY seq"))


def meta(data: Path) -> dict[str, str]:
    with closing(sqlite3.connect(data / "box.db")) as connection:
        return dict(connection.execute("SELECT name, value FROM meta"))


def test_a_restart_from_the_page_takes_the_broker_and_leaves_phones_alone(box: RealBox) -> None:
    browser = by_browser(box)
    page = opened(browser, "/staff/care")
    assert [row.text for row in page.all("p", class_="row-title")][:2] == ["broker", "server"]
    server, before = box.server_pid(), (box.data / "run" / "mosquitto.pid").read_text()
    assert page.form("/staff/care/restart", part="broker").send(browser).status == 303
    pid_file = box.data / "run" / "mosquitto.pid"
    assert until(lambda: pid_file.is_file() and pid_file.read_text() not in {"", before})
    assert box.server_pid() == server
    assert until(lambda: box.visitor().get("/health").json["parts"]["broker"]["state"] == "ok", within_s=15)


def test_the_server_answers_before_it_restarts_and_comes_back_by_itself(box: RealBox) -> None:
    pid = box.server_pid()
    browser = by_browser(box)
    answer = opened(browser, "/staff/care").form("/staff/care/restart", part="server").send(browser)
    assert (answer.status, answer.headers["location"]) == (303, "/staff/care/wait")
    page = browser.get(answer.headers["location"], headers={"Accept": "text/html"})
    assert (page.status, box.server_pid()) == (200, pid)
    box.wait_until_served(not_pid=pid)
    assert browser.get("/staff/care").status == 200


def test_programs_restart_parts_too_and_hear_what_there_is(box: RealBox) -> None:
    staff = box.staff()
    assert staff.post("/api/v1/parts/broker/restart").json == {"part": "broker"}
    problem(staff.post("/api/v1/parts/kitchen/restart"), 404, "part_unknown")
    problem(box.visitor().post("/api/v1/parts/broker/restart"), 401, "staff_missing")
    pid = box.server_pid()
    answer = staff.post("/api/v1/parts/server/restart")
    assert (answer.status, answer.json) == (202, {"part": "server"})
    box.wait_until_served(not_pid=pid)


def test_the_menu_restarts_a_part_also_one_that_hears_nothing(box: RealBox) -> None:
    pid = box.server_pid()
    refused = menu("restart", "kitchen", data=box.data)
    assert (refused.returncode, "There are: broker, server." in refused.stderr) == (1, True)
    os.kill(pid, signal.SIGSTOP)
    done = menu("restart", "server", data=box.data)
    assert done.returncode == 0, done.stderr
    assert "come back by themselves" in done.stdout
    box.wait_until_served(not_pid=pid)


def test_without_supervisord_nothing_is_restarted_and_words_say_so(tmp_path: Path) -> None:
    with serving(tmp_path) as box:
        problem(box.staff().post("/api/v1/parts/server/restart"), 409, "not_supervised")
        browser = box.visitor()
        browser.cookies["pika_staff"] = box.staff().token or ""
        assert "Pull the plug" in opened(browser, "/staff/care").text
        answer = browser.post("/staff/care/restart", form={"part": "broker"})
        assert (answer.status, "not watched" in answer.text) == (409, True)
        assert menu("restart", data=tmp_path).returncode == 1


def test_a_notice_stays_until_somebody_has_read_it(tmp_path: Path) -> None:
    with serving(tmp_path) as box:
        notices = kept.Notices(tmp_path / kept.FILE_NAME, clock=SystemClock())
        for code in ("one", "two", "three"):
            notices.add(code, f"Notice <b>{code}</b>")
        browser = box.visitor()
        browser.cookies["pika_staff"] = box.staff().token or ""
        page = opened(browser, "/staff/care")
        assert "Notice <b>two</b>" in page.text
        assert page.form("/staff/care/dismiss", code="two").send(browser).status == 303
        staff = box.staff()
        assert [one["code"] for one in staff.get("/api/v1/notices").json["notices"]] == ["one", "three"]
        assert staff.ask("DELETE", "/api/v1/notices/one").status == 204
        problem(staff.ask("DELETE", "/api/v1/notices/one"), 404, "notice_unknown")
        problem(box.visitor().get("/api/v1/notices"), 401, "staff_missing")
        assert [one.code for one in notices.all()] == ["three"]


def test_the_page_speaks_the_reader_s_language_and_shows_strangers_the_door(box: RealBox) -> None:
    browser = by_browser(box)
    german = browser.get("/staff/care", headers={"Accept": "text/html", "Accept-Language": "de"})
    assert '<html lang="de">' in german.text
    assert "Gäste und Abende vergessen" in german.text
    answer = box.visitor().get("/staff/care", headers={"Accept": "text/html"})
    assert (answer.status, answer.headers["location"]) == (303, "/staff")
    assert "/staff/care" in browser.get("/staff", headers={"Accept": "text/html"}).text


@pytest.fixture
def two_boxes(tmp_path: Path) -> Iterator[tuple[RealBox, RealBox]]:
    """Two boxes that know nothing of each other."""
    for name in ("old", "new"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "box.toml").write_text(f'[box]\nname = "{name.capitalize()} box"\n')
    with running_box(tmp_path / "old") as old, running_box(tmp_path / "new") as new:
        yield old, new


def test_an_evening_moves_to_another_box_by_two_taps(two_boxes: tuple[RealBox, RealBox]) -> None:
    old, new = two_boxes
    play, phone, dj = liked_play(old)
    _, _, own_dj = liked_play(new, title="Own")
    answer = by_browser(old).post("/staff/care/backup", form={})
    assert answer.status == 200
    written, was = journal(old.data), meta(old.data)
    browser, before, pid = by_browser(new), meta(new.data), new.server_pid()
    assert upload(browser, answer.body).status == 303
    page = opened(browser, "/staff/care")
    assert "Backup of “Old box”" in page.text
    assert meta(new.data)["box_id"] == before["box_id"]
    assert page.form("/staff/care/restore", become="this-box").send(browser).status == 303
    new.wait_until_served(not_pid=pid)
    assert until(lambda: not restore.is_staged(new.data), within_s=15)
    new.wait_until_served()

    moved = Visitor(port=new.port, cookies=dict(phone.cookies))
    assert [like["play"] for like in moved.get("/api/v1/me/likes").json["likes"]] == [play]
    stages = {one["stage"]["name"] for one in new.visitor().get("/api/v1/stages").json["stages"]}
    assert stages == {"Main Floor", "Stage So What"}
    history = new.visitor().get("/api/v1/stages/stage-so-what/history").json["plays"]
    assert [(one["title"], one["likes"]) for one in history] == [("So What", 1)]
    assert new.visitor(dj.token).post("/api/v1/stages/main-floor/sessions").status == 201
    assert own_dj.post("/api/v1/stages/main-floor/sessions").status == 401
    assert journal(new.data)[: len(written)] == written
    after = meta(new.data)
    assert (after["box_id"], after["restored_from"]) == (before["box_id"], was["box_id"])
    assert after["epoch"] not in {before["epoch"], was["epoch"]}
    assert new.visitor().get("/health").json["box"] == before["box_id"]
    assert "taken up" in opened(browser, "/staff/care").text
    assert "New box" in opened(browser, "/staff/care").text
    [aside] = new.data.glob("before-restore-*")
    assert "Own" in str([body for _, _, body in journal(aside)])
    assert old.visitor().get("/health").json["status"] in {"ok", "degraded"}


def test_an_upload_is_checked_before_it_counts(box: RealBox, tmp_path: Path) -> None:
    browser = by_browser(box)
    for content, kind in ((b"no zip", "form"), (b"no zip", "plain"), (b"", "form")):
        answer = upload(browser, content, kind=kind)
        assert (answer.status, "no usable backup" in answer.text) == (422, True)
    wrong = browser.post("/staff/care/upload", form={"backup": "x"})
    assert (wrong.status, "holds no file" in wrong.text) == (400, True)
    assert menu("pack", str(tmp_path / "own.zip"), data=box.data).returncode == 0
    whole = (tmp_path / "own.zip").read_bytes()
    assert upload(browser, whole, kind="plain").status == 303
    assert opened(browser, "/staff/care").form("/staff/care/drop").send(browser).status == 303
    assert "Look at it" in opened(browser, "/staff/care").text
    assert not list(box.data.glob("restore*"))
    assert not list((box.data / "run").glob("*.zip"))
    assert browser.post("/staff/care/restore", form={"become": "this-box"}).status == 404


def test_a_stranger_s_upload_is_refused_before_it_is_read(box: RealBox) -> None:
    with Raw(box.port) as connection:
        connection.send(
            b"POST /staff/care/upload HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/zip\r\n"
            b"Content-Length: 2000000000\r\nAccept: application/json\r\n\r\nPK"
        )
        problem(connection.answer(), 401, "staff_missing")
    assert not (box.data / "run" / "upload.zip").exists()


def test_an_upload_that_can_t_fit_is_refused_by_its_length(box: RealBox) -> None:
    cookie = quote(by_browser(box).cookies["pika_staff"], safe=":.")
    with Raw(box.port) as connection:
        connection.send(
            b"POST /staff/care/upload HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/zip\r\n"
            b"Content-Length: 900000000000\r\nAccept: text/html\r\nCookie: pika_staff=" + cookie.encode() + b"\r\n\r\n"
        )
        assert connection.answer().status == 413


def peak_memory(pid: int, *, since_then: bool = False) -> int:
    """The most bytes that a process held: up to now, from where the count begins anew, or since then."""
    if not since_then:
        Path(f"/proc/{pid}/clear_refs").write_text("5")
    found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    assert found is not None
    return int(found[1]) * 1024


def test_a_big_upload_does_not_grow_the_server(box: RealBox, tmp_path: Path) -> None:
    browser = by_browser(box)
    pid = box.server_pid()
    before = peak_memory(pid)
    path = tmp_path / "big"
    with path.open("wb") as file:
        file.truncate(150_000_000)
    connection = http.client.HTTPConnection("127.0.0.1", box.port, timeout=60)
    headers = {"Host": f"127.0.0.1:{box.port}", "Content-Type": "application/zip", "Accept": "application/json"}
    headers |= {"Cookie": f"pika_staff={browser.cookies['pika_staff']}", "Content-Length": "150000000"}
    with closing(connection), path.open("rb") as file:
        connection.request("POST", "/staff/care/upload", body=file, headers=headers)
        assert connection.getresponse().status == 422
    assert peak_memory(pid, since_then=True) - before < 25_000_000
    assert not (box.data / "run" / "upload.zip").exists()


def test_an_upload_that_stops_in_the_middle_leaves_nothing(box: RealBox) -> None:
    cookie = by_browser(box).cookies["pika_staff"]
    with Raw(box.port) as connection:
        connection.send(
            b"POST /staff/care/upload HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/zip\r\n"
            b"Content-Length: 500000\r\nCookie: pika_staff=" + cookie.encode() + b"\r\n\r\n" + bytes(100_000)
        )
        assert until((box.data / "run" / "upload.zip").exists)
    assert until(lambda: not (box.data / "run" / "upload.zip").exists())
    assert upload(by_browser(box), b"no zip").status == 422


def test_a_backup_folder_is_taken_up_from_the_menu_by_a_box_that_is_off(tmp_path: Path) -> None:
    with running_box(tmp_path / "old") as old:
        play, phone, _ = liked_play(old)
        assert menu("pack", str(tmp_path / "old.zip"), data=tmp_path / "old").returncode == 0
        was = old.visitor().get("/health").json["box"]
    shutil.unpack_archive(tmp_path / "old.zip", tmp_path / "backup")
    done = menu("restore", str(tmp_path / "backup"), "--as-that-box", data=tmp_path / "new")
    assert done.returncode == 0, done.stderr
    with running_box(tmp_path / "new") as new:
        assert new.visitor().get("/health").json["box"] == was
        moved = Visitor(port=new.port, cookies=dict(phone.cookies))
        assert [like["play"] for like in moved.get("/api/v1/me/likes").json["likes"]] == [play]
        assert json.loads((tmp_path / "new" / kept.FILE_NAME).read_text())["notices"][0]["code"] == "restore_done"


def test_making_a_file_does_not_keep_phones_waiting(box: RealBox) -> None:
    browser, slowest = by_browser(box), 0.0
    making = threading.Thread(target=lambda: browser.post("/staff/care/bundle", form={}))
    making.start()
    while making.is_alive():
        begun = time.monotonic()
        assert box.visitor().get("/api/v1/stages").status == 200
        slowest = max(slowest, time.monotonic() - begun)
    assert slowest < 1
