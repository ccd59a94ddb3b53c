"""The application: every route on one screen, the gate around all, errors translated in one table."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from appliance.config import HttpSection
from appliance.errors import BoxError
from appliance.web import api, console, health, openapi, pages, printing, staff
from appliance.web.gate import Gate
from appliance.web.operations import routes
from appliance.web.problems import answer_box_error, answer_http_exception
from appliance.web.rendering import WEBUI
from appliance.web.site import Request, Site, State
from appliance.web.stream import StageStream

_STATIC_FOLDERS = ("css", "js", "icons")

OpenSite = Callable[[], AbstractAsyncContextManager[Site]]


class _LongLived(StaticFiles):
    """Static files, kept by phones for good: their addresses change with their content."""

    def file_response(self, *arguments: Any, **named: Any) -> Response:
        response = super().file_response(*arguments, **named)
        response.headers["cache-control"] = "public, max-age=31536000, immutable"
        return response


async def openapi_document(request: Request) -> Response:
    """The API, described by what it is made from."""
    del request
    return JSONResponse(openapi.document(api.OPERATIONS, prefix=api.PREFIX))


def build_app(open_site: OpenSite, *, http: HttpSection) -> Starlette:
    """The application around a site that is open while the server runs."""

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[State]:
        del app
        async with open_site() as site:
            yield {"site": site}

    handlers: dict[Any, Any] = {BoxError: answer_box_error, HTTPException: answer_http_exception}
    static = [Mount(f"/static/{name}", _LongLived(directory=WEBUI / name)) for name in _STATIC_FOLDERS]
    return Starlette(
        routes=[
            *pages.ROUTES,
            *console.ROUTES,
            *staff.ROUTES,
            *printing.ROUTES,
            *health.ROUTES,
            Route("/api/v1/stages/{stage}/stream", StageStream()),
            Route("/api/v1/openapi.json", openapi_document),
            *routes(api.OPERATIONS, prefix=api.PREFIX),
            *static,
        ],
        middleware=[Middleware(Gate, names=http.names)],
        exception_handlers=handlers,
        lifespan=lifespan,
    )
