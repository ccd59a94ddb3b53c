"""The parts of looking for music, each for itself."""

import asyncio
import os
import random
import struct
import time
from pathlib import Path

import pytest

from appliance.config import load
from appliance.domain.analysis import FaultCode
from appliance.domain.library import Sounding
from appliance.domain.recordings import SAME, first_same, similarity
from appliance.errors import BadConfig
from appliance.library import pressure as pressing
from appliance.library.labelling import labels_of, plain
from appliance.library.places import Places
from appliance.library.pressure import Pressure
from appliance.library.queue import Pace
from appliance.library.walking import walk
from tests.link.test_tags import mp3


def _names(folder: Path) -> tuple[list[bytes], dict[bytes, FaultCode]]:
    walked = walk(os.fsencode(folder), should_stop=lambda: False)
    head = len(os.fsencode(folder)) + 1
    return [one.path[head:] for one in walked.found], {path[head:]: why for path, why in walked.troubles}


def test_a_walk_finds_music_by_its_ending_and_nothing_twice(tmp_path: Path) -> None:
    root, outside = tmp_path / "root", tmp_path / "outside"
    for folder in (root / "b" / "deep", root / ".Trash", root / "System Volume Information", outside):
        folder.mkdir(parents=True)
    for path in ("b/deep/1.mp3", "b/2.FLAC", "a.m4p", "cover.jpg", "._a.mp3", ".Trash/x.mp3", "noending"):
        (root / path).write_bytes(b"x")
    (root / "System Volume Information" / "y.mp3").touch()
    (outside / "o.mp3").touch()
    with open(os.fsencode(root) + b"/caf\xe9.mp3", "wb"):  # noqa: PTH123 - a name that is no text
        pass
    (root / "inside").symlink_to(root / "b")
    (root / "loop").symlink_to(root)
    (root / "self.mp3").symlink_to(root / "self.mp3")
    (root / "out").symlink_to(outside)
    (root / "out.mp3").symlink_to(outside / "o.mp3")
    (root / "dangling.mp3").symlink_to(outside / "nothing.mp3")
    os.mkfifo(root / "pipe.mp3")
    names, troubles = _names(root)
    assert names == [b"a.m4p", b"caf\xe9.mp3", b"b/2.FLAC", b"b/deep/1.mp3"]
    assert troubles == {b"out": FaultCode.OUTSIDE, b"out.mp3": FaultCode.OUTSIDE, b"pipe.mp3": FaultCode.NOT_A_FILE}
    with pytest.raises(FileNotFoundError):
        _names(tmp_path / "missing")


def test_a_folder_that_can_not_be_read_is_one_trouble(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "closed").mkdir()
    (tmp_path / "open.mp3").touch()
    real = os.scandir

    def scandir(path: bytes) -> object:
        # Root, as which tests may run, may look into every folder.
        if path.endswith(b"closed"):
            raise PermissionError(13, "Permission denied")
        return real(path)

    monkeypatch.setattr("appliance.library.walking.os.scandir", scandir)
    assert _names(tmp_path) == ([b"open.mp3"], {b"closed": FaultCode.FOLDER_FORBIDDEN})


def test_sticks_are_what_the_kernel_has_mounted_from_a_disk_below_their_folder(tmp_path: Path) -> None:
    table = tmp_path / "mountinfo"
    table.write_bytes(
        b"22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n"
        b"30 22 8:17 / /media/a\\040b/DISK ro,nosuid shared:9 master:2 - vfat /dev/sdb1 ro\n"
        b"31 22 8:18 / /media/caf\xe9 ro - exfat /dev/sdb2 ro\n"
        b"32 22 0:44 / /media/nas rw - cifs //nas/music rw\n"
        b"33 22 0:45 / /mediathek rw - ext4 /dev/sdd rw\n"
        b"34 22 8:17 /sub /srv/music rw - ext4 /dev/sde rw\nshort\n"
    )
    roots = Places([tmp_path / "music"], sticks=[Path("/media")], table=table).roots()
    assert [(root.name, root.is_stick) for root in roots] == [
        (str(tmp_path / "music"), False),
        ("/media/a b/DISK", True),
        ("/media/caf\\xe9", True),
    ]
    assert roots[2].folder == b"/media/caf\xe9"
    assert Places([], sticks=[Path("/media")], table=tmp_path / "missing").roots() == []
    assert Places([], sticks=[], table=table).roots() == []


