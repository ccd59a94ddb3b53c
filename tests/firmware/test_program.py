"""What becomes a release, and what a system is refused for; what needs a whole Debian is in test_install_root."""

import os
import stat
import subprocess
from pathlib import Path

import pytest

from appliance.commands import install, uninstall
from appliance.errors import BoxError, Invalid, Refused, Unavailable
from appliance.firmware import program
from appliance.firmware.plan import CURRENT, KEYS, PROGRAMS
from appliance.firmware.system import PACKAGES, POLICY_TEXT, System
from tests.network.hall import REPOSITORY

#: what the box does not need
_STAYS = {"tests", ".ci", ".gitignore"}


def _system(tmp_path: Path) -> System:
    """A folder that looks like Debian from the outside, and in which no program runs."""
    for name in ("usr/bin/dpkg", "usr/bin/apt-get", "usr/sbin/x", "etc/passwd"):
        path = tmp_path / "system" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return System(tmp_path / "system")


def _checkout(folder: Path) -> Path:
    for name, text in {
        "appliance/__init__.py": "",
        "box": "#!/bin/sh\n",
        ".pins/run.txt": "",
        "data/box.db": "x",
    }.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    (folder / "box").chmod(0o755)
    return folder


def test_everything_that_is_kept_of_the_project_is_either_on_a_box_or_not_for_one() -> None:
    said = subprocess.run(["git", "ls-files"], cwd=REPOSITORY, capture_output=True, text=True, check=True).stdout
    kept = said.splitlines()
    assert {name.split("/")[0] for name in kept} <= {*program.PARTS, *_STAYS}
    shipped = set(program.files_of(REPOSITORY))
    assert {name for name in kept if name.split("/")[0] in program.PARTS} <= shipped


def test_what_work_leaves_behind_is_no_part_of_a_release(tmp_path: Path) -> None:
    checkout = _checkout(tmp_path)
    before = program.digest_of(checkout)
    assert set(program.files_of(checkout)) == {"appliance/__init__.py", "box", ".pins/run.txt"}
    for name in ("appliance/__pycache__/a.pyc", "appliance/a.pyc", "appliance/.a.py.swp", "appliance/a.py~", ".venv/x"):
        (checkout / name).parent.mkdir(exist_ok=True)
        (checkout / name).touch()
    (checkout / "appliance/link").symlink_to("/etc/passwd")
    assert program.digest_of(checkout) == before
    (checkout / "box").chmod(0o644)
    assert program.digest_of(checkout) != before


def test_what_runs_is_never_replaced(tmp_path: Path) -> None:
    checkout, system = _checkout(tmp_path / "checkout"), _system(tmp_path)
    assert program.name_for(system, checkout=checkout, version="1.2.0") == ("1.2.0", False)
    release = _checkout(system.below(PROGRAMS) / "releases/1.2.0")
    (release / ".venv/bin").mkdir(parents=True)
    (release / ".venv/bin/python").symlink_to("/usr/bin/python3")
    assert program.name_for(system, checkout=checkout, version="1.2.0") == ("1.2.0", True)
    (checkout / "box").write_text("#!/bin/sh\nexit 1\n", encoding="utf-8")
    assert program.name_for(system, checkout=checkout, version="1.2.0") == ("1.2.0.1", False)


def test_the_links_change_at_once(tmp_path: Path) -> None:
    system = _system(tmp_path)
    system.below(PROGRAMS).mkdir(parents=True)
    assert program.current(system) == ""
    for name in ("1.0.0", "1.1.0"):
        program.switch(system, name)
        assert program.current(system) == name
    # A plug pulled between the two links: it has to be done again.
    (system.below(PROGRAMS) / "confirmed").unlink()
    assert program.current(system) == ""
    assert system.below(CURRENT).readlink() == Path("releases/1.1.0")
    program.remove(system)
    assert not system.below(PROGRAMS).exists()


def test_there_is_a_place_for_keys_that_only_root_changes(tmp_path: Path) -> None:
    system = _system(tmp_path)
    umask = os.umask(0o077)
    try:
        for mode in (None, 0o777):
            if mode is not None:
                system.below(KEYS).chmod(mode)
            assert not program.has_keys_folder(system)
            program.make_keys_folder(system)
            assert program.has_keys_folder(system)
    finally:
        os.umask(umask)
    assert {stat.S_IMODE(one.stat().st_mode) for one in (system.below(KEYS), system.below(KEYS.parent))} == {0o755}
    (system.below(KEYS) / "maker.pem").write_text("a key", encoding="utf-8")
    system.below(PROGRAMS).mkdir(parents=True)
    program.remove(system)
    assert not system.below(KEYS.parent).exists()


def test_a_folder_that_is_no_debian_is_refused(tmp_path: Path) -> None:
    for command in (install, uninstall):
        with pytest.raises(Refused) as raised:
            command.main(["--root", str(tmp_path)])
        assert raised.value.code == "not_debian"


def test_only_root_may(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = _system(tmp_path).root
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(Refused) as raised:
        install.main(["--root", str(root), "--dry-run"])
    assert raised.value.code == "not_root"


def test_packages_that_can_t_be_had_are_named_and_nothing_stays_forbidden(tmp_path: Path) -> None:
    system = _system(tmp_path)
    assert system.missing_packages() == [*PACKAGES]
    policy = system.root / "usr/sbin/policy-rc.d"
    policy.write_text(POLICY_TEXT, encoding="utf-8")
    with pytest.raises(Unavailable) as raised:
        system.add_packages(["mosquitto", "iw"])
    assert raised.value.code == "packages_failed"
    assert "apt install mosquitto iw" in raised.value.advice
    # What keeps services from starting meanwhile is gone again, also what an earlier try left behind.
    assert not policy.exists()
    policy.write_text("#!/bin/sh\nexit 0\n", encoding="utf-8")
    with pytest.raises(BoxError):
        system.add_packages(["iw"])
    assert policy.exists(), "somebody else's own was removed"


def test_a_folder_without_wheels_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Invalid) as raised:
        install.main(["--wheels", str(tmp_path), "--root", str(tmp_path)])
    assert raised.value.code == "wheels_missing"


def test_a_release_that_can_t_be_made_gets_no_name(tmp_path: Path) -> None:
    checkout, system = _checkout(tmp_path / "checkout"), _system(tmp_path)
    with pytest.raises(Unavailable) as raised:
        program.place(system, checkout=checkout, name="1.0.0", wheels=None)
    assert raised.value.code == "environment_failed"
    assert "--wheels" in raised.value.advice
    assert not (system.below(PROGRAMS) / "releases/1.0.0").exists()


def test_installing_needs_nothing_but_python() -> None:
    script = (
        "import sys, importlib\n"
        "for name in ('install', 'uninstall'): importlib.import_module('appliance.commands.' + name)\n"
        "found = {name.partition('.')[0] for name in sys.modules if not name.startswith('_')}\n"
        "assert found - sys.stdlib_module_names == {'appliance'}, found\n"
    )
    command = ["/usr/bin/env", "python3", "-S", "-c", script]
    done = subprocess.run(
        command, cwd=REPOSITORY, capture_output=True, text=True, env={"PATH": os.environ["PATH"]}, check=False
    )
    assert done.returncode == 0, done.stderr
