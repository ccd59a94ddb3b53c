"""Polls: a DJ asks the stage, or the organisers do; dancers answer; it ends by hand, by time, or with the set."""

from dataclasses import dataclass, replace

from appliance.domain import polls, rules
from appliance.domain.audit import Actor, Deed
from appliance.domain.events import PollOpened, PollVoted
from appliance.domain.locks import OUTSIDE, Inside
from appliance.domain.models import Dj, Session, Stage, Stamp
from appliance.domain.polls import Poll, PollDraft, PollEnd
from appliance.errors import NotAllowed, NotKnown, Refused
from appliance.ports import Ports, Transaction
from appliance.usecases.poll_ends import close
from appliance.usecases.sessions import hear_of, meant_session
from appliance.usecases.speaking import check_room, is_banned, is_open
from appliance.usecases.stages import known_stage


@dataclass(frozen=True, slots=True)
class Answered:
    """The outcome of an answer."""

    #: with the votes as the guest sees them
    poll: Poll
    #: the guest's answer now; None for none
    option: int | None


def poll_unknown() -> NotKnown:
    """There is no such poll, or none that the asker may know of."""
    return NotKnown("poll_unknown", "There is no such poll here.", advice="Look at the stage page again.")


def known_poll(tx: Transaction, poll_id: str, *, stage_id: str) -> Poll:
    """The poll of that stage.

    Raises: NotKnown with the code `poll_unknown`.
    """
    poll = tx.poll(poll_id)
    if poll is None or poll.stage_id != stage_id:
        raise poll_unknown()
    return poll


async def open_poll(
    ports: Ports,
    *,
    dj: Dj,
    draft: PollDraft,
    pause_s: int,
    session_id: str | None = None,
    stage_id: str | None = None,
) -> Poll:
    """A DJ asks everybody on the stage of a session.

    Raises: as `meant_session`; Refused with the code `session_over`, `poll_running` or `poll_too_soon`.
    """
    now = ports.clock.now()

    def change(tx: Transaction) -> Poll:
        session = rules.running(meant_session(tx, dj=dj, session_id=session_id, stage_id=stage_id))
        hear_of(tx, session, at=now)
        poll = _drawn(draft, poll_id=ports.new_id(), stage_id=session.stage_id, session_id=session.id, now=now)
        return _open(tx, poll, pause_s=pause_s, now=now)

    return await ports.store.write(change)


async def open_stage_poll(ports: Ports, *, stage_id: str, draft: PollDraft, pause_s: int, by: Actor) -> Poll:
    """The organisers ask everybody on a stage, whoever plays there.

    Raises: NotKnown with the code `stage_unknown`; Refused with the code `poll_running` or `poll_too_soon`.
    """
    now = ports.clock.now()

    def change(tx: Transaction) -> Poll:
        stage = known_stage(tx, stage_id)
        poll = _drawn(draft, poll_id=ports.new_id(), stage_id=stage_id, session_id=None, now=now)
        tx.audit(_deed("poll.asked", poll, stage=stage), by=by, at=now)
        return _open(tx, poll, pause_s=pause_s, now=now)

    return await ports.store.write(change)


def _drawn(draft: PollDraft, *, poll_id: str, stage_id: str, session_id: str | None, now: Stamp) -> Poll:
    return Poll(
        id=poll_id,
        stage_id=stage_id,
        session_id=session_id,
        question=draft.question,
        options=draft.options,
        votes=(0,) * len(draft.options),
        opened=now,
        lasts_s=draft.lasts_s,
    )


def _open(tx: Transaction, poll: Poll, *, pause_s: int, now: Stamp) -> Poll:
    running = tx.running_poll(poll.stage_id)
    if running is not None and polls.is_over(running, now):
        close(tx, running, end=PollEnd.TIME, at=now)
    elif running is not None:
        raise Refused("poll_running", "A poll is running on this stage.", advice="End it first.", poll=running.id)
    polls.check_pause(tx.last_poll(poll.stage_id, session_id=poll.session_id), pause_s=pause_s, now=now)
    tx.add_poll(poll)
    tx.record(PollOpened(poll), at=now)
    return poll


@dataclass(frozen=True, slots=True)
class Which:
    """The poll that a DJ means."""

    #: None: the running one
    poll_id: str | None = None
    #: as in `meant_session`
    session_id: str | None = None
    stage_id: str | None = None


