"""What of the logs may be shown."""

from pathlib import Path

import pytest

from appliance.supervision import logs


@pytest.mark.parametrize(
    "private",
    [
        "pk_dj_Ab3-_x9",
        "K7QM2-X9F4T",
        "Bearer abc.def",
        "02:00:5e:10:00:01",
        "02-00-5E-10-00-01",
        "10.42.0.17",
        "fe80::5eff:fe10:1",
        "2001:db8:0:0:0:0:0:1",
        "::ffff:a00:1",
    ],
)
def test_no_address_device_or_secret_is_shown(private: str) -> None:
    shown = logs.redacted(f"2026-11-20 16:45:32,806 ERROR: from {private}, twice {private}; gone")
    assert private not in shown
    assert shown == "2026-11-20 16:45:32,806 ERROR: from [hidden], twice [hidden]; gone"


@pytest.mark.parametrize(
    "plain", ["2026-11-20T16:45:32: Warning", "http://127.0.0.1:8080", "version 0.1.0", 'File "a.py", line 5', "12:30"]
)
def test_what_helps_is_left(plain: str) -> None:
    assert logs.redacted(plain) == plain


def test_the_last_lines_are_those_of_this_start(tmp_path: Path) -> None:
    log = tmp_path / "server.log"
    assert logs.last_lines(log, count=3) == []
    assert logs.size(log) == 0
    log.write_text("old\n" * 10_000)
    since = logs.size(log)
    assert logs.last_lines(log, count=3, since=since) == []
    with log.open("a") as file:
        file.write("one\n\n  two  \nthree\nf\xfcnf")
    assert logs.last_lines(log, count=3, since=since) == ["  two", "three", "f\xfcnf"]
    assert logs.last_lines(log, count=9, since=since)[0] == "one"
    log.write_text("rotated\n")
    assert logs.last_lines(log, count=3, since=since) == ["rotated"]
