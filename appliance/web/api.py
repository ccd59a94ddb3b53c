"""`/api/v1`: what programs can ask of the box. Each handler parses, calls one use case, and names the answer."""

import hashlib
from typing import Annotated

import msgspec
from msgspec import UNSET, UnsetType
from starlette.responses import Response

from appliance import wire
from appliance.domain.live_state import EventState, StageState
from appliance.domain.locks import may_see
from appliance.domain.models import Session
from appliance.domain.portal import Mode
from appliance.errors import Invalid, NotAllowed, NotKnown
from appliance.usecases import people, plays, portal, sessions, stages
from appliance.web import (
    accounts_api,
    admin_api,
    announcements_api,
    asking,
    attending,
    care_api,
    dj_schedule_api,
    events_api,
    floor,
    handover,
    house_api,
    library_api,
    likes_api,
    passes,
    pin,
    player_api,
    players_api,
    profiles,
    recaps,
    saying,
    schedule_api,
    status,
    tallies,
)
from appliance.web.operations import Auth, Call, Operation
from appliance.web.site import Request, site_of
from appliance.web.tokens_out import IssuedOut, TokenIn, TokensOut, token_out

PREFIX = "/api/v1"
HISTORY_MOST = 200
_LIMIT: dict[str, object] = {"type": "integer", "minimum": 1, "maximum": HISTORY_MOST, "default": 50}

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=500)]


class StagesOut(msgspec.Struct, frozen=True, kw_only=True):
    stages: list[wire.StateOut]


class PlaysOut(msgspec.Struct, frozen=True, kw_only=True):
    plays: list[wire.TrackOut]


class AnnouncedOut(msgspec.Struct, frozen=True, kw_only=True):
    play: wire.TrackOut
    #: whether dancers see it now; a late play is history
    current: bool
    #: whether the box had this play already
    duplicate: bool
    #: the earlier play at this event that it repeats
    before: wire.BeforeOut | UnsetType = UNSET


class StartedOut(msgspec.Struct, frozen=True, kw_only=True):
    session: wire.SessionOut
    resumed: bool


class LikedOut(msgspec.Struct, frozen=True, kw_only=True):
    play: str
    title: str
    artist: str
    dj: str
    stage: str
    stage_name: str


class LikesOfGuestOut(msgspec.Struct, frozen=True, kw_only=True):
    likes: list[LikedOut]


class SetupIn(msgspec.Struct, frozen=True, kw_only=True):
    code: Annotated[str, msgspec.Meta(max_length=100, description="The setup code, as printed in the terminal.")]


class StaffPassOut(msgspec.Struct, frozen=True, kw_only=True):
    staff_pass: str


class NameIn(msgspec.Struct, frozen=True, kw_only=True):
    name: Name


class Portal(msgspec.Struct, frozen=True, kw_only=True):
    """What the captive portal does: party catches new phones, quiet and gateway catch nobody."""

    mode: Mode


def _stage(call: Call) -> StageState:
    stage_id = call.path("stage")
    attending.event_shown(call.site, stage_id, key=call.request.query_params.get("draft", ""))
    state = call.site.board.state(stage_id, inside=passes.opened(call.request))
    assert state is not None  # its event is known
    return state


def _limit(call: Call) -> int:
    given = call.request.query_params.get("limit", "50")
    if not (given.isascii() and given.isdecimal() and len(given) < 5 and 1 <= int(given) <= HISTORY_MOST):
        raise Invalid("limit_invalid", f"limit must be a whole number from 1 to {HISTORY_MOST}.")
    return int(given)


async def list_stages(call: Call) -> StagesOut:
    now = call.site.ports.clock.now()
    return StagesOut(stages=[wire.state_out(state, now) for state in call.site.board.going_on()])


async def add_stage(call: Call) -> wire.StageOut:
    return wire.stage_out(await stages.add_stage(call.site.ports, name=call.body.name, by=call.actor()))


def _version(state: StageState, event: EventState) -> str:
    """Changes whenever what a phone sees does. States hold moments; the ages that are told of them always change."""
    return f'W/"{hashlib.sha256(repr((state, event)).encode()).hexdigest()[:16]}"'


async def stage_now(call: Call) -> Response:
    state = _stage(call)
    if "as" not in call.request.query_params:
        attending.seen_by(call.request, state.stage.id)
    inside = passes.opened(call.request)
    event = call.site.board.event_of(state.stage.id)
    assert event is not None  # a stage belongs to an event
    headers = {"etag": _version(state, event), "cache-control": "no-cache"}
    if call.request.headers.get("if-none-match") == headers["etag"]:
        return Response(status_code=304, headers=headers)
    content = call.site.board.encoded_whole(state.stage.id, inside=inside)
    return Response(content, media_type="application/json", headers=headers)


