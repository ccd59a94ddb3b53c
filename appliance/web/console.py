"""The DJ's console at `/dj`: the same use cases as the API, as forms that also work without a script."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from starlette.responses import FileResponse, RedirectResponse, Response
from starlette.routing import Route

from appliance import wire
from appliance.domain import rules
from appliance.domain.models import Dj, TrackInfo
from appliance.errors import BoxError, Invalid, NotAllowed, NotKnown
from appliance.handout.shelf import OnShelf
from appliance.usecases import people, plays, sessions
from appliance.web import accounts, asking
from appliance.web.pages import HISTORY_ON_PAGE, live, plain
from appliance.web.problems import headers_of, status_of
from appliance.web.site import Request, Site, site_of

_TYPED = ("title", "artist", "bpm", "key")


def error_words(error: BoxError | None) -> dict[str, str] | None:
    """An error for a page."""
    return {"code": error.code, "detail": error.detail, "advice": error.advice} if error else None


def page_with_error(request: Request, name: str, words: Mapping[str, object], *, error: BoxError | None) -> Response:
    """A page that tells an error, if there is one, with that error's status and headers."""
    pages = site_of(request).pages
    response = pages.page(name, {**words, "error": error_words(error)}, status=status_of(error) if error else 200)
    response.headers.update(headers_of(error) if error else {})
    return response


async def _link_words(site: Site) -> dict[str, object]:
    """The link for DJs' laptops, as far as this box has files to hand out."""
    files = await asyncio.to_thread(site.links.shelf.files)
    rows = [
        {"name": one.path.name, "system": one.system, "version": one.version, "sha256": one.sha256, "size": _mb(one)}
        for one in files
    ]
    return {"link_files": rows, "link_port": site.settings.links.port}


def _mb(file: OnShelf) -> str:
    return f"{file.bytes / 1e6:.0f}" if file.bytes >= 1e6 else "under 1"


async def link_file(request: Request) -> Response:
    """One file of the shelf, for a laptop without internet. Raises: NotKnown with the code `link_file_unknown`."""
    name = request.path_params["name"]
    file = await asyncio.to_thread(site_of(request).links.shelf.file, name)
    if file is None:
        raise NotKnown("link_file_unknown", "This box has no such file.", advice="Choose one on the page for DJs: /dj")
    return FileResponse(file.path, media_type="application/octet-stream", filename=file.path.name)


async def _login_page(request: Request, *, error: BoxError | None = None) -> Response:
    return page_with_error(request, "dj_login.html", await _link_words(site_of(request)), error=error)


def _stages(site: Site, dj: Dj) -> list[dict[str, Any]]:
    now = site.ports.clock.now()
    found = []
    for state in site.board.states():
        session = state.session
        mine = session is not None and session.dj_id == dj.id
        away = session is not None and rules.silent_ms(session, now) > rules.RESUME_WITHIN_MS
        found.append(
            {
                "id": state.stage.id,
                "name": state.stage.name,
                "dj": session.dj_name if session else None,
                "mine": mine,
                "can_take_over": away and not mine,
            }
        )
    return found


async def _console_page(
    request: Request, dj: Dj, *, error: BoxError | None = None, typed: Mapping[str, str] | None = None
) -> Response:
    site = site_of(request)
    mine = await site.ports.reader.active_sessions_of(dj.id)
    session = mine[0] if mine else None
    state = site.board.state(session.stage_id) if session else None
    now = site.ports.clock.now()
    heard = await site.ports.reader.plays_of_session(session.id, limit=HISTORY_ON_PAGE) if session else []
    words = {
        "dj_name": dj.name,
        "stages": _stages(site, dj),
        "session": plain(wire.session_out(session)) if session else None,
        "stage": plain(wire.stage_out(state.stage)) if state else None,
        "now": plain(wire.track_out(state.now, now)) if state and state.now else None,
        "history": [plain(wire.track_out(play, now)) for play in heard],
        "listeners": state.listeners if state else 0,
        "play_id": site.ports.new_id(),
        "form": {name: (typed or {}).get(name, "") for name in _TYPED},
        "live": live(site, state.stage.id, as_dj=True) if state else None,
        **await _link_words(site),
    }
    return page_with_error(request, "dj.html", words, error=error)


async def console(request: Request) -> Response:
    """The console, or the way in."""
    try:
        dj = await asking.dj(request)
    except NotAllowed as error:
        return await _login_page(request, error=error if error.code != "token_missing" else None)
    return await _console_page(request, dj)


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
            return await _console_page(request, dj, error=error, typed=fields)
        return RedirectResponse("/dj", status_code=303)

    return endpoint


async def _start(site: Site, dj: Dj, fields: Mapping[str, str]) -> None:
    take_over = fields.get("take_over") == "yes"
    await sessions.start_session(site.ports, dj=dj, stage_id=fields.get("stage", ""), take_over=take_over)


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
    announcement = plays.Announcement(
        track=track, play_id=fields.get("id") or None, session_id=fields.get("session") or None
    )
    await plays.announce_play(site.ports, dj=dj, announcement=announcement)


async def _stop(site: Site, dj: Dj, fields: Mapping[str, str]) -> None:
    await plays.stop_play(site.ports, dj=dj, session_id=fields.get("session") or None)


async def _end(site: Site, dj: Dj, fields: Mapping[str, str]) -> None:
    await sessions.end_session(site.ports, dj=dj, session_id=fields.get("session") or None)


ROUTES = [
    Route("/dj", console),
    Route("/dj/link/{name}", link_file),
    Route("/dj/login", login, methods=["POST"]),
    Route("/dj/logout", logout, methods=["POST"]),
    Route("/dj/start", _form(_start), methods=["POST"]),
    Route("/dj/play", _form(_play), methods=["POST"]),
    Route("/dj/stop", _form(_stop), methods=["POST"]),
    Route("/dj/end", _form(_end), methods=["POST"]),
]
