"""`/dj/sets/<set>/tracks`: after a set its DJ says which track each play was. Works without a script.

What the box is unsure of comes first, because that is what the DJ came for; then what it found, then the rest.
"""

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from appliance.domain.identity import Identity, Reason, Verdict
from appliance.domain.library import LibraryTrack
from appliance.domain.models import Dj
from appliance.domain.naming import named
from appliance.errors import BoxError, Invalid, NotKnown
from appliance.ports import PlayIdentity
from appliance.usecases import verifying
from appliance.web import asking, library_api
from appliance.web.console import page_with_error
from appliance.web.library import found_words
from appliance.web.site import Request, site_of

#: results of a search
_FOUND_MOST = 25

_REASONS = {
    Reason.FILE: "your laptop played this very file",
    Reason.HOUSE: "the house played this very file",
    Reason.SAID: "a DJ said so before",
    Reason.FILE_BEFORE: "the same name stood for this file before",
    Reason.SAME_WORDS: "the same name",
    Reason.ALIKE: "nearly the same name",
    Reason.SWAPPED: "artist and title in each other’s place",
    Reason.TITLE_ONLY: "the same title, and an artist is missing",
    Reason.OTHER_VERSION: "maybe another version of it",
    Reason.NOTHING: "",
}
_HEADS = {
    "asked": "Please look at these",
    "found": "Found by the box",
    "confirmed": "You said yes",
    "unknown": "Not known to the box",
}


def _place(one: PlayIdentity) -> str:
    """Under which head a play stands."""
    if one.identity is None or one.track is None:
        return "unknown"
    places = {Verdict.OFFERED: "asked", Verdict.FOUND: "found", Verdict.CONFIRMED: "confirmed"}
    return places.get(one.identity.verdict, "unknown")


def _track_words(track: LibraryTrack, identity: Identity) -> dict[str, Any]:
    sound = track.analysis
    return {
        "id": track.id,
        "title": track.labels.title,
        "artist": track.labels.artist,
        "bpm": f"{sound.tempo.bpm:.1f}" if sound.tempo else "",
        "key": f"{sound.key.name} {sound.key.camelot}" if sound.key else "",
        "sure": round(identity.confidence * 100),
        "why": _REASONS[identity.reason],
        "is_denied": identity.verdict is Verdict.REJECTED,
    }


def _search_of(one: PlayIdentity, session_id: str) -> str:
    parts = named(one.play.track.artist, one.play.track.title)
    return f"/dj/sets/{quote(session_id)}/tracks/{quote(one.play.id)}?q={quote(parts.title)}"


def _play_words(one: PlayIdentity, number: int, session_id: str) -> dict[str, Any]:
    return {
        "id": one.play.id,
        "number": number,
        "title": one.play.track.title,
        "artist": one.play.track.artist,
        "place": _place(one),
        "track": _track_words(one.track, one.identity) if one.track and one.identity else None,
        "search": _search_of(one, session_id),
    }


def _groups(plays: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        {"name": name, "head": head, "plays": found}
        for name, head in _HEADS.items()
        if (found := [one for one in plays if one["place"] == name])
    ]


async def _page(request: Request, dj: Dj, *, error: BoxError | None = None) -> Response:
    session_id = request.path_params["session"]
    _, found = await verifying.own_set(site_of(request).ports, dj=dj, session_id=session_id)
    plays = [_play_words(one, number, session_id) for number, one in enumerate(found, start=1)]
    words = {"dj_name": dj.name, "session": session_id, "groups": _groups(plays), "count": len(plays)}
    return page_with_error(request, "dj_tracks.html", words, error=error)


async def show(request: Request) -> Response:
    """Every play of a set, with the track that it is taken for."""
    return await _page(request, await asking.dj(request))


async def _play_of(request: Request, dj: Dj) -> tuple[PlayIdentity, int]:
    session_id, play_id = request.path_params["session"], request.path_params["play"]
    _, found = await verifying.own_set(site_of(request).ports, dj=dj, session_id=session_id)
    for number, one in enumerate(found, start=1):
        if one.play.id == play_id:
            return one, number
    raise NotKnown("play_unknown", "This set has no such play.", advice="Open the page of the set again.")


async def search(request: Request) -> Response:
    """Looks for the track that a play was, among all that the box knows."""
    dj, site = await asking.dj(request), site_of(request)
    one, number = await _play_of(request, dj)
    typed = request.query_params.get("q", "").strip()[: library_api.WORDS_MOST]
    found = await library_api.found(site, typed, limit=_FOUND_MOST, after=0) if typed else []
    session_id = request.path_params["session"]
    words = {
        "dj_name": dj.name,
        "session": session_id,
        "play": _play_words(one, number, session_id),
        "typed": typed,
        "found": [found_words(track) for track in found],
        "is_cut": len(found) == _FOUND_MOST,
    }
    return page_with_error(request, "dj_track_search.html", words, error=None)


def following(plays: Sequence[PlayIdentity], play_id: str) -> str:
    """Where somebody goes on who has answered for a play: the next one in doubt, or the play itself."""
    asked = [one.play.id for one in plays if _place(one) == "asked"]
    if play_id not in asked or len(asked) == 1:
        return play_id
    return asked[(asked.index(play_id) + 1) % len(asked)]


async def answer(request: Request) -> Response:
    """Yes or no to one play and one track."""
    dj, fields, site = await asking.dj(request), await asking.form(request), site_of(request)
    session_id = request.path_params["session"]
    one, _ = await _play_of(request, dj)
    _, plays = await verifying.own_set(site.ports, dj=dj, session_id=session_id)
    going_on = following(plays, one.play.id)
    try:
        if fields.get("answer") not in {"yes", "no"}:
            raise Invalid("answer_invalid", "answer must be yes or no.", advice="Open the page again.")
        is_same, track_id = fields["answer"] == "yes", fields.get("track", "")
        await verifying.say(site.ports, dj=dj, play_id=one.play.id, track_id=track_id, is_same=is_same)
    except BoxError as error:
        return await _page(request, dj, error=error)
    return RedirectResponse(f"/dj/sets/{quote(session_id)}/tracks#play-{quote(going_on)}", status_code=303)


ROUTES = [
    Route("/dj/sets/{session}/tracks", show),
    Route("/dj/sets/{session}/tracks/{play}", search),
    Route("/dj/sets/{session}/tracks/{play}", answer, methods=["POST"]),
]
