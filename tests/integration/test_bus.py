"""The box's MQTT client against real brokers that answer, die, hang and come back."""

import asyncio
import contextlib
import json
import signal
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from appliance.bus import client as bus_client
from appliance.bus.client import Bus, BusSettings
from appliance.bus.inbound import PAYLOAD_MOST, DjRequest, Result
from appliance.domain.topics import SERVER_USER, DjAction, dj_topic, reply_topic, stage_topic
from appliance.errors import Refused
from tests.brokers import HOST, KINDS, SOON_S, TOKENS, BrokerProcess, MqttClient
from tests.support.ports import free_port

NOW = stage_topic("main", "now")
PLAY = dj_topic("alice", DjAction.PLAY)
TRACK = {"title": "Strings of Life", "artist": "Rhythim Is Rhythim", "ref": "a1"}


@pytest.fixture(params=KINDS)
def broker(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[BrokerProcess]:
    running = BrokerProcess(request.param, tmp_path)
    running.start()
    yield running
    running.send_signal(signal.SIGCONT)
    running.stop()


class Box:
    """Stands for the rest of the box: does requests and knows the state of all stages."""

    def __init__(self) -> None:
        self.requests: list[DjRequest] = []
        self.state: dict[str, bytes] = {NOW: b"first"}
        self.go_on = asyncio.Event()
        self.go_on.set()

    async def on_request(self, request: DjRequest) -> Result:
        self.requests.append(request)
        await self.go_on.wait()
        match request.action:
            case DjAction.PLAY:
                return {"play": "p1", "title": request.play().title, "ok": "not yours to say"}
            case DjAction.START:
                raise Refused("stage_taken", "Bob is playing.", advice="Ask him.", can_take_over=False)
            case DjAction.END:
                raise ZeroDivisionError
            case _:
                return {}

    def snapshot(self) -> list[tuple[str, bytes]]:
        return list(self.state.items())


@contextlib.asynccontextmanager
async def running_bus(box: Box, *, port: int, password: str = TOKENS[SERVER_USER]) -> AsyncIterator[Bus]:
    bus = Bus(BusSettings(HOST, port, password), on_request=box.on_request, snapshot=box.snapshot)
    await bus.start()
    try:
        yield bus
    finally:
        await bus.stop()


async def eventually(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(SOON_S):
        while not holds():
            await asyncio.sleep(0.01)


async def eventually_retained(broker: BrokerProcess, topic: str, payload: bytes) -> None:
    """Waits until whoever subscribes to the topic hears this first."""

    def first() -> bytes:
        with MqttClient(broker, "bob") as bob:
            bob.subscribe(topic)
            return bob.next().payload

    async with asyncio.timeout(SOON_S):
        while await asyncio.to_thread(first) != payload:
            await asyncio.sleep(0.05)


async def asked(dj: MqttClient, action: DjAction, payload: bytes) -> dict[str, Any]:
    """The reply to a request."""
    await asyncio.to_thread(dj.publish, dj_topic("alice", action), payload)
    heard = await asyncio.to_thread(dj.next)
    assert heard.topic == reply_topic("alice")
    assert not heard.retain
    reply: dict[str, Any] = json.loads(heard.payload)
    return reply


def test_a_dj_is_answered(broker: BrokerProcess) -> None:
    async def scenario() -> None:
        box = Box()
        async with running_bus(box, port=broker.port) as bus:
            await eventually(lambda: bus.problem() is None)
            with MqttClient(broker, "alice") as alice:
                alice.subscribe(reply_topic("alice"))
                assert await asked(alice, DjAction.PLAY, json.dumps(TRACK).encode()) == {
                    "v": 1,
                    "to": "play",
                    "ref": "a1",
                    "ok": True,
                    "play": "p1",
                    "title": "Strings of Life",
                }
                assert box.requests == [DjRequest("alice", DjAction.PLAY, json.dumps(TRACK).encode())]
                assert await asked(alice, DjAction.ALIVE, b"") == {"v": 1, "to": "alive", "ok": True}

    asyncio.run(scenario())


def test_what_can_t_be_done_is_answered_with_a_stable_code(
    broker: BrokerProcess, caplog: pytest.LogCaptureFixture
) -> None:
    async def scenario() -> None:
        box = Box()
        async with running_bus(box, port=broker.port) as bus:
            await eventually(lambda: bus.problem() is None)
            with MqttClient(broker, "alice") as alice:
                alice.subscribe(reply_topic("alice"))

                async def code_of(action: DjAction, payload: bytes) -> tuple[str, str | None, bool]:
                    reply = await asked(alice, action, payload)
                    assert reply["ok"] is False
                    return reply["code"], reply.get("ref"), reply["retry"]

                too_big = b'{"ref":"a2","title":"' + b"x" * PAYLOAD_MOST + b'"}'
                assert await code_of(DjAction.PLAY, too_big) == ("payload_too_big", None, False)
                assert await code_of(DjAction.PLAY, b'{"ref":') == ("json_broken", None, False)
                assert await code_of(DjAction.PLAY, b'{"ref":"a3"}') == ("json_wrong_shape", "a3", False)
                assert box.requests == []
                assert await code_of(DjAction.START, b'{"ref":"a4"}') == ("stage_taken", "a4", False)
                assert await code_of(DjAction.END, b'{"ref":"a5"}') == ("internal_error", "a5", True)
                assert (await asked(alice, DjAction.ALIVE, b""))["ok"] is True

    asyncio.run(scenario())
    assert "ZeroDivisionError" in caplog.text


def test_a_broker_that_was_killed_and_came_back_has_all_state_again(broker: BrokerProcess) -> None:
    async def scenario() -> None:
        box = Box()
        async with running_bus(box, port=broker.port) as bus:
            await eventually(lambda: bus.problem() is None)
            await asyncio.to_thread(broker.stop, signal.SIGKILL)
            await eventually(lambda: bus.problem() is not None)
            problem = bus.problem()
            assert problem == "The message broker is not answering; lights and displays wait, phones go on."
            box.state[NOW] = b"second"
            for number in range(10_000):
                bus.publish(NOW, b"%d" % number)
            await asyncio.to_thread(broker.start)
            await eventually(lambda: bus.problem() is None)
            with MqttClient(broker, "alice") as alice:
                alice.subscribe(NOW)
                heard = await asyncio.to_thread(alice.until, b"second")
                assert heard == []
                alice.subscribe(reply_topic("alice"))
                assert (await asked(alice, DjAction.ALIVE, b""))["ok"] is True

    asyncio.run(scenario())


def test_the_box_starts_and_stops_without_any_broker() -> None:
    async def scenario() -> None:
        box = Box()
        began = time.monotonic()
        async with running_bus(box, port=free_port()) as bus:
            bus.publish(NOW, b"state")
            await asyncio.sleep(0.1)
            assert bus.problem() is not None
        assert time.monotonic() - began < 3.0

    asyncio.run(scenario())


def test_a_wrong_password_is_named_as_the_problem(broker: BrokerProcess) -> None:
    async def scenario() -> None:
        async with running_bus(Box(), port=broker.port, password="wrong") as bus:
            await eventually(lambda: "password" in (bus.problem() or ""))
            await asyncio.sleep(0.1)
            assert "password" in (bus.problem() or "")

    asyncio.run(scenario())


def test_publishing_to_a_broker_that_hangs_neither_blocks_nor_piles_up(broker: BrokerProcess) -> None:
    async def scenario() -> None:
        box = Box()
        async with running_bus(box, port=broker.port) as bus:
            await eventually(lambda: bus.problem() is None)
            with MqttClient(broker, "alice") as alice:
                alice.subscribe(NOW)
                broker.send_signal(signal.SIGSTOP)
                slowest = 0.0
                for number in range(2_000):
                    began = time.monotonic()
                    bus.publish(NOW, b"%d " % number + b"x" * 50_000)
                    slowest = max(slowest, time.monotonic() - began)
                    await asyncio.sleep(0)
                assert slowest < 0.5
                bus.publish(NOW, b"newest")
                broker.send_signal(signal.SIGCONT)
                # A broker drops what a client is too slow for, so the newest is asked of what it retains.
                await eventually_retained(broker, NOW, b"newest")
                # What fits between here and there: sockets' buffers, and the few that paho holds.
                assert len(alice.heard()) < 1_000

    asyncio.run(scenario())


def test_a_request_left_behind_with_the_retain_flag_is_not_done_at_every_connection(tmp_path: Path) -> None:
    # Only mosquitto keeps what a DJ retains.
    broker = BrokerProcess("mosquitto", tmp_path)
    broker.start()

    async def scenario() -> None:
        box = Box()
        with MqttClient(broker, "alice") as alice:
            await asyncio.to_thread(alice.publish, dj_topic("alice", DjAction.STOP), b"", retain=True)
            await asyncio.to_thread(alice.publish, PLAY, json.dumps(TRACK).encode(), retain=True)
            async with running_bus(box, port=broker.port) as bus:
                await eventually(lambda: bus.problem() is None)
                alice.subscribe(reply_topic("alice"))
                await asked(alice, DjAction.ALIVE, b"")
        assert [request.action for request in box.requests] == [DjAction.ALIVE]

    try:
        asyncio.run(scenario())
    finally:
        broker.stop()


def test_more_requests_than_can_be_in_work_are_told_so(broker: BrokerProcess, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bus_client, "REQUESTS_MOST", 3)

    async def scenario() -> None:
        box = Box()
        box.go_on.clear()
        async with running_bus(box, port=broker.port) as bus:
            await eventually(lambda: bus.problem() is None)
            with MqttClient(broker, "alice") as alice:
                alice.subscribe(reply_topic("alice"))
                for number in range(5):
                    await asyncio.to_thread(alice.publish, PLAY, json.dumps({**TRACK, "ref": str(number)}).encode())
                turned_away = [json.loads((await asyncio.to_thread(alice.next)).payload) for _ in range(2)]
                assert [(one["ref"], one["code"], one["retry"]) for one in turned_away] == [
                    ("3", "busy", True),
                    ("4", "busy", True),
                ]
                box.go_on.set()
                done = [json.loads((await asyncio.to_thread(alice.next)).payload) for _ in range(3)]
                assert [(one["ref"], one["ok"]) for one in done] == [("0", True), ("1", True), ("2", True)]
                assert (await asked(alice, DjAction.ALIVE, b""))["ok"] is True

    asyncio.run(scenario())


def test_a_dj_s_requests_are_done_in_turn_and_another_dj_s_do_not_wait(broker: BrokerProcess) -> None:
    async def scenario() -> None:
        box = Box()
        box.go_on.clear()
        async with running_bus(box, port=broker.port) as bus:
            await eventually(lambda: bus.problem() is None)
            with MqttClient(broker, "alice") as alice, MqttClient(broker, "bob") as bob:
                for action in (DjAction.ALIVE, DjAction.PLAY, DjAction.STOP):
                    await asyncio.to_thread(alice.publish, dj_topic("alice", action), json.dumps(TRACK).encode())
                await asyncio.to_thread(bob.publish, dj_topic("bob", DjAction.ALIVE), b"")
                await eventually(lambda: len(box.requests) == 2)
                assert {request.name for request in box.requests} == {"alice", "bob"}
                box.go_on.set()
                await eventually(lambda: len(box.requests) == 4)
        of_alice = [request.action for request in box.requests if request.name == "alice"]
        assert of_alice == [DjAction.ALIVE, DjAction.PLAY, DjAction.STOP]

    asyncio.run(scenario())


def test_settings_do_not_show_their_password() -> None:
    settings = BusSettings(HOST, 1883, "very-secret")
    assert "very-secret" not in repr(settings)
