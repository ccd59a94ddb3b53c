"""Errors as HTTP answers: problem+json for programs (RFC 9457), a page in plain words for people."""

from typing import Any
from urllib.parse import urlencode

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import Request as StarletteRequest
from starlette.responses import RedirectResponse, Response
from starlette.routing import Match, Route

from appliance.errors import BoxError, Invalid, NotAllowed, NotKnown, Refused, Unavailable
from appliance.web.limits import BodyTooLarge, TooMany
from appliance.web.site import Request, site_of

#: the first class that fits decides, unless the code has an entry of its own
_BY_CLASS: tuple[tuple[type[BoxError], int], ...] = (
    (TooMany, 429),
    (BodyTooLarge, 413),
    (Invalid, 422),
    (NotKnown, 404),
    (NotAllowed, 403),
    (Refused, 409),
    (Unavailable, 503),
)
_BY_CODE = {
    "json_broken": 400,
    "form_broken": 400,
    "http_broken": 400,
    "body_cut": 400,
    "not_json": 415,
    "body_too_slow": 408,
    "token_missing": 401,
    "token_wrong": 401,
    "staff_missing": 401,
    "login_missing": 401,
    "login_wrong": 401,
    "guest_missing": 401,
    "guest_forged": 401,
    "pin_wait": 429,
    "pin_wait_strangers": 429,
    "host_unknown": 421,
    "batch_too_large": 413,
    "version_unknown": 426,
    "method_wrong": 405,
    "announcing_too_often": 429,
    "fault": 500,
}
_TITLES = {
    400: "Bad request",
    401: "Who are you?",
    403: "Not allowed",
    404: "Not found",
    405: "Wrong method",
    408: "Too slow",
    409: "Not now",
    413: "Too large",
    415: "Wrong kind of body",
    421: "Wrong address",
    422: "Not usable",
    426: "Another version",
    429: "Too often",
    500: "Broken",
    503: "Not available",
}


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """RFC 9457, with `code` for programs and `advice` for people; `facts` are the error's particulars."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    advice: str = ""
    facts: dict[str, str | int | bool] = {}


def status_of(error: BoxError) -> int:
    """The HTTP status of an error."""
    by_class = next((status for kind, status in _BY_CLASS if isinstance(error, kind)), 500)
    return _BY_CODE.get(error.code, by_class)


def problem_of(error: BoxError) -> Problem:
    """An error for programs."""
    status = status_of(error)
    return Problem(
        type=f"urn:pika-box:problem:{error.code}",
        title=_TITLES[status],
        status=status,
        detail=error.detail,
        code=error.code,
        advice=error.advice,
        facts=dict(error.facts),
    )


def headers_of(error: BoxError) -> dict[str, str]:
    """What an error says in headers, whatever its body is."""
    status = status_of(error)
    headers = {}
    if status in {429, 503}:
        headers["retry-after"] = str(error.facts.get("wait_s", 2))
    if status == 401:
        headers["www-authenticate"] = 'Bearer realm="pika-box"'
    if status in {408, 413, 421}:
        headers["connection"] = "close"
    return headers


def problem_response(error: BoxError) -> Response:
    """An error as problem+json."""
    return Response(
        msgspec.json.encode(problem_of(error)),
        status_code=status_of(error),
        media_type="application/problem+json",
        headers=headers_of(error),
    )


def for_program(request: StarletteRequest[Any]) -> bool:
    """Whether the asker is a program rather than a person with a browser."""
    return request.url.path.startswith("/api/") or "text/html" not in request.headers.get("accept", "text/html")


async def answer_box_error(request: Request, error: Exception) -> Response:
    """What went wrong, for whoever asked."""
    assert isinstance(error, BoxError)
    if for_program(request):
        return problem_response(error)
    if error.code == "login_missing" and request.method == "GET":
        return RedirectResponse(f"/login?{urlencode({'next': request.url.path})}", status_code=303)
    problem = problem_of(error)
    words = {
        "status": problem.status,
        "code": problem.code,
        "detail": problem.detail,
        "advice": problem.advice,
        "home": "/staff" if problem.code == "staff_missing" else "/",
    }
    response = site_of(request).pages.page("error.html", words, status=problem.status)
    response.headers.update(headers_of(error))
    return response


def _allowed(request: Request) -> str:
    """Every method of an address. Starlette names only those of the first route that fits, and none of a file."""
    fitting = [route for route in request.app.routes if isinstance(route, Route)]
    found = {
        method
        for route in fitting
        if route.matches(request.scope)[0] is not Match.NONE
        for method in route.methods or ()
    }
    return ", ".join(sorted(found or {"GET", "HEAD"}))


async def answer_http_exception(request: Request, error: Exception) -> Response:
    """Starlette's own refusals (no such page, wrong method) in the same shape."""
    assert isinstance(error, HTTPException)
    if error.status_code == 405:
        own = Refused("method_wrong", "This address does not take that method.")
        response = await answer_box_error(request, own)
        response.headers["allow"] = _allowed(request)
        return response
    unknown = NotKnown("page_unknown", "There is nothing at this address.", advice="Go home.")
    return await answer_box_error(request, unknown)


async def answer_fault(request: Request, error: Exception) -> Response:
    """A fault of the program itself. Its particulars go to the log, never to whoever asked."""
    del error
    return await answer_box_error(request, BoxError("fault", "Something in the box broke.", advice="Try again."))
