"""Everything that is told of a night, in one bundle. Pure; nothing here tells one guest from another."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import tzinfo

from sync.cloud.night import audience, floor, house, liked, moments, setlist, tempo
from sync.cloud.night.audience import Peak, Point
from sync.cloud.night.floor import DjFigures, SetFigures
from sync.cloud.night.house import HouseFigures
from sync.cloud.night.liked import LikedTrack
from sync.cloud.night.moments import HeartsOverTime, Traffic, Way
from sync.cloud.night.records import Night
from sync.cloud.night.setlist import SetList
from sync.cloud.night.tempo import TempoGrid


@dataclass(frozen=True, slots=True)
class Totals:
    """A night in a few numbers; unknown hours are in them."""

    #: first and last known moment; None where no hour is known
    began_ms: int | None
    ended_ms: int | None
    sets: int
    djs: int
    plays: int
    tracks: int
    likes: int
    peak: Peak | None
    listener_hours: float
    #: likes for each 100 listener-minutes; None without a like or a listener
    likes_rate: float | None


@dataclass(frozen=True, slots=True)
class Figures:
    """What the report shows."""

    night: Night
    totals: Totals
    #: the curve of each stage that was counted, by the stage's id
    curves: dict[str, Sequence[Point]]
    sets: Sequence[SetFigures]
    djs: Sequence[DjFigures]
    liked: Sequence[LikedTrack]
    #: the same for each set, by its id
    liked_in: Mapping[str, Sequence[LikedTrack]]
    tempo: TempoGrid
    hearts: HeartsOverTime
    traffic: Sequence[Traffic]
    ways: Sequence[Way]
    set_lists: Sequence[SetList]
    #: None where the house played nothing
    house: HouseFigures | None
    #: how many other nights there are to compare with
    others: int
    #: the edition before this one, and its name; None where there is none
    last: Totals | None
    last_name: str


def totals(night: Night) -> Totals:
    """A night in a few numbers."""
    known = [one.began_ms for one in night.sets] + [one.ended_ms for one in night.sets]
    known += [play.began_ms for play in night.plays] + [play.ended_ms for play in night.plays]
    # Who has left is known a quarter of an hour later, when the hall may be dark.
    known += [row.at_ms for row in night.presence if row.guests]
    moments_known = [at for at in known if at is not None]
    rate = liked.Liking(night).overall
    return Totals(
        began_ms=min(moments_known, default=None),
        ended_ms=max(moments_known, default=None),
        sets=len(night.sets),
        djs=len({one.dj for one in night.sets}),
        plays=len(night.plays),
        tracks=len({liked.identity(play) for play in night.plays}),
        likes=len(night.likes),
        peak=audience.peak(night),
        listener_hours=audience.listener_hours(night),
        likes_rate=rate * liked.PER_MINUTES if rate else None,
    )


def last_edition(night: Night, others: Sequence[Night]) -> Night | None:
    """The latest of the other nights that was over before this one began."""
    began = totals(night).began_ms
    ended = [(totals(other).ended_ms, other) for other in others]
    earlier = [(at, other) for at, other in ended if at is not None and began is not None and at <= began]
    return max(earlier, key=lambda one: one[0])[1] if earlier else None


def figures(night: Night, *, others: Sequence[Night], zone: tzinfo) -> Figures:
    """All figures of a night; `others` are other nights of the same box, and `zone` where it stands."""
    sets = floor.of_sets(night, others=others, zone=zone)
    last = last_edition(night, others)
    liking = liked.Liking(night)
    curves = {stage.id: audience.curve(night, stage=stage.id) for stage in night.stages}
    return Figures(
        night=night,
        totals=totals(night),
        curves={stage: points for stage, points in curves.items() if points},
        sets=sets,
        djs=floor.of_djs(sets),
        liked=liking.tracks(night.plays),
        liked_in={one.id: liking.tracks(play for play in night.plays if play.session == one.id) for one in night.sets},
        tempo=tempo.tempo_grid(night),
        hearts=moments.hearts(night),
        traffic=moments.traffic(night),
        ways=moments.ways(night),
        set_lists=setlist.set_lists(night),
        house=house.of_house(night),
        others=len(others),
        last=totals(last) if last else None,
        last_name=last.name if last else "",
    )
