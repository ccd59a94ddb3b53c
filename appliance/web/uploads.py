"""Songs for the box by web: `/library/uploads` with a plain form, and `/api/v1/uploads` for senders that can go on.

The second speaks tus 1.0 (core, creation, termination; https://tus.io/protocols/resumable-upload), so that any tus
client can be used; js/uploading.js is a small one. What came is kept piece by piece, also when the box restarts.
"""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import quote

from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from appliance.domain.accounts import Person
from appliance.domain.analysis import Fault
from appliance.domain.audit import Deed
from appliance.domain.library import LibraryFile
from appliance.domain.uploads import SIZE_MOST, Upload
from appliance.errors import BoxError, Invalid, Refused
from appliance.usecases import audit
from appliance.web import asking, library_api, tus
from appliance.web.console import page_with_error
from appliance.web.form_file import named_pieces, pieces
from appliance.web.site import Request, Uploads, site_of

PAGE = "/library/uploads"
API = "/api/v1/uploads"
#: pieces are collected to this size before the disk is asked
_BLOCK = 512 * 1024
#: of songs that came, so many are shown
_SHOWN = 30


def _uploads(request: Request) -> Uploads:
    return site_of(request).uploads


async def tell(request: Request) -> Response:
    """What this box can do."""
    del request
    return Response(status_code=204, headers=tus.ALWAYS | tus.ABLE)


async def create(request: Request) -> Response:
    """A song will be sent."""
    await asking.music_keeper(request)
    name, length = tus.new_file(request.headers)
    upload = await asyncio.to_thread(_uploads(request).begin, name, length=length)
    return Response(status_code=201, headers=tus.ALWAYS | {"location": f"{API}/{upload.id}", "upload-offset": "0"})


async def look(request: Request) -> Response:
    """How much of a song came."""
    await asking.music_keeper(request)
    upload = await asyncio.to_thread(_uploads(request).find, request.path_params["upload"])
    return Response(
        status_code=200,
        headers=tus.ALWAYS | {"upload-offset": str(upload.offset), "upload-length": str(upload.length)},
    )


async def append(request: Request) -> Response:
    """The next piece of a song."""
    person = await asking.music_keeper(request)
    offset, site = tus.piece_at(request.headers), site_of(request)
    upload_id = request.path_params["upload"]
    with site.uploads.held(upload_id):
        upload = await asyncio.to_thread(site.uploads.find, upload_id)
        if offset != upload.offset:
            raise Refused("upload_offset", f"{upload.offset} bytes came so far.", advice="Go on from there.")
        upload = await _written(site.uploads, upload, pieces(request.stream(), upload.length - upload.offset))
        headers = tus.ALWAYS | {"upload-offset": str(upload.offset)}
        if upload.offset == upload.length:
            name = await _finished(request, upload, person=person)
            headers["upload-name"] = quote(name)
    return Response(status_code=204, headers=headers)


async def drop(request: Request) -> Response:
    """Not that song after all."""
    await asking.music_keeper(request)
    tus.check_version(request.headers)
    await _dropped(request, request.path_params["upload"])
    return Response(status_code=204, headers=tus.ALWAYS)


async def _dropped(request: Request, upload_id: str) -> None:
    uploads = _uploads(request)
    with uploads.held(upload_id):
        await asyncio.to_thread(uploads.drop, await asyncio.to_thread(uploads.find, upload_id))


async def _written(uploads: Uploads, upload: Upload, content: AsyncIterator[bytes]) -> Upload:
    """What comes, block by block on the disk; a connection that breaks loses no more than the last one's start."""
    block = bytearray()
    try:
        async for piece in content:
            block += piece
            if len(block) >= _BLOCK:
                done, block = block, bytearray()
                upload = await asyncio.to_thread(uploads.write, upload, bytes(done))
    finally:
        if block:
            upload = await asyncio.to_thread(uploads.write, upload, bytes(block))
    return upload


