"""What an admin does with accounts, and people with their own, on both stores."""

from collections.abc import Callable
from typing import Any

import pytest

from appliance.domain.accounts import Account, AccountState, Role
from appliance.domain.audit import STAFF
from appliance.errors import BoxError
from appliance.usecases import accounts, managing, own_account, people
from appliance.usecases.managing import Invitation, Wanted
from tests.contract.conftest import Scene
from tests.contract.test_accounts import PASSWORD, PLAIN, code_of, come_in, stays_in, wanted
from tests.support.evening import Evening, plain_verifier

PlayOut = Callable[[Scene], None]
NEW_PASSWORD = "four other small words"
DAY_S = 24 * 3600


async def invited(evening: Evening, role: Role, *, name: str = "Olga", same_dj: bool = False) -> Invitation:
    asked = Wanted(role=role, email=f"{name}@example.org".replace(" ", "."), name=name, same_dj=same_dj)
    return await managing.create(evening.ports, wanted=asked, by=STAFF)


async def redeem(evening: Evening, code: str, password: str = NEW_PASSWORD) -> Any:
    return await own_account.redeem_code(evening.ports, PLAIN, code=code, password=password)


async def let_in(evening: Evening, role: Role, *, name: str = "Olga") -> Account:
    invitation = await invited(evening, role, name=name)
    done = await redeem(evening, invitation.code)
    account: Account = done.account
    return account


async def acts(evening: Evening) -> list[str]:
    return [entry.deed.act for entry in reversed(await evening.ports.reader.audit(limit=99))]


