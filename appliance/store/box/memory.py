"""The twin's part for the box itself."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from appliance.domain.events import GuestForgotten, Happened, IntentMade, Journaled
from appliance.domain.models import Stamp
from appliance.domain.portal import Release
from appliance.domain.space import Step
from appliance.domain.uplink import JOURNAL_SENT
from appliance.ports import JournalSpan


@dataclass
class BoxTables:
    """Rows are frozen, so a shallow copy saves them."""

    meta: dict[str, str] = field(
        default_factory=lambda: {
            "box_id": "0" * 16,
            "epoch": "1" * 16,
            "login_key": "2" * 64,
            "phone_key": "3" * 64,
        }
    )
    releases: dict[str, Release] = field(default_factory=dict)
    journal: list[tuple[Journaled, Stamp]] = field(default_factory=list)
    #: rows of the journal that say nothing any more
    erased: dict[int, None] = field(default_factory=dict)


class MemoryBoxTransaction:
    """`ports.BoxTransaction` on dictionaries."""

    _t: BoxTables
    happened: list[Happened]

    def meta(self, name: str) -> str | None:
        return self._t.meta.get(name)

    def set_meta(self, name: str, value: str | None) -> None:
        if value is None:
            self._t.meta.pop(name, None)
        else:
            self._t.meta[name] = value

    def releases(self) -> Sequence[Release]:
        return list(self._t.releases.values())

    def set_release(self, release: Release) -> None:
        # Taken out first: a phone that is released again is the newest.
        self._t.releases.pop(release.client, None)
        self._t.releases[release.client] = release

    def end_release(self, client: str) -> None:
        self._t.releases.pop(client, None)

    def erase_in_journal(self, guest_ids: Sequence[str], *, after: int) -> int | None:
        start = max(after, int(self.meta(JOURNAL_SENT) or 0))
        for number, (event, _) in enumerate(self._t.journal[start:], start=start + 1):
            if not isinstance(event, GuestForgotten) and event.body().get("guest") in guest_ids:
                self._t.erased[number] = None
        return None

    def shed(self, step: Step, *, at: Stamp) -> int:
        # Nobody runs out of room in memory.
        del step, at
        return 0

    def withdraw_intent(self, intent_id: str, *, seq: int) -> bool:
        event, _ = self._t.journal[seq - 1]
        is_there = isinstance(event, IntentMade) and event.intent.id == intent_id and seq not in self._t.erased
        if is_there and seq > int(self.meta(JOURNAL_SENT) or 0):
            self._t.erased[seq] = None
            return True
        return False

    def record(self, event: Journaled, *, at: Stamp) -> int:
        self._t.journal.append((event, at))
        self.happened.append(event)
        return len(self._t.journal)


class MemoryBoxReader:
    """`ports.BoxReader` on dictionaries."""

    _tables: BoxTables

    async def meta(self, name: str) -> str | None:
        return self._tables.meta.get(name)

    async def release(self, client: str) -> Release | None:
        return self._tables.releases.get(client)

    async def newest_stamp(self) -> Stamp | None:
        return self._tables.journal[-1][1] if self._tables.journal else None

    async def journal_span(self) -> JournalSpan:
        return JournalSpan(last_seq=len(self._tables.journal), waiting=len(self._tables.journal))
