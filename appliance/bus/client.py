"""The box's own MQTT client: tells stages' state to machines and takes DJs' requests.

Owns the connection and what happens while there is none: nothing is lost that matters, because all retained state is
published again on every connection, and nothing piles up. paho keeps its own thread; from there only
`call_soon_threadsafe` crosses over. It must not decide anything about a request, and the box runs on without it.
"""

import asyncio
import functools
import logging
import secrets
import socket
import threading
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from typing import Any
from weakref import WeakValueDictionary

from paho.mqtt import client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from appliance.bus import inbound
from appliance.bus.inbound import DjRequest, PlayerWord, Result
from appliance.domain import topics
from appliance.errors import BoxError

log = logging.getLogger(__name__)

#: requests in work at once; more are answered `busy`
REQUESTS_MOST = 200
#: state messages handed to paho but not yet written to the socket
_UNWRITTEN_MOST = 16
#: replies that a broker which has stopped reading may leave behind
_REPLIES_MOST = 2 * REQUESTS_MOST
_KEEP_ALIVE_S = 15
_RECONNECT_S = (1, 10)
_STOP_WITHIN_S = 5.0

_AWAY = "The message broker is not answering; lights and displays wait, phones go on."
_REFUSED = "The message broker refuses the box's own password; lights and displays wait, phones go on."
_DEAF = "The message broker refuses to pass DJs' requests on; phones go on."


@dataclass(frozen=True, slots=True)
class BusSettings:
    """Where the broker is and how the server logs in there."""

    host: str
    port: int
    #: of `topics.SERVER_USER`
    password: str = field(repr=False)


async def unheard(word: PlayerWord) -> None:
    """Where there are no house players."""
    del word


