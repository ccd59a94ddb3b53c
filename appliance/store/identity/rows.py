"""Between rows and models of what plays are taken for."""

import sqlite3

from appliance.domain.identity import Identity, NameWord, Reason, Verdict
from appliance.ports.identity import TrackName
from appliance.store.statements import Parameters


def identity(row: sqlite3.Row) -> Identity:
    return Identity(
        play_id=row["play_id"],
        said=row["said"],
        track_id=row["track_id"],
        confidence=row["confidence"],
        reason=Reason(row["reason"]),
        verdict=Verdict(row["verdict"]),
    )


def identity_parameters(one: Identity) -> Parameters:
    found: Parameters = {"play_id": one.play_id, "said": one.said, "track_id": one.track_id}
    return found | {"confidence": one.confidence, "reason": one.reason.value, "verdict": one.verdict.value}


def name(row: sqlite3.Row) -> TrackName:
    return TrackName(row["number"], row["id"], row["artist"], row["title"], bool(row["is_told"]))


def word(row: sqlite3.Row) -> NameWord:
    return NameWord(row["dj_id"], row["said"], row["track_id"], bool(row["is_same"]))


def word_parameters(one: NameWord) -> Parameters:
    return {"dj_id": one.dj_id, "said": one.said, "track_id": one.track_id, "is_same": one.is_same}
