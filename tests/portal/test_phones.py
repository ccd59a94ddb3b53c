"""Phones as their systems drive them: iOS, Android, two at once, and the way back."""

import os
import signal
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest

from tests.portal.conftest import NewPhone, set_mode
from tests.portal.phone import Phone
from tests.support.probes import SUCCESS
from tests.support.real_box import RealBox

APPLE = "http://captive.apple.com/hotspot-detect.html"
ANDROID = "http://connectivitycheck.gstatic.com/generate_204"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148"
PIXEL = "Mozilla/5.0 (Linux; Android 15; Pixel 8 Build/AP4A; wv) AppleWebKit/537.36 Version/4.0 Chrome/130 Mobile"
WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/130 Safari/537.36 Edg/130"


def is_success(phone: Phone) -> bool:
    answer = phone.get(APPLE)
    return answer.status == 200 and SUCCESS in answer.body


def android_sees(phone: Phone) -> str:
    """What Android's monitor concludes from its HTTP probe, while the one over HTTPS fails."""
    answer = phone.get(ANDROID)
    if 300 <= answer.status < 400 or (answer.status == 200 and len(answer.body) > 4):
        return "portal"
    return "partial" if answer.status == 204 else "failed"


def test_an_iphone_gets_done_within_a_second_of_the_button(phone: Phone) -> None:
    phone.agent = "CaptiveNetworkSupport-443.120.2 wispr"
    for _ in range(3):
        assert not is_success(phone)
    phone.agent = IPHONE
    page_at, page = phone.follow(APPLE)
    assert (page.status, page_at.rpartition("/")[2]) == (200, "welcome")
    assert "set-cookie" not in page.headers
    assert not is_success(phone)
    began = time.monotonic()
    answer = phone.press("/welcome")
    assert (answer.status, answer.headers["location"]) == (303, "/welcome/done")
    assert is_success(phone)
    assert time.monotonic() - began < 1
    end, done = phone.follow(page_at, answer)
    assert (end.endswith("/welcome/done"), done.status) == (True, 200)
    assert "Tap <strong>Done</strong>, then open in Safari" in done.text


def test_an_android_sees_a_portal_first_and_only_after_the_button_partial_connectivity(phone: Phone) -> None:
    phone.agent = PIXEL
    assert [android_sees(phone) for _ in range(3)] == ["portal"] * 3
    _, page = phone.follow(ANDROID)
    first_step, _, rest = page.text.partition("Use this network as is")
    assert "⋮" in first_step
    # The button closes the sheet and with it that menu, so the menu comes first.
    assert "<form" in rest
    phone.press("/welcome")
    assert android_sees(phone) == "partial"


def test_a_windows_laptop_gets_a_plain_link(phone: Phone) -> None:
    phone.agent = WINDOWS
    _, page = phone.follow("http://www.msftconnecttest.com/redirect")
    assert "Safari" not in page.text
    assert "⋮" not in page.text
    _, done = phone.follow(f"http://127.0.0.1:{phone.port}/welcome", phone.press("/welcome"))
    assert f'href="/">http://127.0.0.1:{phone.port}<' in done.text
    assert phone.get("http://www.msftconnecttest.com/connecttest.txt").body == b"Microsoft Connect Test"


def test_the_page_says_in_plain_words_that_there_is_no_internet(phone: Phone) -> None:
    for agent in (IPHONE, PIXEL, WINDOWS, ""):
        phone.agent = agent
        page = phone.follow(APPLE)[1].text
        assert "<strong>no internet</strong>" in page
        assert f"http://127.0.0.1:{phone.port}" in page
        assert "/welcome/qr.svg" in page


def test_a_second_phone_still_sees_the_portal(new_phone: NewPhone) -> None:
    first, second = new_phone(), new_phone()
    first.press("/welcome")
    assert (is_success(first), is_success(second)) == (True, False)
    second.press("/welcome")
    first.press("/welcome/leave")
    assert (is_success(first), is_success(second)) == (False, True)


def test_my_internet_comes_back_on_demand(phone: Phone) -> None:
    here = f"http://127.0.0.1:{phone.port}"
    phone.press("/welcome")
    assert "Give me my internet back" in phone.get(f"{here}/welcome/done").text
    answer = phone.press("/welcome/leave")
    assert (answer.status, answer.headers["location"]) == (303, "/welcome")
    assert not is_success(phone)
    assert phone.follow(f"{here}/welcome/done")[0] == f"{here}/welcome"
    assert phone.press("/welcome/leave").status == 303


@pytest.mark.parametrize("origin", ["null", ""])
def test_the_button_works_from_a_sheet_that_names_no_origin(phone: Phone, origin: str) -> None:
    assert phone.press("/welcome", origin=origin).status == 303
    assert is_success(phone)
    assert phone.press("/welcome/leave", origin=origin).status == 303
    assert not is_success(phone)


def test_another_site_s_page_presses_nothing(phone: Phone) -> None:
    here = f"http://127.0.0.1:{phone.port}/welcome"
    for sent in (
        {"Origin": "http://evil.com"},
        {"Origin": "http://captive.apple.com"},
        {"Origin": "null", "Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "cross-site"},
    ):
        answer = phone.ask("POST", here, headers={**sent, "Accept": "application/json"})
        assert (answer.status, answer.json["code"]) == (403, "origin_foreign")
    assert not is_success(phone)


def test_a_yes_survives_kill_9_and_leaves_no_address(own_box: RealBox, tmp_path: Path) -> None:
    set_mode(own_box, "party")
    anna, ben = (Phone(port=own_box.port, address=f"127.0.3.{number}") for number in (1, 2))
    assert anna.press("/welcome").status == 303
    pid = own_box.server_pid()
    os.kill(pid, signal.SIGKILL)
    own_box.wait_until_served(not_pid=pid)
    assert (is_success(anna), is_success(ben)) == (True, False)
    with closing(sqlite3.connect(tmp_path / "box.db")) as database:
        [kept] = database.execute("SELECT * FROM releases").fetchall()
        assert len(kept[0]) == 64
        journal = database.execute("SELECT kind, body FROM journal WHERE kind NOT LIKE '%.opened'").fetchall()
    assert journal == [("portal.mode_set", '{"mode":"party"}')]
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert [path for path in files if b"127.0.3.1" in path.read_bytes()] == []
