"""A DJ as everybody may know them: what they have played here, how long, what it is like, and where they play next."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from appliance.domain import recaps, rules, vibe
from appliance.domain.models import Dj, Phase
from appliance.domain.timekeeping import gone_ms
from appliance.domain.vibe import Vibe
from appliance.errors import Invalid, NotKnown
from appliance.ports import Ports
from appliance.ports.past import PastSet

#: sets that are counted, and tracks of which the vibe is made: what is beyond is long ago
_SETS_MOST, _TRACKS_MOST = 500, 1_000


@dataclass(frozen=True, slots=True)
class Profile:
    """A DJ as everybody may know them."""

    dj: Dj
    #: the latest first; of those behind a PIN only that they were
    sets: Sequence[PastSet]
    #: how long all of them were together, as far as anybody knows
    played_ms: int
    #: there are sets of which nobody can tell how long they were
    is_more: bool
    #: tracks in sets that everybody could see
    tracks: int
    vibe: Vibe


def slugs(djs: Iterable[Dj]) -> Mapping[str, Dj]:
    """Each DJ by the name in their page's address. Those whose names differ by nothing that an address can say get a
    piece of their id as well, so that no newcomer takes an address over; a name without Latin letters is all id.
    """
    named: dict[str, list[Dj]] = {}
    for dj in djs:
        named.setdefault(_slug(dj), []).append(dj)
    found: dict[str, Dj] = {}
    for slug, alike in named.items():
        for dj in alike:
            found[slug if len(alike) == 1 else f"{slug}-{dj.id[:6]}"] = dj
    return found


def _slug(dj: Dj) -> str:
    try:
        return rules.slug(dj.name)
    except Invalid:
        return dj.id


async def slug_of(ports: Ports, dj_id: str) -> str | None:
    """A DJ's name in addresses; None for one that nobody knows."""
    known = slugs(await ports.reader.djs())
    return next((slug for slug, dj in known.items() if dj.id == dj_id), None)


async def _is_public(ports: Ports, dj: Dj, sets: Sequence[PastSet]) -> bool:
    """Whether dancers may know of a DJ: who has played, or may play at an event that they know of."""
    if sets:
        return True
    own = await ports.reader.events_of_dj(dj.id)
    return any(event.id in own and event.phase is not Phase.DRAFT for event in await ports.reader.events())


def _lasted_ms(one: PastSet, ports: Ports) -> int | None:
    running = one.session.ended is None
    return gone_ms(one.session.started, ports.clock.now()) if running else recaps.lasted_ms(one.session)


async def profile(ports: Ports, *, dj: Dj) -> Profile:
    """What everybody may know of a DJ.

    Raises: NotKnown with the code `dj_unknown` for one of whom dancers may not know yet.
    """
    sets = await ports.reader.sets_of(dj.id, limit=_SETS_MOST)
    if not await _is_public(ports, dj, sets):
        raise dj_unknown()
    lasted = [_lasted_ms(one, ports) for one in sets]
    return Profile(
        dj=dj,
        sets=sets,
        played_ms=sum(one for one in lasted if one is not None),
        is_more=None in lasted,
        tracks=await ports.reader.count_played_openly(dj.id),
        vibe=vibe.vibe(await ports.reader.played_openly(dj.id, limit=_TRACKS_MOST)),
    )


def dj_unknown() -> NotKnown:
    """For an address that is nobody's."""
    return NotKnown("dj_unknown", "The box knows no such DJ.", advice="Choose one from a stage or from the schedule.")
