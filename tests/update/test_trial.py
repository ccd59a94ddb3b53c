"""A new version on trial: kept when it runs well, taken back by itself when it does not, and never in doubt."""

import getpass
import json
import os
import pwd
import tempfile
import time
from pathlib import Path

import pytest

from appliance.errors import Refused
from appliance.supervision import starts
from appliance.update import health, trial, updating
from appliance.update.layout import acting_as_owner_of
from appliance.update.record import Phase, Record
from tests.update.workshop import ADDS, BREAKS, FIRST, Bench, Service


def updated(bench: Bench, file: Path, *, force: bool = False) -> Record:
    """An update from its file to its end."""
    assert updating.prepare(bench.box(), file, allow_older=False, force=force) is not None
    return trial.judge(bench.box())


def versions(bench: Bench) -> tuple[str | None, str | None]:
    """What runs, and what is known to be good."""
    layout = bench.layout
    return layout.version_at(layout.current), layout.version_at(layout.confirmed)


def test_a_version_that_runs_well_stays_and_the_one_before_is_kept(bench: Bench, well: dict[str, str]) -> None:
    bench.heard("before")
    assert updated(bench, bench.maker.release("1.1")).phase is Phase.CONFIRMED
    assert versions(bench) == ("1.1", "1.1")
    assert bench.running.read_text(encoding="utf-8") == "1.1"
    well["1.2"] = "ok"
    updated(bench, bench.maker.release("1.2"))
    assert bench.layout.complete() == ["1.1", "1.2"]
    assert sorted(path.name for path in bench.layout.releases.iterdir()) == ["1.1", "1.2"]
    assert bench.remembers() == ["before"]
    assert "from version 1.1 to 1.2" in bench.notices()
    # No second copy of what guests did stays behind.
    assert not list(bench.layout.data.glob("box.before-*"))


@pytest.mark.parametrize("how", ["down", "safe", "worse"])
def test_a_version_that_does_not_run_well_is_taken_back_and_not_tried_again(
    bench: Bench, well: dict[str, str], how: str
) -> None:
    well["1.1"], bench.within_s = how, 0.3
    file = bench.maker.release("1.1")
    record = updated(bench, file)
    assert record.phase is Phase.ROLLED_BACK
    assert versions(bench) == ("1.0", "1.0")
    assert bench.running.read_text(encoding="utf-8") == "1.0"
    assert "went back to version 1.0 by itself" in bench.notices()
    assert record.why in bench.notices()
    with pytest.raises(Refused) as raised:
        updating.prepare(bench.box(), file, allow_older=False, force=False)
    assert raised.value.code == "release_known_bad"
    well["1.1"], bench.within_s = "ok", 10
    assert updated(bench, file, force=True).phase is Phase.CONFIRMED
    assert bench.box().record.load()[0].bad == {}
    assert "went back" not in bench.notices()


def test_a_part_that_was_broken_before_is_not_held_against_the_new_version(bench: Bench, well: dict[str, str]) -> None:
    well |= {"1.0": "worse", "1.1": "worse"}
    assert updated(bench, bench.maker.release("1.1")).phase is Phase.CONFIRMED


