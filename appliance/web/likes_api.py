"""The heart, for programs: like a play, or take that back."""

import msgspec

from appliance.usecases import likes
from appliance.web import attending, hearing, passes
from appliance.web.operations import Auth, Call, Operation


class LikeOut(msgspec.Struct, frozen=True, kw_only=True):
    play: str
    liked: bool
    likes: int


async def _set_like(call: Call, *, liked: bool) -> LikeOut:
    call.site.guest_writes.take(call.phone())
    guest_id = await attending.guest_of_play(call.site, call.phone(), play_id=call.path("play"))
    inside, there = passes.opened(call.request), hearing.is_there(call.request, guest_id)
    done = await likes.set_like(
        call.site.ports, guest_id=guest_id, play_id=call.path("play"), liked=liked, inside=inside, there=there
    )
    return LikeOut(play=done.play_id, liked=done.liked, likes=done.likes)


async def like(call: Call) -> LikeOut:
    return await _set_like(call, liked=True)


async def unlike(call: Call) -> LikeOut:
    return await _set_like(call, liked=False)


# fmt: off
OPERATIONS: tuple[Operation, ...] = (
    Operation("PUT", "/plays/{play}/like", "like", "Like a play. Saved when this answers; again changes nothing.", like,
        Auth.GUEST, gives=LikeOut, also=((404, "No such play."), (429, "Too often."), (503, "The disk is full."))),
    Operation("DELETE", "/plays/{play}/like", "unlike", "Take a like back. Again changes nothing.", unlike,
        Auth.GUEST, gives=LikeOut, also=((404, "No such play."), (429, "Too often."), (503, "The disk is full."))),
)
# fmt: on
