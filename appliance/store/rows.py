"""Between rows and models: the one place that knows both column names and field names."""

import sqlite3
from collections.abc import Mapping
from pathlib import Path

from appliance.domain.models import ClockTrust, Dj, DjToken, EndReason, Event, Play, Session, Stage, Stamp, TrackInfo
from appliance.domain.origins import origin_in
from appliance.domain.portal import Release
from appliance.domain.rules import SCORES, identity_key
from appliance.store.named import statements

FOLDER = Path(__file__).parent
_QUERIES = FOLDER / "queries.sql"

Parameters = dict[str, object]


def queries() -> Mapping[str, str]:
    """Every statement of `queries.sql` by its name."""
    return statements(_QUERIES)


def _stamp(row: sqlite3.Row, prefix: str) -> Stamp:
    return Stamp(
        boot=row[f"{prefix}_boot"],
        boot_ms=row[f"{prefix}_boot_ms"],
        wall_ms=row[f"{prefix}_wall_ms"],
        trust=ClockTrust(row[f"{prefix}_trust"]),
    )


def stamp_parameters(stamp: Stamp) -> Parameters:
    """A stamp as the parameters that every statement names alike."""
    return {"boot": stamp.boot, "boot_ms": stamp.boot_ms, "wall_ms": stamp.wall_ms, "trust": stamp.trust.value}


def event(row: sqlite3.Row) -> Event:
    return Event(id=row["id"], name=row["name"], guest_key=row["guest_key"])


def stage(row: sqlite3.Row) -> Stage:
    return Stage(id=row["id"], event_id=row["event_id"], name=row["name"])


def dj(row: sqlite3.Row) -> Dj:
    return Dj(id=row["id"], name=row["name"])


def token(row: sqlite3.Row) -> DjToken:
    return DjToken(
        id=row["id"],
        dj_id=row["dj_id"],
        name=row["name"],
        digest=row["digest"],
        verifier=row["verifier"],
        created_ms=row["created_ms"],
        revoked_ms=row["revoked_ms"],
    )


def token_and_dj(row: sqlite3.Row) -> tuple[DjToken, Dj]:
    return token(row), Dj(id=row["dj_id"], name=row["dj_name"])


def token_parameters(token: DjToken) -> Parameters:
    return {
        "id": token.id,
        "dj_id": token.dj_id,
        "name": token.name,
        "digest": token.digest,
        "verifier": token.verifier,
        "created_ms": token.created_ms,
    }


def session(row: sqlite3.Row) -> Session:
    return Session(
        id=row["id"],
        stage_id=row["stage_id"],
        dj_id=row["dj_id"],
        dj_name=row["dj_name"],
        started=_stamp(row, "started"),
        seen=_stamp(row, "seen"),
        current_play_id=row["current_play_id"],
        ended=EndReason(row["ended"]) if row["ended"] else None,
    )


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
        heard=_stamp(row, "heard"),
        age_ms=row["age_ms"],
        likes=row["likes"],
    )


def newest_stamp(row: sqlite3.Row) -> Stamp:
    return _stamp(row, "at")


def release(row: sqlite3.Row) -> Release:
    return Release(client=row["client"], granted=_stamp(row, "granted"))


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
