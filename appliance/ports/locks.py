"""What is asked of the store about sets behind a PIN."""

from typing import Protocol

from appliance.domain.locks import Lock, Tries


class LocksTransaction(Protocol):
    """Locks and wrong tries inside one write transaction."""

    def lock(self, lock_id: str) -> Lock | None: ...
    def add_lock(self, lock: Lock) -> None: ...
    def tries(self, lock_id: str, who: str) -> Tries:
        """Wrong tries of a guest at a lock, or of all strangers together."""
        ...

    def set_tries(self, lock_id: str, who: str, tries: Tries) -> None: ...
    def forget_tries(self, who: str) -> None:
        """As if a guest had never tried any lock."""
        ...


class LocksReader(Protocol):
    """Questions about locks."""

    async def wrong_tries(self, lock_id: str) -> int:
        """How many wrong PINs phones have tried at a lock."""
        ...
