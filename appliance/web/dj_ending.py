"""What the console shows and does about the rest of a set: who is next, how it ends, and what was heard before.

Words for its pages and acts for its forms; whose forms they are is `console`'s business.
"""

from collections.abc import Container, Mapping

from appliance import wire, wire_schedule
from appliance.domain.live_state import StageState
from appliance.domain.models import Dj, Session, TrackInfo
from appliance.domain.schedule import plan as plans
from appliance.domain.schedule.slots import Booking, Placed
from appliance.errors import BoxError, Invalid, Refused
from appliance.ports import HeardBefore
from appliance.usecases.schedule import closing, repeats
from appliance.usecases.schedule.slots import placed_of
from appliance.web.dj_schedule_api import BOOKINGS_MOST
from appliance.web.site import Site
from appliance.web.slot_words import slot_words

#: the set's planned end is offered as its end from so near on
_SUGGEST_MS = 30 * 60_000
_HEARD = "track_heard"


async def bookings_of(site: Site, dj: Dj) -> list[tuple[Placed, dict[str, object]]]:
    """A DJ's slots that are not over, the next first, with their words."""
    found = []
    for slot in await site.ports.reader.bookings_of(dj.id, limit=BOOKINGS_MOST):
        event, stage = site.board.event(slot.event_id), site.board.state(slot.stage_id)
        if event is not None and stage is not None:
            placed = placed_of(slot, event.event)
            places = {"event_name": event.event.name, "stage_name": stage.stage.name, "zone": event.event.zone}
            found.append((placed, slot_words(placed) | places))
    coming = plans.still_to_come([placed for placed, _ in found], site.ports.clock.now())
    return sorted((one for one in found if one[0] in coming), key=lambda one: one[0].begins_ms)


async def waiting(site: Site, dj: Dj) -> int:
    """How many bookings wait for the DJ's answer."""
    return sum(placed.slot.booking is Booking.ASKED for placed, _ in await bookings_of(site, dj))


def _near(placed: Placed | None, site: Site) -> dict[str, object] | None:
    now = site.ports.clock.now()
    return dict(wire.fields_of(wire_schedule.near_out(placed, now))) if placed else None


def before_words(before: HeardBefore | None, site: Site) -> dict[str, object] | None:
    """An earlier play for the console."""
    return dict(wire.fields_of(wire.before_out(before, site.ports.clock.now()))) if before else None


async def ending_words(site: Site, dj: Dj, session: Session, state: StageState) -> dict[str, object]:
    """Who is next on the stage, when the DJ's own slot ends, what was said of the end, and what is being repeated."""
    now, plan = site.ports.clock.now(), state.plan
    own = plan.now if plan.now and plan.now.slot.dj_id == dj.id else None
    event = site.board.event_of(session.stage_id)
    before = None
    if state.now is not None and event is not None:
        before = await repeats.before_play(site.ports, play=state.now, event=event.event)
    return {
        "next": _near(plan.next, site),
        "own": _near(own, site),
        "suggest": own.slot.ends.shown[11:] if own and own.ends_ms - now.wall_ms <= _SUGGEST_MS else "",
        "closing": dict(wire.fields_of(wire_schedule.closing_out(state.stage.id, state.closing, now))),
        "songs": site.pages.words.forms("en", "schedule.songs"),
        "before": before_words(before, site),
        "event": event.event.id if event else "",
    }


def _whole(text: str, *, field: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 6):
        raise Invalid(f"{field}_invalid", f"The {field} must be a whole number.")
    return int(text)


async def say_closing(site: Site, dj: Dj, fields: Mapping[str, str]) -> None:
    """How the set ends, from one of the console's buttons."""
    songs, minutes, ends_at = (fields.get(name, "").strip() for name in ("songs", "minutes", "ends_at"))
    await closing.say(
        site.ports,
        dj=dj,
        session_id=fields.get("session", ""),
        songs=_whole(songs, field="songs") if songs else None,
        within_ms=_whole(minutes, field="minutes") * 60_000 if minutes else None,
        ends_at=ends_at or None,
    )


async def unsay_closing(site: Site, dj: Dj, fields: Mapping[str, str]) -> None:
    """Nothing is said of the end any more."""
    await closing.unsay(site.ports, dj=dj, session_id=fields.get("session", ""))


async def check_repeat(site: Site, session_id: str | None, track: TrackInfo, *, knows: Container[str]) -> None:
    """Stops a track at manual entry that was heard before, once: `knows` has the earlier play that the DJ was told of,
    and the play itself, which may have been sent already.

    Raises: Refused with the code `track_heard`.
    """
    session = await site.ports.reader.session(session_id) if session_id else None
    event = site.board.event_of(session.stage_id) if session else None
    before = await repeats.before_playing(site.ports, event=event.event, track=track) if event else None
    if before is None or before.play.id in knows:
        return
    told = wire.before_out(before, site.ports.clock.now())
    words = f"{told.dj} played this {ago(told.age_ms)}, on {told.stage_name}."
    raise Refused(_HEARD, words, advice="Announce it once more to play it all the same.", play=before.play.id)


def knows_by(error: BoxError) -> str:
    """The earlier play that the DJ knows of once they have read this error; empty for others."""
    return str(error.facts["play"]) if error.code == _HEARD else ""


def ago(age_ms: int) -> str:
    """The same words as the `ago` of pages/parts.html."""
    minutes = age_ms // 60_000
    if minutes < 1:
        return "just now"
    if minutes < 60:
        return f"{minutes} min ago"
    return f"{minutes // 60} h ago" if minutes < 1440 else f"{minutes // 1440} d ago"
