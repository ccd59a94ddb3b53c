"""What a page of entries changes, collected by table: one row for each thing, the latest word last. Pure.

Every row carries its place in the box's history, and whoever writes it keeps the later place, so that a page that
comes twice, or the same events under another epoch, change nothing.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from sync.cloud.derive import anchors
from sync.cloud.derive import reading as said

#: places of one history stand apart from the next one's by this
HISTORY = 1 << 40

#: the columns of each table's rows as they are collected; the statement of the same name writes them
COLUMNS: dict[str, tuple[str, ...]] = {
    "derive_boots": ("boot", "first_place", "first_ms", "last_ms"),
    "derive_anchors": ("boot", "source", "boot_ms", "utc_ms", "error_ms", "place"),
    "derive_events": ("id", "name", "place"),
    "derive_stages": ("event_id", "id", "name", "place"),
    "derive_sets": ("id", "event_id", "stage_id", "dj_id", "dj_name", "place", "again_place", "boot", "boot_ms"),
    "derive_set_ends": ("id", "place", "boot", "boot_ms", "reason"),
    "derive_plays": (
        *("id", "event_id", "stage_id", "session_id", "artist", "title", "bpm", "key"),
        *("source", "confidence", "place", "boot", "boot_ms", "age_ms"),
    ),
    "derive_tracks": ("id", "artist", "title", "bpm", "key", "place"),
    "derive_stops": ("id", "place", "boot", "boot_ms"),
    "derive_retractions": ("id", "place"),
    "derive_likes": ("play_id", "guest_id", "stands", "place", "boot", "boot_ms"),
    "derive_dislikes": ("id", "dislikes", "place"),
    "derive_house_players": ("id", "dj_id", "name", "place"),
    "derive_presence": (
        *("event_id", "stage_id", "boot", "boot_ms", "place", "span_ms", "minutes", "guests", "active"),
        *("arrived", "gone", "came_from"),
    ),
    "derive_handovers": ("stage_id", "from_session", "to_session", "guests", "stayed", "place", "boot", "boot_ms"),
    "derive_tempo_votes": ("play_id", "guest_id", "vote", "place", "boot", "boot_ms"),
    "derive_reactions": ("event_id", "stage_id", "play_id", "guest_id", "kind", "n", "place", "boot", "boot_ms"),
    "derive_polls": ("id", "event_id", "stage_id", "question", "options", "place", "boot", "boot_ms"),
    "derive_poll_votes": ("poll_id", "guest_id", "choice", "place"),
    "derive_poll_ends": ("id", "counts", "place", "boot", "boot_ms"),
    "derive_skipped": ("kind", "code", "n"),
}


@dataclass(frozen=True, slots=True)
class Raw:
    """One entry as the database has it, with its place in the box's whole history."""

    place: int
    kind: str
    v: int
    boot: str
    boot_ms: int
    #: JSON
    body: str


