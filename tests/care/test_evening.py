"""The evening to take home: whole, readable, made while the hall goes on, and nothing of a guest in it."""

import csv
import io
import json
import re
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path

import pytest

from appliance.domain.sheets import length, safe_cell
from appliance.errors import Unavailable
from appliance.store.evening import file_name, set_list, write_evening
from tests.care.conftest import by_browser, liked_play, menu
from tests.support.real_box import ROOT, RealBox
from tests.support.visitors import Answer, Visitor
from tests.web.html import opened

SECRET = re.compile(r"[0-9a-f]{20,}")


def opened_file(answer: Answer, folder: Path) -> sqlite3.Connection:
    path = folder / "evening.sqlite"
    path.write_bytes(answer.body)
    connection = sqlite3.connect(path)
    connection.row_factory = sqlite3.Row
    return connection


def told(connection: sqlite3.Connection, question: str) -> list[tuple[object, ...]]:
    return [tuple(row) for row in connection.execute(question)]


def count_presence(data: Path, *, stage: str, guests: int, active: int) -> None:
    """What the box's own counting journals every five minutes."""
    body = {
        "event": "e",
        "stage": stage,
        "span_ms": 300_000,
        "guests": guests,
        "active": active,
        "arrived": 7,
        "left": 0,
    }
    with closing(sqlite3.connect(data / "box.db")) as connection, connection:
        connection.execute(
            "INSERT INTO journal (kind, v, boot, boot_ms, wall_ms, trust, body)"
            " VALUES ('presence.counted', 1, 'b', 1, 1795204800000, 'network', ?)",
            (json.dumps(body),),
        )


@pytest.fixture(scope="module")
def evening(box: RealBox) -> tuple[RealBox, Path]:
    """A box after some tracks, one of them a formula, one taken back."""
    _, _, dj = liked_play(box, title="Freddie")
    session = dj.get("/api/v1/stages/stage-freddie/now").json["session"]["id"]
    plays = f"/api/v1/sessions/{session}/plays"
    for title in ("=HYPERLINK(1)", "Gone"):
        sent = dj.post(plays, json_body={"title": title, "artist": "Ola & Søn", "bpm": 118.5})
        assert sent.status == 201
    gone = sent.json["play"]["play"]
    said = {"text": "Half an hour to go", "level": "important", "duration_s": 600}
    made = dj.post(f"/api/v1/sessions/{session}/announcements", json_body=said).json["id"]
    dj.ask("DELETE", f"/api/v1/announcements/{made}")
    event = dj.get("/api/v1/stages/stage-freddie/now").json["stage"]["event"]
    box.staff().post(f"/api/v1/events/{event}/announcements", json_body={"text": "Welcome", "duration_s": 60})
    with closing(sqlite3.connect(box.data / "box.db")) as connection, connection:
        # As a DJ's link takes one back.
        connection.execute("UPDATE plays SET retracted = 1 WHERE id = ?", (gone,))
    count_presence(box.data, stage="stage-freddie", guests=40, active=4)
    plan(box, event)
    return box, box.data


def plan(box: RealBox, event: str) -> None:
    """Two slots, one with five stars, one with one."""
    for times, guests in (("20:00", "21:00"), 5), (("21:00", "22:00"), 1):
        begins, ends = (f"2026-11-28T{time}" for time in times)
        wanted = {"stage": "stage-freddie", "begins": begins, "ends": ends, "title": f"From {times[0]}"}
        made = box.staff().post(f"/api/v1/events/{event}/slots", json_body=wanted)
        assert made.status == 201, made.text
        for _ in range(guests):
            starred = box.guest().ask("PUT", f"/api/v1/events/{event}/slots/{made.json['id']}/star")
            assert starred.status in {200, 204}, starred.text


def browser_of(box: RealBox) -> Visitor:
    return by_browser(box)


