"""The care page's acts that programs may want: notices, and restarting a part."""

import msgspec
from starlette.background import BackgroundTask
from starlette.responses import Response

from appliance import wire
from appliance.care.desk import SERVER
from appliance.domain.audit import Deed
from appliance.errors import NotKnown
from appliance.usecases import audit
from appliance.web.lights import NoticeOut
from appliance.web.operations import Auth, Call, Operation


class NoticesOut(msgspec.Struct, frozen=True, kw_only=True):
    notices: list[NoticeOut]


class RestartedOut(msgspec.Struct, frozen=True, kw_only=True):
    part: str


async def list_notices(call: Call) -> NoticesOut:
    found = call.site.notices.all()
    return NoticesOut(notices=[NoticeOut(code=one.code, words=one.words, at=wire.utc(one.wall_ms)) for one in found])


async def dismiss_notice(call: Call) -> None:
    code = call.path("notice")
    if code not in {one.code for one in call.site.notices.all()}:
        raise NotKnown("notice_unknown", "There is no such notice, or somebody has read it already.")
    await audit.note(call.site.ports, Deed("notice.dismissed", on=code, name=code), by=call.actor())
    call.site.notices.dismiss(code)


async def restart_part(call: Call) -> RestartedOut | Response:
    part = call.path("part")
    await audit.note(call.site.ports, Deed("part.restarted", on=part, name=part), by=call.actor())
    if part != SERVER:
        await call.site.care.restart(part)
        return RestartedOut(part=part)
    await call.site.care.check(part)
    answer = wire.encode(RestartedOut(part=part))
    later = BackgroundTask(call.site.care.restart_server_soon)
    return Response(answer, status_code=202, media_type="application/json", background=later)


# fmt: off
OPERATIONS: tuple[Operation, ...] = (
    Operation("GET", "/notices", "listNotices", "What staff should know, oldest first.", list_notices, Auth.STAFF,
        gives=NoticesOut),
    Operation("DELETE", "/notices/{notice}", "dismissNotice", "Somebody has read it.", dismiss_notice, Auth.STAFF,
        status=204, also=((404, "No such notice."),)),
    Operation("POST", "/parts/{part}/restart", "restartPart", "Restart one part of the box.", restart_part, Auth.STAFF,
        gives=RestartedOut, also=((202, "The server itself: it goes once this has arrived."), (404, "No such part."),
        (409, "Nobody watches the parts."))),
)
# fmt: on
