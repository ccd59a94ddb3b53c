"""Events' pictures: strangers' files come in, our own drawings are kept."""

import asyncio
import io
import struct
import subprocess
import sys
import zlib
from typing import Any

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from appliance.errors import Invalid
from appliance.pictures.redrawing import Refusal, redrawn
from appliance.pictures.taking import taken


def picture(kind: str = "PNG", *, size: tuple[int, int] = (64, 48), mode: str = "RGB", **options: Any) -> bytes:
    written = io.BytesIO()
    Image.radial_gradient("L").resize(size).convert(mode).save(written, kind, **options)
    return written.getvalue()


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def bomb(side: int) -> bytes:
    """A header that promises far more than the file holds."""
    head = struct.pack(">IIBBBBB", side, side, 8, 6, 0, 0, 0)
    body = chunk(b"IDAT", zlib.compress(b"\0" * 1000))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + body + chunk(b"IEND", b"")


@pytest.mark.parametrize(("kind", "mode"), [("PNG", "RGBA"), ("PNG", "P"), ("JPEG", "CMYK"), ("WEBP", "RGB")])
def test_what_is_kept_is_a_small_picture_of_the_same_proportions(kind: str, mode: str) -> None:
    media_type, kept = redrawn(picture(kind, size=(1600, 800), mode=mode))
    found = Image.open(io.BytesIO(kept))
    assert media_type == f"image/{str(found.format).lower()}"
    assert found.size == (400, 200)
    assert len(kept) < 80_000
    assert found.mode in {"RGB", "RGBA", "P", "L"}


def test_what_is_clear_stays_clear() -> None:
    clear = Image.new("RGBA", (64, 64), (255, 0, 0, 0))
    written = io.BytesIO()
    clear.save(written, "WEBP", lossless=True)
    media_type, kept = redrawn(written.getvalue())
    assert media_type == "image/png"
    assert Image.open(io.BytesIO(kept)).convert("RGBA").getpixel((0, 0))[3] == 0  # type: ignore[index]


def test_nothing_that_was_hidden_in_or_behind_a_picture_is_kept() -> None:
    where = Image.Exif()
    where[0x010E] = "taken at Anna's home"
    hidden = picture("JPEG", exif=where) + b"<script>alert(1)</script>PK\x03\x04"
    noted = io.BytesIO()
    info = PngInfo()
    info.add_text("Comment", "<script>alert(2)</script>")
    Image.new("RGB", (32, 32), "red").save(noted, "PNG", pnginfo=info)
    for content in (hidden, noted.getvalue() + b"<html>"):
        kept = redrawn(content)[1]
        for planted in (b"script", b"Anna", b"PK\x03\x04", b"<html"):
            assert planted not in kept


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", "logo_kind"),
        (b"GIF89a" + b"\0" * 100, "logo_kind"),
        (b"<html><img src=x>", "logo_kind"),
        (b"%PDF-1.4", "logo_kind"),
        (b"\x89PNG\r\n\x1a\n", "logo_kind"),
        (picture(size=(1, 1)), "logo_too_small"),
        (picture(size=(5000, 8)), "logo_too_small"),
        (bomb(10_000), "logo_too_large"),
        (bomb(2**31 - 1), "logo_too_large"),
        (bomb(3000), "logo_damaged"),
        (picture("JPEG", size=(600, 600))[:3000], "logo_damaged"),
        (picture("WEBP", size=(600, 600))[:400], "logo_kind"),
    ],
)
def test_what_is_no_picture_for_us_is_refused_by_a_code(content: bytes, code: str) -> None:
    with pytest.raises(Refusal) as refused:
        redrawn(content)
    assert refused.value.code == code
    with pytest.raises(Invalid) as error:
        asyncio.run(taken(content))
    assert error.value.code == code
    assert error.value.advice


def test_a_picture_is_taken_under_a_name_that_changes_with_it() -> None:
    async def names() -> list[str]:
        return [(await taken(picture(size=size)))[0] for size in ((64, 48), (64, 48), (64, 49))]

    same, again, other = asyncio.run(names())
    assert same == again != other
    assert same.rpartition(".")[2] in {"png", "jpeg"}
    with pytest.raises(Invalid, match="no picture"):
        asyncio.run(taken(b""))


def test_the_process_that_unpacks_can_write_no_file_and_take_no_machine_with_it() -> None:
    script = (
        "import resource; from appliance.pictures.redrawing import confine; confine();"
        "print([resource.getrlimit(one)[1] for one in (resource.RLIMIT_FSIZE, resource.RLIMIT_CPU)])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[0, 10]"
