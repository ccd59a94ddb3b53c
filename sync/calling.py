"""One question to the cloud over HTTPS, bounded in size and time whoever answers.

In a venue it is often not the cloud that answers but the venue's own portal, and links end in the middle. No redirect
is followed, and nothing is trusted that the roots do not vouch for.
"""

import contextlib
import http.client
import socket
import ssl
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from appliance.errors import Unavailable

#: for one sign of life of the other side
SILENCE_MOST_S = 15.0
#: for everything, from the connection to the last byte
WITHIN_S = 90.0
ANSWER_BYTES_MOST = 64 * 1024


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    status: int
    #: without parameters, in small letters
    media_type: str
    body: bytes
    #: to sign the next request with; empty when whoever answered says none
    nonce: str = ""


class _Connection(http.client.HTTPSConnection):
    """One that somebody else can end, in whatever state it is."""

    def __init__(self, host: str, port: int, *, context: ssl.SSLContext) -> None:
        super().__init__(host, port, timeout=SILENCE_MOST_S, context=context)
        self._tls = context
        self._twin: socket.socket | None = None
        #: whether the time was up: an answer that says no length seems to end well then
        self.was_ended = False

    def connect(self) -> None:
        raw = socket.create_connection((self.host, self.port), SILENCE_MOST_S)
        # The socket itself is out of reach while it shakes hands.
        self._twin = raw.dup()
        self.sock = self._tls.wrap_socket(raw, server_hostname=self.host)

    def end(self) -> None:
        """Ends it from another thread: whoever waits for it gets an error."""
        self.was_ended = True
        if self._twin is not None:
            with contextlib.suppress(OSError):
                self._twin.shutdown(socket.SHUT_RDWR)

    def put_away(self) -> None:
        """Closes what is open; not `close`, which is called as soon as an answer begins."""
        self.close()
        if self._twin is not None:
            self._twin.close()


@contextlib.contextmanager
def _ends_within(connection: _Connection, seconds: float) -> Iterator[None]:
    timer = threading.Timer(seconds, connection.end)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        # It must not end a socket that is somebody else's by now.
        timer.join()
        connection.put_away()


def post(
    url: str, body: bytes, *, context: ssl.SSLContext, headers: Mapping[str, str], within_s: float = WITHIN_S
) -> Answer:
    """Sends JSON and gives what came back, whatever its status.

    Raises: Unavailable with the code `cloud_unreachable` or `cloud_untrusted`.
    """
    parts = urlsplit(url)
    connection = _Connection(parts.hostname or "", parts.port or 443, context=context)
    try:
        with _ends_within(connection, within_s):
            connection.request("POST", parts.path, body, {"Content-Type": "application/json", **headers})
            response = connection.getresponse()
            content = response.read(ANSWER_BYTES_MOST + 1)
            if connection.was_ended:
                raise TimeoutError("it took too long")
    except ssl.SSLCertVerificationError as error:
        raise Unavailable(
            "cloud_untrusted",
            f"Whoever answers as {parts.hostname} is not trusted ({error.verify_message}); nothing was sent.",
            advice="See that the box's clock is right, and that no portal of the venue stands between.",
        ) from error
    except (OSError, http.client.HTTPException) as error:
        raise Unavailable(
            "cloud_unreachable", f"{parts.hostname} can't be reached ({error or type(error).__name__}).", advice=""
        ) from error
    if len(content) > ANSWER_BYTES_MOST:
        raise Unavailable("cloud_unreachable", f"{parts.hostname} sent far too much.")
    media_type = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    nonce = response.headers.get("Pika-Nonce", "")
    return Answer(status=response.status, media_type=media_type, body=content, nonce=nonce)
