"""One word against the own history is not believed; the same word again is, and so are many."""

from sync.agent.doubt import Doubt
from sync.journal.answers import Acked, Forked
from sync.journal.entries import Position


def said(seq: int, chain: str = "a") -> Forked:
    return Forked(Position(seq, chain * 64), 0)


def test_a_word_is_believed_when_it_is_said_again() -> None:
    doubt = Doubt()
    assert not doubt.is_believed(said(5))
    assert doubt.is_believed(Acked(Position(5, "a" * 64), 0))
    assert not doubt.is_believed(said(5))


def test_words_that_differ_are_believed_only_when_there_are_many() -> None:
    doubt = Doubt()
    assert [doubt.is_believed(said(seq)) for seq in (5, 6, 7, 8)] == [False, False, False, True]


def test_a_word_for_the_own_history_dispels_it() -> None:
    doubt = Doubt()
    assert not doubt.is_believed(said(5))
    doubt.dispel()
    assert not doubt.is_believed(said(5))
