"""Words of guests who are not there, on both stores: kept, seen by themselves, in no sum, and counted once they are."""

from collections.abc import Callable

from appliance.domain.audit import STAFF
from appliance.domain.polls import PollEnd
from appliance.domain.voices import Reaction, Tempo, TempoTally
from appliance.usecases import bans, likes, polls, reactions, tempo
from appliance.usecases.polls import Which
from appliance.usecases.reactions import Tap
from appliance.usecases.settling import let_count
from tests.contract.conftest import Scene
from tests.contract.test_voices import Floor, floor_of
from tests.support.evening import Evening

PlayOut = Callable[[Scene], None]
PLAY = "main-floor-1"


async def say_everything(floor: Floor, guest: str, poll: str, *, there: bool) -> tuple[int, int, int]:
    """How a guest sees the likes, the votes for faster, and those for the first option."""
    ports, stage = floor.evening.ports, floor.stage
    liked = await likes.set_like(ports, guest_id=guest, play_id=PLAY, liked=True, there=there)
    felt = await tempo.vote(ports, guest_id=guest, stage_id=stage, play_id=PLAY, tempo=Tempo.FASTER, there=there)
    await reactions.react(ports, guest_id=guest, stage_id=stage, tap=Tap(id="r", reaction=Reaction.FIRE), there=there)
    answered = await polls.answer(ports, guest_id=guest, stage_id=stage, poll_id=poll, option=0, there=there)
    return liked.likes, felt.tally.faster, answered.poll.votes[0]


async def sums(floor: Floor, poll: str) -> tuple[int, int, int, int]:
    """As everybody sees them."""
    reader = floor.evening.ports.reader
    play, asked = await reader.play(PLAY), await reader.poll(poll)
    assert play is not None
    assert asked is not None
    heard = await reader.reactions_of(floor.session)
    return play.likes, play.tempo.faster, asked.votes[0], heard.get(Reaction.FIRE, 0)


def test_words_of_a_guest_who_is_not_there_are_kept_and_move_no_sum(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        floor = await floor_of(evening)
        poll = (await floor.ask()).id
        assert await say_everything(floor, "there", poll, there=True) == (1, 1, 1)
        told = len(evening.told.kinds())
        # They see their own word in it, every time.
        assert await say_everything(floor, "fresh", poll, there=False) == (2, 2, 2)
        assert await say_everything(floor, "fresh", poll, there=False) == (1, 2, 2)
        assert evening.told.kinds()[told:] == []
        assert await sums(floor, poll) == (1, 1, 1, 1)
        reader = evening.ports.reader
        assert await reader.liked_among("fresh", [PLAY]) == {PLAY}
        assert await reader.tempo_votes_among("fresh", [PLAY]) == {PLAY: Tempo.FASTER}
        assert await reader.poll_vote(poll, "fresh") == 0
        [tally] = await reader.tallies(floor.stage, limit=9)
        assert (tally.play.likes, tally.likes, tally.tempo) == (1, 1, TempoTally(faster=1))
        assert await reader.raw_votes([poll]) == {poll: {0: 1}}
        assert await reader.unheard(limit=9) == ["fresh"]

    play_out(scene)


def test_once_the_guest_is_there_everything_counts_and_is_told(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        floor = await floor_of(evening)
        poll = (await floor.ask()).id
        await say_everything(floor, "fresh", poll, there=False)
        told = len(evening.told.kinds())
        await let_count(evening.ports, guest_id="fresh")
        assert await sums(floor, poll) == (1, 1, 1, 1)
        assert evening.told.kinds()[told:] == ["like.given", "tempo.voted", "poll.voted", "reaction.sent"]
        await let_count(evening.ports, guest_id="fresh")
        assert len(evening.told.kinds()) == told + 4
        assert await evening.ports.reader.unheard(limit=9) == []

    play_out(scene)


def test_a_banned_guest_counts_no_more_by_being_there(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        floor = await floor_of(evening)
        poll = (await floor.ask()).id
        event = (await evening.ports.reader.events())[0].id
        await say_everything(floor, "loud", poll, there=False)
        await bans.ban(evening.ports, guest_id="loud", event_id=event, why="shouts", by=STAFF)
        await let_count(evening.ports, guest_id="loud")
        assert await sums(floor, poll) == (0, 0, 0, 0)
        assert await evening.ports.reader.unheard(limit=9) == []

    play_out(scene)


def test_a_result_that_was_told_never_changes_afterwards(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        floor = await floor_of(evening)
        poll = (await floor.ask()).id
        await say_everything(floor, "fresh", poll, there=False)
        which = Which(poll, floor.session)
        await polls.end_poll(evening.ports, dj=floor.dj, which=which, end=PollEnd.ENDED)
        await let_count(evening.ports, guest_id="fresh")
        assert (await sums(floor, poll))[:3] == (1, 1, 0)

    play_out(scene)


def test_a_word_that_counted_leaves_the_sum_when_it_is_said_otherwise_by_nobody_seen(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        floor = await floor_of(evening)
        poll = (await floor.ask()).id
        await say_everything(floor, "a", poll, there=True)
        ports = evening.ports
        # After a restart the box does not know them yet, and they change their mind.
        felt = await tempo.vote(
            ports, guest_id="a", stage_id=floor.stage, play_id=PLAY, tempo=Tempo.SLOWER, there=False
        )
        assert felt.tally == TempoTally(slower=1)
        done = await polls.answer(ports, guest_id="a", stage_id=floor.stage, poll_id=poll, option=1, there=False)
        assert done.poll.votes == (0, 1, 0)
        assert evening.told.kinds()[-2:] == ["tempo.voted", "poll.voted"]
        assert await sums(floor, poll) == (1, 0, 0, 1)
        await let_count(ports, guest_id="a")
        play = await ports.reader.play(PLAY)
        assert play is not None
        assert play.tempo == TempoTally(slower=1)

    play_out(scene)
