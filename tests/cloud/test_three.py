"""Three processes of the cloud against one database: nothing lost or doubled when one is killed, one live lane."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import httpx
import pytest

from sync.journal.answers import Acked
from tests.cloud.boxes import History
from tests.cloud.pages import open_page
from tests.cloud.running import Box, Cloud, Organiser, running
from tests.cloud.test_boxes import outcome
from tests.cloud.test_running import everything
from tests.support.postgres import TEMPLATE, Postgres

_EVENTS, _PIECE, _BOXES = 600, 40, 6


@pytest.fixture(scope="module")
def three(postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Cloud]]:
    """Three, of which the last test ends one and the one before it kills another."""
    url, folder = postgres.new_database(template=TEMPLATE), tmp_path_factory.mktemp("three")
    with ExitStack() as stack:
        yield [stack.enter_context(running(url, folder)) for _ in range(3)]
    postgres.drop(url)


class Driver:
    """A box that goes to the next process when one does not answer."""

    def __init__(self, box: Box, *, urls: list[str], first: int) -> None:
        self.box, self.history = box, History(box=box.id).add(_EVENTS)
        self._urls, self._at = urls, first
        self.moved = 0

    def drain(self, acked: threading.Semaphore) -> None:
        """Brings everything, however often it takes."""
        after, until = 0, time.monotonic() + 60
        while after < _EVENTS and time.monotonic() < until:
            self.box.url = self._urls[self._at % len(self._urls)]
            try:
                said = outcome(self.box.batch(self.history, after + 1, min(_EVENTS, after + _PIECE)))
            except httpx.TransportError:
                self._at, self.moved = self._at + 1, self.moved + 1
                continue
            if isinstance(said, Acked):
                assert said.position == self.history.at(said.position.seq)
                after = said.position.seq
                acked.release()


def kill_in_mid_batch(process: Cloud, box: Box) -> None:
    """A box has said half of a batch when its process is killed."""
    history = History(box=box.id).add(_EVENTS)
    body = history.body()
    request = box.signed("POST", "/v1/ingest", body, content_encoding="zstd", content_length=str(len(body)))

    def halves() -> Iterator[bytes]:
        yield body[: len(body) // 2]
        process.process.kill()
        process.process.wait(10)
        yield body[len(body) // 2 :]

    with pytest.raises(httpx.TransportError):
        httpx.post(request.url, content=halves(), headers=dict(request.headers), timeout=10)


def live(number: int) -> dict[str, object]:
    stages = [{"stage": "main", "name": "Main", "title": f"Track {number}", "likes": number, "listeners": 3}]
    return {"v": 1, "boot": "boot-1", "boot_ms": number, "stages": stages, "box": {"backlog": 0}}


def titled(number: int) -> Callable[[dict[str, Any]], bool]:
    return lambda told: told["stages"][0]["title"] == f"Track {number}"


def test_what_a_box_tells_one_process_is_seen_at_the_others_and_by_nobody_else(three: list[Cloud]) -> None:
    organiser, stranger = three[0].organisation().sign_in(), three[0].organisation().sign_in()
    box = Box(three[0].url)
    assert organiser.claim(box).status_code == 303
    with ExitStack() as stack:
        pages = [stack.enter_context(open_page(organiser, at=cloud.url)) for cloud in three]
        foreign = stack.enter_context(open_page(stranger, at=three[1].url))
        box.url = three[2].url
        for number in (1, 2):
            told_at = time.monotonic()
            assert box.json("PUT", "/v1/live", live(number)).status_code == 204
            for page in pages:
                seen_at = page.wait_for(titled(number))
                assert seen_at - told_at < 3
        # Something older of the same boot is no news.
        assert box.json("PUT", "/v1/live", live(1)).status_code == 204
        assert box.json("PUT", "/v1/live", live(3)).status_code == 204
        pages[0].wait_for(titled(3))
        titles = [told["stages"][0]["title"] for _, told in pages[0].told]
        assert titles == sorted(titles)
        assert foreign.told == []
        # Whoever opens a page later is told what is on at once.
        late = stack.enter_context(open_page(organiser, at=three[1].url))
        late.wait_for(lambda told: told["box"] == box.id and told["stages"][0]["title"] == "Track 3")


def test_pages_go_on_when_the_database_was_away(postgres: Postgres, three: list[Cloud]) -> None:
    organiser: Organiser = three[0].organisation().sign_in()
    box = Box(three[0].url)
    assert organiser.claim(box).status_code == 303
    with open_page(organiser, at=three[1].url) as page:
        assert box.json("PUT", "/v1/live", live(1)).status_code == 204
        page.wait_for(titled(1))
        postgres.end()
        postgres.start()
        until = time.monotonic() + 20
        while box.json("PUT", "/v1/live", live(2)).status_code != 204:
            assert time.monotonic() < until
            time.sleep(0.1)
        page.wait_for(titled(2))


def test_one_of_three_is_killed_in_mid_batch_and_nothing_is_lost_or_doubled(three: list[Cloud]) -> None:
    organiser = three[0].organisation().sign_in()
    urls = [cloud.url for cloud in three]
    drivers = [Driver(Box(urls[0]), urls=urls, first=number) for number in range(_BOXES)]
    for driver in drivers:
        assert organiser.claim(driver.box).status_code == 303
    half = Box(three[1].url)
    assert organiser.claim(half).status_code == 303
    half.cursor()
    acked = threading.Semaphore(0)
    threads = [threading.Thread(target=driver.drain, args=(acked,)) for driver in drivers]
    for thread in threads:
        thread.start()
    # All are in the middle of it.
    for _ in range(_BOXES * 3):
        assert acked.acquire(timeout=30)
    kill_in_mid_batch(three[1], half)
    for thread in threads:
        thread.join(60)
    whole = [(number, "like.given") for number in range(1, _EVENTS + 1)]
    for driver in drivers:
        assert everything(three[0].database, driver.box.id) == whole
    assert sum(driver.moved for driver in drivers) >= 2
    # What was half said is not there, and all of it is when it is said again elsewhere.
    assert everything(three[0].database, half.id) == []
    half.url = three[2].url
    assert isinstance(outcome(half.batch(History(box=half.id).add(_EVENTS))), Acked)
    assert everything(three[0].database, half.id) == whole


def test_a_process_that_is_told_to_stop_does_not_wait_for_its_pages(three: list[Cloud]) -> None:
    organiser = three[0].organisation().sign_in()
    with open_page(organiser, at=three[0].url) as page:
        began = time.monotonic()
        three[0].process.terminate()
        assert page.ended.wait(5)
        three[0].process.wait(5)
        assert time.monotonic() - began < 5
