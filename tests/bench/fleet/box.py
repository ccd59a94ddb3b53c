"""A simulated box: its own key, its own night, and the sender's side of the journal's protocol as boxes speak it."""

import asyncio
import json
import random
import time
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from sync.journal.answers import read_answer
from sync.journal.backoff import Backoff
from sync.journal.batches import Sent, pack
from sync.journal.entries import Position, after_all, beginning
from sync.journal.sending import Next, Sending, Step
from tests.bench.fleet.night import night
from tests.bench.fleet.wire import Asked, Cut, Heard, Line

EPOCH = "e1"
#: an entry packed, bytes, from which a batch's length is guessed
_PACKED = 24
_BOOT_MS = 5_000


def first_wait_s(draw: random.Random, *, most_s: float) -> float:
    """When a box comes whose cloud is there again after long: at the end of the wait that its back-off is in then."""
    backoff, tried_s, back_s = Backoff(most_s=most_s, base_s=most_s / 60), 0.0, 10 * most_s
    while tried_s < back_s:
        backoff = backoff.failed(draw=draw.uniform)
        tried_s += backoff.last_s
    return tried_s - back_s


@dataclass(slots=True)
class SimulatedBox:
    """One of many."""

    number: int
    id: str
    line: Line
    lines: list[bytes]
    #: places after which batches begin
    _ends: dict[int, str] = field(default_factory=dict)
    _sending: Sending | None = None
    _backoff: Backoff = field(default_factory=Backoff)
    #: when everything was durable for the first time, by the monotonic clock
    drained_s: float | None = None
    packed_bytes: int = 0
    batches: int = 0

    def more(self, count: int) -> None:
        """More happens."""
        self.lines += night(count + 2, seed=self.number)[2:]

    @property
    def acked(self) -> int:
        """How much is durable."""
        return self._sending.acked.seq if self._sending else 0

    def _chain_at(self, seq: int) -> str | None:
        return self._ends.get(seq)

    async def visit(self, draw: random.Random) -> float:
        """Brings everything; how long to wait until the next visit, seconds."""
        start = beginning(source=self.id, epoch=EPOCH)
        self._ends.setdefault(0, start.chain)
        asked = self._sending is None
        sending = self._sending or Sending(start, len(self.lines))
        self._sending = Sending(sending.acked, len(self.lines), sending.batch_bytes)
        while True:
            try:
                step = await self._step(asked=asked)
                asked = False
            except Cut:
                step = Step(self._sending, Next.BACK_OFF)
            self._sending = step.sending
            match step.next:
                case Next.WAIT if self.acked == len(self.lines):
                    if self.drained_s is None:
                        self.drained_s = time.monotonic()
                    self._backoff = self._backoff.succeeded(now_s=time.monotonic())
                    return step.wait_s
                case Next.WAIT:
                    # Agents add their own jitter: many are told the same.
                    await asyncio.sleep(step.wait_s * draw.uniform(1.0, 1.25))
                case Next.BACK_OFF:
                    self._backoff = self._backoff.failed(draw=draw.uniform)
                    await asyncio.sleep(self._backoff.last_s)
                case Next.SEND:
                    pass
                case _:
                    raise AssertionError(f"box {self.id}: {step}")

    async def _step(self, *, asked: bool) -> Step:
        assert self._sending is not None
        if asked:
            heard = await self.line.ask("GET", f"/v1/cursor?epoch={EPOCH}")
            step = self._understood(heard)
            return Step(step.sending, Next.SEND) if heard.status == 200 else step
        body, end = self._packed(self._sending)
        self._ends[end.seq] = end.chain
        heard = await self.line.ask("POST", "/v1/ingest", body, encoding="zstd")
        if heard.status == 200:
            self.packed_bytes += len(body)
            self.batches += 1
        return self._understood(heard)

    def _understood(self, heard: Heard) -> Step:
        assert self._sending is not None
        outcome = read_answer(
            heard.status, body=heard.body, content_type=heard.kind, epoch=EPOCH, retry_after=heard.retry_after
        )
        return self._sending.heard(outcome, chain_at=self._chain_at)

    def _packed(self, sending: Sending) -> tuple[bytes, Position]:
        first = sending.acked.seq
        part = self.lines[first : first + max(1, sending.batch_bytes // _PACKED)]
        sent = Sent(f"boot-{self.number}", _BOOT_MS, int(time.time() * 1000), "ntp")
        return pack(part, source=self.id, epoch=EPOCH, start=sending.acked, sent=sent, program="bench")

    async def tell(self, at: int) -> None:
        """Says what is on."""
        stage = {"stage": "main", "name": "Main floor", "artist": "Artist", "title": f"Track {at // 60}"}
        body = {
            "v": 1,
            "boot": f"boot-{self.number}",
            "boot_ms": at,
            "wall_ms": int(time.time() * 1000),
            "trust": "ntp",
            "stages": [{**stage, "likes": at, "listeners": 100 + at % 7, "play": "p"}],
            "box": {"backlog": 0, "oldest_wait_s": 0, "clock": "ntp", "disk_free": 9 * 10**9, "disk_total": 3 * 10**10},
        }
        heard = await self.line.ask("PUT", "/v1/live", json.dumps(body).encode())
        assert heard.status in {204, 503, 429}, heard


def proof(box: SimulatedBox) -> Position:
    """Where the cloud must be with a box that brought everything."""
    return after_all(beginning(source=box.id, epoch=EPOCH), box.lines)


def new_box(number: int, *, events: int, port: int, log: list[Asked]) -> SimulatedBox:
    """A box that goes to the process at `port`."""
    line = Line(port, Ed25519PrivateKey.generate(), log)
    return SimulatedBox(number, f"box-{number:06d}", line, night(events, seed=number))
