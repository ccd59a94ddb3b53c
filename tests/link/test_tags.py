"""Tempo and key in small audio files of every kind that DJs have, and in files that are none."""

import os
import struct
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.link import tags
from sync.link.facts import better, facts_of
from sync.link.sources.source import Confidence, Sighting
from sync.link.tags import TagFacts, Tags, read_tags

NOTHING = TagFacts()


def id3(frames: dict[str, str], *, picture: int = 0, encoding: int = 3) -> bytes:
    """An ID3v2.4 tag. Sizes are in seven bits a byte."""

    def size(number: int) -> bytes:
        return bytes((number >> shift) & 0x7F for shift in (21, 14, 7, 0))

    codec = {0: "latin-1", 1: "utf-16", 3: "utf-8"}[encoding]
    body = b""
    if picture:
        content = b"\0image/png\0\x03\0" + b"x" * picture
        body += b"APIC" + size(len(content)) + b"\0\0" + content
    for name, text in frames.items():
        content = bytes([encoding]) + text.encode(codec)
        body += name.encode() + size(len(content)) + b"\0\0" + content
    return b"ID3\x04\0\0" + size(len(body)) + body


def mp3(frames: dict[str, str], *, picture: int = 0, encoding: int = 3) -> bytes:
    return id3(frames, picture=picture, encoding=encoding) + (b"\xff\xfb\x90\x00" + bytes(413)) * 4


def vorbis(fields: dict[str, str]) -> bytes:
    texts = [f"{name}={value}".encode() for name, value in fields.items()]
    body = struct.pack("<I", 4) + b"test" + struct.pack("<I", len(texts))
    return body + b"".join(struct.pack("<I", len(text)) + text for text in texts)


def flac(fields: dict[str, str]) -> bytes:
    info, comment = bytes(34), vorbis(fields)
    head = b"fLaC\x00" + len(info).to_bytes(3, "big") + info
    return head + b"\x84" + len(comment).to_bytes(3, "big") + comment + b"\xff\xf8" + bytes(100)