async def end_poll(ports: Ports, *, dj: Dj, which: Which, end: PollEnd) -> Poll:
    """A DJ ends a poll, or takes it back (`end`). Again changes nothing.

    Raises: as `meant_session`; NotKnown with the code `poll_unknown`; NotAllowed with the code `poll_not_yours`;
    Refused with the code `no_poll`.
    """
    now = ports.clock.now()

    def change(tx: Transaction) -> Poll:
        session = meant_session(tx, dj=dj, session_id=which.session_id, stage_id=which.stage_id)
        poll = _meant_poll(tx, session, poll_id=which.poll_id)
        if poll.session_id != session.id:
            raise NotAllowed("poll_not_yours", "This poll was asked by somebody else.", advice="Ask the organisers.")
        return close(tx, poll, end=end, at=now)

    return await ports.store.write(change)


def _meant_poll(tx: Transaction, session: Session, *, poll_id: str | None) -> Poll:
    if poll_id is not None:
        return known_poll(tx, poll_id, stage_id=session.stage_id)
    running = tx.running_poll(session.stage_id)
    if running is None:
        raise Refused("no_poll", "No poll is running on this stage.")
    return running


async def end_stage_poll(ports: Ports, *, stage_id: str, poll_id: str, end: PollEnd, by: Actor) -> Poll:
    """The organisers end a poll on a stage, or take it back; a DJ's as well as their own. Again changes nothing.

    Raises: NotKnown with the code `stage_unknown` or `poll_unknown`.
    """
    now = ports.clock.now()

    def change(tx: Transaction) -> Poll:
        stage, poll = known_stage(tx, stage_id), known_poll(tx, poll_id, stage_id=stage_id)
        if poll.end is None:
            tx.audit(_deed(f"poll.{end.value}", poll, stage=stage), by=by, at=now)
        return close(tx, poll, end=end, at=now)

    return await ports.store.write(change)


def _deed(act: str, poll: Poll, *, stage: Stage) -> Deed:
    return Deed(act, on=poll.id, name=stage.name, event_id=stage.event_id, detail=poll.question)


async def close_due(ports: Ports) -> list[Poll]:
    """Ends every poll whose time is up; which.

    Raises: Unavailable when that can't be stored now.
    """
    now = ports.clock.now()

    def change(tx: Transaction) -> list[Poll]:
        due = [poll for poll in tx.running_polls() if polls.is_over(poll, now)]
        return [close(tx, poll, end=PollEnd.TIME, at=now) for poll in due]

    return await ports.store.write(change)


async def answer(
    ports: Ports,
    *,
    guest_id: str,
    stage_id: str,
    poll_id: str,
    option: int | None,
    inside: Inside = OUTSIDE,
    there: bool = True,
) -> Answered:
    """A guest's last answer; None takes it back. Durable when it returns; again changes nothing.

    It counts only of guests who are known to be `there`; the others see it all the same.
    Raises: NotKnown with the code `poll_unknown`; Refused with the code `poll_over`; Invalid with the code
    `option_unknown`; Unavailable with the code `disk_full`.
    """
    check_room(ports)
    now = ports.clock.now()

    def change(tx: Transaction) -> Answered:
        poll = known_poll(tx, poll_id, stage_id=stage_id)
        if not is_open(tx, poll.session_id, inside=inside):
            raise poll_unknown()
        before = tx.poll_vote(poll_id, guest_id=guest_id)
        if (before.option if before else None) == option:
            # Said before and not heard the answer: also when the poll is over by now, that vote is in it.
            return Answered(_as_seen(poll, option, counted=before is None or before.counts), option)
        polls.check_vote(poll, option if option is not None else 0, now=now)
        counted = there and not is_banned(tx, guest_id)
        tx.set_poll_vote(poll_id, guest_id=guest_id, option=option, counts=counted)
        voted = known_poll(tx, poll_id, stage_id=stage_id)
        if counted or (before is not None and before.counts):
            tx.record(PollVoted(voted, guest_id, option if counted else None), at=now)
        return Answered(_as_seen(voted, option, counted=counted), option)

    return await ports.store.write(change)


def _as_seen(poll: Poll, option: int | None, *, counted: bool) -> Poll:
    """The poll as the guest sees it: with the own answer in it."""
    if counted or option is None:
        return poll
    return replace(poll, votes=tuple(n + (place == option) for place, n in enumerate(poll.votes)))
