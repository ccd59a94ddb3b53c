"""What a DJ's link tells: entries of its history become sets and plays, in the transaction that moves its cursor.

So an acknowledgement means that the plays are stored, and a repeated batch changes nothing. An entry that can't be
used is kept aside by name and stops nothing behind it. A play that comes hours late is history and never "now".
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from appliance.domain import handover, rules, timekeeping
from appliance.domain.events import (
    Origin,
    PlayAnnounced,
    PlayEnriched,
    PlayRetracted,
)
from appliance.domain.models import Dj, Doors, EndReason, Phase, Play, Session, Stamp, TrackInfo
from appliance.domain.origins import FactOrigin, outranks
from appliance.errors import BoxError, NotKnown, Refused
from appliance.ports import LinkCursor, Ports, Transaction
from appliance.usecases import anchors, library, lineup, recognising, sessions, told_tracks
from appliance.usecases.schedule import songs_left
from appliance.usecases.sessions import Entrance
from appliance.usecases.stages import known_stage
from appliance.usecases.told_tracks import Sounds
from sync.journal.batches import Batch
from sync.journal.entries import BadLine, Entry, Position, beginning
from sync.journal.receiving import Decision, Take, decide


@dataclass(frozen=True, slots=True)
class SetOver:
    """The DJ's set is over."""

    set_id: str


@dataclass(frozen=True, slots=True)
class Heard:
    """A track was heard."""

    set_id: str
    play_id: str
    track: TrackInfo
    origin: Origin
    #: how long ago it began, milliseconds
    age_ms: int
    #: where; None means the only stage there is
    stage_id: str | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """More is known of a play. What is None stays as it was."""

    play_id: str
    artist: str | None = None
    title: str | None = None
    bpm: float | None = None
    key: str | None = None
    bpm_origin: FactOrigin = FactOrigin.SOURCE
    key_origin: FactOrigin = FactOrigin.SOURCE
    #: artist and title as the DJ's program says them
    raw_artist: str | None = None
    raw_title: str | None = None


@dataclass(frozen=True, slots=True)
class TakenBack:
    """The DJ takes a play back."""

    play_id: str


@dataclass(frozen=True, slots=True)
class Other:
    """A kind that this version does not know: nothing to do, and no fault."""


Told = SetOver | Heard | Known | TakenBack | Sounds | Other

#: why a set may not begin although its plays were heard: they are kept, and nobody sees them
_NOT_SHOWN = frozenset({"stage_taken", "stage_closed", "event_over", "event_draft"})

#: how an entry is read. Raises: Invalid
Read = Callable[[Entry], Told]


@dataclass(frozen=True, slots=True)
class Aside:
    """An entry that was received and could not be used."""

    seq: int
    #: stable, for programs
    code: str


@dataclass(frozen=True, slots=True)
class Taken:
    """The outcome of a batch."""

    decision: Decision
    aside: Sequence[Aside] = ()

    @property
    def cursor(self) -> Position:
        """How far everything is durable."""
        return self.decision.cursor


async def take(ports: Ports, *, dj: Dj, batch: Batch, read: Read) -> Taken:
    """Takes what is new in a batch of a DJ's link. Durable when it returns."""
    now = ports.clock.now()
    source, epoch = batch.header.source, batch.header.epoch

    def change(tx: Transaction) -> Taken:
        sent = batch.header.sent
        if hint := timekeeping.laptop_hint(sent.wall_ms, trust=sent.trust, now=now):
            anchors.hear(tx, hint, who=f"dj {dj.id}", now=now)
        kept = tx.link_cursor(dj.id, source=source, epoch=epoch)
        cursor = Position(kept.seq, kept.chain) if kept else beginning(source=source, epoch=epoch)
        decision = decide(batch, cursor=cursor)
        if not isinstance(decision, Take) or decision.cursor == cursor:
            return Taken(decision)

        def apply(entry: Entry | BadLine) -> Aside | None:
            return _apply(tx, entry, dj=dj, read=read, now=now, new_id=ports.new_id)

        aside = [found for entry in decision.new if (found := apply(entry))]
        moved = LinkCursor(decision.cursor.seq, decision.cursor.chain)
        tx.set_link_cursor(dj.id, source=source, epoch=epoch, cursor=moved)
        return Taken(decision, aside)

    return await ports.store.write(change)


async def note_alive(ports: Ports, *, dj: Dj) -> None:
    """A DJ's link is connected and has nothing to tell: a sign of life while what it told last may still be on."""
    now = ports.clock.now()

    def change(tx: Transaction) -> None:
        for session in tx.active_sessions_of(dj.id):
            current = tx.play(session.current_play_id) if session.current_play_id else None
            if handover.link_speaks(current, now):
                sessions.hear_of(tx, session, at=now)

    await ports.store.write(change)


def _apply(
    tx: Transaction, entry: Entry | BadLine, *, dj: Dj, read: Read, now: Stamp, new_id: Callable[[], str]
) -> Aside | None:
    if isinstance(entry, BadLine):
        return Aside(entry.seq, entry.code)
    try:
        match read(entry):
            case Heard() as heard:
                _hear(tx, heard, dj=dj, now=now)
            case Known() as known:
                _enrich(tx, known, dj=dj, now=now)
            case TakenBack(play_id=play_id):
                _retract(tx, play_id, dj=dj, now=now)
            case Sounds() as told:
                play = _known_play(tx, told.play_id)
                _own_play(tx, play, dj=dj)
                told_tracks.take(tx, told, play, dj=dj, now=now, new_id=new_id)
            case SetOver(set_id=set_id):
                _end(tx, set_id, dj=dj, now=now)
            case Other():
                pass
    except BoxError as error:
        return Aside(entry.seq, error.code)
    return None


