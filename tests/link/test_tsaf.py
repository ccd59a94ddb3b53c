"""djay's blobs: every kind of value, cuts, damage and malice."""

import time

from hypothesis import given
from hypothesis import strategies as st

from sync.link.sources.djay.tsaf import Fact, facts
from tests.link.djay_blobs import Blob, blob, item

WHOLE = {
    "class": "C", "a": "text", "same": "text", "flag": b"\x0e", "off": b"\x0d", "unknown": b"\x2e",
    "u8": (0x0F, "<B", 200), "i16": (0x0A, "<h", -5), "u32": (0x11, "<I", 7), "colour": (0x1A, "<I", 3),
    "u64": (0x12, "<Q", 2**33), "f32": (0x13, "<f", 0.5), "when": (0x30, "<d", 9.25), "list": ["x", "text"],
    "inner": {"class": "D", "a": "deep"},
}  # fmt: skip


def test_every_kind_of_value_and_strings_that_are_said_once() -> None:
    data = blob(WHOLE)
    assert [(one.of, one.name, one.value) for one in facts(data)] == [
        ("C", "a", "text"), ("C", "same", "text"), ("C", "flag", 1.0), ("C", "off", 0.0), ("C", "u8", 200.0),
        ("C", "i16", -5.0), ("C", "u32", 7.0), ("C", "colour", 3.0), ("C", "u64", float(2**33)), ("C", "f32", 0.5),
        ("C", "when", 9.25), ("C", "list", "x"), ("C", "list", "text"), ("D", "a", "deep"),
    ]  # fmt: skip


def test_bytes_are_stepped_over() -> None:
    writer = Blob()
    writer.body += b"\x2b"
    writer.text("C")
    writer.number(0x15, "<I", 3)
    writer.body += b"\x2b\x08\x00"
    writer.text("bookmark")
    writer.put(1.0)
    writer.text("after")
    assert facts(writer.done()) == [Fact("C", "after", 1.0)]


def test_what_stands_before_an_unknown_kind_or_the_cut_is_kept() -> None:
    data = blob({"class": "C", "a": "one", "new": b"\x7f", "b": "two"})
    assert facts(data) == [Fact("C", "a", "one")]
    whole = item("Title")
    for end in range(len(whole)):
        assert facts(whole[:end]) == facts(whole)[: len(facts(whole[:end]))]


@given(st.binary(max_size=200))
def test_no_bytes_raise(data: bytes) -> None:
    facts(data)
    facts(b"TSAF" + bytes(16) + b"\x2b\x08C\0" + data)


def test_a_hostile_blob_ends_soon() -> None:
    begun = time.monotonic()
    facts(b"TSAF" + bytes(16) + b"\x2b\x08C\0" + b"\x21" * 100_000)
    facts(b"TSAF" + bytes(16) + b"\x2b\x08C\0" + b"\x0b\0\0\0\xff\xff\xff\xff" * 1000)
    facts(b"TSAF" + bytes(16) + b"\x2b\x08C\0" * 100_000)
    assert time.monotonic() - begun < 1