def test_a_version_that_falls_over_now_and_then_is_never_well_for_long_enough(
    bench: Bench, well: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, bench.within_s = 0, 0.3
    real = health.problem

    def flaky(host: str, port: int, *, version: str, whole_before: frozenset[str]) -> str:
        nonlocal asked
        asked += 1
        well["1.1"] = "ok" if asked % 2 else "down"
        return real(host, port, version=version, whole_before=whole_before)

    monkeypatch.setattr(health, "problem", flaky)
    assert updated(bench, bench.maker.release("1.1")).phase is Phase.ROLLED_BACK
    assert versions(bench) == ("1.0", "1.0")


def test_going_back_reads_what_a_newer_schema_only_added_to(bench: Bench, well: dict[str, str]) -> None:
    bench.within_s = 0.3
    updating.prepare(bench.box(), bench.maker.release("1.1", schema=(FIRST, ADDS)), allow_older=False, force=False)
    bench.start()
    bench.heard("while 1.1 ran")
    well["1.1"] = "down"
    record = trial.judge(bench.box())
    assert record.lost == "Everything that was stored is there."
    assert bench.remembers() == ["while 1.1 ran"]
    bench.start()
    assert not list(bench.layout.data.glob("box.before-update*"))


def test_going_back_over_a_schema_that_cannot_be_read_takes_the_copy_and_says_what_that_costs(
    bench: Bench, well: dict[str, str]
) -> None:
    bench.within_s = 0.3
    bench.heard("before")
    updating.prepare(bench.box(), bench.maker.release("1.1", schema=(FIRST, BREAKS)), allow_older=False, force=False)
    bench.start()
    bench.heard("while 1.1 ran")
    well["1.1"] = "down"
    assert trial.judge(bench.box()).phase is Phase.ROLLED_BACK
    assert bench.remembers() == ["before"]
    assert "is not shown any more" in bench.notices()
    assert "box.before-return.db" in bench.notices()
    assert (bench.layout.data / "box.before-return.db").is_file()
    bench.start()


def test_what_was_stored_since_is_counted_when_it_can_be(bench: Bench, well: dict[str, str]) -> None:
    bench.within_s = 0.3
    refuses = "-- breaks older programs: one of each\nCREATE UNIQUE INDEX once ON journal (body);\n"
    updating.prepare(bench.box(), bench.maker.release("1.1", schema=(FIRST, refuses)), allow_older=False, force=False)
    bench.start()
    bench.heard("one")
    bench.heard("two")
    well["1.1"] = "down"
    assert "2 entries of its journal" in trial.judge(bench.box()).lost


def test_failed_starts_of_one_version_are_not_counted_against_the_other(bench: Bench, well: dict[str, str]) -> None:
    bench.within_s = 0.3
    well["1.1"] = "down"
    updating.prepare(bench.box(), bench.maker.release("1.1"), allow_older=False, force=False)
    fail_to_start(bench)
    trial.judge(bench.box())
    assert not starts.unhealthy(bench.layout.data, now=bench.box().clock.now())


def fail_to_start(bench: Bench) -> None:
    record = starts.Record(bench.layout.data, clock=bench.box().clock)
    record.begin()
    record.failed(part="server", words="the database is of another kind")


def test_a_version_that_fails_to_start_twice_is_taken_back_before_its_time_is_up(
    bench: Bench, well: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.within_s = 60
    well["1.1"] = "down"
    updating.prepare(bench.box(), bench.maker.release("1.1"), allow_older=False, force=False)
    restart = Service.restart

    def restart_badly(service: Service) -> None:
        restart(service)
        if bench.layout.version_at(bench.layout.current) == "1.1":
            fail_to_start(bench)
            fail_to_start(bench)

    monkeypatch.setattr(Service, "restart", restart_badly)
    began = time.monotonic()
    assert trial.judge(bench.box()).phase is Phase.ROLLED_BACK
    assert time.monotonic() - began < 10
    assert "failed to start 2 times: the database is of another kind" in bench.notices()
    assert not starts.unhealthy(bench.layout.data, now=bench.box().clock.now())


def test_a_pulled_plug_during_the_trial_is_not_the_new_versions_fault_but_more_are(bench: Bench) -> None:
    updating.prepare(bench.box(), bench.maker.release("1.1"), allow_older=False, force=False)
    for number in range(trial.BOOTS_MOST):
        bench.boot = f"boot {number}"
        assert trial.at_boot(bench.box()).phase is Phase.TRYING
        # The unit may be started twice in one boot.
        assert trial.at_boot(bench.box()).boots == number + 1
        assert versions(bench) == ("1.1", "1.0")
    bench.boot = "one too many"
    assert trial.at_boot(bench.box()).phase is Phase.ROLLED_BACK
    assert versions(bench) == ("1.0", "1.0")
    assert "started 3 times" in bench.notices()


def test_a_version_on_trial_is_judged_after_a_boot(bench: Bench, well: dict[str, str]) -> None:
    for how, end in (("down", Phase.ROLLED_BACK), ("ok", Phase.CONFIRMED)):
        well["1.1"], bench.within_s = how, 0.3 if how == "down" else 10
        updating.prepare(bench.box(), bench.maker.release("1.1"), allow_older=False, force=True)
        bench.boot = how
        trial.at_boot(bench.box())
        # The system starts the box by itself then.
        bench.box().service.restart()
        assert trial.judge(bench.box()).phase is end


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"phase": "dancing"}', b"\xff" * 100])
def test_a_damaged_record_leads_to_the_version_that_is_known_to_be_good(bench: Bench, content: bytes) -> None:
    updating.prepare(bench.box(), bench.maker.release("1.1"), allow_older=False, force=False)
    bench.box().record.path.write_bytes(content)
    trial.at_boot(bench.box())
    assert versions(bench) == ("1.0", "1.0")


def test_a_link_that_leads_nowhere_is_mended_at_boot(bench: Bench) -> None:
    current = bench.layout.current
    for target in ("releases/9.9", "/etc", "releases/../../../etc"):
        current.unlink()
        current.symlink_to(target)
        trial.at_boot(bench.box())
        assert versions(bench) == ("1.0", "1.0")
    current.unlink()
    bench.layout.confirmed.unlink()
    trial.at_boot(bench.box())
    assert versions(bench)[0] == "1.0"
    assert "not clear which version" in bench.notices()


def test_a_link_that_an_installation_wrote_with_its_whole_path_is_as_good(bench: Bench) -> None:
    for folder in ("/opt/pika-box/releases", str(bench.layout.releases)):
        bench.layout.current.unlink()
        bench.layout.current.symlink_to(f"{folder}/1.0")
        assert versions(bench) == ("1.0", "1.0")


def test_a_boot_without_any_update_changes_nothing(bench: Bench) -> None:
    before = sorted(bench.root.rglob("*"))
    assert trial.at_boot(bench.box()).phase is Phase.IDLE
    assert trial.judge(bench.box()).phase is Phase.IDLE
    assert sorted(bench.root.rglob("*")) == before


def test_what_root_leaves_in_the_data_folder_belongs_to_the_boxs_user(bench: Bench) -> None:
    assert os.geteuid() == 0, "this test needs root, as an update does"
    nobody = pwd.getpwnam("nobody")
    data = bench.layout.data
    for path in (data, *data.iterdir()):
        os.chown(path, nobody.pw_uid, nobody.pw_gid)
    for folder in data.parents:
        if bench.root in folder.parents or folder == bench.root:
            folder.chmod(0o755)
    # The folders that pytest makes are closed to others; only the way through is opened.
    for folder in bench.root.parents:
        if folder.is_relative_to(Path(tempfile.gettempdir()) / f"pytest-of-{getpass.getuser()}"):
            folder.chmod(0o711)
    updating.prepare(bench.box(), bench.maker.release("1.1"), allow_older=False, force=False)
    bench.box().notice("update", "words")
    owners = {path.name: path.stat().st_uid for path in data.iterdir()}
    assert {"update.json", "notices.json", "box.before-update.db"} <= set(owners)
    assert set(owners.values()) == {nobody.pw_uid}
    assert os.geteuid() == 0
    with pytest.raises(PermissionError), acting_as_owner_of(data):
        (bench.root / "owned by root").touch()


def test_a_version_that_is_the_only_one_stays_and_that_is_said(bench: Bench, well: dict[str, str]) -> None:
    bench.within_s = 0.3
    well["1.1"] = "down"
    updating.prepare(bench.box(), bench.maker.release("1.1"), allow_older=False, force=False)
    bench.layout.remove(bench.layout.release("1.0"))
    trial.judge(bench.box())
    assert bench.layout.version_at(bench.layout.current) == "1.1"
    assert "no other version on this box" in bench.notices()


def test_the_record_is_plain_json_for_whoever_looks_for_it(bench: Bench) -> None:
    updated(bench, bench.maker.release("1.1"))
    said = json.loads(bench.box().record.path.read_text(encoding="utf-8"))
    assert (said["phase"], said["target"], said["previous"]) == ("confirmed", "1.1", "1.0")
