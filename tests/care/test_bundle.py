"""The support bundle: it tells what helps, and nothing of a guest, whatever the logs hold."""

import io
import os
import re
import zipfile
from pathlib import Path

import pytest

from appliance import notices as kept
from appliance.care.bundle import LOGS_MOST, Page, log_pages, write_bundle
from appliance.clock import SystemClock
from appliance.errors import Unavailable
from tests.care.conftest import by_browser, liked_play, menu
from tests.support.guests import guest_in
from tests.support.real_box import RealBox, running_box

PLANTED = {
    "address": "10.99.88.77",
    "address of IPv6": "fd00:dead:beef::7",
    "card": "de:ad:be:ef:12:34",
    "token": "pk_dj_PLANTEDplanted0123",
    "bearer": "PLANTEDbearer.0123",
    "cookie": "PLANTEDcookie0123",
    "guest": "feedfacefeedfacefeedface",
    "code": "P7NTD-C0DE5",
    "passphrase": "planted passphrase",
    "browser": "Mozilla/5.0 (PlantedPhone)",
}
LOG = """\
2026-11-20 21:14:03,120 WARNING appliance.web: phone {address} ({card}) with {address of IPv6} went
2026-11-20 21:14:03,121 ERROR appliance.web: token {token} and Authorization: Bearer {bearer}
2026-11-20 21:14:03,122 ERROR appliance.web: Cookie: pika_guest={cookie}; guest {guest} by {browser}
2026-11-20 21:14:03,123 ERROR appliance.web: code {code}, wi-fi {passphrase}
2026-11-20 21:14:03,124 ERROR appliance.web: what helps is still here
"""


def everything(content: bytes) -> dict[str, str]:
    """Every file of the zip."""
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        assert packed.testzip() is None
        return {name: packed.read(name).decode() for name in packed.namelist()}


def nothing_planted(files: dict[str, str], *more: str) -> None:
    text = "\n".join([*files, *files.values()]).lower()
    for what in (*PLANTED.values(), *more):
        assert what.lower() not in text, what


def planted_person(box: RealBox) -> list[str]:
    """Somebody with an account; what nobody should find of them."""
    person = box.person("organiser", "Olga Planted")
    account = person.get("/api/v1/me/account").json["id"]
    code: str = box.staff().post(f"/api/v1/accounts/{account}/code").json["code"]
    return ["@example.org", "Olga Planted", person.token or "?", code]


def test_nothing_of_a_guest_and_no_secret_is_in_a_real_box_s_bundle(tmp_path: Path) -> None:
    data = tmp_path / "data"
    (data / "log").mkdir(parents=True)
    (data / "box.toml").write_text(f'[wifi]\nssid = "Hall"\npassphrase = "{PLANTED["passphrase"]}"\n')
    with running_box(data) as box:
        _, phone, dj = liked_play(box)
        log = LOG.format_map(PLANTED)
        (data / "log" / "sync.log").write_text(log)
        with (data / "log" / "server.log").open("a") as file:
            file.write(log)
        kept.Notices(data / kept.FILE_NAME, clock=SystemClock()).add("planted", f"About {PLANTED['address']}.")
        of_people = planted_person(box)
        answer = by_browser(box).post("/staff/care/bundle", form={})
        assert (answer.status, answer.headers["content-type"]) == (200, "application/zip")
        name = answer.headers["content-disposition"]
        assert re.fullmatch(r'attachment; filename="pika-box-support-\d{8}-\d{4}\.zip"', name)
        files = everything(answer.body)
        assert dj.token is not None
        phone_id = phone.cookies["pika_guest"].partition(".")[0]
        guest_id = guest_in(data / "box.db", phone.cookies["pika_guest"])
        broker_key = (data / "run" / "broker.key").read_text()
        verifiers = re.findall(r":(\$\d\S+)", (data / "run" / "broker.passwd").read_text())
        assert verifiers
        staff_pass = box.staff().token or "?"
        nothing_planted(
            files,
            guest_id,
            phone_id,
            *phone.cookies.values(),
            dj.token,
            broker_key,
            *verifiers,
            box.setup_code,
            staff_pass,
            *of_people,
        )
        assert [path.name for path in (data / "run").glob("*.zip")] == []
        health = box.visitor().get("/health").json
    assert files["log/server.log"].count("what helps is still here") == 1
    assert health["box"] in files["health.json"]
    assert health["box"] in files["store.txt"]
    assert "likes: 1" in files["store.txt"]
    assert 'ssid = "Hall"' in files["config.toml"]
    assert 'passphrase = "********"' in files["config.toml"]
    assert "About [address]." in files["notices.txt"]
    assert "mosquitto version" in files["versions.txt"]
    assert "starlette==" in files["versions.txt"]
    assert files["network.txt"].startswith("lo: up 127.0.0.1")
    assert "supervisord.log" in str(list(files))
    assert "NOT in it" in files["README.txt"]


