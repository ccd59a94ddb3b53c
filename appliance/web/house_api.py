"""What dancers do while the house plays, and what managers want of it, for programs."""

from msgspec import UNSET

from appliance.errors import NotKnown
from appliance.usecases import ballots, dislikes, house
from appliance.web import attending, hearing
from appliance.web.events_api import own_stage
from appliance.web.operations import Auth, Call, Operation
from appliance.web.pages import known_stage
from appliance.wire_house import (
    AskedOut,
    ChoiceIn,
    DislikeOut,
    HereOut,
    RulesBody,
    VotedOut,
    asked_out,
    ballot_out,
    rules_body,
)


async def show_ballot(call: Call) -> AskedOut:
    state = known_stage(call.site, call.path("stage"))
    guest_id = call.guest_at(state.stage.id)
    if state.ballot is None:
        raise NotKnown("no_ballot", "The house does not play here now.", advice="Listen to the lane `ballot`.")
    mine = await call.site.ports.reader.ballot_word(state.ballot.id, guest_id)
    return asked_out(state.ballot, mine=mine)


async def _vote(call: Call, place: int | None) -> VotedOut:
    call.site.guest_writes.take(call.phone())
    stage_id = call.path("stage")
    guest_id = call.guest_at(stage_id)
    voted = await ballots.vote(
        call.site.ports,
        guest_id=guest_id,
        stage_id=stage_id,
        ballot_id=call.path("ballot"),
        place=place,
        there=hearing.is_there(call.request, guest_id),
    )
    return VotedOut(ballot=ballot_out(voted.ballot), option=voted.place if voted.place is not None else UNSET)


async def vote(call: Call) -> VotedOut:
    return await _vote(call, call.body.option)


async def unvote(call: Call) -> VotedOut:
    return await _vote(call, None)


async def _dislike(call: Call, *, disliked: bool) -> DislikeOut:
    call.site.guest_writes.take(call.phone())
    guest_id = await attending.guest_of_play(call.site, call.phone(), play_id=call.path("play"))
    there = hearing.is_there(call.request, guest_id)
    done = await dislikes.set_dislike(
        call.site.ports, guest_id=guest_id, play_id=call.path("play"), disliked=disliked, there=there
    )
    return DislikeOut(play=done.play_id, disliked=done.disliked)


async def dislike(call: Call) -> DislikeOut:
    return await _dislike(call, disliked=True)


async def undislike(call: Call) -> DislikeOut:
    return await _dislike(call, disliked=False)


async def come(call: Call) -> HereOut:
    call.site.guest_writes.take(call.phone())
    stage_id = call.path("stage")
    call.site.checked_in.come(stage_id, call.guest_at(stage_id))
    return HereOut(stage=stage_id, here=True)


async def leave(call: Call) -> HereOut:
    call.site.guest_writes.take(call.phone())
    stage_id = call.path("stage")
    await call.site.checked_in.leave(call.guest_at(stage_id))
    return HereOut(stage=stage_id, here=False)


async def show_rules(call: Call) -> RulesBody:
    kept = await call.site.ports.reader.stage_house(await own_stage(call))
    assert kept is not None  # the stage is there
    return rules_body(kept.rules)


async def set_rules(call: Call) -> RulesBody:
    stage_id = await own_stage(call)
    rules = await house.set_rules(call.site.ports, stage_id=stage_id, rules=call.body.rules(), by=call.actor())
    return rules_body(rules)


_MANY, _FULL = (429, "Too often."), (503, "The disk is full.")
_NO_STAGE, _NO_PLAY, _OTHERS = (404, "No such stage."), (404, "No such play."), (403, "Another organiser's event.")

# fmt: off
OPERATIONS: tuple[Operation, ...] = (
    Operation("GET", "/stages/{stage}/ballot", "ballot",
        "What the house asks on a stage while it plays, with titles and reasons.", show_ballot,
        Auth.GUEST, gives=AskedOut, also=((404, "No such stage, or the house does not play."),)),
    Operation("PUT", "/stages/{stage}/ballots/{ballot}/vote", "voteNext",
        "Vote for what shall come next; the last vote counts.", vote,
        Auth.GUEST, takes=ChoiceIn, gives=VotedOut,
        also=((404, "No such ballot."), (409, "It is decided."), _MANY, _FULL)),
    Operation("DELETE", "/stages/{stage}/ballots/{ballot}/vote", "unvoteNext", "Take the vote back.", unvote,
        Auth.GUEST, gives=VotedOut, also=((404, "No such ballot."), (409, "It is decided."), _MANY, _FULL)),
    Operation("PUT", "/plays/{play}/dislike", "dislike",
        "Would rather not hear what the house plays. Others are not told; a like is taken back.", dislike,
        Auth.GUEST, gives=DislikeOut, also=(_NO_PLAY, (409, "A DJ played it."), _MANY, _FULL)),
    Operation("DELETE", "/plays/{play}/dislike", "undislike", "Take that back. Again changes nothing.", undislike,
        Auth.GUEST, gives=DislikeOut, also=(_NO_PLAY, _MANY, _FULL)),
    Operation("PUT", "/stages/{stage}/here", "comeHere",
        "Count as being at a stage for an hour, so that the house goes by this taste as well.", come,
        Auth.GUEST, gives=HereOut, also=(_NO_STAGE, _MANY)),
    Operation("DELETE", "/stages/{stage}/here", "leaveHere", "Count as being nowhere.", leave,
        Auth.GUEST, gives=HereOut, also=(_NO_STAGE, _MANY)),
    Operation("GET", "/stages/{stage}/house/rules", "houseRules", "What a manager wants of the house on a stage.",
        show_rules, Auth.ORGANISER, gives=RulesBody, also=(_OTHERS, _NO_STAGE)),
    Operation("PUT", "/stages/{stage}/house/rules", "setHouseRules",
        "Want something else of the house on a stage: all of it, each time.", set_rules,
        Auth.ORGANISER, takes=RulesBody, gives=RulesBody, also=(_OTHERS, _NO_STAGE)),
)
# fmt: on
