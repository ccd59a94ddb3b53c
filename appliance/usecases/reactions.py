"""What dancers say to the DJ with one tap, such as a thank-you."""

from dataclasses import dataclass, replace

from appliance.domain import rules
from appliance.domain.events import ReactionSent
from appliance.domain.locks import OUTSIDE, Inside
from appliance.domain.models import Session, Stamp
from appliance.domain.voices import Reaction
from appliance.errors import NotKnown, Refused
from appliance.ports import Ports, ReactionWord, Transaction
from appliance.usecases.speaking import check_room, is_banned, known_play
from appliance.usecases.stages import known_stage


@dataclass(frozen=True, slots=True)
class Tap:
    """What a phone sends."""

    #: the phone's own id: the same one of the same guest is one reaction
    id: str
    reaction: Reaction
    #: whose set it was tapped in; None for that of the play, or for the one that runs
    session_id: str | None = None
    #: what was on when it was tapped; None between two plays
    play_id: str | None = None
    #: the locks that the phone has opened
    inside: Inside = OUTSIDE


async def react(ports: Ports, *, guest_id: str, stage_id: str, tap: Tap, there: bool = True) -> bool:
    """Tells the DJ; whether that is new. Durable when it returns.

    It is for the DJ in whose set it was tapped, also when it comes after that; of guests who are not known to be
    `there` the DJ hears once they are.
    Raises: Invalid with the code `reaction_id_invalid`; NotKnown with the code `stage_unknown`, `session_unknown` or
    `play_unknown`; Refused with the code `nobody_plays`; Unavailable with the code `disk_full`.
    """
    check_room(ports)
    rules.checked_id(tap.id, what="reaction")
    now = ports.clock.now()

    def change(tx: Transaction) -> bool:
        word = replace(_word(tx, tap, stage_id=stage_id), counts=there and not is_banned(tx, guest_id))
        return _tell(tx, word, guest_id=guest_id, at=now)

    return await ports.store.write(change)


def _word(tx: Transaction, tap: Tap, *, stage_id: str) -> ReactionWord:
    """What is stored of a tap: with the set and the play that it is for."""
    known_stage(tx, stage_id)
    play = None
    if tap.play_id is not None:
        play = known_play(tx, tap.play_id, stage_id=stage_id, inside=tap.inside)
    if tap.session_id is not None:
        session_id = _known_session(tx, tap.session_id, stage_id=stage_id).id
    else:
        session_id = play.session_id if play else _running_session(tx, stage_id).id
    return ReactionWord(tap.id, stage_id, session_id, tap.play_id, tap.reaction, counts=True)


def _known_session(tx: Transaction, session_id: str, *, stage_id: str) -> Session:
    session = tx.session(session_id)
    if session is None or session.stage_id != stage_id:
        raise NotKnown("session_unknown", "There is no such session here.", advice="Open the stage page again.")
    return session


def _running_session(tx: Transaction, stage_id: str) -> Session:
    session = tx.active_session(stage_id)
    if session is None:
        raise Refused("nobody_plays", "Nobody is playing here just now, so there is nobody to tell.")
    return session


def _tell(tx: Transaction, word: ReactionWord, *, guest_id: str, at: Stamp) -> bool:
    is_new = tx.add_reaction(word, guest_id=guest_id)
    if is_new and word.counts:
        sent = ReactionSent(word.stage_id, word.session_id, guest_id, reaction=word.reaction, play_id=word.play_id)
        tx.record(sent, at=at)
    return is_new
