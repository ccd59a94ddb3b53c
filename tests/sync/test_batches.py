"""A batch survives the way, or is refused whole; what would fill the memory is refused on the way in."""

import gzip

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from sync.journal.batches import (
    GZIP,
    LINES_MOST,
    PLAIN,
    UNPACKED_MOST,
    ZSTD,
    BadBatch,
    Sent,
    pack,
    read,
    unpacked,
)
from sync.journal.entries import Position, after_all, beginning

SENT = Sent(boot="boot-1", boot_ms=1, wall_ms=2, trust="saved")
START = beginning(source="box", epoch="e1")


def packed(lines: list[bytes], *, encoding: str = ZSTD, start: Position = START) -> bytes:
    body, _ = pack(lines, source="box", epoch="e1", start=start, sent=SENT, program="test/1", encoding=encoding)
    return body


@pytest.mark.parametrize("encoding", [ZSTD, GZIP, PLAIN])
@given(lines=st.lists(st.binary(max_size=30).filter(lambda line: b"\n" not in line), max_size=10))
def test_lines_arrive_as_they_were(encoding: str, lines: list[bytes]) -> None:
    batch = read(packed(lines, encoding=encoding), encoding=encoding)
    assert batch.lines == lines
    assert (batch.start, batch.end) == (START, after_all(START, lines))
    assert batch.header.sent == SENT


def refused(body: bytes, *, encoding: str = PLAIN) -> str:
    with pytest.raises(BadBatch) as caught:
        read(body, encoding=encoding)
    return caught.value.code


def test_what_was_changed_on_the_way_is_refused() -> None:
    whole = packed([b"[1]", b"[2]"], encoding=PLAIN)
    assert refused(whole.replace(b"[2]", b"[3]")) == "chain_wrong"
    assert refused(whole[:-1]) == "batch_cut"
    assert refused(whole[:-4]) == "count_wrong"
    assert refused(whole + b"[3]\n") == "count_wrong"
    assert refused(whole.replace(b'"v":1', b'"v":9')) == "version_unknown"
    assert refused(whole.replace(b'"prev_seq":0', b'"prev_seq":-1')) == "header_wrong"
    assert refused(whole.replace(b'"source":"box"', b'"source":"../x"')) == "header_wrong"
    assert refused(b"") == "header_wrong"
    assert refused(b"<html>Welcome to our Wi-Fi</html>\n") == "header_wrong"


@pytest.mark.parametrize("encoding", [ZSTD, GZIP])
def test_a_body_that_is_cut_or_damaged_is_refused(encoding: str) -> None:
    whole = packed([b"[1]"] * 50, encoding=encoding)
    for end in range(len(whole)):
        assert refused(whole[:end], encoding=encoding) in {"batch_cut", "batch_damaged", "header_wrong", "count_wrong"}
    assert refused(b"nonsense", encoding=encoding) == "batch_damaged"


def test_an_unknown_packing_is_refused() -> None:
    assert refused(b"", encoding="br") == "encoding_unknown"


@pytest.mark.parametrize("encoding", [ZSTD, GZIP])
def test_a_bomb_is_refused_before_it_fills_the_memory(encoding: str) -> None:
    zeros = bytes(1024 * 1024)
    if encoding == ZSTD:
        maker = zstandard.ZstdCompressor().compressobj()
        bomb = b"".join(maker.compress(zeros) for _ in range(300)) + maker.flush()
    else:
        bomb = gzip.compress(zeros * 100)
    assert len(bomb) < 400_000
    assert refused(bomb, encoding=encoding) == "batch_too_large"


def test_a_frame_that_asks_for_a_huge_window_is_refused() -> None:
    parameters = zstandard.ZstdCompressionParameters(window_log=27)
    maker = zstandard.ZstdCompressor(compression_params=parameters).compressobj()
    body = maker.compress(bytes(200)) + maker.flush()
    assert refused(body, encoding=ZSTD) == "batch_damaged"


def test_a_header_can_not_promise_more_than_may_come() -> None:
    whole = packed([], encoding=PLAIN)
    assert refused(whole.replace(b'"count":0', f'"count":{LINES_MOST + 1}'.encode())) == "header_wrong"


@given(st.binary(max_size=300), st.sampled_from([ZSTD, GZIP, PLAIN]))
def test_no_bytes_raise_anything_else(body: bytes, encoding: str) -> None:
    with pytest.raises(BadBatch):
        read(body, encoding=encoding)


def test_the_limit_is_exact() -> None:
    assert len(unpacked(gzip.compress(bytes(1000)), encoding=GZIP, most=1000)) == 1000
    with pytest.raises(BadBatch):
        unpacked(gzip.compress(bytes(1001)), encoding=GZIP, most=1000)
    assert UNPACKED_MOST > 1000


def test_a_night_of_likes_costs_about_twenty_bytes_each() -> None:
    """The reference measured 19 bytes an entry without an id of its own."""
    boot = "0b6f8d5e-52f5-4c7c-9d4e-7b1f5b1f9a11"
    lines = [
        f'["like.given",1,"{boot}",{60_000 + n * 37},{1_800_000_000_000 + n * 37},"saved",'
        f'{{"play":"set1-{n // 200}","guest":"{(n * 2654435761) % 2**32:08x}"}}]'.encode()
        for n in range(2000)
    ]
    assert len(packed(lines)) / len(lines) < 25