def test_an_account_made_by_an_admin_has_no_password_until_the_code_is_used(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        made = await invited(evening, Role.ORGANISER)
        assert (made.account.state, made.account.password) == (AccountState.ACTIVE, None)
        for guess in ("", "None", PASSWORD):
            assert await code_of(come_in(evening, made.account.email, guess)) == "login_wrong"
        done = await redeem(evening, made.code.lower().replace("-", " "))
        assert done.account.acts_as is Role.ORGANISER
        assert await stays_in(evening, done)
        assert await stays_in(evening, await come_in(evening, made.account.email, NEW_PASSWORD))
        assert await acts(evening) == ["account.created", "account.code_used"]

    play_out(scene)


def test_a_code_works_once_and_no_other_one_does(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        made = await invited(evening, Role.ADMIN)
        assert await code_of(redeem(evening, "AAAAA-AAAAA")) == "code_wrong"
        assert await code_of(redeem(evening, "")) == "code_wrong"
        assert await code_of(redeem(evening, made.code, "short")) == "password_too_short"
        await redeem(evening, made.code)
        assert await code_of(redeem(evening, made.code)) == "code_wrong"
        first = await managing.offer_code(evening.ports, account_id=made.account.id, by=STAFF)
        second = await managing.offer_code(evening.ports, account_id=made.account.id, by=STAFF)
        assert await code_of(redeem(evening, first.code)) == "code_wrong"
        await redeem(evening, second.code)

    play_out(scene)


def test_a_code_counts_a_week_of_up_time_whatever_the_clock_says(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        made = await invited(evening, Role.ORGANISER)
        evening.clock.wall_ms += 10**12
        evening.clock.pass_s(7 * DAY_S)
        other = await invited(evening, Role.ORGANISER, name="Paul")
        await redeem(evening, made.code)
        evening.clock.pass_s(7 * DAY_S + 1)
        assert await code_of(redeem(evening, other.code)) == "code_wrong"

    play_out(scene)


def test_a_forgotten_password_is_not_the_end(play_out: PlayOut) -> None:
    """A code ends what whoever knew the old password was logged in with."""

    async def scene(evening: Evening) -> None:
        made = await accounts.register(evening.ports, PLAIN, wanted=wanted())
        thief = await come_in(evening, made.email)
        offered = await managing.offer_code(evening.ports, account_id=made.id, by=STAFF)
        assert await stays_in(evening, thief)
        done = await redeem(evening, offered.code)
        assert [await stays_in(evening, one) for one in (thief, done)] == [False, True]
        assert await code_of(come_in(evening, made.email)) == "login_wrong"

    play_out(scene)


def test_an_admin_invites_a_dj_with_tokens_only_when_it_is_them(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        known = await evening.dj("DJ Anna")
        assert await code_of(invited(evening, Role.DJ, name="dj anna")) == "dj_known"
        made = await invited(evening, Role.DJ, name="dj anna", same_dj=True)
        assert made.account.dj_id == known.id
        assert await code_of(invited(evening, Role.DJ, name="DJ Anna", same_dj=True)) == "email_taken"
        assert await code_of(invited(evening, Role.DJ, name="⭐")) == "name_without_letters"

    play_out(scene)


def test_whoever_is_switched_off_is_out_at_once_with_every_token(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        anna = await let_in(evening, Role.DJ, name="DJ Anna")
        issued = await people.issue_token(evening.ports, dj_name="DJ Anna", verifier=plain_verifier, by=STAFF)
        done = await come_in(evening, anna.email, NEW_PASSWORD)
        offered = await managing.offer_code(evening.ports, account_id=anna.id, by=STAFF)
        for _ in range(2):
            await managing.disable(evening.ports, account_id=anna.id, by=STAFF)
        assert not await stays_in(evening, done)
        assert await code_of(people.dj_with_token(evening.ports, secret=issued.secret)) == "token_wrong"
        assert await code_of(come_in(evening, anna.email, NEW_PASSWORD)) == "account_off"
        assert await code_of(redeem(evening, offered.code)) == "code_wrong"
        back = await managing.enable(evening.ports, account_id=anna.id, by=STAFF)
        assert (back.acts_as, back.dj_id) == (Role.DJ, anna.dj_id)
        assert await code_of(managing.enable(evening.ports, account_id=anna.id, by=STAFF)) == "account_not_disabled"
        assert await stays_in(evening, await come_in(evening, anna.email, NEW_PASSWORD))
        trail = await acts(evening)
        assert [act for act in trail if act in {"account.disabled", "token.revoked", "account.enabled"}] == [
            "token.revoked",
            "account.disabled",
            "account.enabled",
        ]

    play_out(scene)


def test_a_dj_who_was_never_let_in_waits_again_when_switched_on(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        made = await accounts.register(evening.ports, PLAIN, wanted=wanted(Role.DJ, name="DJ Ben"))
        await accounts.decline(evening.ports, account_id=made.id, by=STAFF)
        back = await managing.enable(evening.ports, account_id=made.id, by=STAFF)
        assert (back.state, back.acts_as) == (AccountState.WAITING, Role.DANCER)

    play_out(scene)


def test_another_role_counts_at_once(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        made = await accounts.register(evening.ports, PLAIN, wanted=wanted(name="DJ Anna"))
        done = await come_in(evening, made.email)

        async def make(role: Role) -> Account:
            return await managing.change_role(evening.ports, account_id=made.id, role=role, by=STAFF)

        dj = await make(Role.DJ)
        assert (dj.acts_as, dj.dj_id is not None) == (Role.DJ, True)
        assert not await stays_in(evening, done)
        issued = await people.issue_token(evening.ports, dj_name="DJ Anna", verifier=plain_verifier, by=STAFF)
        organiser = await make(Role.ORGANISER)
        assert (organiser.acts_as, organiser.dj_id) == (Role.ORGANISER, None)
        assert await code_of(people.dj_with_token(evening.ports, secret=issued.secret)) == "token_wrong"
        assert await code_of(make(Role.DJ)) == "dj_known"
        assert (await evening.ports.reader.account(made.id)) == organiser
        details = [one.deed.detail for one in await evening.ports.reader.audit(limit=99) if "role" in one.deed.act]
        assert details == ["dj -> organiser", "dancer -> dj"]

    play_out(scene)


def test_a_name_that_can_t_be_a_dj_s_keeps_the_role_it_has(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        made = await accounts.register(evening.ports, PLAIN, wanted=wanted(name="⭐", email="star@example.org"))
        refused = managing.change_role(evening.ports, account_id=made.id, role=Role.DJ, by=STAFF)
        assert await code_of(refused) == "name_without_letters"
        assert await evening.ports.reader.account(made.id) == made

    play_out(scene)


def test_the_box_is_never_left_without_its_last_admin(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        ports = evening.ports
        first = await let_in(evening, Role.ADMIN, name="Ada")
        for act in (
            lambda: managing.disable(ports, account_id=first.id, by=STAFF),
            lambda: managing.change_role(ports, account_id=first.id, role=Role.DANCER, by=STAFF),
            lambda: own_account.forget_account(ports, PLAIN, account=first, password=NEW_PASSWORD),
        ):
            assert await code_of(act()) == "last_admin"
        await let_in(evening, Role.ADMIN, name="Bob")
        await managing.disable(ports, account_id=first.id, by=STAFF)
        assert await ports.reader.has_admin()

    play_out(scene)


def test_a_changed_password_logs_out_every_other_browser(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        made = await accounts.register(evening.ports, PLAIN, wanted=wanted())
        own, other = await come_in(evening, made.email), await come_in(evening, made.email)

        async def change(old: str, new: str) -> str:
            return await code_of(
                own_account.change_password(evening.ports, PLAIN, account=made, old=old, new=new, secret=own.secret)
            )

        assert await change("wrong", NEW_PASSWORD) == "password_wrong"
        assert await change(PASSWORD, "short") == "password_too_short"
        assert await stays_in(evening, other)
        assert await change(PASSWORD, NEW_PASSWORD) == ""
        assert [await stays_in(evening, one) for one in (own, other)] == [True, False]
        assert await code_of(come_in(evening, made.email)) == "login_wrong"
        await come_in(evening, made.email, NEW_PASSWORD)

    play_out(scene)


def test_whoever_deletes_their_account_leaves_neither_name_nor_address(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        anna = await let_in(evening, Role.DJ, name="DJ Anna")
        issued = await people.issue_token(evening.ports, dj_name="DJ Anna", verifier=plain_verifier, by=STAFF)
        done = await come_in(evening, anna.email, NEW_PASSWORD)
        wrong = own_account.forget_account(evening.ports, PLAIN, account=anna, password=PASSWORD)
        assert await code_of(wrong) == "password_wrong"
        await own_account.forget_account(evening.ports, PLAIN, account=anna, password=NEW_PASSWORD)
        assert not await stays_in(evening, done)
        assert await evening.ports.reader.account_with_email(anna.email) is None
        assert await code_of(people.dj_with_token(evening.ports, secret=issued.secret)) == "token_wrong"
        for entry in await evening.ports.reader.audit(limit=99):
            assert anna.email not in str(entry)
            assert entry.by_name == ""
        # The address is free again, and the DJ's sets are still the DJ's.
        await accounts.register(evening.ports, PLAIN, wanted=wanted(email=anna.email))
        assert (await evening.ports.reader.dj(anna.dj_id or "")) is not None

    play_out(scene)


def test_people_are_found_by_name_and_by_address(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        for name in ("Ánna Ö'Hara", "Ben", "Zoë"):
            await accounts.register(evening.ports, PLAIN, wanted=wanted(name=name, email=f"{name[0]}@{name[-1]}.org"))

        async def found(like: str) -> list[str]:
            listed = await evening.ports.reader.accounts(states=[*AccountState], like=like, limit=9)
            return [account.name for _, account in listed]

        assert await found("ánna") == ["Ánna Ö'Hara"]
        assert await found("ZOË") == ["Zoë"]
        assert await found("b@n.ORG") == ["Ben"]
        assert await found("%") == await found("_") == []
        assert len(await found("")) == 3

    play_out(scene)


@pytest.mark.parametrize("act", ["offer_code", "disable", "enable", "change_role"])
def test_nobody_manages_an_account_that_is_not_there(play_out: PlayOut, act: str) -> None:
    async def scene(evening: Evening) -> None:
        more = {"role": Role.DJ} if act == "change_role" else {}
        with pytest.raises(BoxError) as error:
            await getattr(managing, act)(evening.ports, account_id="nobody", by=STAFF, **more)
        assert error.value.code == "account_unknown"

    play_out(scene)
