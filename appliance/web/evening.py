"""What staff take home of tonight: the evening as SQLite, the set list as CSV. Works without any internet."""

import os

from starlette.responses import RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from appliance.domain.audit import Deed
from appliance.errors import BoxError, NotAllowed
from appliance.usecases import audit
from appliance.web import asking
from appliance.web.care import pieces_of
from appliance.web.console import error_words
from appliance.web.problems import headers_of, status_of
from appliance.web.site import Request, site_of

_PAGE = "/staff/evening"


def _page(request: Request, *, error: BoxError | None = None) -> Response:
    response = site_of(request).pages.page(
        "evening.html",
        {"error": error_words(error)},
        status=status_of(error) if error else 200,
        language=asking.language(request),
    )
    response.headers.update(headers_of(error) if error else {})
    return response


async def show(request: Request) -> Response:
    """The page, or the way to the staff's door."""
    try:
        await asking.admin(request)
    except NotAllowed:
        return RedirectResponse("/staff", status_code=303)
    return _page(request)


async def _download(request: Request, *, as_table: bool) -> Response:
    person = await asking.admin(request)
    await asking.form(request)
    await audit.note(site_of(request).ports, Deed("evening.taken"), by=person.actor)
    try:
        file, name = await site_of(request).care.evening(as_table=as_table)
    except BoxError as error:
        return _page(request, error=error)
    headers = {
        "content-disposition": f'attachment; filename="{name}"',
        "content-length": str(os.fstat(file.fileno()).st_size),
        "cache-control": "no-store",
    }
    kind = "text/csv; charset=utf-8" if as_table else "application/vnd.sqlite3"
    return StreamingResponse(pieces_of(file), media_type=kind, headers=headers)


async def database(request: Request) -> Response:
    """The evening as a database."""
    return await _download(request, as_table=False)


async def table(request: Request) -> Response:
    """The set list as a table."""
    return await _download(request, as_table=True)


ROUTES = [
    Route(_PAGE, show),
    Route(f"{_PAGE}/sqlite", database, methods=["POST"]),
    Route(f"{_PAGE}/set-list", table, methods=["POST"]),
]
