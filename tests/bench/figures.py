"""What is measured, in which order, against which target.

Each function starts its servers afresh, sends a generator into a process of its own, and returns lines of the table.
Must not measure itself: the generators do, on a CPU of their own.
"""

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory
from typing import Generic, TypeVar

from tests.bench import herd_load, like_load, mqtt_ws_load, sse_load
from tests.bench.audience import FanOut
from tests.bench.herd_load import Herd
from tests.bench.join_figures import join
from tests.bench.like_load import Likes
from tests.bench.link_figures import link
from tests.bench.plan import Plan
from tests.bench.process import in_own_process, rss_bytes
from tests.bench.server import Server, guest_of, pika_box, trivial
from tests.bench.stored import event_key, missing
from tests.bench.table import Figure, Goal

_MB = 1_000_000
_KIB = 1024
_NONE = Goal(0, always=True)

_Run = TypeVar("_Run")
_Opens = Callable[..., contextlib.AbstractContextManager[Server]]


@dataclass(frozen=True, slots=True)
class _Line(Generic[_Run]):
    """A line of the table and how its number is found in one run. Indented names belong to the line above."""

    key: str
    name: str
    unit: str
    of: Callable[[_Run], float]
    goal: Goal | None = None


_FAN_OUT: tuple[_Line[FanOut], ...] = (
    _Line("fanout_to_last_ms", "announce to the last phone", "ms", lambda run: median(run.paced.to_last_ms), Goal(20)),
    _Line("fanout_worst_ms", "  the slowest event", "ms", lambda run: max(run.paced.to_last_ms)),
    _Line("fanout_first_to_last_ms", "  first phone to last", "ms", lambda run: median(run.paced.first_to_last_ms)),
    _Line("fanout_cpu_paced_ms", "CPU for 1,000 deliveries, paced", "ms", lambda run: run.paced.cpu_ms, Goal(10)),
    _Line("fanout_cpu_burst_ms", "CPU for 1,000 deliveries, burst", "ms", lambda run: run.burst.cpu_ms, Goal(10)),
    _Line("fanout_burst_per_s", "events/s to everybody, burst", "", lambda run: run.burst.events_s),
    _Line("fanout_generator_busy", "  generator's share of its CPU", "%", lambda run: run.burst.generator * 100),
    _Line("fanout_lost", "deliveries lost", "", lambda run: run.paced.lost + run.burst.lost, _NONE),
    _Line("fanout_event_bytes", "bytes a phone reads for an event", "", lambda run: run.event_bytes),
)
_HERD: tuple[_Line[Herd], ...] = (
    _Line("herd_all_have_it_s", "all arrive in 1 s: all have the track after", "s", lambda run: run.took_s, Goal(2)),
    _Line("herd_one_p99_ms", "  a phone's own wait, p99", "ms", lambda run: _percentile(run.each_ms, 99)),
    _Line("herd_cpu_s", "  server CPU for it", "s", lambda run: run.cpu_ms / 1000),
    _Line("herd_bytes_mb", "sent for all to join", "MB", lambda run: run.bytes_sent / _MB, Goal(5)),
    _Line("herd_stream_mb", "  of it by streams", "MB", lambda run: run.stream_bytes / _MB),
    _Line("herd_page_kib", "  one page as sent", "KiB", lambda run: run.page_bytes / _KIB),
)
_LIKES: tuple[_Line[Likes], ...] = (
    _Line("likes_per_s", "durable likes/s", "", lambda run: run.rate, Goal(4000, at_least=True)),
    _Line("likes_p50_ms", "  a like's answer, p50", "ms", lambda run: median(run.took_ms)),
    _Line("likes_p99_ms", "  a like's answer, p99", "ms", lambda run: _percentile(run.took_ms, 99), Goal(50)),
    _Line("likes_cpu_ms", "  server CPU for 1,000 likes", "ms", lambda run: run.cpu_ms),
    _Line("likes_generator_busy", "  generator's share of its CPU", "%", lambda run: run.generator * 100),
)


def _filled(
    lines: Sequence[_Line[_Run]], *, box: Sequence[_Run], ceiling: Sequence[_Run], peer: Sequence[_Run] = ()
) -> list[Figure]:
    return [
        Figure(
            line.key,
            line.name,
            line.unit,
            values=[line.of(run) for run in box],
            goal=line.goal,
            peer=[line.of(run) for run in peer],
            ceiling=[line.of(run) for run in ceiling],
        )
        for line in lines
    ]


def _percentile(values: Sequence[float], percent: int) -> float:
    return quantiles(values, n=100, method="inclusive")[percent - 1]


@contextlib.contextmanager
def _fresh(plan: Plan, opens: _Opens) -> Iterator[Server]:
    """A server that has never run before."""
    with TemporaryDirectory(dir=plan.folder) as name, opens(Path(name), cpus=plan.cpus.server) as running:
        if plan.patient:
            yield running
        else:
            yield replace(running, target=replace(running.target, settles_s=0.0))
            running.program.kill()


@contextlib.contextmanager
def _mosquitto(plan: Plan) -> Iterator[mqtt_ws_load.Broker]:
    with TemporaryDirectory(dir=plan.folder) as name, mqtt_ws_load.mosquitto(Path(name), cpus=plan.cpus.server) as one:
        yield one


def _fan_out_of(plan: Plan, opens: _Opens) -> FanOut:
    with _fresh(plan, opens) as running:
        return in_own_process(plan.cpus.load, sse_load.fan_out, running.on_air(), plan.crowd)


def _fan_out_of_mosquitto(plan: Plan) -> FanOut:
    with _mosquitto(plan) as broker:
        return in_own_process(plan.cpus.load, mqtt_ws_load.fan_out, broker, plan.crowd)


