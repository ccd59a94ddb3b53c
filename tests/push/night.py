"""A cloud in its own process, a box that told of a night there, and guests' phones that ask it over HTTP."""

import contextlib
import hashlib
import secrets
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from appliance.domain.events import ClaimMade
from tests.cloud.boxes import History
from tests.cloud.running import Box, Cloud, Organiser, command, running
from tests.cloud.stories import EVENT, MAIN, Story
from tests.push.phones import PushedPhone
from tests.support.ports import free_port

_WITHIN_S = 15.0


@dataclass
class Guest:
    """A phone with a link."""

    cloud: Cloud
    box: str
    secret: str

    @property
    def fragment(self) -> str:
        return f"{self.box}.{self.secret}"

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.secret.encode()).hexdigest()

    def asks(self, path: str, *, origin: str | None = None, **more: object) -> httpx.Response:
        """What the page asks."""
        said = {"box": self.box, "secret": self.secret, **more}
        return httpx.post(f"{self.cloud.url}/c/{path}", json=said, headers={"origin": origin or self.cloud.url})

    def subscribes(self, name: str, *stages: str) -> httpx.Response:
        """A browser subscribes."""
        keys = PushedPhone(name).keys
        said = {"endpoint": endpoint(name), "keys": {"p256dh": keys.p256dh, "auth": keys.auth}}
        return self.asks("subscribe", subscription=said, stages=list(stages) or [""])

    def night(self, name: str = "") -> dict[str, Any]:
        """What the link shows to a browser."""
        answer = self.asks("night", endpoint=endpoint(name) if name else "")
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found


def endpoint(name: str) -> str:
    """Where a browser's messages go."""
    return f"https://fcm.googleapis.com/fcm/send/{name}"


@dataclass
class Night:
    """One cloud, and a box of somebody's."""

    cloud: Cloud
    box: Box
    history: History
    story: Story

    def guest(self) -> Guest:
        """Somebody who got a link that the box has not told of yet."""
        return Guest(self.cloud, self.box.id, secrets.token_hex(20))

    def tells_of(self, guest: Guest, name: str) -> None:
        """The box tells of a guest's link, and of all before it; the cloud has taken it in when this returns."""
        self.story.tell(ClaimMade(guest_id=name, event_id=EVENT, stage_id=None, digest=guest.digest))
        self.history.lines = [entry.line() for entry in self.story.entries]
        assert self.box.batch(self.history).status_code == 200
        until = time.monotonic() + _WITHIN_S
        while not (found := guest.night())["known"] or not found["event"]:
            assert time.monotonic() < until, self.cloud.log.read_text(encoding="utf-8")
            time.sleep(0.05)


@contextlib.contextmanager
def night(database: str, folder: Path) -> Iterator[Night]:
    """A cloud that sends messages, with a night of two likes."""
    command(database, "push-key")
    port = free_port()
    options = ("--public-url", f"http://127.0.0.1:{port}", "--push-contact", "mailto:night@example.org")
    with running(database, folder, port=port, options=options) as cloud:
        organiser: Organiser = cloud.organisation().sign_in()
        box = Box(cloud.url)
        assert organiser.claim(box).status_code == 303
        story = Story(box=box.id).opens(MAIN).anchored(1_790_000_000_000)
        story.later(60_000).starts("s1").plays("p1").likes("p1", "ann", "bob", "cat")
        story.later(60_000).plays("p2").likes("p2", "ann")
        yield Night(cloud, box, History(box=box.id), story)
