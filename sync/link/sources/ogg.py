"""Track names out of an Ogg stream that never ends: pages, packets over several pages, Vorbis and Opus comments.

RFC 3533 (pages), Vorbis I section 5 (comments), RFC 7845 section 5 (Opus). Only the first two packets of each logical
stream are put together; the sound passes by. A comment with a large picture spans pages; one beyond the limit is left.
"""

import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

_PAGE = struct.Struct("<4sBBqIIIB")
_MAGIC = b"OggS"
_BEGINS, _CONTINUED = 0x02, 0x01
#: a comment with pictures; beyond this it is damage or malice
_PACKET_MOST = 4 * 1024 * 1024
#: logical streams at once; a broadcast has one
_STREAMS_MOST = 8


def comments_in(packet: bytes) -> dict[str, str] | None:
    """Names in small letters and their first values, or None when the packet is no comment header."""
    for mark in (b"\x03vorbis", b"OpusTags"):
        if packet.startswith(mark):
            return _comments(packet[len(mark) :])
    return None


def _comments(data: bytes) -> dict[str, str]:
    found: dict[str, str] = {}
    at = 0

    def length() -> int:
        nonlocal at
        value = int.from_bytes(data[at : at + 4], "little")
        at += 4
        return value

    vendor = length()
    at += vendor
    for _ in range(min(length(), 1000)):
        size = length()
        text = data[at : at + size]
        at += size
        if at > len(data):
            break
        name, _, value = text.decode("utf-8", "replace").partition("=")
        found.setdefault(name.lower(), value.strip())
    return found


@dataclass(slots=True)
class _Stream:
    """The first packets of one logical stream."""

    packet: bytearray = field(default_factory=bytearray)
    #: packets that are complete; after the second nothing is of interest
    done: int = 0


class OggNames:
    """Fed with a stream piece by piece, it gives each track's comments once."""

    def __init__(self) -> None:
        self._rest = bytearray()
        self._streams: dict[int, _Stream] = {}

    def feed(self, data: bytes) -> Iterator[Mapping[str, str]]:
        """What became known by this piece."""
        self._rest += data
        while (page := self._next_page()) is not None:
            serial, flags, lacing, body = page
            yield from self._page(serial, flags, lacing, body)

    def _next_page(self) -> tuple[int, int, bytes, bytes] | None:
        while (start := self._rest.find(_MAGIC)) >= 0:
            del self._rest[:start]
            if len(self._rest) < _PAGE.size:
                return None
            _, version, flags, _, serial, _, _, segments = _PAGE.unpack_from(self._rest)
            if version != 0:
                del self._rest[: len(_MAGIC)]
                continue
            lacing = bytes(self._rest[_PAGE.size : _PAGE.size + segments])
            end = _PAGE.size + segments + sum(lacing)
            if len(lacing) < segments or len(self._rest) < end:
                return None
            body = bytes(self._rest[_PAGE.size + segments : end])
            del self._rest[:end]
            return serial, flags, lacing, body
        # The mark itself may be cut.
        del self._rest[: max(0, len(self._rest) - len(_MAGIC) + 1)]
        return None

    def _page(self, serial: int, flags: int, lacing: bytes, body: bytes) -> Iterator[Mapping[str, str]]:
        if flags & _BEGINS:
            self._streams[serial] = _Stream()
            while len(self._streams) > _STREAMS_MOST:
                del self._streams[next(iter(self._streams))]
        stream = self._streams.get(serial)
        if stream is None:
            return
        if not flags & _CONTINUED:
            stream.packet.clear()
        at = 0
        for size in lacing:
            stream.packet += body[at : at + size]
            at += size
            if len(stream.packet) > _PACKET_MOST:
                del self._streams[serial]
                return
            if size == 255:
                continue
            stream.done += 1
            found = comments_in(bytes(stream.packet)) if stream.done == 2 else None
            stream.packet.clear()
            if found is not None:
                yield found
            if stream.done >= 2:
                # Later pages of this stream are sound.
                self._streams.pop(serial, None)
                return
