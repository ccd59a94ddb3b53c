"""What was played, in order, with times: also what a collecting society wants to know. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from sync.cloud.night.crediting import likes_credited
from sync.cloud.night.records import Night, PlayRecord, SetRecord


@dataclass(frozen=True, slots=True)
class Heard:
    """One line of the set list."""

    play: PlayRecord
    stage_name: str
    dj_name: str
    #: None where either end is unknown
    duration_s: int | None
    #: likes as credited
    likes: float


@dataclass(frozen=True, slots=True)
class SetList:
    """One set and what was heard in it."""

    set: SetRecord
    stage_name: str
    heard: Sequence[Heard]


def duration_s(play: PlayRecord) -> int | None:
    """How long a play was heard, in whole seconds; None where nobody knows."""
    if play.began_ms is None or play.ended_ms is None or play.ended_ms < play.began_ms:
        return None
    return round((play.ended_ms - play.began_ms) / 1000)


def set_lists(night: Night) -> list[SetList]:
    """Every set in the night's order, with its plays in theirs."""
    names = {stage.id: stage.name for stage in night.stages}
    credited = likes_credited(night)
    return [
        SetList(
            set=one,
            stage_name=names.get(one.stage, ""),
            heard=[
                Heard(
                    play=play,
                    stage_name=names.get(play.stage, ""),
                    dj_name=one.dj_name,
                    duration_s=duration_s(play),
                    likes=credited.get(play.id, 0.0),
                )
                for play in sorted(night.plays, key=lambda play: play.order)
                if play.session == one.id
            ],
        )
        for one in sorted(night.sets, key=lambda one: one.order)
    ]
