"""A DJ's side of the door through the broker: ask for something and wait for the box's answer.

Owns one connection that heals by itself, and pairs each reply with its request by `ref`. paho keeps its own thread;
from there only `call_soon_threadsafe` crosses over. It must not ask for anything by itself.
"""

import asyncio
import contextlib
import secrets
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any, Self

from paho.mqtt import client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from appliance import wire
from appliance.bus.client import send_at_once
from appliance.domain.topics import DjAction, dj_topic, reply_topic
from appliance.errors import Invalid, Refused, Unavailable

_KEEP_ALIVE_S = 15
_CONNECT_WITHIN_S = 2.0
_RECONNECT_S = 1
_STOP_WITHIN_S = 1.5


class DjClient:
    """One DJ's program at the broker. Use it with `async with`."""

    def __init__(self, host: str, port: int, *, name: str, token: str) -> None:
        """`name` is the token's name: the username, and the name in the topics."""
        self._host, self._port, self._name = host, port, name
        self._loop: asyncio.AbstractEventLoop | None = None
        self._ready = asyncio.Event()
        self._refusal: str | None = None
        self._waiting: dict[str, asyncio.Future[dict[str, Any]]] = {}
        self._client = self._new_client(token)

    async def __aenter__(self) -> Self:
        """Begins to connect, and returns at once; the first `ask` waits for it."""
        self._loop = asyncio.get_running_loop()
        self._client.connect_async(self._host, self._port, keepalive=_KEEP_ALIVE_S)
        self._client.loop_start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.disconnect()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_STOP_WITHIN_S):
                await asyncio.to_thread(self._client.loop_stop)

    async def ask(self, action: DjAction, payload: Mapping[str, object], *, within_s: float = 5.0) -> dict[str, Any]:
        """The box's reply, once it has done what is asked.

        Raises: Unavailable when the same request may work later, also with the codes `broker_away`, `broker_refused`
        and `no_reply`; Refused with the box's own code and words.
        """
        await self._connected(within_s)
        ref = secrets.token_hex(8)
        reply: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self._waiting[ref] = reply
        try:
            # At most once: a request that paho sent again after a reconnect could end a set that has begun since.
            sent = self._client.publish(dj_topic(self._name, action), wire.encode({**payload, "ref": ref}), qos=0)
            if sent.rc != MQTTErrorCode.MQTT_ERR_SUCCESS:
                raise _away()
            async with asyncio.timeout(within_s):
                answer = await reply
        except TimeoutError:
            raise Unavailable("no_reply", "The box did not answer a request through the broker.") from None
        finally:
            del self._waiting[ref]
        if answer.get("ok") is not True:
            raise _refusal(answer)
        return answer

    async def _connected(self, within_s: float) -> None:
        try:
            async with asyncio.timeout(within_s):
                await self._ready.wait()
        except TimeoutError:
            if self._refusal is not None:
                raise Unavailable("broker_refused", self._refusal, advice="Check the name and the token.") from None
            raise _away() from None

    # On the event loop, told by paho's thread.

    def _has_joined(self) -> None:
        self._refusal = None
        self._ready.set()

    def _has_failed(self, refusal: str) -> None:
        self._refusal = refusal

    def _has_left(self) -> None:
        self._ready.clear()
        for reply in self._waiting.values():
            if not reply.done():
                reply.set_exception(_away())

    def _has_heard(self, payload: bytes) -> None:
        try:
            answer: dict[str, Any] = wire.decode(payload, dict[str, Any])
        except Invalid:
            return  # not from a box; whoever waits is told that no reply came
        reply = self._waiting.get(str(answer.get("ref")))
        if reply is not None and not reply.done():
            reply.set_result(answer)

    # On paho's thread.

    def _new_client(self, token: str) -> paho.Client:
        client = paho.Client(CallbackAPIVersion.VERSION2, client_id=f"dj-{secrets.token_hex(8)}", clean_session=True)
        client.username_pw_set(self._name, token)
        client.connect_timeout = _CONNECT_WITHIN_S
        client.reconnect_delay_set(_RECONNECT_S, _RECONNECT_S)
        client.on_socket_open = send_at_once
        client.on_connect = self._paho_connected
        client.on_subscribe = self._paho_subscribed
        client.on_disconnect = lambda *_: self._on_loop(self._has_left)
        client.on_message = lambda _client, _data, message: self._on_loop(self._has_heard, bytes(message.payload))
        return client

    def _on_loop(self, call: Callable[..., None], *arguments: object) -> None:
        assert self._loop is not None, "`async with` comes first"
        self._loop.call_soon_threadsafe(call, *arguments)

    def _paho_connected(
        self, client: paho.Client, _data: object, _flags: object, code: ReasonCode, _properties: Properties | None
    ) -> None:
        if code.is_failure:
            self._on_loop(self._has_failed, f"The message broker does not let {self._name!r} in.")
        else:
            client.subscribe(reply_topic(self._name), qos=1)

    def _paho_subscribed(
        self, _client: object, _data: object, _mid: int, codes: list[ReasonCode], _properties: Properties | None
    ) -> None:
        # Only now can a reply be heard.
        if any(code.is_failure for code in codes):
            self._on_loop(self._has_failed, f"The message broker does not pass replies on to {self._name!r}.")
        else:
            self._on_loop(self._has_joined)


def _away() -> Unavailable:
    return Unavailable("broker_away", "The message broker is not answering.", advice="It comes back by itself.")


def _refusal(answer: Mapping[str, Any]) -> Refused | Unavailable:
    kind = Unavailable if answer.get("retry") is True else Refused
    return kind(str(answer.get("code", "refused")), str(answer.get("detail", "")), advice=str(answer.get("advice", "")))
