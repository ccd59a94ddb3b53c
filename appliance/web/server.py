"""uvicorn as the box needs it: lends transports to the hub, and leaves at once with streams open."""

import socket

import uvicorn
from starlette.applications import Starlette

from appliance.config import HttpSection
from appliance.live.hub import Hub
from appliance.web.protocol import BoxProtocol

_BACKLOG = 2048
_GRACE_S = 1


class BoxServer(uvicorn.Server):
    """Ends the streams before uvicorn waits for connections: open ones would hold it for ever."""

    def __init__(self, config: uvicorn.Config, *, hub: Hub) -> None:
        super().__init__(config)
        self._hub = hub

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._hub.close()
        await super().shutdown(sockets)


def build_server(app: Starlette, *, http: HttpSection, hub: Hub) -> BoxServer:
    """The server for `app`. No access log: it would keep addresses."""
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
        backlog=_BACKLOG,
        timeout_keep_alive=30,
        timeout_graceful_shutdown=_GRACE_S,
    )
    return BoxServer(config, hub=hub)
