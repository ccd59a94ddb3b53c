"""Sets behind a PIN, on both stores: who sees what is played, and what guessing costs."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from appliance.domain.models import Dj, Session
from appliance.domain.voices import Reaction, Tempo
from appliance.errors import BoxError, Invalid, NotAllowed, NotKnown
from appliance.usecases import handover, likes, locks, plays, privacy, reactions, sessions, tempo, uptime
from appliance.usecases.handover import Handing
from appliance.usecases.locks import Guess
from appliance.usecases.plays import ToldPlay
from appliance.usecases.reactions import Tap
from tests.contract.conftest import Scene
from tests.support.evening import Evening, track

PlayOut = Callable[[Scene], None]
FLOOR = "main-floor"
PIN = "042042"


async def behind_a_pin(evening: Evening, dj: Dj, title: str = "Secret") -> Session:
    """A set that was behind a PIN from its first moment, with a track on."""
    started = await sessions.start_session(evening.ports, dj=dj, stage_id=FLOOR, pin=PIN)
    await play(evening, dj, title)
    return started.session


async def play(evening: Evening, dj: Dj, title: str) -> None:
    await plays.announce_play(evening.ports, dj=dj, told=ToldPlay(track=track(title), play_id=title))


async def titles(evening: Evening, *inside: str | None) -> list[str]:
    """What a phone that is inside of these locks finds in the stage's history."""
    opened = [lock for lock in inside if lock is not None]
    found = await evening.ports.reader.plays_of_stage(FLOOR, limit=50, inside=opened)
    return [one.track.title for one in found]


async def guess(
    evening: Evening, session: Session, pin: str = PIN, *, guest: str = "g1", is_settled: bool = True
) -> str:
    """The lock, or the code of the refusal."""
    try:
        return await locks.open_lock(evening.ports, Guess(guest, session.id, pin, is_settled))
    except BoxError as error:
        return error.code


