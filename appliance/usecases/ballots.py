"""What shall the house play next? Asked while a play of the house is on, decided when its player wants to know."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from appliance.domain import ballots
from appliance.domain.audit import Actor, Deed
from appliance.domain.ballots import Ballot, Candidate
from appliance.domain.events import BallotClosed, BallotCounted, BallotOpened
from appliance.domain.house import Reason, Why, track_key
from appliance.domain.models import Play, Stamp
from appliance.domain.rules import identity_key
from appliance.errors import NotKnown, Refused
from appliance.ports import Ports, Transaction
from appliance.ports.house import KeptChoice
from appliance.usecases.speaking import check_room, is_banned
from appliance.usecases.stages import known_stage

#: so many of the last choices are looked through for what is on
_REMEMBERED = 10


@dataclass(frozen=True, slots=True)
class Voted:
    """The outcome of a vote."""

    #: with the votes as the guest sees them
    ballot: Ballot
    #: the guest's vote now; None for none
    place: int | None


async def open_ballot(ports: Ports, *, play_id: str, candidates: Sequence[Candidate]) -> Ballot | None:
    """Asks what shall come after a play of the house; None when that is not on any more, is a DJ's, or was asked.

    Raises: Unavailable.
    """
    now = ports.clock.now()

    def change(tx: Transaction) -> Ballot | None:
        play = tx.play(play_id)
        if play is None or not _is_on(tx, play) or tx.ballot_of_play(play_id) is not None:
            return None
        before = tx.newest_ballot(play.stage_id)
        if before is not None and before.is_open:
            # It was never decided: the player went on by itself while the box was away.
            _close(tx, before, won=None, at=now)
        votes = (0,) * len(candidates)
        why = _why(tx, play)
        ballot = Ballot(ports.new_id(), play.stage_id, play.id, candidates=tuple(candidates), votes=votes, why=why)
        tx.add_ballot(ballot)
        tx.record(BallotOpened(ballot), at=now)
        return ballot

    return await ports.store.write(change)


def _is_on(tx: Transaction, play: Play) -> bool:
    session = tx.active_session(play.stage_id)
    is_current = session is not None and session.current_play_id == play.id
    return is_current and session is not None and tx.player_of_dj(session.dj_id) is not None


def _why(tx: Transaction, play: Play) -> Reason | None:
    key = (identity_key(play.track.artist), identity_key(play.track.title))
    chosen = tx.choices(play.stage_id, limit=_REMEMBERED)
    return next((one.why for one in chosen if one.key == key), None)


async def vote(
    ports: Ports, *, guest_id: str, stage_id: str, ballot_id: str, place: int | None, there: bool = True
) -> Voted:
    """A guest's last vote; None takes it back. Durable when it returns; again changes nothing.

    It counts only of guests who are known to be `there`; the others see it all the same.

    Raises: NotKnown with the code `ballot_unknown`; Refused with the code `ballot_over`; Invalid with the code
    `option_unknown`; Unavailable with the code `disk_full`.
    """
    check_room(ports)
    now = ports.clock.now()

    def change(tx: Transaction) -> Voted:
        ballot = _of_stage(tx, ballot_id, stage_id=stage_id)
        before = tx.ballot_word(ballot_id, guest_id=guest_id)
        if (before.place if before else None) == place:
            # Said before and not heard the answer: also when it is decided by now, that vote is in it.
            return Voted(_as_seen(ballot, place, counted=before is None or before.counts), place)
        ballots.check_choice(ballot, place if place is not None else 0)
        session = tx.active_session(stage_id)
        if session is None or session.current_play_id != ballot.play_id:
            raise Refused("ballot_over", "The song that this was asked in is over, so the vote is not counted.")
        counted = there and not is_banned(tx, guest_id)
        tx.set_ballot_word(ballot_id, guest_id=guest_id, place=place, counts=counted)
        if counted or (before is not None and before.counts):
            _tell(tx, ballot_id, at=now)
        return Voted(_as_seen(_known(tx, ballot_id), place, counted=counted), place)

    return await ports.store.write(change)


def _as_seen(ballot: Ballot, place: int | None, *, counted: bool) -> Ballot:
    """The ballot as the guest sees it: with the own vote in it."""
    if counted or place is None:
        return ballot
    return replace(ballot, votes=tuple(n + (one == place) for one, n in enumerate(ballot.votes)))


async def decide(ports: Ports, *, ballot_id: str, playable: Collection[str]) -> Ballot | None:
    """Ends a ballot, if that was not done: the most votes win of what may be played, and are noted as the choice.

    Again changes nothing.

    None for one of an earlier song: that says nothing any more.

    Raises: Unavailable.
    """
    now = ports.clock.now()

    def change(tx: Transaction) -> Ballot | None:
        ballot = _known(tx, ballot_id)
        session = tx.active_session(ballot.stage_id)
        if session is not None and session.current_play_id not in {None, ballot.play_id}:
            return None
        if ballot.is_open:
            ballot = _close(tx, ballot, won=ballots.winner(ballot, playable=playable), at=now)
        if ballot.won is not None and ballot.candidates[ballot.won].track_id in playable:
            one = ballot.candidates[ballot.won]
            key = track_key(one.artist, one.title)
            _keep(tx, KeptChoice(ballot.stage_id, one.track_id, key, reason_of(ballot, ballot.won)))
        return ballot

    return await ports.store.write(change)


async def take_over(ports: Ports, *, stage_id: str, ballot_id: str, place: int, by: Actor) -> Ballot:
    """A manager decides what comes next, whatever was voted.

    Raises: NotKnown with the code `ballot_unknown`; Refused with the code `ballot_over`; Invalid with the code
    `option_unknown`.
    """
    now = ports.clock.now()

    def change(tx: Transaction) -> Ballot:
        ballot = _of_stage(tx, ballot_id, stage_id=stage_id)
        ballots.check_choice(ballot, place)
        stage = known_stage(tx, stage_id)
        title = ballot.candidates[place].title
        deed = Deed("house.chosen", on=ballot.id, name=stage.name, event_id=stage.event_id, detail=title)
        tx.audit(deed, by=by, at=now)
        return _close(tx, ballot, won=place, at=now)

    return await ports.store.write(change)


def reason_of(ballot: Ballot, place: int) -> Reason:
    """Why a candidate came out first: its votes, or what the house thought where nobody voted."""
    votes = ballot.votes[place]
    return Reason(Why.VOTED, votes) if votes else ballot.candidates[place].why


async def keep_choice(ports: Ports, choice: KeptChoice) -> None:
    """Notes what the house chose and why; the same again is the same choice.

    Raises: Unavailable.
    """
    await ports.store.write(lambda tx: _keep(tx, choice))


def _keep(tx: Transaction, choice: KeptChoice) -> None:
    if [one.track_id for one in tx.choices(choice.stage_id, limit=1)] != [choice.track_id]:
        tx.add_choice(choice)


def settle(tx: Transaction, guest_id: str, *, counts: bool, at: Stamp) -> None:
    """Lets a guest's votes count from now on, or not, in ballots that are open."""
    for word in tx.ballot_words_by(guest_id):
        if word.counts is not counts and _known(tx, word.ballot_id).is_open:
            tx.set_ballot_word(word.ballot_id, guest_id=guest_id, place=word.place, counts=counts)
            _tell(tx, word.ballot_id, at=at)


