"""What the house played where no DJ did, and how it was liked: by stage, and track by track. Pure.

Only the house's plays can be told "not for me", so these figures stand apart from the DJs'.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from sync.cloud.night.crediting import likes_credited
from sync.cloud.night.liked import identity
from sync.cloud.night.records import Night, PlayRecord
from sync.cloud.night.setlist import duration_s


@dataclass(frozen=True, slots=True)
class HouseStage:
    """The house on one stage."""

    stage_name: str
    plays: int
    #: of the plays whose length is known
    seconds: int
    #: likes as credited
    likes: float
    dislikes: int


@dataclass(frozen=True, slots=True)
class HouseTrack:
    """One track that the house played, however often."""

    artist: str
    title: str
    plays: int
    likes: float
    dislikes: int


@dataclass(frozen=True, slots=True)
class HouseFigures:
    """The house over a night."""

    #: stages on which it played, in the event's order
    stages: Sequence[HouseStage]
    #: what divided the floor first: the most "not for me", then the fewest likes; then the rest, best liked first
    tracks: Sequence[HouseTrack]


def of_house(night: Night) -> HouseFigures | None:
    """What the house did; None where it played nothing."""
    sets = {one.id for one in night.sets if one.dj in night.house}
    plays = [play for play in night.plays if play.session in sets]
    if not plays:
        return None
    credited = likes_credited(night)
    stages = [
        HouseStage(
            stage_name=stage.name,
            plays=len(there),
            seconds=sum(duration_s(play) or 0 for play in there),
            likes=sum(credited.get(play.id, 0.0) for play in there),
            dislikes=sum(play.dislikes for play in there),
        )
        for stage in night.stages
        if (there := [play for play in plays if play.stage == stage.id])
    ]
    groups: dict[object, list[PlayRecord]] = defaultdict(list)
    for play in plays:
        groups[identity(play)].append(play)
    tracks = [
        HouseTrack(
            artist=group[0].artist,
            title=group[0].title,
            plays=len(group),
            likes=sum(credited.get(play.id, 0.0) for play in group),
            dislikes=sum(play.dislikes for play in group),
        )
        for group in groups.values()
    ]
    return HouseFigures(stages, sorted(tracks, key=_order))


def _order(track: HouseTrack) -> tuple[int, float]:
    return (-track.dislikes, track.likes if track.dislikes else -track.likes)
