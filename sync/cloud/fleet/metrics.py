"""The service in numbers, for Prometheus: what this process did, and how the whole stands. Names nobody."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from sync.cloud.store.ports import Database, Row

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
#: figures of the whole service are asked for this often at most, however many ask
_KEPT_FOR_MS = 5_000
#: boxes that were heard within this time are live
_LIVE_MS = 180_000
_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
#: what a batch turned out to be
TAKEN, KNOWN, GAP, FORK, REFUSED = "taken", "known", "gap", "fork", "refused"
_GAUGES = {
    "boxes_heard": ("pika_cloud_live_boxes", "Boxes that were heard within three minutes."),
    "boxes": ("pika_cloud_boxes", "Boxes that belong to somebody."),
    "backlog": ("pika_cloud_backlog_events", "What waits in live boxes, as they tell it."),
    "alarms": ("pika_cloud_alarms", "What somebody should look at."),
    "underived": ("pika_cloud_underived_events", "Entries that are stored and not yet in the tables of nights."),
}


class Metrics:
    """One process's counters."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.events = Counter(
            "pika_cloud_events", "Entries of journals, by what became of them.", ["outcome"], registry=self.registry
        )
        self.batches = Counter(
            "pika_cloud_batches", "Batches, by what they turned out to be.", ["outcome"], registry=self.registry
        )
        self.bytes = Counter("pika_cloud_batch_bytes", "Bytes of batches, packed.", registry=self.registry)
        self.seconds = Histogram(
            "pika_cloud_commit_seconds",
            "From a batch unpacked to its commit.",
            buckets=_BUCKETS,
            registry=self.registry,
        )
        self.lives = Counter("pika_cloud_live", "What boxes told to be on now.", registry=self.registry)
        self.streams = Gauge("pika_cloud_streams", "Pages that are told what is on.", registry=self.registry)
        self.cut = Gauge("pika_cloud_streams_cut", "Pages that were cut: they did not read.", registry=self.registry)
        self._whole = {name: Gauge(key, words, registry=self.registry) for name, (key, words) in _GAUGES.items()}
        self._asked_ms = -_KEPT_FOR_MS
        for outcome in (TAKEN, KNOWN, GAP, FORK, REFUSED):
            self.batches.labels(outcome)
        for outcome in ("taken", "quarantined"):
            self.events.labels(outcome)

    def batch(self, outcome: str, *, size: int, new: int = 0, aside: Sequence[object] = ()) -> None:
        """A batch was answered: `size` bytes, `new` entries, `aside` of them kept aside."""
        self.batches.labels(outcome).inc()
        self.bytes.inc(size)
        self.events.labels("taken").inc(new - len(aside))
        self.events.labels("quarantined").inc(len(aside))

    @contextmanager
    def timed(self) -> Iterator[None]:
        """Counts how long a commit took, if there was one."""
        began = time.perf_counter()
        yield
        self.seconds.observe(time.perf_counter() - began)

    async def page(self, database: Database, *, now_ms: int, streams: int, cut: int) -> bytes:
        """Everything as text. Raises: Unavailable."""
        if now_ms - self._asked_ms >= _KEPT_FOR_MS:
            async with database.transaction(org=None) as tx:
                row: Row | None = await tx.one("service_figures", since_ms=now_ms - _LIVE_MS)
            for name, gauge in self._whole.items():
                gauge.set(float(row[name]) if row is not None else 0.0)
            self._asked_ms = now_ms
        self.streams.set(streams)
        self.cut.set(cut)
        return generate_latest(self.registry)
