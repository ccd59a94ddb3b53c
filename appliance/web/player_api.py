"""What house players ask: what to play next, its file, whether what they do is right, and whose box this is.

The first three stand below `/api/player`, without a version, for players that were built for the plan this grew from.
"""

import os
import re
import stat
from ipaddress import ip_address
from pathlib import Path

from starlette.responses import FileResponse
from starlette.routing import Route

from appliance import wire
from appliance.config import BrokerKind
from appliance.domain.players import Player
from appliance.errors import Invalid, NotKnown
from appliance.usecases.players import choosing, entering, hearing
from appliance.usecases.players.choosing import SongFile
from appliance.web.operations import Auth, Call, Operation, routes
from appliance.wire_players import BrokerOut, NextSongOut, OrdersOut, ProofsOut, WordIn, next_song_out, orders_out

PLAIN_PREFIX = "/api"
#: songs that a player may name as those before the next
AFTER_MOST = 50
_ID_MOST = 64
_NONCE = re.compile("^[0-9a-f]{32,64}$")
#: what browsers and players know these endings by; the system's own table is another one on each machine
_KINDS = {
    ".mp3": "audio/mpeg",
    ".flac": "audio/flac",
    ".ogg": "audio/ogg",
    ".opus": "audio/ogg",
    ".m4a": "audio/mp4",
    ".wav": "audio/wav",
    ".aif": "audio/aiff",
    ".aiff": "audio/aiff",
}


async def proofs(call: Call) -> ProofsOut:
    nonce = call.request.query_params.get("nonce", "")
    if not _NONCE.fullmatch(nonce):
        raise Invalid("nonce_invalid", "nonce must be 32 to 64 hexadecimal digits that nobody can guess.")
    return ProofsOut(v=wire.VERSION, proofs=await entering.proofs(call.site.ports, nonce=nonce))


def _own_stage(call: Call) -> Player:
    """The player that calls. One that names a stage means its own: of others it is told nothing."""
    player = call.machine()
    if call.request.query_params.get("stage", player.stage_id) != player.stage_id:
        raise NotKnown("stage_unknown", "This player plays on no such stage.", advice="Leave the stage out.")
    return player


def _after(call: Call) -> tuple[str, ...]:
    given = call.request.query_params.get("after", "")
    ids = tuple(one for one in given.split(",") if one)
    if len(ids) > AFTER_MOST or any(len(one) > _ID_MOST for one in ids):
        raise Invalid("after_invalid", f"after must name {AFTER_MOST} songs at most, by their ids with commas.")
    return ids


async def next_song(call: Call) -> NextSongOut:
    chosen = await call.site.players.offers.next_song(call.site.ports, player=_own_stage(call), after=_after(call))
    _tell_what_comes(call)
    track = chosen.playable.track
    return next_song_out(track, address=f"/api/v1/player/songs/{track.id}", why=chosen.why.text)


def _tell_what_comes(call: Call) -> None:
    """Lets dancers know what their stage's player plays next."""
    player, board = call.machine(), call.site.board
    board.set_coming(player.stage_id, call.site.players.offers.coming(player, board.state(player.stage_id)))


async def song(call: Call) -> FileResponse:
    call.machine()
    found = await choosing.song_file(call.site.ports, call.path("track"))
    path = os.fsdecode(found.playable.path)
    if not _may_be_given(found):
        raise choosing.song_unknown()
    kind = _KINDS.get(Path(path).suffix.lower(), "application/octet-stream")
    return FileResponse(path, media_type=kind, headers={"cache-control": "private, no-cache"})


def _may_be_given(found: SongFile) -> bool:
    """Whether it is still a file inside of the folder in which the library found it, and no way out of there."""
    path, root = os.fsdecode(found.playable.path), os.path.realpath(found.root)
    try:
        is_file = stat.S_ISREG(Path(path).lstat().st_mode)
    except (OSError, ValueError):
        return False
    return is_file and Path(os.path.realpath(path)).is_relative_to(root)


async def say(call: Call) -> OrdersOut:
    told = call.body.told()
    orders = await hearing.hear(call.site.ports, player=call.machine(), told=told)
    call.site.players.offers.plays(call.machine(), told.on.track_id if told.on else "")
    _tell_what_comes(call)
    return orders_out(orders, broker=_broker(call))


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _broker(call: Call) -> BrokerOut | None:
    """The broker, if there is one for this player: the embedded one is for programs on the box itself."""
    mqtt, client = call.site.settings.mqtt, call.request.client
    is_near = client is not None and _is_loopback(client.host)
    if mqtt.broker is BrokerKind.MOSQUITTO or (mqtt.broker is BrokerKind.EMBEDDED and is_near):
        return BrokerOut(port=mqtt.port, name=call.machine().handle)
    return None


_WRONG = (401, "No such token, or it was taken back.")
_NO_SONG = (409, "None now; `code` says why. `nothing_to_play`: go on with what is kept. Any other: be silent.")
_STAGE: dict[str, object] = {"type": "string", "maxLength": 64}
_IDS: dict[str, object] = {"type": "string", "maxLength": AFTER_MOST * (_ID_MOST + 1)}
_NEXT_QUERY = (
    ("stage", _STAGE, "The player's own stage; another one is not known to it."),
    ("after", _IDS, "Ids of songs that will be heard before it and were not told of yet, the latest last, by commas."),
)

_NEXT = (
    "Ask some 40 seconds before what is on ends, and name in `after` what will be heard before the answer: "
    "whoever asks ends the dancers' vote on what comes next, and the most votes win. The file is at `address`, "
    "with the same token. 409 says why there is nothing: `dj_plays` (give way), `house_closed`, `stage_paused`, "
    "`rules_leave_nothing` (be silent), `nothing_to_play` (go on with what is kept; ask "
    "again in 15 seconds). `lufs` is for levelling; bring louder songs down, and none up."
)
_SONG = "Only files of the library are given, and only those that are still inside of the folder where they were found."
_STATUS = (
    "Say at once what begins and ends, and else every two seconds; a minute of silence is told to staff. The same "
    "`play` twice is one play. What was heard while the box was away comes in `before`, the oldest first. The "
    "answer is what to do now: `plays`, `volume` (0 to 100), and in `skip` the play that is to be cut short, if "
    "it is still on; where there is a `broker`, the same comes at once at `pika/v1/player/<name>/orders`."
)

# fmt: off
PLAIN: tuple[Operation, ...] = (
    Operation("GET", "/player/next-song", "nextSong", "What the player is to play next; asked again, the same.",
        next_song, Auth.PLAYER, gives=NextSongOut, query=_NEXT_QUERY, more=_NEXT,
        also=(_WRONG, (404, "Not the player's stage."), _NO_SONG)),
    Operation("GET", "/player/songs/{track}", "songFile", "A song's file, whole or in ranges.", song, Auth.PLAYER,
        more=_SONG, also=((206, "A part of it."), _WRONG, (404, "No such song here."))),
    Operation("POST", "/player/status", "sayStatus", "How the player is, every two seconds; what it is to do.", say,
        Auth.PLAYER, takes=WordIn, gives=OrdersOut, more=_STATUS, also=(_WRONG,)),
)

OPERATIONS: tuple[Operation, ...] = (
    *PLAIN,
    Operation("GET", "/player/proofs", "playerProofs",
        "Whether this is a player's box: asked before the player shows it its token.", proofs,
        gives=ProofsOut, query=(("nonce", {"type": "string", "pattern": _NONCE.pattern}, "32 to 64 random digits."),)),
)
# fmt: on

ROUTES: list[Route] = routes(PLAIN, prefix=PLAIN_PREFIX)
