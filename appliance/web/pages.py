"""Dancers' pages: whole without a script, and livelier with one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from appliance import wire, wire_players
from appliance.domain.live_state import StageState
from appliance.domain.locks import OUTSIDE, Inside
from appliance.domain.models import Play
from appliance.domain.portal import Mode
from appliance.errors import Invalid, NotKnown
from appliance.usecases import likes
from appliance.web import asking, attending, banner, hearing, house, keep, passes, stage_schedule, venue, voices
from appliance.web.site import Request, Site, site_of
from appliance.web.squeezing import may_be_squeezed

HISTORY_ON_PAGE = 30


def plain(struct: msgspec.Struct) -> dict[str, object]:
    """A wire struct for a template: absent optionals read as None."""
    return dict(wire.fields_of(struct))


def live(site: Site, stage_id: str, *, inside: Inside = OUTSIDE, watcher: str = "") -> dict[str, str]:
    """What a page's script needs to go on from what the page shows, for somebody who has opened these locks.

    A `watcher` (dj, wall) is no listener; behind it more parameters of the addresses may stand.
    """
    base, topic = f"/api/v1/stages/{stage_id}", site.board.topic_for(stage_id, inside=inside)
    key = attending.draft_key(site, stage_id)
    asked = (f"&as={watcher}" if watcher else "") + (f"&draft={key}" if key else "")
    return {
        "stream": f"{base}/stream?last={site.hub.last_id(topic)}{asked}",
        "poll": f"{base}/now" + (f"?{asked[1:]}" if asked else ""),
        "state": site.board.encoded_whole(stage_id, inside=inside).decode(),
    }


def known_stage(site: Site, stage_id: str, *, inside: Inside = OUTSIDE) -> StageState:
    """The stage as it is now, for somebody who has opened these locks.

    Raises: NotKnown with the code `stage_unknown`.
    """
    state = site.board.state(stage_id, inside=inside)
    if state is None:
        raise NotKnown("stage_unknown", "There is no such stage here.", advice="Choose one from the list of stages.")
    return state


def _back(address: str) -> Response:
    return RedirectResponse(address, status_code=303)


async def stage_page(request: Request) -> Response:
    """What is on, for a dancer."""
    return await stage_response(request)


async def stage_response(request: Request, *, wrong_pin: Mapping[str, object] | None = None) -> Response:
    """The stage's page; `wrong_pin` says what was wrong with a PIN that was typed."""
    site, stage_id, inside = site_of(request), request.path_params["stage"], passes.opened(request)
    venue.found(site, stage_id)
    phone = asking.phone_or_new(request)
    guest_id = attending.guest_of(site, phone.id, stage_id=stage_id)
    hearing.looked(request, guest_id)
    if not phone.new:  # an id that comes back is a phone's; one that was just made may be a robot's
        attending.seen(site, stage_id, guest_id)
    known = _Known(None if phone.new else guest_id, inside, banner.read_on_phone(request))
    if known == _NOBODY and wrong_pin is None:
        response = await _shared(request, stage_id)
    else:
        language = asking.language(request)
        response = await _drawn(site, stage_id, known=known, language=language, wrong_pin=wrong_pin)
    asking.remember_language(request, response)
    asking.remember_phone(request, response, phone)
    if known.read.came_at is None:
        banner.remember_read(response, known.read, newest=site.announcing.newest)
    # Asked for anew at each visit; but on the way back, with the box away, a browser may show what it showed.
    # For that the cookie must not count, which the first visit sets; nobody else's cache keeps it.
    vary = "Accept-Language, Accept-Encoding" if "content-encoding" in response.headers else "Accept-Language"
    response.headers.update({"cache-control": "private, no-cache", "vary": vary})
    return response


@dataclass(frozen=True, slots=True)
class _Known:
    """What the page shows a phone for its own sake."""

    #: who it is here; None for a phone that is new
    guest_id: str | None
    #: the locks that it has opened
    inside: Inside
    #: the announcements that it has read
    read: banner.Reading


#: a phone that nobody knows yet
_NOBODY = _Known(None, OUTSIDE, banner.Reading(frozenset(), None))