async def stage_history(call: Call) -> PlaysOut:
    stage_id, now = _stage(call).stage.id, call.site.ports.clock.now()
    found = await call.site.ports.reader.plays_of_stage(
        stage_id, limit=_limit(call), inside=passes.opened(call.request)
    )
    return PlaysOut(plays=[wire.track_out(play, now) for play in found])


async def start_session(call: Call) -> StartedOut:
    started = await sessions.start_session(
        call.site.ports,
        dj=call.who(),
        stage_id=call.path("stage"),
        take_over=call.body.take_over,
        pin=call.body.pin,
    )
    return StartedOut(session=wire.session_out(started.session), resumed=started.resumed)


async def _session(call: Call) -> Session:
    session = await call.site.ports.reader.session(call.path("session"))
    if session is None:
        raise NotKnown("session_unknown", "There is no such session.")
    return session


async def _inside(call: Call, session: Session) -> frozenset[str]:
    """The locks that the asker has opened: whose set it is needs no PIN."""
    inside = passes.opened(call.request)
    if session.lock is None or session.lock in inside:
        return inside
    try:
        asked_by = await asking.dj(call.request)
    except NotAllowed:
        return inside
    return inside | {session.lock} if asked_by.id == session.dj_id else inside


async def show_session(call: Call) -> wire.SessionOut:
    session = await _session(call)
    return wire.session_out(session, locked=not may_see(session.lock, await _inside(call, session)))


async def session_plays(call: Call) -> PlaysOut:
    session = await _session(call)
    now = call.site.ports.clock.now()
    inside = await _inside(call, session)
    found = await call.site.ports.reader.plays_of_session(session.id, limit=_limit(call), inside=inside)
    return PlaysOut(plays=[wire.track_out(play, now) for play in found])


async def announce_play(call: Call) -> AnnouncedOut | Response:
    sent: wire.PlayIn = call.body
    told = plays.ToldPlay(track=sent.track(), play_id=sent.id, age_ms=sent.age_ms, session_id=call.path("session"))
    announced = await plays.announce_play(call.site.ports, dj=call.who(), told=told)
    now = call.site.ports.clock.now()
    answer = AnnouncedOut(
        play=wire.track_out(announced.play, now),
        current=announced.current,
        duplicate=announced.duplicate,
        before=wire.before_out(announced.before, now) if announced.before else UNSET,
    )
    if announced.duplicate:
        return Response(wire.encode(answer), status_code=200, media_type="application/json")
    return answer


async def stop_play(call: Call) -> wire.SessionOut:
    return wire.session_out(await plays.stop_play(call.site.ports, dj=call.who(), session_id=call.path("session")))


async def end_session(call: Call) -> wire.SessionOut:
    return wire.session_out(await sessions.end_session(call.site.ports, dj=call.who(), session_id=call.path("session")))


async def note_alive(call: Call) -> None:
    await sessions.note_alive(call.site.ports, dj=call.who(), session_id=call.path("session"))


async def my_likes(call: Call) -> LikesOfGuestOut:
    guests = attending.guests_of(call.site, call.phone())
    found = await call.site.ports.reader.liked_by(guests, limit=_limit(call))
    rows = [
        LikedOut(
            play=liked.play.id,
            title=liked.play.track.title,
            artist=liked.play.track.artist,
            dj=liked.dj_name,
            stage=liked.play.stage_id,
            stage_name=liked.stage_name,
        )
        for liked in found
    ]
    return LikesOfGuestOut(likes=rows)


async def make_guest(call: Call) -> Response:
    response = Response(status_code=204)
    asking.remember_phone(call.request, response, asking.phone_or_new(call.request))
    return response


async def setup(call: Call) -> StaffPassOut:
    await redeem(call.request, code=call.body.code)
    return StaffPassOut(staff_pass=asking.staff_pass(call.request))


async def redeem(request: Request, *, code: str) -> None:
    """The setup code through any door, with guessing slowed down."""
    site = site_of(request)
    site.setup_tries.check()
    try:
        await people.redeem_setup_code(site.ports, code=code)
    except NotAllowed:
        site.setup_tries.failed()
        raise
    site.setup_tries.succeeded()


async def issue_token(call: Call) -> IssuedOut:
    sent: TokenIn = call.body
    issued = await people.issue_token(
        call.site.ports, dj_name=sent.name, verifier=call.site.verifier, by=call.actor(), device=sent.device
    )
    return IssuedOut(token=token_out(issued.token, issued.dj), secret=issued.secret)


async def list_tokens(call: Call) -> TokensOut:
    found = await call.site.ports.reader.tokens()
    return TokensOut(tokens=[token_out(token, dj) for token, dj in found])


async def revoke_token(call: Call) -> None:
    await people.revoke_token(call.site.ports, token_id=call.path("token"), by=call.actor())


async def show_portal(call: Call) -> Portal:
    return Portal(mode=call.site.portal_mode())


