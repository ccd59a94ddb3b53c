"""The event stream of a stage: the head by ASGI, everything after that straight to the wire, later by the hub.

A bare ASGI endpoint: 1,000 phones sit in here for hours, so it holds no request object and no response object.
"""

import secrets
from collections.abc import Mapping

from starlette.datastructures import Headers
from starlette.types import Receive, Scope, Send

from appliance.domain import topics
from appliance.domain.live_state import FOR_CREW
from appliance.errors import BoxError, Unavailable
from appliance.live import radio
from appliance.live.channel import Subscriber, Wire, chunk, sse
from appliance.live.hub import NOTHING_NEW
from appliance.web import passes
from appliance.web.asking import GUEST_COOKIE, phone_in
from appliance.web.attending import event_shown, guest_of, seen
from appliance.web.problems import problem_response
from appliance.web.protocol import TRANSPORT
from appliance.web.site import Site

_HEAD = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
]

_DJ = "dj"
#: who looks on without dancing
WATCHERS = frozenset({_DJ, passes.WALL})
#: milliseconds since 1970 have no more digits in a thousand years
_TIME_DIGITS = 14
_MARK_DIGITS = 15


def _cookies(headers: Headers) -> dict[str, str]:
    pairs = (pair.strip().partition("=") for pair in headers.get("cookie", "").split(";"))
    return {name: value for name, _, value in pairs}


def _guest(cookies: Mapping[str, str], site: Site, *, stage_id: str) -> str | None:
    phone = phone_in(cookies.get(GUEST_COOKIE, ""), site)
    return guest_of(site, phone, stage_id=stage_id) if phone else None


def _asked(scope: Scope) -> dict[str, str]:
    """The query, as far as a stream has one: ids and words without anything to decode."""
    pairs = (pair.partition("=") for pair in scope["query_string"].decode("latin-1").split("&"))
    return {name: value for name, _, value in pairs}


def _last_id(scope: Scope, headers: Headers) -> str | None:
    """Where the phone left off: a reconnect says it in a header, a fresh page in its address."""
    given = headers.get("last-event-id", _asked(scope).get("last"))
    return given[:64] if given else None


def _count(scope: Scope, site: Site, *, stage_id: str, subscriber: Subscriber, headers: Headers) -> None:
    """Notes that a guest is there, and what time it is on that phone."""
    if subscriber.guest_id is None or not subscriber.listens:
        return
    seen(site, stage_id, subscriber.guest_id)
    said = _asked(scope).get("now", "")
    # A browser that reconnects by itself repeats the address, with the time of back then.
    if "last-event-id" not in headers and said.isascii() and said.isdecimal() and len(said) <= _TIME_DIGITS:
        site.counting.vote(subscriber.guest_id, int(said))


def _topics(stage_topic: str, event_id: str, *, is_crew: bool) -> tuple[str, ...]:
    return (stage_topic, topics.of_event(event_id), *([topics.of_crew(stage_topic)] if is_crew else []))


def _mark(scope: Scope) -> int | None:
    """What the page says it knew of the lanes without a number, when it was drawn; None when it does not say."""
    given = _asked(scope).get("seen", "")
    return int(given) if given.isascii() and given.isdecimal() and len(given) <= _MARK_DIGITS else None


def _first_frames(site: Site, topic: str, since: tuple[str | None, int | None], *, is_crew: bool) -> bytes:
    """What the phone missed since its last id and mark, or everything when that is unknown."""
    audience, (last_id, mark) = topics.audience(topic), since
    stage_id, inside = audience.name, {audience.lock} - {""}
    missed = site.hub.missed_since(topic, last_id)
    if missed is None:
        state = sse("state", site.board.encoded_state(stage_id, inside=inside), event_id=site.hub.last_id(topic))
        told = [state, *(sse(lane.value, data) for lane, data in site.board.beside(stage_id, inside=inside))]
    else:
        lanes = site.board.unknown_since(stage_id, mark, inside=inside)
        shown = ((lane, data) for lane, data in lanes if is_crew or lane not in FOR_CREW)
        told = [*missed, *(sse(lane.value, data) for lane, data in shown)]
    # Phones that lose the box together come back apart. A script hears of a stream that has nothing to say, too.
    return b"".join([b"retry: %d\n\n" % (1000 + secrets.randbelow(4000)), *(told or [NOTHING_NEW])])


def _topic(scope: Scope, cookies: Mapping[str, str], site: Site, *, stage_id: str) -> str:
    """What the stream is told of the stage: what everybody is, or what those are who know the PIN."""
    asked = _asked(scope)
    desk_pass, watcher = asked.get(passes.DESK_PASS, ""), asked.get("as", "")
    inside = passes.opened_by(cookies, site, desk_pass=desk_pass, watcher=watcher)
    return site.board.topic_for(stage_id, inside=inside)


def _subscriber(scope: Scope, site: Site, *, stage_id: str, headers: Headers) -> Subscriber:
    """Who wants to listen, with the connection to write to, if this stream may open.

    Raises: NotKnown with the code `stage_unknown`; Unavailable.
    """
    event = event_shown(site, stage_id, key=_asked(scope).get("draft", ""))
    wire: Wire | None = scope.get(TRANSPORT)
    if wire is None:
        raise Unavailable("stream_unavailable", "This server can't stream.", advice="Ask for /now instead.")
    cookies, address = _cookies(headers), scope["client"][0] if scope["client"] else ""
    guest_id = _guest(cookies, site, stage_id=stage_id)
    site.hub.check_room(guest_id, address=address)
    watcher = _asked(scope).get("as")
    return Subscriber(
        wire=wire,
        topics=_topics(_topic(scope, cookies, site, stage_id=stage_id), event.event.id, is_crew=watcher in WATCHERS),
        guest_id=guest_id,
        chunked=scope["http_version"] == "1.1",
        listens=watcher not in WATCHERS,
        address=address,
    )


class StageStream:
    """`GET /api/v1/stages/{stage}/stream`, as an ASGI application."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        site: Site = scope["state"]["site"]
        stage_id: str = scope["path_params"]["stage"]
        headers = Headers(scope=scope)
        try:
            subscriber = _subscriber(scope, site, stage_id=stage_id, headers=headers)
        except BoxError as error:
            await problem_response(error)(scope, receive, send)
            return
        if scope["method"] == "HEAD":
            await send({"type": "http.response.start", "status": 200, "headers": _HEAD})
            await send({"type": "http.response.body"})
            return
        if not subscriber.chunked:
            # uvicorn promises chunks to HTTP/1.0 too, which does not know them; only heads for HEAD it leaves alone.
            scope["method"] = "HEAD"
        await send({"type": "http.response.start", "status": 200, "headers": _HEAD})
        # From here to `join` nothing is awaited, so nothing falls between the first frames and the hub's.
        since = _last_id(scope, headers), _mark(scope)
        first = _first_frames(site, subscriber.topics[0], since, is_crew=not subscriber.listens)
        radio.tune(subscriber.wire)
        subscriber.wire.write(chunk(first) if subscriber.chunked else first)
        site.hub.join(subscriber)
        if guest_id := subscriber.guest_id:
            site.hearing.opened(guest_id, host=subscriber.address)
        _count(scope, site, stage_id=stage_id, subscriber=subscriber, headers=headers)
        del headers, first
        try:
            while (await receive())["type"] != "http.disconnect":
                pass
        finally:
            site.hub.leave(subscriber)
            if guest_id:
                site.hearing.closed(guest_id)