def test_whoever_has_not_the_pin_finds_nothing_of_the_set_in_any_list(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        anna = await evening.dj()
        session = await behind_a_pin(evening, anna)
        assert session.lock is not None
        assert await titles(evening) == []
        assert await titles(evening, "another") == []
        assert await titles(evening, session.lock) == ["Secret"]
        reader = evening.ports.reader
        assert await reader.plays_of_session(session.id, limit=9) == []
        assert len(await reader.plays_of_session(session.id, limit=9, inside={session.lock})) == 1
        await sessions.end_session(evening.ports, dj=anna)
        assert await titles(evening) == []

    play_out(scene)


def test_what_is_played_behind_a_pin_is_as_unknown_as_what_never_was(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        anna = await evening.dj()
        session = await behind_a_pin(evening, anna)
        words = (
            lambda play, inside: likes.set_like(evening.ports, guest_id="g", play_id=play, liked=True, inside=inside),
            lambda play, inside: tempo.vote(
                evening.ports, guest_id="g", stage_id=FLOOR, play_id=play, tempo=Tempo.FASTER, inside=inside
            ),
            lambda play, inside: reactions.react(
                evening.ports, guest_id="g", stage_id=FLOOR, tap=Tap("r", Reaction.FIRE, play_id=play, inside=inside)
            ),
        )
        for say in words:
            refusals = []
            for name in ("Secret", "Never"):
                with pytest.raises(NotKnown) as error:
                    await say(name, frozenset())
                refusals.append((error.value.code, error.value.detail, error.value.advice))
            assert refusals[0] == refusals[1]
            assert session.lock is not None
            await say("Secret", {session.lock})

    play_out(scene)


def test_no_moment_of_a_set_that_begins_with_a_pin_is_told_to_everybody(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        anna = await evening.dj()
        evening.told.commits.clear()
        session = (await sessions.start_session(evening.ports, dj=anna, stage_id=FLOOR, pin=PIN)).session
        assert session.lock is not None
        [commit] = evening.told.commits
        assert [getattr(event, "session", session).lock for event in commit] == [session.lock] * len(commit)
        # The start again, after a crash, sends nobody out; with another PIN it goes on behind that one.
        again = await sessions.start_session(evening.ports, dj=anna, stage_id=FLOOR, pin=PIN)
        assert again.session.lock == session.lock
        assert (await locks.lock_set(evening.ports, dj=anna, pin=PIN)).session.lock == session.lock
        again = await sessions.start_session(evening.ports, dj=anna, stage_id=FLOOR, pin="000000")
        assert again.resumed
        assert again.session.lock not in {None, session.lock}
        assert await guess(evening, session, "000000") == again.session.lock

    play_out(scene)


def test_a_new_pin_keeps_out_who_had_the_old_one_and_no_pin_opens_to_all(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        anna = await evening.dj()
        session = await behind_a_pin(evening, anna)
        changed = (await locks.lock_set(evening.ports, dj=anna, session_id=session.id)).session
        assert await titles(evening, session.lock) == []
        assert await titles(evening, changed.lock) == ["Secret"]
        opened = await locks.unlock_set(evening.ports, dj=anna, session_id=session.id)
        assert opened.lock is None
        assert await titles(evening) == ["Secret"]
        assert await guess(evening, session) == "pin_not_needed"
        await locks.unlock_set(evening.ports, dj=anna, session_id=session.id)
        kinds = [kind for kind in evening.told.kinds() if kind.startswith("session.")]
        assert kinds == ["session.started", "session.locked", "session.unlocked"]

    play_out(scene)


def test_a_pin_that_the_box_makes_is_one_and_opens(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        anna = await evening.dj()
        session = await behind_a_pin(evening, anna)
        made = await locks.lock_set(evening.ports, dj=anna)
        assert len(made.pin) == 6
        assert made.pin not in repr(made)
        assert await guess(evening, session, made.pin) == made.session.lock

    play_out(scene)


@pytest.mark.parametrize("pin", ["12345", "１２３４５６", "abcdef", "1234567", ""])
def test_what_is_no_pin_is_refused_at_every_door_and_costs_no_try(play_out: PlayOut, pin: str) -> None:
    async def scene(evening: Evening) -> None:
        anna = await evening.dj()
        with pytest.raises(Invalid) as error:
            await sessions.start_session(evening.ports, dj=anna, stage_id=FLOOR, pin=pin)
        assert error.value.code == "pin_invalid"
        session = await behind_a_pin(evening, anna)
        with pytest.raises(Invalid):
            await locks.lock_set(evening.ports, dj=anna, pin=pin)
        for _ in range(20):
            assert await guess(evening, session, pin) == "pin_invalid"
        assert await guess(evening, session) == session.lock

    play_out(scene)


def test_only_the_djs_own_set_can_be_put_behind_a_pin(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        anna, ben = await evening.dj("DJ Anna"), await evening.dj("DJ Ben")
        session = await behind_a_pin(evening, anna)
        for act in (locks.lock_set, locks.unlock_set):
            with pytest.raises(NotAllowed) as error:
                await act(evening.ports, dj=ben, session_id=session.id)
            assert error.value.code == "session_not_yours"
        assert await guess(evening, replace(session, id="nope")) == "session_unknown"

    play_out(scene)


def test_five_wrong_tries_then_waits_that_double_and_outlast_a_reboot(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        await uptime.keep(evening.ports)
        session = await behind_a_pin(evening, await evening.dj())
        assert [await guess(evening, session, "000001") for _ in range(6)] == ["pin_wrong"] * 5 + ["pin_wait"]
        evening.clock.pass_s(29)
        # The right PIN waits too, or guessing would not be slowed.
        assert await guess(evening, session) == "pin_wait"
        evening.clock.reboot(up_s=0)
        assert await guess(evening, session) == "pin_wait"
        evening.clock.pass_s(60)
        assert await guess(evening, session, "000001") == "pin_wrong"
        evening.clock.pass_s(59)
        assert await guess(evening, session) == "pin_wait"
        evening.clock.pass_s(2)
        assert await guess(evening, session) == session.lock
        # Who is in has a clean sheet.
        assert [await guess(evening, session, "000001") for _ in range(6)] == ["pin_wrong"] * 5 + ["pin_wait"]

    play_out(scene)


def test_a_guesser_with_a_fresh_phone_for_each_try_locks_nobody_out(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        session = await behind_a_pin(evening, await evening.dj())
        codes = [await guess(evening, session, f"{n:06}", guest=f"fresh-{n}", is_settled=False) for n in range(300)]
        assert codes.count("pin_wrong") == 200
        assert set(codes[200:]) == {"pin_wait_strangers"}
        assert session.lock is not None
        assert await evening.ports.reader.wrong_tries(session.lock) == 200
        # Whoever has been in the hall for a while gets in at the first right try, and has their own five wrong ones.
        assert await guess(evening, session, guest="dancer") == session.lock
        wrong = [await guess(evening, session, "000000", guest="clumsy") for _ in range(6)]
        assert wrong == ["pin_wrong"] * 5 + ["pin_wait"]
        # A stranger waits a little, and then has a turn.
        evening.clock.pass_s(1)
        assert await guess(evening, session, guest="late", is_settled=False) == session.lock

    play_out(scene)


def test_ten_thousand_tries_of_one_phone_are_five(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        session = await behind_a_pin(evening, await evening.dj())
        codes = [await guess(evening, session, f"{n:06}") for n in range(10_000)]
        assert codes.count("pin_wrong") == 5
        assert codes.count("pin_wait") == 9_995
        assert session.lock is not None
        assert await evening.ports.reader.wrong_tries(session.lock) == 5
        assert await guess(evening, session, guest="g2") == session.lock

    play_out(scene)


def test_a_forgotten_guest_is_forgotten_here_too(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        session = await behind_a_pin(evening, await evening.dj())
        for _ in range(5):
            await guess(evening, session, "000001")
        await privacy.forget_guest(evening.ports, guest_id="g1")
        assert session.lock is not None
        assert await evening.ports.reader.wrong_tries(session.lock) == 0

    play_out(scene)


def test_a_set_that_is_handed_over_stays_behind_its_pin_and_what_is_on_stays_on_for_those_inside(
    play_out: PlayOut,
) -> None:
    async def scene(evening: Evening) -> None:
        anna, ben = await evening.dj("DJ Anna"), await evening.dj("DJ Ben")
        first = await behind_a_pin(evening, anna)
        await handover.offer(evening.ports, dj=anna, handing=Handing())
        second = (await sessions.start_session(evening.ports, dj=ben, stage_id=FLOOR)).session
        assert second.lock == first.lock
        assert second.current_play_id == "Secret"
        await play(evening, ben, "AlsoSecret")
        assert await titles(evening) == []
        assert await titles(evening, first.lock) == ["AlsoSecret", "Secret"]
        # Ben opens the own set; Anna's stays what it was.
        await locks.unlock_set(evening.ports, dj=ben)
        assert await titles(evening) == ["AlsoSecret"]

    play_out(scene)


@pytest.mark.parametrize("change", ["another pin at the start", "another pin later", "no pin later"])
def test_what_was_on_behind_one_pin_is_not_shown_to_people_with_another_or_none(play_out: PlayOut, change: str) -> None:
    async def scene(evening: Evening) -> None:
        anna, ben = await evening.dj("DJ Anna"), await evening.dj("DJ Ben")
        await behind_a_pin(evening, anna)
        await handover.offer(evening.ports, dj=anna, handing=Handing())
        pin = "111111" if change == "another pin at the start" else None
        second = (await sessions.start_session(evening.ports, dj=ben, stage_id=FLOOR, pin=pin)).session
        if change == "another pin later":
            second = (await locks.lock_set(evening.ports, dj=ben)).session
        elif change == "no pin later":
            second = await locks.unlock_set(evening.ports, dj=ben)
        assert second.current_play_id is None
        [state] = await evening.ports.reader.stage_states()
        assert state.now is None

    play_out(scene)


def test_a_taken_over_set_leaves_nothing_of_what_was_behind_its_pin(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        anna, ben = await evening.dj("DJ Anna"), await evening.dj("DJ Ben")
        await behind_a_pin(evening, anna)
        evening.clock.pass_s(400)
        taken = await sessions.start_session(evening.ports, dj=ben, stage_id=FLOOR, take_over=True)
        assert (taken.session.lock, taken.session.current_play_id) == (None, None)
        assert await titles(evening) == []

    play_out(scene)
