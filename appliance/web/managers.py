"""`/players`: the house players that somebody looks after, organiser or not; and how far their word goes on a stage.

A manager has an account and needs no role: organisers give players to people, see `player_pages`.
"""

from dataclasses import dataclass

from starlette.responses import Response
from starlette.routing import Route

from appliance.domain.accounts import Person
from appliance.domain.players import Player
from appliance.errors import NotAllowed
from appliance.web import asking
from appliance.web.console import page_with_error
from appliance.web.events_api import event_of_stage
from appliance.web.pages import plain
from appliance.web.players_api import told_players
from appliance.web.site import Request, site_of
from appliance.wire_players import player_out

PAGE = "/players"


@dataclass(frozen=True, slots=True)
class Reach:
    """How far somebody's word goes for the house on a stage."""

    person: Person
    stage_id: str
    #: whether the whole stage is theirs: they run its event
    runs: bool
    #: the players there that they may tell what to do, in the order they were made
    players: tuple[Player, ...]
    #: whether the rules are theirs to set, too: nobody else's player goes by them
    rules: bool

    def tells(self, player_id: str) -> bool:
        """Whether a player is theirs to tell."""
        return any(one.id == player_id for one in self.players)

    def tells_dj(self, dj_id: str | None) -> bool:
        """Whether a set is one of their players'."""
        return self.runs or any(one.dj_id == dj_id for one in self.players)


async def reach(request: Request, stage_id: str) -> Reach:
    """What whoever asks may do on a stage. Raises: NotAllowed, as `asking.organiser`; NotKnown for the stage."""
    site = site_of(request)
    event_id = event_of_stage(site, stage_id).event.id
    there = tuple(one for one in await site.ports.reader.players() if one.stage_id == stage_id)
    try:
        person = await asking.organiser(request, event_id)
    except NotAllowed:
        own = tuple(one for one in await asking.managed(request) if one.stage_id == stage_id)
        if not own:
            raise
        return Reach(await asking.somebody(request), stage_id, runs=False, players=own, rules=len(own) == len(there))
    return Reach(person, stage_id, runs=True, players=there, rules=True)


async def show(request: Request) -> Response:
    """Every player that is somebody's to tell."""
    now = site_of(request).ports.clock.now()
    players = await told_players(request)
    words = {
        "players": [plain(player_out(one, now)) | {"stage_name": _stage_name(request, one)} for one in players],
        "is_organiser": (await asking.somebody(request)).is_organiser,
    }
    return page_with_error(request, "players.html", words, error=None)


def _stage_name(request: Request, player: Player) -> str:
    state = site_of(request).board.state(player.stage_id)
    return state.stage.name if state else ""


ROUTES = [Route(PAGE, show)]
