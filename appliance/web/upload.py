"""One file that a browser's form sends (RFC 7578), written to the disk as it comes: never in memory as a whole.

Apart from `asking.body`, which reads what fits in a few kilobytes. Whoever calls this has checked who asks before.
"""

import asyncio
import os
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import BinaryIO

from starlette.requests import ClientDisconnect

from appliance.errors import Invalid, Unavailable
from appliance.web.limits import too_large
from appliance.web.site import Request

#: how long the next piece may take; a phone at the edge of the Wi-Fi pauses, a broken one never goes on
_PIECE_WITHIN_S = 20
_HEAD_MOST = 8 * 1024
#: pieces are collected to this size before the disk is asked
_BLOCK = 512 * 1024
_BOUNDARY = re.compile(r'multipart/form-data;.*\bboundary="?([^"\s;]{1,70})"?', re.IGNORECASE)
_FILE_NAME = re.compile(rb'filename="([^"\r\n]*)"')
_PLAIN = ("application/zip", "application/octet-stream")


class FilePart:
    """The content of the first part of a multipart body that arrives in pieces. Pure."""

    def __init__(self, boundary: bytes) -> None:
        self._end = b"\r\n--" + boundary
        # As if a line had ended before the first boundary: then that looks like all the others.
        self._waiting = b"\r\n"
        self._in_content = False
        #: whether the part is over; what follows is not looked at
        self.ended = False
        #: what the browser calls the file; empty before its head came
        self.name = ""

    def feed(self, piece: bytes) -> bytes:
        """What of `piece` is content. Raises: Invalid with the code `form_broken`."""
        if self.ended:
            return b""
        self._waiting += piece
        if not self._in_content and not self._past_head():
            return b""
        content, found, _ = self._waiting.partition(self._end)
        if found:
            self.ended = True
            self._waiting = b""
            return content
        # The boundary may be cut in two.
        sure = max(0, len(self._waiting) - len(self._end) + 1)
        content, self._waiting = self._waiting[:sure], self._waiting[sure:]
        return content

    def _past_head(self) -> bool:
        head, found, rest = self._waiting.partition(b"\r\n\r\n")
        if not found and len(head) <= _HEAD_MOST:
            return False
        if not head.startswith(self._end) or b"filename" not in head or len(head) > _HEAD_MOST:
            raise Invalid("form_broken", "The form holds no file.", advice="Open the page again and choose the file.")
        named = _FILE_NAME.search(head)
        # Browsers write a quotation mark in a name as %22.
        self.name = named[1].decode("utf-8", "replace").replace("%22", '"') if named else ""
        self._waiting, self._in_content = rest, True
        return True


async def named_pieces(request: Request, *, most: int) -> AsyncIterator[tuple[str, bytes]]:
    """The file of a browser's form as it comes, each piece with the file's name.

    Raises: BodyTooLarge with the code `body_too_large`; Invalid with the code `form_broken`, `body_too_slow` or
    `body_cut`.
    """
    form = _BOUNDARY.match(request.headers.get("content-type", ""))
    if form is None:
        raise Invalid("form_broken", "The form holds no file.", advice="Open the page again and choose the file.")
    part = FilePart(form[1].encode("latin-1"))
    async for piece in pieces(request, most):
        if content := part.feed(piece):
            yield part.name, content
    if not part.ended:
        raise Invalid("body_cut", "The file ended in the middle.", advice="Send it again.")


async def pieces(request: Request, most: int) -> AsyncIterator[bytes]:
    """A body as it comes. Raises: as `named_pieces`."""
    stream = request.stream().__aiter__()
    received = 0
    while True:
        try:
            async with asyncio.timeout(_PIECE_WITHIN_S):
                piece = await anext(stream, None)
        except TimeoutError:
            raise Invalid("body_too_slow", "The rest of the file did not come.", advice="Send it again.") from None
        except ClientDisconnect:
            raise Invalid("body_cut", "The file ended in the middle.") from None
        if piece is None:
            return
        received += len(piece)
        if received > most + 2 * _HEAD_MOST:
            raise too_large(most)
        yield piece


async def _content(request: Request, most: int) -> AsyncIterator[bytes]:
    given = request.headers.get("content-type", "")
    form = _BOUNDARY.match(given)
    if form is None:
        if given.partition(";")[0].strip().lower() not in _PLAIN:
            raise Invalid("form_broken", "The form holds no file.", advice="Open the page again and choose the file.")
        async for piece in pieces(request, most):
            yield piece
        return
    part = FilePart(form[1].encode("latin-1"))
    async for piece in pieces(request, most):
        yield part.feed(piece)
    if not part.ended:
        raise Invalid("body_cut", "The file ended in the middle.", advice="Send it again.")


async def receive(request: Request, path: Path, *, most: int) -> None:
    """Writes the file that is sent to `path`.

    Raises: BodyTooLarge with the code `body_too_large`; Invalid with the code `form_broken`, `body_too_slow` or
    `body_cut`; Unavailable with the code `restore_failed` when the disk can't take it.
    """
    length = request.headers.get("content-length", "0")
    if length.isdecimal() and int(length) > most + 2 * _HEAD_MOST:
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
    if length.isdecimal() and int(length) > most + 2 * _HEAD_MOST:
        raise too_large(most)
    return b"".join([piece async for piece in _content(request, most)])
