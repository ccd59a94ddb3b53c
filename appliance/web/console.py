"""The DJ's console at `/dj`: the same use cases as the API, as forms that also work without a script."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

from starlette.responses import FileResponse, RedirectResponse, Response
from starlette.routing import Route

from appliance.domain.models import Dj, TrackInfo
from appliance.domain.rules import TEXT_MAX
from appliance.errors import BoxError, Invalid, NotAllowed, NotKnown
from appliance.usecases import handover, locks, people, plays, sessions
from appliance.usecases.handover import Handing
from appliance.web import accounts, asking, asking_floor, desk, dj_ending, telling
from appliance.web.problems import headers_of, status_of
from appliance.web.site import Request, Site, site_of


def error_words(error: BoxError | None) -> dict[str, str] | None:
    """An error for a page."""
    return {"code": error.code, "detail": error.detail, "advice": error.advice} if error else None


def page_with_error(request: Request, name: str, words: Mapping[str, object], *, error: BoxError | None) -> Response:
    """A page that tells an error, if there is one, with that error's status and headers."""
    pages = site_of(request).pages
    response = pages.page(name, {**words, "error": error_words(error)}, status=status_of(error) if error else 200)
    response.headers.update(headers_of(error) if error else {})
    return response


async def link_file(request: Request) -> Response:
    """One file of the shelf, for a laptop without internet. Raises: NotKnown with the code `link_file_unknown`."""
    name = request.path_params["name"]
    file = await asyncio.to_thread(site_of(request).links.shelf.file, name)
    if file is None:
        raise NotKnown("link_file_unknown", "This box has no such file.", advice="Choose one on the page for DJs: /dj")
    return FileResponse(file.path, media_type="application/octet-stream", filename=file.path.name)


async def _login_page(request: Request, *, error: BoxError | None = None) -> Response:
    return page_with_error(request, "dj_login.html", await desk.link_words(site_of(request)), error=error)


async def _console_page(
    request: Request,
    dj: Dj,
    *,
    error: BoxError | None = None,
    typed: Mapping[str, str] | None = None,
    new_pin: str = "",
) -> Response:
    words = await desk.desk_words(site_of(request), dj, typed=typed or {}, new_pin=new_pin)
    return page_with_error(request, "dj.html", words, error=error)


async def console(request: Request) -> Response:
    """The console, or the way in."""
    try:
        dj = await asking.dj(request)
    except NotAllowed as error:
        return await _login_page(request, error=error if error.code != "token_missing" else None)
    # A track that was looked up comes back in the address, for whoever has no script.
    found = {name: request.query_params.get(name, "")[:TEXT_MAX] for name in ("title", "artist", "bpm", "key")}
    return await _console_page(request, dj, typed=found)


async def login(request: Request) -> Response:
    """A token for a cookie."""
    fields = await asking.form(request)
    secret = fields.get("token", "").strip()
    try:
        await people.dj_with_token(site_of(request).ports, secret=secret)
    except NotAllowed as error:
        return await _login_page(request, error=error)
    response = RedirectResponse("/dj", status_code=303)
    asking.remember_dj(request, response, secret=secret)
    return response


async def logout(request: Request) -> Response:
    """Forgets the cookie and the login; the session goes on."""
    await asking.form(request)
    response = RedirectResponse("/dj", status_code=303)
    response.delete_cookie(asking.DJ_COOKIE, httponly=True, samesite="lax")
    await accounts.end_login(request, response)
    return response


Act = Callable[[Site, Dj, Mapping[str, str]], Awaitable[object]]


def _form(act: Act) -> Callable[[Request], Awaitable[Response]]:
    """A form of the console: done, and back to the console; or the console with the error and what was typed."""

    async def endpoint(request: Request) -> Response:
        try:
            dj = await asking.dj(request)
        except NotAllowed as error:
            return await _login_page(request, error=error)
        fields = await asking.form(request)
        try:
            await act(site_of(request), dj, fields)
        except BoxError as error:
            return await _console_page(request, dj, error=error, typed={**fields, "again": dj_ending.knows_by(error)})
        return RedirectResponse("/dj", status_code=303)

    return endpoint


async def _start(site: Site, dj: Dj, fields: Mapping[str, str]) -> None:
    take_over, pin = fields.get("take_over") == "yes", fields.get("pin", "").strip() or None
    await sessions.start_session(site.ports, dj=dj, stage_id=fields.get("stage", ""), take_over=take_over, pin=pin)


