"""`./box update` as whoever types it sees it, and as the system's units call it."""

import os
import re
import shlex
from pathlib import Path

import pytest

from appliance.commands import update
from appliance.errors import BoxError, Unavailable
from appliance.firmware.render import UNIT_FOLDER
from appliance.update import trial, updating
from appliance.update.record import Phase
from appliance.update.service import SystemdService, found_service
from tests.firmware.golden import CASES, rendered
from tests.update.workshop import Bench

_SERVICE = """#!/bin/sh
case "$1" in
restart) basename "$(readlink {root}/opt/pika-box/current)" | tr -d '\\n' >{root}/running ;;
stop) rm -f {root}/running ;;
esac
"""
_SYSTEMCTL = """#!/bin/sh
echo "$*" >>{root}/asked
[ "$1 $2" != "restart pika-box.service" ] ||
    basename "$(readlink {root}/opt/pika-box/current)" | tr -d '\\n' >{root}/running
"""


def _script(path: Path, text: str, *, root: Path) -> Path:
    path.parent.mkdir(exist_ok=True)
    path.write_text(text.format(root=root), encoding="utf-8")
    path.chmod(0o755)
    return path


def _arguments(bench: Bench, *arguments: str | Path, within_s: float = 10) -> list[str]:
    (bench.layout.data / "box.toml").write_text(f"[http]\nport = {bench.port}\n", encoding="utf-8")
    service = _script(bench.root / "service", _SERVICE, root=bench.root)
    always = ["--root", str(bench.root), "--service", str(service), "--within", str(within_s), "--steady", "0.05"]
    return [*map(str, arguments), *always]


def test_an_update_tells_each_step_and_ends_with_0(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    file = bench.maker.release("1.1")
    assert update.main(_arguments(bench, file, "--check")) == 0
    assert "It would be taken." in capsys.readouterr().out
    assert bench.layout.complete() == ["1.0"]
    assert update.main(_arguments(bench, file)) == 0
    said = capsys.readouterr().out
    places = [said.index(words) for words in ("signature is good", "unpacking", "copying", "starting", "stays")]
    assert places == sorted(places)
    assert update.main(_arguments(bench, file)) == 0
    assert "nothing to do" in capsys.readouterr().out
    assert update.main(_arguments(bench, "--status")) == 0
    assert "Runs      1.1\nGood      1.1\nInstalled 1.0, 1.1\n" in capsys.readouterr().out


def test_an_update_that_is_taken_back_ends_with_1_and_says_why(
    bench: Bench, well: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    well["1.1"] = "down"
    file = bench.maker.release("1.1")
    assert update.main(_arguments(bench, "--usb", file.parent, within_s=0.3)) == 1
    said = capsys.readouterr()
    assert f"found {file}" in said.out
    assert "it says that it is down" in said.err
    assert "Version 1.0 runs again." in said.err


def test_an_update_that_broke_off_is_decided_before_the_next_one(bench: Bench, well: dict[str, str]) -> None:
    updating.prepare(bench.box(), bench.maker.release("1.1"), allow_older=False, force=False)
    well["1.2"] = "ok"
    # Nobody lives to see the trial of 1.1; then somebody comes with 1.2.
    assert update.main(_arguments(bench, bench.maker.release("1.2"))) == 0
    assert bench.layout.complete() == ["1.1", "1.2"]


def test_what_is_asked_for_wrongly_is_said(bench: Bench, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    (elsewhere / "var/lib/pika-box").mkdir(parents=True)
    for arguments, code in (
        (_arguments(bench), "no_release_named"),
        (_arguments(bench, "a.pikabox", "--usb", tmp_path), "no_release_named"),
        (["a.pikabox", "--root", str(tmp_path / "nothing")], "not_installed"),
        (["a.pikabox", "--root", str(elsewhere), "--service", "true"], "update_not_allowed"),
        (["a.pikabox", "--root", str(elsewhere)], "no_service"),
    ):
        with pytest.raises(BoxError) as raised:
            update.main(arguments)
        assert raised.value.code == code


def test_the_units_call_what_there_is_from_the_version_that_is_known_to_be_good() -> None:
    for case in CASES:
        tree = rendered(case)
        for unit, act in (("pika-box-update.service", "at_boot"), ("pika-box-update-trial.service", "watch")):
            text = tree[f"{UNIT_FOLDER}/{unit}"].text
            found = re.search(r"^ExecStart=(\S+) -P -m appliance update (.*)$", text, re.MULTILINE)
            assert found is not None
            assert found[1] == "/opt/pika-box/confirmed/.venv/bin/python"
            assert "PYTHONPATH=/opt/pika-box/confirmed " in text
            given = update._parser().parse_args(shlex.split(found[2]))
            assert getattr(given, act) is True
            assert given.data == Path("/var/lib/pika-box")
            assert unit in tree[f"{UNIT_FOLDER}/pika-box.target"].text
        assert "pika-box-update.service" in tree[f"{UNIT_FOLDER}/pika-box.service"].text
        assert "Before=pika-box.service" in tree[f"{UNIT_FOLDER}/pika-box-update.service"].text


def test_the_units_acts_decide_at_boot_and_watch(bench: Bench) -> None:
    updating.prepare(bench.box(), bench.maker.release("1.1"), allow_older=False, force=False)
    assert update.main(_arguments(bench, "--at-boot")) == 0
    record = bench.box().record.load()[0]
    assert (record.phase, record.boots) == (Phase.TRYING, 1)
    bench.box().service.restart()
    assert update.main(_arguments(bench, "--watch")) == 0
    assert bench.box().record.load()[0].phase is Phase.CONFIRMED


def test_with_systemd_a_unit_watches_and_the_command_only_follows(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = _script(bench.root / "bin/systemctl", _SYSTEMCTL, root=bench.root).parent
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    service = SystemdService(bench.layout)
    updating.prepare(bench.box(), bench.maker.release("1.1"), allow_older=False, force=False)
    assert service.hand_over()
    service.stop()
    service.restart()
    asked = (bench.root / "asked").read_text(encoding="utf-8").splitlines()
    assert asked == [
        "start --no-block pika-box-update-trial.service",
        "stop pika-box.service",
        "reset-failed pika-box.service",
        "restart pika-box.service",
    ]
    trial.judge(bench.box())
    assert updating.follow(bench.box(), target="1.1").phase is Phase.CONFIRMED


def test_a_service_that_cannot_be_restarted_takes_the_new_version_back(bench: Bench) -> None:
    service = _script(bench.root / "broken", "#!/bin/sh\necho no such unit >&2\nexit 1\n", root=bench.root)
    arguments = [*_arguments(bench, bench.maker.release("1.1")), "--service", str(service)]
    with pytest.raises(Unavailable, match="no such unit") as raised:
        update.main(arguments)
    assert raised.value.code == "service_failed"
    assert bench.layout.version_at(bench.layout.current) == "1.0"
    # Whoever comes next, a restarted unit or the next boot, goes on with the start.
    assert update.main(_arguments(bench, "--watch")) == 0
    assert bench.running.read_text(encoding="utf-8") == "1.0"
    assert bench.box().record.load()[0].phase is Phase.ROLLED_BACK


def test_without_systemd_and_without_a_command_there_is_no_service(bench: Bench) -> None:
    with pytest.raises(Unavailable) as raised:
        found_service(bench.layout, None)
    assert raised.value.code == "no_service"