async def set_portal(call: Call) -> Portal:
    await portal.set_mode(call.site.ports, mode=call.body.mode, by=call.actor())
    return Portal(mode=call.body.mode)


_HISTORY_QUERY = (("limit", _LIMIT, "How many, newest first."),)

# fmt: off
OPERATIONS: tuple[Operation, ...] = (
    *likes_api.OPERATIONS,
    *house_api.OPERATIONS,
    Operation("GET", "/stages", "listStages", "Every stage of what is going on, as it is now.", list_stages,
        gives=StagesOut),
    Operation("POST", "/stages", "addStage", "A new stage of the event.", add_stage, Auth.STAFF,
        takes=NameIn, gives=wire.StageOut, status=201, also=((409, "The address is taken."),)),
    Operation("GET", "/stages/{stage}/now", "stageNow", "A stage as it is now; for where streams fail.",
        stage_now, gives=wire.StateOut, also=((304, "Nothing changed since that ETag."), (404, "No such stage."))),
    Operation("GET", "/stages/{stage}/history", "stageHistory", "What was heard on a stage, newest first.",
        stage_history, gives=PlaysOut, query=_HISTORY_QUERY, also=((404, "No such stage."),)),
    Operation("POST", "/stages/{stage}/sessions", "startSession", "Start a set, or go on with it after a crash.",
        start_session, Auth.DJ, takes=wire.StartIn, gives=StartedOut, status=201,
        also=((404, "No such stage."), (409, "Another DJ is on; `facts.dj` says who."))),
    Operation("GET", "/sessions/{session}", "showSession", "One set.", show_session, gives=wire.SessionOut,
        also=((404, "No such session."),)),
    Operation("GET", "/sessions/{session}/plays", "sessionPlays", "What was heard in a set, newest first.",
        session_plays, gives=PlaysOut, query=_HISTORY_QUERY, also=((404, "No such session."),)),
    Operation("POST", "/sessions/{session}/plays", "announcePlay", "Say what is heard; the same id again is one play.",
        announce_play, Auth.DJ, takes=wire.PlayIn, gives=AnnouncedOut, status=201,
        also=((200, "The box had this play already."), (403, "Another DJ's session."), (409, "The session is over."))),
    Operation("POST", "/sessions/{session}/stop", "stopPlay", "Take the current track off.", stop_play, Auth.DJ,
        gives=wire.SessionOut, also=((403, "Another DJ's session."), (409, "The session is over."))),
    Operation("POST", "/sessions/{session}/end", "endSession", "End a set.", end_session, Auth.DJ,
        gives=wire.SessionOut, also=((403, "Another DJ's session."),)),
    Operation("POST", "/sessions/{session}/alive", "noteAlive", "A sign of life, every 30 s or so.",
        note_alive, Auth.DJ, status=204, also=((403, "Another DJ's session."), (409, "The session is over."))),
    Operation("POST", "/guests", "makeGuest", "Become a guest: sets the cookie that likes need.", make_guest,
        status=204),
    Operation("GET", "/me/likes", "myLikes", "What this guest liked, newest first.", my_likes, Auth.GUEST,
        gives=LikesOfGuestOut, query=_HISTORY_QUERY),
    Operation("POST", "/setup", "setup", "Use the one-time setup code up for a staff pass of twelve hours.", setup,
        takes=SetupIn, gives=StaffPassOut, also=((403, "Wrong or used."), (429, "Too many wrong tries."))),
    Operation("POST", "/djs", "issueToken", "A token for a DJ, shown once.", issue_token, Auth.STAFF,
        takes=TokenIn, gives=IssuedOut, status=201),
    Operation("GET", "/tokens", "listTokens", "The DJ tokens that work.", list_tokens, Auth.STAFF, gives=TokensOut),
    Operation("DELETE", "/tokens/{token}", "revokeToken", "Take a DJ token back.", revoke_token, Auth.STAFF,
        status=204, also=((404, "No such token."),)),
    Operation("GET", "/portal", "showPortal", "What the captive portal does.", show_portal, Auth.STAFF,
        gives=Portal),
    Operation("PUT", "/portal", "setPortal", "Choose what the captive portal does.", set_portal, Auth.STAFF,
        takes=Portal, gives=Portal),
    *accounts_api.OPERATIONS,
    *events_api.OPERATIONS,
    *admin_api.OPERATIONS,
    *handover.OPERATIONS,
    *floor.OPERATIONS,
    *pin.OPERATIONS,
    *recaps.OPERATIONS,
    *profiles.OPERATIONS,
    *saying.OPERATIONS,
    *tallies.OPERATIONS,
    *announcements_api.OPERATIONS,
    *library_api.OPERATIONS,
    *status.OPERATIONS,
    *care_api.OPERATIONS,
    *schedule_api.OPERATIONS,
    *dj_schedule_api.OPERATIONS,
    *player_api.OPERATIONS,
    *players_api.OPERATIONS,
)
# fmt: on
