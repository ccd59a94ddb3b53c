"""What is heard: announce a play, stop it."""

from dataclasses import dataclass

from appliance.domain import rules
from appliance.domain.events import PlayAnnounced, PlayStopped
from appliance.domain.models import Dj, Play, Session, Stamp, TrackInfo
from appliance.errors import Refused
from appliance.ports import HeardBefore, Ports, Transaction
from appliance.usecases import library
from appliance.usecases.schedule import repeats, songs_left
from appliance.usecases.sessions import hear_of, meant_session


@dataclass(frozen=True, slots=True)
class ToldPlay:
    """A DJ says what is heard. Which session is meant follows `sessions.meant_session`."""

    track: TrackInfo
    #: the sender's own id for this play; without one, every call is a new play
    play_id: str | None = None
    #: how long ago it began, milliseconds
    age_ms: int = 0
    session_id: str | None = None
    stage_id: str | None = None


@dataclass(frozen=True, slots=True)
class Announced:
    """What became of it."""

    play: Play
    #: whether it is what dancers see now
    current: bool
    #: whether the box had this play already
    duplicate: bool
    #: the earlier play at this event that it repeats; None when it is the first of its track
    before: HeardBefore | None = None


def _known_play(tx: Transaction, play_id: str, *, session: Session, now: Stamp) -> Announced | None:
    play = tx.play(play_id)
    if play is None:
        return None
    if play.session_id != session.id:
        raise Refused("play_id_taken", "This play id belongs to another session.", advice="Use a new id for each play.")
    before = repeats.found(tx, play, now=now)
    return Announced(play=play, current=session.current_play_id == play.id, duplicate=True, before=before)


def add(tx: Transaction, session: Session, play: Play, *, now: Stamp) -> bool:
    """Keeps a new play of a running set inside a transaction, and shows it unless it is late; whether it is shown."""
    shown = tx.play(session.current_play_id) if session.current_play_id else None
    current = not rules.is_late(age_ms=play.age_ms, now=now, current=shown)
    tx.add_play(play)
    hear_of(tx, session, at=now)
    if current:
        tx.set_current(session.id, play.id)
    tx.record(PlayAnnounced(play, current), at=now)
    if current:
        songs_left.track_began(tx, play, at=now)
    return current


async def announce_play(ports: Ports, *, dj: Dj, told: ToldPlay) -> Announced:
    """Stores a play, shows it unless it is late, and tells everyone. The same id again is the same play.

    Raises: Invalid for the track or the id; as `meant_session`; Refused with the code `session_over` or
    `play_id_taken`.
    """
    now = ports.clock.now()
    track = rules.clean_track(told.track)
    play_id = rules.checked_play_id(told.play_id) if told.play_id is not None else ports.new_id()

    def change(tx: Transaction) -> Announced:
        session = meant_session(tx, dj=dj, session_id=told.session_id, stage_id=told.stage_id)
        known = _known_play(tx, play_id, session=session, now=now)
        if known is not None:
            return known
        rules.running(session)
        play = Play(
            id=play_id,
            session_id=session.id,
            stage_id=session.stage_id,
            track=track,
            heard=now,
            age_ms=told.age_ms,
        )
        current = add(tx, session, play, now=now)
        before = repeats.found(tx, play, now=now)
        return Announced(play=library.complete(tx, play, now=now), current=current, duplicate=False, before=before)

    return await ports.store.write(change)


async def stop_play(ports: Ports, *, dj: Dj, session_id: str | None = None, stage_id: str | None = None) -> Session:
    """Takes the current track off. With nothing on, nothing changes.

    Raises: as `meant_session`; Refused with the code `session_over`.
    """
    now = ports.clock.now()

    def change(tx: Transaction) -> Session:
        session = rules.running(meant_session(tx, dj=dj, session_id=session_id, stage_id=stage_id))
        hear_of(tx, session, at=now)
        play = tx.play(session.current_play_id) if session.current_play_id else None
        if play is not None:
            tx.set_current(session.id, None)
            tx.record(PlayStopped(play), at=now)
        return session

    return await ports.store.write(change)
