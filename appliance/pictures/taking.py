"""Takes a picture that somebody sent: it is unpacked and drawn anew by a process of its own, which may fail alone."""

import asyncio
import hashlib
import sys
from pathlib import Path

from appliance.domain.models import Logo
from appliance.errors import Invalid, Unavailable
from appliance.pictures.__main__ import REFUSED

#: of what is sent
BYTES_MOST = 4 * 1024 * 1024
_CHECKOUT = Path(__file__).parents[2]
_WITHIN_S = 20
_ADVICE = "Choose a PNG, JPEG or WebP picture of up to 4 MB."


async def taken(content: bytes) -> tuple[str, Logo]:
    """The picture as it is kept, and its file's name, which is another for each picture.

    Raises: Invalid with the code `logo_empty`, `logo_kind`, `logo_too_large`, `logo_too_small` or `logo_damaged`;
    Unavailable with the code `logo_failed`.
    """
    if not content:
        raise Invalid("logo_empty", "There is no picture in what was sent.", advice=_ADVICE)
    code, said = await _redrawn(content)
    line, _, kept = said.partition(b"\n")
    words = line.decode("utf-8", "replace")
    if code == REFUSED:
        what, _, why = words.partition(" ")
        raise Invalid(what, why, advice=_ADVICE)
    if code != 0 or not kept:
        # It was killed: for its memory, its time, or by what it was given to unpack.
        raise Invalid("logo_damaged", "The picture can't be unpacked: it is damaged.", advice=_ADVICE)
    logo = Logo(media_type=words, content=kept)
    kind = words.rpartition("/")[2]
    return f"{hashlib.sha256(kept).hexdigest()[:16]}.{kind}", logo


async def _redrawn(content: bytes) -> tuple[int, bytes]:
    try:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "appliance.pictures"),
            cwd=_CHECKOUT,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
    except OSError as error:
        raise Unavailable("logo_failed", f"The picture can't be looked at: {error}.", advice="Try again.") from error
    try:
        async with asyncio.timeout(_WITHIN_S):
            said, _ = await process.communicate(content)
    except TimeoutError:
        said = b""
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return process.returncode or 0, said
