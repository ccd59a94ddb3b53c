"""Which release files a box takes, and that those it does not take leave no trace."""

import subprocess
from pathlib import Path

import msgspec
import pytest

from appliance.domain.space import Space
from appliance.errors import BoxError, Refused, Unavailable
from appliance.update import archive, keys, staging, updating
from appliance.update.manifest import Environment, Manifest, decode, encode
from tests.update.workshop import ADDS, BREAKS, FIRST, Bench, Maker, new_maker


def _tree(bench: Bench) -> dict[str, str]:
    """Everything of the program and the data, to see that nothing changed."""
    places = (bench.layout.program, bench.layout.data)
    paths = [path for place in places for path in place.rglob("*") if path.name != ".update.lock"]
    return {str(path): str(path.readlink()) if path.is_symlink() else path.name for path in paths}


def _refused(bench: Bench, file: Path) -> BoxError:
    before = _tree(bench)
    with pytest.raises(BoxError) as raised:
        updating.prepare(bench.box(), file, allow_older=False, force=False)
    assert _tree(bench) == before
    return raised.value


def _manifest(file: Path) -> Manifest:
    with file.open("rb") as stream:
        return decode(archive.Reader(stream).head()[0])


def _forged(maker: Maker, file: Path, manifest: Manifest) -> Path:
    """A release whose maker really signed this manifest, with the files of another."""
    content = encode(manifest)
    with file.open("rb") as stream:
        reader = archive.Reader(stream)
        reader.head()
        rest = stream.read()
    forged = file.with_name("forged.pikabox")
    with forged.open("wb") as out:
        archive.write(out, manifest=content, signature=keys.sign(content, key=maker.key), contents=[])
        out.seek(-1024, 2)
        out.write(rest)
    return forged


def test_a_release_is_a_plain_tar_that_others_can_look_into(maker: Maker) -> None:
    file = maker.release("2.0")
    listed = subprocess.run(["tar", "tvf", file], capture_output=True, text=True, check=True).stdout
    assert "manifest.json" in listed.splitlines()[0]
    assert [line for line in listed.splitlines() if line.startswith("-rwxr-xr-x") and line.endswith(" box")]


def test_a_long_name_is_in_the_tar_as_it_is(tmp_path: Path) -> None:
    name = f"wheels/{'long' * 40}.whl"
    content = archive.header(name, size=3) + b"abc".ljust(512, b"\0") + bytes(1024)
    (tmp_path / "a.tar").write_bytes(content)
    listed = subprocess.run(["tar", "tf", tmp_path / "a.tar"], capture_output=True, text=True, check=True).stdout
    assert listed == f"{name}\n"


def test_a_box_without_keys_takes_nothing_and_says_where_they_go(bench: Bench) -> None:
    for key in bench.layout.keys.iterdir():
        key.unlink()
    error = _refused(bench, bench.maker.release("1.1"))
    assert error.code == "no_update_keys"
    assert "update-keys" in error.advice


def test_a_release_of_somebody_else_is_refused(bench: Bench, tmp_path: Path) -> None:
    assert _refused(bench, new_maker(tmp_path / "stranger").release("1.1")).code == "signature_bad"


def test_a_release_that_nobody_signed_is_refused(bench: Bench) -> None:
    assert _refused(bench, bench.maker.release("1.1", signed=False)).code == "release_not_signed"


def test_one_good_key_among_others_is_enough(bench: Bench, tmp_path: Path) -> None:
    (bench.layout.keys / "a.pem").write_bytes(new_maker(tmp_path / "stranger").public.read_bytes())
    (bench.layout.keys / "b.pem").write_text("no key at all", encoding="utf-8")
    assert updating.check(bench.box(), bench.maker.release("1.1"), allow_older=False, force=False) is not None


@pytest.mark.parametrize(
    ("where", "code"),
    [
        (b'"version": "1.1"', "signature_bad"),
        (b"manifest.sig", "release_damaged"),
        (b"CREATE TABLE meta", "release_damaged"),
        (b"appliance/cli.py\0", "release_damaged"),
    ],
)
def test_one_changed_bit_is_noticed_wherever_it_is(bench: Bench, where: bytes, code: str) -> None:
    file = bench.maker.release("1.1")
    content = bytearray(file.read_bytes())
    content[content.index(where)] ^= 1
    file.write_bytes(content)
    assert _refused(bench, file).code == code


def test_every_place_where_a_copy_can_be_cut_short_is_noticed(bench: Bench) -> None:
    file = bench.maker.release("1.1")
    whole = file.read_bytes()
    for size in [*range(0, len(whole), 512), len(whole) - 1]:
        file.write_bytes(whole[:size])
        assert _refused(bench, file).code in {"no_release", "release_damaged"}, size


def test_what_follows_after_the_end_is_noticed(bench: Bench) -> None:
    file = bench.maker.release("1.1")
    file.write_bytes(file.read_bytes() + b"more")
    assert _refused(bench, file).code == "release_damaged"


