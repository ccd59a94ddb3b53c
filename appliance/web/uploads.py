"""Songs for the box by web: `/library/uploads` with a plain form, and `/api/v1/uploads` for senders that can go on.

The second speaks tus 1.0 (core, creation, termination; https://tus.io/protocols/resumable-upload), so that any tus
client can be used; js/uploading.js is a small one. What came is kept piece by piece, also when the box restarts.
"""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from appliance.domain.accounts import Person
from appliance.domain.analysis import Fault
from appliance.domain.audit import Deed
from appliance.domain.uploads import SIZE_MOST, Upload
from appliance.errors import BoxError, Invalid, NotAllowed, NotKnown, Refused
from appliance.usecases import audit
from appliance.web import asking, library_api, tus
from appliance.web.console import page_with_error
from appliance.web.form_file import named_pieces, pieces
from appliance.web.library import found_words
from appliance.web.site import Request, Site, Uploads, site_of

PAGE = "/library/uploads"
API = "/api/v1/uploads"
#: pieces are collected to this size before the disk is asked
_BLOCK = 512 * 1024
#: of songs that came, so many are shown
_SHOWN = 20
_NEW: dict[str, Any] = {"state": "waiting", "track": None, "twin": "", "why": "", "advice": "", "removable": False}


def _uploads(request: Request) -> Uploads:
    return site_of(request).uploads


def _is_own(upload: Upload, person: Person) -> bool:
    """Whether a song on its way is somebody's to go on with: a manager's is what they sent, and nothing else."""
    return person.is_organiser or upload.by == person.actor.id


async def _found(request: Request, person: Person) -> Upload:
    """The song on its way that the address names. Raises: NotKnown with the code `upload_unknown`."""
    upload = await asyncio.to_thread(_uploads(request).find, request.path_params["upload"])
    if not _is_own(upload, person):
        raise NotKnown("upload_unknown", "No such song is on its way.", advice="Send it again.")
    return upload


async def tell(request: Request) -> Response:
    """What this box can do."""
    del request
    return Response(status_code=204, headers=tus.ALWAYS | tus.ABLE)


async def create(request: Request) -> Response:
    """A song will be sent."""
    person = await asking.music_keeper(request)
    name, length = tus.new_file(request.headers)
    upload = await asyncio.to_thread(_uploads(request).begin, name, length=length, by=person.actor.id)
    return Response(status_code=201, headers=tus.ALWAYS | {"location": f"{API}/{upload.id}", "upload-offset": "0"})


async def look(request: Request) -> Response:
    """How much of a song came. One that came whole when the plug was pulled is taken among the music now."""
    person = await asking.music_keeper(request)
    upload = await _found(request, person)
    if upload.offset == upload.length:
        with _uploads(request).held(upload.id):
            await _finished(request, upload, person=person)
    return Response(
        status_code=200,
        headers=tus.ALWAYS | {"upload-offset": str(upload.offset), "upload-length": str(upload.length)},
    )


async def append(request: Request) -> Response:
    """The next piece of a song."""
    person = await asking.music_keeper(request)
    offset, site = tus.piece_at(request.headers), site_of(request)
    with site.uploads.held(request.path_params["upload"]):
        upload = await _found(request, person)
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
    person = await asking.music_keeper(request)
    tus.check_version(request.headers)
    await _dropped(request, person)
    return Response(status_code=204, headers=tus.ALWAYS)


async def _dropped(request: Request, person: Person) -> None:
    uploads = _uploads(request)
    with uploads.held(request.path_params["upload"]):
        await asyncio.to_thread(uploads.drop, await _found(request, person))


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


async def _came(site: Site, person: Person) -> list[dict[str, Any]]:
    """The songs that came last, each with how far it is: heard and how it sounds, not yet, or why not."""
    newest = await asyncio.to_thread(site.uploads.newest, _SHOWN)
    return [{"name": path.name} | await _state(site, path, person=person) for path in newest]


