"""The box hands the link out to laptops: what lies on its shelf, and nothing else of its disk."""

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.web.served import Served, serving

NAME = "pikabox-link-0.1.0-windows-x86_64.pyz"
CONTENT = os.urandom(300_000)


@pytest.fixture
def box(tmp_path: Path) -> Iterator[Served]:
    with serving(tmp_path / "data") as served:
        yield served


@pytest.fixture
def shelf(tmp_path: Path) -> Path:
    folder = tmp_path / "data" / "link"
    folder.mkdir(parents=True)
    return folder


def test_the_djs_page_offers_what_is_there_and_nothing_where_nothing_is(box: Served, shelf: Path) -> None:
    page = box.visitor().get("/dj", headers={"Accept": "text/html"})
    assert "/dj/link/" not in page.text
    assert "The link for your laptop" not in page.text
    for name in (NAME, "pikabox-link-0.1.0-beos-ppc.pyz", "box.db", ".pikabox-link-0.1.0-linux-x86_64.pyz.draft"):
        (shelf / name).write_bytes(CONTENT)
    page = box.visitor().get("/dj", headers={"Accept": "text/html"})
    assert page.text.count("/dj/link/") == 1
    assert f'href="/dj/link/{NAME}"' in page.text
    assert hashlib.sha256(CONTENT).hexdigest() in page.text
    assert f"py {NAME} run" in page.text
    (shelf / NAME).write_bytes(CONTENT[:-1])
    assert hashlib.sha256(CONTENT[:-1]).hexdigest() in box.visitor().get("/dj").text


def test_a_file_comes_whole_with_its_length_and_as_a_download(box: Served, shelf: Path) -> None:
    (shelf / NAME).write_bytes(CONTENT)
    answer = box.visitor().get(f"/dj/link/{NAME}")
    assert (answer.status, answer.body) == (200, CONTENT)
    assert answer.headers["content-length"] == str(len(CONTENT))
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"] == f'attachment; filename="{NAME}"'
    head = box.visitor().ask("HEAD", f"/dj/link/{NAME}")
    assert (head.status, head.headers["content-length"], head.body) == (200, str(len(CONTENT)), b"")
    rest = box.visitor().get(f"/dj/link/{NAME}", headers={"Range": "bytes=299990-"})
    assert (rest.status, rest.body) == (206, CONTENT[-10:])


@pytest.mark.parametrize(
    "path",
    [
        "../box.db",
        "..%2Fbox.db",
        "%2e%2e/box.db",
        "box.db",
        f"./{NAME}x",
        f"{NAME}%00",
        f"..%2Flink%2F{NAME}",
        "pikabox-link-0.1.0-linux-x86_64.pyz",
        "pikabox-link-0.1.0-linux-aarch64.pyz",
    ],
)
def test_nothing_else_of_the_disk_is_reached(box: Served, shelf: Path, path: str) -> None:
    (shelf / NAME).write_bytes(CONTENT)
    # A link to somewhere else, and a folder by that name, are no files of the shelf.
    (shelf / "pikabox-link-0.1.0-linux-x86_64.pyz").symlink_to(shelf.parent / "box.db")
    (shelf / "pikabox-link-0.1.0-linux-aarch64.pyz").mkdir()
    answer = box.visitor().get(f"/dj/link/{path}")
    assert answer.status in {400, 404}
    assert b"SQLite format" not in answer.body