async def _shared(request: Request, stage_id: str) -> Response:
    """The page for a phone that nobody knows yet: nothing in it is its own."""
    site, language = site_of(request), asking.language(request)

    async def draw() -> bytes:
        return bytes((await _drawn(site, stage_id, known=_NOBODY, language=language)).body)

    drawing = await site.shared.page((stage_id, language, site.portal_mode().value), draw)
    # Who sends a cookie may have chosen how pages are painted, which is done to what is not compressed yet.
    if request.cookies or not may_be_squeezed(request.headers):
        return HTMLResponse(drawing.body)
    return HTMLResponse(drawing.squeezed, headers={"content-encoding": "gzip"})


async def _drawn(
    site: Site, stage_id: str, *, known: _Known, language: str, wrong_pin: Mapping[str, object] | None = None
) -> Response:
    """The page as it is now, for a phone of which so much is known."""
    state, reader, guest_id = venue.found(site, stage_id, inside=known.inside), site.ports.reader, known.guest_id
    # Taken before anything is awaited: what happens meanwhile then comes by the stream.
    where = live(site, stage_id, inside=known.inside)
    # Its script takes every lane from what is written into the page, so the stream need not say it again.
    where["stream"] += f"&seen={site.board.mark()}"
    heard = await reader.plays_of_stage(stage_id, limit=HISTORY_ON_PAGE + 1, inside=known.inside)
    ids = [play.id for play in heard] + ([state.now.id] if state.now else [])
    liked = await reader.liked_among(guest_id, ids) if ids and guest_id else frozenset()
    notices = await banner.banner(site, stage_id, inside=known.inside, read=known.read)
    words = _stage_words(site, state, heard, liked) | {"live": where, "notices": notices, "wrong_pin": wrong_pin}
    words["voices"] = await voices.words_for(site, state, guest_id)
    words["schedule"] = await stage_schedule.words(site, state, guest_id=guest_id, language=language)
    words["next"] = await house.words_for(site, state, guest_id, language=language)
    words["where"] = venue.where(site, state)
    return site.pages.page("stage.html", words, language=language)


def _stage_words(site: Site, state: StageState, heard: Sequence[Play], liked: frozenset[str]) -> dict[str, Any]:
    now = site.ports.clock.now()
    before = [play for play in heard if state.now is None or play.id != state.now.id]
    return {
        "stage": plain(wire.stage_out(state.stage)),
        "session": plain(wire.session_out(state.session, locked=state.is_hidden)) if state.session else None,
        "now": plain(wire.track_out(state.now, now)) if state.now else None,
        "liked": state.now is not None and state.now.id in liked,
        "history": [
            {"play": plain(wire.track_out(play, now)), "liked": play.id in liked} for play in before[:HISTORY_ON_PAGE]
        ],
        "listeners": state.listeners,
        "coming": plain(wire_players.coming_out(state)),
        # Where phones were let through at the portal, the way back is never further than this page.
        "was_let_in": site.portal_mode() is Mode.PARTY,
    }


async def like_by_form(request: Request) -> dict[str, str]:
    """Likes a play, or takes that back; the form's fields. Raises: BoxError."""
    site = site_of(request)
    fields = await asking.form(request)
    phone = asking.phone(request)
    if fields.get("liked") not in {"yes", "no"}:
        raise Invalid("liked_invalid", "liked must be yes or no.", advice="Open the page again.")
    liked, play_id = fields["liked"] == "yes", fields.get("play", "")
    site.guest_writes.take(phone)
    guest_id = await attending.guest_of_play(site, phone, play_id=play_id)
    inside, there = passes.opened(request), hearing.is_there(request, guest_id)
    await likes.set_like(site.ports, guest_id=guest_id, play_id=play_id, liked=liked, inside=inside, there=there)
    return fields


async def like_on_stage(request: Request) -> Response:
    """The like button without a script."""
    stage_id = known_stage(site_of(request), request.path_params["stage"]).stage.id
    await like_by_form(request)
    return _back(f"/s/{stage_id}")


#: what every phone asks for first
STAGE = Route("/s/{stage}", stage_page)
ROUTES = [
    *venue.ROUTES,
    Route("/s/{stage}/like", like_on_stage, methods=["POST"]),
    *keep.ROUTES,
    *voices.ROUTES,
    *house.ROUTES,
]