def ogg(fields: dict[str, str]) -> bytes:
    found = b""
    for number, packet in enumerate((b"\x01vorbis" + bytes(23), b"\x03vorbis" + vorbis(fields) + b"\x01")):
        lacing = bytes([255] * (len(packet) // 255) + [len(packet) % 255])
        found += struct.pack("<4sBBqIIIB", b"OggS", 0, 2 if number == 0 else 0, 0, 7, number, 0, len(lacing))
        found += lacing + packet
    return found


def wav(frames: dict[str, str]) -> bytes:
    def chunk(name: bytes, body: bytes) -> bytes:
        return name + struct.pack("<I", len(body)) + body + bytes(len(body) % 2)

    body = chunk(b"fmt ", struct.pack("<HHIIHH", 1, 2, 44100, 176400, 4, 16)) + chunk(b"data", bytes(400))
    body += chunk(b"id3 ", id3(frames))
    return b"RIFF" + struct.pack("<I", len(body) + 4) + b"WAVE" + body


def m4a(bpm: int) -> bytes:
    def atom(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body) + 8) + name + body

    data = atom(b"data", struct.pack(">II", 21, 0) + struct.pack(">H", bpm))
    meta = bytes(4) + atom(b"hdlr", bytes(25)) + atom(b"ilst", atom(b"tmpo", data))
    return atom(b"ftyp", b"M4A \0\0\0\0M4A mp42") + atom(b"moov", atom(b"udta", atom(b"meta", meta)))


def test_every_kind_of_file(tmp_path: Path) -> None:
    frames, fields = {"TBPM": "128", "TKEY": "Am"}, {"BPM": "128", "INITIALKEY": "Am"}
    files = {
        "a.mp3": mp3(frames), "utf16.mp3": mp3(frames, encoding=1), "a.flac": flac(fields), "a.ogg": ogg(fields),
        "a.wav": wav(frames),
    }  # fmt: skip
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
        assert (name, Tags().of(str(tmp_path / name))) == (name, TagFacts(128.0, "Am"))
    (tmp_path / "a.m4a").write_bytes(m4a(96))
    assert Tags().of(str(tmp_path / "a.m4a")) == TagFacts(96.0, None)


@pytest.mark.parametrize(
    ("bpm", "key", "expected"),
    [
        ("0", "", NOTHING), ("-5", "o", NOTHING), ("fast", "x" * 21, NOTHING), ("401", " ", NOTHING),
        ("nan", "8A", TagFacts(None, "8A")), ("127,98", " F#m ", TagFacts(127.98, "F#m")),
        ("inf", "1m", TagFacts(None, "1m")),
    ],
)  # fmt: skip
def test_nonsense_is_unknown_and_never_nought(tmp_path: Path, bpm: str, key: str, expected: TagFacts) -> None:
    path = tmp_path / "a.mp3"
    path.write_bytes(mp3({"TBPM": bpm, "TKEY": key}))
    assert Tags().of(str(path)) == expected


def test_what_is_known_already_wins(tmp_path: Path) -> None:
    path = tmp_path / "a.mp3"
    path.write_bytes(mp3({"TBPM": "128", "TKEY": "Am"}))

    def known(**facts: object) -> tuple[float | None, str | None]:
        given = Sighting(source="x", native_id="1", confidence=Confidence.HEARD, title="A", **facts)  # type: ignore[arg-type]
        found = better(facts_of(given), Tags().facts(given))
        return found.bpm, found.key

    assert known(path=str(path)) == (128.0, "Am")
    assert known(path=str(path), bpm=64.0) == (64.0, "Am")
    assert known(path=str(path), key="8A") == (128.0, "Am")
    assert known(path=str(path), bpm=64.0, key="1A") == (64.0, "G#m")
    assert known(stream_id="netsearch://1") == (None, None)
    assert known(path="C:\\Music\\on another laptop.mp3") == (None, None)


def test_a_large_picture_is_no_hindrance_and_monstrous_words_are_left(tmp_path: Path) -> None:
    path = tmp_path / "a.mp3"
    path.write_bytes(mp3({"TBPM": "128"}, picture=2_000_000))
    assert Tags().of(str(path)).bpm == 128
    path.write_bytes(id3({"TIT2": "x" * 30_000_000, "TBPM": "128"}))
    assert Tags(within_s=20).of(str(path)) == NOTHING


def test_when_the_time_is_over_nothing_more_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.mp3"
    path.write_bytes(mp3({"TBPM": "128"}))
    assert read_tags(str(path), until=time.monotonic() - 1) == NOTHING


def test_what_is_no_audio_file_says_nothing(tmp_path: Path) -> None:
    (tmp_path / "folder.mp3").mkdir()
    os.mkfifo(tmp_path / "pipe.mp3")
    (tmp_path / "empty.mp3").touch()
    (tmp_path / "text.flac").write_text("fLaC, but not really" * 50)
    sparse = tmp_path / "sparse.wav"
    sparse.write_bytes(b"RIFF\xff\xff\xff\xffWAVE")
    os.truncate(sparse, 8 * 1024**3)
    reader = Tags(within_s=5)
    begun = time.monotonic()
    for path in [*map(str, tmp_path.iterdir()), str(tmp_path / "gone.mp3"), "/dev/zero", "", "\0", "netsearch://dz1"]:
        assert (path, reader.of(path)) == (path, NOTHING)
    assert time.monotonic() - begun < 4
    (tmp_path / "fine.mp3").write_bytes(mp3({"TBPM": "128"}))
    assert reader.of(str(tmp_path / "fine.mp3")).bpm == 128


def test_a_drive_that_does_not_answer_holds_nobody_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.mp3"
    path.write_bytes(mp3({"TBPM": "128"}))
    reader, asked = Tags(within_s=0.1), list[str]()

    def hang(path: str, *, until: float) -> TagFacts:
        asked.append(path)
        time.sleep(0.3)
        return TagFacts(1.0)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(tags, "read_tags", hang)
        begun = time.monotonic()
        for _ in range(5):
            assert reader.of(str(path)) == NOTHING
        assert time.monotonic() - begun < 0.25
    assert len(asked) == 1
    assert reader._thread is not None
    reader._thread.join()
    assert reader.of(str(path)).bpm == 128


@given(st.binary(max_size=300), st.sampled_from(["mp3", "flac", "ogg", "wav", "m4a", "wma", "aiff", "opus", "x"]))
def test_no_bytes_raise(tmp_path_factory: pytest.TempPathFactory, data: bytes, ending: str) -> None:
    path = tmp_path_factory.getbasetemp() / f"noise.{ending}"
    starts = {
        "mp3": b"ID3\x04\0\0", "flac": b"fLaC", "ogg": b"OggS", "wav": b"RIFF\xff\0\0\0WAVE",
        "aiff": b"FORM\0\0\0\0AIFF", "m4a": b"\0\0\0\x10ftypM4A ",
    }  # fmt: skip
    path.write_bytes(starts.get(ending, b"") + data)
    read_tags(str(path), until=time.monotonic() + 1)


def test_every_cut_of_a_file_is_survived(tmp_path: Path) -> None:
    path = tmp_path / "cut"
    for whole in (mp3({"TBPM": "128"}), flac({"BPM": "128"}), ogg({"BPM": "128"}), wav({"TBPM": "128"}), m4a(128)):
        for end in range(0, min(len(whole), 700), 3):
            path.write_bytes(whole[:end])
            assert read_tags(str(path), until=time.monotonic() + 1).bpm in {None, 1.0, 12.0, 128.0}
