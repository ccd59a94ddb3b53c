"""A house player's side of the door through the broker: hears its orders the moment they change.

Owns one connection that heals by itself; without one the player asks for its orders over HTTP all the same, so nothing
here is ever reported. paho keeps its own thread; from there only `call_soon_threadsafe` crosses over.
"""

import asyncio
import contextlib
from collections.abc import Callable

from paho.mqtt import client as paho
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from appliance.bus.client import send_at_once
from appliance.domain.topics import player_topic

_KEEP_ALIVE_S = 15
_RECONNECT_S = (1, 30)
_STOP_WITHIN_S = 1.5


class OrdersLine:
    """One player at one broker."""

    def __init__(self, host: str, port: int, *, name: str, token: str, on_orders: Callable[[bytes], None]) -> None:
        """`name` is the player's username; `on_orders` is called on the event loop with each new order."""
        self._host, self._port, self._topic = host, port, player_topic(name, "orders")
        self._on_orders = on_orders
        self._loop: asyncio.AbstractEventLoop | None = None
        self._client = paho.Client(CallbackAPIVersion.VERSION2, clean_session=True)
        self._client.username_pw_set(name, token)
        self._client.reconnect_delay_set(*_RECONNECT_S)
        self._client.on_socket_open = send_at_once
        self._client.on_connect = self._connected
        self._client.on_message = self._message

    def start(self) -> None:
        """Begins to connect, and returns at once."""
        self._loop = asyncio.get_running_loop()
        self._client.connect_async(self._host, self._port, keepalive=_KEEP_ALIVE_S)
        self._client.loop_start()

    async def stop(self) -> None:
        """Hangs up."""
        self._client.disconnect()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_STOP_WITHIN_S):
                await asyncio.to_thread(self._client.loop_stop)

    # On paho's thread.

    def _connected(
        self, client: paho.Client, _data: object, _flags: object, code: ReasonCode, _properties: Properties | None
    ) -> None:
        if not code.is_failure:
            client.subscribe(self._topic, 1)

    def _message(self, _client: object, _data: object, message: paho.MQTTMessage) -> None:
        # The embedded broker hands a new client what others asked for, too.
        if message.topic == self._topic and self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._on_orders, bytes(message.payload))
