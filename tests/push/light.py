"""`python -m tests.push.light FOLDER DELAY_MS`: a push service that costs next to nothing, in a process of its own.

It answers 201 after a while, and writes a line per message to `FOLDER/taken`: which phone was sent which topic. Its
port is in `FOLDER/port`, its certificate's authority in `FOLDER/roots.pem`.
"""

import asyncio
import os
import ssl
import sys
from pathlib import Path
from typing import Any

import uvloop

from tests.push.service import HOST
from tests.support.authority import Authority

_ANSWER = b"HTTP/1.1 201 Created\r\ncontent-length: 0\r\n\r\n"


class _Phone(asyncio.Protocol):
    """One connection; requests come whole or in pieces, one after the other."""

    def __init__(self, taken: int, delay_s: float) -> None:
        self._taken, self._delay_s = taken, delay_s
        self._read = b""

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._read += data
        head, end, body = self._read.partition(b"\r\n\r\n")
        if not end:
            return
        fields = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:])
        if len(body) < int(fields[b"content-length"]):
            return
        self._read = b""
        phone = head.split(b" ", 2)[1].rpartition(b"/")[2]
        # Before the answer, as a service does: whoever dies now has sent it.
        os.write(self._taken, phone + b" " + fields[b"topic"] + b"\n")
        asyncio.get_running_loop().call_later(self._delay_s, self._answer)

    def _answer(self) -> None:
        if not self._transport.is_closing():
            self._transport.write(_ANSWER)


async def _serve(folder: Path, *, delay_s: float) -> None:
    authority = Authority()
    (folder / "light.pem").write_bytes(authority.bundle(names=(HOST,)))
    (folder / "roots.pem").write_bytes(authority.roots)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(folder / "light.pem")
    taken = os.open(folder / "taken", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: _Phone(taken, delay_s), "127.0.0.1", 0, ssl=tls, backlog=1000)
    (folder / "port.new").write_text(str(server.sockets[0].getsockname()[1]), encoding="ascii")
    (folder / "port.new").rename(folder / "port")
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(_serve(Path(sys.argv[1]), delay_s=float(sys.argv[2]) / 1000))
