"""The care page: what staff do when something is wrong. Every form here is behind the staff check."""

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import BinaryIO

from starlette.background import BackgroundTask
from starlette.responses import RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from appliance.care.desk import SERVER
from appliance.care.reset import Keep
from appliance.care.restore import Become
from appliance.domain.audit import Deed
from appliance.errors import BoxError, Invalid, NotAllowed
from appliance.usecases import audit
from appliance.web import asking
from appliance.web.console import error_words
from appliance.web.problems import headers_of, status_of
from appliance.web.site import Request, site_of
from appliance.web.upload import receive

CARE, WAIT = "/staff/care", "/staff/care/wait"
_PIECE = 64 * 1024


async def _page(request: Request, *, error: BoxError | None = None) -> Response:
    site = site_of(request)
    brought = await site.care.brought()
    words = {
        "notices": [{"code": one.code, "words": one.words, "at": _time(one.wall_ms)} for one in site.notices.all()],
        "parts": await site.care.parts(),
        "box_name": site.care.box_name,
        "brought": {"name": brought.name or brought.box, "created": brought.created[:16].replace("T", " ")}
        if brought
        else None,
        "pending": site.care.is_pending(),
        "error": error_words(error),
    }
    status = status_of(error) if error else 200
    response = site.pages.page("care.html", words, status=status, language=asking.language(request))
    response.headers.update(headers_of(error) if error else {})
    return response


def _time(wall_ms: int) -> str:
    try:
        return datetime.fromtimestamp(wall_ms / 1000, UTC).strftime("%Y-%m-%d %H:%M UTC")
    except (OverflowError, ValueError, OSError):
        return ""  # a clock that was far from any calendar


async def show(request: Request) -> Response:
    """The care page, or the way to the staff's door."""
    try:
        await asking.admin(request)
    except NotAllowed:
        return RedirectResponse("/staff", status_code=303)
    return await _page(request)


def _back() -> Response:
    return RedirectResponse(CARE, status_code=303)


def _chosen(fields: dict[str, str], name: str, kind: type[Keep] | type[Become]) -> str:
    value = fields.get(name, "")
    if value not in [*kind]:
        raise Invalid(f"{name}_invalid", f"{name} must be one of {', '.join(kind)}.", advice="Open the page again.")
    return value


async def _noted(request: Request, act: str, *, on: str = "", detail: str = "") -> None:
    """Sees that whoever asks is staff, and writes down what they do."""
    person = await asking.admin(request)
    await audit.note(site_of(request).ports, Deed(act, on=on, name=on, detail=detail), by=person.actor)


async def dismiss(request: Request) -> Response:
    """Somebody has read a notice."""
    await asking.admin(request)
    code, notices = (await asking.form(request)).get("code", ""), site_of(request).notices
    if code in {one.code for one in notices.all()}:
        await _noted(request, "notice.dismissed", on=code)
        notices.dismiss(code)
    return _back()


async def restart(request: Request) -> Response:
    """Restarts a part. The server answers first and goes then."""
    await asking.admin(request)
    part = (await asking.form(request)).get("part", "")
    await _noted(request, "part.restarted", on=part)
    care = site_of(request).care
    if part == SERVER:
        return RedirectResponse(WAIT, status_code=303, background=BackgroundTask(care.restart_server_soon))
    try:
        await care.restart(part)
    except BoxError as error:
        return await _page(request, error=error)
    return _back()


async def wait(request: Request) -> Response:
    """Shown while the box is away; comes back by itself."""
    await asking.admin(request)
    return site_of(request).pages.page("care_wait.html", {}, language=asking.language(request))


def pieces_of(file: BinaryIO) -> Iterator[bytes]:
    """A file, piece by piece; closed at the end."""
    with file:
        while piece := file.read(_PIECE):
            yield piece


def _as_download(request: Request, file: BinaryIO, kind: str) -> Response:
    minute = datetime.fromtimestamp(site_of(request).ports.clock.now().wall_ms / 1000, UTC).strftime("%Y%m%d-%H%M")
    headers = {
        "content-disposition": f'attachment; filename="pika-box-{kind}-{minute}.zip"',
        "content-length": str(os.fstat(file.fileno()).st_size),
    }
    return StreamingResponse(pieces_of(file), media_type="application/zip", headers=headers)


async def bundle(request: Request) -> Response:
    """The support bundle, to the phone."""
    await asking.form(request)
    await _noted(request, "bundle.taken")
    try:
        return _as_download(request, await site_of(request).care.bundle(), "support")
    except BoxError as error:
        return await _page(request, error=error)


async def backup(request: Request) -> Response:
    """Everything this box keeps, to carry to another one."""
    await asking.form(request)
    await _noted(request, "backup.taken")
    try:
        return _as_download(request, await site_of(request).care.backup(), "backup")
    except BoxError as error:
        return await _page(request, error=error)


async def upload(request: Request) -> Response:
    """A backup from the phone; looked through, and not taken up before somebody says so."""
    await asking.admin(request)
    care = site_of(request).care
    try:
        async with care.place_for_upload() as (path, room):
            await receive(request, path, most=room)
            await care.bring(path)
            await _noted(request, "backup.brought")
    except BoxError as error:
        return await _page(request, error=error)
    return _back()


async def drop(request: Request) -> Response:
    """Not that backup after all."""
    await asking.admin(request)
    await asking.form(request)
    try:
        await site_of(request).care.drop()
        await _noted(request, "backup.dropped")
    except BoxError as error:
        return await _page(request, error=error)
    return _back()


def _start_over(request: Request) -> Response:
    return RedirectResponse(WAIT, status_code=303, background=BackgroundTask(site_of(request).care.start_over_soon))


async def take_up(request: Request) -> Response:
    """Yes to the backup that was brought."""
    await asking.admin(request)
    fields = await asking.form(request)
    await _noted(request, "restore.wanted", detail=fields.get("become", ""))
    try:
        await site_of(request).care.stage_restore(Become(_chosen(fields, "become", Become)))
    except BoxError as error:
        return await _page(request, error=error)
    return _start_over(request)


async def reset(request: Request) -> Response:
    """Forgets, after the box's name was typed."""
    await asking.admin(request)
    fields = await asking.form(request)
    await _noted(request, "reset.wanted", detail=fields.get("keep", ""))
    try:
        keep = Keep(_chosen(fields, "keep", Keep))
        await site_of(request).care.stage_reset(keep, typed=fields.get("name", ""))
    except BoxError as error:
        return await _page(request, error=error)
    response = _start_over(request)
    # Accounts go with the rest: an admin who asked for it goes on with the pass, and needs no code from the card.
    asking.remember_staff(request, response)
    return response


async def start_over(request: Request) -> Response:
    """Restarts the whole box, so that what waits for a start gets one."""
    await asking.form(request)
    await _noted(request, "box.restarted")
    return _start_over(request) if site_of(request).care.is_pending() else _back()


ROUTES = [
    Route(CARE, show),
    Route(WAIT, wait),
    Route(f"{CARE}/dismiss", dismiss, methods=["POST"]),
    Route(f"{CARE}/restart", restart, methods=["POST"]),
    Route(f"{CARE}/start-over", start_over, methods=["POST"]),
    Route(f"{CARE}/bundle", bundle, methods=["POST"]),
    Route(f"{CARE}/backup", backup, methods=["POST"]),
    Route(f"{CARE}/upload", upload, methods=["POST"]),
    Route(f"{CARE}/drop", drop, methods=["POST"]),
    Route(f"{CARE}/restore", take_up, methods=["POST"]),
    Route(f"{CARE}/reset", reset, methods=["POST"]),
]
