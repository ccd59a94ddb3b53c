"""What guests' links show: the page, its worker, and what the page asks. A link's secret comes in bodies only.

Nothing here knows who signed in, and nothing is kept of who asked.
"""

from functools import cache, partial
from typing import Annotated, TypeVar

import msgspec
from starlette.responses import Response
from starlette.routing import Route

from appliance.errors import Invalid, NotAllowed
from appliance.web.words import LANGUAGES, NAMES, chosen
from sync.cloud.identity import encoded
from sync.cloud.push import guests
from sync.cloud.push.guests import Link
from sync.cloud.push.letters import Keys
from sync.cloud.web import asking
from sync.cloud.web.pages import WEBUI, static
from sync.cloud.web.site import Request, site_of

T = TypeVar("T", bound="_Asked")

_BODY_MOST = 4096
_Topic = Annotated[str, msgspec.Meta(max_length=100)]
_Endpoint = Annotated[str, msgspec.Meta(max_length=1000)]
_SILENT = {"x-robots-tag": "noindex, nofollow", "referrer-policy": "no-referrer"}


class _Asked(msgspec.Struct, frozen=True):
    box: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
    secret: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{40}$")]

    @property
    def link(self) -> Link:
        return guests.link(self.box, self.secret)


class _AskedNight(_Asked, frozen=True):
    endpoint: _Endpoint = ""


class _Keys(msgspec.Struct, frozen=True):
    p256dh: _Topic
    auth: _Topic


class _Subscription(msgspec.Struct, frozen=True):
    endpoint: _Endpoint
    keys: _Keys


class _Subscribe(_Asked, frozen=True, kw_only=True):
    subscription: _Subscription
    stages: Annotated[list[_Topic], msgspec.Meta(min_length=1, max_length=guests.TOPICS_MOST)]


class _Leave(_Asked, frozen=True, kw_only=True):
    endpoint: _Endpoint


class _Stage(msgspec.Struct, frozen=True):
    id: str
    name: str


class _Like(msgspec.Struct, frozen=True):
    artist: str
    title: str
    dj: str
    at_ms: int | None


class _Night(msgspec.Struct, frozen=True):
    """`known` is false while the box has not told of the link; then there is nothing else."""

    known: bool
    #: what this browser wants to hear
    topics: list[str]
    event: str = ""
    stages: list[_Stage] = []
    likes: list[_Like] = []


async def _asked(request: Request, kind: type[T]) -> T:
    """What one of our pages asks.

    Raises: NotAllowed with the code `origin_foreign`; TooOften; Invalid with the code `body_wrong`, `json_broken` or
    `json_needed`; as `asking.body_within`.
    """
    if not asking.is_own_origin(request.headers):
        raise NotAllowed("origin_foreign", "This comes from another site's page.", advice="Use our own.")
    if request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
        raise Invalid("json_needed", "Send JSON.")
    site_of(request).pace.check(request.client.host if request.client else "")
    body = await asking.body_within(request, limit=_BODY_MOST)
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.ValidationError:
        # Its words could hold what was sent.
        raise Invalid("body_wrong", "This is no link of a guest, or not what its page sends.") from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise Invalid("json_broken", "The body is no JSON.") from None


async def page(request: Request) -> Response:
    """The page of all links: which one is read by its script, and comes to no server in an address."""
    site = site_of(request)
    language = chosen(wanted=request.query_params.get("lang"), accepted=request.headers.get("accept-language", ""))
    key = site.pushing.public_key
    words = {
        "page_lang": language,
        "t": partial(site.words.text, language),
        "languages": [(one, NAMES[one]) for one in LANGUAGES],
        "key": encoded(key) if key else "",
    }
    response = site.pages.page("guest.html", words)
    response.headers.update({**_SILENT, "vary": "accept-language"})
    return response


@cache
def _worker() -> bytes:
    return (WEBUI / "cloud" / "push-worker.js").read_bytes()


async def worker(request: Request) -> Response:
    """The script that shows messages, at the root so that it may serve all pages."""
    del request
    return Response(_worker(), media_type="text/javascript", headers={"cache-control": "no-cache"})


async def manifest(request: Request) -> Response:
    """For the Home Screen. Without `start_url`, so that what is put there is the link as it was open."""
    del request
    said = {
        "id": "/c",
        "name": "Pika Box",
        "short_name": "Pika Box",
        "display": "standalone",
        "scope": "/",
        "background_color": "#0b090f",
        "theme_color": "#0b090f",
        "icons": [{"src": static("icons/favicon.svg"), "sizes": "any", "type": "image/svg+xml"}],
    }
    return Response(msgspec.json.encode(said), media_type="application/manifest+json")


async def night(request: Request) -> Response:
    """What a link shows, and what this browser is told."""
    site = site_of(request)
    asked = await _asked(request, _AskedNight)
    found = await guests.night(site.database, asked.link)
    async with site.database.transaction(org=None) as tx:
        topics = await guests.topics(tx, asked.link.digest, endpoint=asked.endpoint) if asked.endpoint else []
    said = _Night(known=False, topics=topics)
    if found is not None:
        stages = [_Stage(*stage) for stage in found.stages]
        likes = [_Like(one.artist, one.title, one.dj, one.began_ms) for one in found.likes]
        said = _Night(known=True, topics=topics, event=found.event, stages=stages, likes=likes)
    return Response(msgspec.json.encode(said), media_type="application/json")


async def subscribe(request: Request) -> Response:
    """A browser wants to be told."""
    site = site_of(request)
    asked = await _asked(request, _Subscribe)
    keys = Keys(asked.subscription.keys.p256dh, asked.subscription.keys.auth)
    browser = guests.browser(asked.subscription.endpoint, keys)
    async with site.database.transaction(org=None) as tx:
        await guests.keep(tx, asked.link.digest, browser, stages=asked.stages, now_ms=site.now_ms())
    return Response(status_code=204)


async def leave(request: Request) -> Response:
    """A browser wants nothing any more by this link."""
    asked = await _asked(request, _Leave)
    await guests.leave(site_of(request).database, asked.link, endpoint=asked.endpoint)
    return Response(status_code=204)


async def forget(request: Request) -> Response:
    """A guest wants to be forgotten."""
    asked = await _asked(request, _Asked)
    await guests.forget_all(site_of(request).database, asked.link)
    return Response(status_code=204)


ROUTES = [
    Route("/c", page, methods=["GET"]),
    Route("/c/manifest.json", manifest, methods=["GET"]),
    Route("/push-worker.js", worker, methods=["GET"]),
    Route("/c/night", night, methods=["POST"]),
    Route("/c/subscribe", subscribe, methods=["POST"]),
    Route("/c/unsubscribe", leave, methods=["POST"]),
    Route("/c/forget", forget, methods=["POST"]),
]
