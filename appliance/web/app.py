"""The application: every route on one screen, the gate around all, errors translated in one table."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp

from appliance.config import HttpSection
from appliance.errors import BoxError
from appliance.web import (
    accounts,
    admin,
    api,
    assets,
    bans,
    captive_api,
    care,
    centre,
    console,
    dj_schedule,
    gallery,
    health,
    house_console,
    inbox,
    library,
    links,
    looks,
    managers,
    my_likes,
    openapi,
    organiser,
    own_account,
    pages,
    pairing,
    pin,
    planning,
    player_api,
    player_pages,
    portal,
    posters,
    printing,
    privacy,
    profiles,
    pulse,
    recaps,
    schedule,
    scheme,
    staff,
    status,
    tallies,
    trail,
    uploads,
    verifying,
    wall,
)
from appliance.web.gate import Gate
from appliance.web.operations import routes
from appliance.web.problems import answer_box_error, answer_fault, answer_http_exception
from appliance.web.site import Request, Site, State
from appliance.web.squeezing import Squeezing
from appliance.web.stream import StageStream

OpenSite = Callable[[], AbstractAsyncContextManager[Site]]


async def openapi_document(request: Request) -> Response:
    """The API, described by what it is made from."""
    del request
    return JSONResponse(
        openapi.document(api.OPERATIONS, prefix=api.PREFIX, also={player_api.PLAIN_PREFIX: player_api.PLAIN})
    )


def _routes() -> list[BaseRoute]:
    # Routes are tried in order, so what a thousand phones do stands first.
    return [
        Route("/api/v1/stages/{stage}/stream", StageStream(), methods=["GET"]),
        pages.STAGE,
        *assets.ROUTES,
        *routes(api.OPERATIONS, prefix=api.PREFIX),
        *player_api.ROUTES,
        *pages.ROUTES + my_likes.ROUTES + inbox.ROUTES + pin.ROUTES + schedule.ROUTES,
        *profiles.ROUTES + recaps.ROUTES,
        *accounts.ROUTES + own_account.ROUTES,
        *admin.ROUTES + bans.ROUTES + trail.ROUTES,
        *console.ROUTES + centre.ROUTES + dj_schedule.ROUTES + verifying.ROUTES + planning.ROUTES,
        *staff.ROUTES,
        *status.ROUTES + wall.ROUTES + gallery.ROUTES,
        *care.ROUTES,
        *uploads.ROUTES,
        *library.ROUTES,
        *privacy.ROUTES + scheme.ROUTES,
        *printing.ROUTES + posters.ROUTES,
        *portal.ROUTES,
        *captive_api.ROUTES,
        *looks.ROUTES + organiser.ROUTES + player_pages.ROUTES + house_console.ROUTES,
        *managers.ROUTES + tallies.ROUTES,
        *health.ROUTES + pulse.ROUTES,
        *links.ROUTES,
        *pairing.ROUTES,
        Route("/api/v1/openapi.json", openapi_document),
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

    assets.compose_all()
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
        Squeezing(scheme.Schemes(app)),
        names=[*http.answered_names(), *filter(None, [tls_name])],
        stray=portal.answer_stray,
        sheet_forms=portal.SHEET_FORMS,
        captures=captures,
    )
