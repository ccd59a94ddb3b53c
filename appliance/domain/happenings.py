"""The rules of events and stages: what they may be called, how long they may last, and what follows what. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from appliance.domain import colours, rules, wall_time, zones
from appliance.domain.models import Doors, Event, Phase, Stage
from appliance.errors import Invalid, Refused

#: events of a box that are not over, and stages of an event
EVENTS_MOST, STAGES_MOST = 100, 100
CAPACITY_MOST = 100_000
_LONGEST_MS = 62 * 24 * 3600 * 1000

#: what may follow a phase; a mistaken end can be taken back, what was public can't become a secret
_FOLLOWS = {
    Phase.DRAFT: {Phase.PUBLISHED},
    Phase.PUBLISHED: {Phase.ENDED},
    Phase.ENDED: {Phase.PUBLISHED},
}


@dataclass(frozen=True, slots=True)
class EventDraft:
    """An event as somebody writes it down; times as the clock in its zone shows them, empty for what is not known."""

    name: str
    zone: str = "UTC"
    starts: str = ""
    ends: str = ""
    capacity: int | None = None
    accent: str = ""


@dataclass(frozen=True, slots=True)
class StageDraft:
    """A stage as somebody writes it down."""

    name: str
    capacity: int | None = None


def _capacity(wanted: int | None) -> int | None:
    if wanted is not None and not 1 <= wanted <= CAPACITY_MOST:
        raise Invalid("capacity_out_of_range", f"The capacity must be from 1 to {CAPACITY_MOST}, or empty.")
    return wanted


def _moment(text: str, *, zone: str, field: str) -> int | None:
    there = zones.zone(zone)
    if not text.strip():
        return None
    return wall_time.moment_of(wall_time.read(text, there, field=field), there, field=field)


def shown(moment_ms: int | None, *, zone: str) -> str:
    """What the clock of an event shows at a moment, as in a draft."""
    return wall_time.shown_at(moment_ms, zones.zone(zone)).shown if moment_ms is not None else ""


def draft_of(event: Event) -> EventDraft:
    """An event as its organisers wrote it down."""
    return EventDraft(
        name=event.name,
        zone=event.zone,
        starts=shown(event.starts_ms, zone=event.zone),
        ends=shown(event.ends_ms, zone=event.zone),
        capacity=event.capacity,
        accent=event.accent or "",
    )


def described(event: Event, draft: EventDraft) -> Event:
    """The event as the draft says it.

    Raises: Invalid, naming the first field that can't be used.
    """
    zone = draft.zone.strip()
    starts_ms = _moment(draft.starts, zone=zone, field="starts")
    ends_ms = _moment(draft.ends, zone=zone, field="ends")
    if starts_ms is not None and ends_ms is not None and ends_ms <= starts_ms:
        raise Invalid("ends_before_starts", "The event ends before it starts.", advice="Correct one of the two.")
    if starts_ms is not None and ends_ms is not None and ends_ms - starts_ms > _LONGEST_MS:
        raise Invalid("event_too_long", "An event lasts two months at most.", advice="Make several events of it.")
    return replace(
        event,
        name=rules.required_text(draft.name, field="name", longest=rules.NAME_MAX),
        zone=zone,
        starts_ms=starts_ms,
        ends_ms=ends_ms,
        capacity=_capacity(draft.capacity),
        accent=colours.checked_accent(draft.accent) if draft.accent.strip() else None,
    )


def in_phase(event: Event, phase: Phase, *, stages: Sequence[Stage]) -> Event:
    """The event with these stages in another phase; the same phase again is no fault.

    Raises: Refused with the code `phase_impossible` or `event_without_stage`.
    """
    if phase is Phase.PUBLISHED and not stages:
        raise Refused("event_without_stage", "This event has no stage yet.", advice="Add one before publishing.")
    if event.phase is not phase and phase not in _FOLLOWS[event.phase]:
        raise Refused(
            "phase_impossible",
            f"A {event.phase.value} event can't become {phase.value}.",
            advice="Publish a draft; end a published event; publish an ended one again.",
        )
    return replace(event, phase=phase)


def room_for_event(events: Sequence[Event]) -> None:
    """Raises: Refused with the code `events_many`."""
    if sum(event.phase is not Phase.ENDED for event in events) >= EVENTS_MOST:
        raise Refused("events_many", f"{EVENTS_MOST} events is the most.", advice="End those that are over.")


def room_for_stage(event: Event, stages: Sequence[Stage], *, name: str) -> None:
    """Whether an event may have one more stage, of that name.

    Raises: Refused with the code `event_over`, `stage_exists` or `stages_many`.
    """
    if event.phase is Phase.ENDED:
        raise Refused("event_over", "This event is over.", advice="Publish it again first, or choose another.")
    if rules.slug(name) in {rules.slug(stage.name) for stage in stages}:
        raise Refused("stage_exists", "There is a stage with this address already.", advice="Choose another name.")
    if len(stages) >= STAGES_MOST:
        raise Refused("stages_many", f"An event has {STAGES_MOST} stages at most.", advice="Rename one of them.")


def renamed(stage: Stage, draft: StageDraft) -> Stage:
    """The stage as the draft says it; its address stays, because it is printed on walls.

    Raises: Invalid for a field.
    """
    name = rules.required_text(draft.name, field="name", longest=rules.NAME_MAX)
    return replace(stage, name=name, capacity=_capacity(draft.capacity))


def may_play(event: Event, stage: Stage) -> None:
    """Whether a set may begin on a stage now.

    Raises: Refused with the code `event_draft`, `event_over` or `stage_closed`.
    """
    if event.phase is Phase.DRAFT:
        raise Refused("event_draft", "This event is not published yet.", advice="Ask its organisers.")
    if event.phase is Phase.ENDED:
        raise Refused("event_over", "This event is over.", advice="Ask its organisers.")
    if stage.doors is Doors.CLOSED:
        raise Refused("stage_closed", "This stage is closed.", advice="Ask the organisers to open it.")


def is_open(event: Event, stage: Stage) -> bool:
    """Whether a set may begin on a stage now."""
    try:
        may_play(event, stage)
    except Refused:
        return False
    return True


def ordered(stages: Sequence[Stage], wanted: Sequence[str]) -> list[str]:
    """The ids of an event's stages as somebody puts them in order.

    Raises: Invalid with the code `order_incomplete` unless each of them is named once.
    """
    if sorted(wanted) != sorted(stage.id for stage in stages):
        raise Invalid(
            "order_incomplete", "The order must name each stage of the event once.", advice="Open the page again."
        )
    return list(wanted)


def moved(stages: Sequence[Stage], stage_id: str, *, by: int) -> list[str]:
    """The ids of an event's stages with one of them moved up or down; at the end it stays."""
    ids = [stage.id for stage in stages]
    at = ids.index(stage_id)
    ids.insert(max(0, min(len(ids) - 1, at + by)), ids.pop(at))
    return ids
