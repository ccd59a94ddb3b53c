"""Songs by web into the cloud: forms and pieces, what is taken, who sees it, and what boxes are given of it."""

import base64
import hashlib
import re
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from sync.cloud.songs.ports import PART_BYTES
from tests.cloud.running import Box, Cloud, Organiser, running
from tests.support.songs import mp3

TUS = {"tus-resumable": "1.0.0"}
OFFSETS = {"content-type": "application/offset+octet-stream"}


@pytest.fixture(scope="module")
def somebody(cloud: Cloud) -> Organiser:
    return cloud.organisation("Hall with songs").sign_in()


@pytest.fixture(scope="module")
def other(cloud: Cloud) -> Organiser:
    """Somebody of another organisation."""
    return cloud.organisation("Another hall").sign_in()


@pytest.fixture
def owner(somebody: Organiser) -> Iterator[Organiser]:
    """Somebody whose organisation has no song; some boxes may be there."""
    yield somebody
    page = somebody.page("/songs").text
    for place in re.findall(r'href="(/songs/[0-9a-f]+)"', page):
        assert somebody.post(f"{place}/delete").status_code == 303
    for place in re.findall(r'action="(/songs/uploads/[0-9a-f]+/drop)"', page):
        assert somebody.post(place).status_code == 303


def claimed(owner: Organiser, name: str = "Box") -> Box:
    box = Box(owner.cloud.url)
    box.enrol(name=name)
    assert owner.claim(box).status_code == 303
    return box


def send(who: Organiser, name: str, content: bytes) -> httpx.Response:
    """As a browser's form does."""
    headers = {"origin": who.cloud.url, "accept": "text/html"}
    return who.browser.post(f"{who.cloud.url}/songs", files={"song": (name, content)}, headers=headers)


def tus(
    who: Organiser, method: str, place: str = "/songs/uploads", content: bytes = b"", **headers: str
) -> httpx.Response:
    sent = {**TUS, **{name.replace("_", "-"): value for name, value in headers.items()}}
    return who.browser.request(method, f"{who.cloud.url}{place}", content=content, headers=sent)


def begin(who: Organiser, name: str, length: int) -> httpx.Response:
    metadata = f"filename {base64.b64encode(name.encode()).decode()}"
    return tus(who, "POST", upload_length=str(length), upload_metadata=metadata)


def piece(who: Organiser, place: str, content: bytes, *, offset: int) -> httpx.Response:
    return tus(who, "PATCH", place, content, upload_offset=str(offset), **OFFSETS)


def listed(box: Box, known: str = "") -> Any:
    answer = box.ask("GET", f"/v1/songs?known={known}" if known else "/v1/songs")
    assert answer.status_code == 200, answer.text
    return answer.json()


def names(box: Box) -> list[str]:
    return sorted(song["name"] for song in listed(box)["songs"])


def song_page(who: Organiser, name: str) -> str:
    """The address of a song's page."""
    page = who.page("/songs").text
    found = re.search(rf'href="(/songs/[0-9a-f]+)">{re.escape(name)}<', page)
    assert found is not None, page
    return found[1]


def test_a_song_by_form_reaches_the_organisations_boxes_piece_by_piece(owner: Organiser) -> None:
    box, content = claimed(owner), mp3(1)
    assert send(owner, "Ünï <b>cödé</b>.mp3", content).status_code == 303
    told = listed(box)
    [song] = told["songs"]
    assert song["name"] == "b_.mp3"
    assert (song["size"], song["sha256"]) == (5000, hashlib.sha256(content).hexdigest())
    assert listed(box, told["mark"])["same"]
    place = f"/v1/songs/{song['id']}"
    came = b""
    while len(came) < song["size"]:
        answer = box.ask("GET", place, range=f"bytes={len(came)}-{len(came) + 1999}")
        assert answer.status_code == 206
        assert answer.headers["content-range"].startswith(f"bytes {len(came)}-")
        came += answer.content
    assert came == content
    assert box.ask("GET", place, range="bytes=5000-6000").json()["code"] == "range_wrong"
    page = owner.page("/songs").text
    assert "<b>" not in page.replace("<bdi>", "")
    assert "1 of 2000 songs" in page


def test_a_song_in_pieces_goes_on_where_it_stopped_and_a_repeat_changes_nothing(owner: Organiser) -> None:
    box, content = claimed(owner), mp3(2, size=PART_BYTES + 3000)
    made = begin(owner, "long.mp3", len(content))
    assert (made.status_code, made.headers["upload-offset"]) == (201, "0")
    place = made.headers["location"]
    # Less than a part is not kept, and that is said.
    small = piece(owner, place, content[:1000], offset=0)
    assert (small.status_code, small.json()["code"]) == (422, "upload_piece_small")
    # A sender that sends all at once and breaks off after the first part.
    with pytest.raises(httpx.TransportError):
        _break_off(owner, place, content, after=PART_BYTES + 10)
    assert tus(owner, "HEAD", place).headers["upload-offset"] == str(PART_BYTES)
    assert piece(owner, place, content[:100], offset=0).json()["code"] == "upload_offset"
    assert "Not whole yet" in owner.page("/songs").text
    last = piece(owner, place, content[PART_BYTES:], offset=PART_BYTES)
    assert (last.status_code, last.headers["upload-name"]) == (204, "long.mp3")
    assert tus(owner, "HEAD", place).status_code == 404
    [song] = listed(box)["songs"]
    assert song["sha256"] == hashlib.sha256(content).hexdigest()


