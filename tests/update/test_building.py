"""Making releases: the same bytes again, nothing missing for those who get them, and no key that leaks."""

import shutil
import stat
from pathlib import Path

import pytest

from appliance.commands import release
from appliance.errors import Invalid, Unavailable
from appliance.update import archive, building, keys
from appliance.update.manifest import Environment, decode
from appliance.update.staging import this_environment
from tests.support.real_box import ROOT
from tests.update.workshop import ADDS, BREAKS, FIRST, Maker

_ELSEWHERE = Environment(machine="aarch64", python="3.11")


def _checkout(maker: Maker, *, pins: str = "", schema: tuple[str, ...] = (FIRST,)) -> Path:
    checkout = maker.release("1.0", schema=schema, signed=False).parent
    (checkout / ".pins/run.txt").write_text(pins, encoding="utf-8")
    return checkout


def _wheels(folder: Path, *names: str) -> Path:
    folder.mkdir()
    for name in names:
        shutil.make_archive(str(folder / name), "zip", root_dir=ROOT / "systemd")
        (folder / f"{name}.zip").rename(folder / f"{name}.whl")
    return folder


def test_the_same_checkout_makes_the_same_bytes_wherever_and_whenever(maker: Maker, tmp_path: Path) -> None:
    first = _checkout(maker)
    second = tmp_path / "elsewhere"
    shutil.copytree(first, second)
    for path in second.rglob("*"):
        path.touch()
    (second / "appliance/__pycache__").mkdir()
    (second / "appliance/__pycache__/left.pyc").write_bytes(b"left")
    made = [
        building.build(one, out=tmp_path / one.name, wheels=[], environments=[this_environment()])
        for one in (first, second)
    ]
    assert made[0].read_bytes() == made[1].read_bytes()


def test_signing_changes_the_signature_only_and_again_gives_the_same(maker: Maker) -> None:
    file = maker.release("1.0", signed=False)
    before = file.read_bytes()
    building.sign(file, key=maker.key)
    once = file.read_bytes()
    building.sign(file, key=maker.key)
    assert file.read_bytes() == once
    changed = [place for place in range(len(before)) if before[place] != once[place]]
    assert len(once) == len(before)
    assert max(changed) - min(changed) < archive.SIGNATURE_SIZE


def test_this_checkout_makes_a_release_that_holds_everything_a_box_runs_on(tmp_path: Path) -> None:
    wheels = [f"{line.replace('-', '_').replace('==', '-')}-py3-none-any" for line in _pinned()]
    folder = _wheels(tmp_path / "wheels", *wheels, "pip-26.3-py3-none-any", "hypothesis-6.0-py3-none-any")
    made = building.build(ROOT, out=tmp_path, wheels=[folder], environments=[this_environment()])
    with made.open("rb") as stream:
        manifest = decode(archive.Reader(stream).head()[0])
    names = {one.path for one in manifest.files}
    assert {"box", "appliance/store/schema.sql", "systemd/pika-box.service", "firmware-config/hostapd.conf"} <= names
    assert {"webui/css/tokens.css", "appliance/store/migrations/0001_foundation.sql", ".pins/run.txt"} <= names
    assert not [name for name in names if name.startswith(("tests", ".git", "data", ".venv"))]
    assert not [name for name in names if "hypothesis" in name]
    assert {one.path for one in manifest.files if one.executable} >= {"box"}


def _pinned() -> list[str]:
    lines = (ROOT / ".pins/run.txt").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if not line.startswith("#")]


def test_no_step_of_this_schema_breaks_the_version_before_in_silence() -> None:
    schema, reads_back_to = building.schema_of(ROOT)
    assert 1 <= reads_back_to <= schema


def test_a_step_that_breaks_older_programs_must_say_so(maker: Maker) -> None:
    with pytest.raises(Invalid, match=r"step 0003 .*RENAME") as raised:
        _checkout(maker, schema=(FIRST, ADDS, BREAKS.partition("\n")[2]))
    assert raised.value.code == "release_not_buildable"
    checkout = _checkout(maker, schema=(FIRST, ADDS, BREAKS))
    assert building.schema_of(checkout) == (3, 3)


def test_every_kind_of_machine_needs_a_wheel_of_every_package(maker: Maker, tmp_path: Path) -> None:
    checkout = _checkout(maker, pins="pure==1.0\nfast.one==2.0\n")
    here = this_environment()
    tag = f"cp{here.python.replace('.', '')}"
    folder = _wheels(
        tmp_path / "here",
        "pure-1.0-py2.py3-none-any",
        "pip-26.3-py3-none-any",
        f"fast_one-2.0-{tag}-{tag}-manylinux2014_{here.machine}.manylinux_2_17_{here.machine}",
    )
    building.build(checkout, out=tmp_path, wheels=[folder], environments=[here])
    with pytest.raises(Invalid, match=r"fast\.one==2\.0 for aarch64 with Python 3\.11"):
        building.build(checkout, out=tmp_path, wheels=[folder], environments=[here, _ELSEWHERE])
    more = _wheels(tmp_path / "there", "fast_one-2.0-cp39-abi3-manylinux_2_28_aarch64")
    made = building.build(checkout, out=tmp_path, wheels=[folder, more], environments=[here, _ELSEWHERE])
    with made.open("rb") as stream:
        manifest = decode(archive.Reader(stream).head()[0])
    assert set(manifest.environments) == {here, _ELSEWHERE}
    assert len([one for one in manifest.files if one.path.startswith("wheels/fast_one")]) == 2


def test_a_wheel_of_another_version_or_another_python_does_not_do(maker: Maker, tmp_path: Path) -> None:
    checkout = _checkout(maker, pins="fast==2.0\n")
    machine = this_environment().machine
    names = (f"fast-2.1-py3-none-{machine}", f"fast-2.0-cp39-cp39-linux_{machine}", "pip-26.3-py3-none-any")
    folder = _wheels(tmp_path / "wheels", *names, f"fast-2.0-cp399-abi3-linux_{machine}")
    with pytest.raises(Invalid, match="no wheel"):
        building.build(checkout, out=tmp_path, wheels=[folder], environments=[this_environment()])


def test_a_link_in_a_checkout_does_not_get_into_a_release(maker: Maker) -> None:
    checkout = _checkout(maker)
    (checkout / "appliance/passwords").symlink_to("/etc/shadow")
    with pytest.raises(Invalid, match="link"):
        building.build(checkout, out=checkout, wheels=[], environments=[this_environment()])


def test_a_key_is_for_its_owner_only_and_never_replaced(tmp_path: Path) -> None:
    assert release.main(["key", str(tmp_path / "maker")]) == 0
    assert stat.S_IMODE((tmp_path / "maker").stat().st_mode) == 0o600
    before = (tmp_path / "maker").read_bytes()
    with pytest.raises(Unavailable) as raised:
        release.main(["key", str(tmp_path / "maker")])
    assert raised.value.code == "key_not_written"
    assert (tmp_path / "maker").read_bytes() == before


def test_what_is_no_key_does_not_sign(maker: Maker, tmp_path: Path) -> None:
    (tmp_path / "key").write_text("no key", encoding="utf-8")
    for key in (tmp_path / "key", tmp_path / "missing", maker.public):
        with pytest.raises(Invalid) as raised:
            keys.sign(b"", key=key)
        assert raised.value.code == "key_unusable"
