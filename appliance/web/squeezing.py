"""Compresses pages and JSON on their way to phones: a hall's air is what there is least of.

Never a stream, whose bytes go to the wire past here, and never what phones' systems compare byte by byte: that is
answered before. Static files come compressed already.

What is compressed tells by its length what it has in common with itself (BREACH): beside text that a stranger chose, a
secret could be guessed letter by letter. There is no secret in forms here, because `Origin` and `SameSite` keep other
sites out; but pages of people who are logged in show tokens, codes and passwords. So only readings by guests are
compressed: whoever sends a cookie that is not a guest's, or a token, gets pages as they are.
"""

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from appliance.web.asking import GUEST_COOKIE, LANGUAGE_COOKIE
from appliance.web.assets import WORTH_BYTES, squeezed, takes_gzip
from appliance.web.banner import READ_COOKIE
from appliance.web.passes import PASS_COOKIE
from appliance.web.scheme import SCHEME_COOKIE

#: what a guest's phone sends: its id, its language, dark or light, what it read, the PINs that were typed on it
_GUESTS = frozenset({GUEST_COOKIE, LANGUAGE_COOKIE, SCHEME_COOKIE, READ_COOKIE, PASS_COOKIE})
_TYPES = frozenset({"text/html", "application/json"})
#: what is longer is somebody's table or picture and would hold everybody up
_MOST_BYTES = 512 * 1024


def _is_guest(headers: Headers) -> bool:
    names = {pair.partition("=")[0].strip() for pair in headers.get("cookie", "").split(";")} - {""}
    return "authorization" not in headers and names <= _GUESTS


def may_be_squeezed(asked: Headers) -> bool:
    """Whether whoever asks takes pages compressed, and is a guest."""
    return takes_gzip(asked.get("accept-encoding", "")) and _is_guest(asked)


def _is_worth_it(message: Message, headers: MutableHeaders) -> bool:
    length, kind = headers.get("content-length", ""), headers.get("content-type", "").partition(";")[0]
    fits = length.isdecimal() and WORTH_BYTES <= int(length) <= _MOST_BYTES
    return fits and message["status"] == 200 and kind in _TYPES and "content-encoding" not in headers


class Squeezing:
    """ASGI middleware around the application."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "GET":
            await self._app(scope, receive, send)
            return
        asked = Headers(scope=scope)
        wanted = may_be_squeezed(asked)
        begun: list[Message] = []

        async def send_squeezed(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                if _is_worth_it(message, headers):
                    headers.add_vary_header("Accept-Encoding")
                    if wanted:
                        begun.append(message)  # until its length is known
                        return
            elif begun and not message.get("more_body"):
                message = {**message, "body": squeezed(message["body"])}
                headers = MutableHeaders(scope=begun[0])
                headers["content-length"], headers["content-encoding"] = str(len(message["body"])), "gzip"
                # Byte by byte it is another answer; both mean the same.
                etag = headers.get("etag", "")
                if etag and not etag.startswith("W/"):
                    headers["etag"] = f"W/{etag}"
            if begun:
                await send(begun.pop())
            await send(message)

        await self._app(scope, receive, send_squeezed)
