"""Between rows and models of the house player's choice."""

import json
import sqlite3

from appliance.domain.house import HouseRules, HouseTrack
from appliance.ports.house import StageHouse, Word
from appliance.store.statements import Parameters


def track(row: sqlite3.Row) -> HouseTrack:
    explicit = row["explicit"]
    tempo, energy, brightness, pulse, swing = json.loads(row["embedding"])
    return HouseTrack(
        id=row["id"],
        artist=row["artist"],
        title=row["title"],
        embedding=(tempo, energy, brightness, pulse, swing),
        bpm=row["bpm"],
        genre=row["genre"],
        is_explicit=None if explicit is None else bool(explicit),
    )


def word(row: sqlite3.Row) -> Word:
    return Word(row["guest_id"], (row["artist_key"], row["title_key"]), is_like=True, at_ms=row["at_ms"])


def stage_house(row: sqlite3.Row) -> StageHouse:
    if row["stage_id"] is None:
        return StageHouse(row["zone"], HouseRules())
    rules = HouseRules(
        genres=frozenset(json.loads(row["genres"])),
        allows_explicit=bool(row["allows_explicit"]),
        bpm_from=row["bpm_from"],
        bpm_until=row["bpm_until"],
        opens_min=row["opens_min"],
        closes_min=row["closes_min"],
    )
    return StageHouse(row["zone"], rules)


def rules_parameters(stage_id: str, rules: HouseRules) -> Parameters:
    return {
        "stage_id": stage_id,
        "genres": json.dumps(sorted(rules.genres), ensure_ascii=False),
        "allows_explicit": rules.allows_explicit,
        "bpm_from": rules.bpm_from,
        "bpm_until": rules.bpm_until,
        "opens_min": rules.opens_min,
        "closes_min": rules.closes_min,
    }
