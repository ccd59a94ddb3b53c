"""The routes by which organisers bring songs: a plain form, and tus 1.0 at `/songs/uploads` for senders that can go on.

By the same rules as the box's (`appliance.web.tus`). Any process goes on with what another one began.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import quote

from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from appliance.domain.uploads import SIZE_MOST
from appliance.errors import BoxError, Invalid, Refused
from appliance.web.form_file import named_pieces, pieces
from appliance.web.tus import ABLE, ALWAYS, check_version, new_file, piece_at
from sync.cloud.organisations import Organiser
from sync.cloud.songs.bringing import Coming, Kept
from sync.cloud.web import asking, songs
from sync.cloud.web.site import Request, site_of

PLACE = "/songs/uploads"


async def _manager(request: Request) -> Organiser:
    who = await asking.organiser(request)
    asking.check_origin(request)
    return who


@asynccontextmanager
async def _turn(request: Request, who: Organiser) -> AsyncIterator[None]:
    """Some are sent at once, and of one organisation only a few. Raises: Busy."""
    sendings = site_of(request).sendings
    with sendings.in_line(who.org_id):
        async with sendings.at_work():
            yield


async def tell(request: Request) -> Response:
    """What can be done here."""
    del request
    return Response(status_code=204, headers=ALWAYS | ABLE)


async def create(request: Request) -> Response:
    """A song will be sent."""
    who = await _manager(request)
    name, length = new_file(request.headers)
    coming = await site_of(request).bringing.begin(who.org_id, name=name, size=length)
    headers = ALWAYS | {"location": f"{PLACE}/{coming.id}", "upload-offset": "0"}
    return Response(status_code=201, headers=headers)


async def look(request: Request) -> Response:
    """How much of a song came."""
    who = await _manager(request)
    coming = await site_of(request).bringing.find(who.org_id, request.path_params["upload"])
    headers = ALWAYS | {"upload-offset": str(coming.came), "upload-length": str(coming.size)}
    return Response(status_code=200, headers=headers)


async def append(request: Request) -> Response:
    """The next piece of a song."""
    who, site = await _manager(request), site_of(request)
    offset = piece_at(request.headers)
    coming = await site.bringing.find(who.org_id, request.path_params["upload"])
    if offset != coming.came:
        raise Refused("upload_offset", f"{coming.came} bytes came so far.", advice="Go on from there.")
    async with _turn(request, who):
        now = await _appended(request, who, coming)
    came = coming.size if isinstance(now, Kept) else now.came
    headers = ALWAYS | {"upload-offset": str(came)}
    if isinstance(now, Kept):
        headers["upload-name"] = quote(now.name)
    return Response(status_code=204, headers=headers)


async def _appended(request: Request, who: Organiser, coming: Coming) -> Coming | Kept:
    bringing, left = site_of(request).bringing, coming.size - coming.came
    try:
        return await bringing.append(who.org_id, coming, pieces(request.stream(), left))
    except Invalid as error:
        if error.code == "song_not_audio":
            # Sent again, it would be none either.
            await bringing.drop(who.org_id, coming.id)
        raise


async def drop(request: Request) -> Response:
    """Not that song after all."""
    who = await _manager(request)
    check_version(request.headers)
    await site_of(request).bringing.drop(who.org_id, request.path_params["upload"])
    return Response(status_code=204, headers=ALWAYS)


async def send(request: Request) -> Response:
    """One song from a plain form. Broken off, it can't go on: a form begins anew."""
    who = await _manager(request)
    try:
        async with _turn(request, who):
            await _send(request, who)
    except BoxError as error:
        return await songs.page(request, who, error=error)
    return RedirectResponse(songs.PAGE, status_code=303)


async def _send(request: Request, who: Organiser) -> None:
    bringing = site_of(request).bringing
    length = request.headers.get("content-length", "")
    # The file's own length is known at its end only; the form's is a little more.
    most = min(SIZE_MOST, int(length)) if length.isdecimal() and len(length) < 16 else SIZE_MOST
    parts = named_pieces(request.headers.get("content-type", ""), request.stream(), most=most)
    begun = await anext(parts, None)
    if begun is None:
        raise Invalid("song_size_invalid", "The file is empty, or none was chosen.", advice="Choose a file.")
    name, first = begun
    coming = await bringing.begin(who.org_id, name=name, size=most)

    async def content() -> AsyncIterator[bytes]:
        yield first
        async for _, piece in parts:
            yield piece

    is_whole = False
    try:
        await bringing.append(who.org_id, coming, content(), ends_it=True)
        is_whole = True
    finally:
        if not is_whole:
            # Also when the browser went away.
            await bringing.drop(who.org_id, coming.id)


async def drop_by_form(request: Request) -> Response:
    """Not that song after all."""
    who = await asking.organiser(request)
    await asking.form(request)
    await site_of(request).bringing.drop(who.org_id, request.path_params["upload"])
    return RedirectResponse(songs.PAGE, status_code=303)


ROUTES = [
    Route(songs.PAGE, send, methods=["POST"]),
    Route(PLACE, tell, methods=["OPTIONS"]),
    Route(PLACE, create, methods=["POST"]),
    Route(f"{PLACE}/{{upload}}", look, methods=["HEAD"]),
    Route(f"{PLACE}/{{upload}}", append, methods=["PATCH"]),
    Route(f"{PLACE}/{{upload}}", drop, methods=["DELETE"]),
    Route(f"{PLACE}/{{upload}}/drop", drop_by_form, methods=["POST"]),
]
