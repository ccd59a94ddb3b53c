"""Which known track a play is, as far as it can be told inside a transaction: by a file, or by what a DJ said.

Names that are only alike are looked for beside the store, because that takes a while.
"""

from dataclasses import replace

from appliance.domain.analysis import Analysis
from appliance.domain.events import PlayIdentified
from appliance.domain.identity import Identity, Reason, Verdict, refused, said_same, spoken
from appliance.domain.models import Play, Stamp
from appliance.ports import Transaction

#: another DJ's word, or another play's file, behind the same words
_ALMOST_SURE = 0.95


def sound_of(tx: Transaction, play_id: str) -> Analysis | None:
    """What is known of the track that a play is taken for, by the box's own ears if they heard that recording."""
    one = tx.identity(play_id)
    track = tx.library_track(one.track_id) if one is not None and one.is_applied and one.track_id else None
    if track is not None and track.group != track.id and tx.told_by(track.id) is not None:
        track = tx.library_track(track.group) or track
    return track.analysis if track else None


def recognise(tx: Transaction, play: Play, *, now: Stamp) -> None:
    """Notes what a play is when somebody said so before, and nobody looked yet."""
    if tx.identity(play.id) is not None:
        return
    session = tx.session(play.session_id)
    assert session is not None  # a play has its session by the schema
    found = _remembered(tx, play, dj_id=session.dj_id)
    if found is not None:
        note(tx, found, now=now)


def renamed(tx: Transaction, play: Play, *, now: Stamp) -> None:
    """Notes that a play is called otherwise now. Its file is the same one, whatever it is called."""
    one = tx.identity(play.id)
    if one is not None and one.reason in {Reason.FILE, Reason.HOUSE}:
        tx.put_identity(replace(one, said=spoken(play.track)))
        return
    tx.drop_identity(play.id)
    recognise(tx, play, now=now)


def note(tx: Transaction, found: Identity, *, now: Stamp, dj_id: str | None = None) -> None:
    """Keeps and journals what a play is taken for. `dj_id` is whose word it is, if it is one."""
    tx.put_identity(found)
    track = tx.library_track(found.track_id) if found.track_id else None
    tx.record(PlayIdentified(found, track, dj_id), at=now)


def _remembered(tx: Transaction, play: Play, *, dj_id: str) -> Identity | None:
    said = spoken(play.track)
    words = tx.name_words(said)
    same = said_same(words, dj_id=dj_id)
    if same is not None:
        own = same.dj_id == dj_id
        verdict = Verdict.CONFIRMED if own else Verdict.FOUND
        return Identity(play.id, said, same.track_id, 1.0 if own else _ALMOST_SURE, Reason.SAID, verdict)
    track_id = tx.file_behind(said)
    if track_id is None or track_id in refused(words, dj_id=dj_id):
        return None
    return Identity(play.id, said, track_id, _ALMOST_SURE, Reason.FILE_BEFORE, Verdict.FOUND)
