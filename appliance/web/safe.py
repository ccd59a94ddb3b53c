"""Safe mode's pages: what is left when the box can't start. No database, no settings, no broker, nothing of any guest.

For phones one page at every address, that says so and looks again by itself. For staff `/staff`: what fails, the last
words of the logs, and two ways out. The code made for this safe mode lets them in; it is printed where the box runs.
Phones' probes are refused, so no portal opens: there is nothing to show behind it.
"""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Scope

from appliance import __version__
from appliance.errors import BoxError, NotAllowed, Unavailable
from appliance.usecases import people
from appliance.web import asking, assets
from appliance.web.gate import Gate
from appliance.web.limits import Throttle
from appliance.web.problems import for_program, headers_of, problem_of, problem_response
from appliance.web.protocol import BoxProtocol
from appliance.web.rendering import Pages
from appliance.web.scheme import Schemes

#: when a phone looks again, seconds; a normal start takes a few
AGAIN_S = 15
_BODY_BYTES = 10 * 1024
_COOKIE = "pika_safe"
_METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a start failed."""

    #: a program of the box, or `start`
    part: str
    #: what happened, as the log has it
    words: str


@dataclass(frozen=True, slots=True)
class SafeView:
    """What safe mode shows and does."""

    #: the box's name, for staff
    name: str
    #: lets staff in
    code: str
    #: the failed starts, oldest first
    reasons: Sequence[Reason]
    #: what staff have not read yet
    notices: Callable[[], Sequence[str]]
    #: each log's name and last lines, redacted
    logs: Callable[[], Sequence[tuple[str, Sequence[str]]]]
    #: ends safe mode: the normal start is tried again, with or without the broker
    leave: Callable[[bool], None]


class _Doors:
    """The routes, with what they share."""

    def __init__(self, view: SafeView) -> None:
        self._view = view
        self._pages = Pages()
        self._tries = Throttle()
        # Good for as long as this safe mode lasts.
        self._pass = secrets.token_urlsafe(24)

    def routes(self) -> list[Route]:
        return [
            Route("/health", self.health),
            Route("/staff", self.staff),
            Route("/staff/setup", self.setup, methods=["POST"]),
            Route("/staff/again", self.again, methods=["POST"]),
            Route("/staff/without-broker", self.without_broker, methods=["POST"]),
            Route("/{path:path}", self.anything, methods=_METHODS),
        ]

    async def health(self, request: Request) -> Response:
        """As the normal server's, with the parts that failed."""
        del request
        parts = {reason.part: {"state": "problem", "problem": "it failed to start"} for reason in self._view.reasons}
        answer = {"status": "safe", "version": __version__, "parts": parts}
        return JSONResponse(answer, status_code=503, headers={"retry-after": str(AGAIN_S)})

    async def anything(self, request: Request) -> Response:
        """Every other address: the music is not here now, and likes wait in the phone."""
        refusal = Unavailable("safe_mode", "The box is being looked after.", advice="Try again soon.", wait_s=AGAIN_S)
        if for_program(request):
            return problem_response(refusal)
        # Not all at once: a hall that looks again in the same second would be a storm.
        page = self._page(request, "safe.html", {"again_s": AGAIN_S + secrets.randbelow(AGAIN_S)}, status=503)
        page.headers.update(headers_of(refusal))
        return page

    async def staff(self, request: Request) -> Response:
        """What is wrong, or the way in."""
        return self._staff_page(request)

    async def setup(self, request: Request) -> Response:
        """The code for a pass."""
        try:
            self._tries.check()
            fields = asking.form_fields(await asking.body_within(request, limit=_BODY_BYTES))
            if not people.is_same_code(fields.get("code", ""), self._view.code):
                self._tries.failed()
                raise NotAllowed("setup_code_wrong", "This is not the code of this safe mode.")
        except BoxError as error:
            return self._staff_page(request, error=error)
        self._tries.succeeded()
        response = RedirectResponse("/staff", status_code=303)
        response.set_cookie(_COOKIE, self._pass, httponly=True, samesite="strict")
        return response

    async def again(self, request: Request) -> Response:
        """The normal start, now."""
        return await self._leave(request, with_broker=True)

    async def without_broker(self, request: Request) -> Response:
        """The normal start without lights and displays."""
        return await self._leave(request, with_broker=False)

    async def _leave(self, request: Request, *, with_broker: bool) -> Response:
        await asking.body_within(request, limit=_BODY_BYTES)
        if not self._is_staff(request):
            return RedirectResponse("/staff", status_code=303)
        self._view.leave(with_broker)
        return self._page(request, "safe_leaving.html", {"again_s": AGAIN_S})

    def _is_staff(self, request: Request) -> bool:
        given = request.cookies.get(_COOKIE, "")
        return secrets.compare_digest(given.encode(), self._pass.encode())

    def _staff_page(self, request: Request, *, error: BoxError | None = None) -> Response:
        if not self._is_staff(request):
            code = {"error": error.code if error else None}
            return self._page(request, "safe_login.html", code, status=problem_of(error).status if error else 200)
        words = {
            "name": self._view.name,
            "reasons": self._view.reasons,
            "notices": self._view.notices(),
            "logs": self._view.logs(),
        }
        return self._page(request, "safe_staff.html", words)

    def _page(self, request: Request, name: str, words: dict[str, Any], *, status: int = 200) -> Response:
        return self._pages.page(name, words, status=status, language=asking.language(request))


async def _answer_error(request: Request, error: Exception) -> Response:
    del request
    known = error if isinstance(error, BoxError) else BoxError("fault", "Something in the box broke.")
    return problem_response(known)


async def _no_capture(scope: Scope, host: str) -> None:
    """As in quiet mode."""
    del scope, host


def build_safe_app(view: SafeView, *, names: Sequence[str]) -> ASGIApp:
    """The application. `names` are the box's further host names."""
    app = Starlette(
        routes=[*assets.ROUTES, *_Doors(view).routes()],
        exception_handlers={BoxError: _answer_error, Exception: _answer_error},
    )
    return Gate(Schemes(app), names=names, stray=_no_capture)


def build_safe_server(app: ASGIApp, *, host: str, port: int) -> uvicorn.Server:
    """The server for it. No access log: it would keep addresses."""
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        http=BoxProtocol,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=5,
        timeout_graceful_shutdown=1,
        limit_concurrency=2_000,
    )
    return uvicorn.Server(config)
