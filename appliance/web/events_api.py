"""Events and stages over the API: what dancers' programs may know of them, and what their organisers may do."""

import msgspec

from appliance import wire
from appliance.domain import happenings
from appliance.domain.happenings import EventDraft, StageDraft
from appliance.domain.live_state import EventState, StageState
from appliance.domain.models import Doors, Event, Phase
from appliance.errors import NotKnown
from appliance.pictures import taking
from appliance.usecases import doors, events, lineup, stages
from appliance.web import asking
from appliance.web.operations import Auth, Call, Operation
from appliance.web.site import Site


class EventIn(msgspec.Struct, frozen=True, kw_only=True):
    """An event as its organisers describe it; what is absent is not known."""

    name: wire.Text
    #: of the times, as the IANA database names it
    zone: str = "UTC"
    #: as the clock there shows it, such as `2026-11-20T21:00`
    starts: str = ""
    ends: str = ""
    capacity: wire.Capacity | None = None
    #: `#rrggbb`
    accent: str = ""

    def draft(self) -> EventDraft:
        """The same for the use case."""
        return EventDraft(**{name: getattr(self, name) for name in self.__struct_fields__})


class StageIn(msgspec.Struct, frozen=True, kw_only=True):
    name: wire.Text
    capacity: wire.Capacity | None = None


class OrderIn(msgspec.Struct, frozen=True, kw_only=True):
    #: the id of each stage of the event, once
    stages: list[str]


class LogoIn(msgspec.Struct, frozen=True, kw_only=True):
    #: a PNG, JPEG or WebP picture, in base64
    content: bytes


class EventsOut(msgspec.Struct, frozen=True, kw_only=True):
    events: list[wire.EventOut]


class StageRunOut(msgspec.Struct, frozen=True, kw_only=True):
    """A stage as its organisers see it."""

    id: str
    name: str
    doors: Doors
    #: phones that look on now
    listeners: int
    is_full: bool
    capacity: int | msgspec.UnsetType = msgspec.UNSET
    dj: str | msgspec.UnsetType = msgspec.UNSET


class EventRunOut(msgspec.Struct, frozen=True, kw_only=True):
    """An event as its organisers see it."""

    v: int
    event: str
    name: str
    phase: Phase
    zone: str
    starts: str
    ends: str
    #: phones that look on at any of its stages
    listeners: int
    is_full: bool
    stages: list[StageRunOut]
    capacity: int | msgspec.UnsetType = msgspec.UNSET
    accent: str | msgspec.UnsetType = msgspec.UNSET
    #: where the picture is
    logo: str | msgspec.UnsetType = msgspec.UNSET


class EventsRunOut(msgspec.Struct, frozen=True, kw_only=True):
    events: list[EventRunOut]