async def _finished(request: Request, upload: Upload, *, person: Person) -> str:
    """A whole song is among the music; the library looks at once."""
    site = site_of(request)
    name = await asyncio.to_thread(site.uploads.finish, upload)
    await audit.note(site.ports, Deed("song.uploaded", name=name), by=person.actor)
    site.library.look_now()
    return name


def _state(file: LibraryFile | None) -> dict[str, str]:
    """How far a song that came is: heard, not yet, or why not."""
    if file is None or (file.track_id is None and file.fault is None):
        return {"state": "waiting", "track": "", "why": "", "advice": ""}
    if file.fault is not None:
        fault = Fault(file.fault)
        return {"state": "faulty", "track": "", "why": fault.detail, "advice": fault.advice}
    return {"state": "heard", "track": file.track_id or "", "why": "", "advice": ""}


async def _came(request: Request) -> list[dict[str, str]]:
    site = site_of(request)
    newest = await asyncio.to_thread(site.uploads.newest, _SHOWN)
    found = [(path.name, await site.ports.reader.library_file(bytes(path))) for path in newest]
    return [{"name": name} | _state(file) for name, file in found]


async def _page(request: Request, *, error: BoxError | None = None) -> Response:
    site = site_of(request)
    waiting = await asyncio.to_thread(site.uploads.waiting)
    words: dict[str, Any] = {
        "waiting": [{"id": one.id, "name": one.name, "came": one.offset, "length": one.length} for one in waiting],
        "came": await _came(request),
        "scan": await library_api.scan_out(site),
        "most_mb": SIZE_MOST // 1_000_000,
    }
    return page_with_error(request, "library_uploads.html", words, error=error)


async def show(request: Request) -> Response:
    """The page."""
    await asking.music_keeper(request)
    response = await _page(request)
    response.headers["cache-control"] = "no-cache"
    return response


async def send(request: Request) -> Response:
    """One song from a plain form. Broken off, it can't go on: a form begins anew."""
    person, uploads = await asking.music_keeper(request), _uploads(request)
    length = request.headers.get("content-length", "")
    upload: Upload | None = None
    is_whole = False
    try:
        # The file's own length is known at its end only; the form's is a little more.
        most = int(length) if length.isdecimal() and len(length) < 16 else SIZE_MOST
        async for name, piece in named_pieces(request.headers.get("content-type", ""), request.stream(), most=most):
            if upload is None:
                upload = await asyncio.to_thread(uploads.begin, name, length=min(most, SIZE_MOST))
            upload = await asyncio.to_thread(uploads.write, upload, piece)
        if upload is None:
            raise Invalid("song_size_invalid", "The file is empty, or none was chosen.", advice="Choose a file.")
        await _finished(request, upload, person=person)
        is_whole = True
    except BoxError as error:
        return await _page(request, error=error)
    finally:
        if upload is not None and not is_whole:
            # Also when the browser went away.
            uploads.drop(upload)
    return RedirectResponse(PAGE, status_code=303)


async def drop_by_form(request: Request) -> Response:
    """Not that song after all."""
    await asking.music_keeper(request)
    await asking.form(request)
    try:
        await _dropped(request, request.path_params["upload"])
    except BoxError as error:
        return await _page(request, error=error)
    return RedirectResponse(PAGE, status_code=303)


ROUTES = [
    Route(PAGE, show),
    Route(PAGE, send, methods=["POST"]),
    Route(f"{PAGE}/{{upload}}/drop", drop_by_form, methods=["POST"]),
    Route(API, tell, methods=["OPTIONS"]),
    Route(API, create, methods=["POST"]),
    Route(f"{API}/{{upload}}", look, methods=["HEAD"]),
    Route(f"{API}/{{upload}}", append, methods=["PATCH"]),
    Route(f"{API}/{{upload}}", drop, methods=["DELETE"]),
]
