"""The book of messages in the database: see `rounds.Book`."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from sync.cloud.push import intents
from sync.cloud.push.answers import Fate
from sync.cloud.push.letters import Keys
from sync.cloud.push.rounds import Phone, Waiting
from sync.cloud.store.ports import Database, Row, Tx

#: who claimed a phone and said nothing for this long has died, milliseconds
_DIED_MS = 60_000
#: a service in trouble is asked again after this, milliseconds
_AGAIN_MS = 30_000

#: the topics of a subscription: what concerns the whole event, and every stage
WHOLE_EVENT, EVERY_STAGE = "", "*"


@dataclass(slots=True)
class StoredBook:
    """The book. `now_ms` is true time, milliseconds of Unix time."""

    database: Database
    now_ms: Callable[[], int]

    async def waiting(self) -> Sequence[Waiting]:
        found: list[Waiting] = []
        async with self.database.transaction(org=None) as tx:
            for row in await tx.all("open_push_intents"):
                one = _waiting(row)
                if one is None:
                    await self._close(tx, row, why="broken")
                else:
                    found.append(one)
        return found

    async def _close(self, tx: Tx, row: Row, *, why: str) -> None:
        now_ms = self.now_ms()
        await tx.run("close_push_intent", org=row["org_id"], box=row["box_id"], id=row["id"], why=why, now_ms=now_ms)

    async def close(self, intent: Waiting, *, why: str) -> None:
        async with self.database.transaction(org=None) as tx:
            await tx.run("close_push_intent", **_key(intent), why=why, now_ms=self.now_ms())

    async def audience(self, intent: Waiting, *, most: int, but: Sequence[str]) -> Sequence[Phone]:
        where = {**_key(intent), **_audience(intent), "now_ms": self.now_ms(), "but": json.dumps(list(but))}
        async with self.database.transaction(org=None) as tx:
            found = await tx.all("push_audience", **where, most=most)
        return [Phone(row["phone"], row["endpoint"], Keys(row["p256dh"], row["auth"])) for row in found]

    async def claim(self, intent: Waiting, phones: Sequence[Phone]) -> Sequence[Phone]:
        if not phones:
            return []
        now_ms = self.now_ms()
        async with self.database.transaction(org=None) as tx:
            row = {"org": intent.org, "box": intent.box, "intent": intent.intent.id, "now_ms": now_ms}
            names = json.dumps([phone.id for phone in phones])
            mine = {row["phone"] for row in await tx.all("claim_push", **row, phones=names)}
        return [phone for phone in phones if phone.id in mine]

    async def note(self, intent: Waiting, fates: Sequence[tuple[str, Fate]]) -> None:
        again = {Fate.PAUSED: 0, Fate.REFUSED: 0, Fate.FAILED: _AGAIN_MS}
        now_ms = self.now_ms()
        columns: dict[str, Sequence[object]] = {
            "phone": [phone for phone, _ in fates],
            "fate": [fate.value for _, fate in fates],
            "again_ms": [now_ms + again[fate] if fate in again else None for _, fate in fates],
        }
        async with self.database.transaction(org=None) as tx:
            await tx.bulk("note_push", columns, **_key(intent))
            await tx.many("drop_gone_phone", [{"phone": phone} for phone, fate in fates if fate is Fate.GONE])

    async def is_open(self, intent: Waiting) -> bool:
        async with self.database.transaction(org=None) as tx:
            since_ms = self.now_ms() - _DIED_MS
            return await tx.one("push_still_open", **_key(intent), **_audience(intent), since_ms=since_ms) is not None

    async def alarm(self, origin: str, *, fate: Fate) -> None:
        async with self.database.transaction(org=None) as tx:
            await tx.run("raise_push_alarm", origin=origin, fate=fate.value, now_ms=self.now_ms())


def _key(intent: Waiting) -> dict[str, str]:
    return {"org": intent.org, "box": intent.box, "id": intent.intent.id}


def _audience(intent: Waiting) -> dict[str, str]:
    stage = intent.intent.stage or WHOLE_EVENT
    return {"event": intent.intent.event, "stage": stage, "every": EVERY_STAGE if stage else WHOLE_EVENT}


def _waiting(row: Row) -> Waiting | None:
    body: Mapping[str, object] = json.loads(row["body"])
    intent = intents.read(body, made_ms=row["made_ms"])
    return Waiting(row["org_id"], row["box_id"], intent, row["read_ms"]) if intent else None