class Changes:
    """The rows of one page. Feed it with `add` in the order of places."""

    def __init__(self, stages: Mapping[str, str]) -> None:
        """`stages` says which event a stage belongs to, as far as that is known before this page."""
        self.rows: dict[str, dict[Any, tuple[Any, ...]]] = {name: {} for name in COLUMNS}
        #: guests who want to be forgotten
        self.forgotten: dict[str, int] = {}
        self.heard_again: set[str] = set()
        #: events, and plays, that something new is known of
        self.events: set[str] = set()
        self.plays: set[str] = set()
        #: stages that were opened in this page, and their events
        self.opened: dict[str, str] = {}
        #: polls, likewise
        self.polls: set[str] = set()
        self._stages = dict(stages)
        self._take: dict[type[msgspec.Struct], Callable[[Raw, Any], None]] = {
            said.EventOpened: self._event_opened,
            said.StageOpened: self._stage_opened,
            said.SetStarted: self._set_started,
            said.SetEnded: self._set_ended,
            said.PlayAnnounced: self._play_announced,
            said.PlayEnriched: self._play_enriched,
            said.PlayRetracted: self._play_retracted,
            said.PlayStopped: self._play_stopped,
            said.LikeGiven: self._liked,
            said.LikeRemoved: self._liked,
            said.DislikesCounted: self._disliked,
            said.PlayerChanged: self._player,
            said.ClockSet: self._clock_set,
            said.TimeAnchored: self._time_anchored,
            said.PresenceCounted: self._presence,
            said.HandoverMeasured: self._handover,
            said.TempoVoted: self._tempo_voted,
            said.ReactionSent: self._reaction,
            said.PollOpened: self._poll_opened,
            said.PollVoted: self._poll_voted,
            said.PollClosed: self._poll_closed,
            said.GuestForgotten: self._forgotten,
        }

    def add(self, raw: Raw) -> None:
        """One more entry."""
        if abs(raw.boot_ms) > said.BOOT_MS_MOST:
            self.skip(raw.kind, "time_impossible")
            return
        self._boot(raw)
        body = said.read_body(raw.kind, raw.v, raw.body)
        if isinstance(body, str):
            self.skip(raw.kind, body)
        elif body is not None:
            self._take[type(body)](raw, body)

    def skip(self, kind: str, code: str) -> None:
        """Counts an entry that can't be used."""
        kind = kind[:100]
        before = self.rows["derive_skipped"].get((kind, code))
        self.rows["derive_skipped"][kind, code] = (kind, code, before[2] + 1 if before else 1)

    def columns(self, table: str) -> dict[str, list[Any]]:
        """A table's rows as columns."""
        return dict(zip(COLUMNS[table], map(list, zip(*self.rows[table].values(), strict=True)), strict=True))

    def forget(self, guests: Mapping[str, int]) -> None:
        """Takes out what these guests said; `heard_again` tells who of them said something here."""
        for table, column in _OF_GUESTS.items():
            rows = self.rows[table]
            self.heard_again |= {row[column] for row in rows.values()} & guests.keys()
            self.rows[table] = {key: row for key, row in rows.items() if row[column] not in guests}

    def boots(self) -> list[str]:
        """The boots that this page is about, anchored ones included."""
        told = {row[0] for row in self.rows["derive_anchors"].values()}
        return sorted(told | self.rows["derive_boots"].keys())

    def _boot(self, raw: Raw) -> None:
        known = self.rows["derive_boots"].get(raw.boot)
        if known is None:
            row = (raw.boot, raw.place, raw.boot_ms, raw.boot_ms)
        else:
            _, first, low, high = known
            row = (raw.boot, first, min(low, raw.boot_ms), max(high, raw.boot_ms))
        self.rows["derive_boots"][raw.boot] = row

    def _event_of(self, stage: str) -> str | None:
        event = self._stages.get(stage)
        if event is not None:
            self.events.add(event)
        return event

    def _event_opened(self, raw: Raw, body: said.EventOpened) -> None:
        self.rows["derive_events"][body.event] = (body.event, body.name, raw.place)
        self.events.add(body.event)

    def _stage_opened(self, raw: Raw, body: said.StageOpened) -> None:
        self.rows["derive_events"].setdefault(body.event, (body.event, "", raw.place))
        self.rows["derive_stages"][body.event, body.stage] = (body.event, body.stage, body.name, raw.place)
        self._stages[body.stage] = self.opened[body.stage] = body.event
        self.events.add(body.event)

    def _set_started(self, raw: Raw, body: said.SetStarted) -> None:
        rows = self.rows["derive_sets"]
        row = rows.get(body.session)
        if row is None:
            head = (body.session, self._event_of(body.stage), body.stage, body.dj, body.dj_name)
            row = (*head, raw.place, raw.place, raw.boot, raw.boot_ms)
        rows[body.session] = (*row[:6], raw.place, *row[7:])

    def _set_ended(self, raw: Raw, body: said.SetEnded) -> None:
        self.rows["derive_set_ends"][body.session] = (body.session, raw.place, raw.boot, raw.boot_ms, body.reason)

    def _play_announced(self, raw: Raw, body: said.PlayAnnounced) -> None:
        rows = self.rows["derive_plays"]
        self.plays.add(body.play)
        if body.play in rows:
            self._play_enriched(raw, body)
            return
        track = (body.artist, body.title, body.bpm, body.key, body.source, body.confidence)
        began = (raw.place, raw.boot, raw.boot_ms - body.age_ms, body.age_ms)
        rows[body.play] = (body.play, self._event_of(body.stage), body.stage, body.session, *track, *began)

    def _play_enriched(self, raw: Raw, body: said.PlayEnriched | said.PlayAnnounced) -> None:
        row = (body.play, body.artist, body.title, body.bpm, body.key, raw.place)
        self.rows["derive_tracks"][body.play] = row
        self.plays.add(body.play)

    def _play_retracted(self, raw: Raw, body: said.PlayRetracted) -> None:
        self.rows["derive_retractions"].setdefault(body.play, (body.play, raw.place))
        self.plays.add(body.play)

    def _play_stopped(self, raw: Raw, body: said.PlayStopped) -> None:
        self.rows["derive_stops"][body.play] = (body.play, raw.place, raw.boot, raw.boot_ms)
        self.plays.add(body.play)

    def _liked(self, raw: Raw, body: said.LikeGiven | said.LikeRemoved) -> None:
        row = (body.play, body.guest, isinstance(body, said.LikeGiven), raw.place, raw.boot, raw.boot_ms)
        self.rows["derive_likes"][body.play, body.guest] = row
        self.plays.add(body.play)

    def _disliked(self, raw: Raw, body: said.DislikesCounted) -> None:
        self.rows["derive_dislikes"][body.play] = (body.play, body.dislikes, raw.place)
        self.plays.add(body.play)

    def _player(self, raw: Raw, body: said.PlayerChanged) -> None:
        self.rows["derive_house_players"][body.player] = (body.player, body.dj, body.name, raw.place)

    def _clock_set(self, raw: Raw, body: said.ClockSet) -> None:
        self._anchor(raw, body, error_ms=anchors.staff_error_ms(body.wall_ms))

    def _time_anchored(self, raw: Raw, body: said.TimeAnchored) -> None:
        self._anchor(raw, body, error_ms=body.error_ms)

    def _anchor(self, raw: Raw, body: said.ClockSet | said.TimeAnchored, *, error_ms: int) -> None:
        if not anchors.is_possible(body.wall_ms):
            self.skip(raw.kind, "time_impossible")
            return
        row = (body.boot, body.source, body.boot_ms, body.wall_ms, error_ms, raw.place)
        self.rows["derive_anchors"][body.boot, body.source, body.boot_ms] = row

    def _presence(self, raw: Raw, body: said.PresenceCounted) -> None:
        numbers = (body.guests, body.active, body.arrived, body.left, json.dumps(body.came_from))
        head = (body.event, body.stage, raw.boot, raw.boot_ms, raw.place, body.span_ms, json.dumps(body.minutes))
        self.rows["derive_presence"].setdefault((body.stage, raw.boot, raw.boot_ms), (*head, *numbers))
        self.events.add(body.event)

    def _handover(self, raw: Raw, body: said.HandoverMeasured) -> None:
        head = (body.stage, body.from_session, body.to_session, body.before, body.stayed)
        row = (*head, raw.place, raw.boot, raw.boot_ms)
        self.rows["derive_handovers"].setdefault(body.to_session, row)
        self._event_of(body.stage)

    def _tempo_voted(self, raw: Raw, body: said.TempoVoted) -> None:
        row = (body.play, body.guest, body.vote, raw.place, raw.boot, raw.boot_ms)
        self.rows["derive_tempo_votes"][body.play, body.guest] = row
        self.plays.add(body.play)

    def _reaction(self, raw: Raw, body: said.ReactionSent) -> None:
        head = (self._event_of(body.stage), body.stage, body.play, body.guest, body.kind, body.n)
        key = (raw.boot, raw.boot_ms, body.stage, body.guest, body.kind)
        self.rows["derive_reactions"].setdefault(key, (*head, raw.place, raw.boot, raw.boot_ms))

    def _poll_opened(self, raw: Raw, body: said.PollOpened) -> None:
        head = (body.poll, self._event_of(body.stage), body.stage, body.question, json.dumps(body.options))
        self.rows["derive_polls"].setdefault(body.poll, (*head, raw.place, raw.boot, raw.boot_ms))

    def _poll_voted(self, raw: Raw, body: said.PollVoted) -> None:
        row = (body.poll, body.guest, body.option, raw.place)
        self.rows["derive_poll_votes"][body.poll, body.guest] = row
        self.polls.add(body.poll)

    def _poll_closed(self, raw: Raw, body: said.PollClosed) -> None:
        row = (body.poll, json.dumps(body.counts), raw.place, raw.boot, raw.boot_ms)
        self.rows["derive_poll_ends"][body.poll] = row
        self.polls.add(body.poll)

    def _forgotten(self, raw: Raw, body: said.GuestForgotten) -> None:
        self.forgotten[body.guest] = raw.place


_OF_GUESTS = {"derive_likes": 1, "derive_tempo_votes": 1, "derive_reactions": 3, "derive_poll_votes": 1}
