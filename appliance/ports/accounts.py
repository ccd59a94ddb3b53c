"""What is asked of the store about accounts and their logins, and of whoever hashes passwords."""

from collections.abc import Collection, Sequence
from typing import Protocol

from appliance.domain.accounts import Account, AccountState, Login, Role


class Passwords(Protocol):
    """Hashes passwords, slowly on purpose, beside the event loop.

    Both raise Unavailable with the code `logins_busy`.
    """

    async def hashed(self, password: str) -> str:
        """What is kept of a password."""
        ...

    async def fits(self, password: str, kept: str | None) -> bool:
        """Whether it is the password that was kept. Takes as long when there is none."""
        ...


class AccountsTransaction(Protocol):
    """Accounts and logins inside one write transaction."""

    def account(self, account_id: str) -> Account | None: ...
    def account_with_email(self, email: str) -> Account | None:
        """By e-mail, letter case aside."""
        ...

    def account_of_dj(self, dj_id: str) -> Account | None:
        """The account that is this DJ."""
        ...

    def accounts_in(self, *, roles: Collection[Role], states: Collection[AccountState]) -> int:
        """How many accounts have one of the roles and one of the states."""
        ...

    def add_account(self, account: Account) -> None: ...
    def change_account(self, account: Account) -> None:
        """Stores an account in the place of the one with its id."""
        ...

    def remove_account(self, account_id: str) -> None:
        """Forgets an account with its logins."""
        ...

    def add_login(self, login: Login, *, most: int) -> None:
        """Stores a login; of more than `most` of one account the longest unused go."""
        ...

    def see_login(self, digest: str, *, up_ms: int) -> None:
        """Notes that a login is used."""
        ...

    def end_login(self, digest: str) -> None:
        """Forgets a login, if there is one."""
        ...

    def end_logins(self, account_id: str, *, but: str | None = None) -> int:
        """Forgets every login of an account, `but` one; how many."""
        ...

    def set_code(self, account_id: str, *, digest: str, until_up_ms: int) -> None:
        """Stores a one-time code in the place of the account's earlier one."""
        ...

    def end_code(self, account_id: str) -> None:
        """Forgets the account's code, if there is one."""
        ...

    def account_with_code(self, digest: str) -> tuple[Account, int] | None:
        """Whose one-time code it is, and the up-time after which it does not count."""
        ...

    def own_event(self, event_id: str, *, account_id: str) -> None:
        """An event belongs to an organiser, beside others. Again changes nothing."""
        ...

    def disown_event(self, event_id: str, *, account_id: str) -> None:
        """An event belongs to an organiser no more."""
        ...

    def logins(self) -> Sequence[tuple[Login, Account]]:
        """Every login and whose it is."""
        ...


class AccountsReader(Protocol):
    """Questions about accounts and logins."""

    async def account(self, account_id: str) -> Account | None: ...
    async def account_with_email(self, email: str) -> Account | None:
        """By e-mail, letter case aside."""
        ...

    async def account_with_code(self, digest: str) -> tuple[Account, int] | None:
        """Whose one-time code it is, and the up-time after which it does not count."""
        ...

    async def account_by_login(self, digest: str) -> tuple[Login, Account] | None:
        """Whose login it is; expired or not."""
        ...

    async def accounts(
        self, *, states: Collection[AccountState], like: str = "", before: int | None = None, limit: int
    ) -> Sequence[tuple[int, Account]]:
        """Accounts in these states with their numbers, the newest first, older than the number `before`.

        With `like` only those that have it in their name or e-mail, letter case aside.
        """
        ...

    async def events_of(self, account_id: str) -> frozenset[str]:
        """The ids of the events that belong to an organiser."""
        ...

    async def owners_of(self, event_id: str) -> Sequence[Account]:
        """Whose an event is, by name."""
        ...

    async def has_admin(self) -> bool:
        """Whether there is an admin who can log in, or could once they have chosen a password."""
        ...
