"""`/library`: the box's own music for DJs, organisers and staff: search, one track, what can't be heard, how far it is.

All of it works without a script; js/library.js searches while somebody types and renews how far it is.
"""

import asyncio
from typing import Any
from urllib.parse import urlencode

from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from appliance.domain.accounts import Person
from appliance.domain.analysis import Analysis, Character, Gap
from appliance.domain.audit import Deed
from appliance.errors import NotAllowed
from appliance.usecases import audit
from appliance.web import asking, library_api, track_drawing
from appliance.web.site import Request, site_of

PAGE = "/library"
SHOWN = 50

GAPS = {
    Gap.SILENT: "There is no sound in it.",
    Gap.TOO_SHORT: "It is too short for tempo and key.",
    Gap.NO_BEAT: "Nothing in it recurs, so it has no tempo: speech, noise or free playing.",
    Gap.NO_KEY: "No key can be told: one tone, noise or drums alone.",
    Gap.DAMAGED: "The file is damaged; what could be read was used.",
    Gap.NO_FINGERPRINTER: "No fingerprint could be made here, so its copies are not found.",
}
_SCORES = ("energy", "danceability", "groove", "brightness", "acousticness")


def minutes(duration_ms: int) -> str:
    """A length as players show it; a file that was cut off at once has one, too."""
    if 0 < duration_ms < 1000:
        return "under 1 s"
    seconds = round(duration_ms / 1000)
    hours, rest = divmod(seconds, 3600)
    return f"{hours}:{rest // 60:02}:{rest % 60:02}" if hours else f"{rest // 60}:{rest % 60:02}"


def _place_in(request: Request, name: str) -> int:
    given = request.query_params.get(name, "")
    return int(given) if given.isascii() and given.isdecimal() and len(given) < 7 else 0


def found_words(one: library_api.FoundOut) -> dict[str, Any]:
    """A track in a list."""
    return {
        "id": one.id,
        "title": one.title,
        "artist": one.artist,
        "bpm": f"{one.bpm:.1f}" if one.bpm is not None else "",
        "key": one.key or "",
        "camelot": one.camelot or "",
        "energy": one.energy,
        "length": minutes(one.duration_ms),
        "copies": one.copies,
        "here": one.here,
    }


async def show(request: Request) -> Response:
    """The page."""
    person = await asking.crew(request)
    site = site_of(request)
    typed = request.query_params.get("q", "").strip()[: library_api.WORDS_MOST]
    after, faults_after = _place_in(request, "after"), _place_in(request, "faults")
    found = await library_api.found(site, typed, limit=SHOWN + 1, after=after)
    faulty = await site.ports.reader.library_faulty(limit=SHOWN + 1, after=faults_after)
    words = {
        "typed": typed,
        "found": [found_words(one) for one in found[:SHOWN]],
        "more": urlencode({"q": typed, "after": after + SHOWN}) if len(found) > SHOWN else "",
        "scan": await library_api.scan_out(site),
        "faulty": [library_api.file_out(file) for file in faulty[:SHOWN]],
        "more_faulty": urlencode({"q": typed, "faults": faults_after + SHOWN}) if len(faulty) > SHOWN else "",
        "is_staff": person is not None and person.is_admin,
        "coming": await asyncio.to_thread(site.cloud.songs),
        "may_bring": await _may_bring(request),
        "home": _home(person),
    }
    response = site.pages.page("library.html", words)
    response.headers["cache-control"] = "no-cache"
    return response


def _home(person: Person | None) -> tuple[str, str]:
    """Where somebody came from: the address and its name."""
    if person is None:
        return "/dj", "Your desk"
    if person.is_admin:
        return "/staff", "This box"
    return ("/organiser", "Your events") if person.is_organiser else ("/players", "Your players")


async def _may_bring(request: Request) -> bool:
    try:
        await asking.music_keeper(request)
    except NotAllowed:
        return False
    return True


async def look(request: Request) -> Response:
    """Looks through all music again."""
    person = await asking.admin(request)
    site = site_of(request)
    if site.library.look_now():
        await audit.note(site.ports, Deed("library.looked"), by=person.actor)
    return RedirectResponse(PAGE, status_code=303)


def _scores(character: Character | None) -> list[tuple[str, int]]:
    if character is None:
        return []
    told = [(name, getattr(character, name)) for name in _SCORES]
    return [(name.capitalize(), value) for name, value in told if value is not None]


def _swing(swing: float | None) -> str:
    if swing is None:
        return ""
    feel = "straight" if swing < 1.15 else "light swing" if swing < 1.6 else "swing"
    return f"{feel}, {swing:.2f} : 1"


def _sound_words(sound: Analysis) -> dict[str, Any]:
    return {
        "length": minutes(sound.duration_ms),
        "tempo": sound.tempo,
        "key": sound.key,
        "lufs": f"{sound.loudness.lufs:.1f}" if sound.loudness else "",
        "swing": _swing(sound.swing),
        "scores": _scores(sound.character),
        "gaps": [GAPS[gap] for gap in sound.gaps],
        "loudness": track_drawing.loudness_path(sound.shape) if sound.shape else "",
        "curve": track_drawing.tempo_drawing(sound.course, duration_ms=sound.duration_ms),
        "width": track_drawing.WIDTH,
        "height": track_drawing.HEIGHT,
        "version": sound.version,
    }


async def show_track(request: Request) -> Response:
    """Everything about one track."""
    await asking.crew(request)
    site = site_of(request)
    track, copies, files = await library_api.known(site, request.path_params["track"])
    is_here = bool(await site.ports.reader.library_here([track.group]))
    others = [library_api.found_out(one, copies=len(copies), is_here=is_here) for one in copies if one.id != track.id]
    words = {
        "labels": track.labels,
        "sound": _sound_words(track.analysis),
        "files": [library_api.file_out(file) for file in files],
        "copies": [found_words(one) for one in others],
    }
    return site.pages.page("library_track.html", words)


ROUTES = [
    Route(PAGE, show),
    Route(f"{PAGE}/scan", look, methods=["POST"]),
    Route(f"{PAGE}/tracks/{{track}}", show_track),
]