async def _state(site: Site, path: Path, *, person: Person) -> dict[str, Any]:
    # A manager can't take away what others brought; what nobody can hear is no loss.
    mine = {"removable": person.is_organiser}
    file = await site.ports.reader.library_file(bytes(path))
    if file is not None and file.fault is not None:
        fault = Fault(file.fault)
        return _NEW | {"state": "faulty", "why": fault.detail, "advice": fault.advice, "removable": True}
    track = await site.ports.reader.library_track(file.track_id) if file is not None and file.track_id else None
    if track is None:
        return _NEW | mine
    copies = (await site.ports.reader.library_copies([track.group])).get(track.group, 1)
    shown = library_api.found_out(track, copies=copies, is_here=True)
    files = await site.ports.reader.library_files_of_track(track.id)
    twin = next((one.shown for one in files if one.path != bytes(path) and not one.is_gone), "")
    return _NEW | mine | {"state": "heard", "track": found_words(shown), "twin": twin.rpartition("/")[2]}


async def _page(request: Request, person: Person, *, error: BoxError | None = None) -> Response:
    site = site_of(request)
    waiting = [one for one in await asyncio.to_thread(site.uploads.waiting) if _is_own(one, person)]
    words: dict[str, Any] = {
        "waiting": [{"id": one.id, "name": one.name, "came": one.offset, "length": one.length} for one in waiting],
        "came": await _came(site, person),
        "scan": await library_api.scan_out(site),
        "most_mb": SIZE_MOST // 1_000_000,
    }
    return page_with_error(request, "library_uploads.html", words, error=error)


async def show(request: Request) -> Response:
    """The page."""
    response = await _page(request, await asking.music_keeper(request))
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
                most_kept = min(most, SIZE_MOST)
                upload = await asyncio.to_thread(uploads.begin, name, length=most_kept, by=person.actor.id)
            upload = await asyncio.to_thread(uploads.write, upload, piece)
        if upload is None:
            raise Invalid("song_size_invalid", "The file is empty, or none was chosen.", advice="Choose a file.")
        await _finished(request, upload, person=person)
        is_whole = True
    except BoxError as error:
        return await _page(request, person, error=error)
    finally:
        if upload is not None and not is_whole:
            # Also when the browser went away.
            uploads.drop(upload)
    return RedirectResponse(PAGE, status_code=303)


async def drop_by_form(request: Request) -> Response:
    """Not that song after all."""
    person = await asking.music_keeper(request)
    await asking.form(request)
    try:
        await _dropped(request, person)
    except BoxError as error:
        return await _page(request, person, error=error)
    return RedirectResponse(PAGE, status_code=303)


async def remove(request: Request) -> Response:
    """A song that came goes: any for organisers, and for others what nobody can hear."""
    person, site = await asking.music_keeper(request), site_of(request)
    name = (await asking.form(request)).get("name", "")
    try:
        path = next((one for one in await asyncio.to_thread(site.uploads.newest, _SHOWN) if one.name == name), None)
        if path is None:
            raise NotKnown("song_unknown", "No such song came here lately.", advice="Load the page again.")
        if not (await _state(site, path, person=person))["removable"]:
            raise NotAllowed("song_not_yours", "Organisers take songs away.", advice="Ask them.")
        await asyncio.to_thread(site.uploads.remove, name)
    except BoxError as error:
        return await _page(request, person, error=error)
    await audit.note(site.ports, Deed("song.removed", name=name), by=person.actor)
    site.library.look_now()
    return RedirectResponse(PAGE, status_code=303)


ROUTES = [
    Route(PAGE, show),
    Route(PAGE, send, methods=["POST"]),
    Route(f"{PAGE}/remove", remove, methods=["POST"]),
    Route(f"{PAGE}/{{upload}}/drop", drop_by_form, methods=["POST"]),
    Route(API, tell, methods=["OPTIONS"]),
    Route(API, create, methods=["POST"]),
    Route(f"{API}/{{upload}}", look, methods=["HEAD"]),
    Route(f"{API}/{{upload}}", append, methods=["PATCH"]),
    Route(f"{API}/{{upload}}", drop, methods=["DELETE"]),
]
