"""uvicorn as the cloud needs it."""

from functools import partial

import uvicorn

from appliance.web.heads import BoundedProtocol
from sync.cloud.settings import Settings
from sync.cloud.web import app
from sync.cloud.web.site import opened

_BACKLOG = 2048
#: of boxes two each, and some people
_CONNECTIONS_MOST = 8_000
#: longer than a box's heartbeat, so that it need not shake hands again
_KEEP_ALIVE_S = 75
_GRACE_S = 10


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
    return uvicorn.Server(config)
