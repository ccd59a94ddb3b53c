"""What dancers say while the house plays: votes for what comes next, and "not for me". On both stores."""

from collections.abc import Callable

import pytest

from appliance.domain.audit import STAFF
from appliance.domain.ballots import Ballot
from appliance.domain.events import BallotClosed, BallotCounted, DislikesCounted, GuestForgotten
from appliance.domain.house import HouseRules, Reason, Why
from appliance.errors import BoxError, NotKnown, Refused
from appliance.usecases import ballots, bans, dislikes, likes, privacy, settling
from appliance.usecases.ballots import Voted
from tests.contract.conftest import Scene
from tests.support.evening import Evening
from tests.support.house import STAGE, House

PlayOut = Callable[[Scene], None]


async def asked(house: House) -> Ballot:
    ballot = await house.asks(await house.house_plays("t0"))
    assert ballot is not None
    return ballot


async def vote(house: House, guest: str, ballot: Ballot, place: int | None, *, there: bool = True) -> Voted:
    ports = house.evening.ports
    return await ballots.vote(
        ports, guest_id=guest, stage_id=STAGE, ballot_id=ballot.id, place=place, there=there
    )  # fmt: skip


async def votes(house: House) -> tuple[int, ...]:
    ballot = await house.evening.ports.reader.newest_ballot(STAGE)
    assert ballot is not None
    return ballot.votes


