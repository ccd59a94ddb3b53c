"""An internet in one program: every system's probe is answered as its maker answers it, and all else with a word.

Run in a namespace: `python -m tests.firmware.cloud ADDRESS...`. Says `listening` when it does.
"""

import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.support.probes import KINDLE_MARK, ROWS

WORD = b"the internet"
_KNOWN = {(row.host, row.target): row for row in ROWS}


class _Answers(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        """One probe, or anything else."""
        row = _KNOWN.get((self.headers.get("Host", ""), self.path))
        body = WORD if row is None else KINDLE_MARK if row.body is None else row.body
        self.send_response(200 if row is None else row.status)
        if row is not None and row.header is not None:
            self.send_header(*row.header)
        self.send_header("X-From", "the cloud")
        if body:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library calls it so
        """Nobody reads it."""
        del format, args


def main(addresses: list[str]) -> None:
    """Serves until it is ended."""
    servers = [ThreadingHTTPServer((address, 80), _Answers) for address in addresses]
    print("listening", flush=True)
    for server in servers[1:]:
        threading.Thread(target=server.serve_forever, daemon=True).start()
    servers[0].serve_forever()


if __name__ == "__main__":
    main(sys.argv[1:])