def _hear(tx: Transaction, heard: Heard, *, dj: Dj, now: Stamp) -> None:
    track = rules.clean_track(rules.without_unusable_tempo(heard.track), artist_needed=False)
    play_id = rules.checked_play_id(heard.play_id)
    known = tx.play(play_id)
    if known is not None:
        _own_play(tx, known, dj=dj)
        return
    session = _session_for(tx, heard, dj=dj, now=now)
    play = Play(play_id, session.id, session.stage_id, track, heard=now, age_ms=heard.age_ms)
    shown = tx.play(session.current_play_id) if session.current_play_id else None
    current = session.ended is None and not rules.is_late(age_ms=play.age_ms, now=now, current=shown)
    tx.add_play(play)
    if current:
        sessions.hear_of(tx, session, at=now)
        tx.set_current(session.id, play.id)
    tx.record(PlayAnnounced(play, current, heard.origin), at=now)
    if current:
        songs_left.track_began(tx, play, at=now)
    library.complete(tx, play, now=now)


def _session_for(tx: Transaction, heard: Heard, *, dj: Dj, now: Stamp) -> Session:
    """The set that a play belongs to: known, or running on the stage, or begun now, or told of when it is over."""
    set_id = rules.checked_play_id(heard.set_id)
    known = tx.session(set_id)
    fresh = heard.age_ms <= rules.LATE_AFTER_MS
    if known is not None and not (fresh and known.ended is EndReason.LATE):
        return rules.owned(known, dj_id=dj.id)
    if known is not None:
        rules.owned(known, dj_id=dj.id)
    stage = known_stage(tx, known.stage_id if known else heard.stage_id or _only_stage(tx))
    if fresh:
        try:
            return sessions.enter(tx, stage, Entrance(dj=dj, now=now, session_id=set_id)).session
        except Refused as error:
            if error.code not in _NOT_SHOWN:
                raise
    # Somebody else is on, the stage is closed, or it is long ago: it was played, and nobody saw it.
    if known is not None:
        return known
    event = tx.event_of_stage(stage.id)
    assert event is not None  # a stage belongs to an event
    lineup.check_assigned(tx, event, dj)
    session = Session(set_id, stage.id, dj.id, dj.name, started=now, seen=now, ended=EndReason.LATE)
    sessions.begin(tx, session, at=now)
    return session


def _only_stage(tx: Transaction) -> str:
    live = [event.id for event in tx.events() if event.phase is Phase.PUBLISHED]
    found = [stage.id for event_id in live for stage in tx.stages_of(event_id) if stage.doors is not Doors.CLOSED]
    if len(found) != 1:
        raise Refused("stage_ambiguous", "There are several stages here.", advice="Choose one in the link.")
    return found[0]


def _own_play(tx: Transaction, play: Play, *, dj: Dj) -> Session:
    session = tx.session(play.session_id)
    assert session is not None  # a play has its session by the schema
    return rules.owned(session, dj_id=dj.id)


def _known_play(tx: Transaction, play_id: str) -> Play:
    play = tx.play(play_id)
    if play is None:
        raise NotKnown("play_unknown", "The box does not know this play.")
    return play


def _enrich(tx: Transaction, known: Known, *, dj: Dj, now: Stamp) -> None:
    play = _known_play(tx, known.play_id)
    _own_play(tx, play, dj=dj)
    # A new value that can't be used is the entry's fault; what is known already was looked at before.
    track = rules.clean_track(_with(play.track, known), artist_needed=False)
    if (track.artist, track.title) != (play.track.artist, play.track.title):
        # It is another track than the one that the box knew something of.
        track = library.without_library(track)
        recognising.renamed(tx, replace(play, track=track), now=now)
    track = library.filled(tx, track, play_id=play.id)
    if track != play.track:
        tx.set_track(play.id, track)
        tx.record(PlayEnriched(replace(play, track=track), known.raw_artist, known.raw_title), at=now)


def _with(track: TrackInfo, known: Known) -> TrackInfo:
    """The track with what is known now. A tempo or key gives way only to a word that counts as much or more."""
    words = {name: value for name in ("artist", "title") if (value := getattr(known, name)) is not None}
    track = replace(track, **words)
    if known.bpm is not None and (track.bpm is None or outranks(known.bpm_origin, track.bpm_origin)):
        track = replace(track, bpm=known.bpm, bpm_origin=known.bpm_origin)
    if known.key is not None and (track.key is None or outranks(known.key_origin, track.key_origin)):
        track = replace(track, key=known.key, key_origin=known.key_origin)
    return track


def _retract(tx: Transaction, play_id: str, *, dj: Dj, now: Stamp) -> None:
    play = _known_play(tx, play_id)
    session = _own_play(tx, play, dj=dj)
    if not tx.retract_play(play.id):
        return
    # A set that took the stage over may still show what the one before has played.
    for running in (session, tx.active_session(play.stage_id)):
        if running is not None and running.current_play_id == play.id:
            tx.set_current(running.id, None)
    tx.record(PlayRetracted(play), at=now)
    songs_left.track_taken_back(tx, play, at=now)


def _end(tx: Transaction, set_id: str, *, dj: Dj, now: Stamp) -> None:
    session = sessions.own_session(tx, set_id, dj=dj)
    if session.ended is None:
        sessions.end(tx, session, reason=EndReason.ENDED, at=now)
