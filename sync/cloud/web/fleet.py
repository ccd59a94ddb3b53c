"""The routes of an organiser's boxes: how each is, what is on now as a stream, renaming, giving up; and /metrics."""

import asyncio
import hmac
import ipaddress

from starlette.responses import RedirectResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from appliance.errors import Invalid, NotAllowed, NotKnown
from sync.cloud import enrolment
from sync.cloud.fleet import metrics, reading, words
from sync.cloud.fleet.live import LiveOut
from sync.cloud.web import asking
from sync.cloud.web.site import Request, site_of

_NAME_MOST = 100
_OVER_MOST = 30
#: without news a word all the same, so that whoever stands between sees a line in use
_BEAT_S = 15.0
#: a page that does not take what it is sent within this time is cut
_SLOW_S = 10.0
#: after so long a page signs in anew by itself
_STREAM_FOR_S = 600.0
_AGAIN_MS = 3_000
_HEAD = [(b"content-type", b"text/event-stream; charset=utf-8"), (b"x-accel-buffering", b"no")]


def _to(address: str) -> Response:
    return RedirectResponse(address, status_code=303)


async def boxes_page(request: Request) -> Response:
    """The organisation's boxes, what needs somebody first."""
    site = site_of(request)
    who = await asking.organiser(request)
    now_ms = site.now_ms()
    async with site.database.transaction(org=who.org_id) as tx:
        found = await reading.boxes_of(tx, who.org_id, now_ms=now_ms)
        over = await tx.all("alarms_over", org=who.org_id, limit=_OVER_MOST)
    cards = words.in_order([words.card(box, alarms, now_ms=now_ms) for box, _, alarms in found])
    level, verdict = words.verdict([card for card in cards if not card.is_given_up or card.worries])
    told = {
        "organisation": who.name,
        "cards": cards,
        "stages": {box.box_id: stages for box, stages, _ in found},
        "versions": {box.box_id: box.version for box, _, _ in found},
        "status": {"level": level, "verdict": verdict},
        "over": [words.over(row, now_ms=now_ms) for row in over],
    }
    return site.pages.page("boxes.html", told)


async def rename(request: Request) -> Response:
    """Gives a box another name."""
    site = site_of(request)
    who = await asking.organiser(request)
    fields = await asking.form(request)
    name = fields.get("name", "").strip()
    if not name or len(name) > _NAME_MOST or not name.isprintable():
        raise Invalid("name_wrong", f"A box's name has 1 to {_NAME_MOST} characters.", advice="Type another one.")
    async with site.database.transaction(org=who.org_id) as tx:
        if not await tx.run("rename_box", org=who.org_id, box=fields.get("box", ""), name=name):
            raise NotKnown("box_unknown", "There is no such box.", advice="Look at the page of boxes again.")
    return _to("/boxes")


async def release(request: Request) -> Response:
    """Takes back the keys of a box."""
    site = site_of(request)
    who = await asking.organiser(request)
    fields = await asking.form(request)
    await enrolment.release(site.database, org=who.org_id, box=fields.get("box", ""), now_ms=site.now_ms())
    return _to("/boxes")


class _Events(Response):
    """A page's stream: what is new of each box, until the page leaves, does not read, or has to sign in anew."""

    def __init__(self, live: LiveOut, *, org: str) -> None:
        super().__init__()
        self._live, self._org = live, org

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        del scope
        with self._live.stream(self._org) as stream:

            async def wait_for_end() -> None:
                while (await receive())["type"] != "http.disconnect":
                    pass
                stream.close()

            leaving = asyncio.create_task(wait_for_end())
            until = asyncio.get_running_loop().time() + _STREAM_FOR_S
            try:
                await send({"type": "http.response.start", "status": 200, "headers": _HEAD})
                await self._say(send, f"retry: {_AGAIN_MS}\n\n".encode())
                while not stream.is_closed and asyncio.get_running_loop().time() < until:
                    news = await stream.next(within_s=_BEAT_S)
                    await self._say(send, b"".join(b"event: live\ndata: %b\n\n" % one for one in news) or b": here\n\n")
                await send({"type": "http.response.body", "body": b"", "more_body": False})
            except TimeoutError:
                self._live.cut += 1
            finally:
                leaving.cancel()

    @staticmethod
    async def _say(send: Send, data: bytes) -> None:
        async with asyncio.timeout(_SLOW_S):
            await send({"type": "http.response.body", "body": data, "more_body": True})


async def live(request: Request) -> Response:
    """What is on now at every box of the organisation, as events."""
    who = await asking.organiser(request)
    return _Events(site_of(request).live, org=who.org_id)


def _is_own(request: Request) -> bool:
    """Whether it was asked on this machine, and not through the proxy that stands on it."""
    try:
        loopback = request.client is not None and ipaddress.ip_address(request.client.host).is_loopback
    except ValueError:
        return False
    return loopback and not {"x-forwarded-for", "forwarded", "via"} & set(request.headers)


async def tell_metrics(request: Request) -> Response:
    """The service in numbers, for those who run it. Raises: NotAllowed."""
    site = site_of(request)
    token = site.settings.metrics_token
    said = request.headers.get("authorization", "").encode("utf-8")
    allowed = hmac.compare_digest(said, f"Bearer {token}".encode()) if token else _is_own(request)
    if not allowed:
        raise NotAllowed("metrics_closed", "These figures are for those who run the cloud.", advice="Ask them.")
    page = await site.metrics.page(site.database, now_ms=site.now_ms(), streams=site.live.streams, cut=site.live.cut)
    return Response(page, headers={"content-type": metrics.CONTENT_TYPE})


ROUTES = [
    Route("/boxes", boxes_page, methods=["GET"]),
    Route("/boxes/live", live, methods=["GET"]),
    Route("/boxes/name", rename, methods=["POST"]),
    Route("/boxes/release", release, methods=["POST"]),
    Route("/metrics", tell_metrics, methods=["GET"]),
]
