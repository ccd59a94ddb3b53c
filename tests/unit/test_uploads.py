"""Songs on their way: names of strangers, pieces, and what stays when the plug is pulled."""

import errno
import os
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.domain.uploads import ENDINGS, SIZE_MOST, file_name, numbered
from appliance.errors import BoxError, Invalid, NotKnown, Refused, Unavailable
from appliance.library import uploads as module
from appliance.library.uploads import Uploads


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("Sinnerman.mp3", "Sinnerman.mp3"),
        ("../../etc/passwd.mp3", "passwd.mp3"),
        ("C:\\Users\\me\\a.MP3", "a.mp3"),
        ("...hidden.flac", "hidden.flac"),
        ("a<b>:c|d?e*f\".ogg", "a_b__c_d_e_f_.ogg"),
        ("\u202egpj.mp3", "gpj.mp3"),
        ("a\x00b\nc.mp3", "ab c.mp3"),
        ("CON.mp3", "_CON.mp3"),
        ("e\u0301.mp3", "é.mp3"),
        ("Ünïcödé 曲.opus", "Ünïcödé 曲.opus"),
        ("a.b.c.wav", "a.b.c.wav"),
    ],
)  # fmt: skip
def test_a_name_is_one_plain_file_name(given: str, kept: str) -> None:
    assert file_name(given) == kept


@pytest.mark.parametrize("name", ["", ".", "..", "/", "mp3", ".mp3", " .mp3", "song.exe", "song.mp3/", "song.php", "a"])
def test_what_is_no_song_by_its_name_is_refused(name: str) -> None:
    with pytest.raises(Invalid):
        file_name(name)


@given(st.text(max_size=400), st.sampled_from(sorted(ENDINGS)))
def test_whatever_is_sent_the_name_stays_in_its_folder_and_is_short(stem: str, ending: str) -> None:
    try:
        name = file_name(f"{stem}.{ending}")
    except Invalid:
        return
    assert Path(name).name == name
    assert not name.startswith(".")
    assert len(numbered(name, 999).encode()) < 255
    assert file_name(name) == name


@pytest.fixture
def uploads(tmp_path: Path) -> Uploads:
    return Uploads(tmp_path / "music", free_least=0)


def test_pieces_become_a_song_also_when_the_box_restarts_in_between(uploads: Uploads, tmp_path: Path) -> None:
    upload = uploads.begin("a.mp3", length=10)
    uploads.write(upload, b"12345")
    again = Uploads(tmp_path / "music", free_least=0)
    found = again.find(upload.id)
    assert (found.offset, found.length, found.name) == (5, 10, "a.mp3")
    assert again.waiting() == [found]
    whole = again.write(found, b"67890")
    assert again.finish(whole) == "a.mp3"
    assert (tmp_path / "music/uploads/a.mp3").read_bytes() == b"1234567890"
    assert (again.waiting(), [path.name for path in again.newest(9)]) == ([], ["a.mp3"])
    with pytest.raises(NotKnown):
        again.find(upload.id)


def test_no_song_takes_the_place_of_another(uploads: Uploads) -> None:
    contents = (b"one", b"two", b"six")
    names = [uploads.finish(uploads.write(uploads.begin("a.mp3", length=3), content)) for content in contents]
    assert names == ["a.mp3", "a (2).mp3", "a (3).mp3"]
    assert [(uploads.folder / name).read_bytes() for name in names] == [b"one", b"two", b"six"]


def test_the_same_song_twice_is_kept_once(uploads: Uploads) -> None:
    for content, name in ((b"one", "a.mp3"), (b"two", "a (2).mp3"), (b"two", "a (2).mp3"), (b"one", "a.mp3")):
        assert uploads.finish(uploads.write(uploads.begin("a.mp3", length=3), content)) == name
    assert uploads.waiting() == []
    assert sorted(path.name for path in uploads.newest(9)) == ["a (2).mp3", "a.mp3"]


def test_a_file_system_without_hard_links_does_as_well(uploads: Uploads, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_links(*_: object) -> None:
        raise OSError(errno.EPERM, "no hard links here")

    monkeypatch.setattr(os, "link", no_links)
    for content, name in ((b"one", "a.mp3"), (b"two", "a (2).mp3")):
        assert uploads.finish(uploads.write(uploads.begin("a.mp3", length=3), content)) == name
    assert uploads.waiting() == []


def test_sizes_and_numbers_have_an_end(uploads: Uploads, monkeypatch: pytest.MonkeyPatch) -> None:
    for length in (0, -1, SIZE_MOST + 1):
        with pytest.raises(Invalid, match=r"empty|at most"):
            uploads.begin("a.mp3", length=length)
    upload = uploads.begin("a.mp3", length=3)
    with pytest.raises(Refused, match="More came"):
        uploads.write(upload, b"1234")
    monkeypatch.setattr(module, "UNFINISHED_MOST", 1)
    with pytest.raises(Refused, match="on their way already"):
        uploads.begin("b.mp3", length=3)
    # What nobody went on with for a week makes room.
    part = uploads.folder.parent / ".uploads" / f"{upload.id}.part"
    os.utime(part, (time.time() - 8 * 86400,) * 2)
    assert uploads.begin("b.mp3", length=3).name == "b.mp3"
    assert [one.name for one in uploads.waiting()] == ["b.mp3"]


def test_a_full_disk_keeps_what_came_and_says_so(uploads: Uploads, tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="too little for this song"):
        Uploads(tmp_path / "music", free_least=1 << 62).begin("a.mp3", length=3)
    upload = uploads.write(uploads.begin("a.mp3", length=10), b"12345")
    part = tmp_path / "music/.uploads" / f"{upload.id}.part"
    part.unlink()
    part.symlink_to("/dev/full")
    with pytest.raises(Unavailable, match="The disk is full") as told:
        uploads.write(upload, b"67890")
    assert told.value.code == "uploads_no_room"


def test_notes_that_somebody_damaged_are_passed_over(uploads: Uploads, tmp_path: Path) -> None:
    upload = uploads.begin("a.mp3", length=3)
    note = tmp_path / "music/.uploads" / f"{upload.id}.json"
    for content in (b"", b"[]", b'{"name": "../../x", "length": 3}', b'{"name": "a.mp3"}', b"\xff"):
        note.write_bytes(content)
        assert uploads.waiting() == []
    for upload_id in ("../" + upload.id, "", "x" * 24, upload.id + "/"):
        with pytest.raises(BoxError):
            uploads.find(upload_id)


def test_two_senders_of_one_song_do_not_mix(uploads: Uploads) -> None:
    with uploads.held("a"), pytest.raises(Refused, match="Another piece"), uploads.held("a"):
        pass
    with uploads.held("a"):
        pass
