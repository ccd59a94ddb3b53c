"""Between rows and models of players: the one place that knows both their column names and field names."""

import sqlite3

from appliance.domain.players import Player, Wish, Word
from appliance.store.stamps import stamp, stamp_parameters
from appliance.store.statements import Parameters


def player(row: sqlite3.Row) -> Player:
    return Player(
        id=row["id"],
        name=row["name"],
        stage_id=row["stage_id"],
        dj_id=row["dj_id"],
        handle=row["handle"],
        digest=row["digest"],
        verifier=row["verifier"],
        created_ms=row["created_ms"],
        tag_digest=row["tag_digest"],
        manager_id=row["manager_id"],
        revoked_ms=row["revoked_ms"],
        wish=Wish(is_paused=bool(row["paused"]), volume=row["volume"], returns=bool(row["returns"]), skip=row["skip"]),
        word=_word(row) if row["said_boot"] is not None else None,
    )


def _word(row: sqlite3.Row) -> Word:
    return Word(
        heard=stamp(row, "said"),
        play_id=row["play_id"],
        track_id=row["track_id"],
        artist=row["artist"],
        title=row["title"],
        is_paused=bool(row["said_paused"]),
        volume=row["said_volume"],
        error=row["error"],
    )


def player_parameters(player: Player) -> Parameters:
    return {
        "id": player.id,
        "name": player.name,
        "stage_id": player.stage_id,
        "dj_id": player.dj_id,
        "handle": player.handle,
        "digest": player.digest,
        "verifier": player.verifier,
        "tag_digest": player.tag_digest,
        "manager_id": player.manager_id,
        "created_ms": player.created_ms,
        "revoked_ms": player.revoked_ms,
        "paused": player.wish.is_paused,
        "volume": player.wish.volume,
        "returns": player.wish.returns,
        "skip": player.wish.skip,
    }


def word_parameters(word: Word) -> Parameters:
    return {
        "play_id": word.play_id,
        "track_id": word.track_id,
        "artist": word.artist,
        "title": word.title,
        "said_paused": word.is_paused,
        "said_volume": word.volume,
        "error": word.error,
        **stamp_parameters(word.heard),
    }
