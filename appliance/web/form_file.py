"""How a browser's form carries one file (RFC 7578), and how any body comes in pieces: never in memory as a whole.

The cloud reads forms by this as well, so it knows nothing of who serves them. Whoever calls this has checked who asks.
"""

import asyncio
import re
from collections.abc import AsyncIterator

from starlette.requests import ClientDisconnect

from appliance.errors import Invalid
from appliance.web.limits import too_large

#: how long the next piece may take; a phone at the edge of the Wi-Fi pauses, a broken one never goes on
_PIECE_WITHIN_S = 20
HEAD_MOST = 8 * 1024
_BOUNDARY = re.compile(r'multipart/form-data;.*\bboundary="?([^"\s;]{1,70})"?', re.IGNORECASE)
_FILE_NAME = re.compile(rb'filename="([^"\r\n]*)"')


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
        if not found and len(head) <= HEAD_MOST:
            return False
        if not head.startswith(self._end) or b"filename" not in head or len(head) > HEAD_MOST:
            raise Invalid("form_broken", "The form holds no file.", advice="Open the page again and choose the file.")
        named = _FILE_NAME.search(head)
        # Browsers write a quotation mark in a name as %22.
        self.name = named[1].decode("utf-8", "replace").replace("%22", '"') if named else ""
        self._waiting, self._in_content = rest, True
        return True


def part_of(content_type: str) -> FilePart | None:
    """What reads a form by the header that came with it; None for a body that is no form."""
    form = _BOUNDARY.match(content_type)
    return FilePart(form[1].encode("latin-1")) if form else None


async def named_pieces(content_type: str, body: AsyncIterator[bytes], *, most: int) -> AsyncIterator[tuple[str, bytes]]:
    """The file of a browser's form as it comes, each piece with the file's name.

    Raises: BodyTooLarge with the code `body_too_large`; Invalid with the code `form_broken`, `body_too_slow` or
    `body_cut`.
    """
    part = part_of(content_type)
    if part is None:
        raise Invalid("form_broken", "The form holds no file.", advice="Open the page again and choose the file.")
    async for piece in pieces(body, most):
        if content := part.feed(piece):
            yield part.name, content
    if not part.ended:
        raise Invalid("body_cut", "The file ended in the middle.", advice="Send it again.")


async def pieces(body: AsyncIterator[bytes], most: int) -> AsyncIterator[bytes]:
    """A body as it comes. Raises: as `named_pieces`."""
    received = 0
    while True:
        try:
            async with asyncio.timeout(_PIECE_WITHIN_S):
                piece = await anext(body, None)
        except TimeoutError:
            raise Invalid("body_too_slow", "The rest of the file did not come.", advice="Send it again.") from None
        except ClientDisconnect:
            raise Invalid("body_cut", "The file ended in the middle.") from None
        if piece is None:
            return
        received += len(piece)
        if received > most + 2 * HEAD_MOST:
            raise too_large(most)
        yield piece
