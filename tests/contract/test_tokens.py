"""DJs' tokens: one for each device, when it was used, and the end of those that nobody uses. On both stores."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from appliance.domain.audit import BOX, STAFF
from appliance.domain.models import DjToken
from appliance.errors import BoxError
from appliance.usecases import people, uptime
from tests.contract.conftest import Scene
from tests.support.evening import Evening, plain_verifier

PlayOut = Callable[[Scene], None]
DAY_S = 24 * 3600


async def issue(evening: Evening, *, device: str = "", name: str = "DJ Anna") -> people.Issued:
    return await people.issue_token(evening.ports, dj_name=name, verifier=plain_verifier, by=STAFF, device=device)


async def works(evening: Evening, issued: people.Issued) -> bool:
    return await evening.ports.reader.token_by_name(issued.token.name) is not None


async def kept(evening: Evening, issued: people.Issued) -> DjToken:
    found = await evening.ports.reader.token_by_name(issued.token.name)
    assert found is not None
    return found[0]


async def code_of(evening: Evening, *, device: str) -> str:
    try:
        await issue(evening, device=device)
    except BoxError as error:
        return error.code
    return ""


def test_a_token_has_the_name_of_its_device(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        assert (await kept(evening, await issue(evening, device=" the \n laptop "))).device == "the laptop"
        assert (await kept(evening, await issue(evening))).device == ""
        assert await code_of(evening, device="d" * people.DEVICE_MAX) == ""
        assert await code_of(evening, device="d" * (people.DEVICE_MAX + 1)) == "device_too_long"
        assert await code_of(evening, device="\u0301") == "device_empty"

    play_out(scene)


def test_that_a_token_is_used_is_noted_and_not_at_every_use(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        issued = await issue(evening)
        assert (await kept(evening, issued)).used_ms is None
        first_ms = evening.clock.wall_ms
        await people.dj_with_token(evening.ports, secret=issued.secret)
        assert (await kept(evening, issued)).used_ms == first_ms
        evening.clock.pass_s(3600)
        await people.dj_at_broker(evening.ports, name=issued.token.name)
        assert (await kept(evening, issued)).used_ms == first_ms
        evening.clock.pass_s(1)
        await people.dj_with_digest(evening.ports, digest=issued.token.digest)
        assert (await kept(evening, issued)).used_ms == evening.clock.wall_ms

    play_out(scene)


def test_a_token_that_nobody_uses_does_not_work_for_ever(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        used, unused = await issue(evening, device="laptop"), await issue(evening, device="lost phone")
        for _ in range(31):
            await uptime.keep(evening.ports)
            evening.clock.pass_s(DAY_S)
            await people.dj_with_token(evening.ports, secret=used.secret)
            await people.drop_unused_tokens(evening.ports)
        assert [await works(evening, one) for one in (used, unused)] == [True, False]
        assert evening.told.kinds()[-1] == "token.revoked"
        newest = (await evening.ports.reader.audit(limit=1))[0]
        assert (newest.deed.act, newest.deed.on, newest.by) == ("token.revoked", unused.token.id, BOX)
        assert newest.deed.detail == "DJ Anna: lost phone"

    play_out(scene)


def test_neither_a_clock_that_jumps_nor_a_box_in_its_case_ends_a_token(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        issued = await issue(evening)
        for wall_ms in (0, 2**41, 0):
            await uptime.keep(evening.ports)
            evening.clock.wall_ms = wall_ms
            evening.clock.reboot()
            await people.drop_unused_tokens(evening.ports)
        assert await works(evening, issued)

    play_out(scene)


def test_thirty_days_are_counted_over_many_boots(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        issued = await issue(evening)
        for _ in range(11):
            evening.clock.pass_s(3 * DAY_S)
            await uptime.keep(evening.ports)
            evening.clock.reboot()
            evening.clock.wall_ms = 0
        await people.drop_unused_tokens(evening.ports)
        assert not await works(evening, issued)

    play_out(scene)


def test_a_token_from_before_this_was_counted_has_its_thirty_days_from_now(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        evening.clock.pass_s(400 * DAY_S)
        issued = await issue(evening)
        old = replace(issued.token, id="old", name="old", digest="old", used_up_ms=None)
        await evening.ports.store.write(lambda tx: tx.add_token(old))
        await people.drop_unused_tokens(evening.ports)
        assert await evening.ports.reader.token_by_name("old") is not None
        evening.clock.pass_s(30 * DAY_S + 3601)
        await people.drop_unused_tokens(evening.ports)
        assert await evening.ports.reader.token_by_name("old") is None

    play_out(scene)


def test_a_dj_takes_back_own_tokens_only(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        mine, theirs = await issue(evening), await issue(evening, name="DJ Ben")
        with pytest.raises(BoxError) as refused:
            await people.revoke_token(evening.ports, token_id=theirs.token.id, by=STAFF, of_dj=mine.dj.id)
        assert refused.value.code == "token_unknown"
        await people.revoke_token(evening.ports, token_id=mine.token.id, by=STAFF, of_dj=mine.dj.id)
        assert [await works(evening, one) for one in (mine, theirs)] == [False, True]

    play_out(scene)


def test_a_dj_has_so_many_tokens_and_no_more(play_out: PlayOut, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(people, "TOKENS_MOST", 2)

    async def scene(evening: Evening) -> None:
        first = await issue(evening)
        await issue(evening)
        assert await code_of(evening, device="third") == "tokens_many"
        await people.revoke_token(evening.ports, token_id=first.token.id, by=STAFF)
        await issue(evening)
        await issue(evening, name="DJ Ben")

    play_out(scene)