def test_the_bundle_is_made_when_the_box_is_off_and_its_store_and_settings_are_broken(tmp_path: Path) -> None:
    data, target = tmp_path / "data", tmp_path / "out.zip"
    (data / "log").mkdir(parents=True)
    (data / "box.db").write_bytes(b"no database" * 100)
    (data / "box.toml").write_text("[http]\nport = 99999999\n")
    (data / "log" / "server.log").write_text(LOG.format_map(PLANTED))
    done = menu("bundle", str(target), data=data)
    assert (done.returncode, done.stderr) == (0, "")
    assert target.stat().st_mode & 0o777 == 0o600
    files = everything(target.read_bytes())
    # Nobody knows the passphrase of settings that can't be read, and no log of the box ever holds it.
    files["log/server.log"] = files["log/server.log"].replace(PLANTED["passphrase"], "")
    nothing_planted(files)
    assert "http.port is 99999999" in files["config.toml"]
    assert "can't be read" in files["store.txt"]
    assert files["health.json"].startswith("This could not be looked at")


def test_a_bundle_that_finds_no_place_says_so_and_leaves_nothing(tmp_path: Path) -> None:
    done = menu("bundle", str(tmp_path / "nowhere" / "out.zip"), data=tmp_path / "data")
    assert done.returncode == 1
    assert "could not be written" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_newest_logs_go_first_and_all_together_stay_bounded(tmp_path: Path) -> None:
    for number, name in enumerate(("old.log.2", "mid.log.1", "new.log")):
        (tmp_path / name).write_text(f"{name} begins\n" + "x" * 999 + f"\n{name} ends\n")
        os.utime(tmp_path / name, (number, number))
    (tmp_path / "link.log").symlink_to("/etc/passwd")
    target = io.BytesIO()
    write_bundle(target, log_pages(tmp_path, most=1500), redact=str, told=lambda _done, _of: None)
    files = everything(target.getvalue())
    assert list(files) == ["README.txt", "log/new.log", "log/mid.log.1", "log/old.log.2"]
    assert "new.log begins" in files["log/new.log"]
    assert files["log/mid.log.1"].startswith("[the beginning is left out]\n")
    assert "mid.log.1 ends" in files["log/mid.log.1"]
    assert "old.log" not in files["log/old.log.2"]


def test_a_log_without_line_ends_takes_no_memory_and_is_cut(tmp_path: Path) -> None:
    (tmp_path / "server.log").write_bytes(b"\xff\0y" * 1_000_000 + b"\nafter\n")
    target = io.BytesIO()
    write_bundle(target, log_pages(tmp_path), redact=lambda line: line[:100], told=lambda _done, _of: None)
    log = everything(target.getvalue())["log/server.log"]
    assert len(log) < 1000
    assert log.endswith("after\n")
    assert LOGS_MOST <= 20_000_000


def test_what_can_t_be_looked_at_is_said_and_the_rest_goes_on() -> None:
    def broken() -> list[str]:
        raise Unavailable("x", "The card is gone.")

    target, told = io.BytesIO(), []
    pages = [Page("a.txt", broken), Page("b.txt", lambda: ["z" * 40] * 9, most=100)]
    write_bundle(target, pages, redact=str, told=lambda done, of: told.append((done, of)))
    files = everything(target.getvalue())
    assert files["a.txt"] == "This could not be looked at: The card is gone.\n"
    assert files["b.txt"].count("z" * 40) == 2
    assert "left out" in files["b.txt"]
    assert told == [(1, 3), (2, 3), (3, 3)]


@pytest.mark.parametrize("kind", ["bundle", "backup"])
def test_only_staff_get_a_file(box: RealBox, kind: str) -> None:
    answer = box.visitor().post(f"/staff/care/{kind}", form={})
    assert answer.status == 401
    assert b"PK" not in answer.body
