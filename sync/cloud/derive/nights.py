"""A night as records, from the tables: with true times, in the order in which things were, ends inferred.

What has no known hour keeps its place in the order and has no time.
"""

import json
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from appliance.errors import NotKnown
from sync.cloud.derive.placing import Boot, Key, Timeline
from sync.cloud.night.records import (
    HandoverRecord,
    LikeRecord,
    Night,
    PlayRecord,
    PollRecord,
    PresenceRecord,
    ReactionRecord,
    SetRecord,
    StageRecord,
    TempoVoteRecord,
)
from sync.cloud.store.ports import Row, Tx


@dataclass(frozen=True, slots=True)
class NightHead:
    """A night in a list."""

    box: str
    box_name: str
    event: str
    name: str
    #: grows with everything that becomes known of the night, or moves in time
    revision: int
    #: Unix time in milliseconds; None where nobody knows
    began_ms: int | None
    ended_ms: int | None
    sets: int
    plays: int
    likes: int
    #: most distinct guests that any stage had in five minutes; None where nobody was counted
    most_guests: int | None


async def nights(tx: Tx, org: str) -> list[NightHead]:
    """Every night of an organisation, the latest first. Raises: Unavailable."""
    return [
        NightHead(
            box=row["box_id"],
            box_name=row["box"] or "",
            event=row["event_id"],
            name=row["event"],
            revision=row["revision"],
            began_ms=row["began_ms"],
            ended_ms=row["ended_ms"],
            sets=row["sets"],
            plays=row["plays"],
            likes=row["likes"],
            most_guests=row["most_guests"],
        )
        for row in await tx.all("nights", org=org)
    ]


async def true_ms(tx: Tx, *, org: str, box: str, boot: str, boot_ms: int) -> int | None:
    """When something in a boot was, Unix time in milliseconds; None where nobody knows. Raises: Unavailable."""
    row = await tx.one("true_time", org=org, box=box, boot=boot)
    if row is None or row["utc_ms"] is None:
        return None
    return int(row["utc_ms"] + boot_ms - row["anchor_ms"])


async def load_night(tx: Tx, box_id: str, event_id: str) -> Night:
    """One event on one box, as far as it is derived.

    Raises: NotKnown with the code `night_unknown`; Unavailable.
    """
    event = await tx.one("night_event", box=box_id, event=event_id)
    if event is None:
        raise NotKnown("night_unknown", "There is no such night.", advice="Choose one from the list of nights.")
    whose = {"org": event["org_id"], "box": box_id}
    night = {**whose, "event": event_id}
    boots = await tx.all("night_boots", **whose)
    parts = ("sets", "plays", "likes", "presence", "handovers", "tempo_votes", "reactions", "polls", "poll_votes")
    players = await tx.all("night_house_players", **whose)
    rows = {name: await tx.all(f"night_{name}", **night) for name in parts}
    stages = [StageRecord(row["id"], row["name"]) for row in await tx.all("night_stages", **night)]
    told = _Telling(_timeline(boots), rows).night(box=box_id, event=event_id, name=event["name"], stages=stages)
    return replace(told, house=frozenset(row["dj_id"] for row in players))


def _timeline(boots: Iterable[Row]) -> Timeline:
    return Timeline(
        Boot(
            id=row["boot"],
            first_place=row["first_place"],
            first_ms=row["first_ms"],
            last_ms=row["last_ms"],
            anchor_ms=row["anchor_ms"],
            utc_ms=row["utc_ms"],
            error_ms=row["error_ms"],
        )
        for row in boots
    )


@dataclass(frozen=True, slots=True)
class _Moment:
    """Where something is in the order, and when it was."""

    key: Key
    ms: int | None


