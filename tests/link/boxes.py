"""Boxes that take links, on loopback, and whoever stands between them and a link."""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from appliance.tls.links import LinkIdentity, read_fingerprint
from sync.link.boxes import Place
from tests.support.ports import free_port
from tests.tls.client import eventually, is_open
from tests.web.served import Served, serving


@dataclass
class LinkBox:
    """A served box with its door for links."""

    served: Served
    data: Path
    place: Place
    #: requests to the box's own pages are staff's
    codes: list[str] = field(default_factory=list)

    @property
    def fingerprint(self) -> str:
        found = read_fingerprint(self.data / "tls")
        assert found is not None
        return found

    def code(self, dj: str = "DJ Anna") -> str:
        """A pairing code, as staff read it from their page."""
        staff = self.served.staff()
        page = staff.post("/staff/djs/pair", form={"name": dj}, headers={"Cookie": f"pika_staff={staff.token}"})
        assert page.status == 200, page.text
        code = page.text.partition('data-part="pairing-code">')[2].partition("<")[0]
        self.codes.append(code)
        return code

    def tokens(self) -> list[str]:
        """The DJs with a token."""
        return [token["dj"] for token in self.served.staff().get("/api/v1/tokens").json["tokens"]]


@contextlib.contextmanager
def link_box(data: Path, *, name: str = "Hall") -> Iterator[LinkBox]:
    """A box until the block ends."""
    port = free_port()
    with serving(data, options={"links": {"enabled": True, "port": port}, "box": {"name": name}}) as served:
        eventually(is_open(port))
        yield LinkBox(served, data, Place("127.0.0.1", port))


@dataclass
class Between:
    """Somebody who takes connections and passes everything on to a box, and keeps what was readable on the way."""

    place: Place
    #: everything that the link said, as it could be read there
    heard: bytearray = field(default_factory=bytearray)
    connections: int = 0


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, heard: bytearray | None) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(65536):
            if heard is not None:
                heard += data
            writer.write(data)
            await writer.drain()
    writer.close()


@contextlib.asynccontextmanager
async def between(box: LinkBox, *, tls: Path | None = None) -> AsyncIterator[Between]:
    """A relay. With `tls`, a folder for a key of its own, it ends the encryption and begins another to the box."""
    found = Between(Place("127.0.0.1"))
    own: ssl.SSLContext | None = None
    onward: ssl.SSLContext | None = None
    if tls is not None:
        identity = LinkIdentity(tls)
        identity.look()
        own = identity.context()
        onward = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        onward.check_hostname, onward.verify_mode = False, ssl.CERT_NONE
    talks: set[asyncio.Task[None]] = set()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        found.connections += 1
        there, back = await asyncio.open_connection(box.place.host, box.place.port, ssl=onward)
        await asyncio.gather(_pump(reader, back, found.heard), _pump(there, writer, None))

    def begin(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.get_running_loop().create_task(talk(reader, writer))
        talks.add(task)
        task.add_done_callback(talks.discard)

    server = await asyncio.start_server(begin, "127.0.0.1", 0, ssl=own)
    found.place = Place("127.0.0.1", server.sockets[0].getsockname()[1])
    try:
        yield found
    finally:
        server.close()
        for task in list(talks):
            task.cancel()
        await asyncio.gather(*talks, return_exceptions=True)
