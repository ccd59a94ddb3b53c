"""Who a phone is at an event, and that it is there: another guest at each, by the phone's own id and the event's key.

What of an event may be known by whom is asked here too: a draft is its organisers' alone.
"""

from appliance.domain import guests, signing
from appliance.domain.live_state import EventState
from appliance.domain.models import Phase
from appliance.errors import NotKnown
from appliance.usecases.speaking import play_unknown
from appliance.web import asking, hearing
from appliance.web.site import Request, Site, site_of

#: what organisers' pages know a draft by
_DRAFT = "draft"


def guest_of(site: Site, phone_id: str, *, stage_id: str) -> str:
    """Who a phone is at a stage, and at all others of the same event.

    Raises: NotKnown with the code `stage_unknown`.
    """
    event = site.board.event_of(stage_id)
    if event is None:
        raise NotKnown("stage_unknown", "There is no such stage here.", advice="Choose one from the list of stages.")
    return guests.guest_at(phone_id, key=event.event.guest_key)


def draft_key(site: Site, stage_id: str) -> str:
    """What an organiser's page adds to a stage's addresses while its event is a draft; empty for all others."""
    event = site.board.event_of(stage_id)
    if event is None or event.event.phase is not Phase.DRAFT:
        return ""
    return signing.sign(stage_id, key=site.keys.login, purpose=_DRAFT)


def event_shown(site: Site, stage_id: str, *, key: str = "") -> EventState:
    """A stage's event, if whoever asks may know of it: of a draft only its organisers do, by `draft_key`.

    Raises: NotKnown with the code `stage_unknown`.
    """
    event = site.board.event_of(stage_id)
    is_draft = event is not None and event.event.phase is Phase.DRAFT
    if event is None or (is_draft and signing.verify(key, key=site.keys.login, purpose=_DRAFT) != stage_id):
        raise NotKnown("stage_unknown", "There is no such stage here.", advice="Choose one from the list of stages.")
    return event


def guest_at(request: Request, stage_id: str) -> str:
    """The guest who does something at a stage.

    Raises: as `phone` and `guest_of`.
    """
    return guest_of(site_of(request), asking.phone(request), stage_id=stage_id)


def seen(site: Site, stage_id: str, guest_id: str) -> None:
    """A guest's phone was given a stage's state."""
    site.counting.see(stage_id, guest_id)
    site.checked_in.come(stage_id, guest_id)
    site.announcing.got(stage_id, guest_id)


def seen_by(request: Request, stage_id: str) -> None:
    """As `seen`, for the phone that asks, if the box knows it."""
    site, asked_by = site_of(request), asking.known_phone(request)
    if asked_by is not None:
        guest_id = guest_of(site, asked_by, stage_id=stage_id)
        seen(site, stage_id, guest_id)
        hearing.looked(request, guest_id)


async def guest_of_play(site: Site, phone_id: str, *, play_id: str) -> str:
    """The guest who says something of a play: who the phone is where that was heard.

    Raises: NotKnown with the code `play_unknown`.
    """
    # Nearly always it is what is on now or was a while ago, and then the store need not be asked.
    stage_id = site.board.stage_of_play(play_id)
    if stage_id is not None:
        return guest_of(site, phone_id, stage_id=stage_id)
    play = await site.ports.reader.play(play_id)
    if play is None:
        raise play_unknown()
    return guest_of(site, phone_id, stage_id=play.stage_id)


def guests_of(site: Site, phone_id: str) -> list[str]:
    """Who a phone is at each event: for showing its owner everything that it said here."""
    return [guests.guest_at(phone_id, key=state.event.guest_key) for state in site.board.events()]
