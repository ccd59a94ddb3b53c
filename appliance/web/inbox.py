"""What dancers were told in the last hours: the list at `/s/<stage>/inbox`, which works without a script."""

from starlette.responses import Response
from starlette.routing import Route

from appliance import wire, wire_notices
from appliance.web import asking, attending, banner, passes, venue
from appliance.web.events_api import event_of_stage
from appliance.web.looks import stage_look
from appliance.web.pages import plain
from appliance.web.site import Request, site_of


async def inbox(request: Request) -> Response:
    """The list. Whoever opens it has read it."""
    site = site_of(request)
    state = venue.found(site, request.path_params["stage"])
    attending.seen_by(request, state.stage.id)
    now = site.ports.clock.now()
    said = await banner.recent(site, state.stage.id, inside=passes.opened(request))
    read = banner.read_on_phone(request)
    # A page that renews itself says what was unread when it came.
    unread = {one.number for one in said if read.is_unread(one, now)} | banner.numbers_in(
        request.query_params.get("new", "")
    )
    words = {
        "stage": plain(wire.stage_out(state.stage)),
        "look": stage_look(site, event_of_stage(site, state.stage.id).event, state.stage.id),
        "notices": [plain(wire_notices.notice_out(one, now)) for one in said],
        "unread": unread,
        "here": f"/s/{state.stage.id}/inbox" + (f"?new={banner.written(unread)}" if unread else ""),
    }
    response = site.pages.page("inbox.html", words, language=asking.language(request))
    asking.remember_language(request, response)
    banner.remember_read(response, read, newest=site.announcing.newest, said=said)
    return response


ROUTES = [Route("/s/{stage}/inbox", inbox)]
