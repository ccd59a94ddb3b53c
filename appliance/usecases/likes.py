"""What dancers say of a play: like it, or take that back. Both can be repeated without harm."""

from dataclasses import dataclass

from appliance.domain.events import LikeGiven, LikeRemoved
from appliance.domain.locks import OUTSIDE, Inside
from appliance.ports import Ports, Transaction
from appliance.usecases import dislikes
from appliance.usecases.speaking import check_room, is_banned, known_play


@dataclass(frozen=True, slots=True)
class Liked:
    """The outcome of a tap."""

    play_id: str
    stage_id: str
    #: whether the guest likes the play now
    liked: bool
    #: likes of the play now
    likes: int


async def set_like(
    ports: Ports, *, guest_id: str, play_id: str, liked: bool, inside: Inside = OUTSIDE, there: bool = True
) -> Liked:
    """Makes a guest like a play, or not; whoever likes it dislikes it no more. Durable when it returns.

    It counts only of guests who are known to be `there`; the others see it all the same.

    Raises: NotKnown with the code `play_unknown`; Unavailable with the code `disk_full` when what room there is on
    the disk is for the music.
    """
    check_room(ports)
    now = ports.clock.now()

    def change(tx: Transaction) -> Liked:
        play = known_play(tx, play_id, inside=inside)
        counted: bool | None = there and not is_banned(tx, guest_id)
        if liked:
            dislikes.drop(tx, play, guest_id=guest_id, at=now)
            changed = tx.add_like(play_id, guest_id=guest_id, at_ms=now.wall_ms, counts=counted is True)
        else:
            counted = tx.remove_like(play_id, guest_id=guest_id)
            changed = counted is not None
        likes = play.likes
        if changed and not counted:
            # Whoever said it sees it in the sum; nobody else does.
            likes += int(liked)
        elif changed:
            likes += 1 if liked else -1
            event = LikeGiven if liked else LikeRemoved
            tx.record(event(play_id=play_id, stage_id=play.stage_id, guest_id=guest_id, likes=likes), at=now)
        return Liked(play_id=play_id, stage_id=play.stage_id, liked=liked, likes=likes)

    return await ports.store.write(change)
