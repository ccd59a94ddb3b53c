"""DJs' own pages, for everybody: what they have played here, what it is like, and where they play next."""

from dataclasses import dataclass
from urllib.parse import quote

import msgspec
from msgspec import UNSET, UnsetType
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from appliance import wire_schedule
from appliance.domain import timekeeping, wall_time
from appliance.domain.models import Dj
from appliance.domain.schedule.plan import Upcoming, night_of
from appliance.domain.zones import zone
from appliance.ports.past import PastSet
from appliance.usecases import profiles
from appliance.usecases.profiles import Profile, dj_unknown
from appliance.web import asking
from appliance.web.operations import Call, Operation
from appliance.web.pages import known_stage
from appliance.web.site import Request, Site, site_of
from appliance.web.words import LANGUAGES
from appliance.wire import known

_HOUR_MS = 3_600_000
_SETS_SHOWN, _SETS_AT_DESK = 30, 6


class SpreadOut(msgspec.Struct, frozen=True, kw_only=True):
    """Tempos, beats per minute: a tenth of the music is slower than `low`, half than `middle`, nine tenths than
    `high`.
    """

    low: int
    middle: int
    high: int


class VibeOut(msgspec.Struct, frozen=True, kw_only=True):
    """What the music is like. What too few tracks say is absent."""

    #: how many tracks that is from
    tracks: int
    #: averages from 0 to 100
    scores: dict[str, int]
    #: the keys that come most often
    keys: list[str]
    bpm: SpreadOut | UnsetType = UNSET


class ProfileOut(msgspec.Struct, frozen=True, kw_only=True):
    """A DJ as everybody may know them."""

    id: str
    slug: str
    name: str
    #: how long all sets were together, milliseconds
    played_ms: int
    #: there are sets of which nobody can tell how long they were
    is_more: bool
    sets: int
    #: in sets that everybody could see
    tracks: int
    vibe: VibeOut
    upcoming: wire_schedule.UpcomingOut


@dataclass(frozen=True, slots=True)
class _Found:
    slug: str
    dj: Dj


async def _dj_at(site: Site, address: str) -> _Found:
    """A DJ by the name in their page's address, or by id.

    Raises: NotKnown with the code `dj_unknown`.
    """
    slugs = profiles.slugs(await site.ports.reader.djs())
    if address in slugs:
        return _Found(address, slugs[address])
    for slug, dj in slugs.items():
        if dj.id == address:
            return _Found(slug, dj)
    raise dj_unknown()


async def _show(call: Call) -> ProfileOut:
    found = await _dj_at(call.site, call.path("dj"))
    known_of = await profiles.profile(call.site.ports, dj=found.dj)
    vibe, spread = known_of.vibe, known_of.vibe.bpm
    bpm = SpreadOut(low=spread.low, middle=spread.middle, high=spread.high) if spread else None
    return ProfileOut(
        id=found.dj.id,
        slug=found.slug,
        name=found.dj.name,
        played_ms=known_of.played_ms,
        is_more=known_of.is_more,
        sets=len(known_of.sets),
        tracks=known_of.tracks,
        vibe=VibeOut(tracks=vibe.tracks, scores=dict(vibe.scores), keys=list(vibe.keys), bpm=known(bpm)),
        upcoming=wire_schedule.upcoming_out(call.site.timetable.upcoming_of(found.dj.id)),
    )


def _played(site: Site, shown: Profile, language: str) -> str:
    """How long a DJ has played, in hours that are not made more of than they are."""
    hours, words = shown.played_ms // _HOUR_MS, site.pages.words
    if not shown.sets:
        return words.text(language, "djs.not_yet")
    if shown.is_more:
        return words.text(language, "djs.hours_least", hours=hours)
    return words.text(language, "djs.hours" if hours else "djs.hours_none", hours=hours)


def _day(site: Site, one: PastSet, language: str) -> str:
    event, started = site.board.event(one.event_id), one.session.started
    if event is None or not timekeeping.is_known(started.trust):
        return ""
    shown = wall_time.shown_at(started.wall_ms, zone(event.event.zone))
    return site.pages.words.night(language, night_of(shown))


def _set_words(site: Site, one: PastSet, language: str) -> dict[str, object]:
    session = one.session
    is_private = session.lock is not None
    return {
        "stage_name": one.stage_name,
        "day": _day(site, one, language),
        "tracks": one.tracks,
        "is_private": is_private,
        "recap": session.id if session.ended is not None and not is_private else "",
    }


async def past_sets(site: Site, dj: Dj) -> list[dict[str, object]]:
    """A DJ's last sets that are over, for their own desk."""
    found = await site.ports.reader.sets_of(dj.id, limit=_SETS_AT_DESK)
    over = [one for one in found if one.session.ended is not None]
    return [_set_words(site, one, LANGUAGES[0]) | {"id": one.session.id} for one in over]


def _slot_words(site: Site, coming: Upcoming, language: str) -> dict[str, object]:
    slot = coming.placed.slot
    return {
        "day": site.pages.words.night(language, night_of(slot.begins)),
        "begins": slot.begins.shown[11:],
        "ends": slot.ends.shown[11:],
        "title": slot.title,
        "stage_name": coming.stage.name,
        "event": coming.event.id,
        "event_name": coming.event.name,
    }


async def page(request: Request) -> Response:
    """A DJ's page, under the address that is theirs."""
    site, language, address = site_of(request), asking.language(request), request.path_params["dj"]
    found = await _dj_at(site, address)
    if found.slug != address:
        return RedirectResponse(f"/djs/{quote(found.slug)}", status_code=303)
    shown = await profiles.profile(site.ports, dj=found.dj)
    running = next((one.session for one in shown.sets if one.session.ended is None), None)
    state = site.board.state(running.stage_id) if running else None
    words = {
        "dj": found.dj.name,
        "slug": found.slug,
        "on": {"id": state.stage.id, "name": state.stage.name} if state else None,
        "played": _played(site, shown, language),
        "count": len(shown.sets),
        "tracks": shown.tracks,
        "vibe": shown.vibe,
        "upcoming": [_slot_words(site, one, language) for one in site.timetable.upcoming_of(found.dj.id)],
        "sets": [_set_words(site, one, language) for one in shown.sets[:_SETS_SHOWN] if one.session.ended is not None],
    }
    response = site.pages.page("profile.html", words, language=language)
    asking.remember_language(request, response)
    return response


async def of_stage(request: Request) -> Response:
    """The way from a stage to whoever plays there; back to it when nobody does."""
    state = known_stage(site_of(request), request.path_params["stage"])
    if state.session is None:
        return RedirectResponse(f"/s/{state.stage.id}", status_code=303)
    return RedirectResponse(f"/djs/{quote(state.session.dj_id)}", status_code=303)


OPERATIONS = (
    Operation(
        "GET",
        "/djs/{dj}/profile",
        "showProfile",
        "What everybody may know of a DJ, by id or by the name in their page's address.",
        _show,
        gives=ProfileOut,
        also=((404, "No such DJ."),),
    ),
)
ROUTES = [Route("/djs/{dj}", page), Route("/s/{stage}/dj", of_stage)]
