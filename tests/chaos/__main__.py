"""`python -m tests.chaos`: kills, copies and damages a real box and a DJ's link on this machine; prints one table."""

import argparse
import logging
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.chaos.cloud import campaign
from tests.chaos.damage import damage
from tests.chaos.images import images
from tests.chaos.kills import kills
from tests.chaos.link import link
from tests.chaos.player import player
from tests.chaos.report import as_text

KINDS = ("kills", "images", "damage", "link")
#: of an evening of the house player
_ACCIDENTS = 60
_ROUNDS = {"kills": 200, "images": 40, "damage": 400, "link": 1000}


_DEFAULTS = "200 kills, 40 images, 400 damages, 1000 plays of a link"


def _arguments(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./box chaos", description="Pulls the plug, and worse, on a box of its own.")
    parser.add_argument(
        "what",
        nargs="?",
        choices=("box", "cloud", "push", "player"),
        default="box",
        help="the box (default), its way, messages, music",
    )
    parser.add_argument("--only", default="", help=f"one kind: {', '.join(KINDS)}; of the cloud's a point such as F11")
    parser.add_argument("--rounds", type=int, help=f"how many of each kind (default {_DEFAULTS}, 3 of the cloud's)")
    parser.add_argument("--seed", type=int, default=7, help="another number is another evening (default 7)")
    return parser.parse_args(arguments)


def _cloud(chosen: argparse.Namespace) -> int:
    if os.geteuid() != 0:
        print("A full disk is a mount, which needs root.", file=sys.stderr)
        return 1
    logging.disable(logging.ERROR)
    with TemporaryDirectory(prefix="pika-chaos-") as folder:
        return campaign.main(
            only=chosen.only,
            rounds=chosen.rounds or 3,
            seed=chosen.seed,
            folder=Path(folder),
            is_shown=sys.stderr.isatty(),
        )


def _player(chosen: argparse.Namespace) -> int:
    with TemporaryDirectory(prefix="pika-chaos-") as folder:
        rounds = chosen.rounds or _ACCIDENTS
        outcome = player(Path(folder), rounds=rounds, seed=chosen.seed, is_shown=sys.stderr.isatty())
    print(as_text([outcome]))
    return 1 if outcome.faults else 0


def main(arguments: list[str]) -> int:
    """Runs what was chosen; 1 when anything was not as it was answered."""
    if arguments[:1] == ["push"]:
        # Only there are the cloud's packages needed.
        from tests.push import kills as push_kills

        return push_kills.main(arguments[1:])
    chosen = _arguments(arguments)
    if chosen.what == "cloud":
        return _cloud(chosen)
    if chosen.what == "player":
        return _player(chosen)
    if chosen.only not in {"", *KINDS}:
        print(f"There is no kind {chosen.only!r}.", file=sys.stderr)
        return 1
    wanted = [chosen.only] if chosen.only else KINDS
    if "images" in wanted and os.geteuid() != 0:
        print("The images are loop mounts, which need root. Without it: ./box chaos --only kills", file=sys.stderr)
        return 1
    # A damaged copy is what this is about; only the table counts.
    logging.disable(logging.WARNING)
    outcomes = []
    for name in wanted:
        with TemporaryDirectory(prefix="pika-chaos-") as folder:
            run = {"kills": kills, "images": images, "damage": damage, "link": link}[name]
            outcomes.append(
                run(Path(folder), rounds=chosen.rounds or _ROUNDS[name], seed=chosen.seed, is_shown=sys.stderr.isatty())
            )
    print(as_text(outcomes))
    return 1 if any(outcome.faults for outcome in outcomes) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
