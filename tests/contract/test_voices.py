"""What guests say beside likes, on both stores: each word arrives once, and is about what it was said of."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from appliance.domain import polls as rules
from appliance.domain.audit import STAFF
from appliance.domain.models import Dj, EndReason
from appliance.domain.polls import Poll, PollEnd
from appliance.domain.voices import Reaction, Tempo, TempoTally
from appliance.errors import BoxError, Invalid, NotAllowed, NotKnown, Refused
from appliance.usecases import plays, polls, privacy, reactions, sessions, stages, tempo
from appliance.usecases.plays import ToldPlay
from appliance.usecases.polls import Which
from appliance.usecases.reactions import Tap
from appliance.usecases.voices import with_voices
from tests.contract.conftest import Scene
from tests.support.evening import Evening, track

PlayOut = Callable[[Scene], None]
PAUSE_S = 900
DRAFT = rules.draft("More Blues?", ["Yes", "No", "Later"], lasts_s=60)
OPEN_END = rules.draft("And now?", ["Fast", "Slow"])


@dataclass
class Floor:
    """A stage with a DJ on it and something on."""

    evening: Evening
    dj: Dj
    stage: str
    session: str

    async def announce(self, play_id: str) -> None:
        sent = ToldPlay(track=track(play_id), play_id=play_id, session_id=self.session)
        await plays.announce_play(self.evening.ports, dj=self.dj, told=sent)

    async def vote(self, guest: str, play_id: str, vote: Tempo | None) -> TempoTally:
        felt = await tempo.vote(self.evening.ports, guest_id=guest, stage_id=self.stage, play_id=play_id, tempo=vote)
        return felt.tally

    async def react(self, guest: str, tap: Tap) -> bool:
        return await reactions.react(self.evening.ports, guest_id=guest, stage_id=self.stage, tap=tap)

    async def ask(self, draft: rules.PollDraft = DRAFT) -> Poll:
        return await polls.open_poll(
            self.evening.ports, dj=self.dj, draft=draft, pause_s=PAUSE_S, session_id=self.session
        )

    async def answer(self, guest: str, poll: Poll, option: int | None) -> tuple[int, ...]:
        done = await polls.answer(
            self.evening.ports, guest_id=guest, stage_id=self.stage, poll_id=poll.id, option=option
        )
        return done.poll.votes

    async def over(self, poll: Poll, end: PollEnd = PollEnd.ENDED) -> Poll:
        return await polls.end_poll(self.evening.ports, dj=self.dj, which=Which(poll.id, self.session), end=end)

    async def end(self) -> None:
        await sessions.end_session(self.evening.ports, dj=self.dj, session_id=self.session)


async def floor_of(evening: Evening, *, stage: str = "main-floor", name: str = "DJ Anna") -> Floor:
    dj = await evening.dj(name)
    session = (await sessions.start_session(evening.ports, dj=dj, stage_id=stage)).session.id
    floor = Floor(evening, dj, stage, session)
    await floor.announce(f"{stage}-1" if name == "DJ Anna" or stage != "main-floor" else name.replace(" ", "-"))
    return floor


async def refused(doing: object) -> str:
    """The code with which something is refused."""
    with pytest.raises((Refused, Invalid)) as found:
        await doing  # type: ignore[misc]
    assert isinstance(found.value, BoxError)
    return found.value.code


def test_of_tempo_votes_each_guest_s_last_word_counts(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        floor = await floor_of(evening)
        assert await floor.vote("a", "main-floor-1", Tempo.FASTER) == TempoTally(faster=1)
        assert await floor.vote("a", "main-floor-1", Tempo.FASTER) == TempoTally(faster=1)
        assert await floor.vote("b", "main-floor-1", Tempo.PERFECT) == TempoTally(perfect=1, faster=1)
        assert await floor.vote("a", "main-floor-1", Tempo.SLOWER) == TempoTally(slower=1, perfect=1)
        assert evening.told.kinds().count("tempo.voted") == 3
        assert await evening.ports.reader.tempo_votes_among("a", ["main-floor-1", "other"]) == {
            "main-floor-1": Tempo.SLOWER
        }
        play = await evening.ports.reader.play("main-floor-1")
        assert play is not None
        assert play.tempo == TempoTally(slower=1, perfect=1)

    play_out(scene)


def test_a_tempo_vote_that_was_taken_back_is_not_kept(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        floor = await floor_of(evening)
        await floor.vote("a", "main-floor-1", Tempo.FASTER)
        assert await floor.vote("a", "main-floor-1", None) == TempoTally()
        assert await floor.vote("a", "main-floor-1", None) == TempoTally()
        assert evening.told.kinds().count("tempo.voted") == 2
        assert await evening.ports.reader.tempo_votes_among("a", ["main-floor-1"]) == {}

    play_out(scene)


def test_a_tempo_vote_never_counts_for_the_track_after_it(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        floor = await floor_of(evening)
        await floor.vote("a", "main-floor-1", Tempo.FASTER)
        await floor.announce("main-floor-2")
        assert await refused(floor.vote("b", "main-floor-1", Tempo.FASTER)) == "tempo_over"
        assert await floor.vote("b", "main-floor-2", Tempo.SLOWER) == TempoTally(slower=1)
        await plays.stop_play(evening.ports, dj=floor.dj, session_id=floor.session)
        assert await refused(floor.vote("c", "main-floor-2", Tempo.FASTER)) == "tempo_over"
        await floor.end()
        assert await refused(floor.vote("c", "main-floor-2", Tempo.FASTER)) == "tempo_over"

    play_out(scene)


def test_no_word_crosses_to_another_stage(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        garden = (await stages.add_stage(evening.ports, name="Garden")).id
        here, there = await floor_of(evening), await floor_of(evening, stage=garden, name="DJ Ben")
        poll = await here.ask()
        assert await refused(there.vote("a", "main-floor-1", Tempo.FASTER)) == "play_unknown"
        assert await refused(there.react("a", Tap("r1", Reaction.THANK_YOU, play_id="main-floor-1"))) == "play_unknown"
        assert await refused(there.answer("a", poll, 0)) == "poll_unknown"
        assert await refused(there.over(poll)) == "poll_unknown"
        await there.ask()
        one, other = await with_voices(evening.ports.reader, await evening.ports.reader.stage_states())
        assert one.poll == poll
        assert other.poll is not None
        assert other.poll.stage_id == garden

    play_out(scene)


def test_a_reaction_that_is_sent_again_is_one(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        floor = await floor_of(evening)
        tap = Tap("r1", Reaction.THANK_YOU)
        assert [await floor.react("a", tap) for _ in range(3)] == [True, False, False]
        assert await floor.react("b", tap)
        assert await floor.react("a", Tap("r2", Reaction.FIRE))
        assert await evening.ports.reader.reactions_of(floor.session) == {Reaction.THANK_YOU: 2, Reaction.FIRE: 1}
        assert evening.told.kinds().count("reaction.sent") == 3

    play_out(scene)


def test_a_thank_you_that_comes_late_never_thanks_the_next_dj(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        anna = await floor_of(evening)
        await anna.end()
        assert await refused(anna.react("a", Tap("r0", Reaction.THANK_YOU))) == "nobody_plays"
        ben = await floor_of(evening, name="DJ Ben")
        await anna.react("a", Tap("r1", Reaction.THANK_YOU, play_id="main-floor-1"))
        assert await evening.ports.reader.reactions_of(anna.session) == {Reaction.THANK_YOU: 1}
        assert await evening.ports.reader.reactions_of(ben.session) == {}

    play_out(scene)


def test_an_answer_counts_once_and_can_be_changed_while_the_poll_runs(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        floor = await floor_of(evening)
        poll = await floor.ask()
        assert [await floor.answer("a", poll, 1), await floor.answer("a", poll, 1)] == [(0, 1, 0), (0, 1, 0)]
        assert await floor.answer("b", poll, 0) == (1, 1, 0)
        assert await floor.answer("a", poll, 2) == (1, 0, 1)
        assert await floor.answer("b", poll, None) == (0, 0, 1)
        assert await evening.ports.reader.poll_vote(poll.id, "a") == 2
        assert await evening.ports.reader.poll_vote(poll.id, "b") is None
        assert evening.told.kinds().count("poll.voted") == 4

    play_out(scene)


def test_a_vote_after_the_end_is_nowhere_in_the_store(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        floor = await floor_of(evening)
        poll = await floor.ask()
        await floor.answer("a", poll, 1)
        evening.clock.pass_s(60)
        # Nobody has ended it yet, and still it is over.
        assert await refused(floor.answer("b", poll, 0)) == "poll_over"
        assert [one.end for one in await polls.close_due(evening.ports)] == [PollEnd.TIME]
        assert await polls.close_due(evening.ports) == []
        assert await refused(floor.answer("b", poll, 0)) == "poll_over"
        assert await evening.ports.reader.poll_vote(poll.id, "b") is None
        # Whoever did not hear the answer sends again, and hears it now.
        assert await floor.answer("a", poll, 1) == (0, 1, 0)
        assert await refused(floor.answer("a", poll, 0)) == "poll_over"

    play_out(scene)


def test_one_poll_runs_on_a_stage_and_not_too_many_in_a_set(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        floor = await floor_of(evening)
        poll = await floor.ask(OPEN_END)
        assert await refused(floor.ask()) == "poll_running"
        assert (await floor.over(poll)).end is PollEnd.ENDED
        assert (await floor.over(poll, PollEnd.CANCELLED)).end is PollEnd.ENDED
        assert await refused(floor.ask()) == "poll_too_soon"
        # The organisers' polls are counted by themselves.
        ports = evening.ports
        theirs = await polls.open_stage_poll(ports, stage_id=floor.stage, draft=OPEN_END, pause_s=PAUSE_S, by=STAFF)
        with pytest.raises(NotAllowed):
            await floor.over(theirs)
        evening.clock.pass_s(PAUSE_S)
        assert await refused(floor.ask()) == "poll_running"
        await polls.end_stage_poll(ports, stage_id=floor.stage, poll_id=theirs.id, end=PollEnd.ENDED, by=STAFF)
        assert (await floor.ask()).end is None
        found = await ports.reader.polls_of_stage(floor.stage, limit=9)
        assert [one.question for one in found] == ["More Blues?", "And now?", "And now?"]

    play_out(scene)


def test_a_poll_whose_time_is_up_never_stands_in_the_way_of_the_next(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        floor = await floor_of(evening)
        first = await floor.ask()
        evening.clock.pass_s(PAUSE_S)
        second = await floor.ask()
        ended = await evening.ports.reader.poll(first.id)
        assert ended is not None
        assert ended.end is PollEnd.TIME
        assert [one.id for one in await evening.ports.reader.running_polls()] == [second.id]

    play_out(scene)


def test_a_poll_ends_with_its_set_and_the_organisers_goes_on(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        floor, ports = await floor_of(evening), evening.ports
        poll = await floor.ask(OPEN_END)
        await floor.end()
        ended = await ports.reader.poll(poll.id)
        assert ended is not None
        assert ended.end is PollEnd.SESSION
        kinds = evening.told.kinds()
        assert kinds.index("poll.closed") < kinds.index("session.ended")
        theirs = await polls.open_stage_poll(ports, stage_id=floor.stage, draft=OPEN_END, pause_s=PAUSE_S, by=STAFF)
        ben = await floor_of(evening, name="DJ Ben")
        await ben.end()
        assert [one.id for one in await ports.reader.running_polls()] == [theirs.id]

    play_out(scene)


def test_a_poll_ends_with_a_set_that_another_dj_takes_over(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        floor, ben = await floor_of(evening), await evening.dj("DJ Ben")
        poll = await floor.ask(OPEN_END)
        evening.clock.pass_s(6 * 60)
        await sessions.start_session(evening.ports, dj=ben, stage_id=floor.stage, take_over=True)
        session = await evening.ports.reader.session(floor.session)
        assert session is not None
        assert session.ended is EndReason.TAKEN_OVER
        ended = await evening.ports.reader.poll(poll.id)
        assert ended is not None
        assert ended.end is PollEnd.SESSION

    play_out(scene)


def test_a_poll_that_is_taken_back_tells_nobody_a_result(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        floor = await floor_of(evening)
        poll = await floor.ask()
        await floor.answer("a", poll, 1)
        await floor.over(poll, PollEnd.CANCELLED)
        [closed] = [event for commit in evening.told.commits for event in commit if event.kind == "poll.closed"]
        assert closed.body() == {"poll": poll.id, "stage": "main-floor", "counts": [], "end": "cancelled"}

    play_out(scene)


def test_polls_are_the_business_of_whoever_asked(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        floor, ben = await floor_of(evening), await evening.dj("DJ Ben")
        poll = await floor.ask()
        with pytest.raises(NotAllowed):
            await polls.open_poll(evening.ports, dj=ben, draft=DRAFT, pause_s=PAUSE_S, session_id=floor.session)
        which = Which(poll.id, floor.session)
        with pytest.raises(NotAllowed):
            await polls.end_poll(evening.ports, dj=ben, which=which, end=PollEnd.ENDED)
        with pytest.raises(NotKnown):
            await polls.end_stage_poll(
                evening.ports, stage_id="main-floor", poll_id="none", end=PollEnd.ENDED, by=STAFF
            )
        await floor.over(poll)
        assert await refused(polls.end_poll(evening.ports, dj=floor.dj, which=Which(), end=PollEnd.ENDED)) == "no_poll"
        await floor.end()
        assert await refused(floor.ask()) == "session_over"

    play_out(scene)


def test_a_guest_who_is_forgotten_is_forgotten_in_every_word(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        floor, reader = await floor_of(evening), evening.ports.reader
        poll = await floor.ask()
        for guest in ("a", "b"):
            await floor.vote(guest, "main-floor-1", Tempo.FASTER)
            await floor.react(guest, Tap("r1", Reaction.THANK_YOU))
            await floor.answer(guest, poll, 0)
        assert [await privacy.forget_guest(evening.ports, guest_id="a") for _ in range(2)] == [3, 0]
        play, asked = await reader.play("main-floor-1"), await reader.poll(poll.id)
        assert play is not None
        assert asked is not None
        assert (play.tempo, asked.votes) == (TempoTally(faster=1), (1, 0, 0))
        assert await reader.reactions_of(floor.session) == {Reaction.THANK_YOU: 1}
        assert await reader.tempo_votes_among("a", ["main-floor-1"]) == {}
        assert await reader.poll_vote(poll.id, "a") is None
        assert evening.told.kinds()[-3:] == ["tempo.voted", "poll.voted", "guest.forgotten"]

    play_out(scene)


def test_a_start_shows_what_was_said_before_it(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        floor = await floor_of(evening)
        poll = await floor.ask()
        await floor.answer("a", poll, 2)
        await floor.vote("a", "main-floor-1", Tempo.PERFECT)
        await floor.react("a", Tap("r1", Reaction.ENCORE))
        [state] = await with_voices(evening.ports.reader, await evening.ports.reader.stage_states())
        assert state.now is not None
        assert state.now.tempo == TempoTally(perfect=1)
        assert state.poll is not None
        assert state.poll.votes == (0, 0, 1)
        assert state.reactions == {Reaction.ENCORE: 1}

    play_out(scene)
