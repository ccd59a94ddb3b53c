"""Dark, light, or as the phone has it: what somebody chose at the foot of a page, on every page from then on.

Pages are drawn as if nobody had chosen. Here, around the application, the few parts of a page's head that say how it is
to be painted become those of the choice, so that no page is drawn twice and none flashes: the browser knows before any
style arrives. `webui/js/scheme.js` does the same in the page that is open.
"""

from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import cookie_parser
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from appliance.errors import Invalid
from appliance.web import asking
from appliance.web.site import Request

#: readable for scripts: a page that comes back out of a browser's cache paints itself as was chosen meanwhile
SCHEME_COOKIE = "pika_scheme"
SCHEMES = ("dark", "light")
_FOR_S = 365 * 24 * 3600
#: within which a page says that it is dark whatever anybody chose: a wall
_HEAD_BYTES = 300


def _parts(scheme: str) -> list[tuple[bytes, bytes]]:
    """What stands in a page that follows the phone, and what stands there in this scheme."""
    parts = [
        ("<html ", f'<html data-scheme="{scheme}" '),
        ('name="color-scheme" content="dark light"', f'name="color-scheme" content="{scheme}"'),
        ('value="" aria-pressed="true"', 'value="" aria-pressed="false"'),
        (f'value="{scheme}" aria-pressed="false"', f'value="{scheme}" aria-pressed="true"'),
    ]
    parts += [
        (f'media="(prefers-color-scheme: {one})"', f'media="{"" if one == scheme else "not "}all"') for one in SCHEMES
    ]
    return [(written.encode(), shown.encode()) for written, shown in parts]


_PARTS = {scheme: _parts(scheme) for scheme in SCHEMES}


def painted(page: bytes, scheme: str) -> bytes:
    """A page in `dark` or `light`. One that has its own scheme stays as it is."""
    if b" data-scheme=" in page[:_HEAD_BYTES]:
        return page
    for written, shown in _PARTS[scheme]:
        page = page.replace(written, shown, 1)
    return page


class Schemes:
    """ASGI middleware around the application, below what compresses."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        cookie = Headers(scope=scope).get("cookie", "") if scope["type"] == "http" else ""
        scheme = cookie_parser(cookie).get(SCHEME_COOKIE, "") if SCHEME_COOKIE in cookie else ""
        if scheme not in SCHEMES:
            await self._app(scope, receive, send)
            return
        begun: list[Message] = []

        async def send_painted(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                if headers.get("content-type", "").startswith("text/html") and "content-encoding" not in headers:
                    begun.append(message)  # until its length is known
                    return
            elif begun:
                start, plain = begun.pop(), message.get("body", b"")
                message = {**message, "body": painted(plain, scheme)}
                headers = MutableHeaders(scope=start)
                if "content-length" in headers:
                    longer = len(message["body"]) - len(plain)
                    headers["content-length"] = str(int(headers["content-length"]) + longer)
                await send(start)
            await send(message)

        await self._app(scope, receive, send_painted)


def _back(request: Request) -> str:
    """The page that the choice was made on, as its browser says; else the first one."""
    came_from = urlsplit(request.headers.get("referer", ""))
    is_ours = came_from.netloc == request.headers.get("host") and not came_from.path.startswith("//")
    query = f"?{came_from.query}" if came_from.query else ""
    return f"{came_from.path or '/'}{query}" if is_ours else "/"


async def choose(request: Request) -> Response:
    """The switch: keeps what was chosen, or forgets it, and shows the page again."""
    scheme = (await asking.form(request)).get("scheme", "")
    if scheme and scheme not in SCHEMES:
        raise Invalid("scheme_invalid", "scheme must be dark, light or empty.", advice="Open the page again.")
    response = RedirectResponse(_back(request), status_code=303)
    if scheme:
        response.set_cookie(SCHEME_COOKIE, scheme, max_age=_FOR_S, samesite="lax")
    else:
        response.delete_cookie(SCHEME_COOKIE, samesite="lax")
    return response


ROUTES = [Route("/scheme", choose, methods=["POST"])]
