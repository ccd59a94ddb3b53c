"""A real box on loopback: `./box run` with supervisord, broker and server, or the server alone."""

import http.client
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from tests.support.people import logged_in
from tests.support.ports import free_port

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Answer:
    """What the box said."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def text(self) -> str:
        return self.body.decode()

    def cookies(self) -> dict[str, str]:
        """The cookies it set."""
        found = re.findall(r"(pika_\w+)=([^;]*)", self.headers.get("set-cookie", ""))
        return dict(found)


def open_stream(port: int, cookies: str, *, stage: str = "main-floor", host: str | None = None) -> None:
    """Opens a stage's stream for a moment."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        headers = {"Cookie": cookies, "Host": host or f"127.0.0.1:{port}"}
        connection.request("GET", f"/api/v1/stages/{stage}/stream", headers=headers)
        response = connection.getresponse()
        assert response.status == 200
        response.readline()
    finally:
        connection.close()


@dataclass
class Visitor:
    """Someone with a browser or a program: keeps cookies and a bearer token."""

    port: int
    token: str | None = None
    cookies: dict[str, str] = field(default_factory=dict)
    host: str | None = None

    def ask(
        self,
        method: str,
        path: str,
        *,
        body: bytes | None = None,
        json_body: Any = None,
        form: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """One request; cookies are kept."""
        sent = {"Host": self.host or f"127.0.0.1:{self.port}", "Accept": "application/json", **(headers or {})}
        if json_body is not None:
            body, sent["Content-Type"] = json.dumps(json_body).encode(), "application/json"
        if form is not None:
            body, sent["Content-Type"] = urlencode(form).encode(), "application/x-www-form-urlencoded"
            sent["Accept"] = "text/html"
        if self.token:
            sent.setdefault("Authorization", f"Bearer {self.token}")
        if self.cookies:
            sent.setdefault("Cookie", "; ".join(f"{name}={value}" for name, value in self.cookies.items()))
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request(method, path, body=body, headers=sent)
            response = connection.getresponse()
            found = {name.lower(): response.headers[name] for name in response.headers}
            if cookies := response.headers.get_all("set-cookie"):
                found["set-cookie"] = ", ".join(cookies)
            answer = Answer(status=response.status, headers=found, body=response.read())
        finally:
            connection.close()
        self.cookies |= answer.cookies()
        return answer

    def get(self, path: str, **rest: Any) -> Answer:
        return self.ask("GET", path, **rest)

    def watch(self, stage: str = "main-floor") -> "Visitor":
        """Opens a stage's stream for a moment, as every page does: so the box knows that somebody is there."""
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        open_stream(self.port, cookies, stage=stage, host=self.host)
        return self

    def post(self, path: str, **rest: Any) -> Answer:
        return self.ask("POST", path, **rest)


@dataclass
class RealBox:
    """A running box."""

    port: int
    mqtt_port: int
    data: Path
    process: subprocess.Popen[str]
    setup_code: str = ""
    printed: str = ""

    def visitor(self, token: str | None = None) -> Visitor:
        """Somebody new."""
        return Visitor(port=self.port, token=token)

    def guest(self) -> Visitor:
        """A phone that has opened the stage page."""
        phone = self.visitor()
        assert phone.get("/s/main-floor", headers={"Accept": "text/html"}).status == 200
        return phone.watch()

    def staff(self) -> Visitor:
        """Staff; uses the setup code up the first time."""
        if not hasattr(self, "_staff"):
            answer = self.visitor().post("/api/v1/setup", json_body={"code": self.setup_code})
            assert answer.status == 200, answer.text
            self._staff = answer.json["staff_pass"]
        return self.visitor(self._staff)

    def dj(self, name: str = "DJ Anna") -> Visitor:
        """A DJ with a fresh token."""
        answer = self.staff().post("/api/v1/djs", json_body={"name": name})
        assert answer.status == 201, answer.text
        return self.visitor(answer.json["secret"])

    def person(self, role: str = "organiser", name: str = "Olga") -> Visitor:
        """Somebody new who is logged in; a DJ and an organiser were let in by staff."""
        return logged_in(self.visitor, self.staff, role=role, name=name)

    def organiser(self, name: str = "Olga") -> Visitor:
        """An organiser who has no event yet."""
        return self.person("organiser", name)

    def server_pid(self) -> int:
        """The server process, as it is now."""
        for folder in Path("/proc").iterdir():
            try:
                words = (folder / "cmdline").read_bytes().split(b"\0")
                environment = (folder / "environ").read_bytes().split(b"\0")
            except OSError:
                continue
            if (
                words[1:4] == [b"-m", b"appliance", b"serve"]
                and f"PIKA_BOX_HTTP_PORT={self.port}".encode() in environment
            ):
                return int(folder.name)
        raise LookupError("no server runs")

    def wait_until_served(self, *, within_s: float = 15, not_pid: int | None = None) -> None:
        """Returns when the server answers (as another process than `not_pid`)."""
        deadline = time.monotonic() + within_s
        while time.monotonic() < deadline:
            try:
                if not_pid is None or self.server_pid() != not_pid:
                    self.visitor().get("/health")
                    return
            except (OSError, http.client.HTTPException, LookupError):
                pass
            time.sleep(0.03)
        raise TimeoutError("the server did not come back")

    def stop(self, number: int = signal.SIGTERM) -> float:
        """Ends the box; how long that took, in seconds."""
        started = time.monotonic()
        if self.process.poll() is None:
            self.process.send_signal(number)
        self.process.wait(20)
        return time.monotonic() - started


#: several boxes stand on one machine
QUIET = {"PIKA_BOX_MDNS_ENABLED": "no", "PIKA_BOX_LINKS_ENABLED": "no"}


@contextmanager
def running_box(
    data: Path,
    *,
    options: tuple[str, ...] = (),
    env: Mapping[str, str] | None = None,
    inside: tuple[str, ...] = (),
    command: str = "run",
) -> Iterator[RealBox]:
    """`./box run`, or `demo`, on loopback until the block ends; `inside` is a command that runs another one."""
    port, mqtt_port = free_port(), free_port()
    words = [*inside, sys.executable, "-m", "appliance", command, "--data", str(data), "--host", "127.0.0.1"]
    words += ["--port", str(port), "--mqtt-port", str(mqtt_port), *options]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **QUIET, **(env or {})}
    process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment)
    box = RealBox(port=port, mqtt_port=mqtt_port, data=data, process=process)
    try:
        assert process.stdout is not None
        for line in process.stdout:
            box.printed += line
            if found := re.search(r"Setup code +(\S+)", line):
                box.setup_code = found[1]
            if "Data  " in line:
                break
        else:
            raise AssertionError(f"the box did not start:\n{box.printed}")
        yield box
    finally:
        box.stop()
        if process.stdout is not None:
            process.stdout.close()
