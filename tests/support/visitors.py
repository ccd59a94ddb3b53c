"""A box as people reach it, however it runs: visitors with browsers and programs, staff, DJs, guests."""

import http.client
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from tests.support.people import logged_in


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


@dataclass(kw_only=True)
class Box:
    """A running box."""

    port: int
    setup_code: str = ""
    _staff_pass: str = field(default="", init=False)

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
        if not self._staff_pass:
            answer = self.visitor().post("/api/v1/setup", json_body={"code": self.setup_code})
            assert answer.status == 200, answer.text
            self._staff_pass = answer.json["staff_pass"]
        return self.visitor(self._staff_pass)

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
