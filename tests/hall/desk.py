"""Staff and a DJ on the box's own machine in the hall: set up, on the air, announcing."""

import os
import re
from typing import Any

from tests.firmware.guests_network import WEB_PORT
from tests.hall.inside import inside, opened
from tests.support.visitors import Answer, Visitor


class Desk:
    """Who runs the evening."""

    def __init__(self, box: str, *, said: str, session: bool = True) -> None:
        """Uses up the setup code in what the box `said`; with `session` a DJ goes on the air on the main floor.

        `box` is the box's namespace.
        """
        self.namespace = opened(box)
        code = re.search(r"Setup code +(\S+)", said)
        assert code is not None, said
        self._staff = self.ask("POST", "/api/v1/setup", {"code": code[1]}, wants=200)["staff_pass"]
        self._token = ""
        self._session = ""
        if session:
            self.go_on_air()

    def visit(self, method: str, path: str, body: Any = None, *, token: str | None = None) -> Answer:
        """One request from the machine itself."""
        with inside(self.namespace):
            return Visitor(port=WEB_PORT, token=token).ask(method, path, json_body=body)

    def ask(self, method: str, path: str, body: Any = None, *, token: str | None = None, wants: int = 201) -> Any:
        """The JSON of an answer with this status."""
        answer = self.visit(method, path, body, token=token)
        assert answer.status == wants, answer.text
        return answer.json

    def as_staff(self, method: str, path: str, body: Any = None, *, wants: int = 200) -> Any:
        """What staff do."""
        return self.ask(method, path, body, token=self._staff, wants=wants)

    def go_on_air(self) -> None:
        """A DJ starts a session."""
        self._token = self.as_staff("POST", "/api/v1/djs", {"name": "DJ Anna"}, wants=201)["secret"]
        started = self.ask("POST", "/api/v1/stages/main-floor/sessions", {}, token=self._token)
        self._session = started["session"]["id"]

    @property
    def dj_token(self) -> str:
        """What the DJ's programs log in with."""
        return self._token

    def announce(self, title: str, artist: str = "The Hall") -> None:
        """The next track."""
        track = {"title": title, "artist": artist}
        self.ask("POST", f"/api/v1/sessions/{self._session}/plays", track, token=self._token)

    def close(self) -> None:
        """Lets the machine go."""
        os.close(self.namespace)