class DjOut(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    name: str


class DjsOut(msgspec.Struct, frozen=True, kw_only=True):
    djs: list[DjOut]


def known_event(site: Site, event_id: str) -> EventState:
    """The event as it is now.

    Raises: NotKnown with the code `event_unknown`.
    """
    state = site.board.event(event_id)
    if state is None:
        raise NotKnown("event_unknown", "There is no such event here.", advice="Choose one from the list of events.")
    return state


def event_of_stage(site: Site, stage_id: str) -> EventState:
    """A stage's event.

    Raises: NotKnown with the code `stage_unknown`.
    """
    state = site.board.event_of(stage_id)
    if state is None:
        raise NotKnown("stage_unknown", "There is no such stage here.", advice="Choose one from the list of stages.")
    return state


def is_full(listeners: int, capacity: int | None) -> bool:
    """Whether there are as many phones as there is room for guests."""
    return capacity is not None and listeners >= capacity


def logo_address(event: Event) -> str | None:
    """Where an event's picture is; another address for each picture."""
    return f"/events/{event.id}/logo/{event.logo}" if event.logo else None


def stage_run(state: StageState) -> StageRunOut:
    """A stage for its organisers."""
    stage = state.stage
    return StageRunOut(
        id=stage.id,
        name=stage.name,
        doors=stage.doors,
        listeners=state.listeners,
        is_full=is_full(state.listeners, stage.capacity),
        capacity=wire.known(stage.capacity),
        dj=wire.known(state.session.dj_name if state.session else None),
    )


def event_run(site: Site, state: EventState) -> EventRunOut:
    """An event for its organisers."""
    event = state.event
    return EventRunOut(
        v=wire.VERSION,
        event=event.id,
        name=event.name,
        phase=event.phase,
        zone=event.zone,
        starts=happenings.shown(event.starts_ms, zone=event.zone),
        ends=happenings.shown(event.ends_ms, zone=event.zone),
        listeners=state.listeners,
        is_full=is_full(state.listeners, event.capacity),
        stages=[stage_run(one) for one in site.board.stages_of(event.id)],
        capacity=wire.known(event.capacity),
        accent=wire.known(event.accent),
        logo=wire.known(logo_address(event)),
    )


async def list_events(call: Call) -> EventsOut:
    """The events that dancers may know of."""
    board = call.site.board
    shown = [state.event for state in board.events() if state.event.phase is Phase.PUBLISHED]
    return EventsOut(events=[wire.event_out(event, board.stages_of(event.id)) for event in shown])


async def list_own_events(call: Call) -> EventsRunOut:
    account, site = call.somebody().account, call.site
    own = None if call.somebody().is_admin or account is None else await site.ports.reader.events_of(account.id)
    states = [state for state in site.board.events() if own is None or state.event.id in own]
    return EventsRunOut(events=[event_run(site, state) for state in reversed(states)])


async def _own(call: Call) -> EventState:
    """The event of the address, if whoever asks may run it. Raises: NotKnown, NotAllowed."""
    state = known_event(call.site, call.path("event"))
    await asking.organiser(call.request, state.event.id)
    return state


async def own_stage(call: Call) -> str:
    """The stage of the address, if whoever asks may run its event. Raises: NotKnown, NotAllowed."""
    state = event_of_stage(call.site, call.path("stage"))
    await asking.organiser(call.request, state.event.id)
    return call.path("stage")


def _run(call: Call, event: Event) -> EventRunOut:
    return event_run(call.site, known_event(call.site, event.id))


def _stage_run(call: Call, stage_id: str) -> StageRunOut:
    state = call.site.board.state(stage_id)
    assert state is not None  # it was just changed
    return stage_run(state)


async def add_event(call: Call) -> EventRunOut:
    account = call.somebody().account
    account_id = account.id if account is not None else None
    draft = call.body.draft()
    event = await events.add_event(call.site.ports, draft=draft, by=call.actor(), account_id=account_id)
    return _run(call, event)


async def show_event(call: Call) -> EventRunOut:
    return event_run(call.site, await _own(call))


async def edit_event(call: Call) -> EventRunOut:
    own = await _own(call)
    edited = await events.edit_event(call.site.ports, event_id=own.event.id, draft=call.body.draft(), by=call.actor())
    return _run(call, edited)


async def _set_phase(call: Call, phase: Phase) -> EventRunOut:
    own = await _own(call)
    return _run(call, await events.set_phase(call.site.ports, event_id=own.event.id, phase=phase, by=call.actor()))


async def publish_event(call: Call) -> EventRunOut:
    return await _set_phase(call, Phase.PUBLISHED)


async def end_event(call: Call) -> EventRunOut:
    return await _set_phase(call, Phase.ENDED)


async def set_logo(call: Call) -> EventRunOut:
    own = await _own(call)
    name, logo = await taking.taken(call.body.content)
    changed = await events.set_logo(call.site.ports, event_id=own.event.id, logo=logo, name=name, by=call.actor())
    return _run(call, changed)


async def forget_logo(call: Call) -> None:
    own = await _own(call)
    await events.set_logo(call.site.ports, event_id=own.event.id, logo=None, name=None, by=call.actor())


async def add_event_stage(call: Call) -> StageRunOut:
    own, wanted = await _own(call), call.body
    stage = await stages.add_stage(
        call.site.ports, name=wanted.name, capacity=wanted.capacity, event_id=own.event.id, by=call.actor()
    )
    return _stage_run(call, stage.id)


async def edit_stage(call: Call) -> StageRunOut:
    stage_id, wanted = await own_stage(call), call.body
    draft = StageDraft(name=wanted.name, capacity=wanted.capacity)
    await stages.edit_stage(call.site.ports, stage_id=stage_id, draft=draft, by=call.actor())
    return _stage_run(call, stage_id)


async def order_stages(call: Call) -> EventRunOut:
    own = await _own(call)
    wanted = call.body.stages
    await stages.order_stages(call.site.ports, event_id=own.event.id, stage_ids=wanted, by=call.actor())
    return _run(call, own.event)


async def _set_doors(call: Call, wanted: Doors) -> StageRunOut:
    stage_id = await own_stage(call)
    await doors.set_doors(call.site.ports, stage_id=stage_id, doors=wanted, by=call.actor())
    return _stage_run(call, stage_id)


async def open_stage(call: Call) -> StageRunOut:
    return await _set_doors(call, Doors.OPEN)


async def pause_stage(call: Call) -> StageRunOut:
    return await _set_doors(call, Doors.PAUSED)


async def close_stage(call: Call) -> StageRunOut:
    return await _set_doors(call, Doors.CLOSED)


async def list_djs(call: Call) -> DjsOut:
    return DjsOut(djs=[DjOut(id=dj.id, name=dj.name) for dj in await call.site.ports.reader.djs()])


async def list_assigned(call: Call) -> DjsOut:
    own = await _own(call)
    found = await call.site.ports.reader.assigned_djs(own.event.id)
    return DjsOut(djs=[DjOut(id=dj.id, name=dj.name) for dj in found])


async def assign_dj(call: Call) -> DjOut:
    own = await _own(call)
    dj = await lineup.assign(call.site.ports, event_id=own.event.id, dj_id=call.path("dj"), by=call.actor())
    return DjOut(id=dj.id, name=dj.name)


async def unassign_dj(call: Call) -> None:
    own = await _own(call)
    await lineup.unassign(call.site.ports, event_id=own.event.id, dj_id=call.path("dj"), by=call.actor())


_NO_EVENT = (404, "No such event.")
_NO_STAGE = (404, "No such stage.")
_NOT_YOURS = (403, "Another organiser's event, or no organiser at all.")

# fmt: off
OPERATIONS: tuple[Operation, ...] = (
    Operation("GET", "/events", "listEvents", "The events that are going on, with their stages.", list_events,
        gives=EventsOut),
    Operation("GET", "/me/events", "listOwnEvents", "The events that are yours to run, the newest first.",
        list_own_events, Auth.ORGANISER, gives=EventsRunOut),
    Operation("POST", "/events", "addEvent", "A new event, as a draft that nobody else sees.", add_event,
        Auth.ORGANISER, takes=EventIn, gives=EventRunOut, status=201, also=((409, "Too many events."),)),
    Operation("GET", "/events/{event}", "showEvent", "One of your events, with its numbers now.", show_event,
        Auth.ORGANISER, gives=EventRunOut, also=(_NOT_YOURS, _NO_EVENT)),
    Operation("PUT", "/events/{event}", "editEvent", "Describe an event anew.", edit_event, Auth.ORGANISER,
        takes=EventIn, gives=EventRunOut, also=(_NOT_YOURS, _NO_EVENT)),
    Operation("POST", "/events/{event}/publish", "publishEvent", "Let dancers find an event, or find it again.",
        publish_event, Auth.ORGANISER, gives=EventRunOut, also=(_NOT_YOURS, _NO_EVENT)),
    Operation("POST", "/events/{event}/end", "endEvent", "End an event, and with it the sets that run.", end_event,
        Auth.ORGANISER, gives=EventRunOut, also=(_NOT_YOURS, _NO_EVENT, (409, "It is a draft."))),
    Operation("PUT", "/events/{event}/logo", "setLogo", "Give an event a picture.", set_logo, Auth.ORGANISER,
        takes=LogoIn, gives=EventRunOut, body_most=taking.BYTES_MOST * 4 // 3 + 1024, also=(_NOT_YOURS, _NO_EVENT,
        (413, "The picture is too large."))),
    Operation("DELETE", "/events/{event}/logo", "forgetLogo", "Take an event's picture away.", forget_logo,
        Auth.ORGANISER, status=204, also=(_NOT_YOURS, _NO_EVENT)),
    Operation("POST", "/events/{event}/stages", "addEventStage", "A new stage, the last of the event.",
        add_event_stage, Auth.ORGANISER, takes=StageIn, gives=StageRunOut, status=201,
        also=(_NOT_YOURS, _NO_EVENT, (409, "The event is over, full, or has such a stage."))),
    Operation("PUT", "/events/{event}/stages", "orderStages", "Put an event's stages in order.", order_stages,
        Auth.ORGANISER, takes=OrderIn, gives=EventRunOut, also=(_NOT_YOURS, _NO_EVENT)),
    Operation("PUT", "/stages/{stage}", "editStage", "Name a stage anew; its address stays.", edit_stage,
        Auth.ORGANISER, takes=StageIn, gives=StageRunOut, also=(_NOT_YOURS, _NO_STAGE)),
    Operation("POST", "/stages/{stage}/open", "openStage", "Open a stage after a break or for good.", open_stage,
        Auth.ORGANISER, gives=StageRunOut, also=(_NOT_YOURS, _NO_STAGE)),
    Operation("POST", "/stages/{stage}/pause", "pauseStage", "A break: whoever plays keeps the session.", pause_stage,
        Auth.ORGANISER, gives=StageRunOut, also=(_NOT_YOURS, _NO_STAGE)),
    Operation("POST", "/stages/{stage}/close", "closeStage", "Close a stage, and end the set that runs.", close_stage,
        Auth.ORGANISER, gives=StageRunOut, also=(_NOT_YOURS, _NO_STAGE)),
    Operation("GET", "/djs", "listDjs", "Every DJ that the box knows.", list_djs, Auth.ORGANISER, gives=DjsOut),
    Operation("GET", "/events/{event}/djs", "listAssigned", "Who may play at an event.", list_assigned,
        Auth.ORGANISER, gives=DjsOut, also=(_NOT_YOURS, _NO_EVENT)),
    Operation("PUT", "/events/{event}/djs/{dj}", "assignDj", "Let a DJ play at an event.", assign_dj, Auth.ORGANISER,
        gives=DjOut, also=(_NOT_YOURS, (404, "No such event or DJ."))),
    Operation("DELETE", "/events/{event}/djs/{dj}", "unassignDj", "Let a DJ play there no more; a set goes on.",
        unassign_dj, Auth.ORGANISER, status=204, also=(_NOT_YOURS, (404, "No such event or DJ."))),
)
# fmt: on