def forget(tx: Transaction, guest_id: str, *, at: Stamp) -> int:
    """Takes back every vote of a guest; how many that were."""
    words = tx.ballot_words_by(guest_id)
    for word in words:
        tx.set_ballot_word(word.ballot_id, guest_id=guest_id, place=None, counts=False)
        if word.counts:
            _tell(tx, word.ballot_id, at=at)
    return len(words)


def _of_stage(tx: Transaction, ballot_id: str, *, stage_id: str) -> Ballot:
    ballot = tx.ballot(ballot_id)
    if ballot is None or ballot.stage_id != stage_id:
        raise NotKnown("ballot_unknown", "That is not asked here.", advice="Look at the stage page again.")
    return ballot


def _known(tx: Transaction, ballot_id: str) -> Ballot:
    ballot = tx.ballot(ballot_id)
    assert ballot is not None  # whoever asks has its id from a row that needs it
    return ballot


def _tell(tx: Transaction, ballot_id: str, *, at: Stamp) -> None:
    tx.record(BallotCounted(_known(tx, ballot_id)), at=at)


def _close(tx: Transaction, ballot: Ballot, *, won: int | None, at: Stamp) -> Ballot:
    tx.close_ballot(ballot.id, won=won)
    closed = replace(ballot, is_open=False, won=won)
    tx.record(BallotClosed(closed), at=at)
    return closed
