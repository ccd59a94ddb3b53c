"""The cloud beside the demo's box: its own program, and an organiser who uses it through its pages.

Knows the cloud only by its command and by HTTP, as everybody does.
"""

import html
import http.client
import json
import re
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from appliance import network
from appliance.errors import Unavailable

HOST = "127.0.0.1"
_PORTS = range(8090, 8190)
_BEGINS_WITHIN_S = 30.0
_LOOK_EVERY_S = 0.1
_ANSWER_WITHIN_S = 20.0
_LINK = re.compile(r'href="([^"]*/r/[^"]+)"')


def until(holds: Callable[[], bool], *, within_s: float, what: str) -> None:
    """Waits for something. Raises: Unavailable with the code `demo_waited_long`."""
    deadline = time.monotonic() + within_s
    while not holds():
        if time.monotonic() > deadline:
            raise Unavailable("demo_waited_long", f"{what} did not happen within {within_s:g} seconds.")
        time.sleep(_LOOK_EVERY_S)


def free_port() -> int:
    """The cloud's usual port, or one near it. Raises: Unavailable with the code `port_taken`."""
    for port in _PORTS:
        if network.is_port_free(HOST, port):
            return port
    raise Unavailable("port_taken", f"The ports from {_PORTS[0]} to {_PORTS[-1]} are taken.")


@dataclass(frozen=True, slots=True)
class CloudProgram:
    """How the cloud is started here."""

    #: `postgresql://...` or `sqlite:///path`
    database: str
    port: int
    log: Path

    @property
    def url(self) -> str:
        """Where people and the box find it."""
        return f"http://{HOST}:{self.port}"

    def found(self, organisation: str) -> str:
        """Makes an organisation, and gives its access key.

        Raises: Unavailable with the code `cloud_did_not_start`.
        """
        done = subprocess.run(
            [*self._command(), "organisation", organisation], capture_output=True, text=True, check=False
        )
        key = re.search(r"pk_org_\S+", done.stdout)
        if key is None:
            raise Unavailable("cloud_did_not_start", f"The cloud can't use its database: {done.stderr.strip()}")
        return key[0]

    def start(self) -> "subprocess.Popen[bytes]":
        """Starts it; it answers when this returns. Raises: Unavailable with the code `cloud_did_not_start`."""
        with self.log.open("ab") as out:
            process = subprocess.Popen(
                self._command(), stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True
            )
        try:
            until(lambda: process.poll() is not None or self._is_well(), within_s=_BEGINS_WITHIN_S, what="Its start")
        except BaseException:
            process.kill()
            raise
        if process.poll() is not None:
            said = self.log.read_text(encoding="utf-8", errors="replace").strip().splitlines()[-1:]
            raise Unavailable("cloud_did_not_start", f"The cloud did not start: {' '.join(said)}")
        return process

    def _command(self) -> list[str]:
        return [sys.executable, "-m", "sync.cloud", "--database", self.database, "--port", str(self.port)]

    def _is_well(self) -> bool:
        try:
            return Browser(self.port).get("/health").status == 200
        except OSError:
            return False


@dataclass(frozen=True, slots=True)
class Page:
    """What came back."""

    status: int
    text: str
    cookie: str


@dataclass(slots=True)
class Browser:
    """An organiser's browser."""

    port: int
    _cookie: str = field(default="", repr=False)

    def get(self, path: str) -> Page:
        """Opens a page. Raises: OSError."""
        return self._ask("GET", path, "")

    def post(self, path: str, **fields: str) -> Page:
        """Sends a form.

        Raises: OSError; Unavailable with the code `cloud_refused`.
        """
        page = self._ask("POST", path, urlencode(fields))
        if page.status != 303:
            raise Unavailable("cloud_refused", f"The cloud answered {page.status} to {path}.")
        return page

    def _ask(self, method: str, path: str, body: str) -> Page:
        connection = http.client.HTTPConnection(HOST, self.port, timeout=_ANSWER_WITHIN_S)
        headers = {"Accept": "text/html", "Origin": f"http://{HOST}:{self.port}", "Cookie": self._cookie}
        if body:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        try:
            connection.request(method, path, body or None, headers)
            answer = connection.getresponse()
            page = Page(answer.status, answer.read().decode(), (answer.getheader("Set-Cookie") or "").partition(";")[0])
        except http.client.HTTPException as error:
            raise OSError(str(error)) from error
        finally:
            connection.close()
        self._cookie = page.cookie or self._cookie
        return page


@dataclass(frozen=True, slots=True)
class Organiser:
    """Somebody who is signed in."""

    browser: Browser

    @classmethod
    def signed_in(cls, cloud: CloudProgram, *, key: str) -> "Organiser":
        """With the access key. Raises: OSError, Unavailable."""
        browser = Browser(cloud.port)
        browser.post("/login", key=key)
        return cls(browser)

    def claim(self, code: str) -> None:
        """Types the code that the box shows. Raises: OSError, Unavailable."""
        self.browser.post("/claim", code=code)

    def likes_and_plays(self, box: str, event: str) -> tuple[int, int]:
        """What the cloud tells of a night so far; nothing while it knows none. Raises: OSError."""
        page = self.browser.get(f"/nights/{box}/{event}/night.json")
        if page.status != 200:
            return 0, 0
        totals: dict[str, Any] = json.loads(page.text)["totals"]
        return int(totals["likes"]), int(totals["plays"])

    def share(self, box: str, event: str, *, zone: str) -> str:
        """Says where the hall stands, and makes a link to the report: its whole address.

        Raises: OSError, Unavailable.
        """
        place = f"/nights/{box}/{event}"
        self.browser.post(f"{place}/zone", zone=zone)
        self.browser.post(f"{place}/share", days="7")
        link = _LINK.search(self.browser.get(place).text)
        if link is None:
            raise Unavailable("cloud_refused", "The cloud made no link to the report.")
        return html.unescape(link[1])

    def report(self, address: str) -> str:
        """The report's page, whole. Raises: OSError."""
        return self.browser.get(address.partition(f":{self.browser.port}")[2]).text
