"""Accounts, logins and the trail of privileged acts, on both stores."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from appliance.domain.accounts import AccountState, Role
from appliance.domain.audit import STAFF, Actor, ActorKind, Deed
from appliance.errors import BoxError
from appliance.usecases import accounts, uptime
from appliance.usecases.accounts import LoggedIn, Registration
from tests.contract.conftest import Scene
from tests.support.evening import Evening

PlayOut = Callable[[Scene], None]
PASSWORD = "three small words"
DAY_S = 24 * 3600


class PlainPasswords:
    """Keeps passwords as nobody must, and counts how often one was compared."""

    def __init__(self) -> None:
        self.compared = 0

    async def hashed(self, password: str) -> str:
        return f"hash of {password}"

    async def fits(self, password: str, kept: str | None) -> bool:
        self.compared += 1
        return kept == f"hash of {password}"


PLAIN = PlainPasswords()


def wanted(role: Role = Role.DANCER, *, name: str = "Anna", email: str | None = None) -> Registration:
    return Registration(role=role, email=email or f"{name}@example.org".replace(" ", "."), name=name, password=PASSWORD)


async def code_of(act: Any) -> str:
    try:
        await act
    except BoxError as error:
        return error.code
    return ""


async def come_in(evening: Evening, email: str, password: str = PASSWORD) -> LoggedIn:
    return await accounts.log_in(evening.ports, PLAIN, email=email, password=password)


async def stays_in(evening: Evening, done: LoggedIn) -> bool:
    return await accounts.account_with_login(evening.ports, secret=done.secret) is not None


def test_a_dancer_registers_once_and_comes_in_with_any_spelling_of_the_address(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        made = await accounts.register(evening.ports, PLAIN, wanted=wanted(email=" Anna@Example.org "))
        assert (made.state, made.acts_as, made.email) == (AccountState.ACTIVE, Role.DANCER, "Anna@Example.org")
        again = accounts.register(evening.ports, PLAIN, wanted=wanted(Role.DJ, email="anna@example.ORG"))
        assert await code_of(again) == "email_taken"
        done = await come_in(evening, "ANNA@example.org")
        assert done.account == made
        assert await accounts.account_with_login(evening.ports, secret=done.secret) == made
        assert "token.issued" not in evening.told.kinds()

    play_out(scene)


def test_a_wrong_password_and_an_unknown_address_are_answered_alike_and_cost_one_comparison_each(
    play_out: PlayOut,
) -> None:
    async def scene(evening: Evening) -> None:
        await accounts.register(evening.ports, PLAIN, wanted=wanted())
        told = []
        for email, password in (("anna@example.org", "wrong"), ("bert@example.org", PASSWORD), ("x" * 999, PASSWORD)):
            before = PLAIN.compared
            with pytest.raises(BoxError) as error:
                await come_in(evening, email, password)
            told.append((type(error.value), error.value.code, str(error.value), error.value.facts))
            assert PLAIN.compared == before + 1
        assert told[0] == told[1] == told[2]

    play_out(scene)


def test_a_dj_waits_until_somebody_says_yes(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        made = await accounts.register(evening.ports, PLAIN, wanted=wanted(Role.DJ, name="DJ Ö'Hara"))
        assert (made.state, made.acts_as, made.dj_id) == (AccountState.WAITING, Role.DANCER, None)
        approved = await accounts.approve(evening.ports, account_id=made.id, by=STAFF)
        assert approved.acts_as is Role.DJ
        dj = await evening.ports.reader.dj(approved.dj_id or "")
        assert dj is not None
        assert dj.name == "DJ Ö'Hara"
        again = accounts.approve(evening.ports, account_id=made.id, by=STAFF)
        assert await code_of(again) == "account_not_waiting"
        assert await code_of(accounts.approve(evening.ports, account_id="nobody", by=STAFF)) == "account_unknown"

    play_out(scene)


def test_nobody_becomes_a_dj_with_tokens_by_calling_themselves_so(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        known = await evening.dj("DJ Anna")
        made = await accounts.register(evening.ports, PLAIN, wanted=wanted(Role.DJ, name="dj anna"))
        refused = accounts.approve(evening.ports, account_id=made.id, by=STAFF)
        assert await code_of(refused) == "dj_known"
        approved = await accounts.approve(evening.ports, account_id=made.id, by=STAFF, same_dj=True)
        assert approved.dj_id == known.id
        other = wanted(Role.DJ, name="DJ ANNA", email="other@example.org")
        second = await accounts.register(evening.ports, PLAIN, wanted=other)
        refused = accounts.approve(evening.ports, account_id=second.id, by=STAFF, same_dj=True)
        assert await code_of(refused) == "dj_name_taken"

    play_out(scene)


def test_whoever_is_declined_is_out_and_stays_out(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        made = await accounts.register(evening.ports, PLAIN, wanted=wanted(Role.ORGANISER))
        done = await come_in(evening, made.email)
        await accounts.decline(evening.ports, account_id=made.id, by=STAFF)
        assert not await stays_in(evening, done)
        assert await code_of(come_in(evening, made.email)) == "account_off"
        assert await code_of(come_in(evening, made.email, "wrong")) == "login_wrong"

    play_out(scene)


def test_an_admin_is_never_made_by_registering(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        assert await code_of(accounts.register(evening.ports, PLAIN, wanted=wanted(Role.ADMIN))) == "role_invalid"
        assert not await evening.ports.reader.has_admin()

    play_out(scene)


def test_a_login_counts_up_time_and_no_clock_that_jumps(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        await accounts.register(evening.ports, PLAIN, wanted=wanted())
        await uptime.keep(evening.ports)
        done = await come_in(evening, "anna@example.org")
        evening.clock.wall_ms += 10 * 365 * DAY_S * 1000
        assert await stays_in(evening, done)
        # A week up, and the plug is pulled; so five times, used each time: it lasts.
        for _ in range(5):
            evening.clock.pass_s(7 * DAY_S)
            await uptime.keep(evening.ports)
            evening.clock.reboot()
            evening.clock.wall_ms = 0
            assert await stays_in(evening, done)
        evening.clock.pass_s(31 * DAY_S)
        assert not await stays_in(evening, done)
        await accounts.drop_old_logins(evening.ports)
        assert await evening.ports.reader.account_by_login(accounts.digest(done.secret)) is None

    play_out(scene)


def test_the_clean_up_leaves_logins_that_count(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        await accounts.register(evening.ports, PLAIN, wanted=wanted())
        old = await come_in(evening, "anna@example.org")
        evening.clock.pass_s(20 * DAY_S)
        young = await come_in(evening, "anna@example.org")
        evening.clock.pass_s(20 * DAY_S)
        await accounts.drop_old_logins(evening.ports)
        assert [await stays_in(evening, one) for one in (old, young)] == [False, True]

    play_out(scene)


def test_logging_out_ends_one_browser_and_no_other(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        await accounts.register(evening.ports, PLAIN, wanted=wanted())
        first, second = [await come_in(evening, "anna@example.org") for _ in range(2)]
        for _ in range(2):
            await accounts.log_out(evening.ports, secret=first.secret)
        assert [await stays_in(evening, one) for one in (first, second)] == [False, True]
        assert await accounts.account_with_login(evening.ports, secret="pk_login_made_up") is None

    play_out(scene)


def test_of_very_many_browsers_the_longest_unused_is_logged_out(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        await accounts.register(evening.ports, PLAIN, wanted=wanted())
        logins = []
        for _ in range(accounts.LOGINS_MOST + 1):
            evening.clock.pass_s(60)
            logins.append(await come_in(evening, "anna@example.org"))
        assert [await stays_in(evening, one) for one in logins] == [False] + [True] * accounts.LOGINS_MOST

    play_out(scene)


def test_those_who_wait_are_not_without_number(play_out: PlayOut, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(accounts, "WAITING_MOST", 2)
    monkeypatch.setattr(accounts, "DANCERS_MOST", 1)

    async def scene(evening: Evening) -> None:
        for name in ("a", "b"):
            await accounts.register(evening.ports, PLAIN, wanted=wanted(Role.DJ, name=name))
        more = wanted(Role.ORGANISER, name="c")
        assert await code_of(accounts.register(evening.ports, PLAIN, wanted=more)) == "waiting_many"
        await accounts.register(evening.ports, PLAIN, wanted=wanted(name="d"))
        assert await code_of(accounts.register(evening.ports, PLAIN, wanted=wanted(name="e"))) == "accounts_many"

    play_out(scene)


def test_accounts_are_listed_newest_first_page_by_page(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        for name in ("a", "b", "c"):
            await accounts.register(evening.ports, PLAIN, wanted=wanted(Role.DJ, name=name))
        await accounts.register(evening.ports, PLAIN, wanted=wanted(name="d"))
        reader = evening.ports.reader
        waiting = await reader.accounts(states=[AccountState.WAITING], limit=2)
        assert [account.name for _, account in waiting] == ["c", "b"]
        rest = await reader.accounts(states=[AccountState.WAITING], before=waiting[-1][0], limit=2)
        assert [account.name for _, account in rest] == ["a"]
        assert [account.name for _, account in await reader.accounts(states=[*AccountState], limit=9)] == list("dcba")

    play_out(scene)


def test_an_event_may_belong_to_several_and_goes_with_nobody(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        store, reader = evening.ports.store, evening.ports.reader
        [event] = await reader.events()
        people = [
            await accounts.register(evening.ports, PLAIN, wanted=wanted(Role.ORGANISER, name=name)) for name in "ba"
        ]
        for _ in range(2):
            for one in people:
                await store.write(lambda tx, one=one: tx.own_event(event.id, account_id=one.id))  # type: ignore[misc]
        assert [one.name for one in await reader.owners_of(event.id)] == ["a", "b"]
        assert await reader.events_of(people[0].id) == frozenset({event.id})
        await store.write(lambda tx: tx.disown_event(event.id, account_id=people[0].id))
        await store.write(lambda tx: tx.remove_account(people[1].id))
        assert list(await reader.owners_of(event.id)) == []
        assert await reader.event(event.id) == event

    play_out(scene)


def test_the_trail_keeps_who_did_what_and_calls_people_what_they_are_called_now(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        made = await accounts.register(evening.ports, PLAIN, wanted=wanted(Role.ORGANISER, name="Olga"))
        by = Actor(ActorKind.ACCOUNT, made.id)
        await accounts.approve(evening.ports, account_id=made.id, by=STAFF)
        at = evening.clock.now()
        long = Deed("stage.closed", on="main-floor", name="n" * 500, event_id="e1", detail="d" * 500)
        await evening.ports.store.write(lambda tx: tx.audit(long, by=by, at=at))
        newest, first = await evening.ports.reader.audit(limit=9)
        assert (newest.deed.act, newest.by, newest.by_name, newest.at) == ("stage.closed", by, "Olga", at)
        assert (len(newest.deed.name), len(newest.deed.detail), newest.deed.event_id) == (100, 200, "e1")
        assert (first.deed.act, first.by, first.by_name, first.on_name) == ("account.approved", STAFF, "", "Olga")
        assert await evening.ports.reader.audit(before=newest.number, limit=9) == [first]
        await evening.ports.store.write(lambda tx: tx.remove_account(made.id))
        newest, first = await evening.ports.reader.audit(limit=9)
        assert (newest.by_name, first.on_name, first.deed.on) == ("", "", made.id)

    play_out(scene)


def test_what_fails_leaves_nothing_in_the_trail(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        made = await accounts.register(evening.ports, PLAIN, wanted=wanted())
        await code_of(accounts.approve(evening.ports, account_id=made.id, by=STAFF))
        assert list(await evening.ports.reader.audit(limit=9)) == []

    play_out(scene)


def test_an_account_is_changed_and_removed_with_its_logins(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        made = await accounts.register(evening.ports, PLAIN, wanted=wanted())
        done = await come_in(evening, made.email)
        changed = replace(made, name="Other", password=None, role=Role.ADMIN)
        await evening.ports.store.write(lambda tx: tx.change_account(changed))
        assert await evening.ports.reader.account(made.id) == changed
        assert await evening.ports.reader.has_admin()
        assert await code_of(come_in(evening, made.email)) == "login_wrong"
        await evening.ports.store.write(lambda tx: tx.remove_account(made.id))
        assert await evening.ports.reader.account(made.id) is None
        assert not await stays_in(evening, done)

    play_out(scene)
