"""What the house player goes by, gathered for whoever chooses; and what managers want of it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from appliance.domain import wall_time, zones
from appliance.domain.house import HouseRules
from appliance.domain.models import ClockTrust, Play, Stamp
from appliance.errors import NotKnown, Refused
from appliance.ports import Ports
from appliance.ports.house import StageHouse, Word

#: plays that are looked at: more than three hours hold
LOOKED_AT = 120


@dataclass(frozen=True, slots=True)
class Background:
    """What was played and said on a stage, as far as it matters for what comes next."""

    rules: HouseRules
    #: newest first
    plays: Sequence[Play]
    #: of those who are there
    words: Sequence[Word]
    #: when all this was so
    at: Stamp


async def gather(ports: Ports, *, stage_id: str, present: Collection[str]) -> Background:
    """What the house goes by on a stage while these guests are there.

    Raises: NotKnown with the code `stage_unknown`; Refused with the code `house_closed`; Unavailable.
    """
    reader, now = ports.reader, ports.clock.now()
    house = await reader.stage_house(stage_id)
    if house is None:
        raise NotKnown("stage_unknown", "There is no such stage here.", advice="Choose one from the list of stages.")
    check_open(house, now=now)
    plays = await reader.plays_of_stage(stage_id, limit=LOOKED_AT)
    return Background(house.rules, plays, await reader.house_words(present), now)


def check_open(house: StageHouse, *, now: Stamp) -> None:
    """Whether these are hours in which the house plays. A box whose clock nobody ever set can't tell, so it plays.

    Raises: Refused with the code `house_closed`.
    """
    shown = wall_time.shown_at(now.wall_ms, zones.zone(house.zone)).on_the_clock()
    if now.trust is not ClockTrust.NONE and not house.rules.is_open(shown.hour * 60 + shown.minute):
        raise Refused(
            "house_closed",
            f"The house plays from {_time(house.rules.opens_min)} to {_time(house.rules.closes_min)} here.",
            advice="Change its hours on the house's page if it shall play now.",
        )


def _time(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"
