"""A cloud on loopback: a real HTTPS server with a certificate of a test authority, which behaves as it is told."""

import json
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from cryptography import x509

from tests.support.authority import DAY, Authority, new_key, pem

#: what the cloud does with a request: a status, a kind of body, and the body in the pieces in which it is sent
Behaviour = Callable[[x509.CertificateSigningRequest], tuple[int, str, Iterator[bytes]]]


@dataclass
class Cloud:
    """A running cloud."""

    url: str
    behave: Behaviour
    #: the requests that came: path, and what was sent
    asked: list[tuple[str, dict[str, object]]] = field(default_factory=list)
    #: what showed whose requests they are
    shown: list[str] = field(default_factory=list)
    #: connections that got as far as a request or not
    connections: int = 0


def gives(content: bytes, *, status: int = 200, media_type: str = "application/json") -> Behaviour:
    """The same answer whatever is asked."""
    return lambda _: (status, media_type, iter([content]))


def chain_of(*certificates: x509.Certificate) -> bytes:
    return json.dumps({"v": 1, "chain": pem(*certificates).decode(), "later": "unknown fields are no harm"}).encode()


def honest(authority: Authority, *, days: int = 89) -> Behaviour:
    """Gives a certificate for what is asked."""

    def behave(request: x509.CertificateSigningRequest) -> tuple[int, str, Iterator[bytes]]:
        names = request.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        assert request.is_signature_valid
        own = authority.give(request, names=tuple(names.get_values_for_type(x509.DNSName)), ends=days * DAY)
        return 200, "application/json; charset=utf-8", iter([chain_of(own, authority.between)])

    return behave


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: "_Server"

    def do_POST(self) -> None:
        here = self.server.here
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        here.asked.append((self.path, body))
        here.shown.append(self.headers["Authorization"])
        status, media_type, pieces = here.behave(x509.load_pem_x509_csr(str(body["csr"]).encode()))
        self.send_response(status)
        self.send_header("Content-Type", media_type)
        self.send_header("Location", "http://portal.example/")
        self.send_header("Pika-Nonce", f"nonce-{len(here.asked)}")
        self.send_header("Connection", "close")
        self.end_headers()
        for piece in pieces:
            if self.server.stop.is_set():
                return
            self.wfile.write(piece)
            self.wfile.flush()
        self.close_connection = True

    def log_message(self, *_: object) -> None:
        pass


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, context: ssl.SSLContext, behave: Behaviour) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.stop = threading.Event()
        self.here = Cloud(url=f"https://localhost:{self.server_address[1]}", behave=behave)
        self._context = context

    def get_request(self) -> tuple[ssl.SSLSocket, object]:
        raw, address = self.socket.accept()
        self.here.connections += 1
        raw.settimeout(10)
        try:
            return self._context.wrap_socket(raw, server_side=True), address
        except OSError:
            raw.close()
            raise

    def handle_error(self, *_: object) -> None:
        pass


@contextmanager
def cloud(authority: Authority, folder: Path, *, behave: Behaviour) -> Iterator[Cloud]:
    """A cloud called localhost, whose own certificate is of this authority."""
    folder.mkdir(exist_ok=True)
    own = folder / "cloud.pem"
    own.write_bytes(authority.bundle(key=new_key(), names=("localhost",)))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(own)
    server = _Server(context, behave)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server.here
    finally:
        server.stop.set()
        server.shutdown()
        server.server_close()
        thread.join(10)