def test_three_different_artists_are_asked_about_once_in_each_song_of_the_house(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        house = await House(evening).open_house()
        ballot = await asked(house)
        assert len({one.artist for one in ballot.candidates}) == 3
        assert "t0" not in {one.track_id for one in ballot.candidates}
        assert await evening.ports.reader.newest_ballots() == [ballot]
        assert await house.asks("h-t0-1") is None
        following = await house.asks(await house.house_plays("t1"))
        assert following is not None
        kept = await evening.ports.store.write(lambda tx: tx.ballot(ballot.id))
        assert kept is not None
        assert (kept.is_open, kept.won) == (False, None)
        assert await evening.ports.reader.newest_ballots() == [following]

    play_out(scene)


def test_a_djs_song_asks_nothing(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        house = await House(evening).open()
        await house.play("t1")
        assert await house.asks("p-t1") is None
        with pytest.raises(Refused) as refused:
            await dislikes.set_dislike(evening.ports, guest_id="a", play_id="p-t1", disliked=True)
        assert refused.value.code == "not_the_house"

    play_out(scene)


def test_each_phone_has_one_vote_and_may_change_it_and_those_who_are_not_there_see_their_own_only(
    play_out: PlayOut,
) -> None:
    async def scene(evening: Evening) -> None:
        house = await House(evening).open_house()
        ballot = await asked(house)
        for guest, place in (("a", 1), ("a", 2), ("a", 2), ("b", 2), ("c", 0), ("c", None)):
            await vote(house, guest, ballot, place)
        assert await votes(house) == (0, 0, 2)
        unseen = await vote(house, "unseen", ballot, 0, there=False)
        assert unseen.ballot.votes == (1, 0, 2)
        assert await votes(house) == (0, 0, 2)
        assert await evening.ports.reader.unheard(limit=9) == ["unseen"]
        await settling.let_count(evening.ports, guest_id="unseen")
        assert await votes(house) == (1, 0, 2)
        assert await evening.ports.reader.ballot_word(ballot.id, "a") == 2
        assert await evening.ports.reader.ballot_word(ballot.id, "c") is None
        told = [one for commit in evening.told.commits for one in commit if isinstance(one, BallotCounted)]
        assert [one.ballot.votes for one in told][-1] == (1, 0, 2)
        # What leaves the box are counts.
        assert all("guest" not in one.body() for one in told)

    play_out(scene)


def test_the_most_votes_come_next_and_the_same_question_gets_the_same_answer(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        house = await House(evening).open_house()
        ballot = await asked(house)
        await vote(house, "a", ballot, 2)
        wanted = ballot.candidates[2].track_id
        assert await house.next() == (wanted, Why.VOTED)
        assert await house.next() == (wanted, Why.VOTED)
        with pytest.raises(Refused) as refused:
            await vote(house, "b", ballot, 1)
        assert refused.value.code == "ballot_over"
        # The same word again is no new vote.
        assert (await vote(house, "a", ballot, 2)).place == 2
        # What comes after that is not what was voted for once more.
        after = await house.next(wanted)
        assert after is not None
        assert after[0] != wanted
        assert [one.why for one in await evening.ports.reader.choices(STAGE, limit=9)][-1] == Reason(Why.VOTED, 1)
        closed = [one for commit in evening.told.commits for one in commit if isinstance(one, BallotClosed)]
        assert [(one.ballot.votes, one.ballot.won) for one in closed] == [((0, 0, 1), 2)]
        # The song that was voted for is on: its page says why.
        following = await house.asks(await house.house_plays(wanted))
        assert following is not None
        assert following.why == Reason(Why.VOTED, 1)

    play_out(scene)


def test_without_a_vote_the_best_by_taste_comes_and_rules_go_before_votes(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        house = await House(evening).open_house()
        ballot = await asked(house)
        await vote(house, "a", ballot, 1)
        await vote(house, "b", ballot, 2)
        unwanted = ballot.candidates[1].track_id
        slow = 118 + int(unwanted[1:]) / 10
        bounds = HouseRules(bpm_from=slow + 0.05) if slow < 118.6 else HouseRules(bpm_until=slow - 0.05)
        await evening.ports.store.write(lambda tx: tx.set_house_rules(STAGE, bounds))
        found = await house.next()
        assert found is not None
        assert found[0] != unwanted
        await evening.ports.store.write(lambda tx: tx.set_house_rules(STAGE, HouseRules()))
        following = await house.asks(await house.house_plays(found[0], times=2))
        assert following is not None
        assert await house.next() == (following.candidates[0].track_id, following.candidates[0].why.why)

    play_out(scene)


def test_a_vote_of_an_earlier_song_decides_nothing_and_one_for_another_stage_is_none(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        house = await House(evening).open_house()
        ballot = await asked(house)
        await house.house_plays("t5")
        with pytest.raises(Refused):
            await vote(house, "a", ballot, 1)
        found = await house.next()
        assert found is not None
        assert found[1] is not Why.VOTED
        for stage_id, ballot_id in (("elsewhere", ballot.id), (STAGE, "none")):
            with pytest.raises(NotKnown):
                await ballots.vote(evening.ports, guest_id="a", stage_id=stage_id, ballot_id=ballot_id, place=0)

    play_out(scene)


@pytest.mark.parametrize("place", [-1, 3, 10**9])
def test_a_candidate_that_is_not_there_is_refused(play_out: PlayOut, place: int) -> None:
    async def scene(evening: Evening) -> None:
        house = await House(evening).open_house()
        ballot = await asked(house)
        with pytest.raises(BoxError) as refused:
            await vote(house, "a", ballot, place)
        assert refused.value.code == "option_unknown"
        assert await votes(house) == (0, 0, 0)

    play_out(scene)


def test_a_dislike_takes_the_like_back_pushes_gently_and_is_told_as_a_count(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        house = await House(evening, guests=["a", "b"]).open_house()
        play_id, ports = (await asked(house)).play_id, evening.ports

        async def say(guest: str, *, disliked: bool, there: bool = True) -> bool:
            done = await dislikes.set_dislike(ports, guest_id=guest, play_id=play_id, disliked=disliked, there=there)
            return done.was_liked

        await likes.set_like(ports, guest_id="a", play_id=play_id, liked=True)
        assert await say("a", disliked=True)
        assert not await say("a", disliked=True)
        assert await ports.reader.liked_among("a", [play_id]) == frozenset()
        assert await ports.reader.disliked_among("a", [play_id]) == {play_id}
        assert [word.is_like for word in await ports.reader.house_words(["a"])] == [False]
        await say("b", disliked=True, there=False)
        assert await ports.reader.dislikes_of_plays([play_id, "none"]) == {play_id: 1}
        await settling.let_count(ports, guest_id="b")
        assert await ports.reader.dislikes_of_plays([play_id]) == {play_id: 2}
        await likes.set_like(ports, guest_id="a", play_id=play_id, liked=True)
        await say("b", disliked=False)
        assert await ports.reader.dislikes_of_plays([play_id]) == {}
        told = [one for commit in evening.told.commits for one in commit if isinstance(one, DislikesCounted)]
        assert [one.dislikes for one in told] == [1, 2, 1, 0]
        assert all("guest" not in one.body() for one in told)

    play_out(scene)


def test_a_banned_guest_sees_their_words_and_nobody_else_does(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        house = await House(evening).open_house()
        ballot = await asked(house)
        await vote(house, "a", ballot, 1)
        await dislikes.set_dislike(evening.ports, guest_id="a", play_id=ballot.play_id, disliked=True)
        event = (await evening.ports.reader.events())[0]
        await bans.ban(evening.ports, event_id=event.id, guest_id="a", why="spam", by=STAFF)
        assert await votes(house) == (0, 0, 0)
        assert await evening.ports.reader.dislikes_of_plays([ballot.play_id]) == {}
        assert (await vote(house, "a", ballot, 2)).ballot.votes == (0, 0, 1)
        assert await votes(house) == (0, 0, 0)

    play_out(scene)


def test_a_forgotten_guest_leaves_no_vote_no_dislike_and_no_place_behind(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        house = await House(evening, guests=["a"]).open_house()
        ballot = await asked(house)
        await vote(house, "a", ballot, 1)
        await vote(house, "b", ballot, 1)
        await dislikes.set_dislike(evening.ports, guest_id="a", play_id=ballot.play_id, disliked=True)
        assert await privacy.forget_guest(evening.ports, guest_id="a") == 2
        assert await votes(house) == (0, 1, 0)
        assert await evening.ports.reader.dislikes_of_plays([ballot.play_id]) == {}
        assert await evening.ports.reader.house_words(["a"]) == []
        assert evening.told.commits[-1][-1] == GuestForgotten("a")
        assert await privacy.forget_guest(evening.ports, guest_id="a") == 0

    play_out(scene)
