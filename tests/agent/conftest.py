"""A cloud and a box for each test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.agent.box import Box, make_box
from tests.agent.cloud import TestCloud, serving
from tests.support.authority import Authority


@pytest.fixture(scope="package")
def authority() -> Authority:
    return Authority()


@pytest.fixture
def roots(tmp_path: Path, authority: Authority) -> Path:
    path = tmp_path / "roots.pem"
    path.write_bytes(authority.roots)
    return path


@pytest.fixture
def cloud(tmp_path: Path, authority: Authority) -> Iterator[TestCloud]:
    with serving(TestCloud(), authority, tmp_path / "cloud") as here:
        yield here


@pytest.fixture
def box(tmp_path: Path, cloud: TestCloud, roots: Path) -> Box:
    made = make_box(tmp_path / "data", url=cloud.url, roots=roots)
    cloud.source = made.box_id
    return made
