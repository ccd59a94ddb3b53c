"""How much at once, and when to come again."""

import asyncio
import random

import pytest

from sync.cloud.spreading import Busy, Crowd, TooOften, Turns, wait_s
from sync.cloud.web.tries import Tries


def draw(low: float, high: float) -> float:
    return (low + high) / 2


def test_few_boxes_come_again_after_a_second_and_a_thousand_are_spread() -> None:
    crowd = Crowd()
    crowd.meet("one", now_ms=0)
    assert crowd.after_ms(draw=draw) == 1000
    for number in range(1000):
        crowd.meet(f"box-{number}", now_ms=1000)
    assert crowd.after_ms(draw=draw) == pytest.approx(10_000, rel=0.01)
    chance = random.Random(1)
    waits = [crowd.after_ms(draw=chance.uniform) for _ in range(1000)]
    seconds = [round(wait / 1000) for wait in waits]
    # Nobody is a herd the next time: as many in each second as on average, by and large.
    assert max(seconds.count(second) for second in set(seconds)) < 150
    crowd.meet("one", now_ms=70_000)
    assert crowd.after_ms(draw=draw) == 1000, "who was not here for a minute does not count"


def test_refusals_do_not_all_end_in_the_same_second() -> None:
    chance = random.Random(1)
    waits = [wait_s(chance.uniform) for _ in range(1000)]
    assert min(waits) >= 2
    assert max(waits.count(wait) for wait in set(waits)) < 200


def test_more_than_can_be_done_waits_and_more_than_can_wait_is_refused() -> None:
    async def scene() -> None:
        turns = Turns(2, draw=draw)
        done = asyncio.Event()

        async def work() -> str:
            try:
                async with turns.at_work():
                    await done.wait()
            except Busy as refused:
                return f"{refused.code} {refused.facts['wait_s']}"
            return "done"

        tasks = [asyncio.create_task(work()) for _ in range(210)]
        refused = await asyncio.gather(*tasks[202:])
        assert refused == ["cloud_busy 6"] * 8
        done.set()
        assert await asyncio.gather(*tasks[:202]) == ["done"] * 202
        async with turns.at_work():
            pass

    asyncio.run(scene())


def test_one_box_alone_cant_fill_the_line() -> None:
    turns = Turns(100, draw=draw)
    held = [turns.in_line("one") for _ in range(8)]
    for place in held:
        place.__enter__()
    with pytest.raises(TooOften), turns.in_line("one"):
        raise AssertionError("a ninth")
    with turns.in_line("other"):
        pass
    held[0].__exit__(None, None, None)
    with turns.in_line("one"):
        pass
    few = Turns(100, draw=draw, line_most=1)
    with few.in_line("one"), pytest.raises(TooOften), few.in_line("one"):
        raise AssertionError("a second")


def test_wrong_tries_wait_longer_each_time_and_are_forgotten() -> None:
    now = [0.0]
    tries = Tries(lambda: now[0])
    for _ in range(5):
        tries.check("who")
        tries.failed("who")
    waits = []
    for _ in range(4):
        with pytest.raises(TooOften) as refused:
            tries.check("who")
        wait = refused.value.facts["wait_s"]
        assert isinstance(wait, int)
        waits.append(wait)
        now[0] += wait
        tries.check("who")
        tries.failed("who")
    assert waits == [1, 2, 4, 8]
    tries.check("another")
    now[0] += 7200
    tries.failed("another")
    tries.check("who")
