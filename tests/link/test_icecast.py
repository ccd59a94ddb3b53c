"""Programs that broadcast: Ogg streams cut anywhere, MP3 senders' metadata, senders that misbehave."""

import asyncio
import contextlib
import socket
import struct
import time
from collections.abc import Awaitable, Callable, Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.link.sources.icecast import Icecast, names_in_query
from sync.link.sources.ogg import OggNames
from sync.link.sources.source import Confidence, Sighting
from tests.support.ports import free_port


def comment_packet(tags: Mapping[str, str], *, opus: bool = False, picture: int = 0) -> bytes:
    fields = [f"{name}={value}".encode() for name, value in tags.items()]
    if picture:
        fields.insert(0, b"METADATA_BLOCK_PICTURE=" + b"x" * picture)
    body = struct.pack("<I", 4) + b"test" + struct.pack("<I", len(fields))
    body += b"".join(struct.pack("<I", len(one)) + one for one in fields)
    return (b"OpusTags" if opus else b"\x03vorbis") + body + b"\x01"


def pages(packets: list[bytes], *, serial: int) -> bytes:
    """Packets as an Ogg stream, a packet to a page, long ones over several."""
    found = b""
    for number, packet in enumerate(packets):
        lacing = [255] * (len(packet) // 255) + [len(packet) % 255]
        at, flags = 0, 2 if number == 0 else 0
        while lacing:
            part, lacing = lacing[:255], lacing[255:]
            size = sum(part)
            found += struct.pack("<4sBBqIIIB", b"OggS", 0, flags, 0, serial, number, 0, len(part)) + bytes(part)
            found += packet[at : at + size]
            at, flags = at + size, 1
    return found


def track(artist: str, title: str, *, serial: int, opus: bool = False, picture: int = 0) -> bytes:
    head = b"OpusHead" if opus else b"\x01vorbis"
    tags = {"ARTIST": artist, "TITLE": title}
    packets = [head + bytes(23), comment_packet(tags, opus=opus, picture=picture), b"\x05vorbis" + bytes(900)]
    return pages([*packets, *[bytes(300)] * 20], serial=serial)


TWO = track("Miles Davis", "So What", serial=7) + track("Nina Simone", "Sinnerman", serial=8, opus=True)


@pytest.mark.parametrize("size", [1, 3, 27, 255, 4096, 10**6])
def test_names_come_out_of_a_stream_that_is_cut_anywhere(size: int) -> None:
    names, found = OggNames(), []
    for at in range(0, len(TWO), size):
        found += list(names.feed(TWO[at : at + size]))
    assert [(one["artist"], one["title"]) for one in found] == [
        ("Miles Davis", "So What"),
        ("Nina Simone", "Sinnerman"),
    ]


def test_a_comment_with_a_large_picture_spans_pages_and_a_monstrous_one_is_left() -> None:
    names = OggNames()
    found = list(names.feed(track("A", "Pictured", serial=1, picture=300_000)))
    assert [one["title"] for one in found] == ["Pictured"]
    assert list(names.feed(track("A", "Too much", serial=2, picture=5_000_000))) == []
    assert [one["title"] for one in names.feed(track("A", "After", serial=3))] == ["After"]


@given(st.binary(max_size=300), st.binary(max_size=300))
def test_no_bytes_raise_and_what_follows_is_read(noise: bytes, more: bytes) -> None:
    names = OggNames()
    list(names.feed(noise))
    list(names.feed(b"OggS" * 50 + more))
    list(names.feed(bytes(70_000)))
    assert [one["title"] for one in names.feed(track("A", "Fine", serial=9))] == ["Fine"]


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("mode=updinfo&song=Miles+Davis+-+So+What", ("", "Miles Davis - So What")),
        ("mode=updinfo&artist=Miles%20Davis&title=So%20What", ("Miles Davis", "So What")),
        ("song=Caf%C3%A9", ("", "Café")),
        ("song=Caf%E9", ("", "Café")),
        ("mode=updinfo", ("", "")),
    ],
)
def test_what_mp3_senders_say(query: str, names: tuple[str, str]) -> None:
    assert names_in_query(query) == names


def broadcast(scene: Callable[[int], Awaitable[None]], *, heard: int) -> list[Sighting]:
    """What is heard while `scene` talks to the port; waits for `heard` sightings."""
    port, found = free_port(), list[Sighting]()
    source = Icecast(port)

    async def run() -> None:
        listening = asyncio.create_task(source.listen(found.append))
        until = time.monotonic() + 5
        while source.probe().usable and time.monotonic() < until:
            await asyncio.sleep(0.02)
        await scene(port)
        while len(found) < heard and time.monotonic() < until:
            await asyncio.sleep(0.01)
        listening.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await listening

    asyncio.run(run())
    return found


async def send(port: int, *parts: bytes) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    said = b""
    for part in parts:
        writer.write(part)
        await writer.drain()
        await asyncio.sleep(0.02)
    with contextlib.suppress(TimeoutError):
        said = await asyncio.wait_for(reader.read(2000), 0.3)
    writer.close()
    return said


def test_traktor_broadcasts_and_each_track_is_heard_once() -> None:
    async def scene(port: int) -> None:
        head = b"SOURCE /live HTTP/1.0\r\nAuthorization: Basic c291cmNlOng=\r\nContent-Type: application/ogg\r\n\r\n"
        answer = await send(port, head, TWO, TWO[: len(TWO) // 2])
        assert answer.startswith(b"HTTP/1.0 200 OK")

    found = broadcast(scene, heard=3)
    assert [(one.artist, one.title, one.confidence) for one in found] == [
        ("Miles Davis", "So What", Confidence.HEARD),
        ("Nina Simone", "Sinnerman", Confidence.HEARD),
        ("Miles Davis", "So What", Confidence.HEARD),
    ]
    assert len({one.native_id for one in found}) == 3


def test_butt_and_mixxx_put_and_name_their_tracks_apart() -> None:
    async def scene(port: int) -> None:
        head = b"PUT /live HTTP/1.1\r\nExpect: 100-continue\r\nContent-Type: audio/mpeg\r\n\r\n"
        assert b"100 Continue" in await send(port, head, b"\xff\xfb" * 500)
        for song in (b"A+-+One", b"A+-+One", b"A+-+Two"):
            answer = await send(port, b"GET /admin/metadata?mode=updinfo&song=" + song + b" HTTP/1.0\r\n\r\n")
            assert b"<return>1</return>" in answer

    assert [one.title for one in broadcast(scene, heard=2)] == ["A - One", "A - Two"]


def test_senders_that_misbehave_stop_nobody() -> None:
    async def scene(port: int) -> None:
        silent = [await asyncio.open_connection("127.0.0.1", port) for _ in range(4)]
        await send(port, b"x" * 40_000)
        await send(port, b"\x00\xff\r\n\r\n")
        assert b"404" in await send(port, b"GET /admin/ HTTP/1.0\r\n\r\n")
        await send(port, b"SOURCE /live HTTP/1.0\r\n\r\n", TWO)
        for _, writer in silent:
            writer.close()

    assert [one.title for one in broadcast(scene, heard=2)] == ["So What", "Sinnerman"]


def test_a_taken_port_is_said() -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        probe = Icecast(holder.getsockname()[1]).probe()
    assert not probe.usable
    assert "icecast_port" in probe.tried[0].words
