"""What the doors for announcements share: whom one would reach, how one is shown to whoever made it, who may."""

from collections.abc import Mapping, Sequence

from appliance import wire_notices
from appliance.domain.announcements import Announcement, AnnouncementLevel, Wanted
from appliance.domain.audit import Actor
from appliance.domain.live_state import StageState
from appliance.errors import Invalid
from appliance.web import asking
from appliance.web.events_api import known_event
from appliance.web.pages import plain
from appliance.web.site import Request, Site, site_of
from appliance.wire_notices import AnnouncementOut, ReachOut, StageReachOut

#: announcements in a list of those who make them
LIST_MOST = 100
#: what a form offers, seconds
DURATIONS: Mapping[int, str] = {
    30: "30 seconds",
    60: "1 minute",
    5 * 60: "5 minutes",
    15 * 60: "15 minutes",
    30 * 60: "30 minutes",
    3600: "1 hour",
    2 * 3600: "2 hours",
    4 * 3600: "4 hours",
    8 * 3600: "8 hours",
    12 * 3600: "12 hours",
}
USUAL_DURATION_S = 15 * 60


async def organiser(request: Request, event_id: str) -> Actor:
    """Who speaks for an event.

    Raises: NotAllowed, as `asking.organiser`; NotKnown with the code `event_unknown`.
    """
    person = await asking.organiser(request, event_id)
    known_event(site_of(request), event_id)
    return person.actor


def _stage_reach(state: StageState) -> StageReachOut:
    return StageReachOut(id=state.stage.id, name=state.stage.name, phones=state.listeners)


def reach_of_event(site: Site, event_id: str) -> ReachOut:
    """Whom an announcement to an event would reach now.

    Raises: NotKnown with the code `event_unknown`.
    """
    event = known_event(site, event_id)
    stages = [_stage_reach(state) for state in site.board.stages_of(event_id)]
    return ReachOut(phones=event.listeners, stages=stages)


def reach_of_stage(state: StageState) -> ReachOut:
    """Whom an announcement to a stage would reach now."""
    return ReachOut(phones=state.listeners, stages=[_stage_reach(state)])


def reach_words(found: ReachOut) -> dict[str, object]:
    """The same for a page."""
    return {"phones": found.phones, "stages": [plain(one) for one in found.stages]}


def shown(site: Site, said: Sequence[Announcement]) -> list[AnnouncementOut]:
    """Announcements for those who make them."""
    now = site.ports.clock.now()
    return [wire_notices.announcement_out(one, now, phones=site.announcing.phones(one)) for one in said]


def typed(fields: Mapping[str, str]) -> Wanted:
    """What was typed into a form.

    Raises: Invalid with the code `level_invalid` or `duration_invalid`.
    """
    duration = fields.get("duration_s", "").strip()
    if not (duration.isascii() and duration.isdecimal() and len(duration) < 10):
        raise Invalid("duration_invalid", "The duration is no whole number of seconds.", advice="Choose one.")
    try:
        level = AnnouncementLevel(fields.get("level", ""))
    except ValueError:
        raise Invalid("level_invalid", "There is no such level.", advice="Choose one.") from None
    return Wanted(
        text=fields.get("text", ""),
        level=level,
        duration_s=int(duration),
        announcement_id=fields.get("id") or None,
    )
