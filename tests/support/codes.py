"""Reads codes and sheets with tools that share no code with us: zbar for codes, poppler for PDF."""

import shutil
import subprocess
from pathlib import Path

import pytest
from PIL import Image


def tool(name: str, *, package: str) -> str:
    """Where a program is; without it the test fails with the name of its package."""
    path = shutil.which(name)
    if path is None:
        pytest.fail(f"{name} is missing: install the package {package}.")
    return path


def _read(picture: Path) -> str | None:
    command: list[str | Path] = [
        tool("zbarimg", package="zbar-tools"),
        "--quiet",
        "--raw",
        "--oneshot",
        "-Sbinary",
        picture,
    ]
    done = subprocess.run(command, capture_output=True, check=False)
    return done.stdout.decode() if done.returncode == 0 else None


def read_one(picture: bytes, folder: Path) -> str:
    """What a camera would read in a PNG."""
    file = folder / "code.png"
    file.write_bytes(picture)
    text = _read(file)
    assert text is not None, "not readable"
    return text


def read_codes(sheet: Path) -> list[str]:
    """What cameras read on a sheet: the code on its left and the one on its right, or the one in its middle."""
    found: list[str] = []
    with Image.open(sheet) as picture:
        middle = picture.width // 2
        for number, part in enumerate(((0, middle), (middle, picture.width), (0, picture.width))):
            half = sheet.with_name(f"part-{number}.png")
            picture.crop((part[0], 0, part[1], picture.height)).save(half)
            if (text := _read(half)) is not None and (number < 2 or not found):
                found.append(text)
    return found


def photographed(pdf: bytes, folder: Path, *, dots_per_inch: int = 100) -> Path:
    """The only page of a PDF as a picture."""
    assert pages_of(pdf, folder) == 1
    out = folder / "sheet"
    command: list[str | Path] = [
        tool("pdftoppm", package="poppler-utils"),
        "-r",
        str(dots_per_inch),
        "-png",
        "-singlefile",
    ]
    subprocess.run([*command, folder / "sheet.pdf", out], check=True)
    return out.with_suffix(".png")


def _about(pdf: bytes, folder: Path) -> dict[str, str]:
    file = folder / "sheet.pdf"
    file.write_bytes(pdf)
    command: list[str | Path] = [tool("pdfinfo", package="poppler-utils"), file]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return {name: value.strip() for name, _, value in (line.partition(":") for line in done.stdout.splitlines())}


def pages_of(pdf: bytes, folder: Path) -> int:
    """How many pages a PDF has."""
    return int(_about(pdf, folder)["Pages"])


def size_of(pdf: bytes, folder: Path) -> str:
    """How large its first page is, in points."""
    return _about(pdf, folder)["Page size"]


def written_on(pdf: bytes, folder: Path) -> str:
    """The text of a PDF, as one that searches in it would find it."""
    file = folder / "sheet.pdf"
    file.write_bytes(pdf)
    command: list[str | Path] = [tool("pdftotext", package="poppler-utils"), "-layout", file, "-"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return done.stdout
