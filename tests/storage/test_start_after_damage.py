"""A real box on a data folder in which every file is broken: it starts, says what it lost, and works."""

import configparser
import json
import os
import shutil
import signal
from pathlib import Path

import pytest

from appliance import config
from appliance.bus.credentials import parse_password_file
from appliance.commands import backup
from appliance.config import BrokerKind
from appliance.domain.topics import SERVER_USER
from appliance.supervision.programs import supervisord_conf
from tests.storage.databases import play_songs, songs_in
from tests.support.real_box import RealBox, running_box


def _notices(data: Path) -> dict[str, str]:
    found = json.loads((data / "notices.json").read_bytes())["notices"]
    return {one["code"]: one["words"] for one in found}


def _works(box: RealBox) -> None:
    """Everything that an evening needs, the broker included."""
    dj = box.dj("DJ New")
    started = dj.post("/api/v1/stages/main-floor/sessions", json_body={"take_over": True})
    session = started.json["session"]["id"]
    body = {"id": "after", "title": "t", "artist": "a"}
    assert dj.post(f"/api/v1/sessions/{session}/plays", json_body=body).status == 201
    assert box.guest().ask("PUT", "/api/v1/plays/after/like").status == 200
    box.wait_until_served()
    health = box.visitor().get("/health").json
    assert health["parts"]["store"] == {"state": "ok"}
    assert health["parts"]["portal"] == {"state": "ok"}


_FILES = (
    "box.db",
    "box.toml",
    "box.toml.wrong",
    "notices.json",
    "portal-mode",
    "run/box.lock",
    "run/broker.passwd",
    "run/broker.acl",
    "run/broker.key",
    "run/mosquitto.conf",
    "run/mosquitto.pid",
    "run/supervisord.conf",
    "run/supervisord.pid",
    "log/server.log",
    "log/broker.log",
    "log/supervisord.log",
)


def _break(path: Path, how: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    path.unlink(missing_ok=True)
    match how:
        case "empty":
            path.touch()
        case "noise":
            path.write_bytes(bytes(range(128, 256)) * 64)
        case "folder":
            path.mkdir()
            (path / "x").touch()
        case "link":
            path.symlink_to("/nowhere/at/all")


@pytest.mark.parametrize("how", ["empty", "noise", "folder", "link"])
def test_a_box_starts_whatever_has_become_of_its_files(tmp_path: Path, how: str) -> None:
    (tmp_path / "box.toml").write_text('[box]\nname = "Hall 1"\n', encoding="utf-8")
    (tmp_path / "box.toml.good").write_text('[box]\nname = "Hall 1"\n', encoding="utf-8")
    play_songs(tmp_path / "box.db", 0, 3)
    backup.main(["--data", str(tmp_path)])
    for name in _FILES:
        _break(tmp_path / name, how)
    with running_box(tmp_path, options=("--unattended", "--broker", "mosquitto")) as box:
        assert box.visitor().get("/api/v1/stages/main-floor/history").json["plays"][0]["play"] == "p2"
        _works(box)
        assert config.load(data=tmp_path, environment={}).box.name == "Hall 1"
        told = _notices(tmp_path)
        assert "are lost" in told["database_restored"]
        assert "box.toml.wrong" in told["settings_set_aside"]
        entries = parse_password_file((tmp_path / "run" / "broker.passwd").read_text(encoding="ascii"))
        assert set(entries) == {SERVER_USER, "dj-anna", "dj-new"}
    assert songs_in(tmp_path / "box.db") == ["p0", "p1", "p2", "after"]


def test_a_database_that_breaks_while_the_box_runs_is_mended_when_the_server_comes_back(tmp_path: Path) -> None:
    play_songs(tmp_path / "box.db", 0, 3)
    with running_box(tmp_path, options=("--broker", "off")) as box:
        # The pass outlives the accident; the code in the terminal is one of the things that the copy does not know.
        box.staff()
        backup.main(["--data", str(tmp_path)])
        pid = box.server_pid()
        os.kill(pid, signal.SIGSTOP)
        (tmp_path / "box.db").write_bytes(b"\xff" * 100_000)
        (tmp_path / "box.db-wal").unlink(missing_ok=True)
        os.kill(pid, signal.SIGKILL)
        box.wait_until_served(not_pid=pid)
        _works(box)
        assert "database_restored" in _notices(tmp_path)


def test_logs_are_bounded(tmp_path: Path) -> None:
    for broker in (BrokerKind.MOSQUITTO, BrokerKind.EMBEDDED):
        conf = configparser.RawConfigParser(inline_comment_prefixes=(";",))
        conf.read_string(supervisord_conf(config.load(data=tmp_path, environment={}), broker=broker))
        sections = [name for name in conf.sections() if name.startswith("program:")]
        assert len(sections) >= 2
        for name in sections:
            assert conf[name]["stdout_logfile_maxbytes"] == "2MB"
            assert int(conf[name]["stdout_logfile_backups"]) <= 2
            assert conf[name]["redirect_stderr"] == "true"
        assert conf["supervisord"]["logfile_maxbytes"] == "1MB"


def test_the_broker_keeps_nothing_on_the_card_that_could_break(tmp_path: Path) -> None:
    with running_box(tmp_path, options=("--broker", "mosquitto")) as box:
        _works(box)
    assert "persistence false" in (tmp_path / "run" / "mosquitto.conf").read_text(encoding="utf-8")
    assert not [path for path in tmp_path.rglob("*") if path.suffix == ".db" and "mosquitto" in path.name]


def test_a_run_in_a_terminal_says_what_is_wrong_with_the_settings_and_ends(tmp_path: Path) -> None:
    (tmp_path / "box.toml").write_text('[box]\nname = "Hall 2\n', encoding="utf-8")
    with pytest.raises(AssertionError, match="line 2"), running_box(tmp_path):
        pass
    assert (tmp_path / "box.toml").is_file()
    assert not (tmp_path / "box.toml.wrong").exists()


def test_settings_are_remembered_once_a_box_has_started_with_them(tmp_path: Path) -> None:
    (tmp_path / "box.toml").write_text('[box]\nname = "Hall 3"\n', encoding="utf-8")
    with running_box(tmp_path, options=("--broker", "off")):
        assert (tmp_path / "box.toml.good").read_text(encoding="utf-8") == '[box]\nname = "Hall 3"\n'
    assert (tmp_path / "box.toml.good").stat().st_mode & 0o777 == 0o600
