"""Accounts: register, log in and out, be approved or not. Nothing is journaled: an e-mail never leaves the box."""

import hashlib
import secrets
from contextlib import suppress
from dataclasses import dataclass, field, replace

from appliance.domain import accounts, rules
from appliance.domain.accounts import LOGIN_PREFIX, Account, AccountState, Login, Role
from appliance.domain.audit import Actor, Deed
from appliance.domain.models import Dj, Stamp
from appliance.errors import Invalid, NotAllowed, NotKnown, Refused, Unavailable
from appliance.ports import Passwords, Ports, Transaction
from appliance.usecases import lineup
from appliance.usecases.uptime import up_ms, up_ms_in

#: browsers that one person stays logged in with
LOGINS_MOST = 20
#: people who wait for an admin; more at once are a flood
WAITING_MOST = 200
#: accounts of dancers: ten full halls, and no more than a card bears
DANCERS_MOST = 20_000


@dataclass(frozen=True, slots=True)
class Registration:
    """What somebody fills in to have an account."""

    role: Role
    email: str = field(repr=False)
    name: str
    password: str = field(repr=False)

    def cleaned(self) -> "Registration":
        """As it may be kept.

        Raises: Invalid for the first field that can't be used.
        """
        name = rules.required_text(self.name, field="name", longest=rules.NAME_MAX)
        if self.role is Role.DJ:
            rules.slug(name)  # it becomes a name at the broker
        email = accounts.clean_email(self.email)
        return Registration(self.role, email, name, accounts.new_password(self.password, email=email, name=name))


@dataclass(frozen=True, slots=True)
class LoggedIn:
    """Somebody has come in. `secret` goes into their cookie and is kept nowhere."""

    account: Account
    secret: str = field(repr=False)


def digest(secret: str) -> str:
    """SHA-256 in hexadecimal: the secrets of logins are long and random, so nothing slower is needed."""
    return hashlib.sha256(secret.encode()).hexdigest()


def known_account(tx: Transaction, account_id: str) -> Account:
    """The account.

    Raises: NotKnown with the code `account_unknown`.
    """
    account = tx.account(account_id)
    if account is None:
        raise NotKnown("account_unknown", "There is no such account.", advice="Load the page again.")
    return account


def refuse_taken(tx: Transaction, email: str) -> None:
    """Raises: Refused with the code `email_taken`."""
    if tx.account_with_email(email) is not None:
        raise Refused(
            "email_taken",
            "There is an account with this e-mail already.",
            advice="Log in with it. Whoever runs the box can give you a code for a new password.",
        )


def _refuse_flood(tx: Transaction, role: Role) -> None:
    if role.is_approved:
        waiting = tx.accounts_in(roles=[*Role], states=[AccountState.WAITING])
        if waiting >= WAITING_MOST:
            raise Refused("waiting_many", "Too many people wait to be let in already.", advice="Speak to the staff.")
    elif tx.accounts_in(roles=[Role.DANCER], states=[*AccountState]) >= DANCERS_MOST:
        raise Refused("accounts_many", "This box has as many accounts as it can bear.", advice="Speak to the staff.")


async def register(ports: Ports, passwords: Passwords, *, wanted: Registration) -> Account:
    """An account for whoever asks. A DJ or an organiser waits for an admin; an admin is never made this way.

    Raises: Invalid for a field; Refused with the code `email_taken`, `waiting_many` or `accounts_many`;
    Unavailable with the code `logins_busy`.
    """
    if wanted.role not in accounts.REGISTERS_AS:
        raise Invalid("role_invalid", "role must be dancer, dj or organiser.")
    cleaned = wanted.cleaned()
    hashed = await passwords.hashed(cleaned.password)
    now = ports.clock.now()

    def change(tx: Transaction) -> Account:
        refuse_taken(tx, cleaned.email)
        _refuse_flood(tx, cleaned.role)
        account = Account(
            id=ports.new_id(),
            role=cleaned.role,
            state=AccountState.WAITING if cleaned.role.is_approved else AccountState.ACTIVE,
            name=cleaned.name,
            email=cleaned.email,
            password=hashed,
            created=now,
        )
        tx.add_account(account)
        return account

    return await ports.store.write(change)


def login_wrong() -> NotAllowed:
    """One answer for a wrong password and an unknown e-mail."""
    return NotAllowed(
        "login_wrong",
        "E-mail or password is wrong.",
        advice="Whoever runs the box can give you a code for a new password.",
    )


async def log_in(ports: Ports, passwords: Passwords, *, email: str, password: str) -> LoggedIn:
    """Lets somebody in. Whether the e-mail or the password was wrong shows in nothing, nor in how long it takes.

    Raises: NotAllowed with the code `login_wrong`, or `account_off` when all was right; Invalid with the code
    `password_too_long`; Unavailable with the code `logins_busy`.
    """
    text = accounts.password_text(password)
    found = await ports.reader.account_with_email(email) if len(email) <= accounts.EMAIL_MAX else None
    if not await passwords.fits(text, found.password if found else None) or found is None:
        raise login_wrong()
    if found.state is AccountState.DISABLED:
        raise NotAllowed("account_off", "This account is switched off.", advice="Speak to whoever runs the box.")
    return await begin_login(ports, account_id=found.id)