class Bus:
    """One connection to the broker that heals by itself."""

    name = "broker"

    def __init__(
        self,
        settings: BusSettings,
        *,
        on_request: Callable[[DjRequest], Awaitable[Result]],
        snapshot: Callable[[], Iterable[tuple[str, bytes]]],
        on_word: Callable[[PlayerWord], Awaitable[None]] = unheard,
    ) -> None:
        """`on_request` does what a DJ asks and returns the reply's fields, or raises a BoxError.

        Requests of one DJ are done one after the other, in the order they came. `snapshot` gives all retained topics
        with their newest payload; it is called on the event loop at every connection. `on_word` takes what house
        players say, one word of each at a time, and raises a BoxError for what can't be used.
        """
        self._settings = settings
        self._on_request = on_request
        self._on_word = on_word
        self._snapshot = snapshot
        self._loop: asyncio.AbstractEventLoop | None = None
        self._client = self._new_client()
        self._problem: str | None = _AWAY
        self._connected = False
        # State that waits its turn: the newest payload of a topic replaces the older one.
        self._outbox: dict[tuple[str, bool], bytes] = {}
        self._unwritten: set[int] = set()
        # Taken on paho's thread, given back on the loop: bounds all that is on its way between them, too.
        self._places = threading.BoundedSemaphore(REQUESTS_MOST)
        self._tasks: set[asyncio.Task[None]] = set()
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def start(self) -> None:
        """Begins to connect, and returns at once whether there is a broker or not."""
        self._loop = asyncio.get_running_loop()
        self._client.connect_async(self._settings.host, self._settings.port, keepalive=_KEEP_ALIVE_S)
        self._client.loop_start()

    async def stop(self) -> None:
        """Disconnects and drops what is in work."""
        self._connected = False
        self._client.disconnect()
        # Replies that nobody took would keep paho's thread alive.
        self._client.drop_out_messages()
        try:
            async with asyncio.timeout(_STOP_WITHIN_S):
                await asyncio.to_thread(self._client.loop_stop)
        except TimeoutError:
            log.warning("the broker's connection did not end in time")
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def problem(self) -> str | None:
        """What is wrong with the broker, in words for staff, or None."""
        return self._problem

    def publish(self, topic: str, payload: bytes, *, retain: bool = True) -> None:
        """Tells the newest state of a topic; call it on the event loop. Never blocks, never raises.

        While the broker is away this does nothing: the next connection publishes the whole snapshot.
        """
        if self._connected:
            self._outbox[topic, retain] = payload
            self._write_outbox()

    def _write_outbox(self) -> None:
        while self._outbox and len(self._unwritten) < _UNWRITTEN_MOST:
            topic, retain = next(iter(self._outbox))
            payload = self._outbox.pop((topic, retain))
            # At most once: a message that paho would send again after a reconnect could overtake the newer snapshot.
            sent = self._client.publish(topic, payload, qos=0, retain=retain)
            if sent.rc == MQTTErrorCode.MQTT_ERR_SUCCESS:
                self._unwritten.add(sent.mid)

    # On the event loop, told by paho's thread.

    def _on_loop(self, call: Callable[..., None], *arguments: object) -> None:
        assert self._loop is not None, "start() comes first"
        self._loop.call_soon_threadsafe(call, *arguments)

    def _has_connected(self) -> None:
        self._connected = True
        self._problem = None
        self._unwritten.clear()
        self._outbox = {(topic, True): payload for topic, payload in self._snapshot()}
        self._write_outbox()
        log.info("connected to the broker")

    def _has_disconnected(self) -> None:
        if self._connected:
            log.warning("the broker is away")
            self._problem = _AWAY
        self._connected = False
        self._outbox.clear()
        self._unwritten.clear()

    def _has_failed(self, problem: str) -> None:
        if self._problem != problem:
            log.warning("%s", problem)
        self._problem = problem

    def _has_written(self, mid: int) -> None:
        self._unwritten.discard(mid)
        self._write_outbox()

    def _take(self, request: DjRequest) -> None:
        assert self._loop is not None, "start() comes first"
        task = self._loop.create_task(self._answer(request), name=f"dj-{request.action.value}")
        self._tasks.add(task)
        task.add_done_callback(functools.partial(self._answered, request))

    async def _answer(self, request: DjRequest) -> None:
        # Tasks begin in the order they were made, and a lock is given in the order it was asked for.
        turn = self._turns.setdefault(request.name, asyncio.Lock())
        async with turn:
            try:
                request.check()
                reply = inbound.success(request, await self._on_request(request))
            except BoxError as error:
                reply = inbound.failure(request, error)
        self._reply(request, reply)

    def _answered(self, request: DjRequest, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self._places.release()
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("a DJ's request failed inside the box: %s", request.action.value, exc_info=error)
            self._reply(request, inbound.failure(request, inbound.broken()))

    def _take_word(self, word: PlayerWord) -> None:
        assert self._loop is not None, "start() comes first"
        task = self._loop.create_task(self._hear(word), name="player-word")
        self._tasks.add(task)
        task.add_done_callback(self._heard)

    async def _hear(self, word: PlayerWord) -> None:
        async with self._turns.setdefault(word.handle, asyncio.Lock()):
            try:
                await self._on_word(word)
            except BoxError as error:
                topic = topics.player_topic(word.handle, "reply")
                self._client.publish(topic, inbound.refusal(error), qos=1)

    def _heard(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self._places.release()
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("a player's word failed inside the box", exc_info=error)

    def _reply(self, request: DjRequest, reply: bytes) -> None:
        # paho drops it when too many wait; the DJ's program asks again.
        self._client.publish(topics.reply_topic(request.name), reply, qos=1)

    # On paho's thread.

    def _new_client(self) -> paho.Client:
        # A random id: whoever knew it could take the server's connection over.
        client = paho.Client(CallbackAPIVersion.VERSION2, client_id=f"pika-{secrets.token_hex(16)}", clean_session=True)
        client.username_pw_set(topics.SERVER_USER, self._settings.password)
        client.reconnect_delay_set(*_RECONNECT_S)
        client.max_queued_messages_set(_REPLIES_MOST)
        client.on_socket_open = send_at_once
        client.on_connect = self._paho_connected
        client.on_connect_fail = lambda _client, _data: self._on_loop(self._has_failed, _AWAY)
        client.on_disconnect = lambda *_: self._on_loop(self._has_disconnected)
        client.on_subscribe = self._paho_subscribed
        client.on_publish = lambda _client, _data, mid, _code, _properties: self._on_loop(self._has_written, mid)
        client.on_message = self._paho_message
        return client

    def _paho_connected(
        self, client: paho.Client, _data: object, _flags: object, code: ReasonCode, _properties: Properties | None
    ) -> None:
        if code.is_failure:
            self._on_loop(self._has_failed, _REFUSED)
            return
        client.subscribe([(topic, 1) for topic in (*topics.every_dj_action(), topics.every_player_status())])
        self._on_loop(self._has_connected)

    def _paho_subscribed(
        self, _client: object, _data: object, _mid: int, codes: list[ReasonCode], _properties: Properties | None
    ) -> None:
        if any(code.is_failure for code in codes):
            self._on_loop(self._has_failed, _DEAF)

    def _paho_message(self, _client: object, _data: object, message: paho.MQTTMessage) -> None:
        # A DJ who published with the retain flag would otherwise be heard again at every reconnect.
        if message.retain:
            return
        door, handle = topics.parse_dj_topic(message.topic), topics.parse_player_topic(message.topic)
        if handle is not None and self._places.acquire(blocking=False):
            # One that finds no place is lost: the next word of the same player says as much.
            self._on_loop(self._take_word, PlayerWord(handle, bytes(message.payload)))
        if door is None:
            return
        request = DjRequest(*door, bytes(message.payload))
        if self._places.acquire(blocking=False):
            self._on_loop(self._take, request)
        else:
            self._reply(request, inbound.failure(request, inbound.busy()))


def send_at_once(_client: object, _data: object, sock: Any) -> None:
    """For paho's `on_socket_open`: it leaves Nagle's algorithm on, 48 ms for an answer instead of 10."""
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
