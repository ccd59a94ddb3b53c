"""The cloud's book with a box, guests and phones in it, on either engine."""

import contextlib
import hashlib
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

from sync.cloud import ingest
from sync.cloud.derive.worker import Deriving
from sync.cloud.push.book import StoredBook
from sync.cloud.push.endpoints import Endpoint
from sync.cloud.push.guests import Browser, keep
from sync.cloud.push.letters import Signer, new_key
from sync.cloud.push.posting import Poster, open_session
from sync.cloud.push.reading import Reader
from sync.cloud.push.rounds import Rounds
from sync.cloud.store.engine import Database, migrate, open_database
from sync.journal.entries import Entry
from tests.cloud.boxes import NOW_MS, History, enrolled
from tests.push.phones import PushedPhone
from tests.push.service import Loopback, PushService, push_service

SITE = "https://cloud.example.org"
EVENT = "e1"


@dataclass
class Hall:
    """One cloud with its database and a push service."""

    database: Database
    service: PushService
    rounds: Rounds
    #: true time now
    now_ms: int = NOW_MS
    histories: dict[str, History] = field(default_factory=dict)
    phones: dict[str, PushedPhone] = field(default_factory=dict)
    #: whether boxes know that they were started at `NOW_MS`
    knows_time: bool = True

    def intent(self, name: str, *, box: str = "b" * 16, at_ms: int = 0, **said: object) -> None:
        """A box means something to be told."""
        usual: dict[str, object] = {
            "intent": name,
            "kind": "dj_live",
            "event": EVENT,
            "stage": None,
            "collapse": name,
            "urgency": "high",
        }
        usual |= {"expires_after_s": 1200, "title": f"{name} is live", "text": "", "path": "/"}
        self._append(box, "intent.made", at_ms, {**usual, **said})

    def retract(self, name: str, *, box: str = "b" * 16, at_ms: int = 0) -> None:
        """A box takes it back."""
        self._append(box, "intent.retracted", at_ms, {"intent": name})

    def claim(self, guest: str, *, box: str = "b" * 16, event: str = EVENT, stage: str | None = None) -> str:
        """A guest gets a link; its digest."""
        digest = hashlib.sha256(f"{box} {guest}".encode()).hexdigest()
        self._append(box, "claim.made", 0, {"guest": guest, "event": event, "stage": stage, "digest": digest})
        return digest

    def forget(self, guest: str, *, box: str = "b" * 16) -> None:
        self._append(box, "guest.forgotten", 0, {"guest": guest})

    def _append(self, box: str, kind: str, at_ms: int, body: dict[str, object]) -> None:
        history = self.histories.setdefault(box, History(box=box))
        if self.knows_time and not any(b"time.anchored" in line for line in history.lines):
            anchor = {"boot": "boot-1", "boot_ms": 0, "wall_ms": NOW_MS, "error_ms": 100, "source": "server"}
            history.lines.append(Entry(0, "time.anchored", 1, "boot-1", 0, NOW_MS, "ntp", json.dumps(anchor)).line())
        text = json.dumps(body)
        history.lines.append(Entry(0, kind, 1, "boot-1", at_ms, NOW_MS, "ntp", text).line())

    async def subscribe(self, name: str, digest: str, *stages: str) -> PushedPhone:
        """A phone wants to hear of these; '' is the event."""
        phone = self.phones.setdefault(name, PushedPhone(name))
        async with self.database.transaction(org=None) as tx:
            browser = Browser(Endpoint(self.service.endpoint(phone), self.service.origin), phone.keys)
            await keep(tx, digest, browser, stages=stages or ("",), now_ms=self.now_ms)
        return phone

    async def arrive(self) -> None:
        """The boxes' journals arrive, and what time it was is known."""
        for box, history in self.histories.items():
            await arrive(self.database, box=box, history=history)
        await Deriving(self.database).catch_up()

    async def deliver(self) -> None:
        """The boxes' journals arrive and are read."""
        await self.arrive()
        await Reader(self.database, lambda: self.now_ms).once()

    async def why(self) -> dict[str, str | None]:
        """What became of each intent."""
        async with self.database.transaction(org=None) as tx:
            orgs = [row["org_id"] for row in await tx.all("organisations")]
            rows = [row for org in orgs for row in await tx.all("push_tally", org=org, most=100)]
        return {row["id"]: row["why"] for row in rows}

    def got(self, name: str) -> list[str]:
        """The titles that a phone could read."""
        mine = [one for one in self.service.received if one.phone == name]
        return [dict(self.phones[name].opened(one.body)["notification"])["title"] for one in mine]  # type: ignore[call-overload]

    def texts(self, name: str) -> list[str]:
        """The texts that a phone could read."""
        mine = [one for one in self.service.received if one.phone == name]
        return [dict(self.phones[name].opened(one.body)["notification"])["body"] for one in mine]  # type: ignore[call-overload]


async def arrive(database: Database, *, box: str, history: History) -> None:
    """Stores what a box has told so far. Each box has an organisation of its own, named like it."""
    sender = await enrolled(database, org=org_of(box), box=box)
    await ingest.take(database, sender, batch=history.batch(), now_ms=NOW_MS)


def org_of(box: str) -> str:
    return hashlib.sha256(box.encode()).hexdigest()[:20]


@contextlib.asynccontextmanager
async def hall(url: str, folder: Path) -> AsyncIterator[Hall]:
    """A hall that is there until the block ends."""
    async with (
        open_database(url) as database,
        push_service(folder) as service,
        open_session(Loopback(), may_be=lambda _: True) as session,
    ):
        await migrate(database)
        poster = Poster(session, Signer(new_key(), "mailto:night@example.org"), service.services, service.tls)
        found: list[Hall] = []

        def now_ms() -> int:
            return found[0].now_ms

        rounds = Rounds(StoredBook(database, now_ms), poster, SITE, now_ms)
        found.append(Hall(database, service, rounds))
        yield found[0]
