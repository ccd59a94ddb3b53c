"""Songs by web: in pieces that may break off, by a plain form, for organisers only; then the library hears them."""

import base64
import socket
import time
from collections.abc import Iterator

import pytest

from tests.support.visitors import Answer, Visitor
from tests.web.served import Served, serving

HTML = {"Accept": "text/html"}
TUS = {"Tus-Resumable": "1.0.0"}
OFFSETS = {"Content-Type": "application/offset+octet-stream"}
PLACE = "/api/v1/uploads"


@pytest.fixture(scope="module")
def box(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("box"), options={"library": {"enabled": False}}) as box:
        yield box


@pytest.fixture(scope="module")
def olga(box: Served) -> Visitor:
    return box.person("organiser")


def begin(who: Visitor, name: str = "a.mp3", *, length: int = 10, also: dict[str, str] | None = None) -> Answer:
    named = base64.b64encode(name.encode()).decode()
    sent = {**TUS, "Upload-Length": str(length), "Upload-Metadata": f"kind x,filename {named}", **(also or {})}
    return who.post(PLACE, headers=sent)


def piece(who: Visitor, place: str, content: bytes, *, offset: int, **headers: str) -> Answer:
    sent = {**TUS, **OFFSETS, "Upload-Offset": str(offset), **headers}
    return who.ask("PATCH", place, body=content, headers=sent)


def came(who: Visitor, place: str) -> int:
    answer = who.ask("HEAD", place, headers=TUS)
    assert (answer.status, answer.headers["cache-control"]) == (200, "no-store")
    return int(answer.headers["upload-offset"])


def test_a_song_comes_in_pieces_and_is_kept_under_a_free_name(box: Served, olga: Visitor) -> None:
    can = olga.ask("OPTIONS", PLACE)
    assert (can.status, can.headers["tus-extension"]) == (204, "creation,termination")
    names = []
    for end in (b"67890", b"67890", b"other"):
        answer = begin(olga, "Ünï cödé.mp3")
        assert (answer.status, answer.headers["upload-offset"]) == (201, "0")
        place = answer.headers["location"]
        assert piece(olga, place, b"12345", offset=0).headers["upload-offset"] == "5"
        assert came(olga, place) == 5
        last = piece(olga, place, end, offset=5)
        names.append(last.headers["upload-name"])
        assert olga.ask("HEAD", place, headers=TUS).status == 404
    first, second = "%C3%9Cn%C3%AF%20c%C3%B6d%C3%A9.mp3", "%C3%9Cn%C3%AF%20c%C3%B6d%C3%A9%20%282%29.mp3"
    assert names == [first, first, second]
    folder = box.site.settings.data / "music" / "uploads"
    assert (folder / "Ünï cödé (2).mp3").read_bytes() == b"12345other"
    page = olga.get("/library/uploads", headers=HTML).text
    assert "Ünï cödé (2).mp3" in page
    assert "Waits to be heard" in page


def test_a_connection_that_breaks_keeps_what_came(box: Served, olga: Visitor) -> None:
    place = begin(olga, "broken.mp3", length=1000).headers["location"]
    cookies = "; ".join(f"{name}={value}" for name, value in olga.cookies.items())
    head = (
        f"PATCH {place} HTTP/1.1\r\nHost: 127.0.0.1:{box.port}\r\nCookie: {cookies}\r\nTus-Resumable: 1.0.0\r\n"
        "Upload-Offset: 0\r\nContent-Type: application/offset+octet-stream\r\nContent-Length: 1000\r\n\r\n"
    )
    if olga.token:
        head = head.replace("Upload-Offset", f"Authorization: Bearer {olga.token}\r\nUpload-Offset")
    with socket.create_connection(("127.0.0.1", box.port)) as line:
        line.sendall(head.encode() + b"x" * 400)
        time.sleep(0.2)
    deadline = time.monotonic() + 5
    while came(olga, place) < 400:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    page = olga.get("/library/uploads", headers=HTML).text
    assert "0.0 of 0.0 MB came" in page
    assert piece(olga, place, b"y" * 600, offset=400).status == 204
    assert (box.site.settings.data / "music/uploads/broken.mp3").read_bytes() == b"x" * 400 + b"y" * 600


def test_a_song_that_was_whole_when_the_plug_was_pulled_is_taken_when_it_is_asked_about(
    box: Served, olga: Visitor
) -> None:
    place = begin(olga, "whole.mp3", length=5).headers["location"]
    waiting = box.site.uploads.find(place.rpartition("/")[2])
    box.site.uploads.write(waiting, b"whole")
    assert came(olga, place) == 5
    assert (box.site.settings.data / "music/uploads/whole.mp3").read_bytes() == b"whole"
    assert olga.ask("HEAD", place, headers=TUS).status == 404


