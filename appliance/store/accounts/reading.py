"""What pages ask of SQLite about accounts and logins: `ports.AccountsReader`."""

import json
from collections.abc import Collection, Sequence

from appliance.domain.accounts import Account, AccountState, Login, Role, email_key
from appliance.domain.rules import identity_key
from appliance.store.accounts import rows
from appliance.store.running import Asking
from appliance.store.statements import Parameters


class AccountsReading(Asking):
    """Each question raises Unavailable when the database can't be read."""

    async def account(self, account_id: str) -> Account | None:
        row = await self._one("account", {"id": account_id})
        return rows.account(row) if row else None

    async def account_with_email(self, email: str) -> Account | None:
        row = await self._one("account_with_email", {"email_key": email_key(email)})
        return rows.account(row) if row else None

    async def account_with_code(self, digest: str) -> tuple[Account, int] | None:
        row = await self._one("account_with_code", {"digest": digest})
        return (rows.account(row), int(row["until_up_ms"])) if row else None

    async def account_by_login(self, digest: str) -> tuple[Login, Account] | None:
        row = await self._one("account_by_login", {"digest": digest})
        return rows.login_and_account(row) if row else None

    async def accounts(
        self, *, states: Collection[AccountState], like: str = "", before: int | None = None, limit: int
    ) -> Sequence[tuple[int, Account]]:
        wanted: Parameters = {
            "states": json.dumps(list(states)),
            "like": identity_key(like),
            "before": before,
            "limit": limit,
        }
        return [(row["number"], rows.account(row)) for row in await self._all("accounts", wanted)]

    async def events_of(self, account_id: str) -> frozenset[str]:
        return frozenset(row["event_id"] for row in await self._all("events_of_owner", {"account_id": account_id}))

    async def owners_of(self, event_id: str) -> Sequence[Account]:
        return [rows.account(row) for row in await self._all("owners_of_event", {"event_id": event_id})]

    async def has_admin(self) -> bool:
        wanted: Parameters = {"roles": json.dumps([Role.ADMIN]), "states": json.dumps([AccountState.ACTIVE])}
        row = await self._one("accounts_in", wanted)
        assert row is not None  # an aggregate always has a row
        return bool(row["n"])
