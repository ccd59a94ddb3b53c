"""uvicorn as the box needs it: room for every phone, transports lent to the hub, gone at once with streams open."""

import asyncio
import gc
import resource
import socket
from collections.abc import Callable
from functools import partial

import uvicorn
from starlette.types import ASGIApp

from appliance.config import HttpSection
from appliance.live.hub import Hub
from appliance.web.protocol import BoxProtocol
from appliance.web.site import Door, Site

_BACKLOG = 2048
_GRACE_S = 1
_GOODBYE_S = 0.3
#: a phone's stream is an open file; what systems allow at first is 1,024
_FILES = 65_536


#: how long sent data may go unacknowledged; the system's own patience with a phone that left is a quarter of an hour
_GONE_AFTER_MS = 60_000


def _allow_many_files() -> None:
    """As many open files as the system lets us, up to `_FILES`."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = _FILES if hard == resource.RLIM_INFINITY else min(hard, _FILES)
    if 0 <= soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


def tune_memory() -> None:
    """Of a process that is the server: what was made so far is not looked through for rubbish again.

    It stays till the end, and a phone's stream for hours: walking them again and again was the slowest hundredth of
    all likes.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 50, 1_000)


class BoxServer(uvicorn.Server):
    """Ends the streams before uvicorn waits for connections: open ones would hold it for ever."""

    def __init__(self, config: uvicorn.Config, *, hub: Hub, on_started: Callable[[], None]) -> None:
        super().__init__(config)
        self._hub = hub
        self._on_started = on_started
        self._doors: list[Door] = []

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        _allow_many_files()
        await super().startup(sockets)
        if not self.started:
            return  # the log says why
        for server in self.servers:
            for listening in server.sockets:
                # Connections inherit it. With a beat every 15 s it ends the streams of phones that left the Wi-Fi:
                # else they count as listeners, and against the number of pages that a phone may have open.
                listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, _GONE_AFTER_MS)
        site: Site = self.lifespan.state["site"]
        self._doors = [door for door in (site.door, site.links.door) if door is not None]
        for door in self._doors:
            end_all = partial(self._end_encrypted, port=door.port)
            door.start(connect=self._new_protocol, end_all=end_all, user_timeout_ms=_GONE_AFTER_MS)
        self._on_started()

    def _new_protocol(self) -> BoxProtocol:
        return BoxProtocol(config=self.config, server_state=self.server_state, app_state=self.lifespan.state)

    def _end_encrypted(self, *, port: int | None = None) -> None:
        """Those that came in at one port, or all."""
        for connection in list(self.server_state.connections):
            if isinstance(connection, BoxProtocol) and connection.scheme == "https":
                own = connection.server[1] if connection.server else None
                if port in {None, own}:
                    connection.transport.abort()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for door in self._doors:
            await door.stop()
        self._hub.close()
        # TLS says goodbye in both directions: a phone that does not answer must not hold the end up.
        asyncio.get_running_loop().call_later(_GOODBYE_S, self._end_encrypted)
        await super().shutdown(sockets)


def build_server(
    app: ASGIApp, *, http: HttpSection, hub: Hub, on_started: Callable[[], None] = lambda: None
) -> BoxServer:
    """The server for `app`; `on_started` is called when it listens. No access log: it would keep addresses."""
    config = uvicorn.Config(
        app,
        host=http.host,
        port=http.port,
        http=BoxProtocol,
        ws="none",
        loop="uvloop",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        # Nothing stands before the box, so nobody may say which address they come from.
        proxy_headers=False,
        backlog=_BACKLOG,
        timeout_keep_alive=30,
        timeout_graceful_shutdown=_GRACE_S,
    )
    return BoxServer(config, hub=hub, on_started=on_started)
