"""A box's server inside this process, on a real socket of loopback: for tests that turn its clocks or break its parts.

The same application and protocol as the real one's, without broker and mDNS.
"""

import asyncio
import contextlib
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from appliance import bootstrap, config
from appliance.live.hub import Hub
from appliance.usecases import people
from appliance.web.app import build_app
from appliance.web.server import BoxServer, build_server
from appliance.web.site import Site
from tests.support.ports import free_port
from tests.support.visitors import Box

SETUP_CODE = "K7QM2-X9F4T"


@dataclass(kw_only=True)
class Served(Box):
    """A running server."""

    hub: Hub
    server: BoxServer
    thread: threading.Thread
    site: Site = field(init=False)
    loop: asyncio.AbstractEventLoop = field(init=False)

    def stop(self) -> None:
        """Ends the server as a signal would."""
        self.server.should_exit = True
        self.thread.join(10)
        assert not self.thread.is_alive()


Change = Callable[[Site], Site]


@contextlib.contextmanager
def serving(
    data: Path, *, change: Change = lambda site: site, options: Mapping[str, Mapping[str, object]] | None = None
) -> Iterator[Served]:
    """A server until the block ends. `change` may replace parts of the site before anybody sees it."""
    port = free_port()
    given = {name: dict(section) for name, section in (options or {}).items()}
    given["http"] = {"host": "127.0.0.1", "port": port, **given.get("http", {})}
    given |= {"mqtt": {"broker": "off"}, "mdns": {"enabled": False}}
    given.setdefault("links", {"enabled": False})
    settings = config.load(data=data, environment={}, options=given)
    settings.run_folder.mkdir(parents=True, exist_ok=True)
    hub = Hub(settings.limits)

    @contextlib.asynccontextmanager
    async def open_site() -> AsyncIterator[Site]:
        async with bootstrap.open_site(settings, hub=hub) as site:
            await people.offer_setup_code(site.ports, given=SETUP_CODE)
            box.site, box.loop = change(site), asyncio.get_running_loop()
            yield box.site

    app = build_app(open_site, http=settings.http, tls_name=settings.tls.host_name)
    server = build_server(app, http=settings.http, hub=hub)
    box = Served(
        port=port,
        setup_code=SETUP_CODE,
        hub=hub,
        server=server,
        thread=threading.Thread(target=server.run, daemon=True),
    )
    box.thread.start()
    try:
        deadline = time.monotonic() + 10
        while not server.started:
            assert box.thread.is_alive(), "the server did not start"
            assert time.monotonic() < deadline
            time.sleep(0.005)
        yield box
    finally:
        box.stop()