class _Telling:
    """One night being put in order."""

    def __init__(self, timeline: Timeline, rows: Mapping[str, Sequence[Row]]) -> None:
        self._timeline = timeline
        self._rows = rows
        ordered = ("plays", "likes", "presence", "tempo_votes", "reactions", "polls")
        self._parts = {name: self._in_order(rows[name]) for name in ordered}
        self._plays = self._parts["plays"]
        self._sets = self._sets_in_order()
        every = [*self._parts.values(), self._sets]
        self._keys = sorted(moment.key for part in every for moment, _ in part)

    def night(self, *, box: str, event: str, name: str, stages: Sequence[StageRecord]) -> Night:
        """The whole."""
        timed = ("sets", "plays", "presence", "likes")
        unknown, error_ms = self._timeline.among(row["boot"] for part in timed for row in self._rows[part])
        ends = {row["id"]: self._set_end(moment, row) for moment, row in self._sets}
        return Night(
            box=box,
            event=event,
            name=name,
            stages=stages,
            sets=self._set_records(ends),
            plays=self._play_records(ends),
            likes=[
                LikeRecord(row["play_id"], row["guest_id"], self._order(moment), moment.ms)
                for moment, row in self._parts["likes"]
            ],
            presence=self._presence_records(),
            handovers=[_handover(row) for row in self._rows["handovers"]],
            tempo_votes=[
                TempoVoteRecord(row["play_id"], row["guest_id"], row["vote"], self._order(moment), moment.ms)
                for moment, row in self._parts["tempo_votes"]
            ],
            reactions=self._reaction_records(),
            polls=self._poll_records(),
            unknown_boots=unknown,
            error_ms=error_ms,
        )

    def _at(self, boot: str, boot_ms: int, *, place: int) -> _Moment:
        return _Moment(self._timeline.key(boot, boot_ms, place=place), self._timeline.utc(boot, boot_ms))

    def _moment(self, row: Row) -> _Moment:
        return self._at(row["boot"], row["boot_ms"], place=row["place"])

    def _in_order(self, rows: Sequence[Row]) -> list[tuple[_Moment, Row]]:
        return sorted(((self._moment(row), row) for row in rows), key=lambda one: one[0].key)

    def _order(self, moment: _Moment) -> int:
        return bisect_left(self._keys, moment.key)

    def _sets_in_order(self) -> list[tuple[_Moment, Row]]:
        """Sets from when each truly began: one that was told of late began with its first play."""
        first: dict[str, _Moment] = {}
        for moment, row in self._plays:
            first.setdefault(row["session_id"], moment)
        began = []
        for row in self._rows["sets"]:
            moments = [self._moment(row), first.get(row["id"], self._moment(row))]
            began.append((min(moments, key=lambda moment: moment.key), row))
        return sorted(began, key=lambda one: one[0].key)

    def _set_end(self, began: _Moment, row: Row) -> _Moment | None:
        """When a set was over: as told, and no later than the next began on its stage; else when its boot was over."""
        following = (
            moment for moment, other in self._sets if other["stage_id"] == row["stage_id"] and moment.key > began.key
        )
        known = [next(following, None)]
        if row["ended_place"] is not None and row["ended_place"] > row["again_place"]:
            known.append(self._at(row["ended_boot"], row["ended_ms"], place=row["ended_place"]))
        else:
            boots = [one["boot"] for _, one in self._plays if one["session_id"] == row["id"]] or [row["boot"]]
            over = self._timeline.end_of(boots[-1])
            known.append(self._at(boots[-1], over, place=row["place"]) if over is not None else None)
        return min((one for one in known if one is not None), key=lambda moment: moment.key, default=None)

    def _set_records(self, ends: Mapping[str, _Moment | None]) -> list[SetRecord]:
        return [
            SetRecord(
                id=row["id"],
                stage=row["stage_id"],
                dj=row["dj_id"],
                dj_name=row["dj_name"],
                order=self._order(began),
                began_ms=began.ms,
                ended_ms=_not_before(began, ends[row["id"]]),
            )
            for began, row in self._sets
        ]

    def _play_records(self, ends: Mapping[str, _Moment | None]) -> list[PlayRecord]:
        records = []
        following: dict[str, _Moment] = {}
        for began, row in reversed(self._plays):
            candidates = [following.get(row["stage_id"]), ends.get(row["session_id"]), self._stopped(row)]
            known = [one for one in candidates if one is not None and one.key > began.key]
            end = min(known, key=lambda moment: moment.key, default=None)
            following[row["stage_id"]] = began
            records.append(
                PlayRecord(
                    id=row["id"],
                    session=row["session_id"],
                    stage=row["stage_id"],
                    artist=row["artist"],
                    title=row["title"],
                    order=self._order(began),
                    began_ms=began.ms,
                    ended_ms=_not_before(began, end),
                    bpm=row["bpm"],
                    key=row["key"],
                    dislikes=row["dislikes"] or 0,
                )
            )
        return records[::-1]

    def _stopped(self, row: Row) -> _Moment | None:
        if row["stopped_boot"] is None:
            return None
        return self._at(row["stopped_boot"], row["stopped_ms"], place=row["place"])

    def _presence_records(self) -> list[PresenceRecord]:
        return [
            PresenceRecord(
                stage=row["stage_id"],
                at_ms=moment.ms,
                span_ms=row["span_ms"],
                order=self._order(moment),
                minutes=_json(row["minutes"]),
                guests=row["guests"],
                active=row["active"],
                arrived=row["arrived"],
                left=row["gone"],
                came_from=_json(row["came_from"]),
            )
            for moment, row in self._parts["presence"]
        ]

    def _reaction_records(self) -> list[ReactionRecord]:
        return [
            ReactionRecord(row["stage_id"], row["play_id"], row["kind"], row["n"], self._order(moment), moment.ms)
            for moment, row in self._parts["reactions"]
        ]

    def _poll_records(self) -> list[PollRecord]:
        votes = {(row["poll_id"], row["choice"]): row["n"] for row in self._rows["poll_votes"]}
        records = []
        for moment, row in self._parts["polls"]:
            options = _json(row["options"])
            counted = [votes.get((row["id"], choice), 0) for choice in range(len(options))]
            closed = None if row["closed_boot"] is None else self._timeline.utc(row["closed_boot"], row["closed_ms"])
            counts = _json(row["counts"]) if row["counts"] is not None else counted
            if not counts:  # whoever asked has taken it back
                continue
            records.append(PollRecord(row["id"], row["stage_id"], row["question"], options, counts, moment.ms, closed))
        return records


def _handover(row: Row) -> HandoverRecord:
    return HandoverRecord(
        stage=row["stage_id"],
        from_session=row["from_session"],
        to_session=row["to_session"],
        before=row["guests"],
        stayed=row["stayed"],
    )


def _not_before(began: _Moment, ended: _Moment | None) -> int | None:
    """The time of an end; None where it is unknown, or where two clocks contradict each other."""
    if ended is None or ended.ms is None or (began.ms is not None and ended.ms < began.ms):
        return None
    return ended.ms


def _json(text: str) -> Any:
    return json.loads(text)
