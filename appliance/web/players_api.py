"""House players for the people who look after them: made, changed, told what to do, taken away; what they played."""

from typing import Annotated

import msgspec

from appliance import wire
from appliance.domain import players
from appliance.domain.players import Player
from appliance.usecases.players import managing
from appliance.usecases.players.managing import Command, Draft
from appliance.web import asking
from appliance.web.events_api import event_of_stage, own_stage
from appliance.web.operations import Auth, Call, Operation
from appliance.web.site import Request, site_of
from appliance.wire_players import Percent, PlayerOut, player_out

HISTORY_MOST = 100


class PlayerIn(msgspec.Struct, frozen=True, kw_only=True):
    """A new player of a stage."""

    name: wire.Text
    #: the account that may tell it what to do, beside the event's organisers
    manager: str | None = None


class PlayerEditIn(msgspec.Struct, frozen=True, kw_only=True):
    """A player anew."""

    name: wire.Text
    stage: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
    manager: str | None = None


class PlayerOrderIn(msgspec.Struct, frozen=True, kw_only=True):
    """What a player is wanted to do; what is absent stays as it is."""

    paused: bool | None = None
    volume: Percent | None = None
    #: whether it plays again by itself after a DJ's set
    returns: bool | None = None
    #: cut short what is on
    skip: bool = False


class TagIn(msgspec.Struct, frozen=True, kw_only=True):
    #: what the tag says; empty to have one made up
    tag: Annotated[str, msgspec.Meta(max_length=64)] = ""


class TagOut(msgspec.Struct, frozen=True, kw_only=True):
    #: shown once; to be written on the tag as an address of this box
    path: str


class MadePlayerOut(msgspec.Struct, frozen=True, kw_only=True):
    player: PlayerOut
    #: shown once; the box keeps only its hash
    secret: str


class PlayersOut(msgspec.Struct, frozen=True, kw_only=True):
    players: list[PlayerOut]


class PlayedOut(msgspec.Struct, frozen=True, kw_only=True):
    plays: list[wire.TrackOut]


async def may_run(request: Request, player: Player) -> Player:
    """The player, if its event is the asker's to run. Raises: as `asking.organiser`."""
    await asking.organiser(request, event_of_stage(site_of(request), player.stage_id).event.id)
    return player


async def may_tell(request: Request, player: Player) -> Player:
    """The player, if the asker may tell it what to do: its manager, and whoever runs its event."""
    if any(one.id == player.id for one in await asking.managed(request)):
        return player
    return await may_run(request, player)


async def own_players(request: Request) -> list[Player]:
    """The players that an organiser may run, in the order they were made."""
    site, person = site_of(request), await asking.organiser(request)
    found = list(await site.ports.reader.players())
    if person.is_admin or person.account is None:
        return found
    own = await site.ports.reader.events_of(person.account.id)
    return [one for one in found if site.board.event_id_of(one.stage_id) in own]


async def told_players(request: Request) -> list[Player]:
    """The players that somebody may tell what to do, in the order they were made. Raises: NotAllowed."""
    own = await asking.managed(request)
    if (await asking.somebody(request)).is_organiser:
        also = await own_players(request)
        return also + [one for one in own if one not in also]
    return own


async def own_player(request: Request) -> Player:
    """The player of the address, taken away or not, if whoever asks may run its event. Raises: NotKnown, NotAllowed."""
    ports = site_of(request).ports
    return await may_run(request, await managing.player_ever(ports, request.path_params["player"]))


async def _own(call: Call) -> Player:
    return managing.working(await own_player(call.request))


async def _told(call: Call) -> Player:
    player = await managing.player_ever(call.site.ports, call.path("player"))
    return managing.working(await may_tell(call.request, player))


async def list_players(call: Call) -> PlayersOut:
    now = call.site.ports.clock.now()
    return PlayersOut(players=[player_out(one, now) for one in await told_players(call.request)])


async def add_player(call: Call) -> MadePlayerOut:
    sent: PlayerIn = call.body
    draft = Draft(sent.name, await own_stage(call), sent.manager)
    made = await managing.add(call.site.ports, draft=draft, verifier=call.site.verifier, by=call.actor())
    return MadePlayerOut(player=player_out(made.player, call.site.ports.clock.now()), secret=made.secret)


async def show_player(call: Call) -> PlayerOut:
    return player_out(await _told(call), call.site.ports.clock.now())


