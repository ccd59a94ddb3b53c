"""What the house player goes by, gathered for whoever chooses; and what managers want of it."""

from collections.abc import Sequence
from dataclasses import dataclass

from appliance.domain import wall_time, zones
from appliance.domain.audit import Actor, Deed
from appliance.domain.house import CheckIn, HouseRules, checked, time_text
from appliance.domain.models import ClockTrust, Play, Stamp
from appliance.domain.space import Room
from appliance.errors import NotKnown, Refused
from appliance.ports import Ports, Transaction
from appliance.ports.house import StageHouse
from appliance.usecases.stages import known_stage

#: plays that are looked at: more than three hours hold
LOOKED_AT = 120


@dataclass(frozen=True, slots=True)
class Background:
    """What was played on a stage, as far as it matters for what comes next."""

    rules: HouseRules
    #: newest first
    plays: Sequence[Play]
    #: when all this was so
    at: Stamp


async def gather(ports: Ports, *, stage_id: str) -> Background:
    """What the house goes by on a stage, beside what dancers say.

    Raises: NotKnown with the code `stage_unknown`; Refused with the code `house_closed`; Unavailable.
    """
    house = await house_of(ports, stage_id)
    plays = await ports.reader.plays_of_stage(stage_id, limit=LOOKED_AT)
    return Background(house.rules, plays, ports.clock.now())


async def house_of(ports: Ports, stage_id: str) -> StageHouse:
    """What the house goes by on a stage, in the hours in which it plays there.

    Raises: NotKnown with the code `stage_unknown`; Refused with the code `house_closed`; Unavailable.
    """
    house = await ports.reader.stage_house(stage_id)
    if house is None:
        raise NotKnown("stage_unknown", "There is no such stage here.", advice="Choose one from the list of stages.")
    check_open(house, now=ports.clock.now())
    return house


def check_open(house: StageHouse, *, now: Stamp) -> None:
    """Whether these are hours in which the house plays. A box whose clock nobody ever set can't tell, so it plays.

    Raises: Refused with the code `house_closed`.
    """
    shown = wall_time.shown_at(now.wall_ms, zones.zone(house.zone)).on_the_clock()
    if now.trust is not ClockTrust.NONE and not house.rules.is_open(shown.hour * 60 + shown.minute):
        raise Refused(
            "house_closed",
            f"The house plays from {time_text(house.rules.opens_min)} to {time_text(house.rules.closes_min)} here.",
            advice="Change its hours on the house's page if it shall play now.",
        )


async def keep_check_ins(ports: Ports, check_ins: Sequence[CheckIn], *, valid_from_ms: int) -> bool:
    """Keeps where guests are, and forgets those who were not seen since; whether there was room for it.

    Raises: Unavailable.
    """
    if ports.room() is Room.SCARCE:
        return False
    await ports.store.write(lambda tx: tx.put_check_ins(check_ins, valid_from_ms=valid_from_ms))
    return True


async def check_out(ports: Ports, *, guest_id: str) -> None:
    """A guest is nowhere any more. Again changes nothing. Raises: Unavailable."""
    await ports.store.write(lambda tx: tx.drop_check_in(guest_id))


async def set_rules(ports: Ports, *, stage_id: str, rules: HouseRules, by: Actor) -> HouseRules:
    """A manager wants something else of the house on a stage; the rules as they are kept.

    Raises: NotKnown with the code `stage_unknown`; Invalid, as `house.checked`.
    """
    now, wanted = ports.clock.now(), checked(rules)

    def change(tx: Transaction) -> HouseRules:
        stage = known_stage(tx, stage_id)
        if tx.house_rules(stage_id) != wanted:
            tx.set_house_rules(stage_id, wanted)
            deed = Deed("house.ruled", on=stage.id, name=stage.name, event_id=stage.event_id, detail=wanted.text)
            tx.audit(deed, by=by, at=now)
        return wanted

    return await ports.store.write(change)
