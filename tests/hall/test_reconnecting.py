"""A hall of phones that lose the box together: they come back apart, and each goes on where it was."""

import asyncio
import os
import signal
from collections.abc import Iterator
from contextlib import AsyncExitStack

import pytest

from tests.hall.browser import Browser
from tests.hall.stream import Listener
from tests.support.real_box import RealBox, running_box
from tests.support.visitors import Visitor

_PHONES = 80
#: of all that come back, so many may come in the same quarter of a second
_AT_ONCE_MOST = 0.3


@pytest.fixture(name="box", scope="module")
def _box(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealBox]:
    with running_box(tmp_path_factory.mktemp("storm")) as box:
        yield box


class _Dj:
    """Announces."""

    def __init__(self, box: RealBox, name: str) -> None:
        self._dj: Visitor = box.dj(name)
        started = self._dj.post("/api/v1/stages/main-floor/sessions")
        assert started.status in {200, 201}, started.text
        self._session = started.json["session"]["id"]

    def announce(self, title: str) -> None:
        path = f"/api/v1/sessions/{self._session}/plays"
        answer = self._dj.post(path, json_body={"title": title, "artist": "The Hall"})
        assert answer.status == 201, answer.text

    def end(self) -> None:
        assert self._dj.post(f"/api/v1/sessions/{self._session}/end").status == 200


async def _listening(box: RealBox, stack: AsyncExitStack, *, title: str) -> list[Listener]:
    url = f"http://127.0.0.1:{box.port}/api/v1/stages/main-floor/stream"
    phones = [Listener(Browser(asyncio.open_connection), url) for _ in range(_PHONES)]
    for phone in phones:
        phone.start()
        stack.push_async_callback(phone.stop)
    await asyncio.gather(*(phone.until(title, within_s=10) for phone in phones))
    return phones


def _most_at_once(times: list[float], *, window_s: float = 0.25) -> int:
    return max(sum(start <= one < start + window_s for one in times) for start in times)


def _assert_spread(times: list[float]) -> None:
    assert max(times) - min(times) > 2
    assert _most_at_once(times) <= _AT_ONCE_MOST * _PHONES


def test_phones_that_all_lose_the_line_come_back_apart_and_miss_and_repeat_nothing(box: RealBox) -> None:
    dj = _Dj(box, "DJ Anna")

    async def evening() -> None:
        dj.announce("Before")
        async with AsyncExitStack() as stack:
            phones = await _listening(box, stack, title="Before")
            for phone in phones:
                phone.drop()
            away = ["Missed one", "Missed two", "Missed three"]
            for title in away:
                dj.announce(title)
            await asyncio.gather(*(phone.until(away[-1], within_s=10) for phone in phones))
            _assert_spread([phone.opened[1] for phone in phones])
            dj.announce("Live again")
            await asyncio.gather(*(phone.until("Live again", within_s=5) for phone in phones))
            for phone in phones:
                assert phone.shown == ["Before", *away, "Live again"]
                # Resumed by the id, so nobody was sent everything again.
                assert "state" not in phone.events

    asyncio.run(evening())
    dj.end()


def test_after_a_killed_server_phones_come_back_apart_and_have_what_is_on(box: RealBox) -> None:
    dj = _Dj(box, "DJ Ben")

    async def evening() -> None:
        dj.announce("Before the fall")
        async with AsyncExitStack() as stack:
            phones = await _listening(box, stack, title="Before the fall")
            pid = box.server_pid()
            os.kill(pid, signal.SIGKILL)
            await asyncio.to_thread(box.wait_until_served, not_pid=pid)
            await asyncio.to_thread(dj.announce, "After the fall")
            await asyncio.gather(*(phone.until("After the fall", within_s=15) for phone in phones))
            for phone in phones:
                assert phone.shown == ["Before the fall", "After the fall"]
                assert len(phone.opened) == 2
            _assert_spread([phone.opened[1] for phone in phones])

    asyncio.run(evening())
    dj.end()