def test_another_process_goes_on_with_a_song_that_one_began(cloud: Cloud, owner: Organiser) -> None:
    content = mp3(4, size=PART_BYTES + 10)
    place = begin(owner, "both.mp3", len(content)).headers["location"]
    assert piece(owner, place, content[:PART_BYTES], offset=0).status_code == 204
    browser = httpx.Client(cookies=dict(owner.browser.cookies))
    with running(cloud.database, cloud.log.parent) as second, browser:
        there = Organiser(second, "", browser)
        assert tus(there, "HEAD", place).headers["upload-offset"] == str(PART_BYTES)
        assert piece(there, place, content[PART_BYTES:], offset=PART_BYTES).status_code == 204
    assert "both.mp3" in owner.page("/songs").text


def _break_off(who: Organiser, place: str, content: bytes, *, after: int) -> None:
    def some() -> Any:
        yield content[:after]
        until = time.monotonic() + 10
        with httpx.Client(cookies=dict(who.browser.cookies), headers=TUS) as browser:
            while browser.head(f"{who.cloud.url}{place}").headers["upload-offset"] == "0":
                assert time.monotonic() < until
                time.sleep(0.02)
        raise httpx.WriteError("pulled")

    headers = {**TUS, **OFFSETS, "upload-offset": "0", "content-length": str(len(content))}
    who.browser.request("PATCH", f"{who.cloud.url}{place}", content=some(), headers=headers)


@pytest.mark.parametrize(
    ("content", "code"),
    [(b"", "The file is empty"), (b"<html>" * 900, "no sound that a box can play"), (b"\x89PNG\r\n" * 900, "no sound")],
)
def test_what_is_no_sound_is_not_taken_whatever_it_is_called(owner: Organiser, content: bytes, code: str) -> None:
    answer = send(owner, "song.mp3", content)
    assert answer.status_code in {415, 422}
    assert code in answer.text
    assert "0 of 2000 songs" in owner.page("/songs").text
    assert "Not whole yet" not in owner.page("/songs").text


def test_a_sender_of_pieces_hears_that_it_is_no_sound_and_nothing_waits(owner: Organiser) -> None:
    place = begin(owner, "song.mp3", 9000).headers["location"]
    answer = piece(owner, place, b"MZ" * 4500, offset=0)
    assert (answer.status_code, answer.json()["code"]) == (415, "song_not_audio")
    assert tus(owner, "HEAD", place).status_code == 404
    for length, name in ((0, "a.mp3"), (2_000_000_001, "a.mp3")):
        assert begin(owner, name, length).json()["code"] == "song_size_invalid"
    # What no name can hold is left out of it, also while it is on its way.
    begin(owner, "a\x00b\u202ec\n.mp3", 9000)
    assert "abc .mp3" in owner.page("/songs").text


def test_what_a_file_is_called_follows_from_what_is_in_it(owner: Organiser) -> None:
    box = claimed(owner)
    for number, name in enumerate(["../../etc/passwd", "CON.mp3", "\u202eevil.exe", ".mp3", "a" * 300 + ".MP3"]):
        assert send(owner, name, mp3(10 + number)).status_code == 303, name
    found = names(box)
    assert len(found) == 5
    for name in found:
        assert re.fullmatch(r"[^./\\<>:\u202e][^/\\<>:\u202e]*\.mp3", name), name
        assert len(name.encode()) < 200
    assert "_CON.mp3" in found
    assert send(owner, "really.mp3", b"fLaC" + bytes(500)).status_code == 303
    assert "really.flac" in names(box)


def test_the_same_bytes_stand_once_and_another_organisation_has_its_own(owner: Organiser, other: Organiser) -> None:
    box, content = claimed(owner), mp3(20)
    assert send(owner, "one.mp3", content).status_code == 303
    assert send(owner, "again.mp3", content).status_code == 303
    assert names(box) == ["one.mp3"]
    foreign = claimed(other)
    assert send(other, "theirs.mp3", content).status_code == 303
    assert names(foreign) == ["theirs.mp3"]


