"""What a play is taken for, when a name was looked for among all that is known."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

from appliance.domain.identity import APPLIED_FROM, OFFERED_FROM, Identity, Reason, Verdict, refused, spoken
from appliance.domain.models import Play
from appliance.ports import Ports, Transaction
from appliance.usecases import library, recognising

#: says that every track has its marks
MARKED = "library_marked"
#: tracks of one transaction: some milliseconds
_MARKED_AT_ONCE = 20


@dataclass(frozen=True, slots=True)
class Candidate:
    """A track that a play may be."""

    track_id: str
    #: 0 to 1
    confidence: float
    reason: Reason


async def join(ports: Ports, *, track_id: str, group: str) -> None:
    """Notes that a track that only a laptop told of is a recording that is known already. Raises: Unavailable."""

    def change(tx: Transaction) -> None:
        track = tx.library_track(track_id)
        if track is not None and track.group == track_id and tx.told_by(track_id) is not None:
            tx.put_library_track(replace(track, group=group))

    await ports.store.write(change)


async def mark_known(ports: Ports) -> None:
    """Notes by what the recordings of tracks are found that an earlier version put. Once done, it does nothing.

    Raises: Unavailable.
    """
    if await ports.reader.meta(MARKED) is not None:
        return
    last: str | None = ""
    while last is not None:
        last = await ports.store.write(partial(_mark, after=last))
    await ports.store.write(lambda tx: tx.set_meta(MARKED, "1"))


def _mark(tx: Transaction, *, after: str) -> str | None:
    return tx.mark_library_tracks(after=after, limit=_MARKED_AT_ONCE)


async def settle(ports: Ports, play: Play, candidates: Sequence[Candidate]) -> Identity | None:
    """Notes the likeliest of what a play may be, and shows dancers what is known of it if that is likely enough.

    Nothing is noted of a play that was called otherwise meanwhile, or that somebody has said something of. What its DJ
    denied is not offered again. Raises: Unavailable.
    """
    now = ports.clock.now()

    def change(tx: Transaction) -> Identity | None:
        current = tx.play(play.id)
        session = tx.session(play.session_id)
        if current is None or session is None or tx.identity(play.id) is not None:
            return None
        said = spoken(current.track)
        if said != spoken(play.track):
            return None
        denied = refused(tx.name_words(said), dj_id=session.dj_id)
        best = next((one for one in candidates if one.track_id not in denied), None)
        if best is None or best.confidence < OFFERED_FROM:
            return None
        verdict = Verdict.FOUND if best.confidence >= APPLIED_FROM else Verdict.OFFERED
        found = Identity(play.id, said, best.track_id, best.confidence, best.reason, verdict)
        recognising.note(tx, found, now=now)
        if found.is_applied:
            library.refill(tx, current, now=now)
        return found

    return await ports.store.write(change)
