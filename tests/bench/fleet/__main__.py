"""`./box bench fleet`: many simulated boxes against a few processes of the cloud, and one table.

Owns the command line. The full form takes some minutes; `--quick` a few seconds, and shows only that it works.
"""

import argparse
import json
import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.bench.fleet.figures import figures, forecast
from tests.bench.fleet.run import Plan, measure, statuses
from tests.bench.process import raise_open_files
from tests.bench.table import as_text

_FULL = Plan(boxes=1_000, events=500, receivers=3, away_s=60.0, visits_s=60.0, live_s=30.0, live_every_s=3.0)
_QUICK = Plan(boxes=20, events=60, receivers=2, away_s=0.2, visits_s=1.5, live_s=0.6, live_every_s=0.3, derive=False)


def _arguments(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./box bench fleet", description="Measures the cloud with many boxes.")
    parser.add_argument("--boxes", type=int, help="how many boxes (1,000)")
    parser.add_argument("--events", type=int, help="entries of each box's night (500)")
    parser.add_argument("--receivers", type=int, help="processes of the cloud (3)")
    parser.add_argument("--at-once", action="store_true", help="all come back in the same moment")
    parser.add_argument("--quick", action="store_true", help="20 boxes: shows that it works, not how fast")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the raw numbers there")
    return parser.parse_args(arguments)


def _plan(chosen: argparse.Namespace) -> Plan:
    plan = _QUICK if chosen.quick else _FULL
    plan = replace(
        plan,
        boxes=chosen.boxes or plan.boxes,
        events=chosen.events or plan.events,
        receivers=chosen.receivers or plan.receivers,
    )
    return replace(plan, away_s=0.0) if chosen.at_once else plan


def main(arguments: Sequence[str]) -> int:
    """Measures and prints; 1 when the cloud holds anything else than the boxes told."""
    chosen = _arguments(arguments)
    plan = _plan(chosen)
    if raise_open_files() < 2 * plan.boxes + 200:
        print(f"{plan.boxes} boxes need {2 * plan.boxes + 200} open files: `ulimit -Hn` says fewer.", file=sys.stderr)
        return 1
    with TemporaryDirectory(prefix="pika-fleet-", dir="/tmp") as folder:
        found = measure(plan, Path(folder))
    table = figures(found)
    machine = f"{os.cpu_count()} cores for boxes, {plan.receivers} receivers and PostgreSQL together; fsync on."
    print(as_text(table), "", machine, sep="\n")
    print(f"{plan.boxes:,} boxes with {plan.events:,} entries each. Answers:")
    for words, asked in (("coming back", found.drain), ("coming as told", found.visits), ("live", found.live)):
        print(f"  {words}: {', '.join(f'{what} {times:,}' for what, times in sorted(statuses(asked).items()))}")
    if not chosen.quick:
        print("", *forecast(table, receivers=plan.receivers), sep="\n")
    for line in found.wrong[:10]:
        print(line, file=sys.stderr)
    if chosen.json:
        raw = {"figures": [figure.as_json() for figure in table], "wrong": found.wrong}
        chosen.json.write_text(json.dumps(raw, indent=2) + "\n", encoding="utf-8")
    return 1 if found.wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
