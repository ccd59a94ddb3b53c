"""A phone with an address of its own on loopback, that asks for names which lead to the box."""

import http.client
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from tests.support.visitors import Answer

#: what a phone may be sent on to before it gives up
HOPS_MOST = 5


@dataclass
class Phone:
    """Knows no cookie: the small browsers of portals forget theirs."""

    port: int
    #: from 127.0.0.0/8; the box knows phones on loopback by it
    address: str
    agent: str = ""
    #: every address it was sent on to
    trail: list[str] = field(default_factory=list)

    def ask(self, method: str, url: str, *, headers: dict[str, str] | None = None, body: bytes = b"") -> Answer:
        """One request. Whatever the name in `url` is, it leads to the box, as the venue's DNS does."""
        found = urlsplit(url)
        target = (found.path or "/") + (f"?{found.query}" if found.query else "")
        sent = {"Host": found.netloc, "User-Agent": self.agent, **(headers or {})}
        if body:
            sent["Content-Type"] = "application/x-www-form-urlencoded"
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10, source_address=(self.address, 0))
        try:
            connection.request(method, target, body=body or None, headers=sent)
            response = connection.getresponse()
            names = [name.lower() for name, _ in response.getheaders() if name.lower() != "set-cookie"]
            assert len(names) == len(set(names)), names
            named = {name.lower(): value for name, value in response.getheaders()}
            return Answer(status=response.status, headers=named, body=response.read())
        finally:
            connection.close()

    def get(self, url: str) -> Answer:
        return self.ask("GET", url)

    def follow(self, url: str, answer: Answer | None = None) -> tuple[str, Answer]:
        """Opens an address as a browser does; where it ended, and with what."""
        self.trail = [url]
        answer = answer or self.get(url)
        while answer.status in {302, 303}:
            to = answer.headers["location"]
            base = urlsplit(self.trail[-1])
            self.trail.append(to if to.startswith("http") else f"http://{base.netloc}{to}")
            assert len(self.trail) - 1 <= HOPS_MOST, self.trail
            answer = self.get(self.trail[-1])
        return self.trail[-1], answer

    def press(self, path: str, *, origin: str | None = None) -> Answer:
        """A button of the welcome pages."""
        own = f"http://127.0.0.1:{self.port}"
        headers = {"Origin": own if origin is None else origin}
        return self.ask("POST", own + path, headers={name: value for name, value in headers.items() if value})
