"""Between rows and models of accounts: the one place that knows both their column names and field names."""

import sqlite3

from appliance.domain.accounts import Account, AccountState, Login, Role, email_key
from appliance.domain.rules import identity_key
from appliance.store.stamps import stamp, stamp_parameters
from appliance.store.statements import Parameters


def account(row: sqlite3.Row) -> Account:
    return Account(
        id=row["id"],
        role=Role(row["role"]),
        state=AccountState(row["state"]),
        name=row["name"],
        email=row["email"],
        password=row["password"],
        created=stamp(row, "created"),
        dj_id=row["dj_id"],
    )


def login_and_account(row: sqlite3.Row) -> tuple[Login, Account]:
    login = Login(
        digest=row["digest"],
        account_id=row["account_id"],
        began_up_ms=row["began_up_ms"],
        seen_up_ms=row["seen_up_ms"],
    )
    return login, account(row)


def account_parameters(account: Account) -> Parameters:
    return {
        "id": account.id,
        "role": account.role.value,
        "state": account.state.value,
        "name": account.name,
        "email": account.email,
        "email_key": email_key(account.email),
        "password": account.password,
        "dj_id": account.dj_id,
        "name_key": identity_key(account.name),
        **stamp_parameters(account.created),
    }


def login_parameters(login: Login) -> Parameters:
    return {
        "digest": login.digest,
        "account_id": login.account_id,
        "began_up_ms": login.began_up_ms,
        "seen_up_ms": login.seen_up_ms,
    }