def test_the_evening_is_a_database_that_anybody_can_read(evening: tuple[RealBox, Path], tmp_path: Path) -> None:
    box, _ = evening
    browser = browser_of(box)
    answer = opened(browser, "/staff/evening").form("/staff/evening/sqlite").send(browser)
    assert (answer.status, answer.headers["content-type"]) == (200, "application/vnd.sqlite3")
    assert re.search(r'filename="[a-z0-9-]+-20\d\d-\d\d-\d\d\.sqlite"', answer.headers["content-disposition"])
    with closing(opened_file(answer, tmp_path)) as found:
        assert told(found, "PRAGMA integrity_check") == [("ok",)]
        assert told(found, "SELECT title, artist, bpm, likes FROM plays ORDER BY id DESC LIMIT 2") == [
            ("=HYPERLINK(1)", "Ola & Søn", 118.5, 0),
            ("Freddie", "Miles Davis", None, 1),
        ]
        assert told(found, "SELECT title, dj, stage FROM set_list WHERE stage = 'Stage Freddie' ORDER BY number") == [
            ("Freddie", "DJ Freddie", "Stage Freddie"),
            ("=HYPERLINK(1)", "DJ Freddie", "Stage Freddie"),
        ]
        assert told(found, "SELECT stage, said_by, level, text, seconds, phones, ended FROM announcements") == [
            ("Stage Freddie", "DJ Freddie", "important", "Half an hour to go", 600, 0, "cancelled"),
            (None, "Tonight", "info", "Welcome", 60, 0, None),
        ]
        assert told(found, "SELECT stage, begins, ends, title, dj, booking, stars FROM plan ORDER BY begins") == [
            ("Stage Freddie", "2026-11-28T20:00", "2026-11-28T21:00", "From 20:00", None, "nobody", 5),
            ("Stage Freddie", "2026-11-28T21:00", "2026-11-28T22:00", "From 21:00", None, "nobody", None),
        ]
        assert told(found, "SELECT count(*) FROM about WHERE name = 'zone' AND value <> ''") == [(1,)]
        assert told(found, "SELECT stage, phones, active, came, went FROM presence WHERE phones = 40") == [
            ("Stage Freddie", 40, None, 7, 0)  # four active guests are a small group
        ]


def test_nothing_of_a_guest_and_no_secret_is_in_it(evening: tuple[RealBox, Path], tmp_path: Path) -> None:
    box, data = evening
    browser = browser_of(box)
    answer = browser.post("/staff/evening/sqlite", form={})
    with closing(opened_file(answer, tmp_path)) as found:
        everything = "\n".join(found.iterdump())
    assert "Freddie" in everything
    # No id that the box made is in it: no guest, no token, no key, no box.
    assert not SECRET.search(everything)
    with closing(sqlite3.connect(data / "box.db")) as own:
        for (guest,) in own.execute("SELECT guest_id FROM likes"):
            assert guest.encode() not in answer.body
    assert list((data / "run").glob("evening-*")) == []


def test_the_set_list_is_a_table_that_no_spreadsheet_runs(evening: tuple[RealBox, Path]) -> None:
    browser = browser_of(evening[0])
    answer = browser.post("/staff/evening/set-list", form={})
    assert answer.headers["content-disposition"].endswith('.csv"')
    head, *lines = csv.reader(io.StringIO(answer.body.decode("utf-8-sig")))
    assert head == ["number", "start", "duration", "artist", "title", "dj", "stage"]
    assert [line[0] for line in lines] == [str(number) for number in range(1, len(lines) + 1)]
    first, second = [line for line in lines if line[6] == "Stage Freddie"]
    assert first[3:] == ["Miles Davis", "Freddie", "DJ Freddie", "Stage Freddie"]
    assert re.fullmatch(r"\d:\d\d:\d\d", first[2])
    assert second[4] == "'=HYPERLINK(1)"


def test_only_staff_take_it(evening: tuple[RealBox, Path]) -> None:
    visitor = evening[0].visitor()
    assert visitor.get("/staff/evening").headers["location"] == "/staff"
    for path in ("sqlite", "set-list"):
        answer = visitor.post(f"/staff/evening/{path}", form={})
        assert (answer.status, "staff_missing" in answer.text) == (401, True)


@pytest.mark.parametrize("language", ["de", "hu"])
def test_the_page_speaks_the_browsers_language(evening: tuple[RealBox, Path], language: str) -> None:
    answer = browser_of(evening[0]).get("/staff/evening", headers={"Accept-Language": language, "Accept": "text/html"})
    assert f'<html lang="{language}"' in answer.text


