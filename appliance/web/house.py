"""What dancers do while the house plays: vote for what comes next, say "not for me", say that they are there.

Pages and forms; the same for programs is in `house_api`.
"""

from typing import Any

from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from appliance.domain.ballots import Ballot
from appliance.domain.house import Reason
from appliance.domain.live_state import StageState
from appliance.errors import Invalid
from appliance.usecases import ballots, dislikes
from appliance.web import asking, attending, hearing, passes, venue
from appliance.web.site import Request, Site, site_of

#: a candidate's place has no more digits
_DIGITS = 2


def sentence(site: Site, reason: Reason, *, language: str) -> str:
    """Why, as dancers read it."""
    key = f"next.why_{reason.why.value}"
    return site.pages.words.text(language, key, n=reason.dancers, artist=reason.about)


async def words_for(site: Site, state: StageState, guest_id: str | None, *, language: str) -> dict[str, Any] | None:
    """What the card shows to a guest, None for a phone that is new; nothing while the house does not play."""
    ballot, reader = state.ballot, site.ports.reader
    if ballot is None:
        return None
    mine = await reader.ballot_word(ballot.id, guest_id) if guest_id else None
    disliked = await reader.disliked_among(guest_id, [ballot.play_id]) if guest_id else frozenset()
    return {
        "id": ballot.id,
        "play": ballot.play_id,
        "open": ballot.is_open,
        "why": sentence(site, ballot.why, language=language) if ballot.why else "",
        "candidates": _candidates(site, ballot, mine=mine, language=language),
        "total": sum(ballot.votes),
        "won": ballot.candidates[ballot.won].title if ballot.won is not None else "",
        "disliked": bool(disliked),
        "is_here": guest_id is not None and site.checked_in.is_here(state.stage.id, guest_id),
    }


def _candidates(site: Site, ballot: Ballot, *, mine: int | None, language: str) -> list[dict[str, Any]]:
    if not ballot.asks:
        return []
    return [
        {
            "place": place,
            "title": one.title,
            "artist": one.artist,
            "why": sentence(site, one.why, language=language),
            "votes": ballot.votes[place],
            "mine": place == mine,
            "won": place == ballot.won,
        }
        for place, one in enumerate(ballot.candidates)
    ]


async def card(request: Request) -> Response:
    """The card by itself: what a page's script puts into a page that was drawn before."""
    site, language = site_of(request), asking.language(request)
    state = venue.found(site, request.path_params["stage"], inside=passes.opened(request))
    phone = asking.known_phone(request)
    guest_id = attending.guest_of(site, phone, stage_id=state.stage.id) if phone else None
    shown = await words_for(site, state, guest_id, language=language)
    words = {"stage": {"id": state.stage.id, "name": state.stage.name}, "next": shown}
    response = site.pages.page("next.html", words, language=language)
    response.headers["cache-control"] = "no-store"
    return response


def _back(stage_id: str) -> Response:
    return RedirectResponse(f"/s/{stage_id}", status_code=303)


async def vote_form(request: Request) -> Response:
    """A vote for what comes next."""
    site, stage_id, fields = site_of(request), request.path_params["stage"], await asking.form(request)
    guest_id = attending.guest_at(request, stage_id)
    site.guest_writes.take(asking.phone(request))
    sent = fields.get("option", "")
    if sent != "none" and not (sent.isascii() and sent.isdecimal() and len(sent) <= _DIGITS):
        raise Invalid("option_unknown", "That is not one of the tracks to choose from.", advice="Choose one of them.")
    await ballots.vote(
        site.ports,
        guest_id=guest_id,
        stage_id=stage_id,
        ballot_id=fields.get("ballot", ""),
        place=None if sent == "none" else int(sent),
        there=hearing.is_there(request, guest_id),
    )
    return _back(stage_id)


async def dislike_form(request: Request) -> Response:
    """Would rather not hear it, or takes that back."""
    site, stage_id, fields = site_of(request), request.path_params["stage"], await asking.form(request)
    if fields.get("disliked") not in {"yes", "no"}:
        raise Invalid("disliked_invalid", "disliked must be yes or no.", advice="Open the page again.")
    site.guest_writes.take(asking.phone(request))
    play_id = fields.get("play", "")
    guest_id = await attending.guest_of_play(site, asking.phone(request), play_id=play_id)
    there = hearing.is_there(request, guest_id)
    disliked = fields["disliked"] == "yes"
    await dislikes.set_dislike(site.ports, guest_id=guest_id, play_id=play_id, disliked=disliked, there=there)
    return _back(stage_id)


async def here_form(request: Request) -> Response:
    """A dancer says that they are there; without a script nothing else says so for longer than a page's load."""
    site, stage_id = site_of(request), request.path_params["stage"]
    await asking.form(request)
    site.guest_writes.take(asking.phone(request))
    site.checked_in.come(stage_id, attending.guest_at(request, stage_id))
    return _back(stage_id)


ROUTES = [
    Route("/s/{stage}/next", card),
    Route("/s/{stage}/next", vote_form, methods=["POST"]),
    Route("/s/{stage}/not-for-me", dislike_form, methods=["POST"]),
    Route("/s/{stage}/here", here_form, methods=["POST"]),
]
