"""The figures as plain data for programs: what the page shows, and nothing that tells one guest from another.

Numbers of one to four guests are the string `<5`; what is unknown is null. Times are ISO 8601 in the box's zone.
"""

from collections.abc import Sequence
from typing import Any

from sync.cloud.night.figures import Figures, Totals
from sync.cloud.night.floor import DjFigures, Retention, SetFigures
from sync.cloud.night.house import HouseFigures
from sync.cloud.night.intervals import Interval
from sync.cloud.night.liked import LikedTrack
from sync.cloud.night.records import PollRecord
from sync.cloud.night.setlist import SetList
from sync.cloud.night.small import FEWEST, told_parts
from sync.cloud.night.tempo import Feeling, TempoGrid
from sync.cloud.report.csvs import few
from sync.cloud.report.hours import Hours

#: version of this document; readers ignore fields that they do not know
VERSION = 1
#: tracks told of each set
_LIKED_OF_SET = 5

Plain = dict[str, Any]


def document(figures: Figures, *, venue: str, hours: Hours, zone_name: str) -> Plain:
    """Everything of the page."""
    night = figures.night
    names = {stage.id: stage.name for stage in night.stages}
    return {
        "v": VERSION,
        "event": night.event,
        "name": night.name,
        "venue": venue,
        "zone": zone_name,
        "clock_error_ms": night.error_ms,
        "unknown_boots": night.unknown_boots,
        "totals": _totals(figures.totals, hours),
        "last_edition": {"name": figures.last_name, **_totals(figures.last, hours)} if figures.last else None,
        "compared_with_nights": figures.others,
        "stages": [
            {"id": stage.id, "name": stage.name, "curve": _curve(figures, stage.id, hours)} for stage in night.stages
        ],
        "sets": [
            {
                **_set(one, hours),
                "liked": [_liked(track) for track in figures.liked_in.get(one.set.id, ())[:_LIKED_OF_SET]],
            }
            for one in figures.sets
        ],
        "djs": [_dj(one) for one in figures.djs],
        "liked": [_liked(track) for track in figures.liked],
        "tempo": _tempo(figures.tempo, hours),
        "hearts": [
            {"at": hours.stamp(one.at_ms), "likes": one.likes, "reactions": one.reactions}
            for one in figures.hearts.stretches
        ],
        "traffic": [
            {"at": hours.stamp(one.at_ms), "arrived": few(one.arrived), "left": few(one.left)}
            for one in figures.traffic
        ],
        "between_stages": [
            {"from": names.get(one.from_stage, ""), "to": names.get(one.to_stage, ""), "guests": few(one.guests)}
            for one in figures.ways
        ],
        "polls": [_poll(poll, hours) for poll in night.polls],
        "house": _house(figures.house),
        "set_lists": [_set_list(one, hours) for one in figures.set_lists],
    }


def _liked(track: LikedTrack) -> Plain:
    return {
        "artist": track.artist,
        "title": track.title,
        "plays": track.plays,
        "likes": round(track.likes, 2),
        "listener_minutes": round(track.listener_minutes, 1),
        "likes_for_100_listener_minutes": _interval(track.rate),
    }


def _interval(found: Interval) -> Plain:
    return {"middle": round(found.middle, 3), "low": round(found.low, 3), "high": round(found.high, 3)}


def _totals(totals: Totals, hours: Hours) -> Plain:
    peak = totals.peak
    return {
        "began": hours.stamp(totals.began_ms) or None,
        "ended": hours.stamp(totals.ended_ms) or None,
        "sets": totals.sets,
        "djs": totals.djs,
        "plays": totals.plays,
        "tracks": totals.tracks,
        "likes": totals.likes,
        "peak": {"phones": few(peak.phones), "at": hours.stamp(peak.at_ms) or None} if peak else None,
        "listener_hours": round(totals.listener_hours, 1),
        "likes_for_100_listener_minutes": None if totals.likes_rate is None else round(totals.likes_rate, 3),
    }


