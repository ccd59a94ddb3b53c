"""One file that is sent to the box, written to the disk as it comes.

Apart from `asking.body`, which reads what fits in a few kilobytes. Whoever calls this has checked who asks before.
"""

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import BinaryIO

from appliance.errors import Invalid, Unavailable
from appliance.web.form_file import HEAD_MOST, part_of, pieces
from appliance.web.limits import too_large
from appliance.web.site import Request

#: pieces are collected to this size before the disk is asked
_BLOCK = 512 * 1024
_PLAIN = ("application/zip", "application/octet-stream")


async def _content(request: Request, most: int) -> AsyncIterator[bytes]:
    given = request.headers.get("content-type", "")
    part = part_of(given)
    if part is None:
        if given.partition(";")[0].strip().lower() not in _PLAIN:
            raise Invalid("form_broken", "The form holds no file.", advice="Open the page again and choose the file.")
        async for piece in pieces(request.stream(), most):
            yield piece
        return
    async for piece in pieces(request.stream(), most):
        yield part.feed(piece)
    if not part.ended:
        raise Invalid("body_cut", "The file ended in the middle.", advice="Send it again.")


async def receive(request: Request, path: Path, *, most: int) -> None:
    """Writes the file that is sent to `path`.

    Raises: BodyTooLarge with the code `body_too_large`; Invalid with the code `form_broken`, `body_too_slow` or
    `body_cut`; Unavailable with the code `restore_failed` when the disk can't take it.
    """
    length = request.headers.get("content-length", "0")
    if length.isdecimal() and int(length) > most + 2 * HEAD_MOST:
        raise too_large(most)
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb", buffering=0) as file:
            block = bytearray()
            async for content in _content(request, most):
                block += content
                if len(block) >= _BLOCK:
                    await asyncio.to_thread(_write, file, bytes(block))
                    block.clear()
            await asyncio.to_thread(_write, file, bytes(block))
    except OSError as error:
        raise Unavailable(
            "restore_failed", f"The file can't be kept: {error}.", advice="Nothing was changed. Free some space."
        ) from error


def _write(file: BinaryIO, block: bytes) -> None:
    view = memoryview(block)
    while view:
        view = view[file.write(view) :]


async def content_of(request: Request, *, most: int) -> bytes:
    """The file that a browser's form sends, for one that fits in memory.

    Raises: BodyTooLarge with the code `body_too_large`; Invalid with the code `form_broken`, `body_too_slow` or
    `body_cut`.
    """
    length = request.headers.get("content-length", "0")
    if length.isdecimal() and int(length) > most + 2 * HEAD_MOST:
        raise too_large(most)
    return b"".join([piece async for piece in _content(request, most)])
