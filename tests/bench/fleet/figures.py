"""What an evening of many boxes says: the figures, and what ten thousand boxes would break first, by arithmetic."""

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from statistics import mean

from tests.bench.fleet.run import Measured
from tests.bench.fleet.wire import Asked
from tests.bench.table import Figure, Goal

MANY = 10_000
#: entries of a busy night, the hours in which all of them shall arrive, and how often a box tells what is on
_NIGHT, _HOURS, _LIVE_EVERY_S = 50_000, 6, 3.0
#: what there is: disk for how many nights, cores, PostgreSQL's default, and connections of boxes to one process
_DISK_GB, _NIGHTS, _CORES, _CONNECTIONS, _BOXES_OF_ONE = 2_000, 50, 8, 100, 8_000


def percentile(values: Sequence[float], share: float) -> float:
    """The value that `share` of them are at or below."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else float("nan")


def _p95(values: Sequence[float]) -> float:
    return percentile(values, 0.95)


def herd(asked: Sequence[Asked]) -> float:
    """The fullest second against the mean of all, between the first and the last one that began."""
    if not asked:
        return float("nan")
    first, last = min(one.at_s for one in asked), max(one.at_s for one in asked)
    # The last second is not a whole one.
    whole_s = max(1, int(last - first))
    seconds = Counter(int(one.at_s - first) for one in asked if one.at_s - first < whole_s)
    return max(seconds.values()) / mean(seconds[number] for number in range(whole_s))


def _latency(name: str, key: str, asked: Sequence[Asked]) -> list[Figure]:
    took = [one.took_s * 1000 for one in asked]
    shares = (("p50", 0.5), ("p95", 0.95), ("p99", 0.99))
    return [Figure(f"{key}_{at}_ms", f"{name}, {at}", "ms", [percentile(took, share)]) for at, share in shares]


def figures(found: Measured) -> list[Figure]:
    """Every line of the table."""
    before, drained, derived, told = found.uses
    batches = [one for one in found.drain if one.what.startswith("POST") and one.status == 200]
    lives = [one for one in found.live if one.status == 204]
    events, span_s = found.events, found.drained_in_s
    receivers_us = (drained.receivers_cpu_s - before.receivers_cpu_s) / events * 1e6
    postgres_us = (drained.postgres_cpu_s - before.postgres_cpu_s) / events * 1e6
    cpu_all_s = derived.receivers_cpu_s + derived.postgres_cpu_s - before.receivers_cpu_s - before.postgres_cpu_s
    live_cpu_s = told.receivers_cpu_s + told.postgres_cpu_s - derived.receivers_cpu_s - derived.postgres_cpu_s
    refused = sum(one.status in {0, 429, 503} for one in [*found.drain, *found.visits, *found.live])
    return [
        Figure("fleet_events_per_s", "night arrives: all boxes together", "events/s", [events / span_s]),
        Figure("fleet_drained_s", "from the first word to everything durable", "s", [span_s]),
        *_latency("a batch and its answer", "fleet_batch", batches),
        Figure("fleet_bytes_per_event", "on the wire, packed", "B", [found.packed_bytes / events]),
        Figure("fleet_herd_back", "coming back: fullest second / mean", "x", [herd(found.drain)]),
        Figure("fleet_herd_visits", "coming as told: fullest second / mean", "x", [herd(found.visits)], Goal(3.0)),
        Figure("fleet_refused", "asked to come later, or not answered", "", [refused]),
        Figure("fleet_receivers_us", "CPU of the receivers, an event", "us", [receivers_us]),
        Figure("fleet_postgres_us", "CPU of PostgreSQL, an event", "us", [postgres_us]),
        Figure("fleet_derived_us", "CPU of both until it is derived, an event", "us", [cpu_all_s / events * 1e6]),
        Figure("fleet_derived_s", "until everything was derived as well", "s", [found.derived_in_s]),
        Figure(
            "fleet_disk_bytes",
            "database, an event, derived",
            "B",
            [(derived.database_bytes - before.database_bytes) / events],
        ),
        Figure("fleet_wal_bytes", "write-ahead log, an event", "B", [(derived.wal_bytes - before.wal_bytes) / events]),
        Figure("fleet_live_per_s", "what is on, told", "/s", [len(lives) / found.live_took_s]),
        *_latency("what is on and its answer", "fleet_live", lives),
        Figure("fleet_live_cpu_us", "CPU of both, telling what is on once", "us", [live_cpu_s / len(lives) * 1e6]),
        Figure(
            "fleet_seen_p95_s",
            "until a page at another process has it, p95",
            "s",
            [percentile(found.seen_s, 0.95)],
            Goal(3.0),
        ),
        Figure("fleet_connections", "connections to PostgreSQL", "", [max(use.connections for use in found.uses)]),
        Figure("fleet_memory_mb", "memory of the largest process", "MB", [max(found.memory_mb)]),
        Figure("fleet_wrong", "boxes of which the cloud holds something else", "", [len(found.wrong)], Goal(0)),
        Figure("fleet_generator", "CPU of the boxes themselves, cores in use", "", [found.own_cpu_s / span_s]),
    ]


def _shares(value: Mapping[str, float], *, receivers: int) -> Iterator[tuple[float, str]]:
    """How much of what there is each thing would take, 1 is all of it; and that in words."""
    events, told_per_s = MANY * _NIGHT, MANY / _LIVE_EVERY_S
    disk_gb = events * value["fleet_disk_bytes"] / 1e9
    yield (
        disk_gb * _NIGHTS / _DISK_GB,
        f"disk: {disk_gb:,.0f} GB a night in which all play; {_DISK_GB:,} GB last {_DISK_GB / disk_gb:.1f} nights",
    )
    live = told_per_s * value["fleet_live_cpu_us"] / 1e6
    yield (
        live / _CORES,
        f"CPU for what is on: {told_per_s:,.0f}/s (each box every {_LIVE_EVERY_S:.0f} s) keep {live:.1f} cores busy",
    )
    nights = events / (_HOURS * 3600) * value["fleet_derived_us"] / 1e6
    yield nights / _CORES, f"CPU for nights: {events:,} entries in {_HOURS} h, derived, keep {nights:.1f} cores busy"
    processes = max(-(-2 * MANY // _BOXES_OF_ONE), math.ceil(live / 2 / 0.7))
    each = value["fleet_connections"] / receivers
    yield (
        each * processes / _CONNECTIONS,
        f"connections to PostgreSQL: {each:.0f} of each of {processes} processes; it allows {_CONNECTIONS} by default",
    )


def forecast(known: Sequence[Figure], *, receivers: int) -> list[str]:
    """What ten thousand boxes would take by these figures, what is exhausted first at the top."""
    value = {figure.key: figure.values[0] for figure in known}
    found = sorted(_shares(value, receivers=receivers), reverse=True)
    head = (
        f"{MANY:,} boxes, {_NIGHT:,} entries a night each, {_NIGHTS} nights kept on {_DISK_GB:,} GB, {_CORES} cores"
        " like these; computed, what breaks first at the top:"
    )
    return [head, *(f"  {share:8.1f} x what there is - {words}" for share, words in found)]
