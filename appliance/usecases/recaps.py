"""What a set was, once it is over: its set list, what guests said of it, how many were there at most."""

from collections.abc import Sequence
from dataclasses import dataclass

from appliance.domain import recaps
from appliance.domain.locks import Inside, may_see
from appliance.domain.models import Event, Session
from appliance.domain.polls import Poll
from appliance.domain.recaps import Told
from appliance.domain.voices import Reactions, TempoTally
from appliance.domain.zones import zone
from appliance.errors import NotAllowed, Refused
from appliance.ports import Ports
from appliance.usecases.sessions import session_unknown

#: more than anybody plays in a night
_TRACKS_MOST = 2_000


@dataclass(frozen=True, slots=True)
class Recap:
    """A set that is over."""

    session: Session
    #: in the order in which they began
    tracks: tuple[Told, ...]
    #: how long it was, milliseconds; None where nobody can tell
    lasted_ms: int | None
    #: of all tracks together
    likes: int
    tempo: TempoTally
    #: the most phones that were there at once; None where nobody counted
    peak: int | None
    reactions: Reactions
    #: what was asked, in order
    polls: Sequence[Poll]


async def over(ports: Ports, *, session_id: str, inside: Inside) -> Session:
    """A set that is over, for somebody who has opened these locks.

    Raises: NotKnown with the code `session_unknown`; NotAllowed with the code `set_private`; Refused with the code
    `session_running`.
    """
    session = await ports.reader.session(session_id)
    if session is None:
        raise session_unknown()
    if not may_see(session.lock, inside):
        raise NotAllowed("set_private", "This set was behind a PIN.", advice="Its DJ can open it to everybody.")
    if session.ended is None:
        raise Refused("session_running", "This set is not over yet.", advice="Look at it again when it is.")
    return session


async def recap(ports: Ports, *, session: Session, event: Event, inside: Inside) -> Recap:
    """All that the box knows of a set."""
    reader = ports.reader
    heard = await reader.plays_of_session(session.id, limit=_TRACKS_MOST, inside=inside)
    tracks = recaps.set_list(session, reversed(heard), zone(event.zone))
    counted = await reader.minutes_of(session.id)
    return Recap(
        session=session,
        tracks=tracks,
        lasted_ms=recaps.lasted_ms(session),
        likes=sum(play.likes for play in heard),
        tempo=recaps.tally(heard),
        peak=max((one.minute.guests for one in counted), default=None),
        reactions=await reader.reactions_of(session.id),
        polls=await reader.polls_of_session(session.id),
    )
