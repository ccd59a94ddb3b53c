"""Dancers' pages: whole without a script, and livelier with one."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from appliance import wire
from appliance.domain.live_state import StageState
from appliance.domain.locks import OUTSIDE, Inside
from appliance.domain.models import Play
from appliance.domain.portal import Mode
from appliance.errors import Invalid, NotKnown
from appliance.usecases import likes
from appliance.web import asking, attending, hearing, keep, passes, stage_schedule, venue, voices
from appliance.web.banner import banner
from appliance.web.site import Request, Site, site_of

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
    site, inside, language = site_of(request), passes.opened(request), asking.language(request)
    state = venue.found(site, request.path_params["stage"], inside=inside)
    # Taken before anything is awaited: what happens meanwhile then comes by the stream.
    where = live(site, state.stage.id, inside=inside)
    # Its script takes every lane from what is written into the page, so the stream need not say it again.
    where["stream"] += f"&seen={site.board.mark()}"
    phone = asking.phone_or_new(request)
    guest_id = attending.guest_of(site, phone.id, stage_id=state.stage.id)
    hearing.looked(request, guest_id)
    if not phone.new:  # an id that comes back is a phone's; one that was just made may be a robot's
        attending.seen(site, state.stage.id, guest_id)
    heard = await site.ports.reader.plays_of_stage(state.stage.id, limit=HISTORY_ON_PAGE + 1, inside=inside)
    ids = [play.id for play in heard] + ([state.now.id] if state.now else [])
    liked = await site.ports.reader.liked_among(guest_id, ids) if ids and not phone.new else frozenset()
    said = {"live": where, "notices": await banner(request, state.stage.id), "wrong_pin": wrong_pin}
    words = _stage_words(site, state, heard, liked) | said
    words["voices"] = await voices.words_for(site, state, None if phone.new else guest_id)
    planned = await stage_schedule.words(site, state, guest_id=None if phone.new else guest_id, language=language)
    words |= {"schedule": planned}
    words["where"] = venue.where(site, state)
    response = site.pages.page("stage.html", words, language=language)
    asking.remember_language(request, response)
    asking.remember_phone(request, response, phone)
    # Asked for anew at each visit; but on the way back, with the box away, a browser may show what it showed.
    # For that the cookie must not count, which the first visit sets; nobody else's cache keeps it.
    response.headers.update({"cache-control": "private, no-cache", "vary": "Accept-Language"})
    return response


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
    guest_id = await attending.guest_of_play(request, play_id)
    inside, there = passes.opened(request), hearing.is_there(request, guest_id)
    await likes.set_like(site.ports, guest_id=guest_id, play_id=play_id, liked=liked, inside=inside, there=there)
    return fields


async def like_on_stage(request: Request) -> Response:
    """The like button without a script."""
    stage_id = known_stage(site_of(request), request.path_params["stage"]).stage.id
    await like_by_form(request)
    return _back(f"/s/{stage_id}")


ROUTES = [
    *venue.ROUTES,
    Route("/s/{stage}", stage_page),
    Route("/s/{stage}/like", like_on_stage, methods=["POST"]),
    *keep.ROUTES,
    *voices.ROUTES,
]
