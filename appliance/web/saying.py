"""What dancers say beside likes, and the polls they are asked, for programs. The pages' forms are in `voices`."""

import msgspec
from msgspec import UNSET, UnsetType

from appliance.domain.locks import may_see
from appliance.domain.polls import PollEnd
from appliance.domain.voices import Tempo
from appliance.errors import NotKnown
from appliance.usecases import polls, reactions, tempo
from appliance.usecases.reactions import Tap
from appliance.web import hearing, passes
from appliance.web.events_api import own_stage
from appliance.web.operations import Auth, Call, Operation
from appliance.wire import shown_poll
from appliance.wire_voices import PollIn, PollOut, PollVoteIn, ReactionIn, TempoIn, TempoOut, poll_out, tempo_out


class TempoVotedOut(msgspec.Struct, frozen=True, kw_only=True):
    play: str
    #: slower, perfect, faster or none
    vote: str
    #: all votes on the track
    tempo: TempoOut


class ReactedOut(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    #: whether the box had this one already
    duplicate: bool


class PollNowOut(msgspec.Struct, frozen=True, kw_only=True):
    """The stage's poll, or for a while its result; without `poll` when there is none."""

    poll: PollOut | UnsetType = UNSET


class AnsweredOut(msgspec.Struct, frozen=True, kw_only=True):
    poll: PollOut
    #: the place of this guest's own answer; absent without one
    mine: int | UnsetType = UNSET


async def _vote_tempo(call: Call, vote: Tempo | None) -> TempoVotedOut:
    stage_id, play_id = call.path("stage"), call.path("play")
    guest_id = call.guest_at(stage_id)
    call.site.guest_writes.take(call.phone())
    felt = await tempo.vote(
        call.site.ports,
        guest_id=guest_id,
        stage_id=stage_id,
        play_id=play_id,
        tempo=vote,
        inside=passes.opened(call.request),
        there=hearing.is_there(call.request, guest_id),
    )
    return TempoVotedOut(play=play_id, vote=felt.vote.value if felt.vote else "none", tempo=tempo_out(felt.tally))


async def vote_tempo(call: Call) -> TempoVotedOut:
    sent: TempoIn = call.body
    return await _vote_tempo(call, None if sent.vote == "none" else Tempo(sent.vote))


async def unvote_tempo(call: Call) -> TempoVotedOut:
    return await _vote_tempo(call, None)


async def react(call: Call) -> ReactedOut:
    sent: ReactionIn = call.body
    stage_id = call.path("stage")
    guest_id = call.guest_at(stage_id)
    call.site.paces.reactions.take(call.phone())
    inside, there = passes.opened(call.request), hearing.is_there(call.request, guest_id)
    tap = Tap(id=sent.id, reaction=sent.kind, session_id=sent.session, play_id=sent.play, inside=inside)
    is_new = await reactions.react(call.site.ports, guest_id=guest_id, stage_id=stage_id, tap=tap, there=there)
    return ReactedOut(id=sent.id, duplicate=not is_new)


async def show_stage_poll(call: Call) -> PollNowOut:
    state = call.site.board.state(call.path("stage"), inside=passes.opened(call.request))
    if state is None:
        raise NotKnown("stage_unknown", "There is no such stage here.", advice="Choose one from the list of stages.")
    return PollNowOut(poll=shown_poll(state, call.site.ports.clock.now()))


async def show_poll(call: Call) -> PollNowOut:
    poll = await call.site.ports.reader.poll(call.path("poll"))
    if poll is None or poll.stage_id != call.path("stage") or poll.end is PollEnd.CANCELLED:
        raise polls.poll_unknown()
    session = await call.site.ports.reader.session(poll.session_id) if poll.session_id else None
    if session is not None and not may_see(session.lock, passes.opened(call.request)):
        raise polls.poll_unknown()
    return PollNowOut(poll=poll_out(poll, call.site.ports.clock.now()))


async def _answer(call: Call, option: int | None) -> AnsweredOut:
    stage_id = call.path("stage")
    guest_id = call.guest_at(stage_id)
    call.site.guest_writes.take(call.phone())
    ports = call.site.ports
    done = await polls.answer(
        ports,
        guest_id=guest_id,
        stage_id=stage_id,
        poll_id=call.path("poll"),
        option=option,
        inside=passes.opened(call.request),
        there=hearing.is_there(call.request, guest_id),
    )
    return AnsweredOut(poll=poll_out(done.poll, ports.clock.now()), mine=UNSET if option is None else option)


async def answer_poll(call: Call) -> AnsweredOut:
    sent: PollVoteIn = call.body
    return await _answer(call, sent.option)


async def unanswer_poll(call: Call) -> AnsweredOut:
    return await _answer(call, None)


async def open_poll(call: Call) -> PollOut:
    sent: PollIn = call.body
    ports, pause_s = call.site.ports, call.site.settings.limits.poll_pause_s
    poll = await polls.open_poll(
        ports, dj=call.who(), draft=sent.draft(), pause_s=pause_s, session_id=call.path("session")
    )
    return poll_out(poll, ports.clock.now())


async def _end_poll(call: Call, end: PollEnd) -> PollOut:
    ports = call.site.ports
    which = polls.Which(poll_id=call.path("poll"), session_id=call.path("session"))
    poll = await polls.end_poll(ports, dj=call.who(), which=which, end=end)
    return poll_out(poll, ports.clock.now())


async def end_poll(call: Call) -> PollOut:
    return await _end_poll(call, PollEnd.ENDED)


async def cancel_poll(call: Call) -> PollOut:
    return await _end_poll(call, PollEnd.CANCELLED)


async def open_stage_poll(call: Call) -> PollOut:
    sent: PollIn = call.body
    stage_id = await own_stage(call)
    ports, pause_s = call.site.ports, call.site.settings.limits.poll_pause_s
    poll = await polls.open_stage_poll(ports, stage_id=stage_id, draft=sent.draft(), pause_s=pause_s, by=call.actor())
    return poll_out(poll, ports.clock.now())


async def _end_stage_poll(call: Call, end: PollEnd) -> PollOut:
    ports, stage_id, poll_id = call.site.ports, await own_stage(call), call.path("poll")
    poll = await polls.end_stage_poll(ports, stage_id=stage_id, poll_id=poll_id, end=end, by=call.actor())
    return poll_out(poll, ports.clock.now())


async def end_stage_poll(call: Call) -> PollOut:
    return await _end_stage_poll(call, PollEnd.ENDED)


async def cancel_stage_poll(call: Call) -> PollOut:
    return await _end_stage_poll(call, PollEnd.CANCELLED)


_NO_PLAY = (404, "No such stage, or no such play on it.")
_NO_POLL = (404, "No such stage, or no such poll on it.")
_OFTEN = (429, "Too often.")
_NOT_YOURS = (403, "Another organiser's event.")
_FULL = (503, "The disk is full.")
_NOT_NOW = (409, "A poll is running; or it is too soon, and `facts.wait_s` says how long; or the session is over.")

# fmt: off
OPERATIONS: tuple[Operation, ...] = (
    Operation("PUT", "/stages/{stage}/plays/{play}/tempo", "voteTempo",
        "Say how the tempo of what is on feels. The last word counts; again changes nothing.", vote_tempo, Auth.GUEST,
        takes=TempoIn, gives=TempoVotedOut, also=(_NO_PLAY, (409, "The track is over."), _OFTEN, _FULL)),
    Operation("DELETE", "/stages/{stage}/plays/{play}/tempo", "unvoteTempo", "Take that back.", unvote_tempo,
        Auth.GUEST, gives=TempoVotedOut, also=(_NO_PLAY, (409, "The track is over."), _OFTEN, _FULL)),
    Operation("POST", "/stages/{stage}/reactions", "react", "Say thank you, or more, to the DJ. One id arrives once.",
        react, Auth.GUEST, takes=ReactionIn, gives=ReactedOut,
        also=(_NO_PLAY, (409, "Nobody is playing."), _OFTEN, _FULL)),
    Operation("GET", "/stages/{stage}/poll", "stagePoll", "The poll that runs, or for a while its result.",
        show_stage_poll, gives=PollNowOut, also=((404, "No such stage."),)),
    Operation("GET", "/stages/{stage}/polls/{poll}", "showPoll", "One poll.", show_poll, gives=PollNowOut,
        also=(_NO_POLL,)),
    Operation("PUT", "/stages/{stage}/polls/{poll}/vote", "answerPoll",
        "Answer a poll. The last word counts; again changes nothing.", answer_poll, Auth.GUEST, takes=PollVoteIn,
        gives=AnsweredOut, also=(_NO_POLL, (409, "The poll is over."), _OFTEN, _FULL)),
    Operation("DELETE", "/stages/{stage}/polls/{poll}/vote", "unanswerPoll", "Take the answer back.", unanswer_poll,
        Auth.GUEST, gives=AnsweredOut, also=(_NO_POLL, (409, "The poll is over."), _OFTEN, _FULL)),
    Operation("POST", "/sessions/{session}/polls", "openPoll", "Ask everybody on the stage.", open_poll, Auth.DJ,
        takes=PollIn, gives=PollOut, status=201, also=((403, "Another DJ's session."), _NOT_NOW)),
    Operation("POST", "/sessions/{session}/polls/{poll}/end", "endPoll", "End a poll. Again changes nothing.", end_poll,
        Auth.DJ, gives=PollOut, also=((403, "Another DJ's session or poll."), _NO_POLL)),
    Operation("POST", "/sessions/{session}/polls/{poll}/cancel", "cancelPoll", "Take a poll back, without a result.",
        cancel_poll, Auth.DJ, gives=PollOut, also=((403, "Another DJ's session or poll."), _NO_POLL)),
    Operation("POST", "/stages/{stage}/polls", "openStagePoll", "Ask everybody on a stage, as the organisers.",
        open_stage_poll, Auth.ORGANISER, takes=PollIn, gives=PollOut, status=201,
        also=(_NOT_YOURS, (404, "No such stage."), _NOT_NOW)),
    Operation("POST", "/stages/{stage}/polls/{poll}/end", "endStagePoll", "End any poll on a stage.", end_stage_poll,
        Auth.ORGANISER, gives=PollOut, also=(_NOT_YOURS, _NO_POLL)),
    Operation("POST", "/stages/{stage}/polls/{poll}/cancel", "cancelStagePoll", "Take any poll on a stage back.",
        cancel_stage_poll, Auth.ORGANISER, gives=PollOut, also=(_NOT_YOURS, _NO_POLL)),
)
# fmt: on
