"""`./box chaos push`: ends a real sender with kill -9 at random moments; nobody is told anything twice.

What a kill costs is counted: the messages that were claimed and not sent yet, never more than the pages on their way.
"""

import argparse
import asyncio
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sync.cloud.push.rounds import PAGE, PAGES
from sync.cloud.store.engine import open_database
from tests.push.oracle import __main__ as oracle
from tests.push.sender import gather, light_service, mean, send, taken
from tests.support.ports import free_port
from tests.support.postgres import TEMPLATE, Postgres

_WITHIN_S = 60.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of all messages."""

    kills: int
    #: phones times intents
    meant: int
    #: distinct ones that the service was sent
    told: int
    #: more than once
    twice: int

    @property
    def lost_most(self) -> int:
        """What the kills may have cost."""
        return self.kills * PAGE * PAGES


async def _prepare(url: str, port: int, *, phones: int) -> None:
    async with open_database(url) as database:
        await gather(database, port, phones=phones)


async def _mean(url: str, names: Sequence[str]) -> None:
    async with open_database(url) as database:
        await mean(database, names)


def killed(url: str, folder: Path, *, kills: int, phones: int, seed: int) -> Outcome:
    """Kills a sender so often while there is something to tell; the last one finishes."""
    chance = random.Random(seed)
    names: list[str] = []
    with light_service(folder, delay_ms=5) as port:
        asyncio.run(_prepare(url, port, phones=phones))
        for number in range(kills):
            names.append(f"n{number}")
            asyncio.run(_mean(url, names[-1:]))
            _kill_one(url, folder, more=chance.randrange(phones))
        asyncio.run(_mean(url, ["last"]))
        names.append("last")
        asyncio.run(send(url, folder, turns=1))
        told = taken(folder)
    return Outcome(kills, phones * len(names), len(told), sum(1 for often in told.values() if often > 1))


def _kill_one(url: str, folder: Path, *, more: int) -> None:
    """Ends a sender once it has sent about so many messages more, in the middle of whatever it does then."""
    before = _lines(folder)
    process = subprocess.Popen([sys.executable, "-m", "tests.push.sender", url, str(folder)])
    try:
        until = time.monotonic() + _WITHIN_S
        while _lines(folder) <= before + more:
            assert process.poll() is None, "the sender ended by itself"
            assert time.monotonic() < until, "the sender sends nothing"
            time.sleep(0.001)
    finally:
        process.kill()
        process.wait()


def _lines(folder: Path) -> int:
    path = folder / "taken"
    return path.read_bytes().count(b"\n") if path.exists() else 0


def main(arguments: Sequence[str]) -> int:
    """Prints one table; 1 where somebody was told twice, or more was lost than kills can cost."""
    parser = argparse.ArgumentParser(prog="./box chaos push", description="Kills the sender of push messages.")
    parser.add_argument("--kills", type=int, default=60)
    parser.add_argument("--phones", type=int, default=1_500)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--oracle", action="store_true", help="asks npm's web-push-testing instead (node, npm)")
    chosen = parser.parse_args(arguments)
    if chosen.oracle:
        return oracle.main()
    with tempfile.TemporaryDirectory(prefix="pika-pg-", dir="/tmp") as name:
        folder = Path(name)
        folder.chmod(0o755)
        server = Postgres(folder / "server", free_port(), settings={})
        try:
            server.make()
            server.start()
            server.make_template()
            url = server.new_database(template=TEMPLATE)
            found = killed(url, folder, kills=chosen.kills, phones=chosen.phones, seed=chosen.seed)
        finally:
            server.end()
    lost = found.meant - found.told
    print(f"{found.kills} kills, {found.meant} messages meant: {found.told} told, {found.twice} of them twice")
    print(f"not told: {lost}, which is {lost / found.kills:.0f} for each kill; at most {PAGE * PAGES} are on their way")
    return int(bool(found.twice) or lost > found.lost_most)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
