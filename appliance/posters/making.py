"""Draws a poster in a process of its own: fonts and pictures cost memory and time that phones shall not feel."""

import asyncio
import sys
from pathlib import Path

import msgspec

from appliance.errors import Unavailable
from appliance.posters.content import Sheet

_CHECKOUT = Path(__file__).parents[2]
_WITHIN_S = 60


async def pdf(sheet: Sheet) -> bytes:
    """The sheet as a PDF.

    Raises: Unavailable with the code `poster_failed`.
    """
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "appliance.posters"),
        cwd=_CHECKOUT,
        # What it is to draw holds a password, so it goes by this pipe and not by the command line.
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(_WITHIN_S):
            drawn, said = await process.communicate(msgspec.json.encode(sheet))
    except TimeoutError:
        drawn, said = b"", b"It took too long."
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode == 0 and drawn:
        return drawn
    words = said.decode("utf-8", "replace").strip().rpartition("\n")[2]
    raise Unavailable("poster_failed", f"The poster could not be drawn. {words}", advice="Print the page instead.")
