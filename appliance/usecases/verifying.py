"""A DJ looks through a set and says which track each play was. What is said counts for this play and all later ones."""

from collections.abc import Sequence

from appliance.domain import rules
from appliance.domain.identity import Identity, NameWord, Reason, Verdict, spoken
from appliance.domain.models import Dj, Play, Session
from appliance.errors import NotKnown
from appliance.ports import PlayIdentity, Ports, Transaction
from appliance.usecases import library, recognising
from appliance.usecases.sessions import session_unknown


async def own_set(ports: Ports, *, dj: Dj, session_id: str) -> tuple[Session, Sequence[PlayIdentity]]:
    """A DJ's own set, and what its plays are taken for.

    Raises: NotKnown with the code `session_unknown`; NotAllowed with the code `session_not_yours`.
    """
    session = await ports.reader.session(session_id)
    if session is None:
        raise session_unknown()
    rules.owned(session, dj_id=dj.id)
    return session, await ports.reader.identities_of_session(session_id)


async def say(ports: Ports, *, dj: Dj, play_id: str, track_id: str, is_same: bool) -> Identity:
    """Keeps whether a play was a track, and shows what is known of it, or no longer.

    Raises: NotKnown with the code `play_unknown` or `track_unknown`; NotAllowed with the code `session_not_yours`.
    """
    now = ports.clock.now()

    def change(tx: Transaction) -> Identity:
        play = _own_play(tx, play_id, dj=dj)
        if tx.library_track(track_id) is None:
            raise NotKnown("track_unknown", "The box does not know this track.", advice="Search again.")
        found = _judged(tx.identity(play.id), play, track_id=track_id, is_same=is_same)
        _remember(tx, found, NameWord(dj.id, found.said, track_id, is_same), was=tx.identity(play.id))
        recognising.note(tx, found, now=now, dj_id=dj.id)
        library.refill(tx, play, now=now)
        return found

    return await ports.store.write(change)


def _judged(known: Identity | None, play: Play, *, track_id: str, is_same: bool) -> Identity:
    said = spoken(play.track)
    if is_same:
        # That it is the very file stays the better reason.
        by_file = known is not None and known.reason is Reason.FILE and known.track_id == track_id
        return Identity(play.id, said, track_id, 1.0, Reason.FILE if by_file else Reason.SAID, Verdict.CONFIRMED)
    return Identity(play.id, said, track_id, 0.0, Reason.SAID, Verdict.REJECTED)


def _remember(tx: Transaction, found: Identity, word: NameWord, *, was: Identity | None) -> None:
    """Keeps the word, and takes back what the same DJ said otherwise."""
    if word.is_same:
        others = {one.track_id for one in tx.name_words(found.said) if one.dj_id == word.dj_id and one.is_same}
        if was is not None and was.track_id is not None:
            others.add(was.track_id)
        for other in others - {word.track_id}:
            tx.put_name_word(NameWord(word.dj_id, found.said, other, is_same=False))
    tx.put_name_word(word)


def _own_play(tx: Transaction, play_id: str, *, dj: Dj) -> Play:
    play = tx.play(play_id)
    if play is None:
        raise NotKnown("play_unknown", "The box does not know this play.", advice="Open the page again.")
    session = tx.session(play.session_id)
    assert session is not None  # a play has its session by the schema
    rules.owned(session, dj_id=dj.id)
    return play