def test_what_does_not_fit_is_told_and_changes_nothing(olga: Visitor) -> None:
    place = begin(olga, "c.mp3").headers["location"]
    for answer, status, code in (
        (piece(olga, place, b"1", offset=3), 409, "upload_offset"),
        (piece(olga, place, b"1" * 11, offset=0), 409, "upload_too_long"),
        (piece(olga, place, b"1" * 100_000, offset=0), 413, "body_too_large"),
        (piece(olga, place, b"1", offset=0, **{"Content-Type": "text/plain"}), 422, "tus_header_wrong"),
        (piece(olga, place, b"1", offset=0, **{"Upload-Offset": "-1"}), 422, "tus_header_wrong"),
        (piece(olga, place, b"1", offset=0, **{"Tus-Resumable": "0.2"}), 422, "tus_version"),
        (piece(olga, f"{PLACE}/{'0' * 24}", b"1", offset=0), 404, "upload_unknown"),
        (begin(olga, "a.exe"), 422, "song_not_audio"),
        (begin(olga, length=0), 422, "song_size_invalid"),
        (begin(olga, length=10**13), 422, "song_size_invalid"),
        (begin(olga, also={"Upload-Length": "9" * 30}), 422, "tus_header_wrong"),
        (begin(olga, also={"Upload-Metadata": "filename ###"}), 422, "tus_header_wrong"),
    ):
        assert (answer.status, answer.json["code"]) == (status, code)
    assert came(olga, place) == 0
    assert olga.ask("DELETE", place, headers=TUS).status == 204
    assert olga.ask("HEAD", place, headers=TUS).status == 404


def form(content: bytes, name: str) -> tuple[bytes, dict[str, str]]:
    head = f'--b\r\nContent-Disposition: form-data; name="song"; filename="{name}"\r\nContent-Type: audio/mpeg\r\n\r\n'
    return head.encode() + content + b"\r\n--b--\r\n", {"Content-Type": "multipart/form-data; boundary=b", **HTML}


def test_a_plain_form_brings_a_song_too(box: Served, olga: Visitor) -> None:
    body, headers = form(b"sound" * 300_000, "../ä &amp;.mp3")
    answer = olga.post("/library/uploads", body=body, headers=headers)
    assert (answer.status, answer.headers["location"]) == (303, "/library/uploads")
    assert (box.site.settings.data / "music/uploads/ä &amp;.mp3").stat().st_size == 1_500_000
    for body, headers in (form(b"", "a.mp3"), form(b"x", "a.exe"), form(b"x", "")):
        told = olga.post("/library/uploads", body=body, headers=headers)
        assert told.status == 422
        assert "Bring music" in told.text
    cut = olga.post("/library/uploads", body=form(b"x" * 900, "cut.mp3")[0][:-8], headers=form(b"", "")[1])
    assert cut.status == 400
    assert "cut.mp3" not in olga.get("/library/uploads", headers=HTML).text


def test_dropping_by_form(olga: Visitor) -> None:
    place = begin(olga, "drop.mp3").headers["location"]
    assert "drop.mp3" in olga.get("/library/uploads", headers=HTML).text
    assert olga.post(f"/library/uploads/{place.rpartition('/')[2]}/drop", form={}).status == 303
    assert "drop.mp3" not in olga.get("/library/uploads", headers=HTML).text


def test_a_song_that_came_is_removed_by_organisers_and_nothing_outside_ever_is(box: Served, olga: Visitor) -> None:
    place = begin(olga, "wrong one.mp3", length=1).headers["location"]
    piece(olga, place, b"w", offset=0)
    kept = box.site.settings.data / "music/uploads/wrong one.mp3"
    assert kept.exists()
    for name in ("../../box.toml", "", ".", "no such.mp3", "a\x00b.mp3"):
        assert olga.post("/library/uploads/remove", form={"name": name}).status == 404, name
    assert box.person("dancer", "Dan").post("/library/uploads/remove", form={"name": kept.name}).status == 403
    assert olga.post("/library/uploads/remove", form={"name": kept.name}).status == 303
    assert not kept.exists()
    assert kept.name not in olga.get("/library/uploads", headers=HTML).text


def test_it_is_for_organisers_and_staff(box: Served, olga: Visitor) -> None:
    place = begin(olga, "mine.mp3").headers["location"]
    for other in (box.visitor(), box.dj("DJ Ben"), box.person("dancer", "Dana")):
        assert begin(other).status in {401, 403}
        assert other.ask("HEAD", place, headers=TUS).status in {401, 403}
        assert piece(other, place, b"1", offset=0).status in {401, 403}
        assert other.ask("DELETE", place, headers=TUS).status in {401, 403}
        assert other.get("/library/uploads", headers=HTML).status in {303, 401, 403}
        body, headers = form(b"x", "a.mp3")
        assert other.post("/library/uploads", body=body, headers=headers).status in {303, 401, 403}
    assert came(olga, place) == 0
    assert begin(box.staff(), "staff.mp3").status == 201
    assert 'href="/library/uploads"' in olga.get("/library", headers=HTML).text
    foreign = piece(olga, place, b"1", offset=0, Origin="http://evil.example")
    assert foreign.status == 403
