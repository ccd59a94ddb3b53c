"""The board of the evening: every event and stage as it is now, told lane by lane to phones and to the broker.

Owns the live state and the pace of telling. Gets what happened after it was durable, never before. Losing all of this
loses nothing: it is read from the store at the next start. What a lane says is `lanes`' business.
"""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from appliance import wire, wire_notices
from appliance.clock import Clock
from appliance.domain import announcements, live_state, topics
from appliance.domain.announcements import Announcement
from appliance.domain.events import AnnouncementMade, EventOpened, Happened, PlayAnnounced, StageOpened, StagesOrdered
from appliance.domain.live_state import IN_STATE, NUMBERED, EventLane, EventState, Lane, StageState
from appliance.domain.locks import OUTSIDE, Inside
from appliance.domain.models import Phase
from appliance.domain.players import Coming
from appliance.domain.schedule.plan import StagePlan
from appliance.live.lanes import EVENT_LANES, STAGE_LANES

#: counts are told at most this often: a like is felt at once on the own phone, on the others within this time
LIKES_EVERY_S = 0.25
LISTENERS_EVERY_S = 2.0
VOICES_EVERY_S = 1.0
EVENT_EVERY_S = 0.5
#: an organiser at the plan moves many slots in a row
PLAN_EVERY_S = 1.0
#: somebody who says a hundred things at once does not flood the air
NOTICES_EVERY_S = 0.5
#: of so many plays it is known where they were heard without asking the store: more than two nights of a stage
PLAYS_MOST = 1000

AnyLane = Lane | EventLane
#: where a lane is told: (topic, lane, JSON)
Teller = Callable[[str, AnyLane, bytes], None]
#: from now on those at one topic belong to another one, which has shown these messages so far
Mover = Callable[[str, str, Sequence[tuple[str, bytes]]], None]
#: what this topic was told so far is not for everybody there any more
Forgetter = Callable[[str], None]


def _nothing_kept(topic: str) -> None:
    del topic


def _nobody_there(before: str, after: str, frames: Sequence[tuple[str, bytes]]) -> None:
    del before, after, frames


def _pace_s(lane: AnyLane) -> float:
    """How long to wait before a lane is told again; 0 for what is told each time."""
    paces: dict[str, float] = {Lane.LIKES: LIKES_EVERY_S, Lane.LISTENERS: LISTENERS_EVERY_S}
    paces |= dict.fromkeys((Lane.TEMPO, Lane.POLL_VOTES, Lane.REACTIONS, Lane.BALLOT), VOICES_EVERY_S)
    paces |= dict.fromkeys((Lane.SCHEDULE, EventLane.PLAN), PLAN_EVERY_S)
    paces[EventLane.EVENT] = EVENT_EVERY_S
    paces |= dict.fromkeys((Lane.NOTICES, EventLane.NOTICES), NOTICES_EVERY_S)
    return paces.get(lane, 0.0)


_RANK: Mapping[AnyLane, int] = {lane: rank for rank, lane in enumerate([*Lane, *EventLane])}


def _in_order(lanes: Iterable[AnyLane]) -> list[AnyLane]:
    return sorted(lanes, key=_RANK.__getitem__)


