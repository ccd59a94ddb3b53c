"""uvicorn as the cloud needs it."""

import resource
import socket
from functools import partial

import uvicorn

from appliance.web.heads import BoundedProtocol
from sync.cloud.settings import Settings
from sync.cloud.web import app
from sync.cloud.web.site import Site, opened

_BACKLOG = 2048
#: of boxes two each, and some people
_CONNECTIONS_MOST = 8_000
#: longer than a box's heartbeat, so that it need not shake hands again
_KEEP_ALIVE_S = 75
_FILES_BESIDE = 200
_GRACE_S = 10
_GONE_AFTER_MS = 60_000


def _allow_many_files() -> None:
    """As many open files as there may be connections, if the system lets us: each is one."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _CONNECTIONS_MOST + _FILES_BESIDE
    most = wanted if hard == resource.RLIM_INFINITY else min(hard, wanted)
    if 0 <= soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


class CloudServer(uvicorn.Server):
    """Ends the streams of pages before uvicorn waits for its connections: open ones would hold it up."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        _allow_many_files()
        await super().startup(sockets)
        for server in self.servers if self.started else []:
            for listening in server.sockets:
                # Connections inherit it: whoever does not take what was sent is not there any more.
                listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, _GONE_AFTER_MS)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        site: Site = self.lifespan.state["site"]
        site.live.close()
        await super().shutdown(sockets)


def build_server(settings: Settings) -> uvicorn.Server:
    """The server. Told to stop, it ends what it has begun and takes nothing new. No access log: it keeps addresses."""
    config = uvicorn.Config(
        app.build(partial(opened, settings)),
        host=settings.host,
        port=settings.port,
        # A head has an end in size and time here; whoever only holds connections open gets none of them for long.
        http=BoundedProtocol,
        ws="none",
        loop="uvloop",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        # Which scheme people see, from a proxy on this machine and nobody else.
        proxy_headers=True,
        forwarded_allow_ips="127.0.0.1",
        backlog=_BACKLOG,
        limit_concurrency=_CONNECTIONS_MOST,
        timeout_keep_alive=_KEEP_ALIVE_S,
        timeout_graceful_shutdown=_GRACE_S,
        ssl_certfile=settings.certificate,
        ssl_keyfile=settings.key,
    )
    return CloudServer(config)
