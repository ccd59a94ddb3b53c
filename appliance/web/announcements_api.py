"""The API of what the hall is told: for DJs, for organisers, and the list that phones find it in."""

import msgspec
from starlette.responses import Response

from appliance import wire, wire_notices
from appliance.domain import rules
from appliance.errors import NotKnown
from appliance.usecases import announcements
from appliance.usecases.announcements import Announced
from appliance.web import announcing, attending, passes
from appliance.web.announcing import LIST_MOST
from appliance.web.banner import recent
from appliance.web.operations import Auth, Call, Operation
from appliance.web.pages import known_stage
from appliance.wire_notices import AnnounceIn, AnnouncementOut, AnnounceToEventIn, ReachOut, SaidOut


class InboxOut(msgspec.Struct, frozen=True, kw_only=True):
    announcements: list[SaidOut]


class AnnouncementsOut(msgspec.Struct, frozen=True, kw_only=True):
    announcements: list[AnnouncementOut]


def _made(call: Call, made: Announced) -> AnnouncementOut | Response:
    [answer] = announcing.shown(call.site, [made.said])
    if made.duplicate:
        return Response(wire.encode(answer), status_code=200, media_type="application/json")
    return answer


async def at_stage(call: Call) -> InboxOut:
    state = known_stage(call.site, call.path("stage"))
    attending.seen_by(call.request, state.stage.id)
    now = call.site.ports.clock.now()
    said = await recent(call.site, state.stage.id, inside=passes.opened(call.request))
    return InboxOut(announcements=[wire_notices.notice_out(one, now) for one in said])


async def announce_to_stage(call: Call) -> AnnouncementOut | Response:
    made = await announcements.announce_to_stage(
        call.site.ports, dj=call.who(), wanted=call.body.wanted(), session_id=call.path("session")
    )
    return _made(call, made)


async def _own_session(call: Call) -> wire.SessionOut:
    session = await call.site.ports.reader.session(call.path("session"))
    if session is None:
        raise NotKnown("session_unknown", "There is no such session.")
    return wire.session_out(rules.owned(session, dj_id=call.who().id))


async def of_session(call: Call) -> AnnouncementsOut:
    session = await _own_session(call)
    said = await call.site.ports.reader.announcements_of_session(session.id, limit=LIST_MOST)
    return AnnouncementsOut(announcements=announcing.shown(call.site, said))


async def reach_of_session(call: Call) -> ReachOut:
    session = await _own_session(call)
    return announcing.reach_of_stage(known_stage(call.site, session.stage))


async def take_back_own(call: Call) -> AnnouncementOut:
    said = await announcements.take_back_own(call.site.ports, dj=call.who(), announcement_id=call.path("announcement"))
    return announcing.shown(call.site, [said])[0]


async def announce_to_event(call: Call) -> AnnouncementOut | Response:
    event_id, sent = call.path("event"), call.body
    by = await announcing.organiser(call.request, event_id)
    made = await announcements.announce_to_event(
        call.site.ports, by=by, event_id=event_id, wanted=sent.wanted(), stage_id=sent.stage
    )
    return _made(call, made)


async def of_event(call: Call) -> AnnouncementsOut:
    event_id = call.path("event")
    await announcing.organiser(call.request, event_id)
    said = await call.site.ports.reader.announcements_of_event(event_id, limit=LIST_MOST)
    return AnnouncementsOut(announcements=announcing.shown(call.site, said))


async def reach_of_event(call: Call) -> ReachOut:
    await announcing.organiser(call.request, call.path("event"))
    return announcing.reach_of_event(call.site, call.path("event"))


async def take_back(call: Call) -> AnnouncementOut:
    event_id = call.path("event")
    by = await announcing.organiser(call.request, event_id)
    said = await announcements.take_back(
        call.site.ports, by=by, event_id=event_id, announcement_id=call.path("announcement")
    )
    return announcing.shown(call.site, [said])[0]


_NO_EVENT = (404, "No such event, stage or announcement.")
_TOO_OFTEN = (429, "Too often; urgent is never refused to an organiser.")

# fmt: off
OPERATIONS: tuple[Operation, ...] = (
    Operation("GET", "/stages/{stage}/announcements", "stageAnnouncements",
        "What was said to a stage and to its event in the last hours, newest first; `left_ms` is 0 for what is over.",
        at_stage, gives=InboxOut, also=((404, "No such stage."),)),
    Operation("POST", "/sessions/{session}/announcements", "announce",
        "Tell the stage something until the set ends at the latest; the same id again is one announcement.",
        announce_to_stage, Auth.DJ, takes=AnnounceIn, gives=AnnouncementOut, status=201,
        also=((200, "The box had it already."), (403, "Another DJ's session."), (404, "No such session."),
            (409, "The session is over, or too many run."), (429, "Too often."), (503, "The disk is full."))),
    Operation("GET", "/sessions/{session}/announcements", "sessionAnnouncements",
        "What you said in a set, newest first.", of_session, Auth.DJ, gives=AnnouncementsOut,
        also=((403, "Another DJ's."), (404, "No such session."))),
    Operation("GET", "/sessions/{session}/reach", "sessionReach", "Whom an announcement would reach now.",
        reach_of_session, Auth.DJ, gives=ReachOut, also=((403, "Another DJ's."), (404, "No such session."))),
    Operation("DELETE", "/announcements/{announcement}", "takeBackOwn",
        "Take an own announcement back. Again, or when it is over, changes nothing.", take_back_own, Auth.DJ,
        gives=AnnouncementOut, also=((403, "Somebody else's."), (404, "No such announcement."))),
    Operation("POST", "/events/{event}/announcements", "announceToEvent",
        "Tell an event something, or one of its stages; the same id again is one announcement.",
        announce_to_event, Auth.ORGANISER, takes=AnnounceToEventIn, gives=AnnouncementOut, status=201,
        also=((200, "The box had it already."), _NO_EVENT, (409, "Too many run."), _TOO_OFTEN,
            (503, "The disk is full."))),
    Operation("GET", "/events/{event}/announcements", "eventAnnouncements",
        "What was said to an event and its stages, newest first.", of_event, Auth.ORGANISER, gives=AnnouncementsOut,
        also=(_NO_EVENT,)),
    Operation("GET", "/events/{event}/reach", "eventReach", "Whom an announcement would reach now.",
        reach_of_event, Auth.ORGANISER, gives=ReachOut, also=(_NO_EVENT,)),
    Operation("DELETE", "/events/{event}/announcements/{announcement}", "takeBack",
        "Take back what anybody said at an event. Again, or when it is over, changes nothing.", take_back,
        Auth.ORGANISER, gives=AnnouncementOut, also=(_NO_EVENT,)),
)
# fmt: on
