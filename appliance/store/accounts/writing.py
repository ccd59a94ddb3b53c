"""What a transaction on SQLite does with accounts and logins: `ports.AccountsTransaction`."""

import json
from collections.abc import Collection, Sequence

from appliance.domain.accounts import Account, AccountState, Login, Role, email_key
from appliance.store.accounts import rows
from appliance.store.running import Running


class AccountsWriting(Running):
    """Lives on the writer's thread."""

    def account(self, account_id: str) -> Account | None:
        row = self._one("account", {"id": account_id})
        return rows.account(row) if row else None

    def account_with_email(self, email: str) -> Account | None:
        row = self._one("account_with_email", {"email_key": email_key(email)})
        return rows.account(row) if row else None

    def account_of_dj(self, dj_id: str) -> Account | None:
        row = self._one("account_of_dj", {"dj_id": dj_id})
        return rows.account(row) if row else None

    def accounts_in(self, *, roles: Collection[Role], states: Collection[AccountState]) -> int:
        row = self._one("accounts_in", {"roles": json.dumps(list(roles)), "states": json.dumps(list(states))})
        assert row is not None  # an aggregate always has a row
        return int(row["n"])

    def add_account(self, account: Account) -> None:
        self._run("add_account", rows.account_parameters(account))

    def change_account(self, account: Account) -> None:
        self._run("change_account", rows.account_parameters(account))

    def remove_account(self, account_id: str) -> None:
        self._run("remove_account", {"id": account_id})

    def add_login(self, login: Login, *, most: int) -> None:
        self._run("add_login", rows.login_parameters(login))
        self._run("end_logins_beyond", {"account_id": login.account_id, "most": most})

    def see_login(self, digest: str, *, up_ms: int) -> None:
        self._run("see_login", {"digest": digest, "up_ms": up_ms})

    def end_login(self, digest: str) -> None:
        self._run("end_login", {"digest": digest})

    def end_logins(self, account_id: str, *, but: str | None = None) -> int:
        return self._run("end_logins", {"account_id": account_id, "but": but}).rowcount

    def set_code(self, account_id: str, *, digest: str, until_up_ms: int) -> None:
        self._run("set_code", {"account_id": account_id, "digest": digest, "until_up_ms": until_up_ms})

    def end_code(self, account_id: str) -> None:
        self._run("end_code", {"account_id": account_id})

    def account_with_code(self, digest: str) -> tuple[Account, int] | None:
        row = self._one("account_with_code", {"digest": digest})
        return (rows.account(row), int(row["until_up_ms"])) if row else None

    def own_event(self, event_id: str, *, account_id: str) -> None:
        self._run("own_event", {"event_id": event_id, "account_id": account_id})

    def disown_event(self, event_id: str, *, account_id: str) -> None:
        self._run("disown_event", {"event_id": event_id, "account_id": account_id})

    def logins(self) -> Sequence[tuple[Login, Account]]:
        return [rows.login_and_account(row) for row in self._run("logins", {})]
