"""The application: every route on one screen, the gate around all, errors translated in one table."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Scope

from appliance.config import HttpSection
from appliance.errors import BoxError
from appliance.web import (
    accounts,
    admin,
    api,
    bans,
    captive_api,
    care,
    centre,
    console,
    dj_schedule,
    gallery,
    health,
    inbox,
    links,
    looks,
    my_likes,
    openapi,
    organiser,
    own_account,
    pages,
    pairing,
    pin,
    planning,
    portal,
    posters,
    printing,
    privacy,
    profiles,
    pulse,
    recaps,
    schedule,
    staff,
    status,
    tallies,
    trail,
    wall,
)
from appliance.web.gate import Gate
from appliance.web.operations import routes
from appliance.web.problems import answer_box_error, answer_fault, answer_http_exception
from appliance.web.rendering import STATIC_FOLDERS, WEBUI, static_mark
from appliance.web.site import Request, Site, State
from appliance.web.stream import StageStream

OpenSite = Callable[[], AbstractAsyncContextManager[Site]]


class _LongLived(StaticFiles):
    """Static files. Phones keep them for good under the address of today's content; under another, they ask again."""

    def file_response(self, full_path: Any, stat_result: Any, scope: Scope, status_code: int = 200) -> Response:
        response = super().file_response(full_path, stat_result, scope, status_code)
        current = scope["path_params"]["mark"] == static_mark()
        response.headers["cache-control"] = "public, max-age=31536000, immutable" if current else "no-cache"
        return response


async def openapi_document(request: Request) -> Response:
    """The API, described by what it is made from."""
    del request
    return JSONResponse(openapi.document(api.OPERATIONS, prefix=api.PREFIX))


def _routes() -> list[BaseRoute]:
    static = [Mount(f"/static/{{mark}}/{name}", _LongLived(directory=WEBUI / name)) for name in STATIC_FOLDERS]
    # Routes are tried in order, so what a thousand phones do stands first.
    return [
        Route("/api/v1/stages/{stage}/stream", StageStream(), methods=["GET"]),
        *routes(api.OPERATIONS, prefix=api.PREFIX),
        *pages.ROUTES + my_likes.ROUTES + inbox.ROUTES + pin.ROUTES + schedule.ROUTES,
        *profiles.ROUTES + recaps.ROUTES,
        *accounts.ROUTES + own_account.ROUTES,
        *admin.ROUTES + bans.ROUTES + trail.ROUTES,
        *console.ROUTES + centre.ROUTES + dj_schedule.ROUTES + planning.ROUTES,
        *staff.ROUTES,
        *status.ROUTES + wall.ROUTES + gallery.ROUTES,
        *care.ROUTES,
        *privacy.ROUTES,
        *printing.ROUTES + posters.ROUTES,
        *portal.ROUTES,
        *captive_api.ROUTES,
        *looks.ROUTES + organiser.ROUTES + tallies.ROUTES,
        *health.ROUTES + pulse.ROUTES,
        *links.ROUTES,
        *pairing.ROUTES,
        Route("/api/v1/openapi.json", openapi_document),
        *static,
    ]


def build_app(open_site: OpenSite, *, http: HttpSection, tls_name: str = "", captures: bool = False) -> ASGIApp:
    """The application around a site that is open while the server runs.

    `tls_name` is a further name of its own; `captures` as the gate understands it.
    """

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[State]:
        del app
        async with open_site() as site:
            yield {"site": site}

    handlers: dict[Any, Any] = {
        BoxError: answer_box_error,
        HTTPException: answer_http_exception,
        Exception: answer_fault,
    }
    app = Starlette(
        routes=_routes(),
        exception_handlers=handlers,
        lifespan=lifespan,
    )
    # Around the whole application rather than as its middleware: answers to faults are made outside of those.
    return Gate(
        app,
        names=[*http.answered_names(), *filter(None, [tls_name])],
        stray=portal.answer_stray,
        sheet_forms=portal.SHEET_FORMS,
        captures=captures,
    )