def test_hearts_go_on_while_it_is_made(evening: tuple[RealBox, Path]) -> None:
    box, _ = evening
    play, _, _ = liked_play(box, title="Meanwhile")
    answers: list[int] = []

    def download() -> None:
        answers.append(browser_of(box).post("/staff/evening/sqlite", form={}).status)

    thread = threading.Thread(target=download)
    thread.start()
    while thread.is_alive():
        phone = box.visitor()
        phone.post("/api/v1/guests")
        assert phone.ask("PUT", f"/api/v1/plays/{play}/like").status == 200
    thread.join()
    assert answers == [200]


def test_the_menu_makes_both_files_of_a_box_that_is_off(evening: tuple[RealBox, Path], tmp_path: Path) -> None:
    data = tmp_path / "off"
    data.mkdir()
    with (
        closing(sqlite3.connect(evening[1] / "box.db")) as reading,
        closing(sqlite3.connect(data / "box.db")) as writing,
    ):
        reading.backup(writing)
    for name in ("take.sqlite", "take.csv"):
        done = menu("evening", str(tmp_path / name), data=data)
        assert done.returncode == 0, done.stderr
        assert (tmp_path / name).stat().st_size > 100
    # Nothing is left beside them, and no log beside the database.
    assert sorted(path.name for path in tmp_path.iterdir()) == ["off", "take.csv", "take.sqlite"]
    assert {path.name for path in data.iterdir()} <= {"box.db", "box.db-wal", "box.db-shm"}
    refused = menu("evening", str(tmp_path / "none.sqlite"), data=tmp_path / "nowhere")
    assert (refused.returncode, "There is no database" in refused.stderr) == (1, True)


def test_what_is_there_already_or_damaged_is_said_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "box.db").write_bytes(b"no database at all" * 500)
    with pytest.raises(Unavailable, match="could not be written"):
        write_evening(tmp_path / "box.db", tmp_path / "out.sqlite")
    assert not (tmp_path / "out.sqlite").exists()


def test_memory_stays_small_for_a_long_season(evening: tuple[RealBox, Path], tmp_path: Path) -> None:
    with (
        closing(sqlite3.connect(evening[1] / "box.db")) as reading,
        closing(sqlite3.connect(tmp_path / "box.db")) as writing,
    ):
        reading.backup(writing)
        writing.execute("CREATE TEMP TABLE one AS SELECT * FROM journal WHERE kind = 'presence.counted'")
        writing.execute(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000)"
            " INSERT INTO journal (kind, v, boot, boot_ms, wall_ms, trust, body)"
            " SELECT kind, v, boot, boot_ms, wall_ms + i * 300000, trust, body FROM one, n"
        )
        writing.commit()
    script = (
        "import resource, sys; from pathlib import Path; from appliance.store.evening import write_evening;"
        "base = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss;"
        "write_evening(Path(sys.argv[1]), Path(sys.argv[2]));"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - base)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "box.db"), str(tmp_path / "out.sqlite")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert int(done.stdout) < 16 * 1024, "KiB more than before"
    with set_list(tmp_path / "out.sqlite") as lines:
        assert "Freddie" in {line.title for line in lines}


def test_file_names_are_plain_and_lengths_readable() -> None:
    assert file_name("Käse & Wein: the Friday!", "2026-11-20 20:00:00Z") == "kase-wein-the-friday-2026-11-20"
    assert file_name("夜", "") == "evening"
    assert len(file_name("x" * 500, "")) == 60
    assert [length(seconds) for seconds in (None, 0, 225, 3_725)] == ["", "0:00:00", "0:03:45", "1:02:05"]


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\t=1", " =1", "＝1", "|cmd", "\r=1", "\n=1", "\x00=1"])
def test_no_cell_is_a_formula(text: str) -> None:
    assert safe_cell(text).startswith("'")
    assert not re.search(r"[\x00-\x1f]", safe_cell(text))


def test_plain_titles_stay_as_they_are() -> None:
    assert safe_cell("99 Luftballons – live") == "99 Luftballons – live"