async def edit_player(call: Call) -> PlayerOut:
    sent: PlayerEditIn = call.body
    player = await _own(call)
    # Where it goes has to be the asker's, too.
    await asking.organiser(call.request, event_of_stage(call.site, sent.stage).event.id)
    draft = Draft(sent.name, sent.stage, sent.manager)
    after = await managing.edit(call.site.ports, player_id=player.id, draft=draft, by=call.actor())
    return player_out(after, call.site.ports.clock.now())


async def take_player(call: Call) -> None:
    player = await own_player(call.request)
    await managing.take_away(call.site.ports, player_id=player.id, by=call.actor())


async def renew_player_token(call: Call) -> MadePlayerOut:
    player, site = await _own(call), call.site
    made = await managing.renew_token(site.ports, player_id=player.id, verifier=site.verifier, by=call.actor())
    return MadePlayerOut(player=player_out(made.player, site.ports.clock.now()), secret=made.secret)


async def tag_player(call: Call) -> TagOut:
    player, sent = await _own(call), call.body
    tag = await managing.set_tag(call.site.ports, player_id=player.id, tag=sent.tag, by=call.actor())
    return TagOut(path=f"/t/{tag}")


async def order_player(call: Call) -> PlayerOut:
    player, sent = await _told(call), call.body
    wanted = Command(is_paused=sent.paused, volume=sent.volume, returns=sent.returns, skips=sent.skip)
    after = await managing.command(call.site.ports, player_id=player.id, wanted=wanted, by=call.actor())
    return player_out(after, call.site.ports.clock.now())


async def player_plays(call: Call) -> PlayedOut:
    player, now = await _told(call), call.site.ports.clock.now()
    found = await call.site.ports.reader.plays_of_dj(player.dj_id, limit=HISTORY_MOST)
    return PlayedOut(plays=[wire.track_out(play, now) for play in found])


_NO_PLAYER = (404, "No such player.")
_NOT_YOURS = (403, "Another organiser's event, or no organiser at all.")
_TAKEN = (409, "The name is taken, or there are too many.")

# fmt: off
OPERATIONS: tuple[Operation, ...] = (
    Operation("GET", "/players", "listPlayers",
        f"The house players of your events and those that you look after; {players.PLAYERS_MOST} at most.",
        list_players, Auth.PERSON, gives=PlayersOut),
    Operation("POST", "/stages/{stage}/players", "addPlayer", "A new house player; its token is shown once.",
        add_player, Auth.ORGANISER, takes=PlayerIn, gives=MadePlayerOut, status=201,
        also=(_NOT_YOURS, (404, "No such stage or account."), _TAKEN)),
    Operation("GET", "/players/{player}", "showPlayer", "A house player as it is now.", show_player, Auth.PERSON,
        gives=PlayerOut, also=(_NOT_YOURS, _NO_PLAYER)),
    Operation("PUT", "/players/{player}", "editPlayer", "Another name, stage or manager.", edit_player,
        Auth.ORGANISER, takes=PlayerEditIn, gives=PlayerOut, also=(_NOT_YOURS, _NO_PLAYER, _TAKEN)),
    Operation("DELETE", "/players/{player}", "takePlayer", "Take a player and its token away; its set ends.",
        take_player, Auth.ORGANISER, status=204, also=(_NOT_YOURS, _NO_PLAYER)),
    Operation("POST", "/players/{player}/token", "renewPlayerToken",
        "Another token for a player whose own was lost; the old one works no more.", renew_player_token,
        Auth.ORGANISER, gives=MadePlayerOut, status=201, also=(_NOT_YOURS, _NO_PLAYER)),
    Operation("POST", "/players/{player}/tag", "tagPlayer", "An NFC tag that leads phones to the player's stage.",
        tag_player, Auth.ORGANISER, takes=TagIn, gives=TagOut, status=201,
        also=(_NOT_YOURS, _NO_PLAYER, (409, "Another player has this tag."))),
    Operation("POST", "/players/{player}/orders", "orderPlayer", "Pause or play, skip, set the volume.", order_player,
        Auth.PERSON, takes=PlayerOrderIn, gives=PlayerOut,
        more="For its manager and whoever runs its event. It is told at once, or when it is heard of again.",
        also=(_NOT_YOURS, _NO_PLAYER, (409, "Nothing is on."))),
    Operation("GET", "/players/{player}/plays", "playerPlays", "What a player played, newest first.", player_plays,
        Auth.PERSON, gives=PlayedOut, also=(_NOT_YOURS, _NO_PLAYER)),
)
# fmt: on
