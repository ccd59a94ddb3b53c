"""A running cloud as its own process, and boxes and organisers that speak to it over HTTP."""

import os
import re
import secrets
import signal
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from sync.cloud.identity import encoded, key_id, signed_text
from tests.cloud.boxes import History
from tests.support.ports import free_port

ROOT = Path(__file__).parents[2]
_READY_WITHIN_S = 20.0


@dataclass
class Cloud:
    """One process of the cloud."""

    url: str
    database: str
    process: "subprocess.Popen[bytes]"
    log: Path

    def command(self, *arguments: str) -> str:
        """What `./box cloud ARGUMENTS` prints."""
        return command(self.database, *arguments)

    def organisation(self, name: str = "Hall") -> "Organiser":
        """A new organisation, and somebody of it who is signed in."""
        found = re.search(r"pk_org_\S+", self.command("organisation", name))
        assert found is not None
        return Organiser(self, found[0])

    def rss_mb(self) -> float:
        """Memory in use, megabytes: now and at its highest."""
        status = Path(f"/proc/{self.process.pid}/status").read_text(encoding="ascii")
        found = re.search(r"VmHWM:\s+(\d+) kB", status)
        assert found is not None
        return int(found[1]) / 1024


def command(database: str, *arguments: str) -> str:
    """What `./box cloud ARGUMENTS` prints, with this database."""
    environment = {**os.environ, "PIKA_CLOUD_DATABASE": database, "PYTHONPATH": str(ROOT)}
    line = [sys.executable, "-m", "sync.cloud", *arguments]
    done = subprocess.run(line, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@contextmanager
def running(
    database: str,
    folder: Path,
    *,
    ready: bool = True,
    port: int | None = None,
    options: Sequence[str] = (),
    given: Mapping[str, str] | None = None,
    trusted: ssl.SSLContext | None = None,
) -> Iterator[Cloud]:
    """A process of the cloud until the end of the block; with TLS where its certificate is `trusted`.

    `given` stands in its environment.
    """
    port = port or free_port()
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **(given or {})}
    line = [sys.executable, "-m", "sync.cloud", "--database", database, "--port", str(port), *options]
    log = folder / f"cloud-{port}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(line, env=environment, cwd=folder, stdout=output, stderr=output)
    url = f"https://localhost:{port}" if trusted else f"http://127.0.0.1:{port}"
    cloud = Cloud(url, database, process, log)
    browser = httpx.Client(verify=trusted or True, timeout=5)
    try:
        until = time.monotonic() + _READY_WITHIN_S
        while not _answers(browser, url, ready=ready):
            assert process.poll() is None, log.read_text(encoding="utf-8")
            assert time.monotonic() < until, log.read_text(encoding="utf-8")
            time.sleep(0.05)
        yield cloud
    finally:
        browser.close()
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(15)
        finally:
            process.kill()
            process.wait(5)


def _answers(browser: httpx.Client, url: str, *, ready: bool) -> bool:
    try:
        return browser.get(f"{url}/health").status_code == 200 or not ready
    except httpx.TransportError:
        return False


@dataclass
class Organiser:
    """A person with an access key, and a browser."""

    cloud: Cloud
    key: str
    browser: httpx.Client = field(default_factory=httpx.Client)

    def sign_in(self) -> "Organiser":
        """Signs in."""
        answer = self.post("/login", key=self.key)
        assert answer.status_code == 303, answer.text
        return self

    def post(self, path: str, *, origin: str | None = None, **fields: str) -> httpx.Response:
        """Sends a form of ours, or of another site's page."""
        headers = {"origin": origin or self.cloud.url, "accept": "text/html"}
        return self.browser.post(f"{self.cloud.url}{path}", data=fields, headers=headers)

    def page(self, path: str) -> httpx.Response:
        """Opens a page."""
        return self.browser.get(f"{self.cloud.url}{path}", headers={"accept": "text/html"})

    def claim(self, box: "Box") -> httpx.Response:
        """Types the code that a box shows."""
        return self.post("/claim", code=str(box.enrol().json()["code"]))


@dataclass
class Box:
    """A box as far as the cloud sees it."""

    url: str
    id: str = field(default_factory=lambda: secrets.token_hex(8))
    private: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)
    nonce: str = ""
    http: httpx.Client = field(default_factory=httpx.Client)

    @property
    def public(self) -> bytes:
        """The raw public key."""
        return self.private.public_key().public_bytes_raw()

    def signed(self, method: str, target: str, body: bytes = b"", **headers: str) -> httpx.Request:
        """A request as the box signs it."""
        signature = self.private.sign(signed_text(method, target, body, nonce=self.nonce))
        said = f"Pika-Box key={key_id(self.public)}, nonce={self.nonce}, sig={encoded(signature)}"
        every = {"authorization": said, **{name.replace("_", "-"): value for name, value in headers.items()}}
        return self.http.build_request(method, f"{self.url}{target}", content=body, headers=every)

    def ask(self, method: str, target: str, body: bytes = b"", **headers: str) -> httpx.Response:
        """A signed request and its answer; once more when only the nonce was missing."""
        for _ in range(2):
            answer = self.http.send(self.signed(method, target, body, **headers))
            self.nonce = answer.headers.get("pika-nonce", "")
            if answer.status_code != 401 or answer.json()["code"] != "nonce_needed":
                break
        return answer

    def json(self, method: str, target: str, said: object) -> httpx.Response:
        """A signed request with JSON."""
        request = httpx.Request("POST", "http://x", json=said)
        return self.ask(method, target, request.content, content_type="application/json")

    def enrol(self, **other: object) -> httpx.Response:
        """Shows itself."""
        said: dict[str, Any] = {"box": self.id, "name": "Box", "public_key": encoded(self.public), "version": "1.2"}
        return self.json("POST", "/v1/enrol", {**said, **other})

    def batch(self, history: History, first: int = 1, last: int | None = None) -> httpx.Response:
        """Sends a part of a history."""
        return self.ask("POST", "/v1/ingest", history.body(first, last), content_encoding="zstd")

    def cursor(self, epoch: str = "e1") -> httpx.Response:
        """Asks where to go on."""
        return self.ask("GET", f"/v1/cursor?epoch={epoch}")
