"""`./box install` on a Debian system made from nothing: it goes on after a pulled plug, its units hold, and it boots.

About two minutes: a Debian is fetched and put together, and the box's packages with it.
"""

import json
import re
import shutil
import stat
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from appliance import __version__
from appliance.firmware import program
from appliance.firmware.plan import CURRENT, KEYS, PROGRAMS
from tests.firmware.installed_box import booted, box, copy_of, files, install_until, make_debian, said_by
from tests.network.hall import REPOSITORY, require, run

# The first test that needs the system waits until it is made.
pytestmark = pytest.mark.timeout(420)

_RELEASES = PROGRAMS.relative_to("/") / "releases"
_UNITS = "/etc/systemd/system"


@dataclass(frozen=True)
class Installed:
    """A system that `./box install` was run on, three times."""

    root: Path
    #: every file when Debian's packages were in and nothing of the box yet
    before: set[str]
    #: releases that had their name when the plug was pulled
    whole_when_interrupted: list[str]
    words: list[str]


@pytest.fixture(name="installed", scope="module")
def _installed(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    require("debootstrap", "systemd-nspawn", "unshare", "nsenter", "mount", "ip", "udhcpc")
    root = tmp_path_factory.mktemp("debian") / "root"
    make_debian(root)
    dry = box("install", "--root", str(root), "--dry-run")
    draft = root / _RELEASES / f"{__version__}.partial"
    cut = install_until(root, reached=draft / ".venv/bin/python")
    before = files(root)
    whole = [path.name for path in (root / _RELEASES).iterdir() if not path.name.endswith(".partial")]
    words = [dry, cut, *(box("install", "--root", str(root)) for _ in range(2))]
    return Installed(root, before, whole, words)


@pytest.fixture(name="system")
def _system(installed: Installed, tmp_path: Path) -> Iterator[Path]:
    """The installed system, to change."""
    with copy_of(installed.root, folder=tmp_path / "copy") as root:
        yield root


def test_an_installation_goes_on_after_a_pulled_plug_and_again_changes_nothing(installed: Installed) -> None:
    dry, cut, second, third = installed.words
    assert "mosquitto" in dry
    assert "Nothing was changed" in dry
    # What was interrupted had no name that anything starts.
    assert "[2/" in cut
    assert installed.whole_when_interrupted == []
    assert "Debian's packages: there already" in second
    assert second.count("done in") == 6
    assert "Everything was in place already." in third
    assert third.count("there already") == 7
    assert not list((installed.root / _RELEASES).glob("*.partial"))
    for link in ("current", "confirmed"):
        assert (installed.root / PROGRAMS.relative_to("/") / link).readlink() == Path("releases", __version__)
    keys = (installed.root / KEYS.relative_to("/")).stat()
    assert (stat.S_IMODE(keys.st_mode), keys.st_uid, keys.st_gid) == (0o755, 0, 0)


def test_the_release_is_the_checkout_without_what_only_makers_need(installed: Installed) -> None:
    release = installed.root / _RELEASES / __version__
    assert program.digest_of(release) == program.digest_of(REPOSITORY)
    assert not (release / "tests").exists()
    assert (installed.root / CURRENT.relative_to("/")).readlink() == Path("releases") / __version__
    # Root's, and the box may read but not change it.
    modes = {path.stat().st_mode & 0o022 for path in release.rglob("*") if not path.is_symlink()}
    assert modes == {0}
    # Its packages are the pinned ones, and `./box` there has nothing to fetch.
    pins = said_by(installed.root, str(CURRENT / ".venv/bin/python"), "-m", "pip", "freeze").splitlines()
    wanted = (REPOSITORY / ".pins/run.txt").read_text(encoding="utf-8").splitlines()
    assert {line.lower() for line in wanted if "==" in line} == {line.lower() for line in pins}
    assert "firmware" in said_by(installed.root, "unshare", "--net", str(CURRENT / "box"), "help")


def test_every_unit_verifies_where_it_is_installed_and_none_waits_for_a_network(installed: Installed) -> None:
    units = sorted(path.name for path in (installed.root / _UNITS.lstrip("/")).glob("pika-box*"))
    assert {"pika-box.service", "pika-box.target", "pika-box-first-boot.service"} <= set(units)
    # With everything there that the units start, it has nothing to say.
    paths = [f"{_UNITS}/{name}" for name in units]
    assert said_by(installed.root, "systemd-analyze", "verify", "--man=no", *paths) == ""
    # Debian's own units too, as far as ours lead to them.
    for name in units:
        text = (installed.root / _UNITS.lstrip("/") / name).read_text(encoding="utf-8")
        assert not re.search(r"(?m)^[A-Z].*network-online", text), name


def test_the_system_starts_by_itself_and_serves_and_phones_come_by_its_name(system: Path, tmp_path: Path) -> None:
    card = system / "boot/firmware"
    card.mkdir(parents=True)
    # As a laptop of a word processor's user leaves it.
    (card / "Pika-Box.toml.txt").write_text("[network]\r\ntopology = “ethernet”\r\n", encoding="utf-8")
    with booted(system, folder=tmp_path) as machine:
        took = machine.wait_until_served()
        health = json.loads(machine.get("/health"))
        assert health["parts"]["store"]["state"] == health["parts"]["broker"]["state"] == "ok"
        assert "<html" in machine.get("/s/main-floor")
        settled = machine.inside("systemctl", "is-system-running", "--wait")
        assert settled == "running", machine.inside("systemctl", "--failed")
        assert machine.inside("systemctl", "is-active", "network-online.target") == "inactive"
        led_to = machine.inside("systemctl", "list-dependencies", "--all", "--plain", "--no-pager", "pika-box.target")
        assert "pika-box-dhcp.service" in led_to
        assert "network-online" not in led_to
        # Debian's own broker and ours would want the same port.
        assert machine.inside("systemctl", "is-active", "mosquitto.service") == "inactive"

        said = (card / "pika-box-says.txt").read_text(encoding="utf-8")
        code = re.search(r"Setup code: (\S+)", said)
        assert code is not None
        assert code[1] not in machine.inside("journalctl", "--boot", "--no-pager")
        machine.plug_in()
        machine.phone.join()
        page = machine.phone.visit("http://pika.internal/s/main-floor")
        assert (page["status"], "<html" in page["body"]) == (200, True)
        assert machine.phone.reach(("tcp", "10.42.0.1", 1883))[0]["said"] == "refused"
    assert machine.process.returncode == 0
    print(f"from the start of the machine to the first answer: {took:.1f} s")


def test_a_box_that_is_set_up_starts_with_a_fault_on_its_card_and_goes_away_while_it_runs(
    system: Path, tmp_path: Path
) -> None:
    card, data = system / "boot/firmware", system / "var/lib/pika-box"
    card.mkdir(parents=True)
    (card / "pika-box.toml").write_text('[network]\ntopology = "ethernet"\n', encoding="utf-8")
    unit = (system / _UNITS.lstrip("/") / "pika-box-first-boot.service").read_text(encoding="utf-8")
    command = re.findall(r"(?m)^ExecStart=(.*)$", unit)[0].replace(" --now", "").split()
    assert said_by(system, "env", f"PYTHONPATH={CURRENT}", *command) == ""
    said = (card / "pika-box-says.txt").read_text(encoding="utf-8")
    (card / "pika-box.toml").write_text("[wifi]\nchanel = 6\n", encoding="utf-8")
    with booted(system, folder=tmp_path) as machine:
        machine.wait_until_served()
        later = (card / "pika-box-says.txt").read_text(encoding="utf-8")
        assert "Did you mean 'channel'?" in later
        assert said.splitlines()[1] in later
        assert "boot_settings_refused" in (data / "notices.json").read_text(encoding="utf-8")
        machine.plug_in()
        machine.phone.join()
        assert machine.phone.visit("http://pika.internal/s/main-floor")["status"] == 200

        own = str(CURRENT / "box")
        assert "Everything was in place already." in machine.inside(own, "install")
        machine.inside(own, "uninstall")
        assert machine.get("/health") == ""
        assert machine.inside("systemctl", "list-units", "--all", "--plain", "--no-legend", "pika-box*") == ""
        assert machine.inside("nft", "list", "tables") == ""
    assert (data / "box.db").exists()


def test_a_newer_program_is_put_beside_the_old_one_without_internet_and_all_of_it_goes_away(
    installed: Installed, system: Path, tmp_path: Path
) -> None:
    checkout, wheels = tmp_path / "checkout", tmp_path / "wheels"
    checkout.mkdir()
    for part in program.PARTS:
        if (REPOSITORY / part).is_dir():
            shutil.copytree(REPOSITORY / part, checkout / part)
        elif (REPOSITORY / part).exists():
            shutil.copy(REPOSITORY / part, checkout / part)
    (checkout / "README.md").write_text("Another one.\n", encoding="utf-8")
    # With this machine's pip, and so from where it is told to look; the Python is Debian's of the same release.
    wanted = ("--only-binary", ":all:", "--requirement", str(REPOSITORY / ".pins/run.txt"), "--dest", str(wheels))
    run(sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", *wanted)

    words = box("install", "--root", str(system), "--wheels", str(wheels), checkout=checkout, offline=True)
    assert f"version {__version__}.1: to put in" in words
    assert (system / CURRENT.relative_to("/")).readlink().name == f"{__version__}.1"
    # What ran before is whole, and can be gone back to.
    assert (system / _RELEASES / __version__ / ".venv/bin/python").is_symlink()

    kept = system / "var/lib/pika-box/box.toml"
    kept.parent.mkdir(parents=True, exist_ok=True)
    kept.write_text("", encoding="utf-8")
    (system / KEYS.relative_to("/") / "maker.pem").write_text("a key", encoding="utf-8")
    assert "What it kept is still in" in box("uninstall", "--root", str(system), offline=True)
    assert kept.exists()
    box("uninstall", "--root", str(system), "--purge", offline=True)
    for gone in (PROGRAMS, KEYS.parent):
        assert not (system / gone.relative_to("/")).exists()
    # Debian's copies of its files of users, which it makes whenever one is removed.
    assert {name for name in files(system) - installed.before if not re.fullmatch(r"etc/\w+-", name)} == set()
    assert installed.before - files(system) == set()
