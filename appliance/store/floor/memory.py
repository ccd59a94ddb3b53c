"""The twin's part for counted minutes."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from appliance.ports.floor import CountedMinute
from appliance.store.looking import Looking


@dataclass
class FloorTables:
    """Rows are frozen, so a shallow copy saves them."""

    floor_minutes: dict[tuple[str, int], CountedMinute] = field(default_factory=dict)


class MemoryFloorTransaction:
    """`ports.FloorTransaction` on dictionaries."""

    _t: FloorTables

    def add_minute(self, counted: CountedMinute) -> None:
        self._t.floor_minutes.setdefault((counted.session_id, counted.number), counted)


class MemoryFloorReader(Looking):
    """`ports.FloorReader` on dictionaries."""

    _tables: FloorTables

    def _sorted(self) -> list[CountedMinute]:
        return sorted(self._tables.floor_minutes.values(), key=lambda one: one.number)

    async def minutes_since(self, number: int) -> Mapping[str, Sequence[CountedMinute]]:
        found: dict[str, list[CountedMinute]] = defaultdict(list)
        for one in self._sorted():
            session = self._look().session(one.session_id)
            if session is not None and one.number >= number:
                found[session.stage_id].append(one)
        return found

    async def minutes_of(self, session_id: str) -> Sequence[CountedMinute]:
        return [one for one in self._sorted() if one.session_id == session_id]
