"""What is measured while a hall joins: the box with its rendered DHCP, DNS and firewall, on a network of namespaces.

Owns the box's side and the lines of the table. Needs root.
"""

import sys
from collections.abc import Sequence
from ipaddress import IPv4Address
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory

import psutil

from appliance import config
from appliance.domain.portal import Mode
from appliance.firmware.plan import make_plan
from tests.bench import join_load
from tests.bench.join_load import Box, Joined
from tests.bench.plan import Plan
from tests.bench.process import Broken, cpu_ms, in_own_process, on_cpus
from tests.bench.table import Figure, Goal
from tests.firmware.guests_network import GuestsNetwork, guests_network


def _p95(values: Sequence[float]) -> float:
    return quantiles(values, n=100, method="inclusive")[94]


def _box_cpu_ms(network: GuestsNetwork) -> float:
    """What every program in the box's namespace has used so far."""
    mine = Path("/run/netns", network.box.namespace).stat().st_ino
    total = 0.0
    for pid in psutil.pids():
        try:
            if Path(f"/proc/{pid}/ns/net").stat().st_ino == mine:
                total += cpu_ms(pid)
        except OSError:
            continue  # it has ended meanwhile
    return total


def _room(folder: Path) -> int:
    """How many addresses there are for phones."""
    options: dict[str, dict[str, object]] = {"network": {"topology": "ethernet"}}
    settings = config.load(data=folder, environment={}, options=options)
    network = make_plan(settings, checkout=Path("/opt/pika-box"), mode=Mode.PARTY).network
    assert network is not None
    return network.leases


def run(plan: Plan, folder: Path) -> tuple[Joined, float]:
    """One hall that joins, and what CPU it cost the box, milliseconds."""
    with on_cpus(plan.cpus.server), guests_network(folder, mode=Mode.PARTY, real=True) as network:
        box = Box(namespace=network.box.namespace, switch=network.venue.switch, said=network.said)
        used = _box_cpu_ms(network)
        joined = in_own_process(
            plan.cpus.load,
            join_load.join,
            box,
            phones=plan.joining,
            within_s=plan.joining_s,
            folder=folder / "crowd",
        )
        return joined, _box_cpu_ms(network) - used


def join(plan: Plan) -> list[Figure]:
    """Everybody comes by DHCP within a minute, and has the track.

    Raises: Broken when hardly anybody did.
    """
    with TemporaryDirectory(dir=plan.folder) as name:
        joined, used_ms = run(plan, Path(name))
        room = _room(Path(name))
    for error in joined.errors:
        print(error, file=sys.stderr)
    if len(joined.journeys) < 2:
        raise Broken(f"Of {plan.joining} phones {len(joined.journeys)} came in.")
    addresses = {IPv4Address(journey.address) for journey in joined.journeys}
    track = [journey.at_ms["track"] for journey in joined.journeys]
    refused = [journey.refused_ms for journey in joined.journeys]
    leased = [journey.at_ms["address"] for journey in joined.journeys]
    words = f"{plan.joining} phones join in {plan.joining_s:g} s: link to first track, p95"
    missing = plan.joining - len(addresses)
    return [
        Figure("join_track_p95_ms", words, "ms", [_p95(track)], goal=Goal(1000)),
        Figure("join_track_p50_ms", "  p50", "ms", [median(track)]),
        Figure("join_address_p95_ms", "  of that until DHCP gave an address, p95", "ms", [_p95(leased)]),
        Figure(
            "join_errors",
            "  errors, and phones without an own address",
            "",
            [len(joined.errors) + missing],
            goal=Goal(0, always=True),
        ),
        Figure("join_refused_p50_ms", "  port 443 refused after, p50", "ms", [median(refused)], goal=Goal(50)),
        Figure("join_refused_p95_ms", "  port 443 refused after, p95", "ms", [_p95(refused)], goal=Goal(50)),
        Figure("join_told_ms", "  then a track: announced until the last has it", "ms", [joined.told_ms]),
        Figure("join_spare", "  addresses left", "", [room - len(addresses)]),
        Figure("join_box_cpu_ms", "  CPU of the box for each", "ms", [used_ms / plan.joining]),
        Figure("join_generator_busy", "  generator's share of its CPU", "%", [joined.generator * 100]),
    ]