def _number(text: str, *, field: str) -> float | None:
    text = text.strip().replace(",", ".")
    if not text:
        return None
    try:
        return float(text)
    except ValueError:
        raise Invalid(f"{field}_invalid", f"The {field} is not a number.", advice="Leave it empty if unsure.") from None


async def _play(site: Site, dj: Dj, fields: Mapping[str, str]) -> None:
    track = TrackInfo(
        artist=fields.get("artist", ""),
        title=fields.get("title", ""),
        bpm=_number(fields.get("bpm", ""), field="bpm"),
        key=fields.get("key") or None,
    )
    knows = (fields.get("again", ""), fields.get("id", ""))
    await dj_ending.check_repeat(site, fields.get("session"), track, knows=knows)
    told = plays.ToldPlay(track=track, play_id=fields.get("id") or None, session_id=fields.get("session") or None)
    await plays.announce_play(site.ports, dj=dj, told=told)


async def _stop(site: Site, dj: Dj, fields: Mapping[str, str]) -> None:
    await plays.stop_play(site.ports, dj=dj, session_id=fields.get("session") or None)


async def _end(site: Site, dj: Dj, fields: Mapping[str, str]) -> None:
    await sessions.end_session(site.ports, dj=dj, session_id=fields.get("session") or None)


async def _offer(site: Site, dj: Dj, fields: Mapping[str, str]) -> None:
    handing = Handing(
        to=fields.get("to") or None,
        note=fields["note"] if fields.get("note", "").strip() else None,
        session_id=fields.get("session") or None,
    )
    await handover.offer(site.ports, dj=dj, handing=handing)


async def _withdraw(site: Site, dj: Dj, fields: Mapping[str, str]) -> None:
    await handover.withdraw(site.ports, dj=dj, session_id=fields.get("session") or None)


async def _read_note(site: Site, dj: Dj, fields: Mapping[str, str]) -> None:
    await handover.drop_note(site.ports, dj=dj, session_id=fields.get("session", ""))


async def lock(request: Request) -> Response:
    """Puts the set behind a PIN, which is shown in the answer and never again."""
    try:
        dj = await asking.dj(request)
    except NotAllowed as error:
        return await _login_page(request, error=error)
    fields = await asking.form(request)
    pin, session_id = fields.get("pin", "").strip() or None, fields.get("session") or None
    try:
        behind = await locks.lock_set(site_of(request).ports, dj=dj, session_id=session_id, pin=pin)
    except BoxError as error:
        return await _console_page(request, dj, error=error, typed=fields)
    return await _console_page(request, dj, new_pin=behind.pin)


async def _unlock(site: Site, dj: Dj, fields: Mapping[str, str]) -> None:
    await locks.unlock_set(site.ports, dj=dj, session_id=fields.get("session") or None)


ROUTES = [
    Route("/dj", console),
    Route("/dj/link/{name}", link_file),
    Route("/dj/login", login, methods=["POST"]),
    Route("/dj/logout", logout, methods=["POST"]),
    Route("/dj/start", _form(_start), methods=["POST"]),
    Route("/dj/play", _form(_play), methods=["POST"]),
    Route("/dj/stop", _form(_stop), methods=["POST"]),
    Route("/dj/end", _form(_end), methods=["POST"]),
    Route("/dj/poll", _form(asking_floor.ask), methods=["POST"]),
    Route("/dj/poll/end", _form(asking_floor.end), methods=["POST"]),
    Route("/dj/poll/cancel", _form(asking_floor.cancel), methods=["POST"]),
    Route("/dj/handover", _form(_offer), methods=["POST"]),
    Route("/dj/handover/withdraw", _form(_withdraw), methods=["POST"]),
    Route("/dj/note/read", _form(_read_note), methods=["POST"]),
    Route("/dj/announce", _form(telling.say_from_desk), methods=["POST"]),
    Route("/dj/announcement/cancel", _form(telling.take_back_from_desk), methods=["POST"]),
    Route("/dj/pin", lock, methods=["POST"]),
    Route("/dj/pin/off", _form(_unlock), methods=["POST"]),
    Route("/dj/closing", _form(dj_ending.say_closing), methods=["POST"]),
    Route("/dj/closing/unsay", _form(dj_ending.unsay_closing), methods=["POST"]),
]
