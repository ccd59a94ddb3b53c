"""Errors as HTTP answers: problem+json for boxes and programs (RFC 9457), a page in plain words for people."""

import logging

import msgspec
from starlette.exceptions import HTTPException
from starlette.responses import Response

from appliance.errors import BoxError, Invalid, NotAllowed, NotKnown, Refused, Unavailable
from sync.cloud.spreading import TooOften, wait_s
from sync.cloud.web.site import Request, site_of

log = logging.getLogger(__name__)

#: the first class that fits decides, unless the code has an entry of its own
_BY_CLASS: tuple[tuple[type[BoxError], int], ...] = (
    (TooOften, 429),
    (Invalid, 422),
    (NotKnown, 404),
    (NotAllowed, 403),
    (Refused, 409),
    (Unavailable, 503),
)
_BY_CODE = {
    "json_broken": 400,
    "form_broken": 400,
    "body_cut": 400,
    "epoch_wrong": 400,
    "nonce_wrong": 400,
    "tus_header_wrong": 400,
    "batch_cut": 400,
    "batch_damaged": 400,
    "header_wrong": 400,
    "count_wrong": 400,
    "chain_wrong": 400,
    "nonce_needed": 401,
    "signature_missing": 401,
    "signature_wrong": 401,
    "key_unknown": 401,
    "key_revoked": 401,
    "sign_in_needed": 401,
    "access_key_wrong": 401,
    "method_wrong": 405,
    "body_too_slow": 408,
    "body_too_large": 413,
    "batch_too_large": 413,
    "encoding_unknown": 415,
    "song_not_audio": 415,
    "range_wrong": 416,
    "version_unknown": 426,
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
    416: "No such part",
    422: "Not usable",
    426: "Another version",
    429: "Too often",
    500: "Broken",
    503: "Not available",
}


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """RFC 9457, with `code` for programs and `advice` for people."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    advice: str = ""


def problem_of(error: BoxError) -> Problem:
    """An error for programs."""
    by_class = next((status for kind, status in _BY_CLASS if isinstance(error, kind)), 500)
    status = _BY_CODE.get(error.code, by_class)
    return Problem(
        type=f"urn:pika-box:problem:{error.code}",
        title=_TITLES[status],
        status=status,
        detail=error.detail,
        code=error.code,
        advice=error.advice,
    )


def _headers(request: Request, problem: Problem, error: BoxError) -> dict[str, str]:
    if problem.status in {429, 503}:
        # Many are refused in the same moment: they must not come back in one.
        return {"retry-after": str(error.facts.get("wait_s", wait_s(site_of(request).draw)))}
    if problem.status == 401:
        return {"www-authenticate": 'Pika-Box realm="pika-cloud"'}
    # What was not read stands in the way of the next request.
    return {"connection": "close"} if problem.status in {408, 413} else {}


def for_program(request: Request) -> bool:
    """Whether the asker is a box or a program rather than a person with a browser."""
    return request.url.path.startswith("/v1/") or "text/html" not in request.headers.get("accept", "text/html")


async def answer_error(request: Request, error: Exception) -> Response:
    """What went wrong, for whoever asked."""
    assert isinstance(error, BoxError)
    problem = problem_of(error)
    headers = _headers(request, problem, error)
    if for_program(request):
        body = msgspec.json.encode(problem)
        return Response(body, status_code=problem.status, media_type="application/problem+json", headers=headers)
    pages = site_of(request).pages
    if problem.code == "sign_in_needed" and request.method == "GET":
        # Signed in, people are where they wanted to go.
        response = pages.page("login.html", {"error": None, "next": request.url.path}, status=problem.status)
    else:
        words = {"status": problem.status, "code": problem.code, "detail": problem.detail, "advice": problem.advice}
        home = "/login" if problem.code == "sign_in_needed" else "/"
        response = pages.page("error.html", {**words, "home": home}, status=problem.status)
    response.headers.update(headers)
    return response


async def answer_value(request: Request, error: Exception) -> Response:
    """Something in an address or a form that the database can't even compare with what it holds, such as a NUL."""
    del error
    return await answer_error(request, Invalid("value_refused", "What was sent holds what can't be kept."))


async def answer_http_exception(request: Request, error: Exception) -> Response:
    """Starlette's own refusals (no such page, wrong method) in the same shape."""
    assert isinstance(error, HTTPException)
    if error.status_code == 405:
        response = await answer_error(request, Refused("method_wrong", "This address does not take that method."))
        response.headers.update(error.headers or {})
        return response
    return await answer_error(request, NotKnown("page_unknown", "There is nothing at this address."))


async def answer_fault(request: Request, error: Exception) -> Response:
    """A fault of the program itself. Its particulars go to the log, never to whoever asked."""
    log.error("A request broke something: %s", type(error).__name__)
    return await answer_error(request, BoxError("fault", "Something in the cloud broke.", advice="Try again."))