def fan_out(plan: Plan) -> list[Figure]:
    """One event to everybody: the box, Mosquitto and a server that does nothing, in turn."""
    candidates: dict[str, Callable[[], FanOut]] = {
        "box": lambda: _fan_out_of(plan, pika_box),
        "ceiling": lambda: _fan_out_of(plan, trivial),
    }
    if mqtt_ws_load.mosquitto_path() is not None:
        candidates["mosquitto"] = lambda: _fan_out_of_mosquitto(plan)
    runs: dict[str, list[FanOut]] = {"box": [], "ceiling": [], "mosquitto": []}
    order = list(candidates)
    for _ in range(plan.repetitions):
        for name in order:
            runs[name].append(candidates[name]())
        # Whoever went first goes last next time: what warms up or tires the machine does so for all alike.
        order.append(order.pop(0))
    lines = _filled(_FAN_OUT, box=runs["box"], peer=runs["mosquitto"], ceiling=runs["ceiling"])
    if runs["mosquitto"]:
        box, peer = ([median(run.paced.to_last_ms) for run in runs[who]] for who in ("box", "mosquitto"))
        ratio = [one / other for one, other in zip(box, peer, strict=True)]
        lines.insert(1, Figure("fanout_vs_mosquitto", "  box / Mosquitto, same round", "", ratio, goal=Goal(1)))
    return lines


def herd(plan: Plan) -> list[Figure]:
    """Everybody arrives within a second."""
    ceiling = [_herd_of(plan, trivial)]
    return _filled(_HERD, box=[_herd_of(plan, pika_box) for _ in range(plan.restarts)], ceiling=ceiling)


def _herd_of(plan: Plan, opens: _Opens) -> Herd:
    with _fresh(plan, opens) as running:
        return in_own_process(plan.cpus.load, herd_load.herd, running.on_air(), phones=plan.phones)


def likes(plan: Plan) -> list[Figure]:
    """Likes in a closed loop; then the server is killed and its file is asked."""
    with _fresh(plan, trivial) as running:
        ceiling = _like_runs(plan, running, repetitions=1)
    with _fresh(plan, pika_box) as running:
        runs = _like_runs(plan, running, repetitions=plan.repetitions)
        running.program.kill()
        key = event_key(running.database)
        answered = {(play, guest_of(cookies, key=key)) for run in runs for play, cookies in run.answered}
        gone = missing(running.database, answered)
    words = f"of {len(answered):,} answered, server killed: not in"
    return [
        *_filled(_LIKES, box=runs, ceiling=ceiling),
        Figure("likes_missing", f"  {words} `likes`", "", [gone.likes], goal=_NONE),
        Figure("likes_not_journaled", f"  {words} `journal`", "", [gone.journal], goal=_NONE),
    ]


def _like_runs(plan: Plan, running: Server, *, repetitions: int) -> list[Likes]:
    target, cpus = running.on_air(), plan.cpus.load
    guests = in_own_process(cpus, like_load.let_in, target, count=plan.guests)
    runs = []
    for number in range(repetitions):
        plays = in_own_process(cpus, like_load.announce_plays, target, name=f"like{number}", count=plan.plays)
        # Play by play: a guest's likes then lie as far apart as they can.
        pairs = [(play, guest) for play in plays for guest in guests]
        runs.append(in_own_process(cpus, like_load.like, target, pairs, clients=plan.clients, seconds=plan.likes_s))
    return runs


def memory(plan: Plan) -> list[Figure]:
    """What an idle server takes, and what each phone adds."""
    idle, each, peer_idle, peer_each = [], [], [], []
    for _ in range(plan.restarts):
        with _fresh(plan, pika_box) as running:
            target = running.on_air()
            idle.append(rss_bytes(target.pid) / _MB)
            grown = in_own_process(plan.cpus.load, sse_load.bytes_per_phone, target, phones=plan.phones)
            each.append(grown / _KIB)
        if mqtt_ws_load.mosquitto_path() is None:
            continue
        with _mosquitto(plan) as broker:
            peer_idle.append(rss_bytes(broker.pid) / _MB)
            grown = in_own_process(plan.cpus.load, mqtt_ws_load.bytes_per_phone, broker, phones=plan.phones)
            peer_each.append(grown / _KIB)
    return [
        Figure("memory_idle_mb", "server's memory, idle", "MB", idle, goal=Goal(90), peer=peer_idle),
        Figure("memory_per_phone_kib", "  and for each phone", "KiB", each, goal=Goal(16), peer=peer_each),
    ]


def start(plan: Plan) -> list[Figure]:
    """From starting the server's process until a phone has a page."""
    took: list[float] = []
    supervised: list[float] = []
    with TemporaryDirectory(dir=plan.folder) as name:
        for _ in range(plan.restarts + 1):
            with pika_box(Path(name), cpus=plan.cpus.server) as running:
                took.append(running.first_page_s)
                supervised.append(running.supervised_page_s)
                if not plan.patient and len(took) > 1:
                    running.program.kill()
    return [
        Figure("start_second_s", "second start to the first page", "s", took[1:], goal=Goal(3)),
        Figure("start_first_s", "  the first start, empty folder", "s", took[:1]),
        Figure("start_supervised_s", "from supervisord's start to the first page", "s", supervised, goal=Goal(5)),
    ]


#: what `--only` may name, in the order of the table
GROUPS: Mapping[str, Callable[[Plan], list[Figure]]] = {
    "fanout": fan_out,
    "herd": herd,
    "likes": likes,
    "memory": memory,
    "start": start,
    "join": join,
    "link": link,
}
#: of these, what needs root: it builds networks
NEED_ROOT = frozenset({"join"})
