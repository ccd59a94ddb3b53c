"""`/api/v1`: accounts and logins, for programs."""

from typing import Annotated

import msgspec

from appliance.domain import accounts as rules
from appliance.domain.accounts import Account, AccountState, Role
from appliance.errors import Invalid
from appliance.usecases import accounts
from appliance.usecases.accounts import Registration
from appliance.web import accounts as doors
from appliance.web import asking
from appliance.web.operations import Auth, Call, Operation

ACCOUNTS_MOST = 200

Email = Annotated[str, msgspec.Meta(min_length=1, max_length=rules.EMAIL_MAX)]
Password = Annotated[str, msgspec.Meta(min_length=1, max_length=rules.PASSWORD_MAX)]
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=500)]


class RegisterIn(msgspec.Struct, frozen=True, kw_only=True):
    #: an admin is never made this way
    role: Role
    email: Email
    #: a DJ's is the name that dancers see
    name: Name
    password: Password


class LoginIn(msgspec.Struct, frozen=True, kw_only=True):
    email: Email
    password: Password


class LoginOut(msgspec.Struct, frozen=True, kw_only=True):
    #: a bearer token; shown once
    login: str
    role: Role


class PersonOut(msgspec.Struct, frozen=True, kw_only=True):
    """Who is logged in. Staff with the pass of the setup code have neither id nor name."""

    #: what may be done now
    role: Role
    id: str = ""
    name: str = ""


class AccountOut(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    #: what the account is for, once it was approved
    role: Role
    state: AccountState
    name: str


class AccountWithEmailOut(AccountOut, frozen=True, kw_only=True):
    email: str


class AccountsOut(msgspec.Struct, frozen=True, kw_only=True):
    accounts: list[AccountWithEmailOut]


class ApproveIn(msgspec.Struct, frozen=True, kw_only=True):
    #: this person is the DJ of the same name who has played here already
    same_dj: bool = False


def account_out(account: Account) -> AccountOut:
    """An account without its e-mail."""
    return AccountOut(id=account.id, role=account.role, state=account.state, name=account.name)


async def register(call: Call) -> AccountOut:
    sent: RegisterIn = call.body
    wanted = Registration(role=sent.role, email=sent.email, name=sent.name, password=sent.password)
    return account_out(await doors.register(call.request, wanted=wanted))


async def log_in(call: Call) -> LoginOut:
    done = await doors.log_in(call.request, email=call.body.email, password=call.body.password)
    return LoginOut(login=done.secret, role=done.account.acts_as)


async def log_out(call: Call) -> None:
    secret = asking.login_secret(call.request)
    if secret is not None:
        await accounts.log_out(call.site.ports, secret=secret)


async def show_me(call: Call) -> PersonOut:
    person = call.somebody()
    account = person.account
    return PersonOut(role=person.role, id=account.id, name=account.name) if account else PersonOut(role=person.role)


async def list_accounts(call: Call) -> AccountsOut:
    state = call.request.query_params.get("state")
    if state is not None and state not in [*AccountState]:
        raise Invalid("state_invalid", "state must be waiting, active or disabled.")
    states = [AccountState(state)] if state is not None else [*AccountState]
    found = await call.site.ports.reader.accounts(states=states, limit=ACCOUNTS_MOST)
    rows = [
        AccountWithEmailOut(id=one.id, role=one.role, state=one.state, name=one.name, email=one.email)
        for _, one in found
    ]
    return AccountsOut(accounts=rows)


async def approve(call: Call) -> AccountOut:
    done = await accounts.approve(
        call.site.ports, account_id=call.path("account"), by=call.actor(), same_dj=call.body.same_dj
    )
    return account_out(done)


async def decline(call: Call) -> None:
    await accounts.decline(call.site.ports, account_id=call.path("account"), by=call.actor())


_STATES: dict[str, object] = {"type": "string", "enum": [state.value for state in AccountState]}

# fmt: off
OPERATIONS: tuple[Operation, ...] = (
    Operation("POST", "/accounts", "registerAccount", "An account; a DJ or an organiser then waits for an admin.",
        register, takes=RegisterIn, gives=AccountOut, status=201,
        also=((409, "There is one with this e-mail, or too many wait."), (429, "Too often."))),
    Operation("GET", "/accounts", "listAccounts", f"The newest {ACCOUNTS_MOST} accounts.", list_accounts, Auth.STAFF,
        gives=AccountsOut, query=(("state", _STATES, "Only those that stand so."),)),
    Operation("POST", "/accounts/{account}/approve", "approveAccount", "Say yes to somebody who waits.", approve,
        Auth.STAFF, takes=ApproveIn, gives=AccountOut,
        also=((404, "No such account."), (409, "Nobody waits there, or a DJ of this name is known."))),
    Operation("POST", "/accounts/{account}/decline", "declineAccount", "Say no to somebody who waits.", decline,
        Auth.STAFF, status=204, also=((404, "No such account."), (409, "Nobody waits there."))),
    Operation("POST", "/logins", "logIn", "Log in with e-mail and password, for a bearer token.", log_in,
        takes=LoginIn, gives=LoginOut, status=201,
        also=((401, "E-mail or password is wrong."), (403, "Switched off."), (429, "Too often."), (503, "Too many."))),
    Operation("DELETE", "/logins/mine", "logOut", "End the login that asks.", log_out, Auth.PERSON, status=204),
    Operation("GET", "/me/account", "showMe", "Who is logged in.", show_me, Auth.PERSON, gives=PersonOut),
)
# fmt: on
