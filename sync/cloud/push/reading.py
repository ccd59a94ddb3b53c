"""What boxes' journals say of guests' links and of what should be told, read once and in order.

A history is read under a lock on its cursor, in the transaction that keeps what it said, so several workers may do it.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sync.cloud.store.ports import Database, Row, Tx

#: entries that one transaction looks through
_SPAN = 20_000
_NAME_MOST = 200


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads for push. `now_ms` is true time, milliseconds of Unix time."""

    database: Database
    now_ms: Callable[[], int]

    async def once(self) -> int:
        """Everything that was not read yet; how many entries concerned us."""
        async with self.database.transaction(org=None) as tx:
            histories = await tx.all("push_histories")
        return sum([await self._history(row) for row in histories])

    async def _history(self, row: Row) -> int:
        found, is_done = 0, False
        while not is_done:
            async with self.database.transaction(org=None) as tx:
                taken, is_done = await self._span(tx, org=row["org_id"], box=row["box_id"], epoch=row["epoch"])
            found += taken
        return found

    async def _span(self, tx: Tx, *, org: str, box: str, epoch: str) -> tuple[int, bool]:
        cursor = await tx.one("lock_push_cursor", org=org, box=box, epoch=epoch)
        end = await tx.one("history_end", box=box, epoch=epoch)
        assert cursor is not None
        assert end is not None
        until = min(end["seq"], cursor["seq"] + _SPAN)
        entries = await tx.all("told_to_push", box=box, epoch=epoch, after=cursor["seq"], until=until)
        for entry in entries:
            await self._take(tx, entry, org=org, box=box, epoch=epoch)
        await tx.run("move_push_cursor", box=box, epoch=epoch, seq=until)
        return len(entries), until == end["seq"]

    async def _take(self, tx: Tx, entry: Row, *, org: str, box: str, epoch: str) -> None:
        body: Mapping[str, object] = json.loads(entry["body"])
        match entry["kind"]:
            case "claim.made":
                await self._claim(tx, body, org=org, box=box)
            case "guest.forgotten":
                await forget_links(tx, org=org, box=box, guest=_name(body.get("guest")))
            case "intent.made" | "intent.retracted" as kind if intent := _name(body.get("intent")):
                row: dict[str, object] = {"org": org, "box": box, "id": intent, "epoch": epoch}
                row |= {"boot": entry["boot"], "boot_ms": entry["boot_ms"], "now_ms": self.now_ms()}
                if kind == "intent.made":
                    await tx.run("add_push_intent", **row, body=entry["body"])
                else:
                    await tx.run("retract_push_intent", **row)

    async def _claim(self, tx: Tx, body: Mapping[str, object], *, org: str, box: str) -> None:
        digest, guest, event = (_name(body.get(name)) for name in ("digest", "guest", "event"))
        stage = _name(body.get("stage")) or None
        if not (digest and guest and event):
            return
        who = {"org": org, "box": box, "guest": guest}
        await tx.run("add_push_claim", **who, digest=digest, event=event, stage=stage, now_ms=self.now_ms())
        if await tx.one("push_is_forgotten", **who):
            # The box tells anew what it told before.
            await forget_links(tx, **who)


async def forget_links(tx: Tx, *, org: str, box: str, guest: str) -> None:
    """A guest's links and the browsers that came by them are gone, and what the box told of them."""
    who = {"org": org, "box": box, "guest": guest}
    for query in ("forget_push_guest", "forget_push_claims", "forget_push_raw"):
        await tx.run(query, **who)


def _name(value: object) -> str:
    """A name in a body, or nothing where it is none."""
    return value if isinstance(value, str) and len(value) <= _NAME_MOST else ""
