"""One box in party mode for most tests, and a fresh phone for each."""

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.portal.phone import Phone
from tests.support.real_box import RealBox, running_box

NewPhone = Callable[[], Phone]


def set_mode(box: RealBox, mode: str) -> None:
    """Staff choose what the portal does."""
    answer = box.staff().ask("PUT", "/api/v1/portal", json_body={"mode": mode})
    assert (answer.status, answer.json) == (200, {"mode": mode})


@pytest.fixture(scope="session")
def box(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealBox]:
    data = tmp_path_factory.mktemp("box")
    with running_box(data) as box:
        set_mode(box, "party")
        yield box
    log = (data / "log" / "server.log").read_text(encoding="utf-8")
    assert [line for line in log.splitlines() if "Traceback" in line or " ERROR " in line] == []
    # No access log, and nothing else that keeps who was here.
    assert "127.0.1." not in log


@pytest.fixture
def own_box(tmp_path: Path) -> Iterator[RealBox]:
    """A box that nobody has set up yet."""
    with running_box(tmp_path) as box:
        yield box


_addresses = (f"127.0.1.{number}" for number in itertools.count(1))


@pytest.fixture
def new_phone(box: RealBox) -> NewPhone:
    """Phones that were never here."""
    return lambda: Phone(port=box.port, address=next(_addresses))


@pytest.fixture
def phone(new_phone: NewPhone) -> Phone:
    return new_phone()
