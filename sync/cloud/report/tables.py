"""The lines of the report's tables, told in a language: numbers become words here, and small groups "fewer than 5"."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import fmean

from appliance.domain.sheets import length
from sync.cloud.night.audience import HALF_HOUR_MS
from sync.cloud.night.figures import Figures, Totals
from sync.cloud.night.floor import Retention, SetFigures
from sync.cloud.night.house import HouseFigures
from sync.cloud.night.intervals import Interval
from sync.cloud.night.liked import LikedTrack
from sync.cloud.night.records import PollRecord
from sync.cloud.night.small import told, told_parts
from sync.cloud.night.tempo import Feeling, TempoGrid
from sync.cloud.report.teller import Teller

#: tracks in the list of the most liked
_LIKED_MOST = 15
#: fewer likes, as credited, are told as none
_LIKES_TOLD = 0.5


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar on a scale from 0 to 100."""

    left: float
    width: float


@dataclass(frozen=True, slots=True)
class FloorRow:
    """One set against what is usual."""

    dj: str
    stage: str
    when: str
    against: str
    #: from what is usual to what it was; None where that is not told
    bar: Bar | None
    is_above: bool
    active: str
    phones: str
    stayed: str
    stayed_note: str


def floor_scale(sets: Sequence[SetFigures]) -> float:
    """The multiple of what is usual at the right end of all bars."""
    return max([2.0, *(one.against_usual or 0 for one in sets)])


def floor_rows(figures: Figures, teller: Teller) -> list[FloorRow]:
    """Every set in the night's order."""
    most = floor_scale(figures.sets)
    return [_floor_row(one, teller, most=most) for one in figures.sets]


def _floor_row(one: SetFigures, teller: Teller, *, most: float) -> FloorRow:
    against = one.against_usual
    bar = None
    if against is not None:
        low, high = sorted((1.0, against))
        bar = Bar(left=100 * low / most, width=max(100 * (high - low) / most, 0.8))
    stayed, note = _retention(one.retention, teller)
    return FloorRow(
        dj=one.set.dj_name,
        stage=one.stage_name,
        when=teller.range(one.set.began_ms, one.set.ended_ms),
        against=teller.percent(against) if against is not None else teller.t("too_little"),
        bar=bar,
        is_above=(against or 0) >= 1,
        active=teller.mean(one.active),
        phones=teller.mean(one.guests),
        stayed=stayed,
        stayed_note=note,
    )


def _retention(found: Retention | None, teller: Teller) -> tuple[str, str]:
    if found is None:
        return "–", ""
    share = found.share
    if share is None:
        return teller.t("few"), ""
    if told(found.stayed) is None:
        return teller.t("few_of", n=found.before), ""
    note = teller.t("of_guests", n=found.before, low=teller.number(100 * share.low), high=teller.percent(share.high))
    return teller.percent(share.middle), note


@dataclass(frozen=True, slots=True)
class DjRow:
    """All sets of one DJ."""

    dj: str
    sets: str
    against: str
    stayed: str
    stayed_note: str


def dj_rows(figures: Figures, teller: Teller) -> list[DjRow]:
    """The DJs, where one played more than once; else the sets say it all."""
    if all(one.sets == 1 for one in figures.djs):
        return []
    rows = []
    for one in figures.djs:
        against = one.against_usual
        stayed, note = _retention(one.retention, teller)
        said = teller.percent(against) if against is not None else teller.t("too_little")
        rows.append(DjRow(one.name, teller.number(one.sets), said, stayed, note))
    return rows


@dataclass(frozen=True, slots=True)
class LikedRow:
    """One of the most liked tracks."""

    artist: str
    title: str
    rate: str
    interval: str
    bar: Bar
    middle: float
    likes: str
    minutes: str


def liked_rows(liked: Sequence[LikedTrack], teller: Teller) -> list[LikedRow]:
    """The tracks that were liked most, for what they are at least."""
    shown = liked[:_LIKED_MOST]
    most = max((track.rate.high for track in shown), default=1.0)
    return [
        LikedRow(
            artist=track.artist,
            title=track.title,
            rate=teller.number(track.rate.middle, 1),
            interval=_interval(track.rate, teller),
            bar=Bar(left=100 * track.rate.low / most, width=100 * (track.rate.high - track.rate.low) / most),
            middle=100 * track.rate.middle / most,
            likes=teller.number(track.likes),
            minutes=teller.number(track.listener_minutes),
        )
        for track in shown
    ]


def _interval(rate: Interval, teller: Teller) -> str:
    return f"{teller.number(rate.low, 1)}–{teller.number(rate.high, 1)}"


@dataclass(frozen=True, slots=True)
class HouseRow:
    """A stage on which the house played, or a track of it."""

    name: str
    note: str
    #: how many tracks, and how long they were heard; empty for one track
    plays: str
    length: str
    likes: str
    dislikes: str


def house_rows(found: HouseFigures, teller: Teller) -> tuple[list[HouseRow], list[HouseRow]]:
    """The stages, and the tracks that anybody said something of: what divided the floor first."""
    stages = [
        HouseRow(
            name=one.stage_name,
            note="",
            plays=teller.number(one.plays),
            length=length(one.seconds),
            likes=teller.number(one.likes),
            dislikes=teller.number(one.dislikes),
        )
        for one in found.stages
    ]
    said = [one for one in found.tracks if one.dislikes or one.likes >= _LIKES_TOLD]
    tracks = [
        HouseRow(one.title, one.artist, "", "", teller.number(one.likes), teller.number(one.dislikes))
        for one in said[:_LIKED_MOST]
    ]
    return stages, tracks


@dataclass(frozen=True, slots=True)
class TempoCell:
    """One band in one half hour: a colour step from -3 to 3, and words; empty where nobody voted."""

    step: int
    text: str
    said: str
    is_few: bool = False


