"""A cloud on loopback: real TLS, the journal's own protocol, and every misbehaviour that a test asks for."""

import hashlib
import re
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from sync.agent.keys import decoded, encoded
from sync.agent.trust import time_message
from sync.journal.answers import ANSWER_TYPE, Answer
from sync.journal.batches import BadBatch, Batch, read
from sync.journal.entries import BadLine, Position, beginning
from sync.journal.receiving import Fork, Missing, decide
from tests.support.authority import DAY, Authority, new_key

PROBLEM = "application/problem+json"


@dataclass
class Kept:
    """One history as the cloud has it."""

    cursor: Position
    lines: list[bytes] = field(default_factory=list)
    marks: dict[int, str] = field(default_factory=dict)


@dataclass
class Reply:
    """What goes back; `cut` ends the connection instead."""

    status: int = 200
    body: bytes = b""
    kind: str = ANSWER_TYPE
    headers: dict[str, str] = field(default_factory=dict)
    cut: bool = False


#: looks at a request before the cloud does, by method, path and body; None lets it pass
Before = Callable[[str, str, bytes], Reply | None]


def problem(status: int, code: str, **headers: str) -> Reply:
    return Reply(status, msgspec.json.encode({"code": code}), PROBLEM, dict(headers))


@dataclass
class TestCloud:
    """What it keeps, and how it behaves."""

    __test__ = False

    url: str = ""
    source: str = ""
    histories: dict[str, Kept] = field(default_factory=dict)
    before: Before = lambda *_: None
    #: loses the answer after storing, for so many batches
    lose_answers: int = 0
    claimed: bool = True
    code: str = "K7QM2X9F"
    known: set[str] = field(default_factory=set)
    revoked: set[str] = field(default_factory=set)
    keys: dict[str, bytes] = field(default_factory=dict)
    live: list[dict[str, Any]] = field(default_factory=list)
    asked: list[tuple[str, str]] = field(default_factory=list)
    asked_at: list[float] = field(default_factory=list)
    after_ms: int = 0
    #: milliseconds that its clock is ahead of ours
    ahead_ms: int = 0
    own: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)
    programs: set[str] = field(default_factory=set)
    lock: threading.RLock = field(default_factory=threading.RLock)

    def lines(self) -> list[bytes]:
        """Everything it holds, epoch by epoch."""
        with self.lock:
            return [line for kept in self.histories.values() for line in kept.lines]

    def now_ms(self) -> int:
        return int(time.time() * 1000) + self.ahead_ms

    def kept(self, epoch: str) -> Kept:
        return self.histories.setdefault(epoch, Kept(beginning(source=self.source, epoch=epoch)))

    def handle(self, method: str, target: str, body: bytes, headers: Any) -> Reply:
        path = urlsplit(target).path
        with self.lock:
            self.asked.append((method, path))
            self.asked_at.append(time.monotonic())
        if reply := self.before(method, path, body):
            return reply
        if path == "/v1/time":
            nonce = parse_qs(urlsplit(target).query)["nonce"][0]
            said = self.now_ms()
            sig = encoded(self.own.sign(time_message(nonce, said)))
            return Reply(200, msgspec.json.encode({"server_ms": said, "nonce": nonce, "sig": sig}), "application/json")
        with self.lock:
            refused = self._refused(method, target, body, headers)
            return refused or self._known(method, target, body, headers)

    def _refused(self, method: str, target: str, body: bytes, headers: Any) -> Reply | None:
        pattern = r"Pika-Box key=([0-9a-f]{32}), nonce=([\w-]*), sig=([\w-]+)"
        found = re.fullmatch(pattern, headers.get("Authorization", ""))
        if found is None or not found[2].startswith("nonce-"):
            return problem(401, "nonce_needed")
        key_id, nonce, signature = found.groups()
        if key_id in self.revoked:
            return problem(401, "key_revoked")
        if urlsplit(target).path == "/v1/enrol":
            raw = decoded(msgspec.json.decode(body)["public_key"])
            assert hashlib.sha256(raw).hexdigest()[:32] == key_id
            self.keys[key_id] = raw
        if key_id not in self.keys:
            return problem(401, "key_unknown")
        said = "\n".join(["pika-box-1", method, target, hashlib.sha256(body).hexdigest(), nonce])
        try:
            Ed25519PublicKey.from_public_bytes(self.keys[key_id]).verify(decoded(signature), said.encode())
        except InvalidSignature:
            return problem(401, "signature_wrong")
        return None

    def _known(self, method: str, target: str, body: bytes, headers: Any) -> Reply:
        path = urlsplit(target).path
        if path == "/v1/enrol":
            said = {"code": "" if self.claimed else self.code, "expires_s": 900, "claimed": self.claimed}
            key = encoded(self.own.public_key().public_bytes_raw())
            return Reply(200, msgspec.json.encode({**said, "cloud_key": key}), "application/json")
        if not self.claimed:
            return problem(403, "box_unclaimed")
        if path == "/v1/keys":
            raw = decoded(msgspec.json.decode(body)["public_key"])
            self.keys[hashlib.sha256(raw).hexdigest()[:32]] = raw
            return Reply(204)
        if path.startswith("/v1/songs"):
            # As a cloud of an older version says it.
            return problem(404, "page_unknown")
        if path == "/v1/live":
            self.live.append(msgspec.json.decode(body))
            return Reply(204)
        if path == "/v1/cursor":
            epoch = parse_qs(urlsplit(target).query)["epoch"][0]
            known = self.histories.get(epoch) or Kept(beginning(source=self.source, epoch=epoch))
            after = parse_qs(urlsplit(target).query).get("after")
            marks = sorted((seq, chain) for seq, chain in known.marks.items() if after and seq > int(after[0]))
            return self._answer(200, epoch, known.cursor, marks=marks)
        try:
            batch = read(body, encoding=headers.get("Content-Encoding", "identity"))
        except BadBatch as error:
            return problem(400, error.code)
        return self._store(batch)

    def _store(self, batch: Batch) -> Reply:
        epoch = batch.header.epoch
        assert batch.header.source == self.source
        self.programs.add(batch.header.program)
        kept = self.kept(epoch)
        within = [seq for seq in kept.marks if batch.start.seq < seq <= batch.end.seq]
        mark = Position(max(within), kept.marks[max(within)]) if within else None
        match decide(batch, cursor=kept.cursor, mark=mark):
            case Fork(cursor=cursor):
                return self._answer(409, epoch, cursor, fork=True)
            case Missing(cursor=cursor):
                return self._answer(409, epoch, cursor)
            case take:
                for one in take.new:
                    kept.lines.append(one.raw if isinstance(one, BadLine) else one.line())
                kept.cursor = take.cursor
                kept.marks[take.cursor.seq] = take.cursor.chain
        if self.lose_answers > 0:
            self.lose_answers -= 1
            return Reply(cut=True)
        return self._answer(200, epoch, kept.cursor)

    def _answer(
        self,
        status: int,
        epoch: str,
        cursor: Position,
        *,
        fork: bool = False,
        marks: list[tuple[int, str]] | None = None,
    ) -> Reply:
        said = Answer(
            ack=cursor.seq,
            chain=cursor.chain,
            server_ms=self.now_ms(),
            epoch=epoch,
            fork=fork,
            after_ms=self.after_ms,
            marks=marks or [],
        )
        return Reply(status, msgspec.json.encode(said))


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: "_Server"
    # Headers and body in one go, as servers do.
    wbufsize = -1

    def _handle(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        reply = self.server.here.handle(self.command, self.path, body, self.headers)
        if reply.cut:
            self.close_connection = True
            return
        self.send_response(reply.status)
        if reply.status != 204:
            self.send_header("Content-Type", reply.kind)
        self.send_header("Content-Length", str(len(reply.body)))
        self.send_header("Pika-Nonce", f"nonce-{time.monotonic_ns()}")
        for name, value in reply.headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(reply.body)
        self.wfile.flush()

    def do_GET(self) -> None:
        self._handle()

    def do_POST(self) -> None:
        self._handle()

    def do_PUT(self) -> None:
        self._handle()

    def log_message(self, *_: object) -> None:
        pass


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, context: ssl.SSLContext, here: TestCloud, port: int) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.here, self._context = here, context
        self.taken: list[ssl.SSLSocket] = []

    def get_request(self) -> tuple[ssl.SSLSocket, object]:
        raw, address = self.socket.accept()
        raw.settimeout(20)
        wrapped = self._context.wrap_socket(raw, server_side=True, do_handshake_on_connect=False)
        self.taken.append(wrapped)
        return wrapped, address

    def finish_request(self, request: Any, client_address: Any) -> None:
        request.do_handshake()
        super().finish_request(request, client_address)

    def handle_error(self, *_: object) -> None:
        pass


@contextmanager
def serving(here: TestCloud, authority: Authority, folder: Path, *, port: int = 0, **dates: Any) -> Iterator[TestCloud]:
    """Runs it, called localhost, with a certificate of this authority."""
    folder.mkdir(exist_ok=True)
    own = folder / "cloud.pem"
    own.write_bytes(authority.bundle(key=new_key(), names=("localhost",), **dates))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(own)
    server = _Server(context, here, port)
    here.url = f"https://localhost:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield here
    finally:
        server.shutdown()
        server.server_close()
        for one in server.taken:
            with suppress(OSError):
                one.close()
        thread.join(10)


__all__ = ["DAY", "PROBLEM", "Reply", "TestCloud", "problem", "serving"]
