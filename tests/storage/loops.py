"""Real file systems in files: made, mounted, filled, and gone again after the test."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def need_root(*tools: str) -> None:
    """Fails by name when a loop mount can't be made here."""
    assert os.geteuid() == 0, "loop mounts need root"
    for tool in ("mount", "umount", "losetup", *tools):
        assert shutil.which(tool, path=f"{os.environ['PATH']}:/usr/sbin:/sbin"), f"{tool} is missing"


def run(*command: str | Path) -> str:
    """A command that must succeed; what it said."""
    path = f"{os.environ['PATH']}:/usr/sbin:/sbin"
    done = subprocess.run(
        [str(word) for word in command],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env={**os.environ, "PATH": path},
    )
    assert done.returncode == 0, f"{' '.join(map(str, command))}: {done.stdout}{done.stderr}"
    return done.stdout


def make_image(image: Path, *, size: int, make: tuple[str, ...]) -> Path:
    """A file system of `size` bytes in a file."""
    with image.open("wb") as file:
        file.truncate(size)
    run(*make, image)
    return image


@contextmanager
def mounted(image: Path, place: Path, *, options: str = "") -> Iterator[Path]:
    """The file system in a file, mounted at `place` until the block ends."""
    place.mkdir(exist_ok=True)
    run("mount", "-o", f"loop{options}", image, place)
    try:
        yield place
    finally:
        # Lazily: a test that failed may have left somebody with an open file there.
        run("umount", "--lazy", place)


def fill(folder: Path, *, leave: int) -> Path:
    """Takes all room but `leave` bytes; the file that holds it."""
    ballast = folder / "somebody-elses-film"
    with ballast.open("ab") as file:
        found = os.statvfs(folder)
        wanted = found.f_bavail * found.f_frsize - leave
        try:
            os.posix_fallocate(file.fileno(), file.tell(), wanted)
        except OSError:
            # Where the file system needs more for itself than it says: the rest in small steps.
            while True:
                try:
                    os.write(file.fileno(), b"x" * 4096)
                except OSError:
                    break
    return ballast


def fill_names(folder: Path, *, leave: int) -> Path:
    """Makes files until only `leave` more can be made; the folder that holds them."""
    heap = folder / "many-small-things"
    heap.mkdir()
    for number in range(os.statvfs(folder).f_favail - leave):
        (heap / str(number)).touch()
    return heap
