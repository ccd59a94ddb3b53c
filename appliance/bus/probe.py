"""Whether the broker works: a message sent through it comes back.

Owns one connection, with the box's own password, that stays open: a new one each time would say nothing more, and
would be refused when strangers hold all places, which is no reason to start a broker anew. Blocks; not for the loop.
"""

import queue
import secrets
import threading
import time

from paho.mqtt import client as paho
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from appliance.bus.client import BusSettings, send_at_once
from appliance.domain import topics

_KEEP_ALIVE_S = 15
_RECONNECT_S = 1
_CONNECT_WITHIN_S = 2.0
_TELL_EVERY_S = 0.5


class BrokerProbe:
    """One connection that heals by itself."""

    def __init__(self, settings: BusSettings) -> None:
        self._settings = settings
        self._topic = topics.pulse_topic(secrets.token_hex(8))
        self._ready = threading.Event()
        self._heard: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        self._client: paho.Client | None = None

    def problem(self, *, within_s: float) -> str | None:
        """What is wrong, in words for staff, or None; takes `within_s` at most."""
        deadline = time.monotonic() + within_s
        if self._client is None:
            self._client = self._connecting()
        nonce = secrets.token_bytes(8)
        while (left := deadline - time.monotonic()) > 0:
            if not self._ready.wait(left):
                return "the message broker lets nobody in"
            # Told again and again: a broker that was just started anew has not heard what its predecessor was told.
            self._client.publish(self._topic, nonce, qos=0)
            if self._hears(nonce, within_s=min(_TELL_EVERY_S, deadline - time.monotonic())):
                return None
        return f"the message broker passed no message on within {within_s:g} s"

    def _hears(self, nonce: bytes, *, within_s: float) -> bool:
        until = time.monotonic() + within_s
        while (left := until - time.monotonic()) > 0:
            try:
                if self._heard.get(timeout=left) == nonce:
                    return True
            except queue.Empty:
                break
        return False

    def close(self) -> None:
        """Ends the connection, if there is one."""
        if self._client is not None:
            self._client.disconnect()
            self._client.loop_stop()
            self._client = None

    def _connecting(self) -> paho.Client:
        client = paho.Client(CallbackAPIVersion.VERSION2, client_id=f"pulse-{secrets.token_hex(16)}")
        client.username_pw_set(topics.SERVER_USER, self._settings.password)
        client.reconnect_delay_set(_RECONNECT_S, _RECONNECT_S)
        client.connect_timeout = _CONNECT_WITHIN_S
        client.on_socket_open = send_at_once
        client.on_connect = self._connected
        client.on_subscribe = self._subscribed
        client.on_disconnect = lambda *_: self._ready.clear()
        client.on_message = lambda _client, _data, message: self._heard.put(bytes(message.payload))
        client.connect_async(self._settings.host, self._settings.port, keepalive=_KEEP_ALIVE_S)
        client.loop_start()
        return client

    # On paho's thread.

    def _connected(
        self, client: paho.Client, _data: object, _flags: object, code: ReasonCode, _properties: Properties | None
    ) -> None:
        if not code.is_failure:
            client.subscribe(self._topic, qos=0)

    def _subscribed(
        self, _client: object, _data: object, _mid: int, codes: list[ReasonCode], _properties: Properties | None
    ) -> None:
        if not any(code.is_failure for code in codes):
            self._ready.set()
