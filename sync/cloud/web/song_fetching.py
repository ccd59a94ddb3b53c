"""The routes by which boxes fetch songs: what is theirs, the bytes piece by piece, and what they say of it."""

import re
from typing import Annotated

import msgspec
from starlette.responses import Response
from starlette.routing import Route

from appliance.errors import Invalid
from sync.cloud.songs import book
from sync.cloud.songs.book import Said
from sync.cloud.web import asking
from sync.cloud.web.boxes import decoded
from sync.cloud.web.site import Request, site_of

#: bytes of one answer at most: what a box takes
PIECE_MOST = 256 * 1024
#: and how often a box asks what is new, seconds
_AGAIN_S = 60
_SAID_MOST = 128 * 1024
_RANGE = re.compile(r"bytes=(\d{1,12})-(\d{1,12})")
_Word = Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9_]{0,40}$")]
_Id = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{1,40}$")]


class _Song(msgspec.Struct, frozen=True):
    id: str
    name: str
    size: int
    sha256: str


class _List(msgspec.Struct, frozen=True):
    #: stands for all that the box is to have
    mark: str
    #: nothing has changed since that was told
    same: bool
    songs: list[_Song]
    #: ask for what comes after this one; empty at the end
    next: str
    #: how many the box has, as it said
    here: int
    again_s: int = _AGAIN_S
    v: int = 1


class _SaidOne(msgspec.Struct, frozen=True):
    id: _Id
    state: _Word
    reason: _Word = ""
    came: Annotated[int, msgspec.Meta(ge=0, le=2**40)] = 0


class _Words(msgspec.Struct, frozen=True):
    v: Annotated[int, msgspec.Meta(ge=1)]
    songs: Annotated[list[_SaidOne], msgspec.Meta(max_length=1000)] = []
    #: why nothing is fetched at the moment
    pause: _Word = ""


async def tell(request: Request) -> Response:
    """What the box is to have."""
    site = site_of(request)
    who = (await _asked(request)).box
    async with site.database.transaction(org=who.org_id) as tx:
        wanted = await book.wanted(tx, org=who.org_id, box=who.box_id)
    known, after = request.query_params.get("known", ""), request.query_params.get("after", "")
    if known == wanted.mark and not after:
        return _json(_List(wanted.mark, same=True, songs=[], next="", here=wanted.here))
    left = [row for row in wanted.songs if row["id"] > after]
    page = [_Song(row["id"], row["name"], row["size"], row["sha256"]) for row in left[: book.PAGE]]
    following = page[-1].id if len(left) > len(page) else ""
    return _json(_List(wanted.mark, same=False, songs=page, next=following, here=wanted.here))


async def give(request: Request) -> Response:
    """A piece of a song."""
    site = site_of(request)
    who = (await _asked(request)).box
    song_id = request.path_params["song"]
    async with site.database.transaction(org=who.org_id) as tx:
        name, size = await book.for_box(tx, org=who.org_id, box=who.box_id, song_id=song_id)
    found = _RANGE.fullmatch(request.headers.get("range", ""))
    start, stop = (int(found[1]), min(size, int(found[2]) + 1)) if found else (0, size)
    stop = min(stop, start + PIECE_MOST)
    if start >= stop:
        raise Invalid("range_wrong", f"The song has {size} bytes.", advice="Ask for some of them.")
    site.rations.check(who.box_id, song_id, size=size)
    async with site.fetches.at_work():
        content = b"".join([block async for block in site.bringing.store.read(name, start=start, stop=stop)])
    site.rations.note(who.box_id, song_id, count=len(content))
    # A store that has less than was put there is told by the length.
    headers = {"content-range": f"bytes {start}-{start + len(content) - 1}/{size}", "accept-ranges": "bytes"}
    return Response(content, status_code=206, media_type="application/octet-stream", headers=headers)


async def hear(request: Request) -> Response:
    """What a box says of songs."""
    site = site_of(request)
    who = await asking.shown(request)
    body = await asking.signed_body(request, who, limit=_SAID_MOST)
    words = decoded(body, _Words)
    said = [Said(one.id, one.state, one.reason, one.came) for one in words.songs if one.state in book.STATES]
    own = {"org": who.box.org_id, "box": who.box.box_id}
    async with site.database.transaction(org=who.box.org_id) as tx:
        await book.hear(tx, said, pause=words.pause, **own, now_ms=site.now_ms())
    return Response(status_code=204)


async def _asked(request: Request) -> asking.Shown:
    who = await asking.shown(request)
    await asking.signed_body(request, who)
    return who


def _json(said: msgspec.Struct) -> Response:
    return Response(msgspec.json.encode(said), media_type="application/json")


ROUTES = [
    Route("/v1/songs", tell, methods=["GET"]),
    Route("/v1/songs", hear, methods=["PUT"]),
    Route("/v1/songs/{song}", give, methods=["GET"]),
]