def test_any_other_file_is_no_release(bench: Bench, tmp_path: Path) -> None:
    (tmp_path / "film.mkv").write_bytes(bytes(range(256)) * 1000)
    assert _refused(bench, tmp_path / "film.mkv").code == "no_release"
    assert _refused(bench, tmp_path / "not there").code == "release_unreadable"


def test_a_manifest_that_claims_to_be_huge_is_not_even_read(bench: Bench, tmp_path: Path) -> None:
    (tmp_path / "huge").write_bytes(archive.header("manifest.json", size=8_000_000_000) + bytes(2048))
    assert _refused(bench, tmp_path / "huge").code == "no_release"


@pytest.mark.parametrize(
    "name", ["../evil", "/etc/passwd", "a/../../b", "a//b", "./a", ".venv/bin/python", "a\\b", "a b", "box/under", ""]
)
def test_a_path_that_leads_elsewhere_is_refused_though_its_maker_signed_it(bench: Bench, name: str) -> None:
    file = bench.maker.release("1.1")
    manifest = _manifest(file)
    odd = msgspec.structs.replace(manifest.files[0], path=name)
    forged = _forged(bench.maker, file, msgspec.structs.replace(manifest, files=(*manifest.files, odd)))
    assert _refused(bench, forged).code == "release_unusable"


def test_a_link_or_another_file_in_a_places_name_is_refused(bench: Bench) -> None:
    file = bench.maker.release("1.1")
    content = bytearray(file.read_bytes())
    # The kind of the first file after the signature: 2 is a symbolic link.
    place = content.index(b"manifest.sig") + 1024 + 156
    assert content[place] == ord("0")
    content[place] = ord("2")
    file.write_bytes(content)
    assert _refused(bench, file).code == "release_damaged"


def test_a_file_of_a_size_that_no_release_has_is_refused_though_its_maker_signed_it(bench: Bench) -> None:
    manifest = _manifest(bench.maker.release("1.1"))
    size = f'"size": {manifest.files[0].size}'.encode()
    with pytest.raises(Refused) as raised:
        decode(encode(manifest).replace(size, b'"size": 1000000000', 1))
    assert raised.value.code == "release_unusable"


@pytest.mark.parametrize(
    "space",
    [
        Space(free_bytes=1_000_000, total_bytes=10**9, free_files=10**6),
        Space(free_bytes=10**12, total_bytes=10**12, free_files=10),
    ],
)
def test_a_release_that_there_is_no_room_for_is_refused(
    bench: Bench, space: Space, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(staging, "space_at", lambda _: space)
    assert _refused(bench, bench.maker.release("1.1")).code == "no_room"


def test_a_release_for_other_machines_is_refused(bench: Bench) -> None:
    file = bench.maker.release("1.1")
    others = (Environment(machine="riscv64", python="3.11"),)
    error = _refused(bench, _forged(bench.maker, file, msgspec.structs.replace(_manifest(file), environments=others)))
    assert error.code == "release_for_others"
    assert "riscv64 with Python 3.11" in error.detail


def test_a_release_of_a_later_kind_is_named_as_such(bench: Bench) -> None:
    file = bench.maker.release("1.1")
    error = _refused(bench, _forged(bench.maker, file, msgspec.structs.replace(_manifest(file), format=2)))
    assert error.code == "release_format_unknown"


def test_an_older_version_is_refused_unless_it_is_meant(bench: Bench) -> None:
    file = bench.maker.release("0.9")
    assert _refused(bench, file).code == "release_older"
    assert updating.check(bench.box(), file, allow_older=True, force=False) is not None


def test_the_version_that_runs_is_nothing_to_do(bench: Bench) -> None:
    before = _tree(bench)
    assert updating.prepare(bench.box(), bench.maker.release("1.0.0"), allow_older=False, force=False) is None
    assert _tree(bench) == before


def test_a_version_that_cannot_read_the_evening_is_refused(bench: Bench) -> None:
    bench.install(bench.maker.release("2.0", schema=(FIRST, BREAKS)))
    file = bench.maker.release("1.9", schema=(FIRST,))
    before = _tree(bench)
    with pytest.raises(Refused) as raised:
        updating.prepare(bench.box(), file, allow_older=True, force=False)
    assert raised.value.code == "data_too_new"
    assert _tree(bench) == before


def test_a_version_that_can_read_what_a_newer_one_added_to_is_taken(bench: Bench) -> None:
    bench.install(bench.maker.release("2.0", schema=(FIRST, ADDS)))
    assert updating.check(bench.box(), bench.maker.release("1.9"), allow_older=True, force=False) is not None


def test_a_release_whose_program_cannot_be_loaded_never_gets_a_name(bench: Bench) -> None:
    file = bench.maker.release("1.1", program="import nothing_of_this_name\n")
    error = _refused(bench, file)
    assert error.code == "environment_failed"
    assert "nothing_of_this_name" in error.detail


def test_two_updates_at_once_do_not_happen(bench: Bench) -> None:
    with updating.only_one(bench.layout), pytest.raises(Unavailable) as raised, updating.only_one(bench.layout):
        raise AssertionError("both went on")
    assert raised.value.code == "update_running"