async def begin_login(ports: Ports, *, account_id: str) -> LoggedIn:
    """Logs somebody in who has shown who they are.

    Raises: NotKnown with the code `account_unknown`.
    """
    now = ports.clock.now()
    secret = LOGIN_PREFIX + secrets.token_urlsafe(24)

    def change(tx: Transaction) -> Account:
        account, up = known_account(tx, account_id), up_ms_in(tx, now)
        login = Login(digest=digest(secret), account_id=account_id, began_up_ms=up, seen_up_ms=up)
        tx.add_login(login, most=LOGINS_MOST)
        return account

    return LoggedIn(account=await ports.store.write(change), secret=secret)


async def account_with_login(ports: Ports, *, secret: str) -> Account | None:
    """Whose login it is; None for one that does not count, or does not any more. That it is used is noted."""
    if not secret.startswith(LOGIN_PREFIX):
        return None
    found = await ports.reader.account_by_login(digest(secret))
    if found is None:
        return None
    login, account = found
    up = await up_ms(ports)
    if account.state is AccountState.DISABLED or not accounts.is_good(login, role=account.acts_as, up_ms=up):
        return None
    if up - login.seen_up_ms > accounts.NOTED_EVERY_MS:
        # Whether that can be written down must not decide who is let in.
        with suppress(Unavailable):
            await ports.store.write(lambda tx: tx.see_login(login.digest, up_ms=up))
    return account


async def log_out(ports: Ports, *, secret: str) -> None:
    """Ends one login. Again changes nothing."""
    await ports.store.write(lambda tx: tx.end_login(digest(secret)))


async def drop_old_logins(ports: Ports) -> None:
    """Forgets logins that do not count any more."""
    now = ports.clock.now()

    def change(tx: Transaction) -> None:
        up = up_ms_in(tx, now)
        for login, account in tx.logins():
            if not accounts.is_good(login, role=account.acts_as, up_ms=up):
                tx.end_login(login.digest)

    await ports.store.write(change)


async def approve(ports: Ports, *, account_id: str, by: Actor, same_dj: bool = False) -> Account:
    """Says yes to somebody who waits. `same_dj` says that they are the DJ of this name who has tokens here already.

    Raises: NotKnown with the code `account_unknown`; Refused with the code `account_not_waiting`, `dj_known` or
    `dj_name_taken`.
    """
    now = ports.clock.now()

    def change(tx: Transaction) -> Account:
        account = _waiting(tx, account_id)
        approved = replace(account, state=AccountState.ACTIVE)
        if account.role is Role.DJ:
            approved = replace(approved, dj_id=dj_for(ports, tx, account.name, same_dj=same_dj, at=now).id)
        tx.change_account(approved)
        tx.audit(Deed("account.approved", on=account.id, detail=account.role.value), by=by, at=now)
        return approved

    return await ports.store.write(change)


async def decline(ports: Ports, *, account_id: str, by: Actor) -> None:
    """Says no to somebody who waits: they can't log in any more.

    Raises: NotKnown with the code `account_unknown`; Refused with the code `account_not_waiting`.
    """
    now = ports.clock.now()

    def change(tx: Transaction) -> None:
        account = _waiting(tx, account_id)
        switch_off(tx, account)
        tx.audit(Deed("account.declined", on=account.id, detail=account.role.value), by=by, at=now)

    await ports.store.write(change)


def _waiting(tx: Transaction, account_id: str) -> Account:
    account = known_account(tx, account_id)
    if account.state is not AccountState.WAITING:
        raise Refused("account_not_waiting", "Somebody has decided on this account already.", advice="Load it again.")
    return account


def switch_off(tx: Transaction, account: Account) -> None:
    """The account can't be used any more, nor can any browser that is logged in with it."""
    tx.change_account(replace(account, state=AccountState.DISABLED))
    tx.end_logins(account.id)


def dj_for(ports: Ports, tx: Transaction, name: str, *, same_dj: bool, at: Stamp) -> Dj:
    """The DJ that an account of this name is: a new one, or the one who has tokens here, when somebody says so.

    Whoever is let in plays at the events that are going on, as with a token that staff hand out.

    Raises: Refused with the code `dj_known`, `dj_name_taken` or `dj_is_house`.
    """
    dj = tx.dj_named(name)
    if dj is None:
        dj = Dj(id=ports.new_id(), name=name)
        tx.add_dj(dj)
        lineup.assign_to_live(tx, dj, at=at)
        return dj
    lineup.check_person(tx, dj)
    if tx.account_of_dj(dj.id) is not None:
        raise Refused("dj_name_taken", "Another account is the DJ of this name.", advice="Ask for another name.")
    if not same_dj:
        raise Refused(
            "dj_known",
            "A DJ of this name has played here or has a token.",
            advice="If this is the same person, say so; else ask for another name.",
            dj=dj.name,
        )
    lineup.assign_to_live(tx, dj, at=at)
    return dj
