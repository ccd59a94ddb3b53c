"""House players through real brokers: they log in with their token, say how they are, are told at once what to do."""

import asyncio
import json
from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from appliance.bus import credentials
from appliance.bus.client import Bus, BusSettings
from appliance.bus.inbound import DjRequest, Result
from appliance.bus.player_client import OrdersLine
from appliance.bus.player_door import PlayerDoor
from appliance.domain.audit import STAFF
from appliance.domain.topics import SERVER_USER, player_topic
from appliance.live.ordering import Ordering
from appliance.store.memory import MemoryStore
from appliance.usecases import sessions
from appliance.usecases.players import managing
from appliance.usecases.players.managing import Command, Draft, Made
from tests.brokers import HOST, KINDS, SOON_S, TOKENS, BrokerProcess, MqttClient
from tests.support.evening import Evening, Told, open_evening

FLOOR = "main-floor"
BAR = "player_bar"


@pytest.fixture(params=KINDS)
def broker(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[BrokerProcess]:
    running = BrokerProcess(request.param, tmp_path)
    running.start()
    yield running
    running.stop()


class Venue:
    """A box without pages, at a broker."""

    def __init__(self, broker: BrokerProcess) -> None:
        self.broker, self.ordering = broker, Ordering()

    async def open(self, stack: AsyncExitStack) -> Made:
        told = Told()

        def on_commit(events: Any) -> None:
            told(events)
            self.ordering.on_commit(events)

        store = MemoryStore(on_commit=on_commit)
        self.evening: Evening = await open_evening(store, store, told)
        draft = Draft("Bar", FLOOR)
        made = await managing.add(self.evening.ports, draft=draft, verifier=credentials.make_verifier, by=STAFF)
        self.broker.set_tokens({**TOKENS, BAR: made.secret})
        self.broker.reload()
        bus = Bus(
            BusSettings(HOST, self.broker.port, TOKENS[SERVER_USER]),
            on_request=_nothing,
            snapshot=self.ordering.snapshot,
            on_word=PlayerDoor(self.evening.ports, tell=self.ordering.tell).hear,
        )
        await bus.start()
        stack.push_async_callback(bus.stop)
        await self.ordering.start(self.evening.ports, publish=bus.publish)
        stack.push_async_callback(self.ordering.stop)
        async with asyncio.timeout(SOON_S):
            while bus.problem() is not None:
                await asyncio.sleep(0.01)
        return made


async def _nothing(request: DjRequest) -> Result:
    del request
    return {}


def _said(payload: bytes) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(payload)
    return told


async def _heard(client: MqttClient, lane: str) -> dict[str, Any]:
    while (heard := await asyncio.to_thread(client.next)).topic != player_topic(BAR, lane):
        pass
    return _said(heard.payload)


async def _say(client: MqttClient, **word: object) -> None:
    await asyncio.to_thread(client.publish, player_topic(BAR, "status"), json.dumps(word).encode())


async def _title(venue: Venue) -> str | None:
    [state] = await venue.evening.ports.reader.stage_states()
    return state.now.track.title if state.now else None


def test_a_player_says_what_it_plays_and_hears_its_orders_the_moment_they_change(broker: BrokerProcess) -> None:
    async def scene() -> None:
        venue = Venue(broker)
        async with AsyncExitStack() as stack:
            made = await venue.open(stack)
            client = MqttClient(broker, BAR, made.secret)
            await asyncio.to_thread(client.connect)
            stack.callback(client.close)
            topics = [player_topic(BAR, "orders"), player_topic(BAR, "reply")]
            await asyncio.to_thread(client.subscribe, *topics)
            assert await _heard(client, "orders") == {"v": 1, "plays": True, "volume": 100}
            await _say(client, on={"play": "p1", "title": "Song 1"})
            async with asyncio.timeout(SOON_S):
                while await _title(venue) != "Song 1":
                    await asyncio.sleep(0.01)
            anna = await venue.evening.dj()
            live = (await sessions.start_session(venue.evening.ports, dj=anna, stage_id=FLOOR)).session
            assert (await _heard(client, "orders"))["silence"] == "dj"
            await sessions.end_session(venue.evening.ports, dj=anna, session_id=live.id)
            assert (await _heard(client, "orders"))["plays"] is True
            wanted = Command(volume=20)
            await managing.command(venue.evening.ports, player_id=made.player.id, wanted=wanted, by=STAFF)
            assert (await _heard(client, "orders"))["volume"] == 20
            await _say(client, volume=300)
            refused = await _heard(client, "reply")
            assert (refused["ok"], refused["code"]) == (False, "json_wrong_shape")
            await managing.take_away(venue.evening.ports, player_id=made.player.id, by=STAFF)
            await _say(client, volume=30)
            assert (await _heard(client, "reply"))["code"] == "token_wrong"

    asyncio.run(scene())


def test_nobody_speaks_for_a_player_or_hears_what_it_is_told(broker: BrokerProcess) -> None:
    async def scene() -> None:
        venue = Venue(broker)
        async with AsyncExitStack() as stack:
            made = await venue.open(stack)
            for user, token in (("alice", TOKENS["alice"]), (BAR, made.secret)):
                client = MqttClient(broker, user, token)
                await asyncio.to_thread(client.connect)
                stack.callback(client.close)
                # A DJ says it is the player, the player gives itself orders: neither gets through.
                for topic in (player_topic(BAR, "status"), player_topic(BAR, "orders")):
                    if (user, topic) != (BAR, player_topic(BAR, "status")):
                        word = json.dumps({"on": {"play": user, "title": "Stolen"}}).encode()
                        await asyncio.to_thread(client.publish, topic, word, retain=True)
            await asyncio.sleep(0.3)
            assert await _title(venue) is None
            heard: asyncio.Queue[bytes] = asyncio.Queue()
            line = OrdersLine(HOST, broker.port, name=BAR, token=made.secret, on_orders=heard.put_nowait)
            line.start()
            async with asyncio.timeout(SOON_S):
                assert _said(await heard.get()) == {"v": 1, "plays": True, "volume": 100}
            await line.stop()

    asyncio.run(scene())
