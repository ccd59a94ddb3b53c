"""An evening in fast motion: hearts, plays, tokens, phones at the portal, and staff who can't decide on its mode.

Every hand notes in the ledger what was answered, and ends when the box does. Must not judge what was stored.
"""

import http.client
import itertools
import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from appliance.domain.guests import guest_at
from tests.chaos.ledger import Ledger
from tests.support.guests import key_in
from tests.support.real_box import RealBox
from tests.support.visitors import open_stream

_LIKERS = 4
_FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@dataclass
class Evening:
    """What lasts over restarts."""

    ledger: Ledger = field(default_factory=Ledger)
    #: staff's pass, the DJ's token and session; made with the first box
    staff: str = ""
    dj: str = ""
    session: str = ""
    #: what makes guests of phones at the box's event
    key: bytes = b""
    #: the play that is on
    current: str = ""
    #: what the portal does
    mode: str = ""
    numbers: Iterator[int] = field(default_factory=itertools.count)

    def begin(self, box: RealBox) -> None:
        """After a start: a track; after the first one also a pass, and a DJ on stage."""
        if not self.staff:
            self.key = key_in(box.data / "box.db")
            self.staff = str(box.staff().token)
            dj = box.visitor(self.staff).post("/api/v1/djs", json_body={"name": "DJ Chaos"}).json
            self.ledger.token(dj["token"]["id"])
            self.dj = dj["secret"]
            started = box.visitor(self.dj).post("/api/v1/stages/main-floor/sessions")
            self.session = started.json["session"]["id"]
        # A switch that was cut off may have happened or not.
        self.mode = str(box.visitor(self.staff).get("/api/v1/portal").json["mode"])
        self._play(_Hand(box.port))

    def _play(self, hand: "_Hand") -> None:
        play = f"play-{next(self.numbers)}"
        body = {"id": play, "title": play, "artist": "Chaos"}
        if hand.ask("POST", f"/api/v1/sessions/{self.session}/plays", body=body, token=self.dj).status == 201:
            self.ledger.play(play)
            self.current = play

    def _like(self, hand: "_Hand") -> None:
        cookie = hand.ask("POST", "/api/v1/guests").cookie
        # As a page does: what nobody says who is there does not count, and is not journaled.
        open_stream(hand.port, cookie)
        play = self.current
        if hand.ask("PUT", f"/api/v1/plays/{play}/like", cookie=cookie).status == 200:
            self.ledger.like(play, guest_at(cookie.partition("=")[2].partition(".")[0], key=self.key))

    def _token(self, hand: "_Hand") -> None:
        body = {"name": f"DJ {next(self.numbers)}"}
        answer = hand.ask("POST", "/api/v1/djs", body=body, token=self.staff)
        if answer.status == 201:
            self.ledger.token(answer.json["token"]["id"])

    def _portal(self, hand: "_Hand") -> None:
        """Party, a phone says yes, and quiet again. Each switch is a change: choosing the same again is none."""
        mode = "quiet" if self.mode == "party" else "party"
        self.ledger.ask_mode()
        if hand.ask("PUT", "/api/v1/portal", body={"mode": mode}, token=self.staff).status != 200:
            return
        self.ledger.mode(mode)
        self.mode = mode
        if mode == "party":
            number = next(self.numbers)
            phone = _Hand(hand.port, source=f"127.0.{number // 200 % 200 + 1}.{number % 200 + 1}")
            if phone.ask("POST", "/welcome", headers=_FORM).status == 303:
                self.ledger.release(phone.source)
            phone.close()

    @contextmanager
    def under_load(self, box: RealBox) -> Iterator[None]:
        """All hands at once, until the block and the box, or the block alone, have ended."""
        over = threading.Event()
        work: list[Callable[[_Hand], None]] = [*([self._like] * _LIKERS), self._play, self._token, self._portal]
        hands = [threading.Thread(target=_go_on, args=(one, box.port, over)) for one in work]
        for hand in hands:
            hand.start()
        try:
            yield
        finally:
            over.set()
            for hand in hands:
                hand.join(20)


@dataclass(frozen=True)
class _Said:
    status: int
    cookie: str
    json: Any


class _Hand:
    """One connection that stays open."""

    def __init__(self, port: int, *, source: str = "127.0.0.1") -> None:
        self.port, self.source = port, source
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5, source_address=(source, 0))

    def ask(
        self,
        method: str,
        path: str,
        *,
        body: object = None,
        token: str = "",
        cookie: str = "",
        headers: dict[str, str] | None = None,
    ) -> _Said:
        sent = {"Host": f"127.0.0.1:{self.port}", "Accept": "application/json", **(headers or {})}
        if body is not None:
            sent["Content-Type"] = "application/json"
        if token:
            sent["Authorization"] = f"Bearer {token}"
        if cookie:
            sent["Cookie"] = cookie
        self._connection.request(method, path, body=json.dumps(body) if body is not None else None, headers=sent)
        response = self._connection.getresponse()
        content = response.read()
        found = re.match(r"pika_guest=[^;]*", response.getheader("set-cookie") or "")
        is_json = "json" in (response.getheader("content-type") or "")
        return _Said(response.status, found[0] if found else cookie, json.loads(content) if is_json else None)

    def close(self) -> None:
        self._connection.close()


def _go_on(work: Callable[[_Hand], None], port: int, over: threading.Event) -> None:
    hand = _Hand(port)
    try:
        while not over.is_set():
            work(hand)
    except (OSError, http.client.HTTPException):
        return  # killed in the middle of a request: whether that was stored, nobody was told
    finally:
        hand.close()