class Board:
    """The live state of all events and stages."""

    def __init__(
        self,
        *,
        clock: Clock,
        tellers: Sequence[Teller],
        insiders: Sequence[Teller] = (),
        move: Mover = _nobody_there,
        forget: Forgetter = _nothing_kept,
    ) -> None:
        """`tellers` are told what everybody may see; `insiders` what those may who have opened a lock, and only they.

        `move` takes those along whose lock is gone; `forget` lets go of what went behind one.
        """
        self._clock = clock
        self._tellers = tellers
        self._insiders = insiders
        self._move = move
        self._forget = forget
        self._events: dict[str, EventState] = {}
        self._states: dict[str, StageState] = {}
        self._due: dict[tuple[str, AnyLane], asyncio.TimerHandle] = {}
        self._told_at: dict[tuple[str, AnyLane], float] = {}
        self._heard_at: dict[str, str] = {}
        self._commits = 0
        #: how often anything was told in this run, and at which of these times each lane was told last
        self._count = 0
        self._told_as: dict[tuple[str, AnyLane], int] = {}

    def load(
        self, states: Iterable[StageState], *, events: Iterable[EventState], said: Iterable[Announcement] = ()
    ) -> None:
        """Takes over what the store says, at the start; `said` is what nobody has ended."""
        self._events = {state.event.id: state for state in events}
        self._states = {state.stage.id: state for state in states}
        self._heard_at = {state.now.id: state.stage.id for state in self._states.values() if state.now}
        for one in said:
            self._applied_to_stage(AnnouncementMade(one))
            self._applied_to_event(AnnouncementMade(one))

    def state(self, stage_id: str, *, inside: Inside = OUTSIDE) -> StageState | None:
        """A stage as it is now for somebody who has opened these locks; None when there is no such stage."""
        state = self._states.get(stage_id)
        return live_state.seen(state, inside) if state is not None else None

    def states(self) -> Iterator[StageState]:
        """All stages as everybody may see them, each event's in their order."""
        return map(live_state.seen, list(self._states.values()))

    def insiders_topic(self, stage_id: str) -> str | None:
        """Where those are told of a stage who have opened its lock; None while it has none."""
        lock = live_state.lock_of(self._states[stage_id])
        return topics.behind(stage_id, lock) if lock is not None else None

    def topic_for(self, stage_id: str, *, inside: Inside) -> str:
        """Where somebody who has opened these locks is told of a stage."""
        lock = live_state.lock_of(self._states[stage_id])
        return topics.behind(stage_id, lock) if lock in inside and lock is not None else topics.of_stage(stage_id)

    def going_on(self) -> list[StageState]:
        """The stages that dancers find: those of published events."""
        return [state for state in self.states() if self._events[state.stage.event_id].event.phase is Phase.PUBLISHED]

    def event(self, event_id: str) -> EventState | None:
        """An event as it is now, or None when there is no such event."""
        return self._events.get(event_id)

    def event_of(self, stage_id: str) -> EventState | None:
        """The event of a stage, or None when there is no such stage. Any thread may ask."""
        state = self._states.get(stage_id)
        return self._events.get(state.stage.event_id) if state else None

    def event_id_of(self, stage_id: str) -> str | None:
        """The id of a stage's event, or None when there is no such stage."""
        state = self._states.get(stage_id)
        return state.stage.event_id if state else None

    def events(self) -> Iterator[EventState]:
        """All events, the newest last."""
        return iter(self._events.values())

    def stages_of(self, event_id: str) -> list[StageState]:
        """An event's stages in their order."""
        return [state for state in self.states() if state.stage.event_id == event_id]

    def stage_of_play(self, play_id: str) -> str | None:
        """Where a play was heard; None for one that is unknown or was heard long ago."""
        return self._heard_at.get(play_id)

    def stages_at(self, topic: str) -> list[str]:
        """The stage of a topic, or every stage of its event."""
        kind, _, name = topic.partition("/")
        return [name] if kind == "stage" else [state.stage.id for state in self.stages_of(name)]

    def on_commit(self, events: Sequence[Happened]) -> None:
        """Applies what is durable now, and tells it. Runs on the event loop, in commit order."""
        self._commits += 1
        changed: dict[tuple[str, AnyLane], None] = {}
        before = dict(self._states)
        for event in events:
            if isinstance(event, EventOpened):
                self._events.setdefault(event.event.id, EventState(event=event.event))
            elif isinstance(event, StageOpened):
                self._states.setdefault(event.stage.id, StageState(stage=event.stage))
            elif isinstance(event, StagesOrdered):
                self._put_in_order(event.stage_ids)
            elif isinstance(event, PlayAnnounced):
                self._heard_at[event.play.id] = event.play.stage_id
                if len(self._heard_at) > PLAYS_MOST:
                    del self._heard_at[next(iter(self._heard_at))]
            changed |= dict.fromkeys([*self._applied_to_stage(event), *self._applied_to_event(event)])
        for topic, lane in changed:
            for audience in self._audiences(topic, before):
                self._tell(audience, lane)
        for stage_id in {topics.audience(topic).name for topic, _ in changed} & before.keys():
            self._let_out(stage_id, before[stage_id])

    def _audiences(self, topic: str, before: Mapping[str, StageState]) -> Iterator[str]:
        """Who is told of a change. What happens behind a lock is told outside of it only if it can be seen there."""
        name = topics.audience(topic).name
        after = self._states.get(name) if topic == topics.of_stage(name) else None
        lock = live_state.lock_of(after) if after is not None else None
        if after is None or lock is None:
            yield topic
            return
        yield topics.behind(name, lock)
        if name not in before or live_state.seen(before[name]) != live_state.seen(after):
            yield topic

    def _let_out(self, stage_id: str, before: StageState) -> None:
        """After a lock was put up or taken down: everybody sees what they may see now, and no more."""
        lock = live_state.lock_of(before)
        if lock == live_state.lock_of(self._states[stage_id]):
            return
        topic = topics.of_stage(stage_id)
        # Before a set goes behind a PIN its tracks were told to everybody; phones that come back now get none of that.
        self._forget(topic)
        for lane in Lane:
            self._tell(topic, lane)
        if lock is not None:
            frames = [("state", self.encoded_state(stage_id)), *self.beside(stage_id)]
            self._move(topics.behind(stage_id, lock), topic, frames)

    def _put_in_order(self, stage_ids: Sequence[str]) -> None:
        """Some stages change places among themselves; all others stay where they are."""
        following = iter(stage_ids)
        moved = {*stage_ids}
        order = [next(following) if stage_id in moved else stage_id for stage_id in self._states]
        self._states = {stage_id: self._states[stage_id] for stage_id in order}

    def _applied_to_stage(self, event: Happened) -> list[tuple[str, AnyLane]]:
        stage_id = live_state.stage_of(event)
        state = self._states.get(stage_id) if stage_id else None
        if state is None:
            return []
        self._states[state.stage.id], lanes = live_state.apply(state, event)
        told: list[tuple[str, AnyLane]] = [(topics.of_stage(state.stage.id), lane) for lane in _in_order(lanes)]
        if Lane.SESSION in lanes and state.stage.event_id in self._events:
            # Who plays where is for everybody at the event.
            told.append((topics.of_event(state.stage.event_id), EventLane.EVENT))
        return told

    def _applied_to_event(self, event: Happened) -> list[tuple[str, AnyLane]]:
        event_id = live_state.event_of(event)
        state = self._events.get(event_id) if event_id else None
        if state is None:
            return []
        self._events[state.event.id], lanes = live_state.apply_to_event(state, event)
        return [(topics.of_event(state.event.id), lane) for lane in _in_order(lanes)]

    def set_listeners(self, topic: str, listeners: int) -> None:
        """Notes how many phones watch a stage or are at an event."""
        kind, name = topics.audience(topic).kind, topics.audience(topic).name
        if kind == "event" and (event := self._events.get(name)) is not None:
            self._events[name] = replace(event, listeners=listeners)
        elif kind == "stage" and (state := self._states.get(name)) is not None and state.listeners != listeners:
            self._states[name] = replace(state, listeners=listeners)
            for audience in self._audiences(topic, {name: state}):
                self._tell(audience, Lane.LISTENERS)

    def set_plan(self, stage_id: str, plan: StagePlan) -> None:
        """Notes what a stage's plan says of now and next."""
        state = self._states.get(stage_id)
        if state is not None and state.plan != plan:
            self._states[stage_id] = replace(state, plan=plan)
            for audience in self._audiences(topics.of_stage(stage_id), {stage_id: state}):
                self._tell(audience, Lane.SCHEDULE)

    def set_coming(self, stage_id: str, coming: Coming | None) -> None:
        """Notes what the house plays next on a stage, if that is known."""
        state = self._states.get(stage_id)
        if state is not None and state.coming != coming:
            self._states[stage_id] = replace(state, coming=coming)
            for audience in self._audiences(topics.of_stage(stage_id), {stage_id: state}):
                self._tell(audience, Lane.COMING)

    def set_plan_version(self, event_id: str, version: int) -> None:
        """Notes that an event's plan was changed."""
        event = self._events.get(event_id)
        if event is not None and event.plan != version:
            self._events[event_id] = replace(event, plan=version)
            self._tell(topics.of_event(event_id), EventLane.PLAN)

    def encoded(self, topic: str, lane: AnyLane) -> bytes:
        """One lane of a stage or an event as JSON, as it is told to phones and retained at the broker."""
        audience, now = topics.audience(topic), self._clock.now()
        if isinstance(lane, EventLane):
            return wire.encode(EVENT_LANES[lane](self._events[audience.name], self.stages_of(audience.name), now))
        seen = live_state.seen(self._states[audience.name], {audience.lock} - {""})
        return wire.encode(STAGE_LANES[lane](seen, now))

    def said_at(self, stage_id: str, *, inside: Inside = OUTSIDE) -> list[Announcement]:
        """What counts at a stage now, said to it or to its event: what matters most first."""
        state = live_state.seen(self._states[stage_id], inside)
        event, now = self.event_of(stage_id), self._clock.now()
        said = [*state.notices, *(event.notices if event else ())]
        return announcements.in_order(one for one in said if announcements.is_running(one, now))

    def encoded_notices(self, stage_id: str) -> bytes:
        """The same as JSON, for machines that look at one topic."""
        return wire.encode(wire_notices.notices_out(self.said_at(stage_id), self._clock.now(), stage=stage_id))

    def encoded_state(self, stage_id: str, *, inside: Inside = OUTSIDE) -> bytes:
        """A stage's whole state as JSON, but for the lanes that are told beside it."""
        return wire.encode(wire.state_out(live_state.seen(self._states[stage_id], inside), self._clock.now()))

    def encoded_whole(self, stage_id: str, *, inside: Inside = OUTSIDE) -> bytes:
        """A stage's whole state as JSON with those lanes in it."""
        lanes = {lane.value: data for lane, data in self.beside(stage_id, inside=inside)}
        seen = live_state.seen(self._states[stage_id], inside)
        return wire.encode(wire.state_out(seen, self._clock.now(), lanes=lanes))

    def beside(self, stage_id: str, *, inside: Inside = OUTSIDE) -> Iterator[tuple[AnyLane, bytes]]:
        """The lanes that a stage's state does not say by itself, and its event's: each with its message."""
        topic = self.topic_for(stage_id, inside=inside)
        for lane in Lane:
            if lane not in IN_STATE:
                yield lane, self.encoded(topic, lane)
        event = self.event_of(stage_id)
        assert event is not None  # a stage belongs to an event
        for event_lane in EventLane:
            yield event_lane, self.encoded(topics.of_event(event.event.id), event_lane)

    def commits(self) -> int:
        """How often anything happened in this run, on whichever stage."""
        return self._commits

    def mark(self) -> int:
        """Up to where a page that is drawn now knows of everything, for `unknown_since` in the same run."""
        return self._count

    def unknown_since(
        self, stage_id: str, mark: int | None, *, inside: Inside = OUTSIDE
    ) -> Iterator[tuple[AnyLane, bytes]]:
        """The lanes without a number of which a page that was drawn at `mark` may know less than the board.

        All of them for None and for a mark that was never given out.
        """
        topic, event_topic = (
            self.topic_for(stage_id, inside=inside),
            topics.of_event(self._states[stage_id].stage.event_id),
        )
        known = mark if mark is not None and mark <= self._count else -1
        lanes: list[tuple[str, AnyLane]] = [(topic, lane) for lane in Lane if lane not in NUMBERED]
        for key in [*lanes, *((event_topic, lane) for lane in EventLane)]:
            # What was told just now is told again a little later; who comes in between need not wait for that.
            if self._told_as.get(key, 0) > known or key in self._due:
                yield key[1], self.encoded(*key)

    def _tell(self, topic: str, lane: AnyLane) -> None:
        """Tells at once when the last time is long enough ago, else when it will be; what changes meanwhile merges."""
        if (topic, lane) in self._due:
            return
        loop = asyncio.get_running_loop()
        pace_s = _pace_s(lane)
        wait = self._told_at.get((topic, lane), 0.0) + pace_s - loop.time() if pace_s else 0.0
        if wait <= 0:
            self._tell_now(topic, lane)
        else:
            self._due[topic, lane] = loop.call_later(wait, self._tell_now, topic, lane)

    def _tell_now(self, topic: str, lane: AnyLane) -> None:
        self._told_at[topic, lane] = asyncio.get_running_loop().time()
        self._count += 1
        self._told_as[topic, lane] = self._count
        self._due.pop((topic, lane), None)
        data = self.encoded(topic, lane)
        # By the topic and not by the state: what is encoded for insiders reaches nobody else.
        for tell in self._insiders if topics.audience(topic).lock else self._tellers:
            tell(topic, lane, data)

    def stop(self) -> None:
        """Tells nothing more."""
        for timer in self._due.values():
            timer.cancel()
        self._due.clear()
