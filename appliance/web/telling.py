"""The DJ's part of the console about announcements: what it shows, and what its forms do."""

from collections.abc import Mapping

from appliance.domain.live_state import StageState
from appliance.domain.models import Dj, Session
from appliance.usecases import announcements
from appliance.web import announcing
from appliance.web.announcing import DURATIONS, LIST_MOST, USUAL_DURATION_S
from appliance.web.pages import plain
from appliance.web.site import Site

#: what the form brings back after an error
TYPED = ("text", "level", "duration_s")


async def desk_words(site: Site, session: Session, state: StageState) -> dict[str, object]:
    """The DJ's part: whom it would reach, and what was said in this set."""
    said = await site.ports.reader.announcements_of_session(session.id, limit=LIST_MOST)
    return {
        "id": site.ports.new_id(),
        "durations": DURATIONS,
        "usual_s": USUAL_DURATION_S,
        "reach": announcing.reach_words(announcing.reach_of_stage(state)),
        "said": [plain(one) for one in announcing.shown(site, said)],
    }


async def say_from_desk(site: Site, dj: Dj, fields: Mapping[str, str]) -> None:
    """A DJ tells the stage something."""
    wanted, session_id = announcing.typed(fields), fields.get("session") or None
    await announcements.announce_to_stage(site.ports, dj=dj, wanted=wanted, session_id=session_id)


async def take_back_from_desk(site: Site, dj: Dj, fields: Mapping[str, str]) -> None:
    """A DJ takes an own announcement back."""
    await announcements.take_back_own(site.ports, dj=dj, announcement_id=fields.get("announcement", ""))
