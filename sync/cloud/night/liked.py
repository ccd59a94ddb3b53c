"""The tracks that people liked most: likes for each minute that somebody listened, and how sure that is. Pure.

A track before 300 phones gets more likes than one before 30, so likes alone say when it was played. The prior is the
night's own rate, worth two likes: a track that few heard is taken to be as well liked as the night, until more is
known. Order is by the lower end of the interval: what is at least so well liked.
"""

from collections import defaultdict
from collections.abc import Sequence
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


def overall_rate(night: Night) -> float | None:
    """Likes for each listener-minute over all plays whose listeners are known; None without a like or a listener."""
    credited, listeners = likes_credited(night), Listeners(night.presence)
    likes = minutes = 0.0
    for play in night.plays:
        heard = listeners.between(play.stage, began_ms=play.began_ms, ended_ms=play.ended_ms)
        if heard:
            likes += credited.get(play.id, 0.0)
            minutes += heard
    return likes / minutes if likes and minutes else None


def most_liked(night: Night, *, plays: Sequence[PlayRecord] | None = None) -> list[LikedTrack]:
    """Tracks by what they were liked at least; those of `plays` only, where given. Nothing without listeners."""
    overall = overall_rate(night)
    if overall is None:
        return []
    credited, listeners = likes_credited(night), Listeners(night.presence)
    groups: dict[tuple[str, str], list[tuple[PlayRecord, float]]] = defaultdict(list)
    for play in night.plays if plays is None else plays:
        heard = listeners.between(play.stage, began_ms=play.began_ms, ended_ms=play.ended_ms)
        if heard:
            groups[identity(play)].append((play, heard))
    found = []
    for group in groups.values():
        likes = sum(credited.get(play.id, 0.0) for play, _ in group)
        minutes = sum(heard for _, heard in group)
        if likes > 0:
            first = group[0][0]
            found.append(
                LikedTrack(
                    artist=first.artist,
                    title=first.title,
                    plays=len(group),
                    likes=likes,
                    listener_minutes=minutes,
                    rate=rate_of(likes, minutes, overall=overall),
                )
            )
    return sorted(found, key=lambda track: (-track.rate.low, track.artist, track.title))
