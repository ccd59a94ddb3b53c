"""What an admin does with accounts: make one, change what it is for, switch it off and on, and give a one-time code.

A box sends no mail: whoever gets an account or has lost a password is handed a code, and chooses a password with it.
"""

from dataclasses import dataclass, field, replace

from appliance.domain import accounts as account_rules
from appliance.domain import rules
from appliance.domain.accounts import Account, AccountState, Role
from appliance.domain.audit import Actor, Deed
from appliance.domain.models import Stamp
from appliance.errors import Refused
from appliance.ports import Ports, Transaction
from appliance.usecases import people
from appliance.usecases.accounts import dj_for, known_account, refuse_taken, switch_off
from appliance.usecases.uptime import up_ms_in

#: up-time for which a one-time code counts: whoever was given it on Friday comes on Saturday
CODE_FOR_MS = 7 * 24 * 3600 * 1000


@dataclass(frozen=True, slots=True)
class Invitation:
    """An account and the one-time code for its next password. The code is shown once and kept nowhere."""

    account: Account
    code: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Wanted:
    """An account that an admin makes."""

    role: Role
    email: str = field(repr=False)
    name: str
    #: it is the DJ of the same name who has tokens here already
    same_dj: bool = False


async def create(ports: Ports, *, wanted: Wanted, by: Actor) -> Invitation:
    """An account that needs nobody's yes any more, without a password.

    Raises: Invalid for a field; Refused with the code `email_taken`, `dj_known` or `dj_name_taken`.
    """
    name = rules.required_text(wanted.name, field="name", longest=rules.NAME_MAX)
    if wanted.role is Role.DJ:
        rules.slug(name)
    email = account_rules.clean_email(wanted.email)
    now = ports.clock.now()

    def change(tx: Transaction) -> Invitation:
        refuse_taken(tx, email)
        is_dj = wanted.role is Role.DJ
        account = Account(
            id=ports.new_id(),
            role=wanted.role,
            state=AccountState.ACTIVE,
            name=name,
            email=email,
            password=None,
            created=now,
            dj_id=dj_for(ports, tx, name, same_dj=wanted.same_dj, at=now).id if is_dj else None,
        )
        tx.add_account(account)
        tx.audit(Deed("account.created", on=account.id, detail=account.role.value), by=by, at=now)
        return Invitation(account, _new_code(tx, account, at=now))

    return await ports.store.write(change)


def _new_code(tx: Transaction, account: Account, *, at: Stamp) -> str:
    code = people.new_setup_code()
    tx.set_code(account.id, digest=people.code_digest(code), until_up_ms=up_ms_in(tx, at) + CODE_FOR_MS)
    return code


async def offer_code(ports: Ports, *, account_id: str, by: Actor) -> Invitation:
    """A one-time code for a new password; one from before does not count any more. The old password does until then.

    Raises: NotKnown with the code `account_unknown`.
    """
    now = ports.clock.now()

    def change(tx: Transaction) -> Invitation:
        account = known_account(tx, account_id)
        tx.audit(Deed("account.code_offered", on=account.id), by=by, at=now)
        return Invitation(account, _new_code(tx, account, at=now))

    return await ports.store.write(change)


async def change_role(ports: Ports, *, account_id: str, role: Role, by: Actor, same_dj: bool = False) -> Account:
    """Makes an account one for something else, now. A DJ who is none any more loses their tokens.

    Raises: NotKnown with the code `account_unknown`; Invalid for a name that can't be a DJ's; Refused with the code
    `last_admin`, `dj_known` or `dj_name_taken`.
    """
    now = ports.clock.now()

    def change(tx: Transaction) -> Account:
        account = known_account(tx, account_id)
        if account.role is role and account.state is not AccountState.WAITING:
            return account
        keep_an_admin(tx, account)
        changed = replace(account, role=role, dj_id=None)
        if account.state is AccountState.WAITING:
            changed = replace(changed, state=AccountState.ACTIVE)
        tx.change_account(changed)
        if account.dj_id is not None:
            people.take_back_all(tx, account.dj_id, by=by, at=now)
        if role is Role.DJ:
            rules.slug(account.name)
            changed = replace(changed, dj_id=dj_for(ports, tx, account.name, same_dj=same_dj, at=now).id)
            tx.change_account(changed)
        # What a browser may do is asked each time; but a login of an admin lasts less long than a dancer's.
        tx.end_logins(account.id)
        tx.audit(Deed("account.role_changed", on=account.id, detail=f"{account.role} -> {role}"), by=by, at=now)
        return changed

    changed = await ports.store.write(change)
    await ports.refresh_credentials()
    return changed


async def disable(ports: Ports, *, account_id: str, by: Actor) -> Account:
    """Switches an account off: its browsers are logged out, and a DJ's tokens are taken back. Again changes nothing.

    Raises: NotKnown with the code `account_unknown`; Refused with the code `last_admin`.
    """
    now = ports.clock.now()

    def change(tx: Transaction) -> Account:
        account = known_account(tx, account_id)
        if account.state is AccountState.DISABLED:
            return account
        keep_an_admin(tx, account)
        switch_off(tx, account)
        tx.end_code(account.id)
        if account.dj_id is not None:
            people.take_back_all(tx, account.dj_id, by=by, at=now)
        tx.audit(Deed("account.disabled", on=account.id), by=by, at=now)
        return known_account(tx, account_id)

    changed = await ports.store.write(change)
    await ports.refresh_credentials()
    return changed


async def enable(ports: Ports, *, account_id: str, by: Actor) -> Account:
    """Switches an account on again. A DJ who never was let in waits for a yes.

    Raises: NotKnown with the code `account_unknown`; Refused with the code `account_not_disabled`.
    """
    now = ports.clock.now()

    def change(tx: Transaction) -> Account:
        account = known_account(tx, account_id)
        if account.state is not AccountState.DISABLED:
            raise Refused("account_not_disabled", "This account is not switched off.", advice="Load the page again.")
        never_let_in = account.role is Role.DJ and account.dj_id is None
        changed = replace(account, state=AccountState.WAITING if never_let_in else AccountState.ACTIVE)
        tx.change_account(changed)
        tx.audit(Deed("account.enabled", on=account.id), by=by, at=now)
        return changed

    return await ports.store.write(change)


def keep_an_admin(tx: Transaction, account: Account) -> None:
    """Raises: Refused with the code `last_admin` when nobody else runs the box."""
    is_admin = account.role is Role.ADMIN and account.state is AccountState.ACTIVE
    if is_admin and tx.accounts_in(roles=[Role.ADMIN], states=[AccountState.ACTIVE]) == 1:
        raise Refused("last_admin", "This is the only admin.", advice="Make somebody else an admin first.")
