"""What the DJ's console shows, as words for its pages. Changes nothing."""

import asyncio
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from appliance import wire
from appliance.domain import handover, happenings
from appliance.domain.handover import Offer
from appliance.domain.live_state import StageState
from appliance.domain.models import Dj, Event, Phase, Session, Stamp
from appliance.handout.shelf import OnShelf
from appliance.usecases import handover as passing
from appliance.usecases import locks
from appliance.web import asking_floor, dj_ending, passes, telling
from appliance.web.floor import floor_out
from appliance.web.pages import HISTORY_ON_PAGE, live, plain
from appliance.web.profiles import past_sets
from appliance.web.site import Site

#: what a form of the console brings back after an error
TYPED = ("title", "artist", "bpm", "key", "to", "note", "pin", "stage", "again", *asking_floor.TYPED, *telling.TYPED)


async def link_words(site: Site) -> dict[str, object]:
    """The link for DJs' laptops, as far as this box has files to hand out."""
    files = await asyncio.to_thread(site.links.shelf.files)
    rows = [
        {"name": one.path.name, "system": one.system, "version": one.version, "sha256": one.sha256, "size": _mb(one)}
        for one in files
    ]
    return {"link_files": rows, "link_port": site.settings.links.port}


def _mb(file: OnShelf) -> str:
    return f"{file.bytes / 1e6:.0f}" if file.bytes >= 1e6 else "under 1"


@dataclass(frozen=True, slots=True)
class _Asker:
    """A DJ who looks for a stage to play on."""

    dj: Dj
    now: Stamp
    #: by set
    offers: Mapping[str, Offer]
    #: events at which they may play
    events: frozenset[str]

    def may_do(self, state: StageState, event: Event) -> str:
        """What this DJ can do on a stage."""
        session = state.session
        if session is not None and session.dj_id == self.dj.id:
            return "mine"
        if event.id not in self.events:
            return "barred"
        if not happenings.is_open(event, state.stage):
            return "closed"
        if session is None:
            return "free"
        offer = self.offers.get(session.id)
        if offer is not None and offer.is_for(self.dj.id):
            return "offered"
        return "away" if handover.is_away(session, self.now) else "taken"


async def places(site: Site, dj: Dj) -> list[dict[str, str]]:
    """Every stage of events that dancers may see, and what this DJ can do there."""
    reader, events = site.ports.reader, [state.event for state in site.board.events()]
    shown = {event.id: event for event in events if event.phase is Phase.PUBLISHED}
    own = frozenset([one for one in shown if dj in await reader.assigned_djs(one)])
    offers = {offer.session_id: offer for offer in await reader.offers()}
    asker = _Asker(dj, site.ports.clock.now(), offers, own)
    found = []
    for state in await reader.stage_states():
        event = shown.get(state.stage.event_id)
        if event is not None:
            place = {"id": state.stage.id, "name": state.stage.name, "kind": asker.may_do(state, event)}
            on_it = {"dj": state.session.dj_name if state.session else "", "event": event.name}
            found.append(place | on_it)
    return found


def version_of(shown: Sequence[Mapping[str, str]]) -> str:
    """Changes whenever the list of stages does."""
    return hashlib.sha256(repr(shown).encode()).hexdigest()[:16]


async def _passing(site: Site, dj: Dj, session: Session, state: StageState) -> dict[str, object]:
    """What was offered, to whom it can be, who is next by the plan, and what was left for this DJ or by them."""
    offers = {offer.session_id: offer for offer in await site.ports.reader.offers()}
    offer = offers.get(session.id)
    assigned = await site.ports.reader.assigned_djs(state.stage.event_id)
    names = [other.name for other in assigned if other.id != dj.id]
    planned = state.plan.next.slot.dj if state.plan.next is not None else None
    notes = await passing.notes_for(site.ports, dj=dj, session_id=session.id)
    own = [note.text for note in await site.ports.reader.notes(session.stage_id) if note.session_id == session.id]
    return {
        "offer": {"to": offer.to_name} if offer else None,
        "heirs": sorted(names, key=str.casefold),
        "planned": planned.name if planned is not None and planned.name in names else "",
        "notes": [plain(wire.note_out(note)) for note in notes],
        "own_note": "".join(own),
    }


def _watcher(site: Site, session: Session) -> str:
    """What a console is in the addresses that it asks: no listener, and it knows its own PIN."""
    return f"dj&{passes.DESK_PASS}={passes.desk_pass(site, session.lock)}" if session.lock else "dj"


async def _set(site: Site, dj: Dj, session: Session, state: StageState) -> dict[str, object]:
    """A running set."""
    now = site.ports.clock.now()
    inside = frozenset({session.lock} if session.lock else ())
    heard = await site.ports.reader.plays_of_session(session.id, limit=HISTORY_ON_PAGE, inside=inside)
    return {
        "session": plain(wire.session_out(session)),
        "stage": plain(wire.stage_out(state.stage)),
        "now": plain(wire.track_out(state.now, now)) if state.now else None,
        "history": [plain(wire.track_out(play, now)) for play in heard],
        "listeners": state.listeners,
        "play_id": site.ports.new_id(),
        "live": live(site, state.stage.id, inside=inside, watcher=_watcher(site, session)),
        "wrong_tries": await site.ports.reader.wrong_tries(session.lock) if session.lock else 0,
        "floor": plain(floor_out(site, state.stage.id)),
        **asking_floor.floor_words(site, state),
        "announcing": await telling.desk_words(site, session, state),
        "ending": await dj_ending.ending_words(site, dj, session, state),
        **await _passing(site, dj, session, state),
    }


async def desk_words(site: Site, dj: Dj, *, typed: Mapping[str, str], new_pin: str = "") -> dict[str, object]:
    """Everything on the console: the running set, or the stages to choose from. A new PIN is shown once."""
    words: dict[str, object] = {
        "dj_name": dj.name,
        "new_pin": new_pin,
        "suggested_pin": locks.random_pin(),
        "form": {name: typed.get(name, "") for name in TYPED},
        "waiting": await dj_ending.waiting(site, dj),
        **await link_words(site),
    }
    for session in await site.ports.reader.active_sessions_of(dj.id):
        state = site.board.state(session.stage_id, inside={session.lock or ""})
        if state is not None:
            return words | await _set(site, dj, session, state)
    shown = await places(site, dj)
    before = {"past": await past_sets(site, dj), "dj_id": dj.id}
    return words | before | {"session": None, "stage": None, "stages": shown, "places_version": version_of(shown)}
