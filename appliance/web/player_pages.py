"""`/organiser/players`: house players are made, renamed, moved and taken away; and where their NFC tags lead."""

from collections.abc import Mapping

from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from appliance import qr
from appliance.domain.accounts import Person
from appliance.domain.live_state import StageState
from appliance.domain.players import NAME_MAX, Player
from appliance.errors import BoxError
from appliance.usecases.players import entering, managing
from appliance.usecases.players.managing import Draft
from appliance.web import asking
from appliance.web.console import page_with_error
from appliance.web.events_api import event_of_stage
from appliance.web.organiser import HOME, own_events
from appliance.web.pages import plain
from appliance.web.players_api import own_player, own_players
from appliance.web.site import Request, Site, site_of
from appliance.wire_players import player_out

PLAYERS = f"{HOME}/players"


async def _stages(site: Site, person: Person) -> list[dict[str, str]]:
    """Where a player may be put, with the event's name where there are several."""
    found = [(state.event, one.stage) for state in await own_events(site, person) for one in _of(site, state.event.id)]
    is_one = len({event.id for event, _ in found}) < 2
    return [{"id": stage.id, "name": stage.name if is_one else f"{event.name}: {stage.name}"} for event, stage in found]


def _of(site: Site, event_id: str) -> list[StageState]:
    return site.board.stages_of(event_id)


async def _manager_name(site: Site, player: Player) -> str:
    account = await site.ports.reader.account(player.manager_id) if player.manager_id else None
    return account.name if account else ""


async def _page(
    request: Request,
    *,
    error: BoxError | None = None,
    typed: Mapping[str, str] | None = None,
    shown: Mapping[str, str] | None = None,
) -> Response:
    """The list; `shown` is a token or a tag, which is told once."""
    site, person = site_of(request), await asking.organiser(request)
    now, given = site.ports.clock.now(), typed or {}
    words = {
        "players": [
            plain(player_out(one, now)) | {"manager_name": await _manager_name(site, one)}
            for one in await own_players(request)
        ],
        "stages": await _stages(site, person),
        "longest": NAME_MAX,
        "form": {name: given.get(name, "") for name in ("player", "name", "stage", "email")},
        "shown": {"name": "", "secret": "", "tag": "", "code": "", **(shown or {})},
    }
    return page_with_error(request, "organiser_players.html", words, error=error)


async def show(request: Request) -> Response:
    """The house players of somebody's events."""
    return await _page(request)


async def add(request: Request) -> Response:
    """A new player; its token is on this one answer and nowhere else."""
    fields, site = await asking.form(request), site_of(request)
    stage_id = fields.get("stage", "")
    try:
        person = await asking.organiser(request, event_of_stage(site, stage_id).event.id)
        draft = Draft(fields.get("name", ""), stage_id)
        made = await managing.add(site.ports, draft=draft, verifier=site.verifier, by=person.actor)
    except BoxError as error:
        return await _page(request, error=error, typed=fields)
    return await _page(request, shown={"name": made.player.name, "secret": made.secret})


async def edit(request: Request) -> Response:
    """Another name or stage."""
    fields, site = await asking.form(request), site_of(request)
    player_id, stage_id = request.path_params["player"], fields.get("stage", "")
    try:
        player = await own_player(request)
        person = await asking.organiser(request, event_of_stage(site, stage_id).event.id)
        draft = Draft(fields.get("name", ""), stage_id, player.manager_id)
        await managing.edit(site.ports, player_id=player_id, draft=draft, by=person.actor)
    except BoxError as error:
        return await _page(request, error=error, typed={**fields, "player": player_id})
    return RedirectResponse(PLAYERS, status_code=303)


async def give(request: Request) -> Response:
    """Somebody looks after a player from now on; nobody does, where no e-mail is given."""
    fields, site = await asking.form(request), site_of(request)
    email = fields.get("email", "").strip()
    try:
        player = await own_player(request)
        person = await asking.organiser(request)
        manager = await managing.account_of(site.ports, email) if email else None
        draft = Draft(player.name, player.stage_id, manager)
        await managing.edit(site.ports, player_id=player.id, draft=draft, by=person.actor)
    except BoxError as error:
        return await _page(request, error=error, typed={"player": request.path_params["player"], "email": email})
    return RedirectResponse(f"{PLAYERS}#player-{player.id}", status_code=303)


async def take_away(request: Request) -> Response:
    """Its token works no more."""
    site, person = site_of(request), await asking.organiser(request)
    try:
        player = await own_player(request)
        await managing.take_away(site.ports, player_id=player.id, by=person.actor)
    except BoxError as error:
        return await _page(request, error=error)
    return RedirectResponse(PLAYERS, status_code=303)


async def renew(request: Request) -> Response:
    """Another token in the place of one that was lost; told on this one answer."""
    site, person = site_of(request), await asking.organiser(request)
    await asking.form(request)
    try:
        player = await own_player(request)
        made = await managing.renew_token(site.ports, player_id=player.id, verifier=site.verifier, by=person.actor)
    except BoxError as error:
        return await _page(request, error=error)
    return await _page(request, shown={"name": made.player.name, "secret": made.secret})


async def tag(request: Request) -> Response:
    """What to write on an NFC tag; told on this one answer."""
    site, person = site_of(request), await asking.organiser(request)
    fields = await asking.form(request)
    try:
        player = await own_player(request)
        text = await managing.set_tag(
            site.ports, player_id=player.id, tag=fields.get("tag", "").strip(), by=person.actor
        )
    except BoxError as error:
        return await _page(request, error=error)
    address = _tag_address(request, player, text=text)
    return await _page(request, shown={"name": player.name, "tag": address, "code": qr.svg(address).decode()})


def _tag_address(request: Request, player: Player, *, text: str) -> str:
    """What is written on a tag: an address that phones reach, whatever the browser here was opened at."""
    near = site_of(request).stage_url(player.stage_id)
    base = near.removesuffix(f"/s/{player.stage_id}") if near else str(request.base_url).rstrip("/")
    return f"{base}/t/{text}"


async def tapped(request: Request) -> Response:
    """A phone was held to a player's tag: its stage opens. A tag opens no right, so anybody may copy it."""
    player = await entering.player_with_tag(site_of(request).ports, tag=request.path_params["tag"])
    return RedirectResponse(f"/s/{player.stage_id}", status_code=303)


ROUTES = [
    Route(PLAYERS, show, methods=["GET"]),
    Route(PLAYERS, add, methods=["POST"]),
    Route(f"{PLAYERS}/{{player}}/edit", edit, methods=["POST"]),
    Route(f"{PLAYERS}/{{player}}/manager", give, methods=["POST"]),
    Route(f"{PLAYERS}/{{player}}/remove", take_away, methods=["POST"]),
    Route(f"{PLAYERS}/{{player}}/token", renew, methods=["POST"]),
    Route(f"{PLAYERS}/{{player}}/tag", tag, methods=["POST"]),
    Route("/t/{tag}", tapped),
]
