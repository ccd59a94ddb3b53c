"""The application: every route on one screen, safe headers around all, errors translated in one table."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from appliance.errors import BoxError, Unavailable
from sync.cloud.store.ports import ValueRefused
from sync.cloud.web import boxes, fleet, guests, nights, people, song_fetching, song_sending, songs
from sync.cloud.web.pages import STATIC
from sync.cloud.web.problems import answer_error, answer_fault, answer_http_exception, answer_value
from sync.cloud.web.site import Request, Site, State, site_of

_FOR_GOOD = "public, max-age=31536000, immutable"
SAFE_HEADERS = {
    "content-security-policy": (
        "default-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'"
    ),
    "x-content-type-options": "nosniff",
    # Not `no-referrer`: with it browsers send `Origin: null` with our own forms.
    "referrer-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}


class _Safe:
    """ASGI middleware: the headers of every answer, and for boxes the nonce of their next request."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_safely(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in SAFE_HEADERS.items():
                    headers.setdefault(name, value)
                headers.setdefault("cache-control", "no-store")
                if scope["path"].startswith("/v1/") and (nonce := _nonce(scope)):
                    headers["pika-nonce"] = nonce
            await send(message)

        await self._app(scope, receive, send_safely if scope["type"] == "http" else send)


def _nonce(scope: Scope) -> str:
    site: Site = scope["state"]["site"]
    try:
        return site.keys.new_nonce(site.now_ms())
    except Unavailable:
        return ""


class _LongLived(StaticFiles):
    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        response.headers["cache-control"] = _FOR_GOOD
        return response


async def is_well(request: Request) -> Response:
    """For whoever watches the process: whether it can do its work. Raises: Unavailable."""
    site = site_of(request)
    site.keys.new_nonce(site.now_ms())
    async with site.database.transaction(org=None) as tx:
        await tx.one("schema_version")
    if problem := site.deriving.problem():
        raise Unavailable("deriving_ended", problem, advice="Start this process again.")
    return PlainTextResponse("well\n")


def build(open_site: Callable[[], AbstractAsyncContextManager[Site]]) -> ASGIApp:
    """The application around a site that is open while the server runs."""

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[State]:
        del app
        async with open_site() as site:
            yield {"site": site}

    handlers: dict[Any, Any] = {
        BoxError: answer_error,
        ValueRefused: answer_value,
        HTTPException: answer_http_exception,
        Exception: answer_fault,
    }
    static = [Mount(f"/static/{{mark}}/{name}", _LongLived(directory=folder)) for name, folder in STATIC.items()]
    parts = [*boxes.ROUTES, *people.ROUTES, *fleet.ROUTES, *nights.ROUTES, *guests.ROUTES]
    parts += [*song_fetching.ROUTES, *song_sending.ROUTES, *songs.ROUTES]
    app = Starlette(
        routes=[*parts, Route("/health", is_well, methods=["GET"]), *static],
        exception_handlers=handlers,
        lifespan=lifespan,
    )
    return _Safe(app)
