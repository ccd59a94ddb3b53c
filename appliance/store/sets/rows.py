"""Between rows and models of sets: the one place that knows both their column names and field names."""

import sqlite3

from appliance.domain.models import EndReason, Play, Session, TrackInfo
from appliance.domain.origins import origin_in
from appliance.domain.rules import SCORES, identity_key
from appliance.domain.voices import TempoTally
from appliance.store.stamps import stamp, stamp_parameters
from appliance.store.statements import Parameters


def session(row: sqlite3.Row) -> Session:
    return Session(
        id=row["id"],
        stage_id=row["stage_id"],
        dj_id=row["dj_id"],
        dj_name=row["dj_name"],
        started=stamp(row, "started"),
        seen=stamp(row, "seen"),
        current_play_id=row["current_play_id"],
        ended=EndReason(row["ended"]) if row["ended"] else None,
        ended_at=stamp(row, "ended") if row["ended_boot"] else None,
        away=bool(row["away"]),
        lock=row["lock_id"],
    )


def end_parameters(session: Session) -> Parameters:
    """When and why a session is over, if it is: one that is told of afterwards was over when it was last heard of."""
    if session.ended is None:
        return dict.fromkeys(("ended", "ended_boot", "ended_boot_ms", "ended_wall_ms", "ended_trust"))
    at = session.seen
    ended: Parameters = {"ended": session.ended.value, "ended_boot": at.boot, "ended_boot_ms": at.boot_ms}
    return ended | {"ended_wall_ms": at.wall_ms, "ended_trust": at.trust.value}


def play(row: sqlite3.Row) -> Play:
    return Play(
        id=row["id"],
        session_id=row["session_id"],
        stage_id=row["stage_id"],
        track=TrackInfo(
            artist=row["artist"],
            title=row["title"],
            bpm=row["bpm"],
            key=row["key"],
            energy=row["energy"],
            danceability=row["danceability"],
            brightness=row["brightness"],
            acousticness=row["acousticness"],
            groove=row["groove"],
            bpm_origin=origin_in(row["bpm_origin"]) if row["bpm_origin"] else None,
            key_origin=origin_in(row["key_origin"]) if row["key_origin"] else None,
        ),
        heard=stamp(row, "heard"),
        age_ms=row["age_ms"],
        likes=row["likes"],
        tempo=TempoTally(slower=row["tempo_slower"], perfect=row["tempo_perfect"], faster=row["tempo_faster"]),
    )


def track_parameters(track: TrackInfo) -> Parameters:
    """A track's identity."""
    return {
        "artist": track.artist,
        "title": track.title,
        "artist_key": identity_key(track.artist),
        "title_key": identity_key(track.title),
    }


def known_of_track(track: TrackInfo) -> Parameters:
    """What was said of a track in one play."""
    scores = {name: getattr(track, name) for name in SCORES}
    origins = {"bpm_origin": track.bpm_origin, "key_origin": track.key_origin}
    said = {"artist": track.artist, "title": track.title, "bpm": track.bpm, "key": track.key}
    return said | scores | {name: origin.value if origin else None for name, origin in origins.items()}


def play_parameters(play: Play, *, track_id: int) -> Parameters:
    return {
        "id": play.id,
        "session_id": play.session_id,
        "stage_id": play.stage_id,
        "track_id": track_id,
        "age_ms": play.age_ms,
        **known_of_track(play.track),
        **stamp_parameters(play.heard),
    }
