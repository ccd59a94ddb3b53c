"""`/now` on this laptop: for scripts and for programs that call an address with each track.

    curl -G http://127.0.0.1:8471/now --data-urlencode "artist=Miles Davis" --data-urlencode "title=So What"

Loopback only; and because every web page that the DJ opens can call loopback too, a request that comes from a page, or
for another host's name, is refused.
"""

import contextlib
import secrets
from collections.abc import Callable, Mapping
from urllib.parse import parse_qsl

import msgspec
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sync.link.sources.asking import port_is_free
from sync.link.sources.source import Confidence, Probe, Sighting, SourceTrouble, Tried

NAME = "now"
_HOST = "127.0.0.1"
_BODY_MOST = 16 * 1024
_OWN_HOSTS = frozenset({"127.0.0.1", "localhost", "[::1]"})


class NowIn(msgspec.Struct, frozen=True, kw_only=True):
    """What may be sent, as JSON, form fields or in the address. Unknown fields are ignored."""

    title: str
    artist: str = ""
    remix: str = ""
    bpm: float | None = None
    key: str | None = None
    #: the caller's own name for this play: the same id again is the same play
    id: str | None = None
    path: str | None = None


def _is_own(request: Request) -> bool:
    host = request.headers.get("host", "").rpartition(":")[0] or request.headers.get("host", "")
    from_page = "origin" in request.headers or request.headers.get("sec-fetch-site", "none") not in {"none"}
    return host.lower() in _OWN_HOSTS and not from_page


async def _fields(request: Request) -> Mapping[str, object]:
    """What was sent. Raises: msgspec.MsgspecError, ValueError."""
    if request.method == "GET":
        return dict(request.query_params)
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > _BODY_MOST:
            raise ValueError("the body is too large")
    if request.headers.get("content-type", "").startswith("application/json"):
        found: Mapping[str, object] = msgspec.json.decode(bytes(body), type=dict[str, object])
        return found
    return dict(parse_qsl(body.decode("utf-8"), max_num_fields=50))


def sighting_in(fields: Mapping[str, object]) -> Sighting:
    """The play that somebody told of. Raises: msgspec.ValidationError."""
    said = msgspec.convert(dict(fields), NowIn, strict=False)
    return Sighting(
        source=NAME,
        native_id=said.id or secrets.token_hex(8),
        confidence=Confidence.HEARD,
        title=said.title,
        artist=said.artist,
        remix=said.remix,
        path=said.path,
        bpm=said.bpm,
        key=said.key,
    )


def application(tell: Callable[[Sighting], None]) -> Starlette:
    """The one address."""

    async def now(request: Request) -> Response:
        if not _is_own(request):
            return JSONResponse({"error": "Only programs on this laptop may say what plays."}, status_code=403)
        try:
            sighting = sighting_in(await _fields(request))
        except (msgspec.MsgspecError, ValueError) as error:
            return JSONResponse({"error": f"That can't be used: {error}"}, status_code=422)
        tell(sighting)
        return JSONResponse({"id": sighting.native_id}, status_code=202)

    return Starlette(routes=[Route("/now", now, methods=["GET", "POST"])])


class HttpNow:
    """Listens on one port of loopback."""

    name = NAME

    def __init__(self, port: int) -> None:
        self._port = port

    def probe(self) -> Probe:
        place = f"http://{_HOST}:{self._port}/now"
        if not port_is_free(self._port):
            words = f"Port {self._port} is taken by another program: choose another with sources.now_port."
            return Probe(False, [Tried(place, False, words)], words)
        return Probe(True, [Tried(place, True, "Scripts and programs can say here what plays.")])

    async def listen(self, tell: Callable[[Sighting], None]) -> None:
        config = uvicorn.Config(
            application(tell), host=_HOST, port=self._port, log_config=None, access_log=False, lifespan="off"
        )
        server = uvicorn.Server(config)
        # The program around it decides when to end.
        server.capture_signals = contextlib.nullcontext  # type: ignore[method-assign, assignment]
        try:
            await server.serve()
        except SystemExit as error:
            raise SourceTrouble(
                f"Port {self._port} is taken by another program: choose another with sources.now_port."
            ) from error
