"""Between rows and models of the house player's choice."""

import json
import sqlite3

from appliance.domain.ballots import Ballot, Candidate
from appliance.domain.house import CheckIn, HouseRules, HouseTrack, Reason, Why
from appliance.ports.house import BallotWord, KeptChoice, KnownPlay, StageHouse, Word
from appliance.store.sets import rows as sets_rows
from appliance.store.statements import Parameters


def track(row: sqlite3.Row) -> HouseTrack:
    explicit = row["explicit"]
    tempo, energy, brightness, pulse, swing = json.loads(row["embedding"])
    return HouseTrack(
        id=row["id"],
        group=row["of_group"],
        artist=row["artist"],
        title=row["title"],
        embedding=(tempo, energy, brightness, pulse, swing),
        bpm=row["bpm"],
        genre=row["genre"],
        is_explicit=None if explicit is None else bool(explicit),
    )


def word(row: sqlite3.Row) -> Word:
    return Word(row["guest_id"], row["play_id"], is_like=bool(row["is_like"]))


def known_play(row: sqlite3.Row) -> KnownPlay:
    return KnownPlay(sets_rows.play(row), row["of_group"])


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


def check_in(row: sqlite3.Row) -> CheckIn:
    return CheckIn(row["guest_id"], row["stage_id"], row["at_up_ms"])


def check_in_parameters(one: CheckIn) -> Parameters:
    return {"guest_id": one.dancer, "stage_id": one.stage_id, "at_up_ms": one.at_ms}


def _reason(text: str) -> Reason:
    why, dancers, about = json.loads(text)
    return Reason(Why(why), dancers, about)


def _reason_text(reason: Reason) -> str:
    return json.dumps([reason.why.value, reason.dancers, reason.about], ensure_ascii=False)


def ballot(row: sqlite3.Row) -> Ballot:
    found: list[tuple[str, str, str, str, int]] = json.loads(row["candidates"])
    return Ballot(
        id=row["id"],
        stage_id=row["stage_id"],
        play_id=row["play_id"],
        candidates=tuple(Candidate(track, artist, title, _reason(why)) for track, artist, title, why, _ in found),
        votes=tuple(votes for *_, votes in found),
        why=_reason(row["why"]) if row["why"] else None,
        is_open=bool(row["is_open"]),
        won=row["won"],
    )


def ballot_parameters(ballot: Ballot) -> Parameters:
    head: Parameters = {"id": ballot.id, "stage_id": ballot.stage_id, "play_id": ballot.play_id}
    why = _reason_text(ballot.why) if ballot.why else None
    return head | {"why": why, "is_open": ballot.is_open, "won": ballot.won}


def candidate_parameters(one: Candidate) -> Parameters:
    head: Parameters = {"track_id": one.track_id, "artist": one.artist, "title": one.title}
    return head | {"why": _reason_text(one.why)}


def ballot_word(row: sqlite3.Row) -> BallotWord:
    return BallotWord(row["ballot_id"], row["place"], counts=bool(row["counts"]))


def choice(row: sqlite3.Row) -> KeptChoice:
    key = (row["artist_key"], row["title_key"])
    return KeptChoice(row["stage_id"], row["track_id"], key, _reason(row["why"]))


def choice_parameters(one: KeptChoice) -> Parameters:
    head: Parameters = {"stage_id": one.stage_id, "track_id": one.track_id, "why": _reason_text(one.why)}
    return head | {"artist_key": one.key[0], "title_key": one.key[1]}
