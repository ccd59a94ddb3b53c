"""One picture drawn anew from what somebody sent: small, without anything that was hidden in or behind it.

Owns what is a picture here, by its content and size. Runs in a process of its own, because decoders have holes.
"""

import io
import resource
from dataclasses import dataclass

from PIL import Image, ImageOps, UnidentifiedImageError

_KINDS = ("PNG", "JPEG", "WEBP")
#: of what is sent, in pixels along a side: a phone's photograph fits, a bomb does not
SIDE_LEAST, SIDE_MOST = 16, 6000
PIXELS_MOST = 30_000_000
#: of what is kept
_KEPT_SIDE = 400
_COLOURS = 256
_PNG_MOST = 60_000
_JPEG_QUALITY = 82
_MEMORY = 1024 * 1024 * 1024
_CPU_S = 10


@dataclass(frozen=True, slots=True)
class Refusal(Exception):
    """Why it is no picture for us: a stable code, and words."""

    code: str
    words: str


def confine() -> None:
    """Takes this process the means to do harm: little memory, little time, no files."""
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (_CPU_S, _CPU_S))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _opened(content: bytes) -> Image.Image:
    try:
        picture = Image.open(io.BytesIO(content), formats=_KINDS)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise Refusal("logo_too_large", f"The picture has too many pixels; {SIDE_MOST} a side is the most.") from None
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError):
        raise Refusal("logo_kind", "This is no PNG, JPEG or WebP picture.") from None
    wide, high = picture.size
    # Asked before a single pixel is unpacked.
    if max(wide, high) > SIDE_MOST or wide * high > PIXELS_MOST:
        raise Refusal("logo_too_large", f"The picture has {wide} x {high} pixels; {SIDE_MOST} a side is the most.")
    if min(wide, high) < SIDE_LEAST:
        raise Refusal("logo_too_small", f"The picture has {wide} x {high} pixels; {SIDE_LEAST} a side is the least.")
    return picture


def _shrunk(content: bytes) -> Image.Image:
    picture = _opened(content)
    try:
        # JPEGs are unpacked no larger than needed.
        picture.draft("RGB", (2 * _KEPT_SIDE, 2 * _KEPT_SIDE))
        upright = ImageOps.exif_transpose(picture)
        clear = "A" in upright.getbands() or "transparency" in upright.info
        drawn = upright.convert("RGBA" if clear else "RGB")
        drawn.thumbnail((_KEPT_SIDE, _KEPT_SIDE), Image.Resampling.LANCZOS)
    except (Image.DecompressionBombError, OSError, ValueError, SyntaxError, MemoryError, EOFError):
        raise Refusal("logo_damaged", "The picture can't be unpacked: it is damaged.") from None
    if min(drawn.size) < 1:
        raise Refusal("logo_too_small", "The picture is a mere line.")
    return drawn


def _as_png(picture: Image.Image) -> bytes:
    written = io.BytesIO()
    picture.save(written, "PNG", optimize=True)
    if written.tell() > _PNG_MOST:
        written = io.BytesIO()
        method = Image.Quantize.FASTOCTREE if picture.mode == "RGBA" else Image.Quantize.MEDIANCUT
        picture.quantize(_COLOURS, method=method).save(written, "PNG", optimize=True)
    return written.getvalue()


def _as_jpeg(picture: Image.Image) -> bytes:
    written = io.BytesIO()
    picture.save(written, "JPEG", quality=_JPEG_QUALITY, optimize=True)
    return written.getvalue()


def redrawn(content: bytes) -> tuple[str, bytes]:
    """The picture as it is kept, with its media type.

    Raises: Refusal.
    """
    picture = _shrunk(content)
    # A fresh picture of the pixels alone: nothing that the file said beside them is taken over.
    clean = Image.new(picture.mode, picture.size)
    clean.paste(picture)
    png = _as_png(clean)
    if clean.mode == "RGBA":
        return "image/png", png
    jpeg = _as_jpeg(clean)
    return ("image/png", png) if len(png) <= len(jpeg) else ("image/jpeg", jpeg)
