"""What strangers and broken boxes send to the cloud is refused in words, never answered with a fault of ours."""

import asyncio
import socket
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from sync.cloud.store.engine import migrate, open_database
from tests.cloud.running import Box, Cloud, Organiser


@pytest.mark.parametrize("origin", ["http://[", "http://[::1", "//", "http://\\", "null", ""])
def test_an_origin_that_is_none_is_a_foreign_one(organiser: Organiser, origin: str) -> None:
    headers = {"origin": origin, "accept": "text/html"}
    answer = organiser.browser.post(f"{organiser.cloud.url}/boxes/release", data={"box": "x"}, headers=headers)
    assert answer.status_code == 403, origin


@pytest.mark.parametrize(
    "path",
    [
        *("/nights/%00/x", "/nights/x/%00", "/nights/%00/x/report", "/nights/x/x/%00", "/v1/nights/%00.json"),
        *("/nights/%ED%A0%80/x", "/nights/%FF/x/report", "/r/%00", "/r/x/%00", "/nights/..%2f..%2f/x/night.json"),
    ],
)
def test_no_address_is_a_fault(organiser: Organiser, path: str) -> None:
    assert organiser.page(path).status_code in {404, 422}


def test_no_field_is_a_fault(organiser: Organiser) -> None:
    for path in ("/boxes/release", "/claim", "/login", "/nights/x/y/share", "/nights/x/y/revoke", "/nights/x/y/zone"):
        for bad in ("\0", "\ud7ff" * 400, "' OR 1=1 --", "../../etc/passwd", "9" * 400):
            fields = dict.fromkeys(("box", "code", "key", "days", "share", "zone"), bad)
            answer = organiser.post(path, **fields)
            assert 300 < answer.status_code < 500, (path, bad)


def test_no_introduction_is_a_fault(cloud: Cloud) -> None:
    for bad in ("\0", "a\0b", "\u202e", "x" * 101):
        for field in ("name", "version", "box", "public_key"):
            answer = Box(cloud.url).enrol(**{field: bad})
            assert answer.status_code < 500, (field, bad, answer.text)


def test_a_trials_file_with_the_services_keys_is_for_its_owner_alone(tmp_path: Path) -> None:
    async def scene() -> set[int]:
        async with open_database(f"sqlite:///{tmp_path}/cloud.db") as database:
            await migrate(database)
            return {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()}

    assert asyncio.run(scene()) == {0o600}


def test_a_head_without_an_end_is_cut_off(cloud: Cloud) -> None:
    place = urlsplit(cloud.url)
    assert place.hostname is not None
    wire = socket.create_connection((place.hostname, place.port or 0), 10)
    with wire, pytest.raises(OSError, match=r"reset|Broken pipe"):
        _push(wire, b"x-more: " + b"y" * 4000 + b"\r\n", times=1000)


def _push(wire: socket.socket, line: bytes, *, times: int) -> None:
    wire.sendall(b"GET /health HTTP/1.1\r\nhost: x\r\n")
    for _ in range(times):
        wire.sendall(line)
