"""How a set comes to its end, as its DJ says: after so many more songs, or at a moment. Pure.

Songs count down as tracks begin; a moment is kept by boot time, so that a wrong clock does not matter. A DJ who plays
on after the last song has thought better of it, and nothing is said any more.
"""

from dataclasses import dataclass, replace

from appliance.domain.models import Stamp
from appliance.errors import Invalid

SONGS_MOST = 20
#: a moment further away is no end of a set that dancers need to hear of
WITHIN_MOST_MS = 6 * 3600 * 1000


@dataclass(frozen=True, slots=True)
class Closing:
    """What the DJ of a session said of its end."""

    session_id: str
    stage_id: str
    #: when it was said
    said: Stamp
    #: songs that come after the one that is on; 0: it is the last. None when the DJ named a moment
    songs: int | None = None
    #: how long after `said` it ends, milliseconds; None when the DJ counts songs
    within_ms: int | None = None
    #: the play that counted down last: taken back, it counts up again
    counted: str = ""
    #: the DJ played on
    over: bool = False


def checked(*, songs: int | None, within_ms: int | None) -> None:
    """Sees that exactly one of the two was said, and can be.

    Raises: Invalid with the code `closing_unclear`, `songs_out_of_range` or `ending_out_of_range`.
    """
    if (songs is None) == (within_ms is None):
        raise Invalid("closing_unclear", "Say how many songs, or when it ends.", advice="One of the two.")
    if songs is not None and not 0 <= songs <= SONGS_MOST:
        raise Invalid("songs_out_of_range", f"It can be 0 to {SONGS_MOST} more songs.")
    if within_ms is not None and not 0 < within_ms <= WITHIN_MOST_MS:
        raise Invalid("ending_out_of_range", "The set can end within the next six hours.", advice="Say another time.")


def left_ms(closing: Closing, now: Stamp) -> int | None:
    """How long until the moment that was said; 0 when it is past, None where songs are counted."""
    if closing.within_ms is None:
        return None
    same = closing.said.boot == now.boot
    gone = now.boot_ms - closing.said.boot_ms if same else now.wall_ms - closing.said.wall_ms
    return max(0, closing.within_ms - max(0, gone))


def after_play(closing: Closing, play_id: str) -> Closing:
    """What holds once another track is on."""
    if closing.songs is None or closing.over or closing.counted == play_id:
        return closing
    if closing.songs == 0:
        return replace(closing, over=True, counted=play_id)
    return replace(closing, songs=closing.songs - 1, counted=play_id)


def after_retraction(closing: Closing, play_id: str) -> Closing:
    """What holds once a track was taken back that had counted."""
    if closing.songs is None or closing.counted != play_id:
        return closing
    if closing.over:
        return replace(closing, over=False, counted="")
    return replace(closing, songs=closing.songs + 1, counted="")