@dataclass(frozen=True, slots=True)
class BandRow:
    """One band over the whole night."""

    band: str
    votes: str
    #: shares in percent; None where votes are too few
    parts: tuple[float, float, float] | None
    said: tuple[str, str, str] | None


def tempo_cells(grid: TempoGrid, teller: Teller) -> list[tuple[str, list[TempoCell | None]]]:
    """Half hours with a cell for each band."""
    return [
        (
            teller.hours.clock(hour),
            [_cell(grid.cells[band, hour], teller) if (band, hour) in grid.cells else None for band in grid.bands],
        )
        for hour in grid.half_hours
    ]


def _cell(found: Feeling, teller: Teller) -> TempoCell:
    if found.is_few:
        return TempoCell(step=0, text="·", said=teller.t("few_votes"), is_few=True)
    said = teller.t(
        "votes_said",
        n=found.votes,
        slower=teller.percent(found.slower / found.votes),
        perfect=teller.percent(found.perfect / found.votes),
        faster=teller.percent(found.faster / found.votes),
    )
    size = abs(found.lean)
    step = 0 if size < 0.15 else 1 if size < 0.35 else 2 if size < 0.6 else 3
    if found.lean < 0:
        step = -step
    arrow = "▲" if step > 0 else "▼" if step < 0 else ""
    most = found.faster if step > 0 else found.slower if step < 0 else found.perfect
    return TempoCell(step=step, text=f"{arrow}{teller.number(100 * most / found.votes)}", said=said)


def band_rows(grid: TempoGrid, teller: Teller) -> list[BandRow]:
    """Each band over the night."""
    rows = []
    for band, found in grid.by_band.items():
        counts = (found.slower, found.perfect, found.faster)
        parts = (
            None
            if found.is_few
            else (100 * counts[0] / found.votes, 100 * counts[1] / found.votes, 100 * counts[2] / found.votes)
        )
        said = (teller.number(parts[0]), teller.number(parts[1]), teller.number(parts[2])) if parts else None
        rows.append(
            BandRow(
                band=f"{band}–{band + 9}",
                votes="" if parts is None else teller.number(found.votes),
                parts=parts,
                said=said,
            )
        )
    return rows


def phones_table(figures: Figures, teller: Teller) -> list[tuple[str, list[str]]]:
    """The evening's curve by half hour: mean phones of each stage."""
    slots: dict[int, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for stage, points in figures.curves.items():
        for point in points:
            slots[point.at_ms // HALF_HOUR_MS * HALF_HOUR_MS][stage].append(point.phones)
    return [
        (
            teller.hours.clock(slot),
            [teller.mean(fmean(found[stage])) if found.get(stage) else "–" for stage in figures.curves],
        )
        for slot, found in sorted(slots.items())
    ]


@dataclass(frozen=True, slots=True)
class PartRow:
    """One of several parts, with a bar to the largest."""

    name: str
    said: str
    bar: float


def part_rows(parts: Iterable[tuple[str, int | None]], teller: Teller) -> list[PartRow]:
    """Names and guests; a part that is too small to be told has no bar."""
    known = list(parts)
    most = max((n or 0 for _, n in known), default=0) or 1
    return [PartRow(name=name, said=teller.count(n), bar=100 * (n or 0) / most) for name, n in known]


@dataclass(frozen=True, slots=True)
class PollTable:
    """One poll."""

    question: str
    where: str
    total: str
    rows: list[PartRow]


def poll_tables(polls: Sequence[PollRecord], stages: dict[str, str], teller: Teller) -> list[PollTable]:
    """What was asked and what came of it."""
    found = []
    for poll in polls:
        total, counts = told_parts(poll.counts)
        if sum(poll.counts) and told(sum(poll.counts)) is None:
            counts = [None] * len(counts)
        where = " · ".join(filter(None, (stages.get(poll.stage, ""), teller.hours.clock(poll.opened_ms))))
        said = teller.t("votes_some") if total is None else teller.t("votes", n=total)
        rows = part_rows(zip(poll.options, counts, strict=False), teller)
        found.append(PollTable(question=poll.question, where=where, total=said, rows=rows))
    return found


def compared(now: Totals, last: Totals, teller: Teller) -> list[tuple[str, str, str, str]]:
    """This edition beside the last: what, now, then, change."""

    def length(one: Totals) -> float | None:
        return (one.ended_ms - one.began_ms) / 60_000 if one.began_ms is not None and one.ended_ms is not None else None

    def row(name: str, a: float | None, b: float | None, said: tuple[str, str]) -> tuple[str, str, str, str]:
        moved = round(100 * (a / b - 1)) if a and b else 0
        sign = "+" if moved > 0 else "−" if moved < 0 else "±"
        change = f"{sign}{teller.number(abs(moved))} %" if a and b else "–"
        return teller.t(name), *said, change

    def plain(name: str, a: float | None, b: float | None, digits: int = 0) -> tuple[str, str, str, str]:
        said = ("–" if a is None else teller.number(a, digits), "–" if b is None else teller.number(b, digits))
        return row(name, a, b, said)

    def phones(one: Totals) -> int | None:
        return one.peak.phones if one.peak else None

    def peak_said(one: Totals) -> str:
        return teller.count(told(one.peak.phones)) if one.peak else "–"

    return [
        row("c_length", length(now), length(last), (teller.length(length(now)), teller.length(length(last)))),
        row("c_peak", phones(now), phones(last), (peak_said(now), peak_said(last))),
        plain("c_hours", now.listener_hours, last.listener_hours),
        plain("c_plays", now.plays, last.plays),
        plain("c_likes", now.likes, last.likes),
        plain("c_rate", now.likes_rate, last.likes_rate, 1),
    ]
