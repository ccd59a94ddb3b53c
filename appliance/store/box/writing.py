"""What a transaction on SQLite does with the box itself: `ports.BoxTransaction`."""

import json
from collections.abc import Sequence

from appliance.domain.events import BODY_VERSION, Happened, Journaled
from appliance.domain.models import Stamp
from appliance.domain.portal import Release
from appliance.domain.space import Step
from appliance.domain.uplink import JOURNAL_SENT
from appliance.store.box import rows
from appliance.store.running import Running
from appliance.store.stamps import stamp_parameters
from appliance.store.statements import Parameters

#: journal rows looked at for one phone in one transaction: some milliseconds
ERASE_AT_ONCE = 20_000


class BoxWriting(Running):
    """Lives on the writer's thread."""

    #: what is told after the commit
    happened: list[Happened]

    def meta(self, name: str) -> str | None:
        row = self._one("meta", {"name": name})
        return str(row["value"]) if row else None

    def set_meta(self, name: str, value: str | None) -> None:
        if value is None:
            self._run("forget_meta", {"name": name})
        else:
            self._run("set_meta", {"name": name, "value": value})

    def erase_in_journal(self, guest_ids: Sequence[str], *, after: int) -> int | None:
        start = max(after, int(self.meta(JOURNAL_SENT) or 0))
        upper = start + ERASE_AT_ONCE
        self._run("erase_in_journal", {"guests": json.dumps(list(guest_ids)), "after": start, "to": upper})
        end = self._one("journal_end_seq", {})
        return upper if end is not None and upper < end["last_seq"] else None

    def shed(self, step: Step, *, at: Stamp) -> int:
        values: Parameters = {"after": int(self.meta(JOURNAL_SENT) or 0)}
        match step:
            case Step.INTENTS:
                # Boot times of an earlier boot mean nothing, and its announcements are over.
                return self._run("shed_expired_intents", values | {"boot": at.boot, "boot_ms": at.boot_ms}).rowcount
            case Step.PRESENCE_DETAIL | Step.PRESENCE:
                return self._run(f"shed_{step.value}", values).rowcount
            case Step.LOGS | Step.CARRIED:
                return 0

    def releases(self) -> Sequence[Release]:
        return [rows.release(row) for row in self._run("releases", {})]

    def set_release(self, release: Release) -> None:
        self._run("set_release", {"client": release.client, **stamp_parameters(release.granted)})

    def end_release(self, client: str) -> None:
        self._run("end_release", {"client": client})

    def withdraw_intent(self, intent_id: str, *, seq: int) -> bool:
        values: Parameters = {"id": intent_id, "seq": seq, "sent": int(self.meta(JOURNAL_SENT) or 0)}
        return self._run("withdraw_intent", values).rowcount == 1

    def record(self, event: Journaled, *, at: Stamp) -> int:
        body = json.dumps(event.body(), ensure_ascii=False, separators=(",", ":"))
        entry: Parameters = {"kind": event.kind, "v": BODY_VERSION, "body": body}
        seq = self._run("append_journal", entry | stamp_parameters(at)).lastrowid
        assert seq is not None  # a row was just made
        self.happened.append(event)
        return seq
