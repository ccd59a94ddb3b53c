"""How a set comes to its end, as its DJ says: after so many more songs, or so many minutes, or at a time of day."""

from collections.abc import Sequence
from dataclasses import replace

from appliance.domain.live_state import StageState
from appliance.domain.models import Dj, Session, Stamp
from appliance.domain.rules import running
from appliance.domain.schedule import closing as rules
from appliance.domain.schedule.closing import Closing
from appliance.domain.schedule.plan import Belief, belief
from appliance.domain.wall_time import next_shown
from appliance.domain.zones import zone
from appliance.errors import Refused
from appliance.ports import Ports, Reader, Transaction
from appliance.usecases.schedule import songs_left
from appliance.usecases.sessions import own_session


async def say(
    ports: Ports,
    *,
    dj: Dj,
    session_id: str,
    songs: int | None = None,
    within_ms: int | None = None,
    ends_at: str | None = None,
) -> Closing:
    """Says how the set ends: with `songs` more after the one that is on (0: it is the last), in so many milliseconds,
    or when the clock next shows a time of day such as `23:30`.

    Raises: NotKnown, NotAllowed, Refused for the session; Invalid; Refused with the code `clock_unknown` when nobody
    can say how long it is until a time of day.
    """
    now = ports.clock.now()

    def change(tx: Transaction) -> Closing:
        session = running(own_session(tx, session_id, dj=dj))
        left = within_ms if ends_at is None else _until(tx, session, ends_at, now=now)
        rules.checked(songs=songs, within_ms=left)
        # Between two tracks "the last song" is the one that comes, and so is "one more".
        counted = max(1, songs) if songs is not None and session.current_play_id is None else songs
        said = Closing(session.id, session.stage_id, said=now, songs=counted, within_ms=left)
        songs_left.keep(tx, said, at=now)
        return said

    return await ports.store.write(change)


async def unsay(ports: Ports, *, dj: Dj, session_id: str) -> None:
    """Nothing is said of the set's end any more. Raises: NotKnown, NotAllowed for the session."""
    now = ports.clock.now()

    def change(tx: Transaction) -> None:
        songs_left.forget(tx, own_session(tx, session_id, dj=dj), at=now)

    await ports.store.write(change)


async def with_closings(reader: Reader, states: Sequence[StageState]) -> list[StageState]:
    """Stages with what was said of their sets' ends before a start."""
    said = {closing.stage_id: closing for closing in await reader.closings()}
    return [replace(state, closing=said.get(state.stage.id)) for state in states]


def _until(tx: Transaction, session: Session, time_of_day: str, *, now: Stamp) -> int:
    """How long until the clock of the session's event next shows a time of day."""
    event = tx.event_of_stage(session.stage_id)
    assert event is not None  # a session is on a stage, and that at an event
    if belief(now) is Belief.NONE:
        raise Refused(
            "clock_unknown", "The box does not know what time it is.", advice="Say in how many minutes it ends."
        )
    return next_shown(time_of_day, zone(event.zone), now_ms=now.wall_ms, field="ends_at") - now.wall_ms
