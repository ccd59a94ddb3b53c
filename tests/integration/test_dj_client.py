"""A DJ's program at the broker: asked and answered, refused, unheard, and back after the broker's death."""

import asyncio
import contextlib
import signal
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from appliance.bus.client import Bus, BusSettings
from appliance.bus.dj_client import DjClient
from appliance.bus.inbound import DjRequest, Result
from appliance.domain.topics import SERVER_USER, DjAction
from appliance.errors import Refused, Unavailable
from tests.brokers import HOST, KINDS, TOKENS, BrokerProcess
from tests.support.ports import free_port


@pytest.fixture(params=KINDS)
def broker(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[BrokerProcess]:
    running = BrokerProcess(request.param, tmp_path)
    running.start()
    yield running
    running.stop()


async def answer(request: DjRequest) -> Result:
    if request.action is DjAction.START:
        raise Refused("stage_taken", "Bob is playing.", advice="Ask him.")
    if request.action is DjAction.END:
        raise Unavailable("store_unavailable", "The card is full.")
    return {"title": request.play().title} if request.action is DjAction.PLAY else {}


@contextlib.asynccontextmanager
async def box_at(broker: BrokerProcess) -> AsyncIterator[None]:
    bus = Bus(BusSettings(HOST, broker.port, TOKENS[SERVER_USER]), on_request=answer, snapshot=list)
    await bus.start()
    try:
        async with asyncio.timeout(10):
            while bus.problem() is not None:
                await asyncio.sleep(0.01)
        yield
    finally:
        await bus.stop()


def alice_at(port: int, *, token: str = TOKENS["alice"]) -> DjClient:
    return DjClient(HOST, port, name="alice", token=token)


def test_each_question_gets_its_own_answer(broker: BrokerProcess) -> None:
    async def scenario() -> None:
        async with box_at(broker), alice_at(broker.port) as alice:
            titles = [f"Title {number}" for number in range(20)]
            asked = [alice.ask(DjAction.PLAY, {"title": title, "artist": "A"}) for title in titles]
            assert [reply["title"] for reply in await asyncio.gather(*asked)] == titles

    asyncio.run(scenario())


def test_what_the_box_refuses_comes_as_its_own_words_and_whether_to_ask_again(broker: BrokerProcess) -> None:
    async def scenario() -> None:
        async with box_at(broker), alice_at(broker.port) as alice:
            with pytest.raises(Refused) as refused:
                await alice.ask(DjAction.START, {"stage": "main-floor"})
            assert refused.value.code == "stage_taken"
            assert str(refused.value) == "Bob is playing. Ask him."
            with pytest.raises(Unavailable) as unavailable:
                await alice.ask(DjAction.END, {})
            assert unavailable.value.code == "store_unavailable"

    asyncio.run(scenario())


def test_a_box_that_does_not_answer_is_said_in_time_and_nothing_stays_behind(broker: BrokerProcess) -> None:
    async def scenario() -> None:
        async with alice_at(broker.port) as alice:
            with contextlib.suppress(Unavailable):
                await alice.ask(DjAction.ALIVE, {}, within_s=2)  # the connection is up from here on
            began = time.monotonic()
            with pytest.raises(Unavailable) as caught:
                await alice.ask(DjAction.ALIVE, {}, within_s=0.2)
            assert caught.value.code == "no_reply"
            assert time.monotonic() - began < 1
            assert alice._waiting == {}

    asyncio.run(scenario())


def test_a_wrong_token_is_named_as_the_reason(broker: BrokerProcess) -> None:
    async def scenario() -> None:
        async with alice_at(broker.port, token="wrong") as alice:
            with pytest.raises(Unavailable) as caught:
                await alice.ask(DjAction.ALIVE, {}, within_s=1)
            assert caught.value.code == "broker_refused"
            assert "'alice'" in caught.value.detail

    asyncio.run(scenario())


def test_it_comes_back_after_the_brokers_death(broker: BrokerProcess) -> None:
    async def scenario() -> None:
        async with alice_at(broker.port) as alice:
            async with box_at(broker):
                await alice.ask(DjAction.ALIVE, {})
            await asyncio.to_thread(broker.stop, signal.SIGKILL)
            with pytest.raises(Unavailable):
                await alice.ask(DjAction.ALIVE, {}, within_s=0.3)
            await asyncio.to_thread(broker.start)
            async with box_at(broker):
                assert (await alice.ask(DjAction.ALIVE, {}, within_s=10))["ok"] is True

    asyncio.run(scenario())


def test_it_ends_in_time_when_there_is_no_broker_at_all() -> None:
    async def scenario() -> None:
        async with alice_at(free_port()) as alice:
            with pytest.raises(Unavailable) as caught:
                await alice.ask(DjAction.ALIVE, {}, within_s=0.2)
            assert caught.value.code == "broker_away"

    began = time.monotonic()
    asyncio.run(scenario())
    assert time.monotonic() - began < 3
