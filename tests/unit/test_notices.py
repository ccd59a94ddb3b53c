"""Notices outlive a restart and a damaged file, and never get in the way."""

from pathlib import Path

from appliance.notices import Notice, Notices
from tests.support.evening import NOON_MS, TurnedClock


def test_a_notice_is_there_after_a_restart_until_it_is_dismissed(tmp_path: Path) -> None:
    path = tmp_path / "notices.json"
    Notices(path, clock=TurnedClock()).add("store_set_aside", "The database was damaged.")
    again = Notices(path, clock=TurnedClock())
    assert again.all() == [Notice("store_set_aside", "The database was damaged.", NOON_MS)]
    again.dismiss("store_set_aside")
    assert Notices(path, clock=TurnedClock()).all() == []


def test_a_second_notice_under_a_code_takes_the_place_of_the_first(tmp_path: Path) -> None:
    notices = Notices(tmp_path / "notices.json", clock=TurnedClock())
    notices.add("a", "first")
    notices.add("b", "other")
    notices.add("a", "second")
    assert [one.words for one in notices.all()] == ["other", "second"]


def test_a_damaged_file_holds_none_and_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "notices.json"
    for content in (b"", b"{", b"\xff", b'{"notices": [{"code": 1}]}', b"[]"):
        path.write_bytes(content)
        notices = Notices(path, clock=TurnedClock())
        assert notices.all() == []
        notices.add("a", "said")
        assert [one.words for one in notices.all()] == ["said"]


def test_they_are_bounded(tmp_path: Path) -> None:
    notices = Notices(tmp_path / "notices.json", clock=TurnedClock())
    for number in range(60):
        notices.add(f"code_{number}", "words")
    assert [one.code for one in notices.all()] == [f"code_{number}" for number in range(10, 60)]


def test_a_folder_that_is_gone_raises_nothing(tmp_path: Path) -> None:
    Notices(tmp_path / "gone" / "notices.json", clock=TurnedClock()).add("a", "said in the log")
