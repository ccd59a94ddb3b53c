"""The twin's part for accounts and their logins."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace

from appliance.domain.accounts import Account, AccountState, Login, Role, email_key
from appliance.domain.rules import identity_key


@dataclass
class AccountsTables:
    """Rows are frozen, so a shallow copy saves them."""

    #: by id, with the number that each was given
    accounts: dict[str, tuple[int, Account]] = field(default_factory=dict)
    logins: dict[str, Login] = field(default_factory=dict)
    #: by account: digest, and the up-time after which it does not count
    account_codes: dict[str, tuple[str, int]] = field(default_factory=dict)
    event_owners: dict[tuple[str, str], None] = field(default_factory=dict)
    #: the highest number that was given to an account
    accounts_made: dict[str, int] = field(default_factory=lambda: {"n": 0})

    def found_account(self, account_id: str) -> Account | None:
        """By its id."""
        numbered = self.accounts.get(account_id)
        return numbered[1] if numbered else None

    def account_by_email(self, email: str) -> Account | None:
        """By its folded e-mail."""
        every = (account for _, account in self.accounts.values())
        return next((one for one in every if email_key(one.email) == email_key(email)), None)

    def account_by_code(self, digest: str) -> tuple[Account, int] | None:
        """By the digest of its one-time code."""
        found = next((one for one in self.account_codes.items() if one[1][0] == digest), None)
        return (self.accounts[found[0]][1], found[1][1]) if found else None

    def how_many(self, roles: Collection[Role], states: Collection[AccountState]) -> int:
        """Accounts with one of the roles in one of the states."""
        return sum(account.role in roles and account.state in states for _, account in self.accounts.values())


class MemoryAccountsTransaction:
    """`ports.AccountsTransaction` on dictionaries."""

    _t: AccountsTables

    def account(self, account_id: str) -> Account | None:
        return self._t.found_account(account_id)

    def account_with_email(self, email: str) -> Account | None:
        return self._t.account_by_email(email)

    def account_of_dj(self, dj_id: str) -> Account | None:
        return next((account for _, account in self._t.accounts.values() if account.dj_id == dj_id), None)

    def accounts_in(self, *, roles: Collection[Role], states: Collection[AccountState]) -> int:
        return self._t.how_many(roles, states)

    def add_account(self, account: Account) -> None:
        if self.account_with_email(account.email) is not None:
            raise ValueError("one account for an e-mail")
        # A copy: what was saved before must stay as it was.
        self._t.accounts_made = {"n": self._t.accounts_made["n"] + 1}
        self._t.accounts[account.id] = (self._t.accounts_made["n"], account)

    def change_account(self, account: Account) -> None:
        if account.id in self._t.accounts:
            number, _ = self._t.accounts[account.id]
            self._t.accounts[account.id] = (number, account)

    def remove_account(self, account_id: str) -> None:
        self.end_logins(account_id)
        self.end_code(account_id)
        self._t.accounts.pop(account_id, None)
        for event_id, owner in [*self._t.event_owners]:
            if owner == account_id:
                self.disown_event(event_id, account_id=owner)

    def add_login(self, login: Login, *, most: int) -> None:
        self._t.logins[login.digest] = login
        mine = [one for one in self._t.logins.values() if one.account_id == login.account_id]
        for old in sorted(mine, key=lambda one: (-one.seen_up_ms, one.digest))[most:]:
            del self._t.logins[old.digest]

    def see_login(self, digest: str, *, up_ms: int) -> None:
        if digest in self._t.logins:
            self._t.logins[digest] = replace(self._t.logins[digest], seen_up_ms=up_ms)

    def end_login(self, digest: str) -> None:
        self._t.logins.pop(digest, None)

    def end_logins(self, account_id: str, *, but: str | None = None) -> int:
        gone = [one.digest for one in self._t.logins.values() if one.account_id == account_id and one.digest != but]
        for digest in gone:
            del self._t.logins[digest]
        return len(gone)

    def set_code(self, account_id: str, *, digest: str, until_up_ms: int) -> None:
        self._t.account_codes[account_id] = (digest, until_up_ms)

    def end_code(self, account_id: str) -> None:
        self._t.account_codes.pop(account_id, None)

    def account_with_code(self, digest: str) -> tuple[Account, int] | None:
        return self._t.account_by_code(digest)

    def own_event(self, event_id: str, *, account_id: str) -> None:
        self._t.event_owners[event_id, account_id] = None

    def disown_event(self, event_id: str, *, account_id: str) -> None:
        self._t.event_owners.pop((event_id, account_id), None)

    def logins(self) -> Sequence[tuple[Login, Account]]:
        return [(login, self._t.accounts[login.account_id][1]) for _, login in sorted(self._t.logins.items())]


class MemoryAccountsReader:
    """`ports.AccountsReader` on dictionaries."""

    _tables: AccountsTables

    async def account(self, account_id: str) -> Account | None:
        return self._tables.found_account(account_id)

    async def account_with_email(self, email: str) -> Account | None:
        return self._tables.account_by_email(email)

    async def account_with_code(self, digest: str) -> tuple[Account, int] | None:
        return self._tables.account_by_code(digest)

    async def account_by_login(self, digest: str) -> tuple[Login, Account] | None:
        login = self._tables.logins.get(digest)
        return (login, self._tables.accounts[login.account_id][1]) if login else None

    async def accounts(
        self, *, states: Collection[AccountState], like: str = "", before: int | None = None, limit: int
    ) -> Sequence[tuple[int, Account]]:
        newest = sorted(self._tables.accounts.values(), key=lambda numbered: -numbered[0])
        wanted = identity_key(like)
        fitting = [
            (number, one)
            for number, one in newest
            if one.state in states
            and (before is None or number < before)
            and (wanted in identity_key(one.name) or wanted in email_key(one.email))
        ]
        return fitting[:limit]

    async def events_of(self, account_id: str) -> frozenset[str]:
        return frozenset(event_id for event_id, owner in self._tables.event_owners if owner == account_id)

    async def owners_of(self, event_id: str) -> Sequence[Account]:
        found = [self._tables.accounts[owner] for event, owner in self._tables.event_owners if event == event_id]
        return [account for _, account in sorted(found, key=lambda numbered: (numbered[1].name, numbered[0]))]

    async def has_admin(self) -> bool:
        return self._tables.how_many({Role.ADMIN}, {AccountState.ACTIVE}) > 0