@pytest.mark.parametrize(
    ("name", "artist", "title"),
    [
        ("Anna - One.mp3", "Anna", "One"),
        ("03 - Anna - One.mp3", "Anna", "One"),
        ("03. One.mp3", "", "One"),
        ("03 One.mp3", "", "One"),
        ("1-07 One.mp3", "", "One"),
        ("99 Problems.mp3", "", "99 Problems"),
        ("Anna_-_One_(Live).flac", "Anna", "One (Live)"),
        ("Mambo No. 5.ogg", "", "Mambo No. 5"),
        ("1999.mp3", "", "1999"),
        (" - .mp3", "", "-"),
    ],
)
def test_a_file_without_labels_is_called_by_its_name(tmp_path: Path, name: str, artist: str, title: str) -> None:
    (tmp_path / name).touch()
    found = labels_of(os.fsencode(tmp_path / name))
    assert (found.artist, found.title) == (artist, title)


def test_what_a_file_says_of_itself_wins_and_is_made_plain(tmp_path: Path) -> None:
    path = tmp_path / "Anna - One.mp3"
    path.write_bytes(mp3({"TIT2": " Łódź \u202enight\x07 ", "TALB": "x" * 999, "TCON": "Swing"}))
    found = labels_of(os.fsencode(path))
    assert (found.artist, found.title, found.genre, len(found.album)) == ("", "Łódź night", "Swing", 200)
    assert plain("\ud800a") == "a"
    assert plain(None) == ""


def _fingerprint(source: random.Random, words: int = 900) -> list[int]:
    return [source.getrandbits(32) for _ in range(words)]


def _packed(words: list[int]) -> bytes:
    return struct.pack(f"<{len(words)}I", *words)


def test_a_recording_is_known_again_shifted_and_worn_and_no_other_is_taken_for_it() -> None:
    source = random.Random(7)
    one = _fingerprint(source)
    worn = [word ^ (1 << source.randrange(32) if source.random() < 0.9 else 0) for word in one]
    others = [Sounding(f"o{n}", f"o{n}", _packed(_fingerprint(source))) for n in range(200)]
    for shifted in (worn, worn[40:], [*_fingerprint(source, 30), *worn]):
        assert similarity(_packed(one), _packed(shifted)) > 0.95
        same = Sounding("same", "group", _packed(shifted))
        assert first_same(_packed(one), [*others, same]) == same
    assert first_same(_packed(one), others) is None
    # A tone that stands still says nothing of shifts.
    still = _packed([5] * 900)
    assert similarity(still, still) == 1
    assert first_same(still, [Sounding("still", "still", still)]) is None
    for odd in (still, b"", b"abc", b"abcd"):
        assert similarity(odd, _packed(one)) < SAME
        assert similarity(_packed(one), odd) < SAME


def test_the_hall_needs_the_machine_when_many_programs_want_it() -> None:
    assert Pressure(programs=lambda: 10.0, cores=2).is_high()
    assert not Pressure(programs=lambda: 9.0, cores=2).is_high()


def test_the_hall_needs_the_machine_when_the_loop_is_late_and_for_a_while_after(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pressing, "CALM_S", 0.4)

    async def scenario() -> None:
        pressure = Pressure(programs=lambda: 0.0)
        pressure.start()
        assert not pressure.is_high()
        await asyncio.sleep(0.02)
        time.sleep(0.4)
        await asyncio.sleep(0.02)
        assert pressure.is_high()
        deadline = time.monotonic() + 20
        while pressure.is_high():
            assert time.monotonic() < deadline
            await asyncio.sleep(0.02)
        pressure.stop()

    asyncio.run(scenario())


def test_the_pace_is_told_when_it_is_known() -> None:
    pace = Pace()
    pace.took(1.0)
    assert pace.per_minute() is None
    for seconds in (2.0, 3.0):
        pace.took(seconds)
    assert pace.per_minute() == 30


@pytest.mark.parametrize("folders", ["music", "/srv/music:more", "/", "/srv/../etc"])
def test_a_folder_that_can_not_be_meant_is_refused(tmp_path: Path, folders: str) -> None:
    with pytest.raises(BadConfig, match=r"library\.folders"):
        load(data=tmp_path, environment={}, options={"library": {"folders": folders}})
