"""What a transaction on SQLite does with locks: `ports.LocksTransaction`."""

from appliance.domain.locks import Lock, Tries
from appliance.store.running import Running


class LocksWriting(Running):
    """Lives on the writer's thread."""

    def lock(self, lock_id: str) -> Lock | None:
        row = self._one("lock", {"id": lock_id})
        return Lock(row["id"], row["digest"]) if row else None

    def add_lock(self, lock: Lock) -> None:
        self._run("add_lock", {"id": lock.id, "digest": lock.digest})

    def tries(self, lock_id: str, who: str) -> Tries:
        row = self._one("tries", {"lock_id": lock_id, "who": who})
        return Tries(row["failures"], row["last_up_ms"]) if row else Tries()

    def set_tries(self, lock_id: str, who: str, tries: Tries) -> None:
        place = {"lock_id": lock_id, "who": who}
        self._run("set_tries", {**place, "failures": tries.failures, "last_up_ms": tries.last_up_ms})

    def forget_tries(self, who: str) -> None:
        self._run("forget_tries", {"who": who})
