"""How alive the floor is, for its DJ: a number, words for it, and the last half hour as a line to draw."""

from collections.abc import Sequence

import msgspec
from msgspec import UNSET, UnsetType

from appliance.domain import floor
from appliance.domain.floor import GUESTS_LEAST, REACH
from appliance.domain.rules import owned
from appliance.usecases.sessions import session_unknown
from appliance.web.operations import Auth, Call, Operation
from appliance.web.site import Site

#: the drawing's own units; it is stretched to the page
WIDTH, HEIGHT = 290, 100
#: from so much on, in falling order
_WORDS = ((70, "on fire"), (50, "lively"), (30, "warm"), (0, "calm"))
_UNKNOWN = f"With fewer than {GUESTS_LEAST} phones there is no telling."


class FloorOut(msgspec.Struct, frozen=True, kw_only=True):
    """How alive a stage's floor is."""

    #: of the last half hour, minute by minute, the latest last; null where nobody can tell
    curve: list[int | None]
    #: the same as the path of an SVG of 290 by 100 units
    line: str
    #: in words
    words: str
    #: 0 to 100; absent where nobody can tell
    energy: int | UnsetType = UNSET


def line(curve: Sequence[int | None]) -> str:
    """The curve as an SVG path, the latest minute at the right; a gap where nobody can tell, a dot for one alone."""
    step, first = WIDTH / (REACH - 1), REACH - len(curve)
    drawn, pen_is_down = [], False
    for place, energy in enumerate(curve, start=first):
        if energy is not None:
            at = f"{place * step:g} {HEIGHT - energy}"
            drawn.append(f"L{at}" if pen_is_down else f"M{at}h0")
        pen_is_down = energy is not None
    return "".join(drawn)


def floor_out(site: Site, stage_id: str) -> FloorOut:
    """How alive a stage's floor is now."""
    curve = floor.curve(site.floor.minutes(stage_id))
    energy = curve[-1] if curve else None
    if energy is None:
        return FloorOut(curve=curve, line=line(curve), words=_UNKNOWN)
    words = next(word for least, word in _WORDS if energy >= least)
    return FloorOut(curve=curve, line=line(curve), words=f"The floor is {words}.", energy=energy)


async def _show(call: Call) -> FloorOut:
    session = await call.site.ports.reader.session(call.path("session"))
    if session is None:
        raise session_unknown()
    return floor_out(call.site, owned(session, dj_id=call.who().id).stage_id)


OPERATIONS = (
    Operation(
        "GET",
        "/sessions/{session}/floor",
        "showFloor",
        "How alive the floor of your set is, from 0 to 100 where that can be told.",
        _show,
        Auth.DJ,
        gives=FloorOut,
        also=((403, "Another DJ's session."), (404, "No such session.")),
    ),
)
