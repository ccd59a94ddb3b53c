"""The twin's part for locks."""

from dataclasses import dataclass, field

from appliance.domain.locks import STRANGERS, Lock, Tries


@dataclass
class LocksTables:
    """Rows are frozen, so a shallow copy saves them."""

    locks: dict[str, Lock] = field(default_factory=dict)
    lock_tries: dict[tuple[str, str], Tries] = field(default_factory=dict)


class MemoryLocksTransaction:
    """`ports.LocksTransaction` on dictionaries."""

    _t: LocksTables

    def lock(self, lock_id: str) -> Lock | None:
        return self._t.locks.get(lock_id)

    def add_lock(self, lock: Lock) -> None:
        self._t.locks[lock.id] = lock

    def tries(self, lock_id: str, who: str) -> Tries:
        return self._t.lock_tries.get((lock_id, who), Tries())

    def set_tries(self, lock_id: str, who: str, tries: Tries) -> None:
        self._t.lock_tries[lock_id, who] = tries

    def forget_tries(self, who: str) -> None:
        for key in [key for key in self._t.lock_tries if key[1] == who and who != STRANGERS]:
            del self._t.lock_tries[key]


class MemoryLocksReader:
    """`ports.LocksReader` on dictionaries."""

    _tables: LocksTables

    async def wrong_tries(self, lock_id: str) -> int:
        tries = self._tables.lock_tries.items()
        return sum(one.failures for (lock, who), one in tries if lock == lock_id and who != STRANGERS)
