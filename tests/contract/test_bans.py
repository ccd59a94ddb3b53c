"""Shadow bans, on both stores: what a banned guest says is kept, shown to them, and moves no sum."""

from collections.abc import Callable

from appliance.domain.audit import STAFF
from appliance.domain.bans import Weight
from appliance.domain.voices import Reaction, Tempo
from appliance.usecases import bans, likes, privacy
from appliance.usecases.reactions import Tap
from tests.contract.conftest import Scene
from tests.contract.test_accounts import code_of
from tests.contract.test_voices import Floor, floor_of
from tests.support.evening import Evening

PlayOut = Callable[[Scene], None]
PLAY = "main-floor-1"


async def event_id(evening: Evening) -> str:
    return (await evening.ports.reader.events())[0].id


async def like(evening: Evening, guest: str, play: str = PLAY) -> int:
    return (await likes.set_like(evening.ports, guest_id=guest, play_id=play, liked=True)).likes


async def sums(evening: Evening) -> tuple[int, int]:
    play = await evening.ports.reader.play(PLAY)
    assert play is not None
    return play.likes, play.tempo.faster


async def shout(evening: Evening, floor: Floor, guest: str) -> None:
    await like(evening, guest)
    await floor.vote(guest, PLAY, Tempo.FASTER)
    await floor.react(guest, Tap(id="r1", reaction=Reaction.THANK_YOU))


async def ban(evening: Evening, guest: str, *, why: str = "shouts") -> str:
    event = await event_id(evening)
    return await code_of(bans.ban(evening.ports, guest_id=guest, event_id=event, why=why, by=STAFF))


async def lift(evening: Evening, guest: str) -> str:
    event = await event_id(evening)
    return await code_of(bans.lift(evening.ports, guest_id=guest, event_id=event, by=STAFF))


def test_what_was_said_before_a_ban_leaves_the_sums_and_comes_back_when_it_is_lifted(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        floor = await floor_of(evening)
        poll = await floor.ask()
        for guest in ("loud", "calm"):
            await shout(evening, floor, guest)
            await floor.answer(guest, poll, 0)
        assert await sums(evening) == (2, 2)
        assert await ban(evening, "loud") == ""
        assert await sums(evening) == (1, 1)
        now = await evening.ports.reader.poll(poll.id)
        assert now is not None
        assert now.votes == (1, 0, 0)
        assert await evening.ports.reader.reactions_of(floor.session) == {Reaction.THANK_YOU: 1}
        assert await evening.ports.reader.liked_among("loud", [PLAY]) == {PLAY}
        assert await lift(evening, "loud") == ""
        assert await sums(evening) == (2, 2)
        again = await evening.ports.reader.poll(poll.id)
        assert again is not None
        assert again.votes == (2, 0, 0)
        assert await evening.ports.reader.reactions_of(floor.session) == {Reaction.THANK_YOU: 2}

    play_out(scene)


def test_a_banned_guest_goes_on_as_if_nothing_were_and_nobody_else_hears_it(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        floor = await floor_of(evening)
        await like(evening, "loud")
        await ban(evening, "loud")
        await floor.announce("next")
        told = len(evening.told.kinds())
        assert await like(evening, "loud", "next") == 1
        await floor.vote("loud", "next", Tempo.SLOWER)
        await floor.react("loud", Tap(id="r2", reaction=Reaction.THANK_YOU))
        poll = await floor.ask()
        assert await floor.answer("loud", poll, 1) == (0, 1, 0)  # as they see it
        assert [kind for kind in evening.told.kinds()[told:] if kind != "poll.opened"] == []
        assert await evening.ports.reader.liked_among("loud", ["next"]) == {"next"}
        play = await evening.ports.reader.play("next")
        assert play is not None
        assert (play.likes, play.tempo.slower) == (0, 0)
        taken = await likes.set_like(evening.ports, guest_id="loud", play_id="next", liked=False)
        assert taken.likes == 0

    play_out(scene)


def test_whoever_is_banned_is_told_to_staff_in_numbers(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        floor = await floor_of(evening)
        await shout(evening, floor, "loud")
        await like(evening, "calm")
        event = await event_id(evening)
        loud = Weight("loud", likes=1, tempo_votes=1, reactions=1, counted=3)
        assert await evening.ports.reader.loudest(event, limit=9) == [loud, Weight("calm", likes=1, counted=1)]
        await ban(evening, "loud")
        weight = await evening.ports.reader.weight("loud")
        assert (weight.said, weight.counted, weight.discounted) == (3, 0, 3)
        assert await evening.ports.reader.banned_among(["loud", "calm"]) == {"loud"}
        assert await evening.ports.reader.weight("nobody") == Weight("nobody")
        assert await evening.ports.reader.loudest(event, limit=1) == [weight]

    play_out(scene)


def test_bans_are_kept_with_who_when_and_why(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        for guest in ("a", "b"):
            await floor_like(evening, guest)
            await ban(evening, guest, why=f"because of {guest}")
        evening.clock.pass_s(60)
        await lift(evening, "a")
        event = await event_id(evening)
        newest, first = await evening.ports.reader.bans(event, limit=9)
        assert [(one.guest_id, one.why, one.by, one.lifted is None) for one in (newest, first)] == [
            ("b", "because of b", STAFF, True),
            ("a", "because of a", STAFF, False),
        ]
        assert first.lifted is not None
        assert first.lifted.boot_ms - first.since.boot_ms == 60_000
        assert await evening.ports.reader.bans(event, before=newest.number, limit=9) == [first]
        assert await evening.ports.reader.bans("another", limit=9) == []
        trail = [(one.deed.act, one.deed.on, one.deed.event_id) for one in await evening.ports.reader.audit(limit=3)]
        assert trail[0] == ("guest.unbanned", "a", event)
        assert trail[1][:2] == ("guest.banned", "b")

    play_out(scene)


async def floor_like(evening: Evening, guest: str) -> None:
    if await evening.ports.reader.play(PLAY) is None:
        await floor_of(evening)
    await like(evening, guest)


def test_a_ban_that_can_t_be_is_refused(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        await floor_like(evening, "loud")
        assert await ban(evening, "nobody") == "guest_unknown"
        assert await ban(evening, "loud", why=" ") == "reason_empty"
        assert await ban(evening, "loud", why="w" * 201) == "reason_too_long"
        assert await lift(evening, "loud") == "ban_unknown"
        assert await ban(evening, "loud", why="w" * 200) == ""
        assert await ban(evening, "loud") == "guest_banned"
        elsewhere = bans.ban(evening.ports, guest_id="loud", event_id="another", why="w", by=STAFF)
        assert await code_of(elsewhere) == "event_unknown"
        assert await code_of(bans.lift(evening.ports, guest_id="loud", event_id="another", by=STAFF)) == "ban_unknown"

    play_out(scene)


def test_a_poll_that_is_over_stays_as_it_ended(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        floor = await floor_of(evening)
        poll = await floor.ask()
        await floor.answer("loud", poll, 0)
        await floor.over(poll)
        await ban(evening, "loud")
        now = await evening.ports.reader.poll(poll.id)
        assert now is not None
        assert now.votes == (1, 0, 0)

    play_out(scene)


def test_a_guest_who_is_forgotten_leaves_no_ban(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        await floor_like(evening, "loud")
        await ban(evening, "loud")
        await privacy.forget_guest(evening.ports, guest_id="loud")
        assert await evening.ports.reader.bans(await event_id(evening), limit=9) == []

    play_out(scene)
