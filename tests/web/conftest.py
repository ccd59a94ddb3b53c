"""One real box for all tests of the web, and a floor of their own for each."""

import itertools
import resource
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from tests.support.real_box import RealBox, running_box
from tests.support.visitors import Answer, Visitor

#: what an ordinary login allows a program to open; the box must raise it by itself
ORDINARY_FILES = 1024


@pytest.fixture(scope="module")
def box(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealBox]:
    """The box, with mosquitto where it is installed. Whatever the tests send, nothing in it may break.

    One for each file: an event has no more than so many stages.
    """
    data = tmp_path_factory.mktemp("box")
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (ORDINARY_FILES, before[1]))
    with running_box(data) as box:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
        yield box
    log = (data / "log" / "server.log").read_text(encoding="utf-8")
    faults = log.partition(" ERROR ")[2]
    assert not faults, faults[:6000]
    assert "Traceback" not in log


@dataclass
class Floor:
    """A stage of the box with a DJ on it."""

    box: RealBox
    #: the stage's address
    stage: str
    dj: Visitor
    dj_name: str
    session: str

    def announce(self, title: str = "So What", **fields: Any) -> Answer:
        """The DJ says what is heard."""
        track = {"title": title, "artist": "Miles Davis", **fields}
        return self.dj.post(f"/api/v1/sessions/{self.session}/plays", json_body=track)

    def play(self, title: str = "So What", **fields: Any) -> str:
        """A track that is on; its play id."""
        answer = self.announce(title, **fields)
        assert answer.status == 201, answer.text
        play: str = answer.json["play"]["play"]
        return play

    def act(self, what: str) -> Answer:
        """`stop`, `end` or `alive`."""
        return self.dj.post(f"/api/v1/sessions/{self.session}/{what}")

    def now(self) -> Any:
        """What phones are told of the stage."""
        return self.box.visitor().get(f"/api/v1/stages/{self.stage}/now").json

    def titles(self) -> list[str]:
        """What was heard on the stage, newest first."""
        history = self.box.visitor().get(f"/api/v1/stages/{self.stage}/history").json
        return [play["title"] for play in history["plays"]]


def open_floor(box: RealBox, number: int) -> Floor:
    """A fresh stage, a fresh DJ, and a session."""
    stage = box.staff().post("/api/v1/stages", json_body={"name": f"Floor {number}"}).json["id"]
    dj_name = f"DJ {number}"
    dj = box.dj(dj_name)
    session = dj.post(f"/api/v1/stages/{stage}/sessions").json["session"]["id"]
    return Floor(box=box, stage=stage, dj=dj, dj_name=dj_name, session=session)


@pytest.fixture(scope="module")
def new_floor(box: RealBox) -> Callable[[], Floor]:
    """Opens one more floor."""
    numbers = itertools.count(1)
    return lambda: open_floor(box, next(numbers))


@pytest.fixture
def floor(new_floor: Callable[[], Floor]) -> Floor:
    """A floor of this test's own."""
    return new_floor()


@pytest.fixture(scope="module")
def shared_floor(new_floor: Callable[[], Floor]) -> Floor:
    """A floor for tests that leave no trace on it."""
    return new_floor()


@pytest.fixture
def guest(box: RealBox) -> Visitor:
    """A phone that the box knows, and that has its stage's page open."""
    phone = box.visitor()
    assert phone.post("/api/v1/guests").status == 204
    return phone.watch()