def test_nobody_else_sees_changes_or_fetches_a_song(cloud: Cloud, owner: Organiser, other: Organiser) -> None:
    box = claimed(owner)
    assert send(owner, "ours.mp3", mp3(30)).status_code == 303
    place, [song] = song_page(owner, "ours.mp3"), listed(box)["songs"]
    upload = begin(owner, "coming.mp3", 100).headers["location"]
    foreign = claimed(other)
    assert "ours.mp3" not in other.page("/songs").text
    assert other.page(place).status_code == 404
    for act in ("delete", "boxes"):
        assert other.post(f"{place}/{act}", **{"for": "all"}).status_code == 404
    assert tus(other, "HEAD", upload).status_code == 404
    assert piece(other, upload, mp3(1, size=100), offset=0).status_code == 404
    assert tus(other, "DELETE", upload).status_code == 404
    assert song["id"] not in {one["id"] for one in listed(foreign)["songs"]}
    answer = foreign.ask("GET", f"/v1/songs/{song['id']}")
    assert (answer.status_code, answer.json()["code"]) == (404, "song_unknown")
    # What it says of a song that is not its own is kept nowhere.
    said = {"v": 1, "songs": [{"id": song["id"], "state": "here"}]}
    assert foreign.json("PUT", "/v1/songs", said).status_code == 204
    assert "Waits for it" in owner.page(place).text
    stranger = Organiser(cloud, "")
    for path in ("/songs", place):
        assert stranger.page(path).status_code == 401
    assert tus(stranger, "POST", upload_length="5", upload_metadata="filename YQ==").status_code == 401
    assert httpx.get(f"{cloud.url}/v1/songs/{song['id']}").status_code == 401
    headers = {"origin": "https://evil.example"}
    assert (
        owner.browser.post(f"{cloud.url}/songs", files={"song": ("a.mp3", mp3(3))}, headers=headers).status_code == 403
    )
    assert owner.post(f"{place}/delete", origin="https://evil.example").status_code == 403
    assert tus(owner, "DELETE", upload, origin="https://evil.example").status_code == 403


def test_a_manager_chooses_boxes_sees_what_each_has_and_deletes(owner: Organiser) -> None:
    bar, hall = claimed(owner, "Bar"), claimed(owner, "Hall")
    assert send(owner, "swing.mp3", mp3(40)).status_code == 303
    place, [song] = song_page(owner, "swing.mp3"), listed(bar)["songs"]
    assert owner.post(f"{place}/boxes", **{"for": "some", "box": hall.id}).status_code == 303
    assert names(bar) == []
    assert bar.ask("GET", f"/v1/songs/{song['id']}").status_code == 404
    assert names(hall) == ["swing.mp3"]
    said = {"v": 1, "songs": [{"id": song["id"], "state": "coming", "came": 2500}], "pause": "no_room"}
    assert hall.json("PUT", "/v1/songs", said).status_code == 204
    assert "On its way, 50 % came" in owner.page(place).text
    assert "disk is too full" in owner.page("/songs").text
    for state, words in (("refused", "not what was stored"), ("here", "Has it")):
        told = {"id": song["id"], "state": state, "reason": "hash_wrong" if state == "refused" else ""}
        assert hall.json("PUT", "/v1/songs", {"v": 1, "songs": [told]}).status_code == 204
        assert words in owner.page(place).text
    assert "Has all 1" in owner.page("/songs").text
    assert listed(hall)["here"] == 1
    assert owner.post(f"{place}/delete").status_code == 303
    assert listed(hall)["songs"] == []
    assert hall.ask("GET", f"/v1/songs/{song['id']}").status_code == 404
    assert owner.page(place).status_code == 404


def test_what_a_box_says_is_checked(owner: Organiser) -> None:
    box = claimed(owner)
    wrongs: list[object] = [{}, {"v": 1, "songs": [{"id": "../x", "state": "here"}]}, {"v": 1, "pause": "<b>"}, []]
    for wrong in wrongs:
        assert box.json("PUT", "/v1/songs", wrong).status_code == 422, wrong
    assert box.json("PUT", "/v1/songs", {"v": 1, "songs": [{"id": "ab", "state": "danced"}]}).status_code == 204


def test_songs_are_found_by_name_and_signs_of_patterns_mean_themselves(owner: Organiser) -> None:
    for number, name in enumerate(["100 % swing.mp3", "a_b.mp3", "blues.mp3"]):
        assert send(owner, name, mp3(50 + number)).status_code == 303
    for typed, found in (("SWING", "100 % swing"), ("%", "100 % swing"), ("_", "a_b")):
        page = owner.browser.get(f"{owner.cloud.url}/songs", params={"q": typed}).text
        assert len(re.findall(r'href="/songs/[0-9a-f]', page)) == 1, typed
        assert found in page


def test_a_box_can_fetch_a_song_some_times_a_day_and_not_for_ever(owner: Organiser) -> None:
    box = claimed(owner)
    assert send(owner, "dear.mp3", mp3(60)).status_code == 303
    [song] = listed(box)["songs"]
    statuses = [box.ask("GET", f"/v1/songs/{song['id']}").status_code for _ in range(5)]
    assert statuses == [206] * 4 + [429]