def _curve(figures: Figures, stage: str, hours: Hours) -> Sequence[Plain]:
    return [
        {
            "at": hours.stamp(point.at_ms),
            "phones": "<5" if 0 < point.guests < FEWEST else round(point.phones, 1),
            "guests": few(point.guests),
            "active": few(point.active),
        }
        for point in figures.curves.get(stage, ())
    ]


def _mean(mean: float | None) -> float | str | None:
    if mean is None:
        return None
    return "<5" if 0 < mean < FEWEST else round(mean, 2)


def _retention(found: Retention | None) -> Plain | None:
    if found is None:
        return None
    share = found.share
    is_told = share is not None and few(found.stayed) != "<5"
    return {
        "before": few(found.before),
        "stayed": few(found.stayed),
        "share": _interval(share) if share is not None and is_told else None,
    }


def _ratio(found: float | None) -> float | None:
    return None if found is None else round(found, 3)


def _set(one: SetFigures, hours: Hours) -> Plain:
    return {
        "id": one.set.id,
        "dj": one.set.dj_name,
        "stage": one.stage_name,
        "began": hours.stamp(one.set.began_ms) or None,
        "ended": hours.stamp(one.set.ended_ms) or None,
        "minutes": None if one.minutes is None else round(one.minutes, 1),
        "plays": one.plays,
        "active": _mean(one.active),
        "phones": _mean(one.guests),
        "usual_active": _mean(one.usual_active),
        "usual_phones": _mean(one.usual_guests),
        "against_usual": _ratio(one.against_usual),
        "usual_from": one.basis.value,
        "nights": one.nights,
        "retention": _retention(one.retention),
    }


def _dj(one: DjFigures) -> Plain:
    return {
        "dj": one.name,
        "sets": one.sets,
        "minutes": round(one.minutes, 1),
        "plays": one.plays,
        "against_usual": _ratio(one.against_usual),
        "retention": _retention(one.retention),
    }


def _feeling(found: Feeling) -> Plain:
    if found.is_few:
        return {"votes": "<5"}
    return {"votes": found.votes, "slower": found.slower, "perfect": found.perfect, "faster": found.faster}


def _tempo(grid: TempoGrid, hours: Hours) -> Plain:
    return {
        "total": _feeling(grid.total),
        "without_bpm": few(grid.without_bpm),
        "bands": [{"bpm": band, **_feeling(found)} for band, found in grid.by_band.items()],
        "cells": [
            {"at": hours.stamp(hour), "bpm": band, **_feeling(found)}
            for (band, hour), found in sorted(grid.cells.items(), key=lambda one: (one[0][1], one[0][0]))
        ],
    }


def _poll(poll: PollRecord, hours: Hours) -> Plain:
    total, counts = told_parts(poll.counts)
    if few(sum(poll.counts)) == "<5":
        counts = [None] * len(counts)
    return {
        "question": poll.question,
        "opened": hours.stamp(poll.opened_ms) or None,
        "votes": "<5" if total is None else total,
        "options": [
            {"text": text, "votes": "<5" if n is None else n} for text, n in zip(poll.options, counts, strict=False)
        ],
    }


def _house(found: HouseFigures | None) -> Plain | None:
    if found is None:
        return None
    return {
        "stages": [
            {
                "stage": one.stage_name,
                "plays": one.plays,
                "seconds": one.seconds,
                "likes": round(one.likes, 2),
                "not_for_me": one.dislikes,
            }
            for one in found.stages
        ],
        "tracks": [
            {
                "artist": one.artist,
                "title": one.title,
                "plays": one.plays,
                "likes": round(one.likes, 2),
                "not_for_me": one.dislikes,
            }
            for one in found.tracks
        ],
    }


def _set_list(one: SetList, hours: Hours) -> Plain:
    return {
        "set": one.set.id,
        "dj": one.set.dj_name,
        "stage": one.stage_name,
        "plays": [
            {
                "at": hours.stamp(line.play.began_ms) or None,
                "seconds": line.duration_s,
                "artist": line.play.artist,
                "title": line.play.title,
                "bpm": line.play.bpm,
                "key": line.play.key,
                "likes": round(line.likes, 2),
                "not_for_me": line.play.dislikes,
            }
            for line in one.heard
        ],
    }
