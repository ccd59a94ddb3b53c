"""The plans of all events as they are now, and the hand that turns what is on into what comes.

Owns every slot in memory and the timer; what is told goes by the board. Follows the store, and decides nothing.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from appliance.clock import Clock
from appliance.domain.events import (
    BookingAnswered,
    ClockSet,
    EventChanged,
    EventOpened,
    Happened,
    SlotChanged,
    SlotDropped,
    SlotPlanned,
    StageOpened,
)
from appliance.domain.models import Event, Phase
from appliance.domain.schedule import plan as plans
from appliance.domain.schedule import slots
from appliance.domain.schedule.plan import Upcoming
from appliance.domain.schedule.slots import Booking, Placed
from appliance.domain.zones import zone
from appliance.live.board import Board
from appliance.ports import KeptPlan

#: a clock that is put right by the network tells nobody, so it is looked at now and then
LOOK_EVERY_S = 20.0


@dataclass(slots=True)
class _Plan:
    """One event's plan."""

    event: Event
    version: int = 0
    slots: dict[str, Placed] = field(default_factory=dict)
    #: the same in order, as long as nothing changes
    ordered: list[Placed] | None = None

    def in_order(self) -> list[Placed]:
        if self.ordered is None:
            self.ordered = plans.in_order(self.slots.values())
        return self.ordered


class Timetable:
    """The plans of this run."""

    def __init__(self, *, clock: Clock, board: Board) -> None:
        self._clock = clock
        self._board = board
        self._plans: dict[str, _Plan] = {}
        self._timer: asyncio.TimerHandle | None = None

    def start(self, kept: Mapping[str, KeptPlan]) -> None:
        """Takes over what the store says, by event, and begins to turn."""
        for state in self._board.events():
            plan = kept.get(state.event.id, KeptPlan(0, ()))
            there = zone(state.event.zone)
            placed = {slot.id: slots.place(slot, there) for slot in plan.slots}
            self._plans[state.event.id] = _Plan(state.event, plan.version, placed)
        self._turn()

    def stop(self) -> None:
        """Turns no more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def version(self, event_id: str) -> int:
        """How often an event's plan was changed."""
        plan = self._plans.get(event_id)
        return plan.version if plan else 0

    def slots(self, event_id: str) -> Sequence[Placed]:
        """An event's plan in order."""
        plan = self._plans.get(event_id)
        return plan.in_order() if plan else ()

    def upcoming_of(self, dj_id: str) -> Sequence[Upcoming]:
        """Where a DJ will play at events that dancers may know of, the next first; not what the DJ declined."""
        found = [
            Upcoming(placed, plan.event, state.stage)
            for plan in self._plans.values()
            if plan.event.phase is Phase.PUBLISHED
            for placed in plans.still_to_come(plan.in_order(), self._clock.now())
            if placed.slot.dj_id == dj_id and placed.slot.booking is not Booking.DECLINED
            if (state := self._board.state(placed.slot.stage_id)) is not None
        ]
        return sorted(found, key=lambda one: one.placed.begins_ms)

    def on_commit(self, events: Sequence[Happened]) -> None:
        """Follows what is durable now. Comes after the board, which knows the events and stages by then."""
        touched = [event for event in events if self._follow(event)]
        if touched and self._timer is not None:
            self._turn()

    def _follow(self, event: Happened) -> bool:
        match event:
            case SlotPlanned(placed=placed, plan=version) | SlotChanged(placed=placed, plan=version):
                self._change(placed.slot.event_id, version, lambda kept: kept.update({placed.slot.id: placed}))
            case BookingAnswered(placed=placed, plan=version):
                self._change(placed.slot.event_id, version, lambda kept: kept.update({placed.slot.id: placed}))
            case SlotDropped(slot=slot, plan=version):
                self._change(slot.event_id, version, lambda kept: kept.pop(slot.id, None))
            case EventOpened(event=opened):
                self._plans.setdefault(opened.id, _Plan(opened))
            case EventChanged(event=changed):
                self._moved(changed)
            case ClockSet() | StageOpened():
                pass
            case _:
                return False
        return True

    def _change(self, event_id: str, version: int, change: Callable[[dict[str, Placed]], object]) -> None:
        plan = self._plans[event_id]
        change(plan.slots)
        plan.version, plan.ordered = version, None

    def _moved(self, event: Event) -> None:
        """Another zone makes other moments of the same times."""
        plan = self._plans.setdefault(event.id, _Plan(event))
        if plan.event.zone != event.zone:
            there = zone(event.zone)
            plan.slots = {slot_id: slots.place(placed.slot, there) for slot_id, placed in plan.slots.items()}
            plan.ordered = None
        plan.event = event

    def _turn(self) -> None:
        """Tells what is on and next wherever that changed, and waits for the next change."""
        self.stop()
        now, turns = self._clock.now(), []
        for event_id, plan in self._plans.items():
            by_stage: dict[str, list[Placed]] = {state.stage.id: [] for state in self._board.stages_of(event_id)}
            for placed in plan.in_order():
                by_stage.setdefault(placed.slot.stage_id, []).append(placed)
            for stage_id, planned in by_stage.items():
                self._board.set_plan(stage_id, plans.around(planned, now=now))
            self._board.set_plan_version(event_id, plan.version)
            turns.append(plans.next_turn_ms(plan.in_order(), now.wall_ms))
        waits = [(turn - now.wall_ms) / 1000 for turn in turns if turn is not None]
        wait_s = min([LOOK_EVERY_S, *waits])
        self._timer = asyncio.get_running_loop().call_later(max(0.05, wait_s), self._turn)
