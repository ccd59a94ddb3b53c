"""`/organiser/house/<stage>`: what the house does on a stage, why, and what its managers want of it.

A player's manager sees that player alone, and the rules where nobody else's player goes by them. Works without a
script, which keeps it fresh.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from appliance.domain.ballots import Ballot, Candidate
from appliance.domain.house import HouseRules, minute_of, time_text
from appliance.domain.live_state import StageState
from appliance.errors import BoxError, Invalid, NotAllowed, NotKnown, Refused
from appliance.usecases import ballots, house
from appliance.usecases.players import managing
from appliance.usecases.players.managing import Command
from appliance.web import asking, house_history, managers
from appliance.web.console import page_with_error
from appliance.web.events_api import event_of_stage
from appliance.web.library import minutes
from appliance.web.managers import Reach
from appliance.web.organiser import HOME, event_address, number
from appliance.web.pages import known_stage, plain
from appliance.web.site import Request, Site, site_of
from appliance.wire import track_out
from appliance.wire_players import player_out

#: what the form of the rules holds
_TYPED = ("genres", "explicit", "bpm_from", "bpm_until", "opens", "closes")


def address(stage_id: str) -> str:
    """Where the house on a stage is looked after."""
    return f"{HOME}/house/{stage_id}"


def _form_of(rules: HouseRules) -> dict[str, str]:
    """The rules as the form shows them."""
    bounds = {"bpm_from": rules.bpm_from, "bpm_until": rules.bpm_until}
    always = rules.opens_min == rules.closes_min
    return {
        "genres": "\n".join(sorted(rules.genres)),
        "explicit": "yes" if rules.allows_explicit else "no",
        **{name: f"{bound:g}" if bound is not None else "" for name, bound in bounds.items()},
        "opens": "" if always else time_text(rules.opens_min),
        "closes": "" if always else time_text(rules.closes_min),
    }


def rules_of(fields: Mapping[str, str]) -> HouseRules:
    """The rules as the form has them. Raises: Invalid, naming what can't be read."""
    opens, closes = fields.get("opens", "").strip(), fields.get("closes", "").strip()
    if bool(opens) != bool(closes):
        raise Invalid("hours_half", "Of the hours, one is missing.", advice="Give both, or none for always.")
    bounds = [number(fields.get(name, ""), field="tempo") for name in ("bpm_from", "bpm_until")]
    return HouseRules(
        genres=frozenset(line for line in fields.get("genres", "").splitlines() if line.strip()),
        allows_explicit=fields.get("explicit") == "yes",
        bpm_from=float(bounds[0]) if bounds[0] is not None else None,
        bpm_until=float(bounds[1]) if bounds[1] is not None else None,
        opens_min=minute_of(opens, field="opens") if opens else 0,
        closes_min=minute_of(closes, field="closes") if closes else 0,
    )


async def _now(site: Site, state: StageState) -> dict[str, Any] | None:
    """What is on, how far it is where a house player plays it, and what the hall says of it."""
    play, now, reader = state.now, site.ports.clock.now(), site.ports.reader
    if play is None:
        return None
    player = next((one for one in await reader.players() if one.word and one.word.play_id == play.id), None)
    track = await reader.library_track(player.word.track_id) if player and player.word else None
    length_ms = track.analysis.duration_ms if track else 0
    told = track_out(play, now)
    said = {"dislikes": (await reader.dislikes_of_plays([play.id])).get(play.id, 0)}
    at = minutes(min(told.age_ms, length_ms)) if length_ms else ""
    return plain(told) | said | {"at": at, "length": minutes(length_ms) if length_ms else ""}


async def _coming(site: Site, state: StageState) -> dict[str, Any]:
    """What comes next as it stands: with votes while the house plays; else what it would begin with."""
    ballot = state.ballot
    if ballot is not None:
        rows = [_row(ballot, place) for place in range(len(ballot.candidates))]
        return {"ballot": ballot.id, "open": ballot.is_open and ballot.asks, "rows": rows, "words": ""}
    try:
        found = await site.chooser.candidates(state.stage.id)
    except Refused as error:
        return {"ballot": "", "open": False, "rows": [], "words": error.detail}
    rows = [_candidate(one) | {"votes": None, "won": False} for one in found]
    words = "" if rows else "There are not two tracks to choose from."
    return {"ballot": "", "open": False, "rows": rows, "words": words}


def _row(ballot: Ballot, place: int) -> dict[str, Any]:
    said = {"place": place, "votes": ballot.votes[place], "won": place == ballot.won}
    return _candidate(ballot.candidates[place]) | said


