"""The one-file link starts on a laptop that has nothing but Python, and nothing of a start that was cut off stays."""

import os
import signal
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from appliance.errors import Invalid
from appliance.handout import building
from tests.link.one_file import BARE_PYTHON, made


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory, wheels: Path) -> Path:
    return made(tmp_path_factory.mktemp("out"), wheels=wheels)


def command(file: Path, *words: str) -> list[str]:
    return [str(BARE_PYTHON), "-I", str(file), *words]


def bare(home: Path) -> dict[str, str]:
    home.mkdir(exist_ok=True)
    return {"HOME": str(home), "PATH": "/usr/bin:/bin"}


def start(file: Path, home: Path, *words: str, status: int = 0) -> str:
    done = subprocess.run(
        command(file, *words), env=bare(home), cwd="/", capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == status, (done.stdout, done.stderr)
    return done.stdout + done.stderr


def places(home: Path) -> list[Path]:
    return sorted((home / ".cache" / "pikabox-link").iterdir())


def test_a_laptop_with_python_alone_starts_it_and_the_second_start_unpacks_nothing(file: Path, tmp_path: Path) -> None:
    said = start(file, tmp_path / "home", "--help")
    # What it says to type is what was typed.
    assert f"usage: {BARE_PYTHON} {file} COMMAND" in said
    [place] = places(tmp_path / "home")
    assert place.name.endswith(f"-{building.this_python()}")
    unpacked = place / "sync" / "link" / "cli.py"
    before = unpacked.stat().st_ctime_ns
    assert "The journal" in start(file, tmp_path / "home", "doctor")
    assert places(tmp_path / "home") == [place]
    assert unpacked.stat().st_ctime_ns == before
    # Whatever this Python has beside it is left out.
    alone = [str(BARE_PYTHON), "-I", "-S", str(file), "doctor"]
    doctor = subprocess.run(alone, env=bare(tmp_path / "home"), capture_output=True, text=True, check=True).stdout
    assert "Files are not listened to: this Python has no numpy" in doctor
    assert "-m pip install numpy, then start the link again" in doctor
    # Whatever a part of the link needs is in there, also what only some commands import.
    parts = [path.relative_to(place).with_suffix("") for path in sorted((place / "sync" / "link").rglob("*.py"))]
    names = [".".join(part.parts).removesuffix(".__init__") for part in parts if part.name != "__main__"]
    script = (
        f"import sys, importlib\nsys.path.insert(0, {str(place)!r})\nfor n in {names!r}: importlib.import_module(n)"
    )
    subprocess.run([str(BARE_PYTHON), "-I", "-c", script], check=True)


def test_where_there_is_numpy_it_listens_with_what_is_in_the_file(file: Path, tmp_path: Path) -> None:
    start(file, tmp_path / "home", "--help")
    [place] = places(tmp_path / "home")
    tone = tmp_path / "tone.wav"
    subprocess.run(["ffmpeg", "-v", "error", "-f", "lavfi", "-i", "sine=440:d=8", str(tone)], check=True)
    script = (
        f"import sys\nsys.path.insert(0, {str(place)!r})\nfrom pathlib import Path\n"
        "from appliance.analysis import pipeline\n"
        f"print(pipeline.__file__, pipeline.analyse(Path({str(tone)!r})).duration_ms)"
    )
    done = subprocess.run([sys.executable, "-I", "-c", script], cwd="/", capture_output=True, text=True, check=True)
    assert done.stdout == f"{place}/appliance/analysis/pipeline.py 8000\n"


def test_a_start_that_was_killed_leaves_nothing_half_in_the_way(file: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    process = subprocess.Popen(
        command(file, "--help"), env=bare(home), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    cache = home / ".cache" / "pikabox-link"
    while not (cache.is_dir() and list(cache.glob("*/sync"))):
        assert process.poll() is None, "it was over before it could be killed"
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert "COMMAND --help tells more" in start(file, home, "--help")


def test_what_no_start_has_used_for_months_is_cleared_and_nothing_else(file: Path, tmp_path: Path) -> None:
    cache = tmp_path / "home" / ".cache" / "pikabox-link"
    names = ("a" * 20 + "-3.11", "." + "b" * 20 + "-3.12.x1_y2z", "c" * 20 + "-3.11", "the DJ's own")
    for name in names:
        (cache / name).mkdir(parents=True)
        os.utime(cache / name, (0, 0))
    (cache / names[2] / ".used").touch()
    start(file, tmp_path / "home", "--help")
    [place] = [path for path in places(tmp_path / "home") if path.name not in names]
    assert {path.name for path in places(tmp_path / "home")} == {names[2], names[3], place.name}


def test_the_same_checkout_and_wheels_make_the_same_file(file: Path, wheels: Path, tmp_path: Path) -> None:
    assert made(tmp_path, wheels=wheels).read_bytes() == file.read_bytes()
    assert file.stat().st_mode & 0o777 == 0o755
    names = zipfile.ZipFile(file).namelist()
    assert not [
        name for name in names if "amqtt" in name or "supervisor" in name or "/web/" in name or "sync/cloud" in name
    ]


def test_another_python_and_a_folder_without_room_are_said_in_words(file: Path, wheels: Path, tmp_path: Path) -> None:
    other = made(tmp_path / "other", wheels=wheels, python="3.99")
    assert f"This file is for Python 3.99, and this is {building.this_python()}" in start(
        other, tmp_path / "home", "--help", status=1
    )
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / ".cache").write_text("no folder")
    said = start(file, tmp_path / "full", "--help", status=1)
    assert "There is no room for the program" in said
    assert "Traceback" not in said


def test_a_missing_wheel_and_an_unknown_system_are_said_before_anything_is_made(tmp_path: Path) -> None:
    (tmp_path / "none").mkdir()
    with pytest.raises(Invalid, match="has no wheel of"):
        made(tmp_path / "out", wheels=tmp_path / "none")
    assert not (tmp_path / "out").exists()
    with pytest.raises(Invalid, match="Known: windows"):
        building.known_system("beos-ppc")
