"""Between rows and models of what guests say: the one place that knows both their column names and field names."""

import json
import sqlite3

from appliance.domain.polls import Poll, PollEnd
from appliance.domain.voices import Reaction, Reactions, Tempo
from appliance.ports.voices import PollWord, ReactionWord, TempoWord
from appliance.store.stamps import stamp, stamp_parameters
from appliance.store.statements import Parameters


def poll(row: sqlite3.Row) -> Poll:
    options: list[tuple[str, int]] = json.loads(row["options"])
    return Poll(
        id=row["id"],
        stage_id=row["stage_id"],
        session_id=row["session_id"],
        question=row["question"],
        options=tuple(text for text, _ in options),
        votes=tuple(votes for _, votes in options),
        opened=stamp(row, "opened"),
        lasts_s=row["lasts_s"],
        end=PollEnd(row["end_reason"]) if row["end_reason"] else None,
        ended=stamp(row, "ended") if row["ended_boot"] else None,
    )


def poll_parameters(poll: Poll) -> Parameters:
    head: Parameters = {"id": poll.id, "stage_id": poll.stage_id, "session_id": poll.session_id}
    return head | {"question": poll.question, "lasts_s": poll.lasts_s} | stamp_parameters(poll.opened)


def tempo_word(row: sqlite3.Row) -> TempoWord:
    return TempoWord(play_id=row["play_id"], vote=Tempo(row["vote"]), counts=bool(row["counts"]))


def poll_word(row: sqlite3.Row) -> PollWord:
    return PollWord(poll_id=row["poll_id"], option=row["place"], counts=bool(row["counts"]))


def reaction_word(row: sqlite3.Row) -> ReactionWord:
    return ReactionWord(
        id=row["id"],
        stage_id=row["stage_id"],
        session_id=row["session_id"],
        play_id=row["play_id"],
        reaction=Reaction(row["kind"]),
        counts=bool(row["counts"]),
    )


def reactions(found: list[sqlite3.Row]) -> Reactions:
    return {Reaction(row["kind"]): row["n"] for row in found}
