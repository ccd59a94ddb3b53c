"""Pairing codes on both stores: ten minutes of boot time, three tries, one use, and no more than nine at a time."""

from collections.abc import Awaitable, Callable

import pytest

from appliance.domain.audit import STAFF
from appliance.domain.pairing import GOOD_FOR_MS, TRIES, Code, read_code
from appliance.errors import BoxError, Invalid
from appliance.usecases import pairing
from tests.support.evening import Evening, plain_verifier

Scene = Callable[[Evening], Awaitable[None]]
PlayOut = Callable[[Scene], None]


async def is_good(evening: Evening, code: Code) -> bool:
    try:
        return await pairing.waiting_code(evening.ports, slot=code.slot) == code
    except BoxError as error:
        return error.code != "pairing_refused"


def test_a_code_is_good_for_ten_minutes_of_boot_time_whatever_the_wall_clock_does(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        code, name = await pairing.make_code(evening.ports, dj_name=" DJ  Anna ", by=STAFF)
        assert name == "DJ Anna"
        evening.clock.wall_ms += 50 * 366 * 24 * 3600 * 1000
        evening.clock.boot_ms += GOOD_FOR_MS - 1
        assert await is_good(evening, code)
        evening.clock.boot_ms += 1
        assert not await is_good(evening, code)
        with pytest.raises(BoxError):
            await pairing.redeem(evening.ports, code=code, verifier=plain_verifier)

    play_out(scene)


def test_a_code_does_not_outlive_the_boot(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        code, _ = await pairing.make_code(evening.ports, dj_name="DJ Anna", by=STAFF)
        evening.clock.boot = "another"
        assert not await is_good(evening, code)

    play_out(scene)


def test_three_wrong_tries_end_a_code_and_no_other(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        code, _ = await pairing.make_code(evening.ports, dj_name="DJ Anna", by=STAFF)
        other, _ = await pairing.make_code(evening.ports, dj_name="DJ Ben", by=STAFF)
        for number in range(TRIES):
            assert await is_good(evening, code), number
            await pairing.count_wrong(evening.ports, code=code)
        assert not await is_good(evening, code)
        assert await is_good(evening, other)

    play_out(scene)


def test_a_code_gives_one_token_for_its_dj(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        code, _ = await pairing.make_code(evening.ports, dj_name="DJ Anna", by=STAFF)
        assert list(await evening.ports.reader.tokens()) == []
        issued = await pairing.redeem(evening.ports, code=code, verifier=plain_verifier)
        assert issued.dj.name == "DJ Anna"
        with pytest.raises(BoxError):
            await pairing.redeem(evening.ports, code=code, verifier=plain_verifier)
        assert len(await evening.ports.reader.tokens()) == 1

    play_out(scene)


def test_nine_codes_wait_each_under_its_digit_and_an_old_one_makes_room(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        codes = [(await pairing.make_code(evening.ports, dj_name="DJ Anna", by=STAFF))[0] for _ in range(9)]
        assert [code.slot for code in codes] == list(range(1, 10))
        with pytest.raises(BoxError) as caught:
            await pairing.make_code(evening.ports, dj_name="DJ Anna", by=STAFF)
        assert caught.value.code == "pairing_codes_many"
        evening.clock.boot_ms += GOOD_FOR_MS
        assert (await pairing.make_code(evening.ports, dj_name="DJ Anna", by=STAFF))[0].slot == 1

    play_out(scene)


@pytest.mark.parametrize("name", ["", "   ", "x" * 200])
def test_a_name_that_can_t_be_shown_gets_no_code(play_out: PlayOut, name: str) -> None:
    async def scene(evening: Evening) -> None:
        with pytest.raises(Invalid):
            await pairing.make_code(evening.ports, dj_name=name, by=STAFF)

    play_out(scene)


@pytest.mark.parametrize("typed", ["3-4711-0815", "347110815", " 3 4711 0815 ", "3-4711-0815\n"])
def test_a_code_is_read_as_it_is_typed(typed: str) -> None:
    assert read_code(typed) == Code(3, "47110815")
    assert "4711" not in repr(read_code(typed))


@pytest.mark.parametrize(
    "typed", ["", "4711-0815", "0-4711-0815", "3-4711-081", "3-4711-08155", "3-4711-08I5", "٣-4711-0815"]
)
def test_what_is_no_code_is_said(typed: str) -> None:
    with pytest.raises(Invalid):
        read_code(typed)
