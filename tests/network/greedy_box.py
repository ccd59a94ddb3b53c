"""A program that calls itself a box and takes whatever it is told: `greedy_box.py NAME ID HEARD_FILE`."""

import asyncio
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from appliance.discovery.advertise import Beacon
from appliance.discovery.service import Announcement
from appliance.network import reachable_addresses

_PORT = 8080


class _Greedy(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def _answer(self) -> None:
        with Path(sys.argv[3]).open("a", encoding="utf-8") as heard:
            heard.write(f"{self.path} {self.headers}\n")
        body = b'{"v":1,"proofs":["%s"],"plays":true,"volume":100}' % (b"0" * 64)
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing."""


async def _announce() -> None:
    beacon = Beacon(
        Announcement(name=sys.argv[1], box_id=sys.argv[2], port=_PORT, version="0.1.0", mqtt_port=1883, link_port=8470),
        addresses=lambda: [address.ip for address in reachable_addresses("")],
        check_every_s=0.2,
    )
    await beacon.start()
    await asyncio.Event().wait()


if __name__ == "__main__":
    threading.Thread(target=ThreadingHTTPServer(("", _PORT), _Greedy).serve_forever, daemon=True).start()
    asyncio.run(_announce())
