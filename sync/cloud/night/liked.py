"""The tracks that people liked most: likes for each minute that somebody listened, and how sure that is. Pure.

A track before 300 phones gets more likes than one before 30, so likes alone say when it was played. The prior is the
night's own rate, worth two likes: a track that few heard is taken to be as well liked as the night, until more is
known. Order is by the lower end of the interval: what is at least so well liked.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sync.cloud.night import intervals
from sync.cloud.night.audience import Listeners
from sync.cloud.night.crediting import likes_credited
from sync.cloud.night.intervals import Interval
from sync.cloud.night.records import Night, PlayRecord

#: how many likes the prior is worth
_PRIOR_LIKES = 2.0
#: rates are told for so many listener-minutes
PER_MINUTES = 100


@dataclass(frozen=True, slots=True)
class LikedTrack:
    """One track over all its plays that night."""

    artist: str
    title: str
    #: how often it was played
    plays: int
    #: likes as credited
    likes: float
    #: minutes that phones listened to it, all added up
    listener_minutes: float
    #: likes for each 100 listener-minutes
    rate: Interval


def identity(play: PlayRecord) -> tuple[str, str]:
    """What makes two plays the same track."""
    return " ".join(play.artist.casefold().split()), " ".join(play.title.casefold().split())


def rate_of(likes: float, minutes: float, *, overall: float) -> Interval:
    """Likes for each 100 listener-minutes; `overall` is the night's own likes for each listener-minute."""
    found = intervals.rate(likes, minutes, prior_events=_PRIOR_LIKES, prior_exposure=_PRIOR_LIKES / overall)
    return Interval(middle=found.middle * PER_MINUTES, low=found.low * PER_MINUTES, high=found.high * PER_MINUTES)


class Liking:
    """One night's likes and listeners, to ask about any of its plays."""

    def __init__(self, night: Night) -> None:
        self._credited = likes_credited(night)
        listeners = Listeners(night.presence)
        #: by play, where listeners are known and were some
        self._heard = {
            play.id: heard
            for play in night.plays
            if (heard := listeners.between(play.stage, began_ms=play.began_ms, ended_ms=play.ended_ms))
        }
        likes = sum(self._credited.get(play, 0.0) for play in self._heard)
        minutes = sum(self._heard.values())
        #: the night's own likes for each listener-minute; None without a like or a listener
        self.overall = likes / minutes if likes and minutes else None

    def tracks(self, plays: Iterable[PlayRecord]) -> list[LikedTrack]:
        """The tracks of these plays that anybody liked, by what they were liked at least."""
        if self.overall is None:
            return []
        groups: dict[tuple[str, str], list[PlayRecord]] = defaultdict(list)
        for play in plays:
            if play.id in self._heard:
                groups[identity(play)].append(play)
        found = [self._track(group, self.overall) for group in groups.values()]
        return sorted(
            (track for track in found if track.likes > 0),
            key=lambda track: (-track.rate.low, track.artist, track.title),
        )

    def _track(self, group: Sequence[PlayRecord], overall: float) -> LikedTrack:
        likes = sum(self._credited.get(play.id, 0.0) for play in group)
        minutes = sum(self._heard[play.id] for play in group)
        return LikedTrack(
            artist=group[0].artist,
            title=group[0].title,
            plays=len(group),
            likes=likes,
            listener_minutes=minutes,
            rate=rate_of(likes, minutes, overall=overall),
        )