def _candidate(one: Candidate) -> dict[str, Any]:
    return {"title": one.title, "artist": one.artist, "why": one.why.text}


async def _page(request: Request, *, error: BoxError | None = None, typed: Mapping[str, str] | None = None) -> Response:
    site = site_of(request)
    event = event_of_stage(site, request.path_params["stage"]).event
    may = await managers.reach(request, request.path_params["stage"])
    state, now = known_stage(site, request.path_params["stage"]), site.ports.clock.now()
    kept = await site.ports.reader.stage_house(state.stage.id)
    assert kept is not None  # the stage is there
    form, dj_id = _form_of(kept.rules), state.session.dj_id if state.session else None
    given = typed or {}
    words = {
        "stage": {"id": state.stage.id, "name": state.stage.name, "house": address(state.stage.id)},
        "event": {"name": event.name, "address": event_address(event.id), "zone": kept.zone},
        "dj": state.session.dj_name if state.session else "",
        "now": await _now(site, state),
        "is_house": state.ballot is not None,
        "why": state.ballot.why.text if state.ballot and state.ballot.why else "",
        "here": len(site.checked_in.at(state.stage.id)),
        "players": [plain(player_out(one, now)) for one in may.players],
        "may": {"run": may.runs, "rule": may.rules, "choose": may.tells_dj(dj_id)},
        "coming": await _coming(site, state),
        "fitting": await site.chooser.fitting(state.stage.id),
        "history": await house_history.history(site, may),
        # A box that was not sent is a "no", so what was typed counts as a whole.
        "form": {name: given.get(name, "") for name in _TYPED} if "opens" in given else form,
    }
    return page_with_error(request, "organiser_house.html", words, error=error)


async def show(request: Request) -> Response:
    """The house on a stage."""
    return await _page(request)


Act = Callable[[Site, Mapping[str, str], Reach], Awaitable[object]]


def _form(act: Act, *, at: str = "") -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        site, stage_id = site_of(request), request.path_params["stage"]
        may = await managers.reach(request, stage_id)
        fields = await asking.form(request)
        try:
            await act(site, fields, may)
        except BoxError as error:
            return await _page(request, error=error, typed=fields)
        return RedirectResponse(f"{address(stage_id)}{at}", status_code=303)

    return endpoint


async def _rule(site: Site, fields: Mapping[str, str], may: Reach) -> None:
    if not may.rules:
        raise NotAllowed("rules_not_yours", "Other players go by these rules, too.", advice="Ask the organisers.")
    await house.set_rules(site.ports, stage_id=may.stage_id, rules=rules_of(fields), by=may.person.actor)


def _command(fields: Mapping[str, str]) -> Command:
    """What a button means. Raises: Invalid."""
    match fields.get("act", ""):
        case "skip":
            return Command(skips=True)
        case "pause" | "play" as what:
            return Command(is_paused=what == "pause")
        case "returns" | "stays":
            return Command(returns=fields["act"] == "returns")
        case "volume":
            volume = number(fields.get("volume", ""), field="volume")
            if volume is None:
                raise Invalid("volume_invalid", "No volume was given.", advice="Give a number from 0 to 100.")
            return Command(volume=volume)
        case _:
            raise Invalid("act_invalid", "A player can't do that.", advice="Load the page again.")


async def _order(site: Site, fields: Mapping[str, str], may: Reach) -> None:
    player_id = fields.get("player", "")
    if not may.tells(player_id):
        raise NotKnown("player_unknown", "There is no such player on this stage.", advice="Load the page again.")
    await managing.command(site.ports, player_id=player_id, wanted=_command(fields), by=may.person.actor)


async def _choose(site: Site, fields: Mapping[str, str], may: Reach) -> None:
    session = known_stage(site, may.stage_id).session
    if not may.tells_dj(session.dj_id if session else None):
        raise NotAllowed("player_not_yours", "What is on is not your player’s.", advice="Wait until yours plays.")
    option, ballot_id = number(fields.get("option", ""), field="option"), fields.get("ballot", "")
    place = option if option is not None else -1
    await ballots.take_over(site.ports, stage_id=may.stage_id, ballot_id=ballot_id, place=place, by=may.person.actor)


ROUTES = [
    Route(f"{HOME}/house/{{stage}}", show),
    Route(f"{HOME}/house/{{stage}}/played.csv", house_history.table),
    Route(f"{HOME}/house/{{stage}}/rules", _form(_rule, at="#rules"), methods=["POST"]),
    Route(f"{HOME}/house/{{stage}}/order", _form(_order), methods=["POST"]),
    Route(f"{HOME}/house/{{stage}}/choose", _form(_choose), methods=["POST"]),
]
