"""How the tempo of what is on feels to dancers. A vote is about what is heard: it ends with the track."""

from dataclasses import dataclass

from appliance.domain.events import TempoVoted
from appliance.domain.locks import OUTSIDE, Inside
from appliance.domain.models import Play
from appliance.domain.voices import Tempo, TempoTally
from appliance.errors import Refused
from appliance.ports import Ports, Transaction
from appliance.usecases.speaking import check_room, is_banned, known_play


@dataclass(frozen=True, slots=True)
class Felt:
    """The outcome of a vote."""

    play_id: str
    #: the guest's vote now; None for none
    vote: Tempo | None
    #: all votes on the play now, as the guest sees them
    tally: TempoTally


async def vote(
    ports: Ports,
    *,
    guest_id: str,
    stage_id: str,
    play_id: str,
    tempo: Tempo | None,
    inside: Inside = OUTSIDE,
    there: bool = True,
) -> Felt:
    """A guest's last word on the tempo; None takes it back. Durable when it returns; again changes nothing.

    It counts only of guests who are known to be `there`; the others see it all the same.
    Raises: NotKnown with the code `play_unknown`; Refused with the code `tempo_over` when the track is; Unavailable
    with the code `disk_full`.
    """
    check_room(ports)
    now = ports.clock.now()

    def change(tx: Transaction) -> Felt:
        play = known_play(tx, play_id, stage_id=stage_id, inside=inside)
        _check_is_on(tx, play)
        before = tx.tempo_vote(play_id, guest_id=guest_id)
        if (before.vote if before else None) is tempo:
            is_in = before is None or before.counts
            return Felt(play_id, tempo, play.tempo if is_in else play.tempo.moved(tempo, 1))
        counted = there and not is_banned(tx, guest_id)
        tx.set_tempo_vote(play_id, guest_id=guest_id, vote=tempo, counts=counted)
        tally = known_play(tx, play_id, inside=inside).tempo
        if counted or (before is not None and before.counts):
            told = TempoVoted(play_id, play.stage_id, guest_id, vote=tempo if counted else None, tally=tally)
            tx.record(told, at=now)
        return Felt(play_id, tempo, tally if counted else tally.moved(tempo, 1))

    return await ports.store.write(change)


def _check_is_on(tx: Transaction, play: Play) -> None:
    # By the stage and not by the play's own set: what was on when that was handed over stays on.
    session = tx.active_session(play.stage_id)
    if session is None or session.current_play_id != play.id:
        raise Refused("tempo_over", "This track is over, so how its tempo feels is not counted any more.")
