"""`python -m tests.chaos`: kills, copies and damages a real box on this machine, and prints one table."""

import argparse
import logging
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.chaos.damage import damage
from tests.chaos.images import images
from tests.chaos.kills import kills
from tests.chaos.report import as_text

KINDS = ("kills", "images", "damage")
_ROUNDS = {"kills": 200, "images": 40, "damage": 400}


def _arguments(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./box chaos", description="Pulls the plug, and worse, on a box of its own.")
    parser.add_argument("--only", choices=KINDS, help="one kind (default all)")
    parser.add_argument("--rounds", type=int, help="how many of each kind (default 200 kills, 40 images, 400 damages)")
    parser.add_argument("--seed", type=int, default=7, help="another number is another evening (default 7)")
    return parser.parse_args(arguments)


def main(arguments: list[str]) -> int:
    """Runs what was chosen; 1 when anything was not as it was answered."""
    if arguments[:1] == ["push"]:
        # Only there are the cloud's packages needed.
        from tests.push import kills as push_kills

        return push_kills.main(arguments[1:])
    chosen = _arguments(arguments)
    wanted = [chosen.only] if chosen.only else KINDS
    if "images" in wanted and os.geteuid() != 0:
        print("The images are loop mounts, which need root. Without it: ./box chaos --only kills", file=sys.stderr)
        return 1
    # A damaged copy is what this is about; only the table counts.
    logging.disable(logging.WARNING)
    outcomes = []
    for name in wanted:
        with TemporaryDirectory(prefix="pika-chaos-") as folder:
            run = {"kills": kills, "images": images, "damage": damage}[name]
            outcomes.append(
                run(Path(folder), rounds=chosen.rounds or _ROUNDS[name], seed=chosen.seed, is_shown=sys.stderr.isatty())
            )
    print(as_text(outcomes))
    return 1 if any(outcome.faults for outcome in outcomes) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
