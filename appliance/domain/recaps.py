"""A set once it is over: what was heard when, how long it was, and what of its numbers is told to whom. Pure.

Small numbers are about persons: whoever was there alone would be told by name what they liked. So everybody but the
set's own people is told numbers under five as "fewer than 5".
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import tzinfo

from appliance.domain import timekeeping, wall_time
from appliance.domain.models import EndReason, Play, Session
from appliance.domain.voices import Tempo, TempoTally
from appliance.domain.wall_time import WallTime

#: the least number that is told exactly to everybody
FEW = 5
#: ends that somebody noticed later than they were
_NOTICED_LATE = frozenset({EndReason.LOST, EndReason.TAKEN_OVER})


@dataclass(frozen=True, slots=True)
class Told:
    """One track in a set list."""

    play: Play
    #: when it began, milliseconds since the set did; None where the box was off between
    into_ms: int | None
    #: when it began as the event's clock showed it; None while the box did not know the time
    shown: WallTime | None


def exactly(count: int | None, *, exact: bool) -> int | None:
    """A number as it is told; None for "fewer than 5" and for one that nobody counted."""
    return count if exact or count is None or count >= FEW else None


def shown(play: Play, zone: tzinfo) -> WallTime | None:
    """When a track began, as a clock in that zone showed it; None while the box did not know the time."""
    return wall_time.shown_at(play.began_ms(), zone) if timekeeping.is_known(play.heard.trust) else None


def lasted_ms(session: Session) -> int | None:
    """How long a set that is over went on; None where nobody can tell, as the box was off between."""
    end = session.seen if session.ended in _NOTICED_LATE or session.ended_at is None else session.ended_at
    return timekeeping.gone_ms(session.started, end)


def set_list(session: Session, plays: Iterable[Play], zone: tzinfo) -> tuple[Told, ...]:
    """What was heard in a set, in the order in which it began; `plays` as the box learned of them.

    Within a boot its own time says what came first; boots came one after the other.
    """
    learned = list(plays)
    boots = list(dict.fromkeys(play.heard.boot for play in learned))
    began = sorted(learned, key=lambda play: (boots.index(play.heard.boot), play.heard.boot_ms - play.age_ms))
    return tuple(Told(play, _into_ms(session, play), shown(play, zone)) for play in began)


def _into_ms(session: Session, play: Play) -> int | None:
    if play.heard.boot != session.started.boot:
        return None
    return max(0, play.heard.boot_ms - play.age_ms - session.started.boot_ms)


def tally(plays: Iterable[Play]) -> TempoTally:
    """The tempo votes on all of these together."""
    tallies = [play.tempo for play in plays]
    return TempoTally(*(sum(getattr(one, vote) for one in tallies) for vote in Tempo))


def feeling(votes: TempoTally) -> Tempo | None:
    """How the tempo felt to most; None when fewer than five said so, or no answer has the most."""
    counts: Sequence[tuple[int, Tempo]] = [(getattr(votes, vote), vote) for vote in Tempo]
    most = max(count for count, _ in counts)
    first = [vote for count, vote in counts if count == most]
    return first[0] if votes.votes >= FEW and len(first) == 1 else None
