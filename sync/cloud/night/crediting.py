"""Which track a like belongs to. Pure.

A tap comes some seconds after what it is meant for: right after a change of track it is the last one's. The hand needs
5 to 25 seconds, evenly, so a tap 15 seconds after a boundary counts half for each side. Whoever liked a track out of
the list of what was played meant exactly that one. No like is lost or doubled: the parts of each add up to one.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import pairwise

from sync.cloud.night.records import LikeRecord, Night, PlayRecord

#: milliseconds between what is heard and the tap: at least, at most
LAG_MS = (5_000, 25_000)
#: a longer silence between two tracks, and a tap after it was not meant for the one before
_GAP_MS = 30_000


def before_each(plays: Sequence[PlayRecord]) -> Mapping[str, PlayRecord]:
    """For each play the one that it followed on its stage without a silence."""
    found: dict[str, PlayRecord] = {}
    stages: dict[str, list[PlayRecord]] = defaultdict(list)
    for play in plays:
        if play.began_ms is not None:
            stages[play.stage].append(play)
    for heard in stages.values():
        for earlier, later in pairwise(sorted(heard, key=lambda play: (play.began_ms, play.order))):
            assert earlier.began_ms is not None
            assert later.began_ms is not None
            if later.began_ms - (earlier.ended_ms or later.began_ms) <= _GAP_MS and later.began_ms > earlier.began_ms:
                found[later.id] = earlier
    return found


def own_share(like: LikeRecord, play: PlayRecord) -> float:
    """How much of a like is its own play's: 0 to 1. The rest is that of the play before it."""
    if like.at_ms is None or play.began_ms is None or like.at_ms < play.began_ms:
        return 1.0
    low, high = LAG_MS
    return min(1.0, max(0.0, (like.at_ms - play.began_ms - low) / (high - low)))


def likes_credited(night: Night) -> Mapping[str, float]:
    """Likes of each play, by the id; a play that nobody liked is not in it. Likes of unknown plays are left out."""
    plays = {play.id: play for play in night.plays}
    before = before_each(night.plays)
    found: dict[str, float] = defaultdict(float)
    for like in night.likes:
        play = plays.get(like.play)
        if play is None:
            continue
        earlier = before.get(play.id)
        own = own_share(like, play) if earlier else 1.0
        if own > 0:
            found[play.id] += own
        if earlier and own < 1:
            found[earlier.id] += 1 - own
    return found
