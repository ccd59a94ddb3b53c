"""Who kept the floor full. Pure.

For each set: distinct active guests in every five minutes, on average, against what is usual on that stage at that
hour; and how many of the guests before the change of DJ were still there 15 minutes after it. Never raw likes: they
say how many people were there.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from statistics import fmean

from sync.cloud.night import intervals
from sync.cloud.night.audience import MINUTE_MS, SPAN_MS, Point, curve
from sync.cloud.night.intervals import Interval
from sync.cloud.night.records import HandoverRecord, Night, SetRecord
from sync.cloud.night.small import FEWEST
from sync.cloud.night.usual import Basis, UsualCurve

#: a set with fewer counted spans is too short to be compared
FEWEST_SPANS = 3


@dataclass(frozen=True, slots=True)
class Retention:
    """How many stayed when this DJ took over."""

    #: guests in the 15 minutes before
    before: int
    #: those of them who were there 15 minutes after
    stayed: int

    @property
    def share(self) -> Interval | None:
        """Who stayed of all; None where they were fewer than five."""
        return intervals.share(self.stayed, self.before) if self.before >= FEWEST else None


@dataclass(frozen=True, slots=True)
class SetFigures:
    """What became of one set."""

    set: SetRecord
    stage_name: str
    #: minutes from beginning to end; None where unknown
    minutes: float | None
    plays: int
    #: spans of five minutes that were counted within it
    spans: int
    #: mean distinct active guests in a span; None without spans
    active: float | None
    #: mean distinct phones in a span; None without spans
    guests: float | None
    #: the usual mean of active guests over exactly these spans; None where nothing is known
    usual_active: float | None
    #: the same of phones
    usual_guests: float | None
    #: what is usual comes from
    basis: Basis
    #: the fewest other nights that any of these spans is compared with
    nights: int
    #: None where nobody was measured, or nobody played before
    retention: Retention | None

    @property
    def against_usual(self) -> float | None:
        """Active guests as a multiple of what is usual; None where they are too few, or the set was too short."""
        return ratio(self.active, self.usual_active) if self.spans >= FEWEST_SPANS else None


@dataclass(frozen=True, slots=True)
class DjFigures:
    """All sets of one DJ that night."""

    dj: str
    name: str
    sets: int
    #: minutes of all sets whose length is known
    minutes: float
    plays: int
    #: active guests over all spans of all sets as a multiple of what is usual; None where too little is known
    against_usual: float | None
    #: over all hand-overs to this DJ
    retention: Retention | None


def ratio(mean: float | None, usual: float | None) -> float | None:
    """A multiple of what is usual; None where either is fewer than five guests."""
    if mean is None or usual is None or mean < FEWEST or usual < FEWEST:
        return None
    return mean / usual


def within(points: Iterable[Point], *, began_ms: int | None, ended_ms: int | None) -> list[Point]:
    """The spans of which at least half lies in a stretch; a set that still runs goes on to the curve's end."""
    if began_ms is None:
        return []
    end = ended_ms if ended_ms is not None else 1 << 62
    return [
        point
        for point in points
        if min(point.at_ms + point.span_ms, end) - max(point.at_ms, began_ms) >= min(point.span_ms, SPAN_MS) / 2
    ]


def minutes_of(one: SetRecord) -> float | None:
    """A set's length; None where either end is unknown."""
    if one.began_ms is None or one.ended_ms is None:
        return None
    return max(0, one.ended_ms - one.began_ms) / MINUTE_MS


def of_sets(night: Night, *, others: Sequence[Night], zone: tzinfo) -> list[SetFigures]:
    """Every set in the night's order."""
    usual = {stage.id: UsualCurve(night, stage, others=others, zone=zone) for stage in night.stages}
    names = {stage.id: stage.name for stage in night.stages}
    curves = {stage.id: curve(night, stage=stage.id) for stage in night.stages}
    retained = {one.to_session: one for one in night.handovers}
    on_stage = Counter(one.stage for one in night.sets)
    return [
        _set(
            one,
            name=names[one.stage],
            plays=sum(1 for play in night.plays if play.session == one.id),
            points=within(curves[one.stage], began_ms=one.began_ms, ended_ms=one.ended_ms),
            # Nobody is measured against nobody but themselves.
            usual=usual[one.stage] if others or on_stage[one.stage] > 1 else None,
            handover=retained.get(one.id),
        )
        for one in sorted(night.sets, key=lambda one: one.order)
        if one.stage in names
    ]


def _set(
    one: SetRecord,
    *,
    name: str,
    plays: int,
    points: Sequence[Point],
    usual: UsualCurve | None,
    handover: HandoverRecord | None,
) -> SetFigures:
    pairs = [(point, expected) for point in points if usual and (expected := usual.at(point.at_ms)) is not None]
    # Both means over the same spans, or the multiple would compare different hours.
    compared = [point for point, _ in pairs] if pairs else points
    return SetFigures(
        set=one,
        stage_name=name,
        minutes=minutes_of(one),
        plays=plays,
        spans=len(compared),
        active=fmean(point.active for point in compared) if compared else None,
        guests=fmean(point.guests for point in compared) if compared else None,
        usual_active=fmean(expected.active for _, expected in pairs) if pairs else None,
        usual_guests=fmean(expected.guests for _, expected in pairs) if pairs else None,
        basis=usual.basis if usual else Basis.OWN,
        nights=min((expected.nights for _, expected in pairs), default=0),
        retention=Retention(before=handover.before, stayed=handover.stayed) if handover and handover.before else None,
    )


def of_djs(sets: Sequence[SetFigures]) -> list[DjFigures]:
    """The DJs in the order in which they first played."""
    names = {one.set.dj: one.set.dj_name for one in reversed(sets)}
    return [
        _dj([one for one in sets if one.set.dj == dj], dj=dj, name=names[dj])
        for dj in dict.fromkeys(one.set.dj for one in sets)
    ]


def _dj(sets: Sequence[SetFigures], *, dj: str, name: str) -> DjFigures:
    compared = [one for one in sets if one.active is not None and one.usual_active is not None]
    spans = sum(one.spans for one in compared)
    retained = [one.retention for one in sets if one.retention]
    before, stayed = sum(one.before for one in retained), sum(one.stayed for one in retained)
    mean = sum((one.active or 0) * one.spans for one in compared) / spans if spans else None
    usual = sum((one.usual_active or 0) * one.spans for one in compared) / spans if spans else None
    return DjFigures(
        dj=dj,
        name=name,
        sets=len(sets),
        minutes=sum(one.minutes or 0 for one in sets),
        plays=sum(one.plays for one in sets),
        against_usual=ratio(mean, usual) if spans >= FEWEST_SPANS else None,
        retention=Retention(before=before, stayed=stayed) if retained else None,
    )
