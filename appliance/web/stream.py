"""The event stream of a stage: head and first frames by ASGI, everything after that by the hub, straight to the wire.

A bare ASGI endpoint: 1,000 phones sit in here for hours, so it holds no request object and no response object.
"""

import secrets

from starlette.datastructures import Headers
from starlette.types import Receive, Scope, Send

from appliance.domain import signing
from appliance.domain.live_state import Lane
from appliance.errors import BoxError, NotKnown, Unavailable
from appliance.live.channel import sse
from appliance.web.asking import GUEST_COOKIE
from appliance.web.problems import problem_response
from appliance.web.protocol import TRANSPORT
from appliance.web.site import Site

_HEAD = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
]


def _guest(headers: Headers, site: Site) -> str | None:
    for pair in headers.get("cookie", "").split(";"):
        name, _, value = pair.strip().partition("=")
        if name == GUEST_COOKIE:
            return signing.verify(value, key=site.keys.guest, purpose="guest")
    return None


def _last_id(scope: Scope, headers: Headers) -> str | None:
    """Where the phone left off: a reconnect says it in a header, a fresh page in its address."""
    given = headers.get("last-event-id")
    if given is None:
        for pair in scope["query_string"].decode("latin-1").split("&"):
            name, _, value = pair.partition("=")
            if name == "last":
                given = value
    return given[:64] if given else None


def _first_frames(site: Site, stage_id: str, last_id: str | None) -> bytes:
    """What the phone missed, or everything when that is unknown; then the counts, which carry no number."""
    missed = site.hub.missed_since(stage_id, last_id)
    # Phones that lose the box together come back apart.
    retry = b"retry: %d\n\n" % (1000 + secrets.randbelow(4000))
    if missed is None:
        whole = sse("state", site.board.encoded_state(stage_id), event_id=site.hub.last_id(stage_id))
        return retry + whole
    counts = (sse(lane.value, site.board.encoded(stage_id, lane)) for lane in (Lane.LIKES, Lane.LISTENERS))
    return retry + b"".join([*missed, *counts])


class StageStream:
    """`GET /api/v1/stages/{stage}/stream`, as an ASGI application."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        site: Site = scope["state"]["site"]
        stage_id: str = scope["path_params"]["stage"]
        headers = Headers(scope=scope)
        guest_id = _guest(headers, site)
        transport = scope.get(TRANSPORT)
        try:
            if site.board.state(stage_id) is None:
                raise NotKnown("stage_unknown", "There is no such stage here.", advice="Choose one from the list.")
            if transport is None:
                raise Unavailable("stream_unavailable", "This server can't stream.", advice="Ask for /now instead.")
            site.hub.check_room(guest_id)
        except BoxError as error:
            await problem_response(error)(scope, receive, send)
            return
        await send({"type": "http.response.start", "status": 200, "headers": _HEAD})
        first = _first_frames(site, stage_id, _last_id(scope, headers))
        await send({"type": "http.response.body", "body": first, "more_body": True})
        chunked = scope["http_version"] == "1.1"
        subscriber = site.hub.join(stage_id, transport, guest_id=guest_id, chunked=chunked)
        del headers, first
        try:
            while (await receive())["type"] != "http.disconnect":
                pass
        finally:
            site.hub.leave(stage_id, subscriber)
