"""What people do with their own account: choose a password with a code, change it, and take the account out."""

from dataclasses import replace

from appliance.domain import accounts as account_rules
from appliance.domain.accounts import Account, AccountState
from appliance.domain.audit import Actor, ActorKind, Deed
from appliance.errors import NotAllowed
from appliance.ports import Passwords, Ports, Transaction
from appliance.usecases import people
from appliance.usecases.accounts import LoggedIn, begin_login, digest, known_account
from appliance.usecases.managing import keep_an_admin
from appliance.usecases.uptime import up_ms, up_ms_in


def _code_wrong() -> NotAllowed:
    return NotAllowed(
        "code_wrong",
        "This code does not count: it is wrong, used, or older than a week.",
        advice="Ask whoever runs the box for a new one.",
    )


async def redeem_code(ports: Ports, passwords: Passwords, *, code: str, password: str) -> LoggedIn:
    """Chooses a password with a one-time code, which uses the code up and ends every other login.

    Guessing is slowed by the door that calls this. Raises: NotAllowed with the code `code_wrong` or `account_off`;
    Invalid for the password; Unavailable with the code `logins_busy`.
    """
    wanted = people.code_digest(code)
    found = await ports.reader.account_with_code(wanted)
    if found is None or await up_ms(ports) > found[1]:
        raise _code_wrong()
    account = found[0]
    if account.state is AccountState.DISABLED:
        raise NotAllowed("account_off", "This account is switched off.", advice="Speak to whoever runs the box.")
    text = account_rules.new_password(password, email=account.email, name=account.name)
    hashed = await passwords.hashed(text)
    now = ports.clock.now()

    def change(tx: Transaction) -> None:
        still = tx.account_with_code(wanted)
        if still is None or up_ms_in(tx, now) > still[1]:
            raise _code_wrong()
        tx.change_account(replace(still[0], password=hashed))
        tx.end_code(account.id)
        tx.end_logins(account.id)
        tx.audit(Deed("account.code_used", on=account.id), by=_self(account), at=now)

    await ports.store.write(change)
    return await begin_login(ports, account_id=account.id)


def _self(account: Account) -> Actor:
    return Actor(ActorKind.ACCOUNT, account.id)


async def _check(passwords: Passwords, account: Account, password: str) -> None:
    if not await passwords.fits(account_rules.password_text(password), account.password):
        raise NotAllowed("password_wrong", "This is not your password.", advice="Type the one that you log in with.")


async def change_password(
    ports: Ports, passwords: Passwords, *, account: Account, old: str, new: str, secret: str
) -> None:
    """Another password; every browser but the one that asks (`secret`) is logged out.

    Raises: NotAllowed with the code `password_wrong`; Invalid for the new one; Unavailable with `logins_busy`.
    """
    await _check(passwords, account, old)
    text = account_rules.new_password(new, email=account.email, name=account.name)
    hashed = await passwords.hashed(text)

    def change(tx: Transaction) -> None:
        tx.change_account(replace(known_account(tx, account.id), password=hashed))
        tx.end_code(account.id)
        tx.end_logins(account.id, but=digest(secret))

    await ports.store.write(change)


async def forget_account(ports: Ports, passwords: Passwords, *, account: Account, password: str) -> None:
    """Takes the account out, with everything that says whose it was. A DJ's sets stay under the DJ's name.

    Raises: NotAllowed with the code `password_wrong`; Refused with the code `last_admin`.
    """
    await _check(passwords, account, password)
    now = ports.clock.now()

    def change(tx: Transaction) -> None:
        known = known_account(tx, account.id)
        keep_an_admin(tx, known)
        if known.dj_id is not None:
            people.take_back_all(tx, known.dj_id, by=_self(known), at=now)
        tx.audit(Deed("account.removed", on=known.id, detail=known.role.value), by=_self(known), at=now)
        tx.remove_account(known.id)

    await ports.store.write(change)
    await ports.refresh_credentials()
